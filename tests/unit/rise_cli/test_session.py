"""The session's file: private, whole, and renewed by one process at a time."""

import json
import stat
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
import replies
from fixtures.command_line import Rise
from fixtures.loopback import Loopback, Received, Reply
from fixtures.small_disk import small_disk

from rise_cli import session as sessions
from rise_cli.session import Session

PROGRAM = [sys.executable, "-m", "rise_cli"]


def near_its_end(server: Loopback, *, lasts_s: float = 60, renewable: bool = True) -> Session:
    refresh_token = "r-1" if renewable else ""
    made = replies.session(server.url, lasts_s=lasts_s, refresh_token=refresh_token)
    made.save()
    return made


def renewed(**extra: object) -> Reply:
    return 200, {"id_token": replies.token(), "refresh_token": "r-2", **extra}


def test_it_is_for_its_owner_alone(home: Path) -> None:
    replies.session("https://rise.test").save()
    assert stat.S_IMODE((home / "session.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(home.stat().st_mode) == 0o700


def test_what_is_saved_is_loaded() -> None:
    saved = replies.session("https://rise.test", refresh_token="r-1")
    saved.save()
    assert sessions.load() == saved


@pytest.mark.row(88)
def test_a_private_file_replaces_one_that_others_could_read(home: Path) -> None:
    home.mkdir()
    (home / "session.json").write_text("{}")
    (home / "session.json").chmod(0o644)
    replies.session("https://rise.test").save()
    assert stat.S_IMODE((home / "session.json").stat().st_mode) == 0o600


def test_it_is_written_whole_or_not_at_all(home: Path) -> None:
    replies.session("https://old.test").save()
    with (home / "session.json").open() as reader:  # whoever reads meanwhile
        replies.session("https://new.test").save()
        assert json.load(reader)["server"] == "https://old.test"
    assert sessions.load().server == "https://new.test"
    assert [entry.name for entry in home.iterdir()] == ["session.json"]


def test_a_failed_write_leaves_the_old_session_and_no_rest(home: Path) -> None:
    old = replies.session("https://old.test")
    old.save()
    (home / "elsewhere").mkdir()
    (home / "session.json").rename(home / "kept")
    (home / "session.json").mkdir()  # nothing can be renamed over a directory
    with pytest.raises(OSError, match=r"session\.json"):
        replies.session("https://new.test").save()
    assert {entry.name for entry in home.iterdir()} == {"session.json", "kept", "elsewhere"}


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\xff\xfe", id="no text"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b"{}", id="an object without what it needs"),
        pytest.param(b'{"server": 1}', id="an object of another version"),
    ],
)
def test_a_broken_file_is_said_in_one_line(content: bytes, home: Path, rise: Rise) -> None:
    home.mkdir()
    (home / "session.json").write_bytes(content)
    (home / "session.json").chmod(0o600)
    for command in (["whoami"], ["kube-credential"], ["kubeconfig"]):
        ended = rise(*command)
        assert ended.code == 4
        assert "rise login" in ended.err


def test_a_field_of_the_wrong_type_is_no_session(home: Path, rise: Rise) -> None:
    made = replies.session("https://rise.test")
    made.save()
    path = home / "session.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "expiresAt": "soon"}))
    assert rise("whoami").code == 4


def test_logout_forgets_it(home: Path, rise: Rise) -> None:
    replies.session("https://rise.test").save()
    assert rise("logout").out == "signed out\n"
    assert not (home / "session.json").exists()
    assert rise("logout").out == "nobody was signed in\n"


def test_near_its_end_it_is_renewed_and_kept(loopback: Loopback, rise: Rise) -> None:
    near_its_end(loopback)
    loopback.on("POST", "/token", renewed())
    loopback.on("GET", "/api/v1/projects", replies.page())
    assert rise("project", "list").code == 0
    (asked,) = loopback.asked("POST", "/token")
    assert asked.form == {
        "grant_type": "refresh_token",
        "refresh_token": "r-1",
        "client_id": "rise-cli",
    }
    kept = sessions.load()
    assert kept.refreshToken == "r-2"
    assert kept.expiresAt > time.time() + 1000
    (listed,) = loopback.asked("GET", "/api/v1/projects")
    assert listed.headers["authorization"] == f"Bearer {kept.token}"


def test_an_answer_without_a_new_refresh_token_keeps_the_old_one(
    loopback: Loopback, rise: Rise
) -> None:
    near_its_end(loopback)
    loopback.on("POST", "/token", (200, {"id_token": replies.token()}))
    assert rise("kube-credential").code == 0
    assert sessions.load().refreshToken == "r-1"


