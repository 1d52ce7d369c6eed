"""What somebody gets of what they ask for."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime

from rise_backend.registry.callers import Holder
from rise_backend.registry.offered import Offer, Offers, Place
from rise_backend.registry.rights import Rights
from rise_backend.registry.scopes import Access, project_of, repositories
from rise_registry.contract import Action
from rise_registry.statements import Statement

NOTHING = frozenset[Action]()


class Grants:
    """Decides; each question is put to the API server once a request."""

    def __init__(self, offers: Offers, rights: Rights) -> None:
        """Look for projects in `offers`; ask `rights` about people."""
        self._offers = offers
        self._rights = rights

    async def granted(self, holder: Holder, offer: Offer, scopes: Iterable[str]) -> list[Access]:
        """Return what `holder` may have of `scopes`; what is left out is nothing to say more of.

        Raises:
            UnavailableError: it cannot be decided now.
        """
        wanted = repositories(scopes)
        projects: dict[str, set[Action]] = {}
        for repository, actions in wanted.items():
            projects.setdefault(project_of(repository), set()).update(actions)
        decided = await asyncio.gather(
            *(self._allowed(holder, offer, name, actions) for name, actions in projects.items())
        )
        allowed = dict(zip(projects, decided, strict=True))
        found = (
            Access(repository, actions & allowed[project_of(repository)])
            for repository, actions in wanted.items()
        )
        return [access for access in found if access.actions]

    async def _allowed(
        self, holder: Holder, offer: Offer, project: str, actions: set[Action]
    ) -> frozenset[Action]:
        place = self._rights.place(project)
        if place is None or self._offers.of(place) != offer:
            return NOTHING
        if holder.statement is not None:
            actions = actions & holder.statement.actions
            if not _concerns(holder.statement, place):
                return NOTHING
        if holder.person is not None:
            said = await asyncio.gather(
                *(self._rights.may(holder.person, action, project) for action in actions)
            )
            return frozenset(action for action, yes in zip(actions, said, strict=True) if yes)
        credential = holder.statement.id if holder.statement else ""
        counts = place.counts(credential, datetime.now(UTC))
        return frozenset(actions & {Action.PULL}) if counts else NOTHING


def _concerns(statement: Statement, place: Place) -> bool:
    """Say whether a credential is for this very Project; a login may be for each of a person's."""
    if statement.person and not statement.project:
        return True
    return (statement.project, statement.project_uid) == (place.metadata.name, place.uid)
