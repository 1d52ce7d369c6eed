"""Images made from bytes, and a client of the registry's API without a will of its own.

https://github.com/opencontainers/distribution-spec/blob/main/spec.md
"""

import hashlib
import http.client
import json
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

OCI = "application/vnd.oci.image"
INDEX, MANIFEST = f"{OCI}.index.v1+json", f"{OCI}.manifest.v1+json"
Scope = tuple[str, str]  # a repository, and actions with commas between
CONFIG, LAYER = f"{OCI}.config.v1+json", f"{OCI}.layer.v1.tar"


def digest(content: bytes) -> str:
    """Return what a registry calls `content`."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def descriptor(content: bytes, kind: str, **more: Any) -> dict[str, Any]:
    """Return how a manifest refers to `content`."""
    return {"mediaType": kind, "digest": digest(content), "size": len(content), **more}


@dataclass(frozen=True)
class Image:
    """One manifest with its configuration and one layer."""

    layer: bytes
    config: bytes = (
        b'{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}'
    )

    @property
    def manifest(self) -> bytes:
        """Its manifest."""
        said = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": descriptor(self.config, CONFIG),
            "layers": [descriptor(self.layer, LAYER)],
        }
        return json.dumps(said).encode()


def index(*manifests: bytes) -> bytes:
    """Return an index of `manifests`."""
    listed = [
        descriptor(each, MANIFEST, platform={"os": "linux", "architecture": name})
        for each, name in zip(manifests, ("amd64", "arm64"), strict=False)
    ]
    return json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": listed}).encode()


@dataclass(frozen=True)
class Answer:
    """What the registry said."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def codes(self) -> list[str]:
        """The error's codes."""
        return [each["code"] for each in json.loads(self.body)["errors"]]


@dataclass(frozen=True)
class Registry:
    """A registry at `host` (with port), asked with the token that `token` gives for scopes."""

    host: str
    token: Callable[[Sequence[Scope]], str]
    trust: ssl.SSLContext | None = None

    def ask(
        self,
        method: str,
        path: str,
        *scopes: Scope,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Return the answer to one request."""
        connection = (
            http.client.HTTPSConnection(self.host, timeout=60, context=self.trust)
            if self.trust
            else http.client.HTTPConnection(self.host, timeout=60)
        )
        sent = {"Authorization": f"Bearer {self.token(scopes)}", **(headers or {})}
        try:
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def begin_upload(self, repository: str) -> Answer:
        """Begin an upload."""
        path = f"/v2/{repository}/blobs/uploads/"
        return self.ask("POST", path, (repository, "pull,push"), body=b"")

    def mount(self, repository: str, source: str, name: str) -> Answer:
        """Ask for the blob `name` of `source`: 201 if it is had now, 202 if it must be sent."""
        path = f"/v2/{repository}/blobs/uploads/?mount={name}&from={source}"
        return self.ask("POST", path, (repository, "pull,push"), (source, "pull"), body=b"")

    def end_upload(self, repository: str, begun: Answer, content: bytes) -> Answer:
        """Send all of `content` to an upload that was begun."""
        place = begun.headers["Location"].split("/v2/", 1)[1]
        path = f"/v2/{place}{'&' if '?' in place else '?'}digest={digest(content)}"
        return self.ask("PUT", path, (repository, "pull,push"), body=content)

    def push_blob(self, repository: str, content: bytes) -> Answer:
        """Upload `content`."""
        begun = self.begin_upload(repository)
        return self.end_upload(repository, begun, content) if begun.status == 202 else begun

    def push_manifest(
        self, repository: str, reference: str, content: bytes, kind: str = MANIFEST
    ) -> Answer:
        """Put a manifest under a tag or its digest."""
        path = f"/v2/{repository}/manifests/{reference}"
        return self.ask(
            "PUT", path, (repository, "pull,push"), body=content, headers={"Content-Type": kind}
        )

    def push(self, repository: str, tag: str, image: Image) -> Answer:
        """Push a whole image; the first answer that is none of success ends it."""
        for blob in (image.config, image.layer):
            answer = self.push_blob(repository, blob)
            if answer.status != 201:
                return answer
        return self.push_manifest(repository, tag, image.manifest)

    def pull_manifest(self, repository: str, reference: str) -> Answer:
        """Ask for a manifest."""
        path = f"/v2/{repository}/manifests/{reference}"
        headers = {"Accept": f"{INDEX}, {MANIFEST}"}
        return self.ask("GET", path, (repository, "pull"), headers=headers)

    def pull_blob(self, repository: str, name: str) -> Answer:
        """Ask for a blob."""
        return self.ask("GET", f"/v2/{repository}/blobs/{name}", (repository, "pull"))

    def tags(self, repository: str) -> Answer:
        """Ask which tags there are."""
        return self.ask("GET", f"/v2/{repository}/tags/list", (repository, "pull"))
