"""Who is asking, in the words of the API server."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from rise_crds.api import IDP_GROUP_PREFIX

SUBJECT_KEY = "rise.dev/idp-sub"


@dataclass(frozen=True)
class Identity:
    """A person, exactly as kube-apiserver's AuthenticationConfiguration would see them."""

    user: str  # the e-mail in lower case, without prefix
    username: str  # rise:<e-mail>
    groups: tuple[str, ...]  # rise:idp:<group>…, rise:users
    uid: str
    expires_at: datetime

    @cached_property
    def idp_groups(self) -> tuple[str, ...]:
        """The identity provider's own groups, without prefix."""
        return tuple(
            group.removeprefix(IDP_GROUP_PREFIX)
            for group in self.groups
            if group.startswith(IDP_GROUP_PREFIX)
        )

    @cached_property
    def extra(self) -> dict[str, tuple[str, ...]]:
        """What the API server records besides name, uid and groups."""
        return {SUBJECT_KEY: (self.uid,)}

    @cached_property
    def key(self) -> tuple[str, ...]:
        """What decides what this person may do: equal keys, equal answers."""
        return (self.username, self.uid, *sorted(self.groups))
