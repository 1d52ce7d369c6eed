"""What a project's name means in a registry: one owner at a time, and nothing of the last one."""

import asyncio
import shutil
import threading
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path

import pytest
from oci import INDEX, Image, Registry, digest, index
from signing import signing_keys
from token_registry import BELOW, client, closing, demanding_tokens, provider, rested, running

from rise_local.assembly import built
from rise_registry import distribution_images as images
from rise_registry.contract import Project, RegistryError, RepositoryConflictError
from rise_registry.distribution import Distribution

SHOP, NEXT = Project("shop", "uid-1"), Project("shop", "uid-2")
IMAGE = Image(b"a layer of shop")


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """The operator's signing keys."""
    return signing_keys(tmp_path_factory.mktemp("keys"), "operator")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the registry's images are."""
    return tmp_path_factory.mktemp("registry")


@pytest.fixture(scope="module")
def url(folder: Path, keys: Mapping[str, str]) -> Iterator[str]:
    """A registry that demands tokens, and remembers layers as one in production does."""
    remembering = {"cache": {"blobdescriptor": "inmemory"}}
    with running(built("")["registry"], folder, demanding_tokens(keys), remembering) as address:
        yield address


@pytest.fixture
def storage(folder: Path) -> Iterator[Path]:
    """The registry's storage, empty again afterwards."""
    place = folder / "images"
    yield place
    shutil.rmtree(place / BELOW, ignore_errors=True)


@pytest.fixture
def registry(url: str, keys: Mapping[str, str], storage: Path) -> Registry:
    """A client that may do everything."""
    assert storage
    return client(url, keys)


@pytest.fixture
async def by_api(url: str, keys: Mapping[str, str], storage: Path) -> AsyncIterator[Distribution]:
    """The provider without the storage."""
    assert storage
    async with closing(provider(url, keys, token_seconds=1)) as place:
        yield place


@pytest.fixture
async def on_disk(url: str, keys: Mapping[str, str], storage: Path) -> AsyncIterator[Distribution]:
    """The provider with the storage."""
    async with closing(provider(url, keys, token_seconds=1, storage=storage)) as place:
        yield place


async def _listed(place: Distribution, project: str) -> list[str]:
    return [name async for name in images.repositories(place.connection, project)]


async def test_our_token_is_taken(by_api: Distribution) -> None:
    await by_api.check()


async def test_a_key_of_another_ca_is_not(url: str, tmp_path: Path) -> None:
    async with closing(provider(url, signing_keys(tmp_path, "operator"))) as foreign:
        for refused in (foreign.check(), foreign.ensure_repository(SHOP)):
            with pytest.raises(RegistryError, match="rootcertbundle"):
                await refused


async def test_a_project_that_was_opened_stays_so(by_api: Distribution, registry: Registry) -> None:
    await by_api.ensure_repository(SHOP)
    assert registry.push("shop/web", "1", IMAGE).status == 201
    await asyncio.gather(*(by_api.ensure_repository(SHOP) for _ in range(3)))
    assert registry.pull_manifest("shop/web", "1").body == IMAGE.manifest


async def test_images_that_nobody_owned_are_a_conflict(
    by_api: Distribution, registry: Registry
) -> None:
    registry.push("shop/web", "1", IMAGE)
    with pytest.raises(RepositoryConflictError, match="earlier project") as refusal:
        await by_api.ensure_repository(SHOP)
    assert refusal.value.retry_after_s is None
    await by_api.delete_repository(SHOP)
    assert registry.pull_manifest("shop/web", "1").status == 200, "they are not this project's"


async def test_orphaned_images_are_a_conflict_until_they_are_removed(
    on_disk: Distribution, registry: Registry, storage: Path
) -> None:
    await on_disk.ensure_repository(SHOP)
    registry.push("shop/web", "1", IMAGE)
    with pytest.raises(RepositoryConflictError, match="earlier project"):
        await on_disk.ensure_repository(NEXT)
    await on_disk.delete_repository(NEXT)
    assert registry.pull_manifest("shop/web", "1").status == 200, "they are not this project's"
    shutil.rmtree(storage / BELOW / "shop")
    await on_disk.ensure_repository(NEXT)


