"""`make test` runs its sessions side by side: together they run every test file, each once.

But for those in a folder of its own, which takes minutes: `make test-registry`.
"""

import re
from collections import Counter
from pathlib import Path

from fixtures.rows import Report

ROOT = Path(__file__).parents[2]
SESSION = re.compile(r"^(?:SESSION_\d|REGISTRY) := ((?:.*\\\n)*.*)$", re.MULTILINE)


def _sessions() -> list[list[str]]:
    found = SESSION.findall((ROOT / "Makefile").read_text())
    return [words.replace("\\\n", " ").split() for words in found]


def _files(pattern: str) -> list[Path]:
    found = list(ROOT.glob(pattern))
    return [file for path in found for file in ([path] if path.is_file() else path.rglob("*.py"))]


def test_every_test_file_belongs_to_one_session() -> None:
    sessions = _sessions()
    counted = Counter(file for words in sessions for word in words for file in _files(word))
    times = {str(file): counted[file] for file in (ROOT / "tests").rglob("test_*.py")}
    assert len(sessions) > 1
    assert {file: number for file, number in times.items() if number != 1} == {}


def test_every_pattern_finds_something() -> None:
    words = [word for words in _sessions() for word in words]
    assert [word for word in words if not any("test_" in file.name for file in _files(word))] == []


def test_pytest_can_keep_what_reports_the_rows_of_the_matrix() -> None:
    assert {Report([])}, "plugins are kept in sets; without it `make test-security` runs no test"
