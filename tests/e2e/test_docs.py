"""Every command block of the pages is run, in order, as the reader would run it.

A block's fence says what to expect: ```sh, ```sh exit=1, ```sh as=bob@example.com. `make` acts
on the session's platform; only `make test` and `make check`, inside of which this runs, are looked
at with --dry-run.
"""

import re
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from fixtures.people import ELSEWHERE, Shell

pytestmark = pytest.mark.e2e
ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```sh([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PAGES = [
    "README.md",
    "docs/tutorial/first-project.md",
    "docs/tutorial/ownership.md",
    "docs/how-to/kubectl.md",
    "docs/how-to/registry.md",
    "docs/how-to/share-and-transfer.md",
    "docs/how-to/troubleshoot.md",
    "CONTRIBUTING.md",
]
RECURSIVE = re.compile(r"^(make (?:test|check)[a-z -]*)$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    script: str
    exit_code: int
    person: str | None


def blocks(page: str) -> Iterator[Block]:
    for options, script in BLOCK.findall((ROOT / page).read_text()):
        chosen = dict(option.split("=", 1) for option in options.split())
        yield Block(
            RECURSIVE.sub(r"\1 --dry-run >/dev/null", script),
            int(chosen.get("exit", "0")),
            chosen.get("as"),
        )


@pytest.fixture
def checkout(tmp_path: Path, env: Mapping[str, str]) -> Path:
    """Return a directory that looks like a checkout whose platform is the session's."""
    for entry in ROOT.iterdir():
        if entry.name not in {".rise", ".git"}:
            (tmp_path / entry.name).symlink_to(entry)
    (tmp_path / ".rise").symlink_to(env["RISE_HOME"])
    return tmp_path


def _at_home(env: Mapping[str, str], home: Path) -> dict[str, str]:
    """Return `env` for a reader with a home of its own; the servers stay where they were built."""
    cache = env.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    inherited = {key: value for key, value in env.items() if key not in ELSEWHERE}
    return {**inherited, "HOME": str(home), "XDG_CACHE_HOME": cache}


@pytest.mark.timeout(600)
@pytest.mark.parametrize("page", PAGES)
def test_every_command_block_runs(
    page: str,
    checkout: Path,
    env: Mapping[str, str],
    person: Callable[[str], Shell],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    found = list(blocks(page))
    assert found, f"{page} shows no command"
    reader = _at_home(env, tmp_path_factory.mktemp("home"))
    for block in found:
        shell = person(block.person).env if block.person else reader
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block.script],
            cwd=checkout,
            env=dict(shell),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == block.exit_code, (
            f"{page}: ended with {done.returncode}\n{block.script}\n{done.stdout}\n{done.stderr}"
        )


def test_every_page_with_commands_is_run() -> None:
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
    shown = {str(page.relative_to(ROOT)) for page in pages if BLOCK.search(page.read_text())}
    assert shown == set(PAGES)
