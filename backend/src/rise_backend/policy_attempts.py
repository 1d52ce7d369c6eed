"""What the backend tries as a person who does not exist, because the policies have to refuse it.

| policy             | tried as a dry run                                                       |
| ------------------ | ------------------------------------------------------------------------ |
| projects.ownership | a project of somebody else                                               |
| teams.ownership    | a team of somebody else                                                  |
| first-apply        | a first apply, by the field manager that asks whether it is in force     |

The operator tries what stands in the way of its own account.
"""

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus

import orjson

from rise_backend.errors import UnavailableError
from rise_backend.gateway.upstream import BrokenOffError, Caller, Upstream
from rise_backend.identity.identity import Identity
from rise_crds.api import API_VERSION, APPLY_GROUP, IN_FORCE_MANAGER, USERS_GROUP

AGAIN_S = 0.5
_NOBODY = "nobody@rise.invalid"  # RFC 2606: no identity provider can verify such an address
_SOMEBODY_ELSE = "somebody-else@rise.invalid"


@dataclass(frozen=True)
class Attempt:
    """A dry run that `policy` refuses while it is in force."""

    policy: str
    kind: str
    spec: dict[str, object]
    method: str = "POST"
    content: str = "application/json"
    manager: str = "rise-backend"
    groups: Sequence[str] = (USERS_GROUP,)

    def target(self, name: str) -> str:
        """Where it is sent."""
        place = f"{self.kind.lower()}s" + (f"/{name}" if self.method == "PATCH" else "")
        return f"/apis/{API_VERSION}/{place}?dryRun=All&fieldManager={self.manager}"

    def body(self, name: str) -> bytes:
        """Return the object that it would make."""
        manifest = {"apiVersion": API_VERSION, "kind": self.kind, "metadata": {"name": name}}
        return orjson.dumps({**manifest, "spec": self.spec})


ATTEMPTS = (
    Attempt("projects.ownership.rise.dev", "Project", {"owner": {"user": _SOMEBODY_ELSE}}),
    Attempt("teams.ownership.rise.dev", "Team", {"owners": [_SOMEBODY_ELSE]}),
    Attempt(
        "first-apply.rise.dev",
        "Project",
        {"owner": {"user": _NOBODY}},
        method="PATCH",
        content="application/apply-patch+yaml",  # JSON is YAML
        manager=IN_FORCE_MANAGER,
        groups=(USERS_GROUP, APPLY_GROUP),
    ),
)


async def tried(upstream: Upstream) -> str:
    """Try everything; return what happened instead of a refusal, or nothing."""
    for attempt in ATTEMPTS:
        code, text = await _answer(upstream, attempt)
        if code < HTTPStatus.BAD_REQUEST:
            return f"the API server does not refuse what {attempt.policy} forbids"
        if f"'{attempt.policy}'" not in text:
            return (
                f"the API server answers {code} instead of a refusal by {attempt.policy}: "
                f"{text[:300]}"
            )
    return ""


async def _answer(upstream: Upstream, attempt: Attempt) -> tuple[int, str]:
    """Return the answer, once there is one."""
    name = f"is-anybody-there-{secrets.token_hex(8)}"  # which nobody can take before
    nobody = Identity(_NOBODY, f"rise:{_NOBODY}", (), "nobody", datetime.max.replace(tzinfo=UTC))
    while True:
        try:
            async with upstream.as_person(
                Caller(nobody, ""),
                attempt.method,
                attempt.target(name),
                headers=[("Content-Type", attempt.content), ("Accept", "application/json")],
                body=attempt.body(name),
                groups=attempt.groups,
                guarded=False,
            ) as response:
                text = (await response.read()).decode(errors="replace")
        except (UnavailableError, BrokenOffError):
            await asyncio.sleep(AGAIN_S)  # that says nothing about policies
            continue
        if not _is_busy(response.status):
            return response.status, text
        await asyncio.sleep(AGAIN_S)


def _is_busy(code: int) -> bool:
    """Say whether an API server did not get to a decision."""
    return code >= HTTPStatus.INTERNAL_SERVER_ERROR or code == HTTPStatus.TOO_MANY_REQUESTS
