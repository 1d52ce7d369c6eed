"""HTTP with the server's CA: answers and failures, in the command line's terms."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import urllib3

from rise_cli.errors import (
    ConflictError,
    DeniedError,
    NotFoundError,
    NotSignedInError,
    RiseCliError,
)
from rise_cli.session import SIGN_IN

TIMEOUT = urllib3.Timeout(connect=5, read=30)
_ERRORS: Mapping[int, type[RiseCliError]] = {
    401: NotSignedInError,
    403: DeniedError,
    404: NotFoundError,
    409: ConflictError,
}


class Answer:
    """A response: its status and its body, parsed when it is JSON."""

    def __init__(self, status: int, body: bytes) -> None:
        """Parse `body` once."""
        self.status = status
        try:
            self.body: Any = json.loads(body)
        except ValueError:
            self.body = {}


class Web:
    """Requests that trust one CA, or the system's."""

    def __init__(self, ca_file: str = "") -> None:
        """Trust `ca_file`, which has to exist."""
        if ca_file and not Path(ca_file).is_file():
            raise RiseCliError(f"there is no CA file {ca_file}: name one with --ca-file")
        self._pool = urllib3.PoolManager(
            ca_certs=ca_file or None, cert_reqs="CERT_REQUIRED", timeout=TIMEOUT, retries=False
        )

    def send(
        self,
        method: str,
        url: str,
        *,
        token: str = "",
        content: bytes | None = None,
        content_type: str = "application/json",
    ) -> Answer:
        """Send a request.

        Raises:
            RiseCliError: the server cannot be reached or is not the one that the CA signed.
        """
        headers = {"Accept": "application/json", "User-Agent": "rise"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if content is not None:
            headers["Content-Type"] = content_type
        try:
            response = self._pool.request(method, url, body=content, headers=headers)
        except urllib3.exceptions.SSLError as error:
            raise RiseCliError(
                f"the certificate of {url} is not trusted: name its CA with --ca-file"
            ) from error
        except urllib3.exceptions.HTTPError as error:
            host = url.split("/")[2]
            raise RiseCliError(f"{host} does not answer: is it running?") from error
        return Answer(response.status, response.data)

    def form(self, url: str, fields: Mapping[str, str]) -> Answer:
        """Post a form, as OAuth asks for."""
        content = urlencode(fields).encode()
        return self.send(
            "POST", url, content=content, content_type="application/x-www-form-urlencoded"
        )


def raised(answer: Answer) -> Answer:
    """Return `answer`, or raise what it says: a problem (RFC 9457) or a metav1.Status."""
    if answer.status < 400:  # noqa: PLR2004 - HTTP's own boundary
        return answer
    body = answer.body if isinstance(answer.body, dict) else {}
    said = body.get("detail") or body.get("message") or f"the server answered {answer.status}"
    kind = _ERRORS.get(answer.status, RiseCliError)
    if kind is NotSignedInError and "sign" not in str(said):
        said = f"{said}; {SIGN_IN}"
    raise kind(str(said))
