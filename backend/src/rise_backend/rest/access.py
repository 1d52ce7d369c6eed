"""Who may do what: to one project or team, as the API server itself decides."""

from collections.abc import Awaitable
from typing import Annotated, TypeVar

from fastapi import APIRouter, Path, Query
from pydantic import BeforeValidator, Field

from rise_backend.access.access import Answer, HiddenTeamError, NotOwnerError
from rise_backend.gateway.upstream import Caller
from rise_backend.rest import models
from rise_backend.rest.caller import CallerHere, ServicesHere
from rise_backend.rest.documented import problems
from rise_backend.rest.kinds import Kind
from rise_backend.rest.problems import ProblemError
from rise_backend.services import Services
from rise_crds.names import EMAIL_MAX_LENGTH, EMAIL_PATTERN, NAME_PATTERN
from rise_crds.verbs import PROJECT_VERBS, TEAM_VERBS

router = APIRouter(tags=["access"], responses=problems(Kind.FORBIDDEN, Kind.NOT_FOUND))

AnswerT = TypeVar("AnswerT")

Name = Annotated[str, Path(max_length=63, pattern=NAME_PATTERN, description="The name.")]
User = Annotated[
    str | None,
    BeforeValidator(lambda given: given.lower() if isinstance(given, str) else given),
    Query(
        max_length=EMAIL_MAX_LENGTH,
        pattern=EMAIL_PATTERN,
        description="E-mail address of whom it is about; the caller if unset. Asking about others "
        "is for owners and administrators.",
    ),
]
WHAT = "What is asked about, a verb of Kubernetes or a word for what people do: "
ProjectVerb = Annotated[
    str,
    Query(pattern=f"^({'|'.join(PROJECT_VERBS)})$", description=WHAT + ", ".join(PROJECT_VERBS)),
]
TeamVerb = Annotated[
    str, Query(pattern=f"^({'|'.join(TEAM_VERBS)})$", description=WHAT + ", ".join(TEAM_VERBS))
]


class Access(models.Answer):
    """What somebody may do, and why."""

    user: str = Field(description="E-mail address of whom it is about.")
    verb: str
    allowed: bool = Field(description="What the API server says.")
    rule: str = Field(
        description="Which of its rules says so: a role and binding, or a policy's own words."
    )
    standing: list[str] = Field(
        description="What the person is to the object, the greatest first; empty: a stranger."
    )
    groups: list[str] = Field(
        description="Groups of the identity provider that were counted: as of now for the caller, "
        "as of their last sign-in for others."
    )


class People(models.Answer):
    """Who of those whom the object and its teams name may do it."""

    items: list[Access]
    asked: int = Field(description="How many people are named.")
    hidden_teams: list[str] = Field(
        description="Teams that the object names and the caller may not see: nobody of them is "
        "looked at."
    )
    groups: list[str] = Field(
        description="Groups of the identity provider whose people are members of a team here; "
        "they are not listed."
    )
    truncated: bool = Field(description="More people are named than one answer looks at.")


@router.get("/projects/{name}/access", summary="May somebody do this to a project?")
async def project_access(
    name: Name, verb: ProjectVerb, caller: CallerHere, shared: ServicesHere, user: User = None
) -> Access:
    """Return the API server's decision: an access review, and a dry run where policies decide."""
    return await _access(shared, caller, verb, "projects", name, user=user)


@router.get("/teams/{name}/access", summary="May somebody do this to a team?")
async def team_access(
    name: Name, verb: TeamVerb, caller: CallerHere, shared: ServicesHere, user: User = None
) -> Access:
    """Return the API server's decision: an access review, and a dry run where policies decide."""
    return await _access(shared, caller, verb, "teams", name, user=user)


@router.get("/projects/{name}/access/people", summary="Who may do this to a project?")
async def project_people(
    name: Name, verb: ProjectVerb, caller: CallerHere, shared: ServicesHere
) -> People:
    """Return who may; for owners and administrators, of whom the latter are not listed."""
    return await _people(shared, caller, verb, "projects", name)


@router.get("/teams/{name}/access/people", summary="Who may do this to a team?")
async def team_people(
    name: Name, verb: TeamVerb, caller: CallerHere, shared: ServicesHere
) -> People:
    """Return who may; for owners and administrators, of whom the latter are not listed."""
    return await _people(shared, caller, verb, "teams", name)


async def _access(
    shared: Services, caller: Caller, verb: str, resource: str, name: str, *, user: str | None
) -> Access:
    if user in {None, caller.identity.user}:
        answer = await shared.access.own(caller, verb, resource, name)
    else:
        about = shared.access.of(caller, user or "", verb, resource, name)
        answer = await _allowed(resource, name, about)
    return _shown(verb, answer)


async def _people(shared: Services, caller: Caller, verb: str, resource: str, name: str) -> People:
    about = shared.access.everybody(caller, verb, resource, name)
    found = await _allowed(resource, name, about)
    return People(
        items=[_shown(verb, answer) for answer in found.able],
        asked=found.asked,
        hidden_teams=found.hidden_teams,
        groups=found.groups,
        truncated=found.truncated,
    )


async def _allowed(resource: str, name: str, about: Awaitable[AnswerT]) -> AnswerT:
    """Return what was asked about others, or say why not; the same for foreign and unknown ones."""
    kind = resource.removesuffix("s")
    try:
        return await about
    except NotOwnerError as error:
        raise ProblemError(
            Kind.NOT_FOUND,
            f"there is no {kind} called {name} that you own: only owners and administrators may "
            "ask about others",
        ) from error
    except HiddenTeamError as error:
        raise ProblemError(
            Kind.FORBIDDEN,
            f"{kind} {name} is shared with a team whose people you may not see ({error}), so who "
            "may do this is not told: ask an owner of that team, or take the team out first",
        ) from error


def _shown(verb: str, answer: Answer) -> Access:
    return Access(
        user=answer.person.user,
        verb=verb,
        allowed=answer.decision.allowed,
        rule=answer.decision.rule,
        standing=answer.standing,
        groups=sorted(answer.person.groups),
    )
