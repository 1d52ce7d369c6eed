"""What a sign-in has to remember between its steps: handed to the client, kept by no server.

Any replica can finish what another one began. The flow is not sealed: PKCE's verifier belongs to
the client, and a client that changes its own flow harms itself alone. A stranger's flow is of no
use without the code that the same browser was given.
"""

import base64
import hashlib
import json
import secrets
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from rise_backend.rest.kinds import Kind
from rise_backend.rest.problems import ProblemError

_UNREADABLE = "`flow` is not what the start of this sign-in answered: begin it anew"


class Flow(BaseModel):
    """Base of what is remembered."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    def written(self) -> str:
        """Return it as one opaque word."""
        return base64.urlsafe_b64encode(self.model_dump_json().encode()).rstrip(b"=").decode()


class BrowserFlow(Flow):
    """A sign-in in a browser."""

    verifier: str
    nonce: str
    state: str
    redirect_uri: str


class DeviceFlow(Flow):
    """A sign-in on another device."""

    verifier: str
    device_code: str
    interval: int


FlowT = TypeVar("FlowT", bound=Flow)


def read(kind: type[FlowT], text: str) -> FlowT:
    """Return the flow that `text` was written from.

    Raises:
        ProblemError: it was not.
    """
    try:
        content = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        return kind.model_validate(json.loads(content))
    except (ValueError, ValidationError, RecursionError) as error:
        raise ProblemError(Kind.INVALID_FLOW, _UNREADABLE) from error


def unguessable() -> str:
    """Return 256 bits that nobody can guess."""
    return secrets.token_urlsafe(32)


def challenge(verifier: str) -> str:
    """Return what goes ahead of a verifier (RFC 7636, S256)."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
