"""What happens when a Team is applied, changed, drifts, or is deleted: always this.

    there      finalizer → roles and bindings → mirror → status
    deleted    while projects have it as owner: everything stays, and the status lists them;
               then mirror → finalizer goes
    gone       its roles and bindings go

Safe to run twice, at once, or after a crash at any point.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pydantic import ValidationError

from rise_crds.api import FINALIZER
from rise_crds.v1alpha1.team import Team
from rise_operator import verdict
from rise_operator.engine.resource import TEAMS
from rise_operator.errors import InvalidSpec, NotReady
from rise_operator.team.desired import desired
from rise_operator.team.status import Outcome, status
from rise_operator.tools import Tools, failure_of, is_passing

if TYPE_CHECKING:
    from rise_operator.objects import Body

LEAVE_AFTER_S = 1.0  # as for projects; it also lets our cache hear of projects made just before


async def reconcile(name: str, tools: Tools, failures: int = 0) -> None:
    """Bring the cluster and the mirror to what the Team `name` asks for.

    Raises:
        InvalidSpec: the spec cannot be read; the status says why.
        NotReady: something is on its way.
        Unavailable: the API server refused, or did not answer.
    """
    body = tools.cluster.teams.get(name)
    if body is None:
        await tools.cluster.prune(TEAMS.kind, name, uid=None)
        return
    leaving = "deletionTimestamp" in body["metadata"]
    if not leaving:
        body = await tools.cluster.add_finalizer(TEAMS, body)
    if leaving and not tools.cluster.teams_named.projects_owned_by(name):
        await leave(body, tools)
    else:
        await provide(body, tools, failures)


async def provide(body: Body, tools: Tools, failures: int) -> None:
    """Give a Team its roles and bindings, and say in its status how that went."""
    team = await _read(body, tools)
    try:
        wanted = desired(team)
        await tools.cluster.prune(TEAMS.kind, team.metadata.name, team.metadata.uid, wanted)
        await tools.cluster.apply_all(wanted, team.metadata.uid)
    except Exception as error:
        if not is_passing(error, failures):
            await publish(team, body, Outcome(failure=failure_of(error)), tools)
        raise
    await publish(team, body, Outcome(), tools)


async def leave(body: Body, tools: Tools) -> None:
    """Let a Team go that owns nothing any more; its owner's rights go when it is gone."""
    metadata = body["metadata"]
    if FINALIZER not in (metadata.get("finalizers") or []):
        return  # our part is done; it waits for somebody else's finalizer
    left_s = (
        LEAVE_AFTER_S
        - (
            datetime.now(UTC) - datetime.fromisoformat(metadata["deletionTimestamp"])
        ).total_seconds()
    )
    if left_s > 0:
        raise NotReady("whoever deletes it sees it go", retry_s=left_s)
    await tools.mirror.end_team(metadata["uid"])
    await tools.cluster.remove_finalizer(TEAMS, body)


async def publish(team: Team, body: Body, outcome: Outcome, tools: Tools) -> None:
    """Write mirror and status; the status says too whether the mirror was written."""
    now = tools.clock()
    remaining = sorted(tools.cluster.teams_named.projects_owned_by(team.metadata.name))
    published = status(team, remaining, outcome, now)
    failure = await tools.mirror.write_team(team, body, published)
    if failure is not None:
        published = status(team, remaining, replace(outcome, mirror=failure), now)
    if await tools.cluster.publish(TEAMS, body, published):
        await tools.events.transition(body, published)


async def _read(body: Body, tools: Tools) -> Team:
    try:
        return Team.model_validate(body)
    except ValidationError as error:
        message = "; ".join(
            f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()
        )
        published = verdict.invalid(body, message, tools.clock())
        if await tools.cluster.publish(TEAMS, body, published):
            await tools.events.transition(body, published)
        raise InvalidSpec(message) from error
