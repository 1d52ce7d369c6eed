"""The CNCF distribution registry, and any other that speaks its protocol."""

import asyncio
import ssl
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from rise_registry.configuration import RegistryConfiguration
from rise_registry.contract import RegistryUnavailableError

TIMEOUT_S = 5.0
ALIVE = {HTTPStatus.OK, HTTPStatus.UNAUTHORIZED}  # the latter asks for a token: it is there


class Distribution:
    """One registry at one address; a project's images live below its name."""

    def __init__(self, configuration: RegistryConfiguration) -> None:
        """Take the address; the first connection is made by `check`."""
        self._name = configuration.name
        self._url = configuration.url

    def repository(self, project: str) -> str:
        """Return host, port and the project's name."""
        return f"{urlsplit(self._url).netloc}/{project}"

    async def check(self) -> None:
        """Ask for `/v2/`, the protocol's version check.

        Raises:
            RegistryUnavailableError: no answer in five seconds, or one besides 200 and 401.
        """
        try:
            async with asyncio.timeout(TIMEOUT_S):  # looking the name up included
                status = await asyncio.to_thread(self._version_check)
        except (OSError, HTTPException) as error:
            raise RegistryUnavailableError(
                f"registry {self._name} at {self._url} does not answer "
                f"({error or type(error).__name__}): check that it runs "
                "and that its address in the configuration is right"
            ) from error
        if status not in ALIVE:
            raise RegistryUnavailableError(
                f"registry {self._name} at {self._url} answers {status} to /v2/: "
                "check that its address in the configuration is that of a registry"
            )

    def _version_check(self) -> int:
        parts = urlsplit(self._url)
        host, port = parts.hostname or "", parts.port
        connection = (
            HTTPSConnection(host, port, timeout=TIMEOUT_S, context=ssl.create_default_context())
            if parts.scheme == "https"
            else HTTPConnection(host, port, timeout=TIMEOUT_S)
        )
        try:
            connection.request("GET", "/v2/")
            return connection.getresponse().status
        finally:
            connection.close()
