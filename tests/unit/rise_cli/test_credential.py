"""The credential plugin as kubectl starts it: quick, exact, and never with somebody else's file."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import replies
from fixtures.command_line import Rise

HEAVY = {"click", "urllib3", "yaml", "pydantic", "rise_cli.main", "rise_crds"}
LOADED = """
import sys
sys.argv = ["rise", *sys.argv[1:]]
from rise_cli.__main__ import main
try:
    main()
finally:
    print(*sys.modules, file=sys.stderr)
"""


def started(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", LOADED, *arguments],
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_hit_answers_before_anything_heavy_is_imported() -> None:
    kept = replies.session("https://rise.test")
    kept.save()
    done = started("kube-credential")
    ends = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(kept.expiresAt))
    assert json.loads(done.stdout) == {
        "apiVersion": "client.authentication.k8s.io/v1",
        "kind": "ExecCredential",
        "status": {"token": kept.token, "expirationTimestamp": ends},
    }
    assert HEAVY & set(done.stderr.split()) == set()


def test_the_help_imports_no_command() -> None:
    done = started("--help")
    assert done.stdout.startswith("Usage: rise")
    heavy = {"urllib3", "yaml", "pydantic", "ssl", "rise_cli.commands"}
    assert heavy & set(done.stderr.split()) == set()


@pytest.mark.parametrize(
    ("asked", "version"),
    [
        pytest.param(None, "v1", id="kubectl says nothing"),
        pytest.param("client.authentication.k8s.io/v1", "v1", id="v1"),
        pytest.param("client.authentication.k8s.io/v1beta1", "v1beta1", id="v1beta1"),
        pytest.param("client.authentication.k8s.io/v9", "v1", id="a version of the future"),
    ],
)
@pytest.mark.parametrize(
    "lasts_s",
    [pytest.param(1800, id="from the cache"), pytest.param(60, id="with a minute to go")],
)
def test_the_version_is_the_one_asked_for(
    asked: str | None,
    version: str,
    lasts_s: float,
    rise: Rise,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    replies.session("https://rise.test", lasts_s=lasts_s).save()
    if asked:
        spec = {"interactive": False, "cluster": {"server": "https://x.test"}}
        info = {"apiVersion": asked, "kind": "ExecCredential", "spec": spec}
        monkeypatch.setenv("KUBERNETES_EXEC_INFO", json.dumps(info))
    printed = json.loads(rise("kube-credential").out)
    assert printed["apiVersion"] == f"client.authentication.k8s.io/{version}"


def test_a_token_near_its_end_is_no_hit() -> None:
    replies.session("https://rise.test", lasts_s=60).save()
    assert "rise_cli.oidc" in started("kube-credential").stderr.split()


def test_a_file_that_others_may_read_is_no_hit(home: Path) -> None:
    replies.session("https://rise.test").save()
    (home / "session.json").chmod(0o640)
    done = started("kube-credential")
    assert (done.returncode, done.stdout) == (1, "")
    assert "chmod 600" in done.stderr


def test_without_a_session_there_is_no_credential() -> None:
    done = started("kube-credential")
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr.startswith("error: nobody is signed in")


def test_where_the_session_lives_follows_the_desktop(tmp_path: Path) -> None:
    replies.session("https://rise.test").save()
    (tmp_path / "xdg").mkdir()
    (tmp_path / "rise").rename(tmp_path / "xdg" / "rise")
    done = started("kube-credential", RISE_CONFIG_DIR="", XDG_CONFIG_HOME=str(tmp_path / "xdg"))
    assert done.returncode == 0
