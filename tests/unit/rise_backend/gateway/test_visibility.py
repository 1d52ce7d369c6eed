"""Who sees what: a table of sentences, and a long random life held against the plain rule."""

import random

import pytest

from rise_backend.gateway.visibility import (
    ProjectReaders,
    TeamReaders,
    TeamSeen,
    Visibility,
)


def project(*users: str, teams: tuple[TeamSeen, ...] = ()) -> ProjectReaders:
    return ProjectReaders(frozenset(users), frozenset(teams))


def team(*users: str, uid: str = "t1", group: str | None = None) -> TeamReaders:
    return TeamReaders(uid, frozenset(users), group)


@pytest.fixture
def visibility() -> Visibility:
    index = Visibility()
    index.set_project("own", project("alice"))
    index.set_project("teams", project(teams=(TeamSeen("core"),)))
    index.set_project("recorded", project(teams=(TeamSeen("core", "t1"),)))
    index.set_project("replaced", project(teams=(TeamSeen("core", "t0"),)))
    index.set_project("orphan", project(teams=(TeamSeen("gone"),)))
    index.set_team("core", team("bob", group="eng"))
    return index


@pytest.mark.parametrize(
    ("user", "groups", "projects", "teams"),
    [
        pytest.param("alice", (), {"own"}, set[str](), id="an owner"),
        pytest.param("bob", (), {"teams", "recorded"}, {"core"}, id="somebody of the team"),
        pytest.param("carol", ("eng",), {"teams", "recorded"}, {"core"}, id="of its group"),
        pytest.param("carol", ("ops",), set[str](), set[str](), id="of another group"),
        pytest.param("mallory", (), set[str](), set[str](), id="a stranger"),
        pytest.param("core", (), set[str](), set[str](), id="a person called like the team"),
    ],
)
def test_what_a_person_sees(
    visibility: Visibility, user: str, groups: tuple[str, ...], projects: set[str], teams: set[str]
) -> None:
    assert visibility.projects(user, groups) == projects
    assert visibility.teams(user, groups) == teams
    everything = ("own", "teams", "recorded", "replaced", "orphan")
    assert {name for name in everything if visibility.sees_project(name, user, groups)} == projects
    assert visibility.sees_team("core", user, groups) is (teams == {"core"})


def test_a_member_who_leaves_sees_nothing_any_more(visibility: Visibility) -> None:
    assert visibility.set_team("core", team(group="eng"))
    assert visibility.projects("bob", ()) == set()


def test_a_team_of_the_same_name_inherits_nothing_recorded(visibility: Visibility) -> None:
    visibility.set_team("core", None)
    visibility.set_team("core", team("mallory", uid="t2"))
    assert visibility.projects("mallory", ()) == {"teams"}


def test_a_team_without_a_group_is_nobodys_group() -> None:
    index = Visibility()
    index.set_team("core", team("bob"))
    assert not index.sees_team("core", "mallory", ())
    assert not index.knows_group("")


def test_groups_that_some_team_names(visibility: Visibility) -> None:
    assert visibility.knows_group("eng")
    visibility.set_team("core", team("bob"))
    assert not visibility.knows_group("eng")


def test_a_change_that_changes_nobodys_sight_is_told_apart(visibility: Visibility) -> None:
    assert not visibility.set_team("core", team("bob", group="eng"))


@pytest.mark.parametrize("seed", range(20))
def test_a_random_life(seed: int) -> None:
    """Do anything in any order: the index says what the plain rule says of the present state."""
    chance = random.Random(seed)
    index = Visibility()
    projects: dict[str, ProjectReaders] = {}
    teams: dict[str, TeamReaders] = {}
    users, groups = ["a", "b", "c"], ["g", "h"]
    for _ in range(300):
        name = chance.choice("xyz")
        if chance.random() < 0.5:
            uid = chance.choice([None, "1", "2"])
            seen = [TeamSeen(one, uid) for one in chance.sample("xyz", chance.randint(0, 2))]
            readers = project(*chance.sample(users, chance.randint(0, 2)), teams=tuple(seen))
            change = None if chance.random() < 0.3 else readers
            projects = {k: v for k, v in projects.items() if k != name} | (
                {name: change} if change else {}
            )
            index.set_project(name, change)
        else:
            people = chance.sample(users, chance.randint(0, 2))
            now = team(*people, uid=chance.choice("12"), group=chance.choice([None, *groups]))
            after = None if chance.random() < 0.3 else now
            teams = {k: v for k, v in teams.items() if k != name} | ({name: after} if after else {})
            index.set_team(name, after)
        user, member = chance.choice(users), tuple(chance.sample(groups, chance.randint(0, 2)))
        in_teams = {n for n, t in teams.items() if user in t.users or t.group in member}
        expected = {
            n
            for n, p in projects.items()
            if user in p.users
            or any(s.name in in_teams and s.uid in {None, teams[s.name].uid} for s in p.teams)
        }
        assert index.teams(user, member) == in_teams
        assert index.projects(user, member) == expected
        assert {n for n in "xyz" if index.sees_project(n, user, member)} == expected
