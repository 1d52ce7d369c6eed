"""Big images and long pushes at the platform's registry, and what breaks meanwhile.

No part of `make test`: `make test-registry` runs it.
"""

import gzip
import hashlib
import json
import signal
import subprocess
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import jwt
import pytest
from fixtures.people import Shell
from fixtures.registry_clients import Desk
from logins import minted, pods
from oci import Answer, Registry, Scope, digest
from operators import until
from web import Web

from rise_cli.oidc import claims
from rise_local.certificates import Authority
from rise_local.platform import Platform
from rise_local.programs import ACCOUNTS
from rise_registry.signing import Signer

pytestmark = pytest.mark.e2e
BIG_BYTES, BLOCK = 200_000_000, 1 << 20
CHUNKS = [bytes([number]) * 1_000_000 for number in range(4)]
WHOLE = b"".join(CHUNKS)
LEEWAY_S = 60  # what the registry allows after a token's end
PATIENCE_S = 600.0
ACCEPTED, MADE, REFUSED = 202, 201, 401


@pytest.fixture
def shop(alice: Shell, prefix: str) -> str:
    """Return a project of alice's."""
    alice.rise("project", "create", prefix)
    return prefix


@pytest.fixture
def works(alice: Shell, desk: Callable[[Shell], Desk], shop: str) -> Desk:
    """Return alice's desk, signed in for her project."""
    hers = desk(alice)
    hers.shell.rise("registry", "login", shop)
    return hers


