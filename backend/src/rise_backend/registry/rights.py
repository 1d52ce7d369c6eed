"""What a person may do with a project's images, asked anew each time.

The API server decides, as the person. Its roles by name follow a change only when the operator
has heard of it, so they count for those alone whom the Project and its Teams name as they are
now: whoever was taken out is refused at once, also while the operator is stopped.
"""

from rise_backend.access import named
from rise_backend.access.standing import WORKING, Person, parts
from rise_backend.errors import UnavailableError
from rise_backend.gateway.asked import Asked
from rise_backend.gateway.catalogue import Catalogue
from rise_backend.gateway.reviews import Reviews
from rise_backend.gateway.upstream import BrokenOffError, Caller
from rise_backend.identity.identity import Identity
from rise_backend.registry.offered import Place, place
from rise_crds.api import GROUP
from rise_registry.contract import Action

NOT_READY = "projects and teams cannot be watched right now: try again in a moment"
VERBS = {Action.PULL: "get", Action.PUSH: "push"}


class Rights:
    """Decides for people, and knows the Projects."""

    def __init__(self, catalogue: Catalogue, reviews: Reviews) -> None:
        """Look at `catalogue`; have `reviews` ask the API server."""
        self._catalogue = catalogue
        self._reviews = reviews

    def place(self, project: str) -> Place | None:
        """Return what a Project says of its images; None: there is none of that name.

        Raises:
            UnavailableError: what is known of Projects is too old to decide by.
        """
        if not self._catalogue.usable:
            raise UnavailableError(NOT_READY)
        entry = self._catalogue.cache("projects").entries.get(project)
        return place(entry.raw) if entry else None

    async def may(self, caller: Caller, action: Action, project: str) -> bool:
        """Say whether `caller` may do `action` with the images of `project`.

        Raises:
            UnavailableError: the API server does not decide now.
        """
        if not self._catalogue.usable:
            raise UnavailableError(NOT_READY)
        known = self._names(caller.identity, action, project)
        # whom nobody names has to have the right over every project, as administrators do
        asked = Asked(VERBS[action], GROUP, "projects", name=project if known else "")
        try:
            return await self._reviews.may(caller, asked, within_s=0)
        except BrokenOffError as error:
            raise UnavailableError(str(error)) from error

    def _names(self, identity: Identity, action: Action, project: str) -> bool:
        """Say whether Project and Teams, as they are now, name somebody as one who may."""
        entry = self._catalogue.seen("projects", project, identity)
        if entry is None or action is Action.PULL:
            return entry is not None
        person = Person(identity.user, identity.idp_groups)
        return any(parts(named.project(entry.raw), self._team, person, WORKING))

    def _team(self, name: str) -> named.Team | None:
        entry = self._catalogue.cache("teams").entries.get(name)
        return named.team(entry.raw) if entry else None
