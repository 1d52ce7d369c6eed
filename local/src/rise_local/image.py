"""A small image made from bytes, pushed and pulled without any client.

https://github.com/opencontainers/distribution-spec/blob/main/spec.md
https://distribution.github.io/distribution/spec/auth/token/
"""

import base64
import hashlib
import http.client
import io
import json
import re
import ssl
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from rise_local.errors import LocalError

_OCI = "application/vnd.oci.image"
MANIFEST = f"{_OCI}.manifest.v1+json"
ANSWER_S = 60.0
_FIELD = re.compile(r'(\w+)="([^"]*)"')


@dataclass(frozen=True)
class Image:
    """An image of one layer, which holds one file; the same bytes each time."""

    text: str

    @property
    def layer(self) -> bytes:
        """The layer, a tar archive."""
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w") as tar:
            entry = tarfile.TarInfo("hello.txt")
            entry.size = len(self.text.encode())
            tar.addfile(entry, io.BytesIO(self.text.encode()))
        return archive.getvalue()

    @property
    def config(self) -> bytes:
        """The configuration."""
        files = {"type": "layers", "diff_ids": [digest(self.layer)]}
        return json.dumps({"architecture": "amd64", "os": "linux", "rootfs": files}).encode()

    @property
    def manifest(self) -> bytes:
        """The manifest, which names the two."""
        said = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": _described(self.config, f"{_OCI}.config.v1+json"),
            "layers": [_described(self.layer, f"{_OCI}.layer.v1.tar")],
        }
        return json.dumps(said).encode()


@dataclass(frozen=True)
class Account:
    """Who comes to the registry."""

    username: str
    password: str = field(repr=False)

    @property
    def basic(self) -> str:
        """The header Authorization that the token server takes."""
        return f"Basic {base64.b64encode(f'{self.username}:{self.password}'.encode()).decode()}"


@dataclass(frozen=True)
class Repository:
    """A repository of a registry, as one account sees it."""

    host: str  # with port
    name: str
    account: Account
    ca: Path

    def push(self, tag: str, image: Image) -> None:
        """Push `image`, whatever of it is there already.

        Raises:
            LocalError: the registry refused it; with what it said.
        """
        for blob in (image.config, image.layer):
            status, headers, said = self._ask("POST", "blobs/uploads/", b"")
            self._expect(202, status, said)
            place = urlsplit(headers["Location"])
            query = f"{place.query}&{urlencode({'digest': digest(blob)})}"
            status, _, said = self._send("PUT", f"{place.path}?{query}", blob)
            self._expect(201, status, said)
        kind = {"Content-Type": MANIFEST}
        status, _, said = self._ask("PUT", f"manifests/{tag}", image.manifest, kind)
        self._expect(201, status, said)

    def pull(self, tag: str) -> list[bytes]:
        """Return the manifest of `tag` and everything that it names.

        Raises:
            LocalError: the registry refused it, or sent other bytes than it said.
        """
        status, _, manifest = self._ask("GET", f"manifests/{tag}", None, {"Accept": MANIFEST})
        self._expect(200, status, manifest)
        named = json.loads(manifest)
        return [manifest, *(self._blob(each) for each in (named["config"], *named["layers"]))]

    def _blob(self, described: Mapping[str, Any]) -> bytes:
        status, _, content = self._ask("GET", f"blobs/{described['digest']}", None)
        self._expect(200, status, content)
        if digest(content) != described["digest"]:
            raise LocalError(f"{self.host} sent other bytes than {described['digest']}")
        return content

    def _ask(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        return self._send(method, f"/v2/{self.name}/{path}", body, headers)

    def _send(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        """Send one request as clients do: first without a token, then with what is asked for."""
        asked = self._once(self.host, method, path, body, headers or {})
        if asked[0] != http.client.UNAUTHORIZED:
            return asked
        wanted = dict(_FIELD.findall(asked[1].get("WWW-Authenticate", "")))
        realm = urlsplit(wanted.pop("realm", ""))
        given = {"Authorization": self.account.basic}
        query = f"{realm.path}?{urlencode(wanted)}"
        status, _, said = self._once(realm.netloc, "GET", query, None, given)
        self._expect(200, status, said)
        bearer = {"Authorization": f"Bearer {json.loads(said)['token']}"}
        return self._once(self.host, method, path, body, {**(headers or {}), **bearer})

    def _once(
        self, host: str, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        trust = ssl.create_default_context(cafile=str(self.ca))
        connection = http.client.HTTPSConnection(host, timeout=ANSWER_S, context=trust)
        try:
            connection.request(method, path, body, dict(headers))
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise LocalError(f"{host} did not answer ({error}): see `make status`") from error
        finally:
            connection.close()

    def _expect(self, wanted: int, status: int, said: bytes) -> None:
        if status != wanted:
            raise LocalError(
                f"{self.account.username} at {self.host}/{self.name}: {status}, "
                f"{said.decode(errors='replace').strip()[:300]}"
            )


def digest(content: bytes) -> str:
    """Return what a registry calls `content`."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _described(content: bytes, kind: str) -> dict[str, Any]:
    return {"mediaType": kind, "digest": digest(content), "size": len(content)}
