"""Two judges: the API server and the pydantic model agree on every manifest."""

import json
from typing import Any

import pytest
import yaml
from manifests import chance, projects, teams
from manifests.case import Case
from manifests.model import answer
from manifests.server import Server

from rise_crds.v1alpha1.project import Project
from rise_crds.v1alpha1.team import Team

Kind = type[Project] | type[Team]

TABLE: list[Any] = [
    pytest.param(kind, case, id=f"{kind.__name__}, {case.it}")
    for kind, cases in ((Project, projects.PROJECTS), (Team, teams.TEAMS))
    for case in cases
]
ROUNDS = 300


@pytest.mark.parametrize(("kind", "case"), TABLE)
def test_the_api_server_agrees_with_the_table(server: Server, kind: Kind, case: Case) -> None:
    found = server.create(kind.__name__, case.text)
    if case.valid:
        assert found.accepted, found.message
        _same(kind, found.body, case.text)
    else:
        assert not found.accepted, "the API server accepts it"
        assert case.fault.casefold() in found.message.casefold()


@pytest.mark.parametrize(
    ("kind", "good"),
    [
        pytest.param(Project, projects.EVERYTHING, id="Project"),
        pytest.param(Team, teams.EVERYTHING, id="Team"),
    ],
)
def test_both_agree_on_manifests_by_chance(server: Server, kind: Kind, good: Case) -> None:
    manifest = yaml.safe_load(good.text)
    accepted = 0
    for seed in range(ROUNDS):
        text = json.dumps({**manifest, "spec": chance.changed(manifest["spec"], seed)})
        judged, found = answer(kind, text), server.create(kind.__name__, text)
        assert found.accepted == isinstance(judged, kind), f"{text}: {found.message}, {judged}"
        accepted += found.accepted
        if found.accepted:
            _same(kind, found.body, text)
    assert ROUNDS / 20 < accepted < ROUNDS / 2, "chance hits both sides"


def _same(kind: Kind, stored: dict[str, Any], text: str) -> None:
    """What is stored says what the manifest said, and carries the model's own defaults."""
    wanted = answer(kind, text)
    assert isinstance(wanted, kind)
    assert kind.model_validate(stored).spec == wanted.spec
    filled = wanted.spec.model_dump(by_alias=True, exclude_none=True)
    assert {key: value for key, value in filled.items() if value not in ("", [])} == {
        key: value for key, value in stored["spec"].items() if value not in ("", [])
    }
    assert stored["status"] == {"observedGeneration": -1}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        pytest.param(
            projects.EVERYTHING.text + "spec: {owner: {user: eve@example.com}}\n",
            '"spec" already set',
            id="spec twice",
        ),
        pytest.param(
            projects.EVERYTHING.text.replace("suspend: true", "suspend: true\n  suspend: false"),
            '"suspend" already set',
            id="a field twice",
        ),
        pytest.param(
            projects.EVERYTHING.text.replace("{name:", "{colour: blue, name:"),
            "metadata.colour",
            id="a stray field of metadata",
        ),
        pytest.param(projects.EVERYTHING.text + "\tx: 1\n", "tab character", id="a tab"),
        pytest.param("", "", id="an empty file"),
        pytest.param("just text", "", id="no mapping"),
        pytest.param("owner: " + "x" * 4_000_000, "too large", id="four megabytes"),
    ],
)
def test_the_api_server_alone_refuses(server: Server, text: str, fault: str) -> None:
    found = server.create("Project", text)
    assert not found.accepted
    assert fault in found.message
