"""The only module that speaks to the API server: as a person, or as the gateway itself."""

import ssl
from collections.abc import AsyncGenerator, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
from yarl import URL

from rise_backend.cluster import Cluster
from rise_backend.errors import UnavailableError
from rise_backend.gateway.headers import impersonation
from rise_backend.identity.identity import Identity
from rise_backend.settings import UpstreamIdentity

PEOPLE = aiohttp.ClientTimeout(total=None, sock_connect=5)  # a watch or log may be silent for long
OWN = aiohttp.ClientTimeout(
    total=None, sock_connect=5, sock_read=150
)  # a bookmark comes each minute
AWAY = "the API server does not answer: try again in a moment"
_READS = frozenset({"GET", "HEAD"})


class BrokenOffError(Exception):
    """The connection ended before an answer came: the request may have been carried out."""


@dataclass(frozen=True)
class Caller:
    """A person and the token they came with."""

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
    ) -> None:
        """Speak to `cluster`; `knows_group` says which groups may be impersonated."""
        self._cluster = cluster
        self._way = way
        self._knows_group = knows_group
        self._own = _session(cluster.own)
        self._people = (
            self._own if way is UpstreamIdentity.IMPERSONATE else _session(cluster.people)
        )

    async def close(self) -> None:
        """Close every connection."""
        await self._own.close()
        await self._people.close()

    @asynccontextmanager
    async def as_person(
        self,
        caller: Caller,
        method: str,
        target: str,
        *,
        headers: list[tuple[str, str]] | None = None,
        body: bytes | None = None,
        groups: Collection[str] = (),
    ) -> AsyncGenerator[aiohttp.ClientResponse]:
        """Send a request as `caller`; `target` is path and query, byte for byte.

        `groups` are the person's for this one request: whatever their token says, it is sent by
        impersonation then.

        Raises:
            UnavailableError: the API server cannot be reached; nothing was sent.
            BrokenOffError: the connection ended on the way.
        """
        if self._way is UpstreamIdentity.TOKEN and not groups:
            session, identified = self._people, [("Authorization", f"Bearer {caller.token}")]
        else:
            session, person = self._own, impersonation(caller.identity, self._knows_group)
            more = [("Impersonate-Group", group) for group in groups]
            identified = [*self._own_headers(), *person, *more]
        sent = [*(headers or []), *identified]
        async with self._request(
            session, method, target, headers=sent, body=body, limits=PEOPLE
        ) as response:
            yield response

    @asynccontextmanager
    async def as_gateway(
        self, target: str, *, accept: str = "application/json"
    ) -> AsyncGenerator[aiohttp.ClientResponse]:
        """Read something with the gateway's own rights.

        Raises:
            UnavailableError: the API server cannot be reached.
            BrokenOffError: the connection ended on the way.
        """
        sent = [("Accept", accept), ("User-Agent", "rise-backend"), *self._own_headers()]
        async with self._request(
            self._own, "GET", target, headers=sent, body=None, limits=OWN
        ) as response:
            yield response

    def _own_headers(self) -> list[tuple[str, str]]:
        authorization = self._cluster.authorization()
        return [("Authorization", authorization)] if authorization else []

    @asynccontextmanager
    async def _request(
        self,
        session: aiohttp.ClientSession,
        method: str,
        target: str,
        *,
        headers: list[tuple[str, str]],
        body: bytes | None,
        limits: aiohttp.ClientTimeout,
    ) -> AsyncGenerator[aiohttp.ClientResponse]:
        url = URL(self._cluster.server + target, encoded=True)
        try:
            response = await session.request(
                method, url, headers=headers, data=body, allow_redirects=False, timeout=limits
            )
        except aiohttp.ClientConnectorError as error:
            raise UnavailableError(AWAY) from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            if method in _READS:
                raise UnavailableError(AWAY) from error
            raise BrokenOffError(
                "the connection to the API server ended before its answer came: look whether the "
                "change was made before you repeat it"
            ) from error
        async with response:
            yield response


def _session(context: ssl.SSLContext) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(ssl=context, limit=0, keepalive_timeout=60),
        auto_decompress=False,
        skip_auto_headers=("Accept", "Accept-Encoding", "User-Agent", "Content-Type"),
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
    )
