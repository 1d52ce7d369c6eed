"""What the platform's registry lets whom do: rows 109-118 of the attack matrix, asked by HTTP."""

import time
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from fixtures.people import Shell
from logins import Login, helped, host, minted, pods
from oci import Image, Registry, Scope, digest
from signing import signing_keys

from rise_local.platform import Platform
from rise_registry.signing import Signer

pytestmark = pytest.mark.e2e
IMAGE, FORM = Image(b"a layer"), "application/x-www-form-urlencoded"
OK, MADE, BEGUN, REFUSED, NOT_FOUND = 200, 201, 202, 401, 404


@pytest.fixture(scope="module")
def alice(person: Callable[[str], Shell]) -> Shell:
    """Return alice's shell."""
    return person("alice@example.com")


@pytest.fixture(scope="module")
def bob(person: Callable[[str], Shell]) -> Shell:
    """Return bob's shell."""
    return person("Bob@Example.com")


@pytest.fixture(scope="module")
def shop(alice: Shell) -> Generator[str]:
    """Return a project of alice's with an image, at which carol may look."""
    name = f"t{uuid4().hex[:6]}"
    alice.rise("project", "create", name, "--member", "carol@example.com=viewer")
    assert minted(alice, name).registry.push(f"{name}/web", "1", IMAGE).status == MADE
    yield name
    alice.rise("project", "delete", name, "--yes")


@pytest.fixture(scope="module")
def other(bob: Shell, shop: str) -> Generator[str]:
    """Return a project of bob's with an image; its name goes on where that of `shop` ends."""
    name = f"{shop}2"
    bob.rise("project", "create", name)
    foreign = Image(f"a layer of {name}".encode())
    assert minted(bob, name).registry.push(f"{name}/web", "1", foreign).status == MADE
    yield name
    bob.rise("project", "delete", name, "--yes")


@pytest.mark.row(109, 110)
def test_pods_pull_their_projects_images_and_push_none(
    administrator: Shell, shop: str, other: str
) -> None:
    robot = pods(administrator, shop).registry
    web, theirs = f"{shop}/web", f"{other}/web"
    assert robot.pull_manifest(web, "1").body == IMAGE.manifest
    assert robot.pull_blob(web, digest(IMAGE.layer)).body == IMAGE.layer
    assert robot.pull_manifest(theirs, "1").status == REFUSED
    assert pods(administrator, other).registry.pull_manifest(theirs, "1").status == OK
    assert robot.begin_upload(web).status == REFUSED
    assert robot.push_manifest(web, "2", IMAGE.manifest).status == REFUSED


@pytest.mark.row(111)
def test_only_names_below_a_project_are_its_own(alice: Shell, shop: str) -> None:
    login = minted(alice, shop)
    given = {f"{shop}/web": ["pull", "push"], f"{shop}/a/b/c": ["pull", "push"]}
    assert login.granted(*given) == given
    refused = [
        *(shop, f"{shop}/", f"/{shop}/web", f"{shop}//web", f"{shop}/../{shop}2/web", f"{shop}/*"),
        *(
            f"{shop.upper()}/web",
            f"{host(alice)}/{shop}/web",
            f"x/{shop}/web",
            f"{shop}-x/web",
            "*",
        ),
    ]
    for name in refused:
        assert login.granted(name) == {}, name


@pytest.mark.row(112)
def test_nobody_lists_or_deletes(alice: Shell, shop: str) -> None:
    registry = minted(alice, shop).registry
    web = f"{shop}/web"
    assert registry.ask("GET", "/v2/_catalog").status == REFUSED
    scope = (web, "pull,push,delete,*")
    name = digest(IMAGE.manifest)
    assert registry.ask("DELETE", f"/v2/{web}/manifests/{name}", scope).status == REFUSED
    assert registry.pull_manifest(web, name).status == OK
    assert registry.tags(web).status == OK


@pytest.mark.row(113)
def test_who_may_look_pulls_and_does_not_push(carol: Shell, shop: str) -> None:
    for login in (minted(carol, shop, "--pull-only"), helped(carol)):
        assert login.granted(f"{shop}/web") == {f"{shop}/web": ["pull"]}
        assert login.registry.pull_manifest(f"{shop}/web", "1").status == OK
        assert login.registry.push(f"{shop}/web", "2", IMAGE).status == REFUSED


