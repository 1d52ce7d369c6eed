"""`rise registry`: what it writes, what it says, and how it is refused."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import replies
from fixtures.command_line import Rise
from fixtures.loopback import Loopback, Received
from fixtures.small_disk import small_disk

HOST = "127.0.0.1:5000"
CA = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
PROJECT = f"{replies.PROJECTS}/shop"
MINTED = "/api/v1/projects/shop/registry/login"
LISTED = "/api/v1/registries"
ENDS = "2026-01-02T03:19:05Z"
STATUS = {
    "provider": "distribution",
    "repository": f"{HOST}/shop",
    "pullSecretRef": {"name": "rise-registry"},
    "expiresAt": "2026-01-02T15:04:05Z",
    "credentials": [{"id": "0123456789abcdef", "expiresAt": "2026-01-02T15:04:05Z"}],
}
KEEPER = """\
#!/bin/sh
echo "$1" >> "$HOME/asked"
cat >> "$HOME/asked"
test "$1" != "$REFUSES" || { echo "the keychain is locked"; exit 1; }
"""


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the usual auth file of a person whose environment names no other."""
    for name in ("REGISTRY_AUTH_FILE", "DOCKER_CONFIG", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / ".docker" / "config.json"


@pytest.fixture
def shop(server: Loopback) -> Loopback:
    """Return a server at which alice may do everything with the images of shop."""
    rows = [
        {"name": "local", "provider": "distribution", "host": HOST, "default": True, "ca": CA},
        {"name": "far", "provider": "ecr", "host": "ecr.test", "default": False, "ca": None},
    ]
    listed = [{**row, "selfHosted": row["name"] == "local"} for row in rows]
    server.on("GET", LISTED, (200, {"items": listed}))
    server.on("GET", PROJECT, (200, project()))

    def login(request: Received) -> tuple[int, object]:
        return 201, {
            "registry": HOST,
            "repository": f"{HOST}/shop",
            "username": replies.ALICE,
            "password": "s3cret",
            "actions": request.json["actions"],
            "expiresAt": ENDS,
        }

    server.call("POST", MINTED, login)
    return server


def project(registry: object = STATUS, **spec: Any) -> dict[str, Any]:
    conditions = [replies.condition("RegistryReady"), replies.condition("Ready")]
    found = replies.resource("shop", *conditions)
    found["spec"] |= spec
    found["status"]["registry"] = registry
    return found


def read(path: Path) -> Any:
    return json.loads(path.read_text())


def test_it_signs_in_for_some_minutes(shop: Loopback, rise: Rise, config: Path) -> None:
    ended = rise("registry", "login", "shop")
    assert (ended.code, ended.err) == (0, "")
    assert f"to pull and push images of shop until {ENDS}: wrote {config}" in ended.out
    assert f"push as: {HOST}/shop/IMAGE" in ended.out
    assert "s3cret" not in ended.out
    auth = read(config)["auths"][HOST]["auth"]
    assert base64.b64decode(auth).decode() == f"{replies.ALICE}:s3cret"
    assert (config.parent / "certs.d" / HOST / "ca.crt").read_text() == CA
    assert shop.asked("POST", MINTED)[0].json == {"actions": ["pull", "push"]}


def test_it_asks_for_no_more_than_it_is_told(shop: Loopback, rise: Rise) -> None:
    ended = rise("registry", "login", "shop", "--pull-only")
    assert f"pull as: {HOST}/shop/IMAGE" in ended.out
    assert shop.asked("POST", MINTED)[0].json == {"actions": ["pull"]}


@pytest.mark.usefixtures("shop")
def test_print_writes_nothing(rise: Rise, tmp_path: Path) -> None:
    ended = rise("registry", "login", "shop", "--print")
    printed = json.loads(ended.out)
    assert printed["password"] == "s3cret"
    assert printed["registry"] == HOST
    assert {path.name for path in tmp_path.iterdir()} == {"rise"}


@pytest.mark.usefixtures("shop")
def test_another_file_can_be_named(rise: Rise, tmp_path: Path, config: Path) -> None:
    named = tmp_path / "ci" / "auth.json"
    assert str(named) in rise("registry", "login", "shop", "--authfile", str(named)).out
    assert HOST in read(named)["auths"]
    assert not config.exists()


@pytest.mark.parametrize(
    ("status", "detail", "code", "says"),
    [
        pytest.param(404, "there is no project shop that you may see", 3, "no project", id="none"),
        pytest.param(403, "you may not push to shop", 5, "--pull-only", id="a viewer"),
        pytest.param(409, "project shop is suspended", 8, "suspended", id="suspended"),
        pytest.param(503, "the registry is away", 1, "is away", id="away"),
        pytest.param(429, "too many: wait", 1, "wait", id="too many"),
    ],
)
def test_a_refusal_changes_nothing(
    *, status: int, detail: str, code: int, says: str, shop: Loopback, rise: Rise, config: Path
) -> None:
    shop.on("POST", MINTED, replies.problem(status, detail))
    ended = rise("registry", "login", "shop")
    assert (ended.code, ended.out) == (code, "")
    assert says in ended.err
    assert not config.exists()


def test_a_broken_file_is_said_before_anything_is_made(
    shop: Loopback, rise: Rise, config: Path
) -> None:
    config.parent.mkdir()
    config.write_text('{"auths": ')
    ended = rise("registry", "login", "shop")
    assert (ended.code, str(config) in ended.err) == (1, True)
    assert config.read_text() == '{"auths": '
    assert not shop.received


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"password": None}, id="no password"),
        pytest.param({"username": "a:b"}, id="a user name that no file can hold"),
        pytest.param({"registry": "../../x"}, id="a path for a host"),
        pytest.param({"password": "a\nb"}, id="two lines"),
    ],
)
def test_an_answer_that_is_no_login_is_refused(
    changes: dict[str, object], shop: Loopback, rise: Rise, config: Path
) -> None:
    usual = shop.answers["POST", MINTED]

    def bent(request: Received) -> tuple[int, object]:
        _, login = usual(request)
        assert isinstance(login, dict)
        return 201, {**login, **changes}

    shop.call("POST", MINTED, bent)
    assert rise("registry", "login", "shop").code == 1
    assert not config.exists()


