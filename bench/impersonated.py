"""What the gateway sends when it impersonates somebody, to send the same without a gateway."""

from __future__ import annotations

from datetime import UTC, datetime

from stand import Stand

from rise_backend.gateway.headers import impersonation
from rise_backend.identity.identity import Identity
from rise_crds.api import USER_PREFIX, USERS_GROUP
from rise_local.kubeconfig import token_of


def headers(on: Stand, email: str, subject: str) -> dict[str, str]:
    """Return the headers with which the gateway's account asks as `email`, no groups of a team.

    `subject` is what the person's token has as `sub`.
    """
    person = Identity(email, USER_PREFIX + email, (USERS_GROUP,), subject, datetime.now(UTC))
    own = {"Authorization": f"Bearer {token_of(on.site.home.kubeconfig_of('backend'))}"}
    return own | dict(impersonation(person, lambda _: False))
