"""What a watch tells, while it tells it."""

import http.client
import json
import socket
import subprocess
import threading
from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from http import HTTPStatus

from fixtures.people import Shell
from web import Web

ALL = "/apis/rise.dev/v1alpha1"
Event = tuple[str, str]


class Watched:
    """What somebody is told, while it is told: pairs of type and name, and the objects."""

    def __init__(self, lines: Iterator[str]) -> None:
        self.events: list[Event] = []
        self.text = ""
        self.ended = threading.Event()
        self._lines = lines
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        with suppress(OSError, http.client.HTTPException):
            for line in self._lines:
                self.text += line
                self.events += _event(line)
        self.ended.set()

    def saw(self, *events: Event) -> bool:
        """Say whether `events` came, in this order; others may stand between."""
        left = iter(list(self.events))
        return all(event in left for event in events)

    def join(self) -> None:
        self._reader.join()


def _event(line: str) -> list[Event]:
    """Return what a line says: one of kubectl's, or JSON."""
    if not line.startswith("{"):
        words = line.split()
        return [(words[0], words[1])] if len(words) > 1 else []
    event = json.loads(line)
    return [(event["type"], event["object"]["metadata"].get("name", ""))]


@contextmanager
def kubectl_watching(shell: Shell, *what: str) -> Generator[Watched]:
    """Run `kubectl get WHAT -w`."""
    command = ["kubectl", "get", *what, "-w", "--output-watch-events", "--no-headers"]
    running = subprocess.Popen(
        command,
        env=dict(shell.env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert running.stdout is not None
    with running.stdout as output:
        watched = Watched(output)
        try:
            yield watched
        finally:
            running.terminate()
            running.wait()
            watched.join()


def watching(web: Web, token: str, what: str) -> AbstractContextManager[Watched]:
    """Open a watch of WHAT: projects or teams, with a query."""
    return watch(web, token, f"{ALL}/{what}")


@contextmanager
def watch(web: Web, token: str, path: str) -> Generator[Watched]:
    """Open a watch of the resource at `path`."""
    connection = web.connection()
    target = f"{path}{'&' if '?' in path else '?'}watch=1"
    connection.request("GET", target, headers={"Authorization": f"Bearer {token}"})
    answer = connection.getresponse()
    assert answer.status == HTTPStatus.OK, answer.read()
    watched = Watched(line.decode() for line in answer)
    try:
        yield watched
    finally:
        with suppress(OSError):
            connection.sock.shutdown(socket.SHUT_RDWR)
        watched.join()
        connection.close()
