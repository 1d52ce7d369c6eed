"""The API server's audit log: one line of JSON for each request, written when it was answered."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def events(log: Path, *words: str) -> Iterator[Any]:
    """Yield the events of the lines that hold all of `words`; a line that is being written: not."""
    for line in log.read_text().splitlines(keepends=True):
        if line.endswith("\n") and all(word in line for word in words):
            yield json.loads(line)
