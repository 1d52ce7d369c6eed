"""Removal from a registry's disk: only the project's own directory, whatever lies around."""

import re
from pathlib import Path

import pytest

from rise_registry import distribution_storage as storage
from rise_registry.contract import RegistryError

BELOW = Path("docker", "registry", "v2", "repositories")
HEX = "ab" * 32


def _repositories(root: Path, *names: str) -> Path:
    for name in names:
        (root / BELOW / name / "_manifests" / "tags" / "1").mkdir(parents=True)
    return root / BELOW


def test_a_project_goes_and_its_neighbours_stay(tmp_path: Path) -> None:
    there = _repositories(tmp_path, "shop/web", "shop/a/b", "shop-2/web", "shop2/web")
    storage.remove(tmp_path, "shop")
    assert sorted(each.name for each in there.iterdir()) == ["shop-2", "shop2"]
    assert not storage.holds(tmp_path, "shop")
    assert storage.holds(tmp_path, "shop2")


def test_before_the_first_push_there_is_nothing(tmp_path: Path) -> None:
    assert not storage.holds(tmp_path, "shop")
    assert storage.links(tmp_path, "shop") == []
    storage.remove(tmp_path, "shop")


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../shop", "shop/..", "shop/web", "/etc", "_rise-removed-1", "Shop", "shop\n"],
)
def test_what_is_no_project_is_never_removed(tmp_path: Path, name: str) -> None:
    _repositories(tmp_path, "shop/web")
    for call in (storage.remove, storage.holds, storage.links):
        with pytest.raises(RegistryError, match="no name of a project"):
            call(tmp_path, name)
    assert storage.holds(tmp_path, "shop")


def test_a_link_in_a_project_s_place_goes_and_what_it_leads_to_stays(tmp_path: Path) -> None:
    there = _repositories(tmp_path / "registry", "other/web")
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "file").touch()
    (there / "shop").symlink_to(victim)
    assert storage.links(tmp_path / "registry", "shop") == []
    storage.remove(tmp_path / "registry", "shop")
    assert (victim / "file").exists()
    assert [each.name for each in there.iterdir()] == ["other"]


def test_a_link_below_a_project_is_not_followed(tmp_path: Path) -> None:
    there = _repositories(tmp_path, "shop/web", "other/web")
    (there / "shop" / "linked").symlink_to(there / "other")
    storage.remove(tmp_path, "shop")
    assert (there / "other" / "web").is_dir()


@pytest.mark.parametrize("part", ["docker", "docker/registry", str(BELOW)])
def test_a_link_on_the_way_is_refused(tmp_path: Path, part: str) -> None:
    root = tmp_path / "registry"
    _repositories(root, "shop/web")
    moved = tmp_path / "moved"
    (root / part).rename(moved)
    (root / part).symlink_to(moved)
    for call in (storage.remove, storage.holds, storage.links):
        with pytest.raises(RegistryError, match="without symbolic links"):
            call(root, "shop")


def test_a_root_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match=re.escape(str(tmp_path / "missing"))):
        storage.holds(tmp_path / "missing", "shop")


def test_what_an_earlier_removal_left_goes_too(tmp_path: Path) -> None:
    there = _repositories(tmp_path, "other/web", "_rise-removed-0123/web")
    storage.remove(tmp_path, "shop")
    assert [each.name for each in there.iterdir()] == ["other"]


def test_links_are_what_can_be_asked_for_by_digest(tmp_path: Path) -> None:
    there = _repositories(tmp_path, "shop/web")
    for place in (
        f"shop/web/_layers/sha256/{HEX}",
        f"shop/web/sub/_manifests/revisions/sha256/{HEX}",
        f"shop/web/_manifests/tags/1/index/sha256/{HEX}",
        f"shop/web/_uploads/{HEX}",
    ):
        (there / place).mkdir(parents=True)
        (there / place / "link").touch()
    assert sorted(storage.links(tmp_path, "shop"), key=lambda link: link.kind) == [
        storage.Link("shop/web", "blobs", f"sha256:{HEX}"),
        storage.Link("shop/web/sub", "manifests", f"sha256:{HEX}"),
    ]
