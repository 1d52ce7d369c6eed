"""Who presents what: a person's session, a person's login to registries, a project's credential."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hmac import compare_digest

from rise_backend.access.access import somebody
from rise_backend.access.standing import Person
from rise_backend.errors import InvalidTokenError
from rise_backend.gateway.upstream import Caller
from rise_backend.identity.verifier import Verifier
from rise_backend.registry.asked import Presented
from rise_backend.registry.offered import Offer
from rise_registry.distribution import Distribution
from rise_registry.signing import ForeignSignatureError
from rise_registry.statements import Kind, Statement, read

GroupsOf = Callable[[str], Awaitable[tuple[str, ...]]]  # e-mail → groups they were last seen with

_SIGNED = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")


class WrongPasswordError(Exception):
    """What was presented proves nothing; the message is for the log."""


@dataclass(frozen=True)
class Holder:
    """Somebody who has proved who they are: a person, by what they say, or a project's machines."""

    name: str  # for the log and the token's `sub`
    kind: str
    person: Caller | None = None  # None: a project's credential
    statement: Statement | None = None  # None: a person's session


class Callers:
    """Finds out who somebody is."""

    def __init__(self, verifier: Verifier, groups_of: GroupsOf) -> None:
        """Believe `verifier` about sessions; `groups_of` knows the groups of who brings none."""
        self._verifier = verifier
        self._groups_of = groups_of

    async def holder(self, presented: Presented, offer: Offer, registry: Distribution) -> Holder:
        """Return who presents this to a registry.

        Raises:
            WrongPasswordError: it is none of ours, or has ended.
            RegistryError: the keys that it is checked with cannot be read.
            UnavailableError: there is no key of the identity provider to check it with.
        """
        if not _SIGNED.fullmatch(presented.password):
            raise WrongPasswordError("not a signed token")
        try:
            statement = read(presented.password, registry.authority)
        except ForeignSignatureError:
            return await self._in_session(presented.password)
        if statement.registry != offer.configuration.name:
            raise WrongPasswordError("a credential of another registry")
        if presented.username and not compare_digest(
            presented.username.encode(), statement.username.encode()
        ):
            raise WrongPasswordError("the user name is another credential's")
        if statement.kind is Kind.PULL:
            return Holder(statement.username, "robot", statement=statement)
        groups = await self._groups_of(statement.person)
        caller = somebody(Person(statement.person, groups))
        return Holder(caller.identity.username, "login", caller, statement)

    async def _in_session(self, token: str) -> Holder:
        """Return whose session a token of the identity provider is; the user name says nothing."""
        try:
            identity = await self._verifier.verify(token)
        except InvalidTokenError as error:
            raise WrongPasswordError(str(error)) from error
        return Holder(identity.username, "session", Caller(identity, token))