@pytest.mark.parametrize(
    "neighbour",
    ["shop-2/web", "shop2/web", "sho/web", "shop.a/web", "a-shop/web", "web/shop", "shoq/web"],
)
async def test_neighbours_are_neither_in_the_way_nor_touched(
    on_disk: Distribution, registry: Registry, neighbour: str
) -> None:
    registry.push(neighbour, "1", IMAGE)
    await on_disk.ensure_repository(SHOP)
    registry.push("shop/web", "1", IMAGE)
    await on_disk.delete_repository(SHOP)
    assert registry.pull_manifest(neighbour, "1").status == 200
    assert registry.pull_manifest("shop/web", "1").status == 404


async def test_every_name_below_a_project_is_found(
    by_api: Distribution, registry: Registry
) -> None:
    below = ["shop", "shop/0", "shop/0/9", "shop/a", "shop/a-b", "shop/a/0web", "shop/a/b"]
    for name in [*below, "shop-2/web", "shop2/web", "sho/p"]:
        registry.push(name, "1", IMAGE)
    assert sorted(await _listed(by_api, "shop")) == below


async def test_more_than_a_page_is_found(by_api: Distribution, storage: Path) -> None:
    names = sorted(f"shop/c{number:03}/0" for number in range(230))
    for name in [*names, "shop-2/web", "shop/c107"]:
        (storage / BELOW / name / "_manifests").mkdir(parents=True)
    assert sorted(await _listed(by_api, "shop")) == sorted([*names, "shop/c107"])


@pytest.mark.parametrize("place", ["by_api", "on_disk"])
async def test_nothing_of_a_deleted_project_can_be_pulled(
    place: str, by_api: Distribution, on_disk: Distribution, registry: Registry
) -> None:
    chosen = {"by_api": by_api, "on_disk": on_disk}[place]
    await chosen.ensure_repository(SHOP)
    other = Image(b"for another machine")
    both = index(IMAGE.manifest, other.manifest)
    registry.push("shop/web", "1", IMAGE)
    registry.push("shop/web", digest(other.manifest), other)
    registry.push_manifest("shop/web", "both", both, INDEX)
    registry.push("shop/0/sub", "1", other)
    kept = [IMAGE.layer, other.layer, IMAGE.config, IMAGE.manifest, other.manifest, both]
    for blob in kept[:3]:
        assert registry.pull_blob("shop/web", digest(blob)).status == 200

    await chosen.delete_repository(SHOP)
    await chosen.delete_repository(SHOP)

    for reference in ["1", "both", *map(digest, kept[3:])]:
        assert registry.pull_manifest("shop/web", reference).status == 404, reference
    for blob in kept[:3]:
        assert registry.pull_blob("shop/web", digest(blob)).status == 404
        assert registry.mount("shop/new", "shop/web", digest(blob)).status == 202, "no mount"
    assert registry.pull_manifest("shop/0/sub", "1").status == 404


async def test_the_disk_forgets_what_no_tag_leads_to(
    on_disk: Distribution, registry: Registry, storage: Path
) -> None:
    await on_disk.ensure_repository(SHOP)
    registry.push("shop/web", digest(IMAGE.manifest), IMAGE)
    registry.push_blob("shop/half", b"never in a manifest")
    registry.begin_upload("shop/half")
    await on_disk.delete_repository(SHOP)
    assert registry.pull_manifest("shop/web", digest(IMAGE.manifest)).status == 404
    assert registry.pull_blob("shop/half", digest(b"never in a manifest")).status == 404
    assert [each.name for each in (storage / BELOW).iterdir()] == ["rise-projects"]
    await rested(on_disk, SHOP)
    await on_disk.ensure_repository(NEXT)


async def test_without_the_disk_the_name_stays_taken(
    by_api: Distribution, registry: Registry
) -> None:
    await by_api.ensure_repository(SHOP)
    registry.push("shop/web", "1", IMAGE)
    await by_api.delete_repository(SHOP)
    await rested(by_api, SHOP)
    with pytest.raises(RepositoryConflictError, match="administrator"):
        await by_api.ensure_repository(NEXT)


