"""Lists of projects and teams, and what narrows them down."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query

from rise_backend.queries import projects, teams
from rise_backend.rest import chosen, models, presented
from rise_backend.rest.caller import CallerHere, ServicesHere
from rise_backend.rest.documented import problems
from rise_backend.rest.kinds import Kind
from rise_backend.rest.listing import AskedHere, Listing
from rise_backend.rest.models import Fault
from rise_backend.rest.problems import ProblemError
from rise_crds.v1alpha1.project import Project
from rise_crds.v1alpha1.team import Team

router = APIRouter()

PREFIX = r"^[a-z][-a-z0-9]*$"
SOMEBODY = r"^(user|team):[^\x00]+$"

PROJECTS = Listing(
    "projects",
    projects.PAGES,
    presented.project_row,
    lambda raw: presented.project_details(Project.model_validate_json(raw)),
    chosen.project,
)
TEAMS = Listing(
    "teams",
    teams.PAGES,
    presented.team_row,
    lambda raw: presented.team_details(Team.model_validate_json(raw)),
    chosen.team,
)

Search = Annotated[
    str | None,
    Query(max_length=200, pattern=r"^[^\x00]*$", description="Text in the name or description."),
]
Begins = Annotated[
    str | None, Query(max_length=40, pattern=PREFIX, description="How the name begins.")
]
Ready = Annotated[bool | None, Query(description="Only those that are Ready, or are not.")]
Suspended = Annotated[bool | None, Query(description="Only those suspended, or not.")]
OwnedBy = Annotated[
    str | None,
    Query(
        max_length=260,
        pattern=SOMEBODY,
        description="Who owns it: `user:EMAIL` or `team:NAME`.",
        examples=["team:core"],
    ),
]
WithMember = Annotated[
    str | None,
    Query(
        max_length=260,
        pattern=SOMEBODY,
        description="Whom its members name: `user:EMAIL` or `team:NAME`.",
        examples=["user:bob@example.com"],
    ),
]
InRole = Annotated[
    Literal["viewer", "developer"] | None, Query(description="As what `member` takes part.")
]
OfPerson = Annotated[
    str | None,
    Query(
        max_length=254,
        pattern=r"^[^\x00]+$",
        description="E-mail address of an owner or member.",
        examples=["bob@example.com"],
    ),
]
InTeamRole = Annotated[
    Literal["owner", "member"] | None, Query(description="As what `member` belongs to it.")
]


def _project_filters(
    *,
    owner: OwnedBy = None,
    member: WithMember = None,
    role: InRole = None,
    ready: Ready = None,
    suspended: Suspended = None,
    prefix: Begins = None,
    search: Search = None,
) -> projects.Filters:
    _check_role(role, member)
    owner_user, owner_team = _somebody(owner)
    member_user, member_team = _somebody(member)
    return projects.Filters(
        owner_user=owner_user,
        owner_team=owner_team,
        member_user=member_user,
        member_team=member_team,
        role=role,
        ready=ready,
        suspended=suspended,
        prefix=prefix,
        search=search or None,
    )


def _team_filters(
    *,
    member: OfPerson = None,
    role: InTeamRole = None,
    ready: Ready = None,
    prefix: Begins = None,
    search: Search = None,
) -> teams.Filters:
    _check_role(role, member)
    return teams.Filters(
        member=member.lower() if member else None,
        role=role,
        ready=ready,
        prefix=prefix,
        search=search or None,
    )


@router.get(
    "/projects",
    tags=["projects"],
    summary="Projects I may see",
    responses=problems(Kind.INVALID_CURSOR),
)
async def list_projects(
    caller: CallerHere,
    shared: ServicesHere,
    asked: AskedHere,
    filters: Annotated[projects.Filters, Depends(_project_filters)],
) -> models.Projects:
    """Return a page of projects; filters narrow it down, all at once."""
    items, following = await PROJECTS.page(caller, shared, asked, filters)
    return models.Projects(items=list(items), next=following)


@router.get(
    "/teams", tags=["teams"], summary="Teams I may see", responses=problems(Kind.INVALID_CURSOR)
)
async def list_teams(
    caller: CallerHere,
    shared: ServicesHere,
    asked: AskedHere,
    filters: Annotated[teams.Filters, Depends(_team_filters)],
) -> models.Teams:
    """Return a page of teams; filters narrow it down, all at once."""
    items, following = await TEAMS.page(caller, shared, asked, filters)
    return models.Teams(items=list(items), next=following)


def _somebody(text: str | None) -> tuple[str | None, str | None]:
    """Return a person, or a team."""
    sort, _, who = (text or "").partition(":")
    return (who.lower() if sort == "user" else None), (who if sort == "team" else None)


def _check_role(role: str | None, member: str | None) -> None:
    if role is not None and member is None:
        said = "it says as what `member` takes part: name a member, too"
        raise ProblemError(
            Kind.INVALID, f"role: {said}", errors=[Fault(detail=said, parameter="role")]
        )
