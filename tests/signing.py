"""Keys as the token server and the operator sign with, of a CA that a test makes."""

from datetime import UTC, datetime
from pathlib import Path

from rise_local.certificates import Authority
from rise_local.programs import ACCOUNTS


def signing_keys(folder: Path, program: str) -> dict[str, str]:
    """Return `options` of a distribution registry for `program`: operator or backend."""
    authority = Authority(folder, "tokens CA of a test")
    authority.ensure(datetime.now(UTC))
    pair = authority.ensure_client(program, ACCOUNTS[program], (), datetime.now(UTC))
    return {
        "certificate": str(pair.certificate),
        "key": str(pair.key),
        "authority": str(authority.ca.certificate),
    }
