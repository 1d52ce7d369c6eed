"""A configuration directory of the test's own, and a server at which alice is signed in."""

from pathlib import Path

import pytest
import replies
from fixtures.loopback import Loopback

from rise_crds import patches

SETTINGS = ("RISE_URL", "RISE_CA_FILE", "KUBECONFIG", "KUBERNETES_EXEC_INFO")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return where the session lives; nothing of whoever runs the tests is touched."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("RISE_CONFIG_DIR", str(tmp_path / "rise"))
    monkeypatch.setattr(patches, "PAUSE_S", 0.0)
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "rise"


@pytest.fixture
def server(loopback: Loopback) -> Loopback:
    """Return a server at which alice is signed in."""
    replies.session(loopback.url).save()
    return loopback
