"""`rise kubeconfig`: its own entries beside everything that stands there already."""

import base64
import json
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import replies
import yaml
from fixtures.command_line import Rise

from rise_cli.commands.kubeconfig import PLAIN, with_entries

WORK = """\
apiVersion: v1
kind: Config
current-context: work
preferences: {colors: true}
clusters:
- name: work
  cluster: {server: "https://work.test", certificate-authority-data: TFMwdA==}
contexts:
- name: work
  context: {cluster: work, user: me, namespace: "1e3"}
users:
- name: me
  user: {token: "0123", username: "y", password: "no", as-groups: ["2026-01-02"]}
"""


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the kubeconfig of a person who is signed in."""
    replies.session("https://rise.test").save()
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "config"))
    return tmp_path / "config"


def read(path: Path) -> dict[str, Any]:
    return yaml.safe_load(path.read_text())


def named(entries: list[dict[str, Any]]) -> list[str]:
    return [entry["name"] for entry in entries]


def test_a_new_file_holds_no_token(path: Path, home: Path, rise: Rise) -> None:
    ended = rise("kubeconfig", "--use")
    assert ended.out == f"wrote context rise to {path}\n"
    written = read(path)
    assert written["current-context"] == "rise"
    assert written["clusters"][0]["cluster"] == {"server": "https://rise.test"}
    plugin = written["users"][0]["user"]["exec"]
    assert plugin["args"] == ["kube-credential"]
    assert Path(plugin["command"]).is_absolute()
    assert plugin["env"] == [{"name": "RISE_CONFIG_DIR", "value": str(home)}]
    assert json.loads((home / "session.json").read_text())["token"] not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_everything_else_stays(path: Path, rise: Rise) -> None:
    path.write_text(WORK)
    ended = rise("kubeconfig")
    assert "kubectl config use-context rise" in ended.out
    written = read(path)
    assert written["current-context"] == "work"
    before = yaml.safe_load(WORK)
    for key in ("clusters", "contexts", "users"):
        assert written[key][0] == before[key][0]
        assert len(written[key]) == 2
    assert written["preferences"] == {"colors": True}


@pytest.mark.parametrize("text", ["1e3", "0123", "y", "n", "no", "2026-01-02", "~", "", ".5", "x"])
def test_what_kubectl_might_not_take_for_text_is_quoted(text: str, path: Path, rise: Rise) -> None:
    path.write_text(json.dumps({"users": [{"name": "me", "user": {"token": text}}]}))
    rise("kubeconfig")
    assert any(f"token: {quote}{text}{quote}\n" in path.read_text() for quote in "'\"")
    assert read(path)["users"][0]["user"]["token"] == text


def test_long_text_stays_on_its_line(path: Path, rise: Rise) -> None:
    path.write_text(json.dumps({"users": [{"name": "me", "user": {"token": "a b" * 900}}]}))
    rise("kubeconfig")
    assert PLAIN.fullmatch(base64.b64encode(b"a certificate" * 9).decode())
    assert read(path)["users"][0]["user"]["token"] == "a b" * 900


def test_a_second_run_changes_nothing(path: Path, rise: Rise) -> None:
    path.write_text(WORK)
    rise("kubeconfig", "--use")
    once = path.read_text()
    rise("kubeconfig", "--use")
    assert path.read_text() == once


def test_two_servers_live_under_two_names(path: Path, rise: Rise) -> None:
    rise("kubeconfig", "--use")
    rise("kubeconfig", "--name", "other")
    written = read(path)
    assert named(written["contexts"]) == ["rise", "other"]
    assert written["current-context"] == "rise"


def test_lines_that_end_in_crlf_are_fine(path: Path, rise: Rise) -> None:
    path.write_bytes(WORK.replace("\n", "\r\n").encode())
    assert rise("kubeconfig").code == 0
    assert named(read(path)["clusters"]) == ["work", "rise"]


@pytest.mark.parametrize("content", ["", "# nothing yet\n", "clusters: null\n", "clusters: []\n"])
def test_a_file_without_entries_is_filled(content: str, path: Path, rise: Rise) -> None:
    path.write_text(content)
    assert rise("kubeconfig").code == 0
    assert named(read(path)["clusters"]) == ["rise"]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"clusters: [", id="no YAML"),
        pytest.param(b"\xff\xfe", id="no text"),
        pytest.param(b"- a\n- b\n", id="a list"),
        pytest.param(b"just words\n", id="words"),
        pytest.param(b"clusters: {a: b}\n", id="clusters are no list"),
        pytest.param(b"users: [me]\n", id="a user is no entry"),
        pytest.param(b"a: 1\n---\nb: 2\n", id="two documents"),
    ],
)
def test_a_file_that_is_no_kubeconfig_is_left_alone(content: bytes, path: Path, rise: Rise) -> None:
    path.write_bytes(content)
    ended = rise("kubeconfig")
    assert ended.code == 1
    assert str(path) in ended.err
    assert "KUBECONFIG" in ended.err
    assert len(ended.err.splitlines()) == 1
    assert path.read_bytes() == content


def test_a_link_stays_a_link(path: Path, tmp_path: Path, rise: Rise) -> None:
    real = tmp_path / "real"
    real.write_text(WORK)
    real.chmod(0o644)
    path.symlink_to(real)
    rise("kubeconfig")
    assert path.is_symlink()
    assert named(read(real)["clusters"]) == ["work", "rise"]
    assert stat.S_IMODE(real.stat().st_mode) == 0o600


def test_nothing_of_a_failed_write_is_left(path: Path, tmp_path: Path, rise: Rise) -> None:
    path.mkdir()
    ended = rise("kubeconfig")
    assert (ended.code, str(path) in ended.err) == (1, True)
    assert {entry.name for entry in tmp_path.iterdir()} == {"config", "rise"}


def test_of_several_files_the_first_is_written(
    path: Path, tmp_path: Path, rise: Rise, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", f":{path}:{tmp_path / 'other'}")
    rise("kubeconfig")
    assert path.exists()
    assert not (tmp_path / "other").exists()


def test_without_kubeconfig_it_is_the_usual_file(
    path: Path, tmp_path: Path, rise: Rise, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KUBECONFIG")
    rise("kubeconfig")
    assert (tmp_path / ".kube" / "config").exists()
    assert not path.exists()


def test_print_writes_nothing(path: Path, rise: Rise) -> None:
    printed = yaml.safe_load(rise("kubeconfig", "--print", "--name", "alone").out)
    assert printed["current-context"] == "alone"
    assert not path.exists()


def test_the_ca_travels_in_the_file(path: Path, tmp_path: Path, rise: Rise) -> None:
    (tmp_path / "ca.crt").write_text("a certificate")
    session = replies.session("https://rise.test")
    replace(session, caFile=str(tmp_path / "ca.crt")).save()
    rise("kubeconfig")
    authority = read(path)["clusters"][0]["cluster"]["certificate-authority-data"]
    assert base64.b64decode(authority) == b"a certificate"


def test_entries_are_replaced_by_name_alone() -> None:
    mine = {key: [{"name": "rise", "new": key}] for key in ("clusters", "users", "contexts")}
    present = {"clusters": [{"name": "rise", "old": 1}, {"name": "b"}], "users": None}
    merged = with_entries(present, mine)
    assert merged["clusters"] == [{"name": "b"}, {"name": "rise", "new": "clusters"}]
    assert merged["users"] == [{"name": "rise", "new": "users"}]
    assert present["clusters"] == [{"name": "rise", "old": 1}, {"name": "b"}]
