"""What the operator tries as a dry run, because the policies have to refuse it.

| policy                   | tried                                            | needs             |
| ------------------------ | ------------------------------------------------ | ----------------- |
| operator-fence           | a namespace beyond the fence                     |                   |
| namespaces               | a namespace behind it                            |                   |
| secrets                  | a Secret in a project's namespace                | a namespace       |
| subresources             | no change at all of a project's or team's status | a project or team |
| projects.live-membership | no change at all of a project                    | a team's project  |

All but the first are the operator's to do: refused is who does so by the field manager that asks
whether a policy is in force. Where nothing is there to try it on, the policy has nothing to guard.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from rise_crds.api import IN_FORCE_MANAGER
from rise_operator.engine.refusals import ApiError, Away
from rise_operator.engine.resource import NAMESPACES, PROJECTS, SECRETS, TEAMS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from rise_operator.cluster import Cluster
    from rise_operator.engine.client import Client
    from rise_operator.engine.resource import Resource
    from rise_operator.manifest import Manifest

AGAIN_S = 0.5
MOST = 3  # of what is there: one may be on its way out, or not be granted to the operator yet
_NAME = "is-anybody-there"  # of what is never made


@dataclass(frozen=True)
class Attempt:
    """A dry run that `policy` refuses while it is in force.

    Some other refusal says nothing of the policy; `certain`: there is no reason for any other.
    """

    policy: str
    make: Callable[[], Awaitable[object]]
    certain: bool = False


async def tried(client: Client, cluster: Cluster) -> str:
    """Try everything; return what happened instead of a refusal, or nothing."""
    proven: set[str] = set()
    for attempt in attempts(client, cluster):
        if attempt.policy in proven:
            continue
        answer = await answered(attempt)
        if answer is None and not attempt.certain:
            await asyncio.sleep(AGAIN_S)  # the API server may hear later than we do of what is new
            answer = await answered(attempt)
        if answer is None:
            return f"the API server lets the operator do what {attempt.policy} forbids"
        if f"'{attempt.policy}'" in answer:
            proven.add(attempt.policy)
        elif attempt.certain:
            return f"the API server answers: {answer}"
    return ""


def attempts(client: Client, cluster: Cluster) -> list[Attempt]:
    """Return what there is to try."""
    return [*_always(client), *_on_what_is_there(client, cluster)]


async def answered(attempt: Attempt) -> str | None:
    """Return the words of the refusal; None: there was none."""
    while True:
        try:
            await attempt.make()
        except Away:
            await asyncio.sleep(AGAIN_S)  # that says nothing about policies
        except ApiError as error:
            return str(error)
        else:
            return None


def _always(client: Client) -> Iterator[Attempt]:
    beyond, behind = _manifest("Namespace", _NAME), _manifest("Namespace", f"rise-{_NAME}")
    yield Attempt(
        "operator-fence.rise.dev", lambda: client.try_create(NAMESPACES, beyond), certain=True
    )
    yield Attempt(
        "namespaces.rise.dev",
        lambda: client.try_create(NAMESPACES, behind, IN_FORCE_MANAGER),
        certain=True,
    )


def _on_what_is_there(client: Client, cluster: Cluster) -> Iterator[Attempt]:
    for namespace in islice(_namespaces(cluster), MOST):
        yield Attempt("secrets.rise.dev", _secret(client, namespace))
    for resource, name in islice(_observed(cluster), MOST):
        yield Attempt("subresources.rise.dev", _unchanged(client, resource, name, "status"))
    for name in islice(_of_teams(cluster), MOST):
        yield Attempt("projects.live-membership.rise.dev", _unchanged(client, PROJECTS, name))


def _secret(client: Client, namespace: str) -> Callable[[], Awaitable[object]]:
    manifest = _manifest("Secret", f"rise-{_NAME}", namespace)
    return lambda: client.try_create(SECRETS, manifest, IN_FORCE_MANAGER)


def _unchanged(
    client: Client, resource: Resource, name: str, subresource: str = ""
) -> Callable[[], Awaitable[object]]:
    return lambda: client.try_patch(resource, name, {}, IN_FORCE_MANAGER, subresource)


def _namespaces(cluster: Cluster) -> Iterator[str]:
    for name, child in cluster.children[NAMESPACES.kind]:
        if child.parents and not child.deleting:
            yield name.name


def _observed(cluster: Cluster) -> Iterator[tuple[Resource, str]]:
    yield from ((PROJECTS, name.name) for name, _ in cluster.projects.cache)
    yield from ((TEAMS, name.name) for name, _ in cluster.teams.cache)


def _of_teams(cluster: Cluster) -> Iterator[str]:
    for name, _ in cluster.teams.cache:
        yield from cluster.teams_named.projects_owned_by(name.name)


def _manifest(kind: str, name: str, namespace: str = "") -> Manifest:
    where = {"namespace": namespace} if namespace else {}
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name, **where}}
