"""Write what is made from the models: CRDs, the chart's copies, reference pages.

Run in a checkout: `python -m rise_crds.generate`, or with `--check` to see whether the committed
files are up to date (exit code 1 and a diff when not).
"""

import difflib
import sys
from pathlib import Path

import yaml

from rise_crds.definitions import definitions
from rise_crds.reference import kind_page, reasons_page

ROOT = Path(__file__).resolve().parents[3]
HEADER = "# Made from crds/src/rise_crds by `make generate`; do not edit.\n"


def files() -> dict[Path, str]:
    """Return the text of every generated file, by path from the repository's root."""
    made: dict[Path, str] = {Path("docs/reference/reasons.md"): reasons_page()}
    for definition in definitions():
        name = definition["metadata"]["name"]
        text = HEADER + yaml.safe_dump(definition, sort_keys=True, width=100)
        made[Path(f"crds/yaml/{name}.yaml")] = text
        made[Path(f"charts/rise/crds/{name}.yaml")] = text
        singular = definition["spec"]["names"]["singular"]
        made[Path(f"docs/reference/{singular}.md")] = kind_page(definition)
    return made


def differences(root: Path) -> list[str]:
    """Return the lines of a diff from what is there to what should be."""
    lines: list[str] = []
    for path, text in sorted(files().items()):
        there = (root / path).read_text() if (root / path).exists() else ""
        lines += difflib.unified_diff(
            there.splitlines(keepends=True), text.splitlines(keepends=True), str(path), "generated"
        )
    return lines


def write(root: Path) -> None:
    """Write every file."""
    for path, text in files().items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)


def main() -> int:
    """Write, or check with `--check`."""
    if "--check" not in sys.argv[1:]:
        write(ROOT)
        return 0
    lines = differences(ROOT)
    sys.stderr.writelines(lines)
    if lines:
        sys.stderr.write("generated files are out of date: run `make generate` and commit\n")
    return bool(lines)


if __name__ == "__main__":
    sys.exit(main())
