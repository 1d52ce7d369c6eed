"""Where the platform keeps its state: everything lies under one directory, `.rise/` by default."""

import hashlib
import os
import re
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from rise_local.errors import LocalError

LAYOUT = "1"
CHECKOUT = Path(__file__).resolve().parents[3]
# Resolved: a platform that was started through a link is the same, and does not end with the link.
ENVIRONMENT = Path(sys.prefix).resolve()

# A unix socket's path may have 104 bytes on macOS, 108 on Linux, a final NUL included.
LONGEST_SOCKET_BYTES = 103
PLAIN_PATH = re.compile(r"[A-Za-z0-9/._+-]+")
LONGEST_SOCKET_NAME = "pg/.s.PGSQL.5432.lock"


@dataclass(frozen=True)
class Home:
    """The layout of the state directory; nothing else in this package joins paths to it."""

    root: Path

    @property
    def version(self) -> Path:
        """The layout's version: a directory of another layout is refused."""
        return self.root / "version"

    @property
    def lock(self) -> Path:
        """Held while the platform is being changed."""
        return self.root / "lock"

    @property
    def cluster(self) -> Path:
        """Which cluster this is a platform for; empty: one of its own."""
        return self.root / "cluster"

    @property
    def code(self) -> Path:
        """What operator and backend were started from."""
        return self.root / "code"

    @property
    def started_with(self) -> Path:
        """What each server's configuration was when it was started."""
        return self.root / "started-with.json"

    @property
    def ports(self) -> Path:
        """The chosen ports, by name."""
        return self.root / "ports.json"

    @property
    def secrets(self) -> Path:
        """Random values that are made once, by name."""
        return self.root / "secrets.json"

    @property
    def env(self) -> Path:
        """What a person sources."""
        return self.root / "env"

    @property
    def pki(self) -> Path:
        """The local CA and everything it signed."""
        return self.root / "pki"

    @property
    def etc(self) -> Path:
        """Generated configuration of the servers."""
        return self.root / "etc"

    @property
    def logs(self) -> Path:
        """One log file a process."""
        return self.root / "logs"

    @property
    def bin(self) -> Path:
        """Links to the programs a person needs on the PATH."""
        return self.root / "bin"

    @property
    def sessions(self) -> Path:
        """The demo's sessions: `RISE_CONFIG_DIR`."""
        return self.root / "config"

    @property
    def kubeconfig(self) -> Path:
        """Alice, through the backend."""
        return self.root / "kubeconfig"

    @property
    def postgres(self) -> Path:
        """PostgreSQL's data directory."""
        return self.root / "postgres"

    @property
    def run(self) -> Path:
        """Unix sockets.

        In the state directory when the path is short and plain enough (PostgreSQL takes a list of
        directories), otherwise a private directory beside the other temporary ones, named after
        this root.
        """
        inside = self.root / "run"
        short = len(os.fsencode(inside / LONGEST_SOCKET_NAME)) <= LONGEST_SOCKET_BYTES
        if short and PLAIN_PATH.fullmatch(str(inside)):
            return inside
        digest = hashlib.sha256(os.fsencode(self.root)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"rise-{digest}"

    @property
    def postgres_socket(self) -> Path:
        """The directory of PostgreSQL's socket; libpq takes it as the host."""
        return self.run / "pg"

    @property
    def supervisor_socket(self) -> Path:
        """Where process-compose answers."""
        return self.run / "pc.sock"

    def kubeconfig_of(self, name: str) -> Path:
        """Return where the kubeconfig of `name` (admin, operator, …) lies."""
        return self.root / "kubeconfigs" / name

    def log_of(self, process: str) -> Path:
        """Return where the log of `process` lies."""
        return self.logs / f"{process}.log"

    def data_of(self, server: str) -> Path:
        """Return where `server` keeps what must survive."""
        return self.root / server


def default_root() -> Path:
    """Return the root of this process's platform: `RISE_HOME`, or `.rise` in the checkout."""
    return Path(os.environ.get("RISE_HOME") or CHECKOUT / ".rise").absolute()


def existing(root: Path) -> Home:
    """Return the layout under `root`, which may hold nothing yet.

    Raises:
        LocalError: the directory was made by another version of Rise.
    """
    home = Home(root)
    if not root.is_dir() or not any(root.iterdir()):
        return home
    found = home.version.read_text().strip() if home.version.is_file() else "unknown"
    if found != LAYOUT:
        raise LocalError(
            f"{root} was made by another version of Rise (layout {found}, not {LAYOUT}): "
            "run `make reset`, which deletes it, then `make up`"
        )
    return home


def prepared(root: Path) -> Home:
    """Return the layout under `root` with its directories made, closed to other people.

    Raises:
        LocalError: the directory was made by another version of Rise, cannot be written, or has
            an impossible name.
    """
    if os.pathsep in str(root):
        raise LocalError(
            f"{root} has a {os.pathsep!r} in its name, which no PATH can hold: "
            "name another directory in RISE_HOME"
        )
    home = existing(root)
    try:
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not home.version.exists():
            home.version.write_text(f"{LAYOUT}\n")
        for directory in (home.pki, home.etc, home.logs, home.bin, home.sessions):
            directory.mkdir(exist_ok=True, mode=0o700)
        home.kubeconfig_of("admin").parent.mkdir(exist_ok=True, mode=0o700)
    except OSError as error:
        raise LocalError(
            f"cannot write to {root} ({error.strerror}): give it to yourself, or name another "
            "directory in RISE_HOME"
        ) from error
    return home


def write_private(path: Path, text: str) -> bool:
    """Write `text` with mode 0600, all or nothing, unless the file holds it already.

    Returns:
        Whether the file changed.
    """
    if path.is_file() and path.read_text() == text:
        path.chmod(0o600)
        return False
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(descriptor, "w") as stream:
        stream.write(text)
    Path(name).replace(path)
    return True
