"""`rise team` against the whole platform."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from fixtures.people import Shell, names

pytestmark = pytest.mark.e2e


def test_created_listed_edited_and_deleted(alice: Shell, carol: Shell, prefix: str) -> None:
    created = alice.json(
        *("rise", "team", "create", prefix, "--owners", "Alice@Example.com,dave@example.com"),
        *("--members", "carol@example.com, erin@example.com", "--description", "Kuchen"),
        *("-o", "json"),
    )
    assert created["owners"] == ["alice@example.com", "dave@example.com"]
    assert created["members"] == ["carol@example.com", "erin@example.com"]
    assert (created["ready"], created["description"]) == (True, "Kuchen")

    assert prefix in names(carol.json("rise", "team", "list", "-o", "json"))
    assert prefix in carol.rise("team", "list", "-o", "name").split()
    table = carol.rise("team", "list").splitlines()
    assert table[0].split() == ["NAME", "OWNERS", "MEMBERS", "READY", "DESCRIPTION"]
    assert "alice@example.com, dave@example.com" in carol.rise("team", "show", prefix)

    said = alice.rise(
        *("team", "edit", prefix, "--add-owner", "bob@example.com"),
        *("--remove-owner", "dave@example.com", "--add-member", "frank@example.com"),
        *("--remove-member", "erin@example.com", "--description", ""),
    )
    assert said == f"team/{prefix} changed\nteam/{prefix} is ready\n"
    shown = alice.json("rise", "team", "show", prefix, "-o", "json")
    assert shown["owners"] == ["alice@example.com", "bob@example.com"]
    assert shown["members"] == ["carol@example.com", "frank@example.com"]
    assert shown["description"] == ""

    assert "no member" in alice.rise(
        *("team", "edit", prefix, "--remove-member", "erin@example.com"), exit_code=3
    )
    carol.rise("team", "edit", prefix, "--description", "mine", exit_code=5)
    carol.rise("team", "delete", prefix, "--yes", exit_code=5)
    assert "--yes" in alice.rise("team", "delete", prefix, exit_code=2)
    assert alice.rise("team", "delete", prefix, "--yes") == f"team/{prefix} deleted\n"
    alice.rise("team", "show", prefix, exit_code=3)


def test_a_team_with_projects_says_what_it_waits_for(alice: Shell, prefix: str) -> None:
    alice.rise("team", "create", prefix)
    alice.rise("project", "create", f"{prefix}-p", "--owner", f"team:{prefix}")
    said = alice.rise("team", "delete", prefix, "--yes", exit_code=8)
    assert f"{prefix}-p" in said
    assert said.rstrip().endswith("See: rise explain ProjectsRemain")
    assert "Terminating" in alice.rise("team", "list")
    alice.rise("project", "delete", f"{prefix}-p", "--yes")
    alice.until(
        lambda: alice.run("rise", "team", "show", prefix, exit_code=None).returncode == 3,
        "the team goes by itself",
    )


def test_whom_two_people_add_at_once_both_stay(alice: Shell, bob: Shell, prefix: str) -> None:
    alice.rise("team", "create", prefix, "--owners", "alice@example.com,bob@example.com")
    alice.rise("project", "create", f"{prefix}-p", "--owner", f"team:{prefix}")
    asked = [
        (person, kind, name, f"{newcomer}@example.com{role}")
        for kind, name, role in (("team", prefix, ""), ("project", f"{prefix}-p", "=viewer"))
        for person, newcomer in ((alice, "carol"), (bob, "dave"))
    ]

    def add(each: tuple[Shell, str, str, str]) -> str:
        person, kind, name, who = each
        return person.rise(kind, "members", name, "add", who)

    with ThreadPoolExecutor(len(asked)) as at_once:
        said = list(at_once.map(add, asked))
    assert all("changed" in each for each in said)

    both = (f"team/{prefix}", f"project/{prefix}-p")
    of_team, of_project = (
        each["spec"]["members"]
        for each in alice.json("kubectl", "get", *both, "-o", "json")["items"]
    )
    assert sorted(of_team) == ["carol@example.com", "dave@example.com"]
    assert sorted(each["user"] for each in of_project) == ["carol@example.com", "dave@example.com"]


def test_who_leaves_a_team_has_still_left(alice: Shell, prefix: str) -> None:
    alice.rise("team", "create", prefix, "--owners", "alice@example.com,bob@example.com")
    said = alice.rise("team", "edit", prefix, "--remove-owner", "alice@example.com")
    assert said.startswith(f"team/{prefix} changed\n")
    alice.until(
        lambda: alice.run("rise", "team", "show", prefix, exit_code=None).returncode == 3,
        "alice does not see the team any more",
    )


@pytest.mark.parametrize(
    ("options", "code", "says"),
    [
        pytest.param(["--owners", "bob@example.com"], 5, "one of its owners", id="for bob"),
        pytest.param(["--members", "a@b"], 2, "spec.members", id="no address"),
        pytest.param(["--members", "carol"], 2, "'carol' is no e-mail address", id="no @"),
    ],
)
def test_a_refused_creation_leaves_nothing(
    options: list[str], code: int, says: str, alice: Shell, prefix: str
) -> None:
    said = alice.rise("team", "create", prefix, *options, exit_code=code)
    assert says in said
    assert len(said.splitlines()) == 1
    alice.rise("team", "show", prefix, exit_code=3)


def test_a_team_needs_an_owner(alice: Shell, prefix: str) -> None:
    alice.rise("team", "create", prefix)
    said = alice.rise("team", "edit", prefix, "--remove-owner", "alice@example.com", exit_code=2)
    assert "owner" in said
    assert len(said.splitlines()) == 1
