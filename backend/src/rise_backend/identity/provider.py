"""The identity provider (Dex): discovery, keys, and what its token endpoint takes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from rise_backend.errors import BackendError, UnavailableError
from rise_crds.api import AUDIENCE

TIMEOUT = aiohttp.ClientTimeout(total=10, connect=3)
MAX_BYTES = 1024 * 1024
DISCOVERY = "/.well-known/openid-configuration"
LOGIN_SCOPES = ("openid", "email", "groups", f"audience:server:client_id:{AUDIENCE}")
OFFLINE = "offline_access"  # also a refresh token


class GrantRefusedError(BackendError):
    """The identity provider gives no token for this; `code` is OAuth's own word for why."""

    def __init__(self, code: str) -> None:
        """Remember `code`."""
        super().__init__(f"the identity provider refuses: {code}")
        self.code = code


@dataclass(frozen=True)
class Endpoints:
    """Where the provider answers, by its own word; empty: it does not offer that."""

    jwks: str
    token: str
    authorization: str = ""
    device: str = ""


@dataclass(frozen=True)
class Tokens:
    """What the provider gives to somebody who signed in."""

    id_token: str
    refresh_token: str | None


class Provider:
    """Speaks to one issuer; remembers where its endpoints are."""

    def __init__(self, session: aiohttp.ClientSession, issuer: str, client_id: str) -> None:
        """Speak to `issuer` as the public client `client_id`."""
        self._session = session
        self._issuer = issuer
        self.client_id = client_id
        self._endpoints: Endpoints | None = None

    async def fetch_keys(self) -> Mapping[str, Any]:
        """Return the key set.

        Raises:
            UnavailableError: the provider did not answer, or not with what it should.
        """
        endpoints = await self.endpoints()
        status, document = await self._ask("GET", endpoints.jwks)
        if status != HTTPStatus.OK or not isinstance(document.get("keys"), list):
            raise UnavailableError(f"{endpoints.jwks} answered {status} without keys")
        return document

    async def grant(self, grant_type: str, **fields: str) -> Tokens:
        """Return what the token endpoint gives for a grant.

        Raises:
            GrantRefusedError: it gives nothing.
            UnavailableError: the provider did not answer, or not with what it should.
        """
        endpoint = (await self.endpoints()).token
        form = {"grant_type": grant_type, "client_id": self.client_id, **fields}
        answer = await self._granted(endpoint, form)
        token, refresh = answer.get("id_token"), answer.get("refresh_token")
        if not isinstance(token, str):
            raise UnavailableError(f"{endpoint} answered without a token")
        return Tokens(token, refresh if isinstance(refresh, str) and refresh else None)

    async def begin_device(self, scope: str, challenge: str) -> Mapping[str, Any]:
        """Return the answer of the device endpoint (RFC 8628, section 3.2).

        Raises:
            GrantRefusedError: it is not offered.
            UnavailableError: the provider did not answer, or not with what it should.
        """
        endpoint = (await self.endpoints()).device
        if not endpoint:
            raise GrantRefusedError("unsupported_grant_type")
        form = {
            "client_id": self.client_id,
            "scope": scope,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return await self._granted(endpoint, form)

    async def endpoints(self) -> Endpoints:
        """Return where the provider answers.

        Raises:
            UnavailableError: it did not answer, or not with what it should.
        """
        if self._endpoints is None:
            status, document = await self._ask("GET", self._issuer.rstrip("/") + DISCOVERY)
            if status != HTTPStatus.OK:
                raise UnavailableError(f"the discovery document answers {status}")
            self._endpoints = endpoints(self._issuer, document)
        return self._endpoints

    async def _granted(self, endpoint: str, form: Mapping[str, str]) -> Mapping[str, Any]:
        status, answer = await self._ask("POST", endpoint, form)
        if status == HTTPStatus.OK:
            return answer
        code = answer.get("error")
        if status < HTTPStatus.INTERNAL_SERVER_ERROR and isinstance(code, str):
            raise GrantRefusedError(code)
        raise UnavailableError(f"{endpoint} answered {status}")

    async def _ask(
        self, method: str, url: str, form: Mapping[str, str] | None = None
    ) -> tuple[int, dict[str, Any]]:
        try:
            async with self._session.request(
                method, url, data=form, timeout=TIMEOUT, allow_redirects=False
            ) as response:
                return response.status, _parsed(await _limited(response))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            place = urlsplit(url).netloc
            raise UnavailableError(f"{place} does not answer ({type(error).__name__})") from error


def endpoints(issuer: str, document: Mapping[str, Any]) -> Endpoints:
    """Return the endpoints of a discovery document, if it is this issuer's own.

    Raises:
        UnavailableError: it is another issuer's, or leads away from its host.
    """
    if document.get("issuer") != issuer:
        raise UnavailableError("the discovery document is another issuer's")
    found = Endpoints(
        jwks=str(document.get("jwks_uri", "")),
        token=str(document.get("token_endpoint", "")),
        authorization=str(document.get("authorization_endpoint", "")),
        device=str(document.get("device_authorization_endpoint", "")),
    )
    home = urlsplit(issuer)
    for url in (found.jwks, found.token, *filter(None, (found.authorization, found.device))):
        parts = urlsplit(url)
        if parts.scheme != "https" or parts.netloc != home.netloc:
            raise UnavailableError("the discovery document leads to another host")
    return found


async def _limited(response: aiohttp.ClientResponse) -> bytes:
    body = b""
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > MAX_BYTES:
            raise UnavailableError("the identity provider's answer is too long")
    return body


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return parsed if isinstance(parsed, dict) else {}
