"""The only module that speaks to the API server: as a person, or as the gateway itself."""

import ssl
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from urllib.parse import unquote

from rise_backend.cluster import Cluster
from rise_backend.errors import ForbiddenHeaderError, UnavailableError
from rise_backend.gateway.headers import impersonation
from rise_backend.identity.identity import Identity
from rise_backend.settings import UpstreamIdentity
from rise_crds.api import GROUP
from rise_http.connection import Response
from rise_http.errors import BrokenOffError, TornHeadError
from rise_http.pool import Pool, Request

__all__ = ["BrokenOffError", "Caller", "Response", "Upstream"]

_GUARDED = f"{GROUP}/"  # however the path before it is spelt
_READS = frozenset({"GET", "HEAD"})

OWN_SILENCE_S = 150.0  # a bookmark comes each minute; a person's log may be silent for long


@dataclass(frozen=True)
class Caller:
    """A person and the token they came with; without one, somebody who is only asked about."""

    identity: Identity
    token: str


class Upstream:
    """Two pools of connections: the gateway's own, and one for people's own tokens.

    The second shows no certificate: a request of a person can never be taken for the gateway's.
    """

    def __init__(
        self,
        cluster: Cluster,
        way: UpstreamIdentity,
        knows_group: Callable[[str], bool],
        check_rules: Callable[[], None],
    ) -> None:
        """Speak to `cluster`; `knows_group` says which groups may be impersonated.

        `check_rules` raises UnavailableError while nobody may change a Project or Team.
        """
        self._check_rules = check_rules
        self._cluster = cluster
        self._way = way
        self._knows_group = knows_group
        self._own = _Connections(cluster.server, cluster.own)
        self._people = (
            self._own
            if way is UpstreamIdentity.IMPERSONATE
            else _Connections(cluster.server, cluster.people)
        )

    def close(self) -> None:
        """Close every connection."""
        self._own.close()
        self._people.close()

    def as_person(
        self,
        caller: Caller,
        method: str,
        target: str,
        *,
        headers: list[tuple[str, str]] | None = None,
        body: bytes | None = None,
        groups: Collection[str] = (),
        guarded: bool = True,
    ) -> Request:
        """Send a request as `caller`; `target` is path and query, byte for byte.

        `groups` are the person's for this one request: whatever their token says, it is sent by
        impersonation then, and so is what is asked for somebody without a token. Not `guarded`:
        also sent while the rules of ownership are not in force.

        Raises:
            UnavailableError: the API server cannot be reached, or the rules of ownership are not
                in force; nothing was sent.
            BrokenOffError: the connection ended on the way.
        """
        if guarded and method not in _READS and _GUARDED in unquote(target):
            self._check_rules()
        if self._way is UpstreamIdentity.TOKEN and caller.token and not groups:
            pool, identified = self._people, [("Authorization", f"Bearer {caller.token}")]
        else:
            pool, person = self._own, impersonation(caller.identity, self._knows_group)
            more = [("Impersonate-Group", group) for group in groups]
            identified = [*self._own_headers(), *person, *more]
        return pool.request(method, target, [*(headers or []), *identified], body)

    def as_gateway(
        self,
        target: str,
        *,
        accept: str = "application/json",
        silence_s: float | None = OWN_SILENCE_S,
    ) -> Request:
        """Read something with the gateway's own rights.

        Raises:
            UnavailableError: the API server cannot be reached.
            BrokenOffError: the connection ended on the way.
        """
        sent = [("Accept", accept), ("User-Agent", "rise-backend"), *self._own_headers()]
        return self._own.request("GET", target, sent, silence_s=silence_s)

    def _own_headers(self) -> list[tuple[str, str]]:
        authorization = self._cluster.authorization()
        return [("Authorization", authorization)] if authorization else []


class _Connections(Pool):
    """Connections to the API server; what fails is an error of the backend's."""

    no_answer = UnavailableError

    def __init__(self, server: str, tls: ssl.SSLContext) -> None:
        super().__init__(server, tls, "the API server")

    def request(
        self,
        method: str,
        target: str,
        headers: Iterable[tuple[str, str]],
        body: bytes | None = None,
        *,
        silence_s: float | None = None,
    ) -> Request:
        """Prepare a request.

        Raises:
            ForbiddenHeaderError: the head would hold a line that nobody meant.
        """
        try:
            return super().request(method, target, headers, body, silence_s=silence_s)
        except TornHeadError as error:
            raise ForbiddenHeaderError(str(error)) from error
