"""Every attempt of the table on the API server itself, with the operator away."""

import pytest
from security import (
    by_a_freed_operator,
    by_the_gateway,
    by_the_operator,
    changed_projects,
    delegated_projects,
    guarded_projects,
    handed_over_projects,
    largest,
    machines,
    near_names,
    new_projects,
    new_teams,
    offers,
    on_namespaces,
    on_teams,
    read_and_ended_projects,
)
from security.asking import ApiServer
from security.case import Case
from security.judging import complaint

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
    by_a_freed_operator,
    largest,
    machines,
    near_names,
    offers,
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
    assert not complaint(stage, case)


def test_every_case_has_a_sentence_of_its_own() -> None:
    sentences = [case.sentence for case in CASES]
    assert len(set(sentences)) == len(sentences)
    assert len(CASES) >= 200
