"""`rise registry` and docker-credential-rise at the platform: who gets which login, and no more."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from fixtures.people import Shell, project
from fixtures.sign_in import Newcomer, change_session, sign_in
from logins import Login, helped, host, pods

pytestmark = pytest.mark.e2e
BOTH = ["pull", "push"]


def auth_file(shell: Shell) -> Path:
    return Path(shell.env["HOME"]) / ".docker" / "config.json"


def kept(shell: Shell) -> Login:
    """Return the login that the auth file keeps."""
    return Login(shell, json.loads(auth_file(shell).read_text())["auths"][host(shell)]["auth"])


@pytest.fixture
def shop(alice: Shell, prefix: str) -> str:
    """Return a project of alice's that carol sees."""
    members = ("--member", "carol@example.com=viewer", "--member", "bob@example.com=developer")
    alice.rise("project", "create", prefix, *members)
    return prefix


def test_a_login_is_for_one_project_and_what_its_person_may(
    *, alice: Shell, bob: Shell, carol: Shell, shop: str
) -> None:
    other = f"{shop}-other"
    alice.rise("project", "create", other)
    images = (f"{shop}/web", f"{other}/web", shop)
    said = alice.rise("registry", "login", shop)
    assert str(auth_file(alice)) in said
    assert f"push as: {host(alice)}/{shop}/IMAGE" in said
    assert kept(alice).granted(*images) == {f"{shop}/web": BOTH}
    ca = auth_file(alice).parent / "certs.d" / host(alice) / "ca.crt"
    assert ca.read_text() == Path(alice.env["RISE_CA_FILE"]).read_text()

    bob.rise("registry", "login", shop)
    assert kept(bob).granted(*images) == {f"{shop}/web": BOTH}
    assert f"rise registry login {shop} --pull-only" in carol.rise(
        "registry", "login", shop, exit_code=5
    )
    carol.rise("registry", "login", shop, "--pull-only")
    assert kept(carol).granted(*images) == {f"{shop}/web": ["pull"]}


def test_the_helper_gives_what_its_person_may_at_each_moment(
    *, alice: Shell, bob: Shell, mallory: Shell, shop: str
) -> None:
    theirs = f"{shop}-bobs"
    bob.rise("project", "create", theirs)
    images = (f"{shop}/web", f"{theirs}/web")
    assert helped(alice).granted(*images) == {f"{shop}/web": BOTH}
    login = helped(bob)
    assert login.granted(*images) == dict.fromkeys(images, BOTH)
    assert helped(mallory).granted(*images) == {}
    alice.rise("project", "edit", shop, "--remove-member", "bob@example.com")
    alice.until(lambda: login.granted(*images) == {images[1]: BOTH}, "a removed member is refused")


@pytest.mark.parametrize(
    ("change", "code", "says"),
    [
        pytest.param(None, 3, "you may see", id="nobody may see it"),
        pytest.param({"suspend": True}, 8, "is suspended", id="suspended"),
        pytest.param({"registry": "nowhere"}, 8, "RegistryReady", id="its registry is unknown"),
    ],
)
def test_without_images_there_is_no_login(
    change: Mapping[str, Any] | None, code: int, says: str, carol: Shell, prefix: str
) -> None:
    if change is not None:
        carol.apply(project(prefix, owner={"user": "carol@example.com"}, **change))
    before = auth_file(carol).read_bytes() if auth_file(carol).exists() else b""
    assert says in carol.rise("registry", "login", prefix, exit_code=code)
    after = auth_file(carol).read_bytes() if auth_file(carol).exists() else b""
    assert after == before


def test_rotating_ends_what_pods_pulled_with(
    administrator: Shell, alice: Shell, carol: Shell, shop: str
) -> None:
    before = pods(administrator, shop)
    image = f"{shop}/web"
    assert before.granted(image) == {image: ["pull"]}
    carol.rise("registry", "rotate", shop, exit_code=5)
    assert alice.rise("registry", "rotate", shop) == f"the credentials of {shop} are new\n"
    alice.until(lambda: before.granted(image) == {}, "the old credential is refused")
    alice.until(
        lambda: pods(administrator, shop).granted(image) == {image: ["pull"]},
        "the new one pulls",
    )


def test_what_is_shown_is_what_pods_pull_from(alice: Shell, shop: str) -> None:
    shown = alice.json("rise", "registry", "show", shop, "-o", "json")
    assert shown["repository"] == f"{host(alice)}/{shop}"
    assert shown["pullSecret"] == "rise-registry"
    assert [each["type"] for each in shown["conditions"]] == ["RegistryReady", "CredentialsValid"]
    assert f"rise registry login {shop}" in alice.rise("registry", "show", shop)


def test_the_helper_renews_the_session_by_itself(newcomer: Newcomer) -> None:
    shell = newcomer("alice")
    sign_in(shell, confirms="alice@example.com")
    change_session(shell, expiresAt=0)
    assert helped(shell).pair[0] == "alice@example.com"
    shell.rise("logout")
    done = shell.run("docker-credential-rise", "get", stdin=host(shell), exit_code=1)
    assert done.stdout == "credentials not found in native keychain\n"


def test_the_helper_is_set_up_and_ended(newcomer: Newcomer) -> None:
    shell = newcomer("alice")
    shell.rise("login", "--email", "alice@example.com", "--password-stdin", stdin="password\n")
    auth_file(shell).parent.mkdir()
    auth_file(shell).write_text('{"auths": {"ghcr.io": {"auth": "bWU6cHc="}}}')
    assert "docker-credential-rise answers for" in shell.rise("registry", "login", "--helper")
    written = json.loads(auth_file(shell).read_text())
    assert written["credHelpers"] == {host(shell): "rise"}
    assert shell.json("docker-credential-rise", "list") == {host(shell): "alice@example.com"}
    shell.rise("registry", "logout")
    written = json.loads(auth_file(shell).read_text())
    assert written == {"auths": {"ghcr.io": {"auth": "bWU6cHc="}}, "credHelpers": {}}
