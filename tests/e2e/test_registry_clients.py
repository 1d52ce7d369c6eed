"""Real clients at the platform's registry, signed in as the guide for people says."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from fixtures.people import Shell
from fixtures.registry_clients import Desk
from logins import minted

pytestmark = pytest.mark.e2e


@pytest.fixture
def shop(alice: Shell, prefix: str) -> str:
    """Return a project of alice's."""
    alice.rise("project", "create", prefix)
    return prefix


@pytest.fixture
def works(alice: Shell, desk: Callable[[Shell], Desk]) -> Desk:
    """Return alice's desk, where clients ask docker-credential-rise for their logins."""
    hers = desk(alice)
    hers.shell.rise("registry", "login", "--helper")
    return hers


def test_crane_pushes_what_it_pulls(alice: Shell, desk: Callable[[Shell], Desk], shop: str) -> None:
    hers = desk(alice)
    hers.shell.rise("registry", "login", shop)
    web = f"{hers.registry}/{shop}/web"
    first, second = hers.push(f"{shop}/web:1", "first"), hers.push(f"{shop}/web:2", "second")
    assert first != second
    assert hers.crane("ls", web).split() == ["1", "2"]
    hers.crane("index", "append", "-m", f"{web}:1", "-m", f"{web}:2", "-t", f"{web}:both")
    assert first in hers.crane("manifest", f"{web}:both")
    pulled = hers.folder / "pulled.tar"
    hers.crane("pull", f"{web}:both@{second}", str(pulled))
    hers.crane("push", str(pulled), f"{web}:again")
    # What cosign keeps beside an image has a tag that names the image.
    signature = f"{web}:{first.replace(':', '-')}.sig"
    hers.crane("append", "--new_layer", str(hers.layer("signature")), "--new_tag", signature)
    assert signature.rpartition(":")[2] in hers.crane("ls", web).split()


def test_crane_copies_between_projects_of_one_person_alone(
    *, bob: Shell, works: Desk, desk: Callable[[Shell], Desk], shop: str, prefix: str
) -> None:
    mine, theirs = f"{prefix}-mine", f"{prefix}-bobs"
    works.shell.rise("project", "create", mine)
    bob.rise("project", "create", theirs)
    digest = works.push(f"{shop}/web:1", "to be copied")
    source, target = (f"{works.registry}/{each}/web:1" for each in (shop, mine))
    assert "mounted blob" in works.crane("copy", source, target)
    assert works.crane("digest", target).strip() == digest

    his = desk(bob)
    his.shell.rise("registry", "login", "--helper")
    his.push(f"{theirs}/web:1", "his own")
    his.crane("copy", source, f"{his.registry}/{theirs}/web:2", exit_code=1)
    assert his.crane("ls", f"{his.registry}/{theirs}/web").split() == ["1"]
    works.crane("copy", source, f"{works.registry}/{theirs}/web:2", exit_code=1)


def test_oras_pushes_files(alice: Shell, desk: Callable[[Shell], Desk], shop: str) -> None:
    hers = desk(alice)
    name, password = minted(alice, shop).pair
    login = ("oras", "login", hers.by_name, "--username", name, "--password-stdin")
    trust = ("--plain-http=false", "--ca-file", alice.env["RISE_CA_FILE"])
    hers.shell.run(*login, *trust, stdin=password)
    page = Path("page.html")
    page.write_text("<h1>Bread</h1>")
    repository = f"{hers.by_name}/{shop}/page"
    hers.oras("push", f"{repository}:1", str(page))
    assert hers.oras("repo", "tags", repository) == "1\n"
    hers.oras("pull", f"{repository}:1", "--output", "pulled")
    assert Path("pulled", page).read_text() == page.read_text()
    hers.oras("push", f"{hers.by_name}/{shop}-other/page:1", str(page), exit_code=1)


def test_skopeo_copies_with_what_the_login_wrote(
    alice: Shell, desk: Callable[[Shell], Desk], shop: str
) -> None:
    hers = desk(alice)
    hers.shell.rise("registry", "login", shop)
    digest = hers.push(f"{shop}/web:1", "by skopeo")
    web = f"docker://{hers.registry}/{shop}/web"
    hers.skopeo("copy", f"{web}:1", "dir:web")
    hers.skopeo("copy", "dir:web", f"{web}:2")
    assert json.loads(hers.skopeo("list-tags", web))["Tags"] == ["1", "2"]
    assert json.loads(hers.skopeo("inspect", f"{web}:2"))["Digest"] == digest
    hers.skopeo("copy", "dir:web", f"docker://{hers.registry}/{shop}-other/web:1", exit_code=1)
    hers.skopeo("delete", f"{web}:2", exit_code=1)


def test_helm_pushes_charts(works: Desk, shop: str) -> None:
    Path("web").mkdir()
    Path("web", "Chart.yaml").write_text("apiVersion: v2\nname: web\nversion: 1.0.0\n")
    works.shell.run("helm", "package", "web")
    works.helm("push", "web-1.0.0.tgz", f"oci://{works.registry}/{shop}")
    chart = f"oci://{works.registry}/{shop}/web"
    works.helm("pull", chart, "--version", "1.0.0", "--destination", str(works.folder))
    assert (works.folder / "web-1.0.0.tgz").read_bytes() == Path("web-1.0.0.tgz").read_bytes()
    works.helm("push", "web-1.0.0.tgz", f"oci://{works.registry}/{shop}-other", exit_code=1)
