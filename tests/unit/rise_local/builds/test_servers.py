"""The servers of the checkout, and the modules that they come from."""

import re

import pytest

from rise_local.build import Progress, Server, Store, binaries
from rise_local.build.servers import KUBERNETES_VERSION, SERVERS
from rise_local.errors import LocalError
from rise_local.home import CHECKOUT

TOOLS = CHECKOUT / "tools"


@pytest.mark.parametrize("server", SERVERS, ids=lambda server: server.name)
def test_a_servers_module_names_it_as_a_tool_and_has_its_checksums(server: Server) -> None:
    module = TOOLS / server.module
    named = rf"^(tool |\t){re.escape(server.package)}$"
    assert re.search(named, (module / "go.mod").read_text(), re.MULTILINE)
    assert (module / "go.sum").stat().st_size > 0


def test_every_module_is_some_servers() -> None:
    modules = {path.parent.name for path in TOOLS.glob("*/go.mod")}
    assert modules == {server.module for server in SERVERS}


def test_kubernetes_says_the_version_that_its_module_has() -> None:
    required = (TOOLS / "kubernetes" / "go.mod").read_text()
    assert f"\tk8s.io/kubernetes {KUBERNETES_VERSION}" in required
    flags = next(server.linker_flags for server in SERVERS if server.name == "kube-apiserver")
    assert f"version.gitVersion={KUBERNETES_VERSION}" in flags


def test_kind_is_built_only_for_who_asks() -> None:
    unasked = [server.name for server in SERVERS if not server.wanted]
    assert unasked == ["kind", "crane", "oras", "skopeo"]


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(LocalError, match="no server called nginx; there are kube-apiserver, "):
        binaries(("nginx",), Progress(), store=Store(TOOLS))
