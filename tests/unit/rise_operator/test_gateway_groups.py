"""Which groups of the identity provider the gateway may impersonate."""

from fixtures.golden import Golden

from rise_operator.gateway_groups import desired
from rise_operator.team.facts import TeamFacts


def _team(name: str, group: str | None, *, terminating: bool = False) -> TeamFacts:
    return TeamFacts(name, f"uid-of-{name}", idp_group=group, terminating=terminating)


def test_the_groups_that_teams_name(golden: Golden) -> None:
    teams = [_team("ops", "ops"), _team("eng", "eng"), _team("web", None), _team("dev", "eng")]
    golden("operator/gateway-groups", desired(teams))


def test_without_a_group_there_is_no_role() -> None:
    assert desired([]) == []
    assert desired([_team("web", None), _team("app", "")]) == []


def test_a_terminating_team_counts_until_it_is_gone() -> None:
    assert desired([_team("eng", "eng", terminating=True)]) != []


def test_the_order_of_teams_does_not_matter() -> None:
    teams = [_team("b", "b"), _team("a", "a"), _team("c", "a")]
    assert desired(teams) == desired(reversed(teams))
