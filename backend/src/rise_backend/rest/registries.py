"""Registries, and logins to them for minutes: nothing that pushes is kept anywhere."""

import asyncio
import logging
from datetime import datetime
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Response
from pydantic import AfterValidator, Field

from rise_backend.gateway.upstream import Caller
from rise_backend.registry.offered import Offer, Place
from rise_backend.rest import models
from rise_backend.rest.answering import Named, ProjectsHere, person
from rise_backend.rest.caller import CallerHere, ServicesHere
from rise_backend.rest.documented import Responses, problems
from rise_backend.rest.kinds import Kind
from rise_backend.rest.objects import version_of
from rise_backend.rest.problems import ProblemError
from rise_backend.services import Services
from rise_registry.contract import (
    Action,
    Credential,
    NotOfferedError,
    Project,
    RegistryError,
    RegistryUnavailableError,
)

CACHE_S = 5.0  # how long the token server's view of a project may take to follow
RETRY_S = 2
HOST = "registry.example.com:5000"

router = APIRouter(tags=["registries"])

_log = logging.getLogger(__name__)


class OfferedRegistry(models.Answer):
    """Somewhere images live."""

    name: str = Field(description="What projects write into `registry`.")
    provider: str = Field(description="Which kind of registry it is.")
    host: str = Field(description="Host, and port if any: how names of images begin.")
    default: bool = Field(description="Whether projects that name none are here.")
    ca: str | None = Field(
        description="The CA that its certificate is of, in PEM; null: one that machines know."
    )
    self_hosted: bool = Field(
        description="Whether one login serves for every project (`POST /registry/login`)."
    )


class Registries(models.Answer):
    """Every registry of the installation."""

    items: list[OfferedRegistry]


def _distinct(actions: list[Action]) -> list[Action]:
    if len(set(actions)) != len(actions):
        raise ValueError("an action stands here twice")
    return actions


class ProjectLogin(models.Question):
    """What the login is for."""

    actions: Annotated[
        list[Annotated[Action, Field(strict=False)]],
        AfterValidator(_distinct),
        Field(
            min_length=1,
            description="What it may do at most.",
            json_schema_extra={"uniqueItems": True},
        ),
    ] = Field(default=[Action.PULL, Action.PUSH])


class HostLogin(models.Question):
    """Which registry the login is for."""

    registry: Annotated[
        str,
        Field(min_length=1, max_length=255, description="`host` of a registry.", examples=[HOST]),
    ]


class RegistryLogin(models.Answer):
    """A user name and a password for a registry, for minutes."""

    registry: str = Field(description="Host, and port if any: the key in a client's auth file.")
    username: str
    password: str = Field(description="A secret: keep it out of files that others read.")
    actions: list[Action] = Field(
        description="What it may do at most; what its person may do is asked each time."
    )
    expires_at: datetime | None = Field(
        description="When it ends (RFC 3339); null: the registry knows no end."
    )


class RegistryLoginToProject(RegistryLogin):
    """A login for one project."""

    repository: str = Field(description="How names of the project's images begin: HOST/PATH.")


def _made(model: type[Any]) -> Responses:
    return {201: {"model": model, "description": "It was made; it is stored nowhere."}}


@router.get("/registries", summary="Which registries there are")
async def list_registries(
    caller: CallerHere,  # noqa: ARG001 - somebody who is signed in
    shared: ServicesHere,
    response: Response,
) -> Registries:
    """Return every registry of the installation, as its clients need to know it."""
    response.headers["Cache-Control"] = "no-store"
    offers = shared.offers
    shown = (_shown(offer, default=offers.default) for offer in offers.all)
    return Registries(items=list(await asyncio.gather(*shown)))


@router.post(
    "/projects/{name}/registry/login",
    summary="Get a login to a project's images",
    status_code=201,
    responses=_made(RegistryLoginToProject)
    | problems(Kind.FORBIDDEN, Kind.NOT_FOUND, Kind.NO_REPOSITORY, Kind.NO_REGISTRY_LOGIN),
)
async def log_in_to_project(
    name: Named,
    given: ProjectLogin,
    objects: ProjectsHere,
    shared: ServicesHere,
    response: Response,
) -> RegistryLoginToProject:
    """Return a user name and a password of minutes that pull and push this project's images alone.

    Pulling needs the right to read the project, pushing the verb `push`.
    """
    response.headers["Cache-Control"] = "no-store"
    found = await objects.read(name)
    place = msgspec.convert(found, Place)
    offer = shared.offers.of(place)
    if offer is None:
        raise ProblemError(Kind.NO_REPOSITORY, _why_none(place))
    projects = shared.catalogue.cache("projects")
    await projects.reached(int(version_of(found)), CACHE_S)
    await _check_rights(shared, objects.caller, given.actions, name)
    credential = await _minted(offer, objects.caller, Project(name, place.uid), given.actions)
    return RegistryLoginToProject(
        repository=offer.provider.repository(name), **_login(credential, objects.caller)
    )


