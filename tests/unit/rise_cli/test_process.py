"""`rise` as a process: interrupted, in a pipe, without terminal, without any stream at all."""

import os
import pty
import signal
import subprocess
import sys

import pytest
import replies
from fixtures.loopback import Loopback

PROGRAM = [sys.executable, "-m", "rise_cli"]


def test_an_interrupt_ends_it_at_once(server: Loopback) -> None:
    server.on("POST", replies.PROJECTS, (201, replies.resource("shop")))
    server.on("GET", f"{replies.PROJECTS}/shop", (200, replies.resource("shop")))
    with subprocess.Popen(
        [*PROGRAM, "project", "create", "shop"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as waiting:
        assert waiting.stdout
        assert waiting.stdout.readline() == "project/shop created\n"
        waiting.send_signal(signal.SIGINT)
        said = waiting.communicate(timeout=60)[1]
    assert waiting.returncode == 130
    assert said.strip() == "error: interrupted"


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(["explain"], id="a table"),
        pytest.param(["kube-credential"], id="the credential plugin"),
        pytest.param(["--help"], id="the help"),
    ],
)
def test_a_reader_that_left_is_no_reason_for_a_traceback(command: list[str]) -> None:
    replies.session("https://rise.test").save()
    reader, writer = os.pipe()
    os.close(reader)
    buffered = {key: value for key, value in os.environ.items() if key != "PYTHONUNBUFFERED"}
    done = subprocess.run(
        [*PROGRAM, *command],
        env=buffered,
        stdout=writer,
        stderr=subprocess.PIPE,
        timeout=60,
        check=False,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, b"")


@pytest.mark.parametrize(
    ("command", "code"),
    [
        pytest.param("login --server https://x.test --email a@b.c --password-stdin", 2, id="input"),
        pytest.param("project delete shop", 2, id="question"),
        pytest.param("explain", 0, id="output"),
        pytest.param("kube-credential", 0, id="credential"),
        pytest.param("project show", 2, id="error"),
    ],
)
def test_without_any_stream_it_ends_as_usual(command: str, code: int) -> None:
    replies.session("https://rise.test").save()
    closed = f'exec "$0" -m rise_cli {command} <&- >&- 2>&-'
    done = subprocess.run(["/bin/sh", "-c", closed, sys.executable], timeout=60, check=False)
    assert done.returncode == code


@pytest.mark.parametrize(
    ("answer", "code", "says"),
    [
        pytest.param("n\n", 1, "nothing has changed", id="no"),
        pytest.param("\n", 1, "nothing has changed", id="no answer is no"),
        pytest.param("y\n", 0, "project/shop deleted", id="yes"),
    ],
)
def test_at_a_terminal_it_asks(answer: str, code: int, says: str, server: Loopback) -> None:
    path = f"{replies.PROJECTS}/shop"
    server.on("GET", path, (200, replies.resource("shop")), (404, {"message": "not found"}))
    server.on("DELETE", path, (200, {}))
    ours, theirs = pty.openpty()
    os.write(ours, answer.encode())
    done = subprocess.run(
        [*PROGRAM, "project", "delete", "shop"],
        stdin=theirs,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    os.close(ours)
    os.close(theirs)
    assert "Delete project shop, its namespace and everything in it? [y/N]" in done.stderr
    assert done.returncode == code
    assert says in done.stdout + done.stderr
    assert bool(server.asked("DELETE", path)) == (code == 0)


def test_a_terminal_that_cannot_show_a_letter_gets_its_number(server: Loopback) -> None:
    server.on("GET", "/api/v1/projects", replies.page(replies.row("shop", description="面包")))
    done = subprocess.run(
        [*PROGRAM, "project", "list"],
        env={**os.environ, "PYTHONIOENCODING": "latin-1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "\\u9762\\u5305" in done.stdout