@pytest.mark.parametrize(
    ("lasts_s", "reply", "code"),
    [
        pytest.param(60, (400, {"error": "invalid_grant"}), 4, id="replaced elsewhere"),
        pytest.param(-1, (400, {"error": "invalid_grant"}), 4, id="ended, and replaced"),
        pytest.param(60, (503, b"away"), 0, id="the provider is away for a minute"),
        pytest.param(-1, (503, b"away"), 1, id="the provider is away, and it has ended"),
        pytest.param(-1, (200, {"id_token": "x"}), 4, id="an answer that is no token"),
        pytest.param(-1, (200, {}), 4, id="an answer without a token"),
        pytest.param(
            -1, (200, {"id_token": replies.token("u-bob")}), 4, id="somebody else's token"
        ),
    ],
)
def test_a_session_that_cannot_be_renewed(
    lasts_s: float, reply: Reply, code: int, loopback: Loopback, rise: Rise
) -> None:
    before = near_its_end(loopback, lasts_s=lasts_s)
    loopback.on("POST", "/token", reply)
    ended = rise("kube-credential")
    assert ended.code == code, ended.err
    assert (before.token in ended.out) == (code == 0)
    if code:
        assert "rise login" in ended.err or "try again" in ended.err
        assert len(ended.err.splitlines()) == 1
    assert sessions.load() == before


def test_after_a_sign_in_with_a_password_the_token_is_all_there_is(
    loopback: Loopback, rise: Rise
) -> None:
    near_its_end(loopback, lasts_s=60, renewable=False)
    assert rise("kube-credential").code == 0
    near_its_end(loopback, lasts_s=-1, renewable=False)
    assert rise("kube-credential").code == 4
    assert loopback.received == []


def test_two_processes_renew_it_once(loopback: Loopback) -> None:
    near_its_end(loopback)
    second = threading.Event()

    def once(_: Received) -> Reply:
        if len(loopback.asked("POST", "/token")) > 1:
            second.set()
            return 400, {"error": "invalid_grant"}
        second.wait(0.7)  # time enough for another process to come here too, were it not kept out
        return renewed()

    loopback.call("POST", "/token", once)
    started = [
        subprocess.Popen([*PROGRAM, "kube-credential"], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = [process.communicate(timeout=60)[0] for process in started]
    assert [process.returncode for process in started] == [0, 0]
    assert len(loopback.asked("POST", "/token")) == 1
    tokens = {json.loads(text)["status"]["token"] for text in said}
    assert tokens == {sessions.load().token}


def test_signing_in_waits_for_a_renewal_and_wins(loopback: Loopback) -> None:
    """Otherwise the old session, renewed, would take the place of the new one."""
    near_its_end(loopback)
    new = {"token": replies.token("u-bob"), "user": "bob@example.com"}
    loopback.on("POST", "/login", (200, new))
    command = [*PROGRAM, "login", "--server", loopback.url, "--email", "bob@example.com"]
    with sessions.locked():
        login = subprocess.Popen(
            [*command, "--password-stdin"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert login.stdin
        login.stdin.write("password\n")
        login.stdin.close()
        deadline = time.monotonic() + 60
        while not loopback.asked("POST", "/login"):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        with pytest.raises(subprocess.TimeoutExpired):
            login.wait(0.3)
        near_its_end(loopback)
    assert login.wait(60) == 0
    assert login.stdout
    login.stdout.close()
    assert sessions.load().user == "bob@example.com"


def test_a_token_that_ends_while_somebody_waits_is_renewed(
    loopback: Loopback, rise: Rise, monkeypatch: pytest.MonkeyPatch
) -> None:
    replies.session(loopback.url, lasts_s=1800, refresh_token="r-1").save()
    loopback.call("POST", "/token", lambda _: renewed())
    loopback.on("POST", replies.PROJECTS, (201, replies.resource("shop")))

    def meanwhile(_: Received) -> Reply:
        """Let the token's time be over; then it is Ready."""
        if loopback.asked("POST", "/token"):
            return 200, replies.resource("shop", replies.condition("Ready"))
        later = time.time() + 1800
        monkeypatch.setattr(time, "time", lambda: later)
        return 200, replies.resource("shop")

    loopback.call("GET", f"{replies.PROJECTS}/shop", meanwhile)
    assert rise("project", "create", "shop").code == 0
    (refreshed,) = loopback.asked("POST", "/token")
    assert loopback.received.index(refreshed) == 2, "after the creation and one look"
    assert loopback.received[-1].headers["authorization"] == f"Bearer {sessions.load().token}"


def test_somebody_else_does_not_go_on_for_who_waits(loopback: Loopback, rise: Rise) -> None:
    replies.session(loopback.url, lasts_s=120.2).save()
    loopback.on("POST", replies.PROJECTS, (201, replies.resource("shop")))

    def meanwhile(_: Received) -> Reply:
        replace(replies.session(loopback.url), user="bob@example.com").save()
        return 200, replies.resource("shop")

    loopback.call("GET", f"{replies.PROJECTS}/shop", meanwhile)
    ended = rise("project", "create", "shop")
    assert (ended.code, "bob@example.com has signed in meanwhile" in ended.err) == (4, True)


def test_where_no_session_can_be_kept_nobody_signs_in(
    loopback: Loopback, rise: Rise, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "closed").mkdir()
    with small_disk(tmp_path / "closed", "1m", None) as disk:
        monkeypatch.setenv("RISE_CONFIG_DIR", str(disk.path / "rise"))
        disk.close()
        ended = rise("login", "--server", loopback.url, "--device")
    assert (ended.code, loopback.received) == (1, [])
    assert "cannot be written (Read-only file system): name another directory in" in ended.err