@router.post(
    "/registry/login",
    summary="Get a login to a self-hosted registry",
    status_code=201,
    responses=_made(RegistryLogin) | problems(Kind.NOT_FOUND, Kind.NO_REGISTRY_LOGIN),
)
async def log_in_to_registry(
    given: HostLogin, caller: CallerHere, shared: ServicesHere, response: Response
) -> RegistryLogin:
    """Return a login of minutes for every project that is the caller's, as it is at each request.

    For clients that ask by host and know of no project, as credential helpers are asked.
    """
    response.headers["Cache-Control"] = "no-store"
    offer = shared.offers.at(given.registry)
    if offer is None:
        raise ProblemError(
            Kind.NOT_FOUND, "there is no registry at this host: `GET /registries` lists them"
        )
    if offer.hosted is None:
        raise ProblemError(
            Kind.NO_REGISTRY_LOGIN,
            f"registry {offer.configuration.name} gives logins to one project each: "
            "`rise registry login PROJECT`",
        )
    try:
        credential = offer.hosted.login(person(caller))
    except RegistryError as error:
        raise _broken(offer, error) from error
    return RegistryLogin(**_login(credential, caller))


async def _check_rights(shared: Services, caller: Caller, actions: list[Action], name: str) -> None:
    for action in actions:
        if not await shared.rights.may(caller, action, name):
            raise ProblemError(
                Kind.FORBIDDEN,
                f"you may see project {name}, but not {action} its images: ask one of its owners "
                "to make you a developer",
            )


async def _minted(
    offer: Offer, caller: Caller, project: Project, actions: list[Action]
) -> Credential:
    """Return a new login; providers that know one kind give that, to whoever may push."""
    if offer.hosted is None and Action.PUSH not in actions:
        raise ProblemError(
            Kind.NO_REGISTRY_LOGIN,
            f"registry {offer.configuration.name} gives people no login for pulling alone: ask "
            "for one that pushes, too",
        )
    try:
        if offer.hosted is not None:
            return offer.hosted.login(person(caller), project, frozenset(actions))
        return await offer.provider.mint_push(project, person(caller))
    except NotOfferedError as error:
        raise ProblemError(Kind.NO_REGISTRY_LOGIN, str(error)) from error
    except RegistryUnavailableError as error:
        _log.warning("registry %s gave no login: %s", offer.configuration.name, error)
        wait_s = max(RETRY_S, round(error.retry_after_s or 0))
        raise ProblemError(
            Kind.UNAVAILABLE,
            f"registry {offer.configuration.name} does not answer: try again in a moment",
            headers={"Retry-After": str(wait_s)},
        ) from error
    except RegistryError as error:
        raise _broken(offer, error) from error


def _broken(offer: Offer, error: RegistryError) -> ProblemError:
    """Return what people are told; the reason names files and accounts, and is for the log."""
    name = offer.configuration.name
    _log.error("registry %s gave no login: %s", name, error)
    return ProblemError(
        Kind.UNAVAILABLE,
        f"registry {name} gives no logins as it is set up: an administrator finds the reason in "
        "the backend's log",
        headers={"Retry-After": "60"},
    )


def _login(credential: Credential, caller: Caller) -> dict[str, Any]:
    _log.info(
        "a login to a registry was made",
        extra={
            "user": caller.identity.username,
            "registry": credential.registry,
            "credential": credential.id,
            "granted": [*credential.repositories, *sorted(credential.actions)],
        },
    )
    return {
        "registry": credential.registry,
        "username": credential.username,
        "password": credential.password,
        "actions": sorted(credential.actions),
        "expires_at": credential.expires_at,
    }


def _why_none(place: Place) -> str:
    name = place.metadata.name
    if place.metadata.deletion_timestamp:
        return f"project {name} is being deleted: there are no logins to its images any more"
    if place.spec.suspend:
        return f"project {name} is suspended: `rise project edit {name} --resume` ends that"
    return (
        f"project {name} has no place for images: its condition RegistryReady says why "
        f"(`rise registry show {name}`)"
    )


async def _shown(offer: Offer, *, default: str) -> OfferedRegistry:
    configuration = offer.configuration
    return OfferedRegistry(
        name=configuration.name,
        provider=configuration.provider,
        host=configuration.host,
        default=configuration.name == default,
        ca=await _ca(offer),
        self_hosted=offer.hosted is not None,
    )


async def _ca(offer: Offer) -> str | None:
    path = offer.hosted.options.ca if offer.hosted else None
    if path is None:
        return None
    try:
        return await asyncio.to_thread(path.read_text)
    except (OSError, UnicodeDecodeError) as error:
        _log.error("registry %s: its CA cannot be read: %s", offer.configuration.name, error)
        return None