@pytest.mark.row(114)
def test_a_token_has_to_be_right_in_everything(
    platform: Platform, alice: Shell, shop: str, tmp_path: Path
) -> None:
    place, now = host(alice), int(time.time())
    access = [{"type": "repository", "name": f"{shop}/web", "actions": ["pull"]}]
    times = {"iat": now - 600, "nbf": now - 600, "exp": now + 3600}
    right = {"iss": "rise", "aud": place, "sub": "alice", "jti": "0", "access": access, **times}
    keys, theirs = platform.home.pki / "registry-tokens", signing_keys(tmp_path, "backend")
    ours = Signer(keys / "backend.crt", keys / "backend.key")
    foreign = Signer(Path(theirs["certificate"]), Path(theirs["key"]))
    trust = minted(alice, shop).backend.trust

    def status(signer: Signer, **changes: Any) -> int:
        token = signer.sign({**right, **changes}, "JWT")
        registry = Registry(place, lambda _: token, trust)
        return registry.pull_manifest(f"{shop}/web", "1").status

    assert status(ours) == OK
    assert status(ours, exp=now - 90) == REFUSED, "it ended, and the leeway after it"
    assert status(ours, aud="registry.example.com") == REFUSED, "another audience"
    assert status(ours, iss="https://dex.example.com") == REFUSED, "another issuer"
    assert status(ours, access=[]) == REFUSED, "nothing is granted"
    assert status(foreign) == REFUSED, "a key of another CA"


@pytest.mark.row(115)
def test_a_layer_is_mounted_from_ones_own_projects_alone(
    alice: Shell, bob: Shell, shop: str, other: str
) -> None:
    layer, mine = digest(IMAGE.layer), f"{shop}-mine"
    alice.rise("project", "create", mine)
    hers, his = helped(alice).registry, helped(bob).registry
    assert hers.mount(f"{mine}/web", f"{shop}/web", layer).status == MADE
    assert hers.pull_blob(f"{mine}/web", layer).body == IMAGE.layer
    assert his.mount(f"{other}/web", f"{shop}/web", layer).status == REFUSED
    assert his.begin_upload(f"{other}/web").status == BEGUN, "he may send it if he has it"
    assert his.pull_blob(f"{other}/web", layer).status == NOT_FOUND
    # Who names a foreign layer in a manifest of his own does not get it by that.
    stolen = his.push_manifest(f"{other}/web", "2", IMAGE.manifest)
    assert (stolen.status, set(stolen.codes)) == (400, {"MANIFEST_BLOB_UNKNOWN"})


def _posted(login: Login, scopes: Sequence[Scope], **changes: str) -> tuple[int, Any]:
    """Ask for a token as containerd does first; return the status and what came."""
    name, password = login.pair
    form = {
        "grant_type": "password",
        "service": host(login.shell),
        "client_id": "containerd",
        "scope": " ".join(f"repository:{each}:{actions}" for each, actions in scopes),
        "username": name,
        "password": password,
        **changes,
    }
    sent = [("Content-Type", FORM)]
    body = urlencode(form).encode()
    answer = login.backend.ask("POST", "/registry/token", headers=sent, body=body)
    return answer.code, answer.json


@pytest.mark.row(116)
def test_a_token_is_had_by_post_and_by_get(administrator: Shell, shop: str) -> None:
    login = pods(administrator, shop)
    scopes = [(f"{shop}/web", "pull")]
    status, said = _posted(login, scopes)
    assert status == OK
    assert said["access_token"] == said["token"]
    by_post = Registry(host(administrator), lambda _: said["token"], login.backend.trust)
    assert by_post.pull_manifest(f"{shop}/web", "1").status == OK
    assert login.registry.pull_manifest(f"{shop}/web", "1").status == OK, "by GET"
    assert _posted(login, scopes, password="wrong")[0] == REFUSED


@pytest.mark.row(118)
def test_what_pulled_and_pushed_is_dead_with_the_project(
    administrator: Shell, alice: Shell, prefix: str
) -> None:
    alice.rise("project", "create", prefix)
    web = f"{prefix}/web"
    robot, person, helper = pods(administrator, prefix), minted(alice, prefix), helped(alice)
    logins = (robot, person, helper)

    def dead() -> bool:
        return all(each.granted(web) == {} for each in logins)

    assert robot.granted(web) == {web: ["pull"]}
    alice.rise("project", "edit", prefix, "--suspend")
    alice.until(dead, "a suspended project's logins open nothing")
    alice.rise("project", "edit", prefix, "--resume")
    alice.until(
        lambda: pods(administrator, prefix).granted(web) == {web: ["pull"]},
        "a resumed project's pods pull again",
    )
    assert robot.granted(web) == {}, "what they pulled with before stays refused"
    assert person.granted(web) == {web: ["pull", "push"]}
    alice.rise("project", "delete", prefix, "--yes")
    alice.until(dead, "a deleted project's logins open nothing")
