"""A Team and its Project that have every kind of child, on the session's platform."""

from collections.abc import Generator
from uuid import uuid4

import operators
import pytest
from family import Family, remove
from fixtures.people import Shell, project, team
from operators import Endpoint
from shop import Shop

from rise_local.platform import Platform


@pytest.fixture(scope="module")
def nobody_waits(platform: Platform, administrator: Shell) -> None:
    """Remove projects whose registry opens by itself later: tests count the operator's writes."""
    _ = platform
    found = administrator.json("kubectl", "get", "projects", "-o", "json")["items"]
    waiting = [
        each["metadata"]["name"]
        for each in found
        for condition in each.get("status", {}).get("conditions", [])
        if condition["reason"] == "RepositoryClosed"
    ]
    if waiting:
        remove(administrator, waiting)


@pytest.fixture(scope="module")
def family(nobody_waits: None, administrator: Shell) -> Generator[Family]:
    _ = nobody_waits
    name = f"f{uuid4().hex[:6]}"
    people = {"owners": ["alice@example.com"], "members": ["bob@example.com"], "idpGroup": name}
    administrator.apply(team(name, **people))
    administrator.kubectl("wait", "--for=condition=Ready", f"team/{name}", "--timeout=60s")
    members = [
        {"user": "carol@example.com", "role": "developer"},
        {"user": "dave@example.com", "role": "viewer"},
    ]
    offer = {"user": "erin@example.com"}
    administrator.apply(project(name, owner={"team": name}, members=members, transferTo=offer))
    administrator.kubectl("wait", "--for=condition=Ready", f"project/{name}", "--timeout=60s")
    yield Family(administrator, name)
    remove(administrator, [name])


@pytest.fixture
def operator(platform: Platform, nobody_waits: None) -> Endpoint:
    """The platform's own operator."""
    _ = nobody_waits
    return operators.own(platform)


@pytest.fixture(scope="module")
def leaving(platform: Platform, administrator: Shell) -> Generator[list[str]]:
    """Projects whose tests are over: they go while the next ones run, and are gone in the end."""
    _ = platform
    names: list[str] = []
    yield names
    if names:
        remove(administrator, names)


@pytest.fixture
def shop(leaving: list[str], administrator: Shell, prefix: str) -> Generator[Shop]:
    """A Project of alice's that is Ready."""
    administrator.apply(project(prefix, owner={"user": "alice@example.com"}))
    administrator.kubectl("wait", "--for=condition=Ready", f"project/{prefix}", "--timeout=60s")
    yield Shop(administrator, prefix)
    leaving.append(prefix)
    administrator.kubectl("delete", "project", prefix, "--ignore-not-found", "--wait=false")


@pytest.fixture(scope="module")
def alone(platform: Platform) -> Generator[Platform]:
    """The platform without its own operator: a test runs another one."""
    platform.stop("operator")
    yield platform
    platform.start("operator")
