"""rise kubeconfig."""

import base64
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import click
import yaml

from rise_cli import session as sessions
from rise_cli.credential import V1
from rise_cli.errors import RiseCliError
from rise_cli.session import Session

DEFAULT_PATH = "~/.kube/config"
LISTS = ("clusters", "users", "contexts")

Kubeconfig = dict[str, Any]


@click.command("kubeconfig")
@click.option("--name", default="rise", show_default=True, help="What to call it.")
@click.option("--use", is_flag=True, help="Make it the current context.")
@click.option("--print", "print_", is_flag=True, help="Print it alone, and write nothing.")
def command(name: str, *, use: bool, print_: bool) -> None:
    """Add the server to your kubeconfig, so that kubectl talks to it as you.

    Writes to the first file of KUBECONFIG, or to ~/.kube/config; everything else in it stays.
    It holds no token: kubectl asks `rise kube-credential`.
    """
    mine = entries(sessions.load(), name)
    if print_:
        click.echo(yaml.safe_dump({**mine, "current-context": name}, sort_keys=False), nl=False)
        return
    path = _path()
    merged = with_entries(_read(path), mine)
    if use:
        merged["current-context"] = name
    _write(path, merged)
    click.echo(f"wrote context {name} to {path}")
    if merged.get("current-context") != name:
        click.echo(f"use it with: kubectl config use-context {name}")


def entries(session: Session, name: str) -> Kubeconfig:
    """Return a kubeconfig with the session's server alone."""
    cluster: dict[str, Any] = {"server": session.server}
    if session.caFile:
        authority = base64.b64encode(Path(session.caFile).read_bytes()).decode()
        cluster["certificate-authority-data"] = authority
    plugin: dict[str, Any] = {
        "apiVersion": V1,
        "command": _own_path(),
        "args": ["kube-credential"],
        "interactiveMode": "Never",
    }
    if chosen := os.environ.get("RISE_CONFIG_DIR"):
        plugin["env"] = [{"name": "RISE_CONFIG_DIR", "value": str(Path(chosen).absolute())}]
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": cluster}],
        "users": [{"name": name, "user": {"exec": plugin}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
    }


def with_entries(present: Kubeconfig, mine: Kubeconfig) -> Kubeconfig:
    """Return `present` with the entries of `mine`, in place of those of the same names."""
    merged = {"apiVersion": "v1", "kind": "Config", **present}
    for key in LISTS:
        new = {entry["name"] for entry in mine[key]}
        kept = [entry for entry in present.get(key) or [] if entry.get("name") not in new]
        merged[key] = [*kept, *mine[key]]
    return merged


def _own_path() -> str:
    """Return the path of this program: kubectl's PATH may be another one."""
    beside = Path(sys.executable).with_name("rise")
    return str(beside) if beside.exists() else str(Path(sys.argv[0]).absolute())


def _path() -> Path:
    named = [part for part in os.environ.get("KUBECONFIG", "").split(os.pathsep) if part]
    return Path(named[0] if named else DEFAULT_PATH).expanduser()


def _read(path: Path) -> Kubeconfig:
    try:
        present = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise RiseCliError(f"{path} is no YAML: mend it, or name another in KUBECONFIG") from error
    if present is None:
        return {}
    lists = isinstance(present, dict) and all(
        isinstance(present.get(key) or [], list) for key in LISTS
    )
    if not lists:
        raise RiseCliError(f"{path} is no kubeconfig: mend it, or name another in KUBECONFIG")
    return present


def _write(path: Path, content: Kubeconfig) -> None:
    """Write by one rename; a link stays a link."""
    path = path.resolve()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".kubeconfig-")  # 0600
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            yaml.safe_dump(content, file, sort_keys=False)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