@pytest.fixture
def keychain(config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], str]:
    """Let Docker keep logins in a keychain; return a function that says what it was asked."""
    program = tmp_path / "bin" / "docker-credential-keychain"
    program.parent.mkdir()
    program.write_text(KEEPER)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    config.parent.mkdir()
    config.write_text('{"credsStore": "keychain"}')
    return (tmp_path / "asked").read_text


@pytest.mark.usefixtures("shop")
def test_a_keychain_keeps_the_login_where_docker_has_one(
    rise: Rise, config: Path, keychain: Callable[[], str]
) -> None:
    ended = rise("registry", "login", "shop")
    assert "docker-credential-keychain keeps it" in ended.out
    verb, login = keychain().split("\n", 1)
    expected = {"ServerURL": HOST, "Username": replies.ALICE, "Secret": "s3cret"}
    assert (verb, json.loads(login)) == ("store", expected)
    assert read(config) == {"credsStore": "keychain", "auths": {HOST: {}}}
    rise("registry", "logout", HOST)
    assert keychain().endswith(f"erase\n{HOST}")
    assert read(config) == {"credsStore": "keychain", "auths": {}}


@pytest.mark.usefixtures("shop", "keychain")
def test_a_keychain_that_refuses_is_named(
    rise: Rise, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REFUSES", "store")
    ended = rise("registry", "login", "shop")
    assert ended.code == 1
    assert "the keychain is locked" in ended.err
    assert "rise registry login --helper" in ended.err
    assert read(config) == {"credsStore": "keychain"}
    config.write_text('{"credsStore": "gone"}')
    assert "docker-credential-gone" in rise("registry", "login", "shop").err


def test_the_helper_answers_for_every_project(shop: Loopback, rise: Rise, config: Path) -> None:
    rise("registry", "login", "shop")
    ended = rise("registry", "login", "--helper")
    assert f"docker-credential-rise answers for {HOST}: wrote {config}" in ended.out
    assert read(config) == {"auths": {}, "credHelpers": {HOST: "rise"}}
    again = rise("registry", "login", "shop")
    assert "nothing to write" in again.out
    assert read(config) == {"auths": {}, "credHelpers": {HOST: "rise"}}
    assert shop.asked("POST", MINTED)
    assert "removed logins for 127.0.0.1:5000" in rise("registry", "logout", HOST).out
    assert read(config) == {"auths": {}, "credHelpers": {}}


def test_without_a_registry_of_its_own_there_is_no_helper(
    shop: Loopback, rise: Rise, config: Path
) -> None:
    shop.on("GET", LISTED, (200, {"items": []}))
    ended = rise("registry", "login", "--helper")
    assert (ended.code, "rise registry login PROJECT" in ended.err) == (3, True)
    assert not config.exists()


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param([], id="neither project nor helper"),
        pytest.param(["shop", "--helper"], id="both"),
        pytest.param(["--helper", "--print"], id="nothing to print"),
        pytest.param(["--helper", "--pull-only"], id="a helper takes no limits"),
        pytest.param(["Shop/../x"], id="no name"),
    ],
)
def test_a_wrong_command_line_is_refused(arguments: list[str], rise: Rise) -> None:
    assert rise("registry", "login", *arguments).code == 2


