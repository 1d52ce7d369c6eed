"""docker-credential-rise as a process, by the protocol that clients of registries speak."""

import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import replies
from fixtures.command_line import Ended
from fixtures.loopback import Loopback, Received

from rise_cli.registries import helper, hosts

HOST = "127.0.0.1:5000"
LOGIN = "/api/v1/registry/login"
LISTED = "/api/v1/registries"
NOT_FOUND = "credentials not found in native keychain\n"
HEAVY = {"click", "urllib3", "yaml", "pydantic", "rise_cli.main", "rise_crds"}
LOADED = """
import sys
from rise_cli.registries.helper import main
try:
    main()
finally:
    print("loaded", *sys.modules, file=sys.stderr)
"""
Asked = Callable[..., Ended]
PROGRAM = str(Path(sys.executable).with_name("docker-credential-rise"))


def registry(host: str, *, self_hosted: bool = True, ca: str | None = None) -> dict[str, Any]:
    return {
        "name": host.partition(".")[0],
        "provider": "distribution" if self_hosted else "ecr",
        "host": host,
        "default": True,
        "ca": ca,
        "selfHosted": self_hosted,
    }


@pytest.fixture
def registries(server: Loopback) -> Loopback:
    """Return a server with a registry of its own, and one that gives logins a project at a time."""
    rows = [registry(HOST), registry("registry.test"), registry("ecr.test", self_hosted=False)]
    server.on("GET", LISTED, (200, {"items": rows}))

    def login(request: Received) -> tuple[int, object]:
        login = {"username": replies.ALICE, "password": f"login {len(server.asked('POST', LOGIN))}"}
        more = {"actions": ["pull", "push"], "expiresAt": "2026-01-02T03:04:05Z"}
        return 201, {"registry": request.json["registry"], **login, **more}

    server.call("POST", LOGIN, login)
    return server


@pytest.fixture
def asked(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Asked:
    """Return a function that asks in this process: many questions, no start of a program."""

    def ask(verb: str, given: str | bytes = "") -> Ended:
        said = given.encode() if isinstance(given, str) else given
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(said)))
        monkeypatch.setattr(sys, "argv", [PROGRAM, verb])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            helper.main()
        printed = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return Ended(ended.value.code, printed.out, printed.err)

    return ask


