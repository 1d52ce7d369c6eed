"""The identity provider (Dex): discovery, keys and the password grant."""

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


class WrongPasswordError(BackendError):
    """The identity provider does not know this pair of e-mail and password."""


class PasswordGrantOffError(BackendError):
    """The identity provider takes no passwords from programs."""


@dataclass(frozen=True)
class Endpoints:
    """Where the provider answers, by its own word."""

    jwks: str
    token: str


class Provider:
    """Speaks to one issuer; remembers where its endpoints are."""

    def __init__(self, session: aiohttp.ClientSession, issuer: str, client_id: str) -> None:
        """Speak to `issuer` as the public client `client_id`."""
        self._session = session
        self._issuer = issuer
        self._client_id = client_id
        self._endpoints: Endpoints | None = None

    async def fetch_keys(self) -> Mapping[str, Any]:
        """Return the key set.

        Raises:
            UnavailableError: the provider did not answer, or not with what it should.
        """
        endpoints = await self._discover()
        status, document = await self._ask("GET", endpoints.jwks)
        if status != HTTPStatus.OK or not isinstance(document.get("keys"), list):
            raise UnavailableError(f"{endpoints.jwks} answered {status} without keys")
        return document

    async def password_login(self, email: str, password: str) -> str:
        """Return an ID token for the person with this password.

        Raises:
            WrongPasswordError: the pair is wrong.
            PasswordGrantOffError: this provider takes no passwords.
            UnavailableError: the provider did not answer, or not with what it should.
        """
        endpoints = await self._discover()
        form = {
            "grant_type": "password",
            "username": email,
            "password": password,
            "scope": " ".join(LOGIN_SCOPES),
            "client_id": self._client_id,
        }
        status, answer = await self._ask("POST", endpoints.token, form)
        if status == HTTPStatus.OK and isinstance(answer.get("id_token"), str):
            return answer["id_token"]
        if answer.get("error") in {"access_denied", "invalid_grant"}:
            raise WrongPasswordError("the e-mail address or the password is wrong")
        if answer.get("error") in {"unsupported_grant_type", "unauthorized_client"}:
            raise PasswordGrantOffError(
                "signing in with a password is switched off here: use `rise login`"
            )
        raise UnavailableError(f"{endpoints.token} answered {status} {answer.get('error', '')}")

    async def _discover(self) -> Endpoints:
        if self._endpoints is None:
            status, document = await self._ask("GET", self._issuer.rstrip("/") + DISCOVERY)
            if status != HTTPStatus.OK:
                raise UnavailableError(f"the discovery document answers {status}")
            self._endpoints = endpoints(self._issuer, document)
        return self._endpoints

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
        jwks=str(document.get("jwks_uri", "")), token=str(document.get("token_endpoint", ""))
    )
    home = urlsplit(issuer)
    for url in (found.jwks, found.token):
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
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}
