"""Every attempt of the table on the API server itself, with the operator away."""

import re
from http import HTTPStatus

import pytest
from security import (
    by_a_freed_operator,
    by_the_gateway,
    by_the_operator,
    changed_projects,
    delegated_projects,
    guarded_projects,
    handed_over_projects,
    in_force,
    largest,
    machines,
    near_names,
    new_projects,
    new_teams,
    offers,
    on_namespaces,
    on_teams,
    read_and_ended_projects,
    rotations,
)
from security.asking import ApiServer
from security.case import Case
from security.gateway import Gateway, comes_with_a_token
from security.judging import complaint
from security.people import SECRETS
from security.refusals import NOT_A_MEMBER, YOURSELF

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
    in_force,
    largest,
    machines,
    near_names,
    offers,
    rotations,
)
UNSEEN = (HTTPStatus.NOT_FOUND, "not found")  # not to be told from what there is not
NOT_FOR_PEOPLE = (HTTPStatus.FORBIDDEN, "cannot impersonate-on:user-info:")  # nobody may through us
# Where the gateway rightly answers otherwise than the API server: the code, and what it says.
# The gateway sends no group that no team names: two rules refuse then, and either may answer first.
OTHERWISE = {
    "36 somebody whose group was taken out creates a project of the team's": (
        HTTPStatus.FORBIDDEN,
        f"{NOT_A_MEMBER}|{YOURSELF}",
    ),
    "16 mallory, in a group called system:masters at Dex, deletes a node": NOT_FOR_PEOPLE,
    "25 mallory changes alice's project": UNSEEN,
    "141 mallory rotates alice's project": UNSEEN,
    "141 a removed member rotates": UNSEEN,
    "36 a removed member changes the team's project": UNSEEN,
    "36 somebody whose group was taken out changes the team's project": UNSEEN,
    "38 a removed member reads the team's project as long as the operator is away": UNSEEN,
    "41 mallory deletes alice's project": UNSEEN,
    "41 a removed member deletes the team's project": UNSEEN,
    "46 mallory deletes every project": NOT_FOR_PEOPLE,
    "46 mallory deletes every team": NOT_FOR_PEOPLE,
    "49 mallory lists a project by its name": (HTTPStatus.OK, r'"items":\[\]'),
    "51 mallory reads alice's project": UNSEEN,
    "51 mallory reads a project that there is not": UNSEEN,
    "51 mallory reads a team that she is not in": UNSEEN,
    "62 an old owner of a team that was created anew deletes its project": UNSEEN,
    "72 alice lists the Secrets of her project": NOT_FOR_PEOPLE,
    "72 alice creates a pod": NOT_FOR_PEOPLE,
    "72 alice asks for a token of her project's account": NOT_FOR_PEOPLE,
    "72 a developer lists the Secrets": NOT_FOR_PEOPLE,
}
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


THROUGH = [
    case for case in CASES if comes_with_a_token(case.who) and comes_with_a_token(case.allowed[0])
]


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, id=case.sentence, marks=pytest.mark.row(case.row, via="gateway"))
        for case in THROUGH
    ],
)
def test_what_must_happen_through_the_gateway(gateway: Gateway, case: Case) -> None:
    otherwise = case.sentence in OTHERWISE
    if case.says or otherwise:
        code, says = OTHERWISE.get(case.sentence, (case.code, case.says))
        answer = gateway.ask(case.who, case.does)
        assert answer.code == code, answer.message
        assert re.search(says, answer.message), answer.message
        said = f"{case.does.sent()} {case.who}"
        assert not [word for word in SECRETS if word in answer.text and word not in said]
    if otherwise and not case.says:
        return  # what is allowed without the gateway: no twin
    who, does = case.allowed
    allowed = gateway.ask(who, does)
    assert allowed.accepted, f"{who.user} is refused: {allowed.message}"


def test_every_difference_of_the_gateway_is_one() -> None:
    assert OTHERWISE.keys() <= {case.sentence for case in THROUGH}


def test_every_case_has_a_sentence_of_its_own() -> None:
    sentences = [case.sentence for case in CASES]
    assert len(set(sentences)) == len(sentences)
    assert len(CASES) >= 200
