"""The auth file: which one it is, and that nothing in it is lost."""

import base64
import json
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from fixtures.small_disk import small_disk

from rise_cli.errors import RiseCliError
from rise_cli.registries.auth_file import AuthFile, changing, chosen

HOST = "127.0.0.1:5000"
OTHERS = '{"auths": {"ghcr.io": {"auth": "bWU6cHc="}}, "future": [1, {"x": 1.0}]}'


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the usual file of a person whose environment names no other."""
    for name in ("REGISTRY_AUTH_FILE", "DOCKER_CONFIG", "XDG_RUNTIME_DIR"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / ".docker" / "config.json"


def logged_in(path: Path, host: str = HOST) -> None:
    with changing(path) as file:
        file.log_in(host, "alice@example.com", "pw")
        file.save()


def read(path: Path) -> Any:
    return json.loads(path.read_text())


def test_a_new_file_is_for_its_owner_alone(path: Path) -> None:
    logged_in(path)
    auth = read(path)["auths"][HOST]["auth"]
    assert base64.b64decode(auth) == b"alice@example.com:pw"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [entry.name for entry in path.parent.iterdir()] == ["config.json"]


def test_what_else_stands_there_stays(path: Path) -> None:
    path.parent.mkdir()
    path.write_text(OTHERS)
    path.chmod(0o644)
    logged_in(path)
    written = path.read_text()
    assert written.startswith(OTHERS.partition("}}")[0])
    assert written.endswith(OTHERS.partition("}}")[2])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_link_stays_a_link(path: Path, tmp_path: Path) -> None:
    real = tmp_path / "dotfiles" / "docker.json"
    real.parent.mkdir()
    real.write_text(OTHERS)
    path.parent.mkdir()
    path.symlink_to(real)
    logged_in(path)
    assert path.is_symlink()
    assert HOST in read(real)["auths"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param(b'{"auths": {', "no JSON", id="cut off"),
        pytest.param(b"[]", "no JSON object", id="a list"),
        pytest.param(b'{"auths": []}', "auths is no object", id="auths are a list"),
        pytest.param(b'{"credHelpers": "x"}', "credHelpers is no object", id="helpers are a text"),
        pytest.param(b"\xff\xfe", "no text", id="no text"),
    ],
)
def test_a_broken_file_is_left_alone(content: bytes, says: str, path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(RiseCliError, match=says) as refused:
        logged_in(path)
    assert str(path) in str(refused.value)
    assert path.read_bytes() == content


@pytest.mark.parametrize("text", ["null", '{"auths": null, "credHelpers": null}'])
def test_null_is_what_docker_takes_for_nothing(text: str, path: Path) -> None:
    path.parent.mkdir()
    path.write_text(text)
    logged_in(path)
    assert HOST in read(path)["auths"]


def test_an_old_identity_token_does_not_outlive_a_new_login(path: Path) -> None:
    path.parent.mkdir()
    path.write_text(json.dumps({"auths": {HOST: {"auth": "", "identitytoken": "old"}}}))
    logged_in(path)
    assert set(read(path)["auths"][HOST]) == {"auth"}


@pytest.mark.parametrize(
    ("config", "helper"),
    [
        pytest.param({}, "", id="none"),
        pytest.param({"credsStore": "desktop"}, "desktop", id="for all"),
        pytest.param({"credHelpers": {HOST: "rise"}}, "rise", id="for this one"),
        pytest.param({"credHelpers": {HOST: "rise"}, "credsStore": "x"}, "rise", id="both"),
        pytest.param({"credHelpers": {HOST: ""}, "credsStore": "x"}, "", id="this one excepted"),
        pytest.param({"credHelpers": {"ghcr.io": "gh"}}, "", id="for another"),
    ],
)
def test_who_keeps_the_login(config: object, helper: str, path: Path) -> None:
    path.parent.mkdir()
    path.write_text(json.dumps(config))
    assert AuthFile(path).helper(HOST) == helper


def test_the_helper_takes_the_place_of_logins(path: Path) -> None:
    logged_in(path)
    logged_in(path, "ghcr.io")
    with changing(path) as file:
        file.ask_rise(HOST)
        assert file.save()
        file.ask_rise(HOST)
        assert not file.save()
    assert read(path)["credHelpers"] == {HOST: "rise"}
    assert list(read(path)["auths"]) == ["ghcr.io"]


def test_logins_are_forgotten_in_every_spelling(path: Path) -> None:
    spelled = [HOST, f"https://{HOST}/v1/", f"http://{HOST}", f"{HOST}/shop"]
    others = [f"{HOST}0", "shop.test", f"registry.{HOST}"]
    path.parent.mkdir()
    auths: dict[str, object] = {key: {"auth": "x"} for key in (*spelled, *others)}
    helpers = {HOST: "rise", "ghcr.io": "rise", "quay.io": "other"}
    path.write_text(json.dumps({"auths": auths, "credHelpers": helpers}))
    with changing(path) as file:
        file.forget(HOST)
        file.save()
    assert list(read(path)["auths"]) == others
    assert read(path)["credHelpers"] == {"ghcr.io": "rise", "quay.io": "other"}


@pytest.mark.parametrize(
    ("option", "env", "there", "expected"),
    [
        pytest.param("o.json", {"REGISTRY_AUTH_FILE": "r"}, (), "o.json", id="the option"),
        pytest.param(
            None, {"REGISTRY_AUTH_FILE": "r", "DOCKER_CONFIG": "d"}, (), "r", id="podman's"
        ),
        pytest.param(None, {"DOCKER_CONFIG": "d"}, ("run",), "d/config.json", id="docker's"),
        pytest.param(None, {}, (), ".docker/config.json", id="the usual"),
        pytest.param(None, {}, ("run",), "run/containers/auth.json", id="podman alone"),
        pytest.param(None, {}, ("run", "docker"), ".docker/config.json", id="podman and docker"),
    ],
)
def test_the_file_that_clients_read(
    *,
    option: str | None,
    env: dict[str, str],
    there: tuple[str, ...],
    expected: str,
    path: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    for file in {"run": tmp_path / "run/containers/auth.json", "docker": path}.items():
        if file[0] in there:
            file[1].parent.mkdir(parents=True)
            file[1].write_text("{}")
    assert chosen(option) == tmp_path / expected


def test_many_at_once_lose_nothing(path: Path) -> None:
    """Each process logs in to another registry of the same file."""
    script = (
        "import sys, pathlib; from rise_cli.registries.auth_file import changing\n"
        "for number in range(5):\n"
        "    with changing(pathlib.Path(sys.argv[1])) as file:\n"
        "        file.log_in(f'h{sys.argv[2]}-{number}.test', 'u', 'p'); file.save()\n"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", script, str(path), str(each)]) for each in range(4)
    ]
    assert [one.wait(timeout=60) for one in running] == [0] * 4
    assert len(read(path)["auths"]) == 20


def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "small"
    folder.mkdir()
    with small_disk(folder, "1m", None) as disk:
        path = disk.path / "config.json"
        path.write_text(OTHERS)
        disk.fill()
        with pytest.raises(RiseCliError, match=r"No space left on device.*nothing has changed"):
            logged_in(path)
        assert path.read_text() == OTHERS
        disk.clear()
        logged_in(path)
        assert HOST in read(path)["auths"]


def test_a_ring_of_links_is_said(path: Path) -> None:
    path.parent.mkdir()
    path.symlink_to("other.json")
    (path.parent / "other.json").symlink_to(path.name)
    with pytest.raises(RiseCliError, match="cannot be read"):
        logged_in(path)


def test_a_link_to_nothing_yet_is_filled(path: Path, tmp_path: Path) -> None:
    path.parent.mkdir()
    path.symlink_to("../dotfiles/docker.json")
    logged_in(path)
    assert HOST in read(tmp_path / "dotfiles" / "docker.json")["auths"]


def test_a_file_where_the_folder_should_be_is_said(path: Path) -> None:
    path.parent.write_text("a file")
    with pytest.raises(RiseCliError, match="--authfile"):
        logged_in(path)