@pytest.mark.parametrize("pushed", [True, False], ids=["with images", "without"])
async def test_a_name_rests_while_its_last_tokens_live(
    on_disk: Distribution, registry: Registry, *, pushed: bool
) -> None:
    await on_disk.ensure_repository(SHOP)
    if pushed:
        registry.push("shop/web", "1", IMAGE)
    await on_disk.delete_repository(SHOP)
    with pytest.raises(RepositoryConflictError, match="tokens for it last until") as refusal:
        await on_disk.ensure_repository(NEXT)
    assert refusal.value.retry_after_s
    assert 0 < refusal.value.retry_after_s <= 61
    assert registry.push("shop/web", "late", IMAGE).status == 201, "by a token of before"
    await rested(on_disk, SHOP)
    await on_disk.ensure_repository(NEXT)
    assert registry.pull_manifest("shop/web", "late").status == 404


async def test_what_was_pushed_during_the_deletion_is_gone_for_the_next(
    on_disk: Distribution, registry: Registry
) -> None:
    await on_disk.ensure_repository(SHOP)
    registry.push("shop/web", "1", IMAGE)
    begun = registry.begin_upload("shop/web")
    await on_disk.delete_repository(SHOP)
    late = registry.end_upload("shop/web", begun, b"a late layer")
    assert late.status == 404, "the upload is gone"
    assert registry.push("shop/web", "late", IMAGE).status == 201
    await rested(on_disk, SHOP)
    await on_disk.ensure_repository(NEXT)
    assert registry.pull_manifest("shop/web", "late").status == 404
    assert registry.pull_blob("shop/web", digest(IMAGE.layer)).status == 404


def _tagged(storage: Path) -> set[Path]:
    return set((storage / BELOW / "shop").glob("*/_manifests/tags/*"))


async def test_a_deletion_that_was_interrupted_goes_on(
    on_disk: Distribution, registry: Registry, storage: Path
) -> None:
    await on_disk.ensure_repository(SHOP)
    for number in range(20):
        registry.push(f"shop/c{number}", "1", IMAGE)
    before = _tagged(storage)
    deletion = asyncio.create_task(on_disk.delete_repository(SHOP))
    while _tagged(storage) == before and not deletion.done():  # noqa: ASYNC110 - no event says so
        await asyncio.sleep(0)  # it goes on by one step at most, and needs many for the others
    deletion.cancel()
    await asyncio.wait({deletion})
    assert deletion.cancelled()
    assert set() < _tagged(storage) < before
    await on_disk.delete_repository(SHOP)
    assert await _listed(on_disk, "shop") == []
    with pytest.raises(RepositoryConflictError, match="tokens for it last until"):
        await on_disk.ensure_repository(NEXT)


async def test_pushes_that_go_on_do_not_stop_a_deletion(
    on_disk: Distribution, registry: Registry
) -> None:
    await on_disk.ensure_repository(SHOP)
    ended = threading.Event()
    under_way = threading.Barrier(3)

    def push() -> None:
        number = 0
        while not ended.is_set():
            number += 1
            registry.push(f"shop/c{number % 5}", str(number), Image(str(number).encode()))
            if number == 1:
                under_way.wait(60)

    pushing = [asyncio.create_task(asyncio.to_thread(push)) for _ in range(2)]
    await asyncio.to_thread(under_way.wait, 60)
    await on_disk.delete_repository(SHOP)
    ended.set()
    await asyncio.gather(*pushing)
    await on_disk.delete_repository(SHOP)
    assert await _listed(on_disk, "shop") == []


async def test_a_tag_whose_manifest_is_gone_does_not_hold_a_deletion(
    on_disk: Distribution, registry: Registry, storage: Path
) -> None:
    await on_disk.ensure_repository(SHOP)
    registry.push("shop/web", "1", IMAGE)
    revision = digest(IMAGE.manifest).removeprefix("sha256:")
    shutil.rmtree(storage / BELOW / "shop/web/_manifests/revisions/sha256" / revision)
    await on_disk.delete_repository(SHOP)
    assert registry.tags("shop/web").status == 404


async def test_a_registry_that_does_not_delete_says_how_it_would(
    keys: Mapping[str, str], tmp_path: Path
) -> None:
    refusing = {"delete": {"enabled": False}}
    with running(built("")["registry"], tmp_path, demanding_tokens(keys), refusing) as url:
        async with closing(provider(url, keys)) as place:
            await place.ensure_repository(SHOP)
            client(url, keys).push("shop/web", "1", IMAGE)
            with pytest.raises(RegistryError, match=r"storage\.delete\.enabled"):
                await place.delete_repository(SHOP)
