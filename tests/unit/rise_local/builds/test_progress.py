"""How far the builds are, on a terminal and elsewhere."""

import io

import pytest

from rise_local.build import Progress

HOUR_S = 3600.0


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_without_a_terminal_every_line_is_whole_and_plain() -> None:
    stream = io.StringIO()
    progress = Progress(stream, interval_s=0)
    progress.say("building etcd")
    progress.advance("etcd", 0, 0)
    progress.advance("etcd", 1, 3)
    progress.advance("helm", 2, 5)
    progress.finish("etcd", 61.4)
    assert stream.getvalue() == (
        "building etcd\n"
        "  etcd: fetching its modules\n"
        "  etcd 1/3 packages\n"
        "  etcd 1/3 packages, helm 2/5 packages\n"
        "  built etcd (61 s)\n"
    )


def test_without_a_terminal_a_line_comes_now_and_then() -> None:
    stream = io.StringIO()
    progress = Progress(stream, interval_s=HOUR_S)
    for done in range(1000):
        progress.advance("etcd", done, 1000)
    assert stream.getvalue() == "  etcd 0/1000 packages\n"


def test_on_a_terminal_one_line_changes() -> None:
    stream = Terminal()
    progress = Progress(stream)
    progress.advance("etcd", 1, 3)
    progress.finish("etcd", 2)
    assert stream.getvalue() == "\r\033[K  etcd 1/3 packages\r\033[K  built etcd (2 s)\n"


def test_on_a_terminal_the_line_is_cut_and_does_not_wrap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "12")
    stream = Terminal()
    Progress(stream).advance("kube-apiserver", 1, 3)
    assert stream.getvalue() == "\r\033[K  kube-apis"


def test_more_packages_than_were_counted_are_no_more_than_all() -> None:
    stream = io.StringIO()
    Progress(stream).advance("etcd", 4, 3)
    assert stream.getvalue() == "  etcd 3/3 packages\n"
