"""What a list holds while the database is away: filtered, ordered and cut as the queries do it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TypeVar

from rise_backend.queries import projects, teams
from rise_backend.queries.places import Listed, Order, Place, place_of
from rise_backend.rest import models

_ALWAYS = datetime.min.replace(tzinfo=UTC)
ModelT = TypeVar("ModelT", models.ProjectDetails, models.TeamDetails)


def project(one: models.ProjectDetails, filters: projects.Filters) -> bool:
    """Say whether a project passes."""
    return (
        filters.owner_user in {None, one.owner.user}
        and filters.owner_team in {None, one.owner.team}
        and filters.suspended in {None, one.suspended}
        and _passes(one, filters)
        and _has_member(one, filters)
    )


def team(one: models.TeamDetails, filters: teams.Filters) -> bool:
    """Say whether a team passes."""
    people = {
        "owner": one.owners,
        "member": one.members,
        None: [*one.owners, *one.members],
    }
    return _passes(one, filters) and (
        filters.member is None or filters.member in people[filters.role]
    )


def page(
    found: Sequence[ModelT], order: Order, limit: int, after: Place | None
) -> tuple[list[ModelT], Place | None]:
    """Return a page, and the place to go on after (None: that was all)."""
    back = order.startswith("-")

    def rank(one: Listed | Place) -> tuple[datetime, str]:
        made = one.created_at if order.endswith("created") else None
        return made or _ALWAYS, one.name or ""

    ranked = sorted(found, key=rank, reverse=back)
    if after is not None:
        end = rank(after)
        ranked = [one for one in ranked if (rank(one) < end if back else rank(one) > end)]
    return ranked[:limit], place_of(ranked, limit, order)


def _passes(
    one: models.ProjectDetails | models.TeamDetails, filters: projects.Filters | teams.Filters
) -> bool:
    text = (filters.search or "").lower()
    return (
        filters.ready in {None, one.ready}
        and one.name.startswith(filters.prefix or "")
        and (text in one.name or text in one.description.lower())
    )


def _has_member(one: models.ProjectDetails, filters: projects.Filters) -> bool:
    if filters.member_user is None and filters.member_team is None:
        return True
    return any(
        filters.member_user in {None, member.user}
        and filters.member_team in {None, member.team}
        and filters.role in {None, member.role}
        for member in one.members
    )
