"""The credential plugin's quick way: kubectl starts it for every command.

Only os, sys, json and time are imported here; anything more has to wait until the cache misses.
Source: https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
"""

import json
import os
import sys
import time

MARGIN_S = 120  # a token that ends sooner is renewed
V1 = "client.authentication.k8s.io/v1"
KNOWN = (V1, "client.authentication.k8s.io/v1beta1")


def config_directory() -> str:
    """Return where sessions live: RISE_CONFIG_DIR, or the platform's place for configuration."""
    if chosen := os.environ.get("RISE_CONFIG_DIR"):
        return chosen
    home = os.path.expanduser("~")  # noqa: PTH111 - pathlib costs more than everything else here
    if sys.platform == "darwin":
        return f"{home}/Library/Application Support/rise"
    return os.environ.get("XDG_CONFIG_HOME", f"{home}/.config") + "/rise"


def session_path() -> str:
    """Return the path of the current session."""
    return config_directory() + "/session.json"


def lasting_session() -> dict[str, object] | None:
    """Return the session if its token lasts long enough; None leaves it to the slow way."""
    try:
        with open(session_path(), encoding="utf-8") as file:  # noqa: PTH123 - as above
            if os.fstat(file.fileno()).st_mode & 0o077:
                return None  # the slow way says what is wrong
            session = json.load(file)
        return session if session["expiresAt"] - time.time() >= MARGIN_S else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def answer_from_cache() -> bool:
    """Print the credential if the session's token lasts long enough; tell whether it did."""
    session = lasting_session() or {}
    token, ends = session.get("token"), session.get("expiresAt")
    if not isinstance(token, str) or not isinstance(ends, int | float):
        return False
    print_credential(token, ends)
    return True


def print_credential(token: str, expires_at: float) -> None:
    """Print an ExecCredential of the version that kubectl asked for."""
    asked = os.environ.get("KUBERNETES_EXEC_INFO", "")
    version = next((known for known in KNOWN if f'"{known}"' in asked), V1)
    ends = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(expires_at))
    credential = {
        "apiVersion": version,
        "kind": "ExecCredential",
        "status": {"token": token, "expirationTimestamp": ends},
    }
    print_line(json.dumps(credential))


def print_line(text: str) -> None:
    """Print `text`; end when nobody reads it any more."""
    try:
        print(text, flush=True)  # noqa: T201 - click is not there yet
    except BrokenPipeError:  # the client has gone; what is still in the buffer goes nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