def started(*program: str, given: str = "") -> Ended:
    done = subprocess.run(
        program, input=given, capture_output=True, text=True, timeout=60, check=False
    )
    return Ended(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize(
    "spelled",
    [
        HOST,
        f"{HOST}\n",
        f"https://{HOST}",
        f"https://{HOST}/",
        f"https://{HOST}/v1/",
        f"http://{HOST}/v2/",
        f"{HOST}/v2/",
        f"{HOST}/shop/web",
        "https://registry.test:443/v2/",
        "Registry.Test",
    ],
)
def test_a_client_gets_a_login_however_it_asks(
    asked: Asked, spelled: str, registries: Loopback
) -> None:
    for number in (1, 2):  # the second time without asking which registries there are
        done = asked("get", spelled)
        assert json.loads(done.out) == {
            "ServerURL": spelled.strip(),
            "Username": replies.ALICE,
            "Secret": f"login {number}",
        }
        assert (done.code, done.err) == (0, "")
    assert len(registries.asked("GET", LISTED)) == 1
    sent = {request.json["registry"] for request in registries.asked("POST", LOGIN)}
    assert sent == {hosts.host_of(spelled)}


@pytest.mark.usefixtures("registries")
def test_a_known_registry_is_asked_before_anything_heavy_is_imported(asked: Asked) -> None:
    asked("get", HOST)
    done = started(sys.executable, "-c", LOADED, "get", given=HOST)
    assert json.loads(done.out)["Secret"] == "login 2"
    assert HEAVY & set(done.err.split()) == set()


@pytest.mark.parametrize(
    "other",
    [
        pytest.param("ghcr.io", id="somebody else's"),
        pytest.param("https://index.docker.io/v1/", id="Docker's own"),
        pytest.param("ecr.test", id="one that gives logins a project at a time"),
        pytest.param(f"{HOST}0", id="a longer port"),
        pytest.param(f"alice@{HOST}", id="a user in the address"),
        pytest.param(f"{HOST}@evil.test", id="ours as a user"),
        pytest.param(f"evil.test/{HOST}", id="ours as a path"),
        pytest.param("registry.test.evil.test", id="a longer name"),
        pytest.param("../../registry.test", id="a path"),
    ],
)
def test_a_client_of_another_registry_goes_on_without(
    asked: Asked, other: str, registries: Loopback
) -> None:
    for _ in range(2):
        done = asked("get", other)
        assert (done.code, done.out) == (1, NOT_FOUND)
        assert "gives no logins for" in done.err
    assert not registries.asked("POST", LOGIN)


def test_who_is_not_signed_in_goes_on_without(asked: Asked) -> None:
    done = asked("get", HOST)
    assert (done.code, done.out) == (1, NOT_FOUND)
    assert "sign in with: rise login" in done.err


def test_an_ended_session_is_renewed_once_for_many(registries: Loopback) -> None:
    replies.session(registries.url, lasts_s=-1, refresh_token="r").save()

    def renewed(request: Received) -> tuple[int, object]:
        time.sleep(0.2)  # the others wait meanwhile
        assert request.form["refresh_token"] == "r"
        return 200, {"id_token": replies.token(), "refresh_token": "r2"}

    registries.call("POST", "/token", renewed)
    running = [
        subprocess.Popen([PROGRAM, "get"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for _ in range(4)
    ]
    said = [json.loads(one.communicate(HOST.encode(), timeout=60)[0]) for one in running]
    assert {one["Username"] for one in said} == {replies.ALICE}
    assert len(registries.asked("POST", "/token")) == 1


def test_a_session_that_cannot_be_renewed_is_none(asked: Asked, registries: Loopback) -> None:
    replies.session(registries.url, lasts_s=-1, refresh_token="r").save()
    registries.on("POST", "/token", (400, {"error": "invalid_grant"}))
    done = asked("get", HOST)
    assert (done.code, done.out) == (1, NOT_FOUND)
    assert "the session has ended" in done.err


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        pytest.param(replies.problem(429, "too many: wait"), "too many: wait", id="too many"),
        pytest.param(replies.problem(503, "away for now"), "away for now", id="away"),
        pytest.param((201, {"username": "alice"}), "answered without a login", id="half a login"),
        pytest.param((201, b"<html>"), "not as a Rise server does", id="no JSON"),
    ],
)
def test_a_failure_is_said_where_clients_show_it(
    asked: Asked, reply: tuple[int, object], says: str, registries: Loopback
) -> None:
    asked("get", HOST)
    registries.on("POST", LOGIN, reply)
    done = asked("get", HOST)
    assert done.code == 1
    assert says in done.out
    assert len(done.out.splitlines()) == 1


def test_a_token_that_the_server_refuses_is_none(asked: Asked, registries: Loopback) -> None:
    registries.on("POST", LOGIN, replies.problem(401, "who are you?"))
    done = asked("get", HOST)
    assert (done.code, done.out) == (1, NOT_FOUND)
    assert "sign in with: rise login" in done.err


def test_while_the_server_is_away_others_are_still_none_of_ours(asked: Asked, home: Path) -> None:
    replies.session("http://127.0.0.1:1").save()
    unknown = asked("get", "ghcr.io")
    assert "does not answer" in unknown.out
    long_ago = {"server": "http://127.0.0.1:1", "at": 0, "hosts": [HOST]}
    (home / "registries.json").write_text(json.dumps(long_ago))
    assert asked("get", "ghcr.io").out == NOT_FOUND
    ours = asked("get", HOST)
    assert (ours.code, "does not answer" in ours.out) == (1, True)


@pytest.mark.parametrize(
    "kept",
    [
        pytest.param(
            {"server": "https://other.test", "at": 1e18, "hosts": ["ghcr.io"]}, id="other"
        ),
        pytest.param({"at": "x", "hosts": 3}, id="another shape"),
        pytest.param([], id="a list"),
    ],
)
@pytest.mark.usefixtures("registries")
def test_what_was_kept_of_another_server_does_not_count(
    asked: Asked, kept: object, home: Path
) -> None:
    (home / "registries.json").write_text(json.dumps(kept))
    assert asked("get", HOST).code == 0
    assert asked("get", "ghcr.io").out == NOT_FOUND


def test_the_token_goes_to_no_server_that_others_can_name(
    asked: Asked, registries: Loopback, home: Path
) -> None:
    """What a client asks for never becomes an address."""
    asked("get", HOST)
    for spelled in (f"{registries.url}/x", f"http://{HOST}@127.0.0.1", "[::1]:5000", "\x00", "a b"):
        done = asked("get", spelled)
        assert done.out == NOT_FOUND
    assert [request.path for request in registries.received] == [LISTED, LOGIN]
    assert (home / "registries.json").stat().st_mode & 0o077 == 0


@pytest.mark.usefixtures("registries")
def test_it_lists_where_somebody_is_signed_in(asked: Asked) -> None:
    done = asked("list")
    expected = {HOST: replies.ALICE, "registry.test": replies.ALICE}
    assert (done.code, json.loads(done.out)) == (0, expected)


def test_who_is_not_signed_in_has_nothing_to_list(asked: Asked) -> None:
    done = asked("list")
    assert (done.code, json.loads(done.out)) == (0, {})


@pytest.mark.parametrize(
    ("user", "code", "says"),
    [
        pytest.param(replies.ALICE, 0, "", id="what `docker login` had from here"),
        pytest.param("robot+shop", 1, "keeps no passwords", id="another login"),
        pytest.param("<token>", 1, "keeps no passwords", id="an identity token"),
    ],
)
def test_it_keeps_nothing(
    asked: Asked, *, user: str, code: int, says: str, registries: Loopback, home: Path
) -> None:
    login = {"ServerURL": HOST, "Username": user, "Secret": "a secret"}
    done = asked("store", json.dumps(login))
    assert done.code == code
    assert says in done.out
    assert "a secret" not in done.out + done.err
    assert not [path for path in home.iterdir() if "a secret" in path.read_text()]
    assert not registries.received


def test_there_is_nothing_to_erase(asked: Asked, registries: Loopback) -> None:
    done = asked("erase", f"https://{HOST}/v1/")
    assert (done.code, done.out) == (0, "")
    assert f"rise registry logout {HOST}" in done.err
    assert asked("get", HOST).code == 0
    assert registries.asked("POST", LOGIN)


def test_it_names_its_version(asked: Asked) -> None:
    done = asked("version")
    assert done.out.startswith("docker-credential-rise (rise-cli) v0.")


@pytest.mark.parametrize(
    ("verb", "given", "says"),
    [
        pytest.param("get", "", "no credentials server URL", id="no address"),
        pytest.param("get", " \n", "no credentials server URL", id="a blank address"),
        pytest.param("get", b"\xff\xfe", "no credentials server URL", id="no text"),
        pytest.param("get", "a" * 100_000, "no credentials server URL", id="far too much"),
        pytest.param("erase", "", "no credentials server URL", id="nothing to erase"),
        pytest.param("store", "{", "no login in JSON", id="half a login"),
        pytest.param("store", "[1]", "no login in JSON", id="a list"),
        pytest.param("store", "{}", "no login in JSON", id="no login"),
        pytest.param("fetch", "", "Usage: docker-credential-rise <get|", id="an unknown verb"),
    ],
)
def test_bad_input_is_said(asked: Asked, verb: str, given: str | bytes, says: str) -> None:
    done = asked(verb, given)
    assert done.code == 1
    assert done.out.startswith(says)
    assert "Traceback" not in done.err


def test_a_session_that_others_may_read_is_refused(
    asked: Asked, registries: Loopback, home: Path
) -> None:
    (home / "session.json").chmod(0o644)
    done = asked("get", HOST)
    assert (done.code, "chmod 600" in done.out) == (1, True)
    assert not registries.received


@pytest.mark.usefixtures("registries")
def test_without_any_stream_it_ends_as_usual() -> None:
    for closed in ("<&-", ">&-", "<&- >&- 2>&-"):
        script = f'exec "$0" get {closed}'
        done = subprocess.run(
            ["/bin/sh", "-c", script, PROGRAM], input=HOST.encode(), timeout=60, check=False
        )
        assert done.returncode in {0, 1}


@pytest.mark.usefixtures("registries")
def test_a_client_that_left_is_no_reason_for_a_traceback(asked: Asked) -> None:
    asked("get", HOST)
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [PROGRAM, "get"], input=HOST.encode(), stdout=writer, stderr=subprocess.PIPE, check=False
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, b"")
