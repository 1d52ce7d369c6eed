"""rise kubeconfig."""

import base64
import os
import re
import sys
from pathlib import Path
from typing import Any

import click
import yaml

from rise_cli import private
from rise_cli import session as sessions
from rise_cli.credential import V1
from rise_cli.errors import RiseCliError
from rise_cli.options import examples
from rise_cli.session import Session

DEFAULT_PATH = "~/.kube/config"
LISTS = ("clusters", "users", "contexts")
# Text that kubectl's reader of YAML takes for text as ours does: not `y`, and not `1e3`.
PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9./:@_+=-]+")

Kubeconfig = dict[str, Any]


@click.command(
    "kubeconfig", epilog=examples("rise kubeconfig --use", "rise kubeconfig --name work")
)
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
        click.echo(_text({**mine, "current-context": name}), nl=False)
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
        cluster["certificate-authority-data"] = base64.b64encode(_authority(session)).decode()
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


def _authority(session: Session) -> bytes:
    try:
        return Path(session.caFile).read_bytes()
    except OSError as error:
        raise RiseCliError(
            f"the CA file {session.caFile} cannot be read ({error.strerror}): "
            "sign in anew, and name it with --ca-file"
        ) from error


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
    if not isinstance(present, dict) or not all(_named(present.get(key)) for key in LISTS):
        raise RiseCliError(f"{path} is no kubeconfig: mend it, or name another in KUBECONFIG")
    return present


def _named(entries: Any) -> bool:
    return isinstance(entries or [], list) and all(isinstance(one, dict) for one in entries or [])


def _write(path: Path, content: Kubeconfig) -> None:
    """Write by one rename; a link stays a link."""
    path = path.resolve()
    private.make_folder(path.parent)
    private.write(path, _text(content))


class _Dumper(yaml.SafeDumper):
    """Quotes what is not PLAIN."""


def _quoted(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    style = None if PLAIN.fullmatch(text) else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _quoted)


def _text(content: Kubeconfig) -> str:
    return yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1000)
