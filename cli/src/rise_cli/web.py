"""HTTP with the server's CA: answers and failures, in the command line's terms."""

import json
import re
import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import urllib3

from rise_cli.errors import (
    ConflictError,
    DeniedError,
    NotFoundError,
    NotSignedInError,
    RiseCliError,
    UnreachableError,
    WrongUsageError,
)
from rise_cli.session import SIGN_IN

TIMEOUT = urllib3.Timeout(connect=5, read=30)
# What the API server says: before an admission policy's own words, and when no role gives a right.
POLICY = "denied request: "
ROLES = re.compile(
    r'(?P<what>project|team)s[.]rise[.]dev "(?P<name>[^"]*)" is forbidden: '
    r'User "[^"]*" cannot (?P<verb>[a-z]+) resource'
)
_ERRORS: Mapping[int, type[RiseCliError]] = {
    400: WrongUsageError,
    401: NotSignedInError,
    403: DeniedError,
    404: NotFoundError,
    409: ConflictError,
    413: WrongUsageError,
    422: WrongUsageError,
    502: UnreachableError,
    503: UnreachableError,
    504: UnreachableError,
}


class Answer:
    """A response: who answered, its status, and its body, parsed when it is a JSON object."""

    def __init__(self, host: str, status: int, body: bytes) -> None:
        """Parse `body` once."""
        self.host = host
        self.status = status
        self.body: dict[str, Any] = {}
        try:
            parsed = json.loads(body)
        except ValueError:
            parsed = None
        self.understood = isinstance(parsed, dict)
        if isinstance(parsed, dict):
            self.body = parsed


class Web:
    """Requests that trust one CA, or the system's."""

    def __init__(self, ca_file: str = "") -> None:
        """Trust `ca_file`, which has to exist, or what the system trusts."""
        self._pool = urllib3.PoolManager(
            ssl_context=_trusting(ca_file) if ca_file else None,
            cert_reqs="CERT_REQUIRED",
            timeout=TIMEOUT,
            retries=False,
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
        """Send a request; a redirection is an answer, so the token goes nowhere else.

        Raises:
            UnreachableError: the server cannot be reached.
            RiseCliError: it is not the one that the CA signed.
        """
        headers = {"Accept": "application/json", "User-Agent": "rise"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if content is not None:
            headers["Content-Type"] = content_type
        host = url.split("/")[2]
        try:
            response = self._pool.request(method, url, body=content, headers=headers)
        except urllib3.exceptions.SSLError as error:
            raise RiseCliError(_untrusted(host, error)) from error
        except urllib3.exceptions.HTTPError as error:
            raise UnreachableError(
                f"{host} does not answer: check the address, and that the server runs"
            ) from error
        return Answer(host, response.status, response.data)

    def form(self, url: str, fields: Mapping[str, str]) -> Answer:
        """Post a form, as OAuth asks for."""
        content = urlencode(fields).encode()
        return self.send(
            "POST", url, content=content, content_type="application/x-www-form-urlencoded"
        )


def raised(answer: Answer) -> Answer:
    """Return `answer`, or raise what it says: a problem (RFC 9457) or a metav1.Status."""
    if answer.status < 300 and answer.understood:  # noqa: PLR2004 - HTTP's own boundary
        return answer
    said = answer.body.get("detail") or answer.body.get("message")
    if not said:
        raise _ERRORS.get(answer.status, RiseCliError)(
            f"{answer.host} answered {answer.status}, and not as a Rise server does: check --server"
        )
    said = str(said)
    kind = _ERRORS.get(answer.status, RiseCliError)
    if kind is NotSignedInError and "sign" not in said:
        said = f"{said}; {SIGN_IN}"
    if roles := ROLES.match(said):
        said = f"you may not {roles['verb']} {roles['what']} {roles['name']}: ask its owner"
    raise kind(said.rpartition(POLICY)[2])


def _trusting(ca_file: str) -> ssl.SSLContext:
    """Return a context that trusts `ca_file` and nothing else."""
    try:
        return ssl.create_default_context(cafile=ca_file)
    except ssl.SSLError as error:
        raise RiseCliError(
            f"{ca_file} holds no certificate in PEM: name another with --ca-file"
        ) from error
    except OSError as error:
        raise RiseCliError(
            f"the CA file {ca_file} cannot be read ({error.strerror}): name another with --ca-file"
        ) from error


def _untrusted(host: str, error: Exception) -> str:
    """Say why the connection is not safe: OpenSSL's word, and what can be done."""
    cause = error.args[0] if error.args else error
    if isinstance(cause, ssl.SSLCertVerificationError):
        why = cause.verify_message.rstrip(".")
        return f"the certificate of {host} is not trusted ({why}): name its CA with --ca-file"
    return f"{host} does not speak TLS: check the address"