@pytest.fixture
def big(tmp_path: Path) -> Path:
    """Return a layer of 200 MB that packing makes hardly smaller."""
    path = tmp_path / "big.tar"
    noise = hashlib.shake_256(b"rise").digest(BLOCK)
    with path.open("wb") as file:
        for number in range(BIG_BYTES // BLOCK):
            file.write(number.to_bytes(4) + noise[4:])
    return path


@dataclass
class Upload:
    """One upload in chunks, each with a token that is asked for then."""

    registry: Registry
    repository: str
    ca: str
    place: str = ""
    sent: int = 0
    tokens: list[str] = field(default_factory=list[str])

    def __post_init__(self) -> None:
        """Begin it."""
        mint = self.registry.token

        def token(scopes: Sequence[Scope]) -> str:
            self.tokens.append(mint(scopes))
            return self.tokens[-1]

        self.registry = replace(self.registry, token=token)
        begun = self.registry.begin_upload(self.repository)
        assert begun.status == ACCEPTED, begun.body
        self.place = _place(begun)

    def send(self, chunk: bytes) -> Answer:
        """Send the next chunk; the place moves on when it was taken."""
        after = self.sent + len(chunk)
        span = {"Content-Range": f"{self.sent}-{after - 1}"}
        answer = self._ask("PATCH", self.place, chunk, span)
        if answer.status == ACCEPTED:
            self.place, self.sent = _place(answer), after
        return answer

    def finish(self, name: str) -> Answer:
        """Say that this was all of the blob `name`."""
        joint = "&" if "?" in self.place else "?"
        return self._ask("PUT", f"{self.place}{joint}digest={name}", b"", {})

    def _ask(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        sent = {"Content-Type": "application/octet-stream", **headers}
        scope = (self.repository, "pull,push")
        return self.registry.ask(method, path, scope, body=body, headers=sent)


def _place(answer: Answer) -> str:
    return f"/v2/{answer.headers['Location'].split('/v2/', 1)[1]}"


@pytest.fixture
def upload(alice: Shell, shop: str) -> Upload:
    """Return an upload of alice's that has begun."""
    ca = alice.env["RISE_CA_FILE"]
    return Upload(minted(alice, shop).registry, f"{shop}/web", ca)


def test_two_hundred_megabytes_go_there_and_come_back(
    administrator: Shell, works: Desk, shop: str, big: Path
) -> None:
    name = f"{works.registry}/{shop}/big:1"
    works.run("crane", "append", "--new_layer", str(big), "--new_tag", name)
    layer = _layer(works, name)
    pulled = pods(administrator, shop).registry.pull_blob(f"{shop}/big", layer)
    assert digest(pulled.body) == layer
    assert gzip.decompress(pulled.body) == big.read_bytes()


def test_a_blob_in_chunks_has_a_token_for_each(upload: Upload) -> None:
    for chunk in CHUNKS:
        assert upload.send(chunk).status == ACCEPTED
    assert upload.finish(digest(WHOLE)).status == MADE
    assert len({claims(token)["jti"] for token in upload.tokens}) == len(CHUNKS) + 2
    assert upload.registry.pull_blob(upload.repository, digest(WHOLE)).body == WHOLE


def test_a_push_goes_on_after_its_token_ended(platform: Platform, upload: Upload) -> None:
    assert upload.send(CHUNKS[0]).status == ACCEPTED
    fresh = upload.registry
    ended = _signed(platform, upload.tokens[-1], int(time.time()) - LEEWAY_S - 1)
    upload.registry = replace(fresh, token=partial(_always, ended))
    assert upload.send(CHUNKS[1]).status == REFUSED
    upload.registry = fresh
    _ends_well(upload)


def test_what_began_with_a_good_token_outlasts_it(platform: Platform, upload: Upload) -> None:
    end = int(time.time())  # it is good for the leeway yet
    token = _signed(platform, upload.registry.token([(upload.repository, "pull,push")]), end)

    def slowly() -> Generator[bytes]:
        yield CHUNKS[0]
        while time.time() < end + LEEWAY_S + 2:
            time.sleep(1)
        yield from CHUNKS[1:]

    given = ("Authorization", f"Bearer {token}"), ("Content-Type", "application/octet-stream")
    web = Web(f"https://{upload.registry.host}", upload.ca)
    answer = web.ask("PATCH", upload.place, headers=given, body=slowly())
    assert answer.code == ACCEPTED, answer.body
    upload.place = f"/v2/{answer.headers['Location'].split('/v2/', 1)[1]}"
    assert upload.finish(digest(WHOLE)).status == MADE


def test_the_signing_key_changes_during_a_push(platform: Platform, upload: Upload) -> None:
    assert upload.send(CHUNKS[0]).status == ACCEPTED
    before = _chain(upload.tokens[-1])
    tokens = platform.home.pki / "registry-tokens"
    for kind in ("crt", "key"):
        (tokens / f"backend.{kind}").rename(tokens / f"backend.old.{kind}")
    authority = Authority(tokens, "Rise registry tokens CA")
    authority.ensure_client("backend", ACCOUNTS["backend"], (), datetime.now(UTC))
    _ends_well(upload)
    assert _chain(upload.tokens[-1]) != before, "the backend signs with the new key"


def test_the_registry_starts_again_during_a_push(platform: Platform, upload: Upload) -> None:
    assert upload.send(CHUNKS[0]).status == ACCEPTED
    platform.stop("registry", signal.SIGKILL)
    with pytest.raises(OSError, match="refused"):
        upload.send(CHUNKS[1])
    platform.start("registry")
    _ends_well(upload)


def test_a_client_pushes_again_what_a_restart_broke_off(
    *, platform: Platform, administrator: Shell, works: Desk, shop: str, big: Path
) -> None:
    name = f"{works.registry}/{shop}/big:1"
    command = ["crane", "append", "--new_layer", str(big), "--new_tag", name]
    images = platform.home.data_of("registry")
    with subprocess.Popen(command, env=dict(works.shell.env), stderr=subprocess.PIPE) as pushing:

        def under_way() -> bool:
            return pushing.poll() is not None or any(
                part.stat().st_size for part in images.rglob(f"{shop}/big/_uploads/*/data")
            )

        until(under_way, "the push is under way", within_s=PATIENCE_S)
        platform.stop("registry", signal.SIGKILL)
        platform.start("registry")
        pushing.communicate(timeout=PATIENCE_S)
    works.run(*command)  # whether the first gave up or held out
    pulled = pods(administrator, shop).registry.pull_blob(f"{shop}/big", _layer(works, name))
    assert gzip.decompress(pulled.body) == big.read_bytes()


def _layer(works: Desk, name: str) -> str:
    """Return the digest of the one layer of an image: crane has packed it."""
    (layer,) = json.loads(works.crane("manifest", name))["layers"]
    return layer["digest"]


def _ends_well(upload: Upload) -> None:
    for chunk in CHUNKS[1:]:
        assert upload.send(chunk).status == ACCEPTED
    assert upload.finish(digest(WHOLE)).status == MADE
    assert upload.registry.pull_blob(upload.repository, digest(WHOLE)).body == WHOLE


def _signed(platform: Platform, token: str, end: int) -> str:
    """Return the same token as the backend would have signed it for another end."""
    keys = platform.home.pki / "registry-tokens"
    signer = Signer(keys / "backend.crt", keys / "backend.key")
    said = {**claims(token), "exp": end, "iat": end - 60, "nbf": end - 60}
    return signer.sign(said, "JWT")


def _always(token: str, _: Sequence[Scope]) -> str:
    return token


def _chain(token: str) -> list[str]:
    return jwt.get_unverified_header(token)["x5c"]
