"""What docs/how-to/use-another-cluster.md shows and cannot run: its values make a whole chart."""

import re
import textwrap

import pytest
import yaml

from rise_local.build import binaries
from rise_local.chart import Manifest, render
from rise_local.home import CHECKOUT

PAGE = (CHECKOUT / "docs" / "how-to" / "use-another-cluster.md").read_text()


@pytest.fixture(scope="module")
def rendered() -> list[Manifest]:
    (block,) = re.findall(r"^( *)```yaml\n(.*?)^\1```$", PAGE, re.MULTILINE | re.DOTALL)
    values = yaml.safe_load(textwrap.dedent(block[1]))
    return render(binaries(("helm",))["helm"], values)


def deployments(rendered: list[Manifest]) -> dict[str, Manifest]:
    return {
        each["metadata"]["name"]: each["spec"]["template"]["spec"]["containers"][0]
        for each in rendered
        if each["kind"] == "Deployment"
    }


def test_the_values_start_both_programs_from_the_images_that_they_name(
    rendered: list[Manifest],
) -> None:
    images = {name: each["image"] for name, each in deployments(rendered).items()}
    assert images == {
        "rise-operator": "registry.example.com/rise/operator:0.1.0",
        "rise-backend": "registry.example.com/rise/backend:0.1.0",
    }


def test_the_images_need_the_entry_points_that_the_page_names(rendered: list[Manifest]) -> None:
    assert [each for each in deployments(rendered).values() if "command" in each] == []
    for name in deployments(rendered):
        assert f"`{name}`" in PAGE


def test_the_group_of_the_page_is_above_ownership(rendered: list[Manifest]) -> None:
    policies = [each for each in rendered if each["kind"] == "ValidatingAdmissionPolicy"]
    naming = [each["metadata"]["name"] for each in policies if "oidc:platform-team" in str(each)]
    assert any("ownership" in name for name in naming)


def test_the_secret_has_the_keys_that_the_programs_read(rendered: list[Manifest]) -> None:
    for name, key in (("rise-operator", "operator"), ("rise-backend", "backend")):
        env = {each["name"]: each for each in deployments(rendered)[name]["env"]}
        variable = f"{name.upper().replace('-', '_')}_DATABASE_URL"
        assert env[variable]["valueFrom"]["secretKeyRef"] == {"name": "rise-database", "key": key}
        assert f"--from-file={key}={key}.url" in PAGE


def test_no_block_of_the_page_claims_to_be_run() -> None:
    assert "```sh" not in PAGE
