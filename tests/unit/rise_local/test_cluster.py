"""Which cluster a platform is brought to."""

from pathlib import Path

import pytest

from rise_local import cluster
from rise_local.errors import LocalError
from rise_local.home import prepared


@pytest.mark.parametrize(
    ("kept", "asked", "expected"),
    [
        pytest.param(None, "", "", id="nothing is asked for: one of its own"),
        pytest.param(None, "kind", "kind", id="what is asked for first"),
        pytest.param("kind", "", "kind", id="the choice is remembered"),
        pytest.param("kind", "kind", "kind", id="asking again changes nothing"),
        pytest.param("", "", "", id="one of its own is remembered, too"),
    ],
)
def test_a_directory_belongs_to_one_cluster(
    kept: str | None, asked: str, expected: str, tmp_path: Path
) -> None:
    home = prepared(tmp_path)
    if kept is not None:
        home.cluster.write_text(kept)
    assert cluster.remembered(home, asked) == expected


@pytest.mark.parametrize(
    ("kept", "whose"),
    [
        pytest.param("", "a cluster of its own", id="its own"),
        pytest.param("prod", "RISE_CLUSTER=prod", id="another context"),
    ],
)
def test_another_cluster_is_refused_in_one_sentence(kept: str, whose: str, tmp_path: Path) -> None:
    home = prepared(tmp_path)
    home.cluster.write_text(kept)
    with pytest.raises(LocalError) as refused:
        cluster.remembered(home, "kind")
    assert f"belongs to a platform with {whose}: name another directory" in refused.value.message
    assert len(refused.value.message.splitlines()) == 1


@pytest.mark.parametrize(
    ("major", "minor"),
    [
        pytest.param("1", "36", id="the oldest"),
        pytest.param("1", "37+", id="a provider's"),
        pytest.param("1", "100", id="three digits"),
        pytest.param("2", "0", id="another major version"),
    ],
)
def test_a_cluster_that_is_new_enough_will_do(major: str, minor: str) -> None:
    cluster.check_version("prod", {"major": major, "minor": minor})


@pytest.mark.parametrize("minor", ["35", "35-eks", "9", ""])
def test_a_cluster_that_is_too_old_is_said(minor: str) -> None:
    with pytest.raises(LocalError, match=r"'prod' is Kubernetes 1\..*needs 1\.36 or newer"):
        cluster.check_version("prod", {"major": "1", "minor": minor})


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("", {"etcd", "kube-apiserver", "kube-controller-manager"}, id="its own"),
        pytest.param("prod", set[str](), id="an existing one: no server is built for it"),
    ],
)
def test_only_what_a_cluster_needs_is_built(name: str, expected: set[str]) -> None:
    assert set(cluster.needed(name)) == expected
