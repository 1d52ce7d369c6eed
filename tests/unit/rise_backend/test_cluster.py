"""The backend's own token: read seldom, and never for so long that an old one is sent."""

from pathlib import Path

import pytest
import yaml

from rise_backend import cluster
from rise_backend.cluster import REREAD_S, Authorization


def test_a_token_is_read_again_after_a_while() -> None:
    now, tokens = [0.0], iter(["Bearer first", "Bearer second"])
    authorization = Authorization(lambda: next(tokens), clock=lambda: now[0])
    assert [authorization(), authorization()] == ["Bearer first", "Bearer first"]
    now[0] = REREAD_S
    assert authorization() == "Bearer first"
    now[0] = REREAD_S + 1
    assert [authorization(), authorization()] == ["Bearer second", "Bearer second"]


def test_what_cannot_be_read_is_tried_again_at_once() -> None:
    answers = iter([OSError("the file is being replaced"), "Bearer renewed"])

    def read() -> str:
        answer = next(answers)
        if isinstance(answer, OSError):
            raise answer
        return answer

    authorization = Authorization(read, clock=lambda: 0.0)
    with pytest.raises(OSError, match="being replaced"):
        authorization()
    assert authorization() == "Bearer renewed"


def test_the_client_is_not_asked_for_each_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kubeconfig = {
        "current-context": "here",
        "contexts": [{"name": "here", "context": {"cluster": "here", "user": "backend"}}],
        "clusters": [{"name": "here", "cluster": {"server": "https://127.0.0.1:1"}}],
        "users": [{"name": "backend", "user": {"token": "opaque"}}],
    }
    file = tmp_path / "kubeconfig"
    file.write_text(yaml.safe_dump(kubeconfig))
    monkeypatch.setattr("kubernetes.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION", str(file))
    monkeypatch.setenv("KUBECONFIG", str(file))
    authorization = cluster.cluster().authorization
    assert authorization() == "Bearer opaque"

    def looked() -> dict[str, str]:
        pytest.fail("the environment was searched for a proxy")

    monkeypatch.setattr("kubernetes.client.configuration.getproxies", looked)
    assert authorization() == "Bearer opaque"
