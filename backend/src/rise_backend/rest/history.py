"""Who changed what of a project, and when: from the mirror's revisions, as the person."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query

from rise_backend.errors import UnavailableError
from rise_backend.queries import revisions
from rise_backend.queries.revisions import Place, Revision
from rise_backend.queries.session import DatabaseUnavailable, as_person
from rise_backend.rest import cursors, models
from rise_backend.rest.answering import Named, ProjectsHere
from rise_backend.rest.documented import problems
from rise_backend.rest.kinds import Kind
from rise_crds.names import FIELD_MANAGER

router = APIRouter(tags=["projects"])

_OF = "history"
After = Annotated[
    str | None, Query(max_length=cursors.MOST, description="`next` of the last page.")
]
Limit = Annotated[int, Query(ge=1, le=100, description="How many at most.")]


@router.get(
    "/projects/{name}/history",
    summary="Who changed what",
    responses=problems(Kind.NOT_FOUND, Kind.INVALID_CURSOR),
)
async def list_project_history(
    name: Named, objects: ProjectsHere, limit: Limit = 20, after: After = None
) -> models.History:
    """Return the states of a project's spec, newest first, each with what it changed."""
    place = _place(after)
    found = await objects.read(name)
    identity, shared = objects.caller.identity, objects.shared
    everything = await shared.reviews.lists_all(objects.caller, "projects")
    try:
        async with as_person(
            shared.database.pool, identity.user, identity.idp_groups, sees_all=everything
        ) as conn:
            rows = await revisions.page(
                conn, UUID(found["metadata"]["uid"]), limit=limit + 1, after=place
            )
    except DatabaseUnavailable as error:
        shared.database.lost()
        raise UnavailableError(str(error)) from error
    items = [_shown(row, before) for row, before in zip(rows, [*rows[1:], None], strict=False)][
        :limit
    ]
    last = rows[limit - 1] if len(rows) > limit else None
    return models.History(items=items, next=_next(last) if last else None)


def _place(after: str | None) -> Place | None:
    parts = cursors.read(_OF, after, str, int, str)
    if parts is None:
        return None
    return Place(cursors.moment(parts[0]), cursors.bigint(parts[1]), str(parts[2]))


def _next(row: Revision) -> str:
    return cursors.written(_OF, row.recorded_at.isoformat(), row.generation, row.spec_digest)


def _shown(row: Revision, before: Revision | None) -> models.Revision:
    writer = _writer(row, before)
    return models.Revision(
        generation=row.generation,
        recorded_at=row.recorded_at,
        manager=writer.get("manager"),
        operation=writer.get("operation"),
        written_at=datetime.fromisoformat(writer["time"]) if "time" in writer else None,
        changes=_changes(before.spec, row.spec) if before else None,
    )


def _writer(row: Revision, before: Revision | None) -> Mapping[str, Any]:
    """Return the program that wrote the spec last.

    Times are whole seconds, so an entry that the revision before did not have goes first.
    """
    people = [
        one
        for one in row.managers
        if not one.get("subresource") and one.get("manager") != FIELD_MANAGER
    ]
    known = before.managers if before else []
    new = [one for one in people if one not in known]
    ranked = sorted(new or people, key=lambda one: str(one.get("time", "")))
    return ranked[-1] if ranked else {}


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[models.Change]:
    return [
        models.Change(field=field, before=before.get(field), after=after.get(field))
        for field in sorted(before.keys() | after.keys())
        if before.get(field) != after.get(field)
    ]