def test_podmans_own_login_is_pointed_at(
    shop: Loopback, rise: Rise, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    podmans = tmp_path / "run" / "containers" / "auth.json"
    podmans.parent.mkdir(parents=True)
    podmans.write_text(json.dumps({"auths": {HOST: {"auth": "b2xk"}}}))
    assert str(podmans) in rise("registry", "login", "shop").out
    config.parent.mkdir(exist_ok=True)
    config.write_text("{}")
    ended = rise("registry", "login", "shop")
    assert f"--authfile {podmans}" in ended.err
    assert shop.asked("POST", MINTED)


@pytest.mark.parametrize("what", [["shop"], [HOST], [f"https://{HOST}/v1/"], []])
@pytest.mark.usefixtures("shop")
def test_logins_are_removed(what: list[str], rise: Rise, config: Path) -> None:
    rise("registry", "login", "shop")
    assert rise("registry", "logout", *what).code == 0
    assert read(config) == {"auths": {}}
    hosts = HOST if what else f"{HOST}, ecr.test"
    assert rise("registry", "logout", *what).out == f"no login for {hosts} in {config}\n"


def test_who_is_signed_out_can_still_remove_logins(rise: Rise, config: Path) -> None:
    config.parent.mkdir()
    before = {"auths": {HOST: {"auth": "x"}}, "credHelpers": {"old.test": "rise", "a.b": "c"}}
    config.write_text(json.dumps(before))
    assert rise("registry", "logout").code == 0
    assert rise("registry", "logout", HOST).code == 0
    assert read(config) == {"auths": {}, "credHelpers": {"a.b": "c"}}
    assert rise("registry", "logout", "shop").code == 4
    config.unlink()
    assert rise("registry", "logout", HOST).out == f"no login for {HOST} in {config}\n"


def test_it_shows_where_images_live(shop: Loopback, rise: Rise) -> None:
    shown = rise("registry", "show", "shop").out
    for expected in (f"{HOST}/shop", "2026-01-02T15:04:05Z", "rise registry login shop"):
        assert expected in shown
    assert "RegistryReady" in shown
    assert " Ready " not in shown
    printed = json.loads(rise("registry", "show", "shop", "-o", "json").out)
    assert printed["repository"] == f"{HOST}/shop"
    assert [each["type"] for each in printed["conditions"]] == ["RegistryReady"]
    shop.on("GET", PROJECT, (200, project(suspend=True)))
    suspended = rise("registry", "show", "shop").out
    assert "there are no credentials" in suspended
    assert "rise registry login" not in suspended


def test_it_rotates_and_waits(shop: Loopback, rise: Rise) -> None:
    asked: list[str] = []

    def annotated(request: Received) -> tuple[int, object]:
        metadata = request.json["metadata"]
        assert metadata["uid"] == "uid-of-shop"
        asked.append(metadata["annotations"]["rise.dev/rotate-credentials"])
        return 200, project()

    def present(_: Received) -> tuple[int, object]:
        waits = not asked or len(shop.asked("GET", PROJECT)) < 4
        return 200, project(STATUS if waits else {**STATUS, "rotation": asked[-1]})

    shop.call("PATCH", PROJECT, annotated)
    shop.call("GET", PROJECT, present)
    ended = rise("registry", "rotate", "shop")
    assert (ended.code, ended.out) == (0, "the credentials of shop are new\n")
    assert rise("registry", "rotate", "shop", "--no-wait").out.endswith("are being renewed\n")
    assert len(set(asked)) == 2


@pytest.mark.parametrize(
    ("found", "code", "says"),
    [
        pytest.param(project(suspend=True), 8, "--resume", id="suspended"),
        pytest.param(project(), 7, "are not renewed", id="the operator is away"),
    ],
)
def test_what_cannot_be_rotated_is_said(
    found: dict[str, Any], code: int, says: str, shop: Loopback, rise: Rise
) -> None:
    shop.on("GET", PROJECT, (200, found))
    shop.on("PATCH", PROJECT, (200, found))
    ended = rise("registry", "rotate", "shop", "--timeout", "1s")
    assert (ended.code, says in ended.err) == (code, True)


def test_whoever_asks_again_meanwhile_is_waited_for(shop: Loopback, rise: Rise) -> None:
    later = "2999-01-02T03:04:05Z"
    found = project({**STATUS, "rotation": later})
    found["metadata"]["annotations"] = {"rise.dev/rotate-credentials": later}
    shop.on("PATCH", PROJECT, (200, found))
    shop.on("GET", PROJECT, (200, found))
    assert rise("registry", "rotate", "shop", "--timeout", "1s").code == 0


def test_without_a_home_another_file_is_named(
    shop: Loopback, rise: Rise, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "home", _homeless)
    assert "--authfile" in rise("registry", "login", "shop").err
    assert not shop.asked("POST", MINTED)
    ended = rise("registry", "login", "shop", "--authfile", str(tmp_path / "auth.json"))
    assert (ended.code, "to your client yourself" in ended.err) == (0, True)


def test_a_home_that_cannot_be_written_is_said(
    shop: Loopback, rise: Rise, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "home").mkdir()
    with small_disk(tmp_path / "home", "1m", None) as home:
        monkeypatch.setenv("HOME", str(home.path))
        home.close()
        ended = rise("registry", "login", "shop")
        assert (ended.code, ended.out) == (1, "")
        assert "config.json cannot be written (Read-only file system)" in ended.err
        assert "take the login from --print" in ended.err
        assert not shop.asked("POST", MINTED), "none is made that nothing can keep"
        assert json.loads(rise("registry", "login", "shop", "--print").out)["password"] == "s3cret"
        elsewhere = str(tmp_path / "auth.json")
        ended = rise("registry", "login", "shop", "--authfile", elsewhere)
        assert (ended.code, "to your client yourself" in ended.err) == (0, True)
        assert read(tmp_path / "auth.json")["auths"].keys() == {HOST}


def _homeless() -> Path:
    raise RuntimeError("Could not determine home directory.")


def test_rotating_is_for_owners(shop: Loopback, rise: Rise) -> None:
    shop.on("PATCH", PROJECT, replies.refusal(403, "you may not patch project shop"))
    assert rise("registry", "rotate", "shop").code == 5
