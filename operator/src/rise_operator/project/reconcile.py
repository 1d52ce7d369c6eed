"""What happens when a Project is applied, changed, drifts, or is deleted: always this.

    there      finalizer → namespace → rights → what stands inside → pull credential → mirror
               → status
    deleted    credentials go → write rights go → namespace goes → images go (`Orphan` keeps
               both) → mirror → finalizer goes
    gone       the owner's get, list, watch and delete go

Safe to run twice, at once, or after a crash at any point: every step looks first, and writes
only what differs.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from rise_crds.api import FINALIZER, namespace_name
from rise_crds.v1alpha1.project import Project
from rise_operator import verdict
from rise_operator.credentials import ending
from rise_operator.credentials.issuing import pull_credential
from rise_operator.engine.resource import PROJECTS
from rise_operator.errors import InvalidSpec, NotOurs, NotReady
from rise_operator.project.desired import desired, farewell
from rise_operator.project.facts import NamespaceState
from rise_operator.project.status import Outcome, Step
from rise_operator.project.subject import Subject
from rise_operator.tools import Tools, failure_of, is_passing

if TYPE_CHECKING:
    from rise_operator.manifest import Manifest
    from rise_operator.objects import Body

# `kubectl delete` looks and watches after its DELETE: its right must not be gone by then.
LEAVE_AFTER_S = 1.0


async def reconcile(name: str, tools: Tools, failures: int = 0) -> None:
    """Bring the cluster and the mirror to what the Project `name` asks for.

    Raises:
        InvalidSpec: the spec cannot be read; the status says why.
        NotReady: something is on its way.
        Unavailable: the API server refused, or did not answer.
    """
    body = tools.cluster.projects.get(name)
    if body is None:
        await tools.cluster.prune(PROJECTS.kind, name, uid=None)
    elif "deletionTimestamp" in body["metadata"]:
        await leave(body, tools, failures)
    else:
        await provide(body, tools, failures)


async def provide(body: Body, tools: Tools, failures: int) -> None:
    """Give a Project everything it should have, and say in its status how that went."""
    body = await tools.cluster.add_finalizer(PROJECTS, body)
    project = await _read(body, tools)
    subject = Subject(project, body)
    uid, step = project.metadata.uid, Step.NAMESPACE
    try:
        wanted = desired(project, tools.facts(project))
        await tools.cluster.prune(PROJECTS.kind, body["metadata"]["name"], uid, wanted)
        for step, manifests in _steps(wanted):  # noqa: B007 - where it failed, if it does
            await tools.cluster.apply_all(manifests, uid)
        step = Step.CREDENTIALS
        pull = await pull_credential(subject, tools)
    except Exception as error:
        if is_passing(error, failures):
            await subject.tell(tools)
        else:
            outcome = Outcome(failure=failure_of(error), failed_at=step)
            await subject.publish(outcome, tools)
        raise
    await subject.publish(Outcome(pull=pull), tools)


def _steps(wanted: list[Manifest]) -> list[tuple[Step, list[Manifest]]]:
    namespaces = [each for each in wanted if each["kind"] == "Namespace"]
    return [(Step.NAMESPACE, namespaces), (Step.ACCESS, wanted[len(namespaces) :])]


async def leave(body: Body, tools: Tools, failures: int) -> None:
    """Take away what belongs to a Project, then let it go; the owner sees it until the end."""
    if FINALIZER not in (body["metadata"].get("finalizers") or []):
        return  # our part is done; it waits for somebody else's finalizer
    project = _readable(body)
    subject = Subject(project, body)
    step = Step.ACCESS
    try:
        stopped = await ending.stop(subject, tools)
        await _withdraw(project, tools)
        if not stopped:
            return  # the status says what it waits for
        step = Step.NAMESPACE
        waits_for = await _remove_namespace(project, tools)
        if not waits_for:
            await _let_kubectl_look(project)
            if not await ending.remove(subject, tools):
                return
    except Exception as error:
        if not is_passing(error, failures):
            outcome = Outcome(failure=failure_of(error), failed_at=step)
            await subject.publish(outcome, tools)
        raise
    if waits_for:
        await subject.publish(Outcome(leaving=waits_for), tools)
        return  # the namespace's end wakes us
    await tools.mirror.end_project(project.metadata.uid)
    await tools.cluster.remove_finalizer(PROJECTS, subject.body)
    tools.secrets.gone(project.metadata.uid)


async def _withdraw(project: Project, tools: Tools) -> None:
    """Leave nobody any right but the owner's to see the Project go."""
    kept = farewell(project, tools.facts(project))
    for manifest in kept:
        try:
            await tools.cluster.apply(manifest, project.metadata.uid)
        except NotOurs:
            continue  # it grants nothing of ours, and must not hold up the end
    if project.spec.deletion_policy == "Delete":
        kept = [*kept, *_inside_until_the_end(project)]
    await tools.cluster.prune(PROJECTS.kind, project.metadata.name, project.metadata.uid, kept)


def _inside_until_the_end(project: Project) -> list[dict[str, Any]]:
    """Return the operator's own binding, which goes with the namespace."""
    namespace = namespace_name(project.metadata.name)
    return [
        {"kind": "RoleBinding", "metadata": {"name": "rise:ns:operator", "namespace": namespace}}
    ]


async def _remove_namespace(project: Project, tools: Tools) -> str:
    """Return what the end still waits for; nothing once the namespace is gone or stays."""
    state = tools.facts(project).namespace_state(project)
    gone = state in {NamespaceState.ABSENT, NamespaceState.FOREIGN}
    if gone or project.spec.deletion_policy == "Orphan":
        return ""
    if state is NamespaceState.OURS:
        await tools.cluster.delete_namespace(project.metadata.name)
    return f"namespace {namespace_name(project.metadata.name)} is being deleted"


async def _let_kubectl_look(project: Project) -> None:
    since = project.metadata.deletion_timestamp or datetime.now(UTC)
    left_s = LEAVE_AFTER_S - (datetime.now(UTC) - since).total_seconds()
    if left_s > 0:
        raise NotReady("whoever deletes it sees it go", retry_s=left_s)


async def _read(body: Body, tools: Tools) -> Project:
    try:
        return Project.model_validate(body)
    except ValidationError as error:
        message = "; ".join(
            f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()
        )
        published = verdict.invalid(body, message, tools.clock())
        if await tools.cluster.publish(PROJECTS, body, published):
            await tools.events.transition(body, published)
        raise InvalidSpec(message) from error


def _readable(body: Body) -> Project:
    """Return a Project that is on its way out, also when its spec cannot be read any more."""
    try:
        return Project.model_validate(body)
    except ValidationError:
        policy = body["spec"].get("deletionPolicy")
        spec = {
            "owner": {"user": "nobody@invalid.example"},
            "deletionPolicy": policy if policy in {"Delete", "Orphan"} else "Orphan",
        }
        kept = ("registry", "repositories")
        said: dict[str, Any] = body.get("status") or {}
        status = {key: said[key] for key in kept if key in said}
        return Project.model_validate({**body, "spec": spec, "status": status})
