"""The model's half of the table; the API server's half is an integration test."""

from typing import Any

import pytest
from manifests.case import Case
from manifests.model import answer
from manifests.projects import PROJECTS
from manifests.teams import TEAMS

from rise_crds.models import Resource
from rise_crds.v1alpha1.project import Project
from rise_crds.v1alpha1.team import Team

TABLE: list[Any] = [
    pytest.param(kind, case, id=f"{kind.__name__}, {case.it}")
    for kind, cases in ((Project, PROJECTS), (Team, TEAMS))
    for case in cases
]


@pytest.mark.parametrize(("kind", "case"), TABLE)
def test_the_model_agrees_with_the_table(kind: type[Resource], case: Case) -> None:
    found = answer(kind, case.text)
    if case.valid:
        assert isinstance(found, kind), found
    else:
        assert isinstance(found, str), "the model accepts it"
        assert case.fault.casefold() in found.casefold()


@pytest.mark.parametrize("cases", [PROJECTS, TEAMS], ids=["Project", "Team"])
def test_every_sentence_stands_once(cases: list[Case]) -> None:
    assert len({case.it for case in cases}) == len(cases)
