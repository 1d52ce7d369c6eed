"""A provider from a package that is no part of Rise, found through its entry point."""

import shutil
import sys
import tomllib
from pathlib import Path

import pytest
from contracts import Allows, RegistryContract

from rise_registry.configuration import GROUP, RegistryConfiguration, load
from rise_registry.contract import Action, Credential, RegistryError, RegistryProvider

PACKAGE = Path(__file__).parents[2] / "outside_provider"


@pytest.fixture
def _installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the package where an installer would, with what one writes down about it."""
    project = tomllib.loads((PACKAGE / "pyproject.toml").read_text())["project"]
    shutil.copy(PACKAGE / "outside_provider.py", tmp_path)
    metadata = tmp_path / "outside_provider-1.0.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    points = (f"{name} = {value}" for name, value in project["entry-points"][GROUP].items())
    (metadata / "entry_points.txt").write_text("\n".join([f"[{GROUP}]", *points, ""]))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "outside_provider", raising=False)


def _provider(*, answers: bool) -> RegistryProvider:
    configuration = RegistryConfiguration(
        name="outside",
        provider="memory",
        url="https://memory.example.com",
        options={"answers": answers},
    )
    return load([configuration])["outside"]


@pytest.mark.usefixtures("_installed")
class TestOutside(RegistryContract):
    @pytest.fixture
    def provider(self, _installed: None) -> RegistryProvider:
        return _provider(answers=True)

    @pytest.fixture
    def unreachable(self, _installed: None) -> RegistryProvider:
        return _provider(answers=False)

    @pytest.fixture
    def allows(self, provider: RegistryProvider) -> Allows:
        def allowed(credential: Credential, action: Action, path: str) -> bool:
            own = credential.repositories[0].partition("/")[2]
            kept: dict[tuple[str, str], Credential] = vars(provider)["kept"]
            inside = f"{path}/".startswith(f"{own}/")
            return inside and action in credential.actions and credential in kept.values()

        return allowed


def test_without_the_package_there_is_no_such_provider() -> None:
    with pytest.raises(RegistryError, match="unknown provider 'memory'; installed: distribution"):
        _provider(answers=True)
