"""Say which links between the repository's own pages are dead.

Checked: every relative link of every committed Markdown file, its file and its heading; and every
`path/in/the/repository` that begins with a folder of ours. Addresses on other hosts are not: a
check must not depend on them.
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#{1,6} +(.+?) *#*$", re.MULTILINE)
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`[^`\n]+`")
PATH = re.compile(r"`([A-Za-z.][\w.-]*/[\w./-]*)`")


def pages() -> list[Path]:
    """Return the Markdown files that git knows or would add."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).exists()]


def anchors(text: str) -> set[str]:
    """Return the anchors that the forges make of the headings of a page."""
    found: set[str] = set()
    for heading in HEADING.findall(FENCE.sub("", text)):
        plain = re.sub(r"[^\w\- ]", "", heading.lower())
        found.add(plain.strip().replace(" ", "-"))
    return found


def dead(page: Path) -> list[str]:
    """Return a sentence for each link of `page` that leads nowhere."""
    faults: list[str] = []
    for link in LINK.findall(CODE.sub("", FENCE.sub("", page.read_text()))):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists():
            faults.append(f"{page.relative_to(ROOT)}: {link} does not exist")
        elif anchor and target.suffix == ".md" and anchor not in anchors(target.read_text()):
            faults.append(f"{page.relative_to(ROOT)}: {link} has no such heading")
    return faults


def lost(page: Path) -> list[str]:
    """Return a sentence for each path that `page` names in code and that is not there."""
    named = set(PATH.findall(FENCE.sub("", page.read_text())))
    ours = {path for path in named if (ROOT / path.split("/")[0]).is_dir()}
    where = page.relative_to(ROOT)
    return [f"{where}: {path} does not exist" for path in sorted(ours) if not _made(path)]


def _made(path: str) -> bool:
    """Say whether `path` exists, or is made by `make up`."""
    return path.startswith((".rise/", ".venv/")) or (ROOT / path).exists()


def main() -> int:
    """Print what is dead; 1 when anything is."""
    faults = [fault for page in pages() for fault in (*dead(page), *lost(page))]
    sys.stderr.writelines(f"{fault}\n" for fault in faults)
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
