"""What is there and out of somebody's sight: foreign, or theirs no longer.

Roles stand until the operator takes them away, and it may be stopped. What a project's people see
is known here at once: through the gateway nobody uses such a role after they have left.
"""

from collections.abc import Mapping

from rise_backend.errors import UnavailableError
from rise_backend.gateway import statuses
from rise_backend.gateway.asked import Asked, read
from rise_backend.gateway.catalogue import KINDS, NOT_READY, READY_S, Catalogue
from rise_backend.gateway.lists import RefusedError
from rise_backend.gateway.reviews import KEPT_S, Reviews
from rise_backend.gateway.upstream import Caller
from rise_backend.identity.identity import Identity
from rise_crds.api import GROUP


class Sight:
    """Says what somebody may not look at, whatever roles they still hold by name."""

    def __init__(self, catalogue: Catalogue, asking: Reviews) -> None:
        """Look at `catalogue`; have `asking` ask the API server who may see everything."""
        self._catalogue = catalogue
        self._reviews = asking

    async def lacks(self, caller: Caller, resource: str, name: str) -> bool:
        """Say whether a Project or Team is there that `caller` sees no longer, or never saw.

        Raises:
            UnavailableError: nobody knows yet who sees what, or the API server did not say who may
                see everything.
        """
        catalogue = self._catalogue
        if not (catalogue.has_been_read or await catalogue.read(READY_S)):
            raise UnavailableError(NOT_READY)
        if not self.is_foreign(caller.identity, resource, name):
            return False
        return not await self._reviews.allows(caller, "get", resource)

    def is_foreign(self, identity: Identity, resource: str, name: str) -> bool:
        """Say whether a Project or Team is there that does not name somebody."""
        if name not in self._catalogue.cache(resource).entries:
            return False
        return self._catalogue.seen(resource, name, identity) is None

    async def check(
        self, caller: Caller, method: str, path: str, params: Mapping[str, str], *, watch: bool
    ) -> None:
        """Return when a request may be handed on: it is about nothing out of sight.

        A project's namespace is for who sees the project, for who sees all of them, and for who may
        do the same in every namespace. A Project or Team by its name comes here when its path is
        spelt as no client spells it (`/projects/shop/`, `%70rojects`): it is refused as RBAC would.

        Raises:
            RefusedError: it is not for `caller`, in the words of the API server.
            UnavailableError: as `lacks`, also when what is held may be out of date.
        """
        asked = read(path, params, watch=watch, method=method)
        if asked is None or not _guarded(asked)[1]:
            return
        if not await self._catalogue.ready(READY_S):  # what is held may be of before somebody left
            raise UnavailableError(NOT_READY)
        if await self.hides(caller, asked):
            raise RefusedError(_forbidden(caller, asked))

    async def hides(self, caller: Caller, asked: Asked) -> bool:
        """Say whether a request is about what is out of `caller`'s sight, and not theirs to do.

        Raises:
            UnavailableError: as `lacks`.
        """
        resource, name = _guarded(asked)
        if not name or not await self.lacks(caller, resource, name):
            return False
        return not await self._reviews.may(caller, asked.everywhere, KEPT_S)


def _guarded(asked: Asked) -> tuple[str, str]:
    """Return the kind and name of the Project or Team that a request is about; empty: of none."""
    if asked.group == GROUP and asked.resource in KINDS:
        return asked.resource, asked.name
    return "projects", asked.project


def _forbidden(caller: Caller, asked: Asked) -> statuses.Refusal:
    where = f'in the namespace "{asked.namespace}"' if asked.namespace else "at the cluster scope"
    return statuses.forbidden(
        asked.group,
        asked.resource,
        asked.name,
        f'User "{caller.identity.username}" cannot {asked.verb} resource "{asked.kind}" in API '
        f'group "{asked.group}" {where}',
    )
