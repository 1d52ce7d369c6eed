"""Every attempt of the table on the API server itself, with the operator away."""

import re

import pytest
from security import (
    by_the_gateway,
    by_the_operator,
    changed_projects,
    delegated_projects,
    guarded_projects,
    handed_over_projects,
    new_projects,
    new_teams,
    on_namespaces,
    on_teams,
    read_and_ended_projects,
)
from security.asking import ApiServer
from security.case import Case
from security.people import SECRETS

MODULES = (
    new_projects,
    delegated_projects,
    changed_projects,
    guarded_projects,
    handed_over_projects,
    read_and_ended_projects,
    new_teams,
    on_teams,
    on_namespaces,
    by_the_operator,
    by_the_gateway,
)
CASES = [case for module in MODULES for case in module.CASES]


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, id=case.sentence, marks=pytest.mark.row(case.row, via="api"))
        for case in CASES
    ],
)
def test_what_must_happen(stage: ApiServer, case: Case) -> None:
    if case.says:
        answer = stage.ask(case.who, case.does)
        assert not answer.accepted, f"{case.who.user} gets through: {answer.text[:500]}"
        assert answer.code == case.code, answer.message
        assert re.search(case.says, answer.message), answer.message
        said = f"{case.does.sent()} {case.who}"
        assert not [word for word in SECRETS if word in answer.text and word not in said]
    who, does = case.allowed
    allowed = stage.ask(who, does)
    assert allowed.accepted, f"{who.user or 'an administrator'} is refused: {allowed.message}"


def test_every_case_has_a_sentence_of_its_own() -> None:
    sentences = [case.sentence for case in CASES]
    assert len(set(sentences)) == len(sentences)
    assert len(CASES) >= 200
