"""`rise project` against the whole platform: every option, and every way to be refused."""

import json

import pytest
from fixtures.people import Shell, names

pytestmark = pytest.mark.e2e


def test_created_with_every_option_and_shown(alice: Shell, prefix: str) -> None:
    created = alice.json(
        *("rise", "project", "create", prefix, "--owner", "user:Alice@Example.com"),
        *("--description", "Brot & Kuchen 面包", "--source-url", "https://git.test/shop"),
        *("--member", "Carol@Example.com=viewer", "--member", "team:guests=developer"),
        *("--registry", "local", "--timeout", "2m", "-o", "json"),
    )
    assert created["ready"] is True
    expected = {
        "name": prefix,
        "owner": {"user": "alice@example.com"},
        "description": "Brot & Kuchen 面包",
        "sourceUrl": "https://git.test/shop",
        "members": [
            {"user": "carol@example.com", "role": "viewer"},
            {"team": "guests", "role": "developer"},
        ],
        "registry": "local",
        "namespace": f"rise-{prefix}",
        "deletionPolicy": "Delete",
        "deletionProtection": False,
        "suspended": False,
        "transferTo": None,
    }
    assert {key: created[key] for key in expected} == expected
    shown = alice.rise("project", "show", prefix)
    assert "Brot & Kuchen 面包" in shown
    assert "carol@example.com (viewer), team:guests (developer)" in shown
    assert "AccessSynced" in shown
    assert alice.rise("project", "show", prefix, "-o", "name") == f"{prefix}\n"
    assert f"name: {prefix}\n" in alice.rise("project", "show", prefix, "-o", "yaml")


def test_listed_in_every_format_and_searched(alice: Shell, prefix: str) -> None:
    alice.rise("project", "create", f"{prefix}-a", "--description", f"cakes {prefix}")
    alice.rise("project", "create", f"{prefix}-b")

    assert alice.rise("project", "list", "--search", prefix, "-o", "name").split() == [
        f"{prefix}-a",
        f"{prefix}-b",
    ]
    assert alice.rise("project", "list", "--search", f"CAKES {prefix}", "-o", "name").split() == [
        f"{prefix}-a"
    ]
    listed = alice.json(
        "rise", "project", "list", "--owner", "user:alice@example.com", "-o", "json"
    )
    assert {f"{prefix}-a", f"{prefix}-b"} <= names(listed)
    assert alice.json("rise", "project", "list", "--owner", "team:nobody", "-o", "json") == []
    assert f"- name: {prefix}-a\n" in alice.rise("project", "list", "-o", "yaml")
    table = alice.rise("project", "list", "--search", prefix).splitlines()
    assert table[0].split() == ["NAME", "OWNER", "READY", "DESCRIPTION"]
    assert table[2].split() == [f"{prefix}-b", "user:alice@example.com", "True"]
    assert "matches" in alice.rise("project", "list", "--search", f"{prefix}-none")


def test_edited_with_every_option(alice: Shell, prefix: str) -> None:
    alice.rise("project", "create", prefix, "--source-url", "https://git.test/shop")
    said = alice.rise(
        *("project", "edit", prefix, "--description", "bread", "--source-url", ""),
        *("--add-member", "carol@example.com=viewer", "--deletion-policy", "Orphan", "--protect"),
    )
    assert said == f"project/{prefix} changed\nproject/{prefix} is ready\n"
    shown = alice.json("rise", "project", "show", prefix, "-o", "json")
    assert (shown["description"], shown["sourceUrl"]) == ("bread", None)
    assert (shown["deletionPolicy"], shown["deletionProtection"]) == ("Orphan", True)
    assert shown["members"] == [{"user": "carol@example.com", "role": "viewer"}]

    alice.rise("project", "edit", prefix, "--add-member", "carol@example.com=developer")
    shown = alice.json("rise", "project", "show", prefix, "-o", "json")
    assert shown["members"] == [{"user": "carol@example.com", "role": "developer"}]

    assert "protected" in alice.rise("project", "delete", prefix, "--yes", exit_code=5)
    alice.rise(
        *("project", "edit", prefix, "--unprotect", "--remove-member", "carol@example.com"),
        *("--deletion-policy", "Delete", "--description", ""),
    )
    shown = alice.json("rise", "project", "show", prefix, "-o", "json")
    assert (shown["members"], shown["description"]) == ([], "")
    assert alice.rise("project", "delete", prefix, "--yes") == f"project/{prefix} deleted\n"


def test_suspended_is_what_was_asked_for(alice: Shell, prefix: str) -> None:
    alice.rise("project", "create", prefix)
    said = alice.rise("project", "edit", prefix, "--suspend")
    assert said.splitlines()[-1] == f"project/{prefix} is suspended"
    assert "False (Suspended)" in alice.rise("project", "list", "--search", prefix)
    said = alice.rise("project", "edit", prefix, "--resume")
    assert said.splitlines()[-1] == f"project/{prefix} is ready"


def test_a_project_is_handed_over(alice: Shell, bob: Shell, prefix: str) -> None:
    alice.rise("project", "create", prefix)
    assert "that you may see" in bob.rise("project", "edit", prefix, "--accept", exit_code=3)
    assert "not offered to you" in alice.rise("project", "edit", prefix, "--accept", exit_code=5)

    alice.rise("project", "edit", prefix, "--offer-to", "Bob@Example.com")
    bob.until(
        lambda: prefix in bob.rise("project", "list", "-o", "name").split(),
        "bob sees what is offered to him",
    )
    alice.rise("project", "edit", prefix, "--withdraw-offer")
    bob.until(
        lambda: prefix not in bob.rise("project", "list", "-o", "name").split(),
        "bob does not see what is offered to nobody",
    )

    alice.rise("project", "edit", prefix, "--offer-to", "bob@example.com")
    assert bob.rise("project", "edit", prefix, "--accept").endswith("is ready\n")
    shown = bob.json("rise", "project", "show", prefix, "-o", "json")
    assert (shown["owner"], shown["transferTo"]) == ({"user": "bob@example.com"}, None)
    alice.rise("project", "show", prefix, exit_code=3)
    bob.rise("project", "delete", prefix, "--yes")


def test_a_team_takes_a_project_and_gives_it_back(alice: Shell, carol: Shell, prefix: str) -> None:
    alice.rise("team", "create", prefix, "--members", "carol@example.com")
    alice.rise("project", "create", prefix)
    carol.rise("project", "show", prefix, exit_code=3)
    alice.rise("project", "edit", prefix, "--owner", f"team:{prefix}")
    assert carol.json("rise", "project", "show", prefix, "-o", "json")["owner"] == {"team": prefix}
    assert names(
        carol.json("rise", "project", "list", "--owner", f"team:{prefix}", "-o", "json")
    ) == {prefix}
    assert carol.rise("project", "edit", prefix, "--owner", "user:carol@example.com", exit_code=5)
    alice.rise("project", "edit", prefix, "--owner", "user:alice@example.com")
    carol.rise("project", "show", prefix, exit_code=3)


def test_nothing_is_waited_for(alice: Shell, prefix: str) -> None:
    assert alice.rise("project", "create", prefix, "--no-wait") == f"project/{prefix} created\n"
    said = alice.rise("project", "delete", prefix, "--yes", "--no-wait")
    assert said == f"project/{prefix} is being deleted\n"
    alice.until(
        lambda: alice.run("rise", "project", "show", prefix, exit_code=None).returncode == 3,
        "the project goes by itself",
    )


def test_out_of_time_it_goes_on_by_itself(alice: Shell, prefix: str) -> None:
    alice.rise("project", "create", prefix)
    said = alice.rise("project", "delete", prefix, "--yes", "--timeout", "0s", exit_code=7)
    assert f"rise project show {prefix}" in said
    alice.kubectl("wait", "--for=delete", f"project/{prefix}", "--timeout=60s")


def test_what_needs_somebody_to_act_is_not_waited_for(alice: Shell, prefix: str) -> None:
    said = alice.rise("project", "create", prefix, "--registry", "nowhere", exit_code=8)
    assert "registry nowhere is not configured" in said
    assert said.rstrip().endswith("See: rise explain RegistryUnknown")
    alice.rise("explain", "RegistryUnknown")
    alice.rise("project", "delete", prefix, "--yes")


def test_without_a_terminal_nothing_is_deleted(alice: Shell, prefix: str) -> None:
    alice.rise("project", "create", prefix)
    assert "--yes" in alice.rise("project", "delete", prefix, stdin="y\n", exit_code=2)
    alice.rise("project", "show", prefix)


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(["show"], id="show"),
        pytest.param(["edit", "--description", "x"], id="edit"),
        pytest.param(["delete", "--yes"], id="delete"),
    ],
)
def test_a_foreign_project_looks_like_none(
    command: list[str], alice: Shell, mallory: Shell, prefix: str
) -> None:
    alice.rise("project", "create", prefix)
    verb, *options = command
    foreign = mallory.rise("project", verb, prefix, *options, exit_code=3)
    unknown = mallory.rise("project", verb, f"{prefix}-none", *options, exit_code=3)
    assert foreign.replace(prefix, "NAME") == unknown.replace(f"{prefix}-none", "NAME")
    assert len(foreign.splitlines()) == 1
    alice.rise("project", "show", prefix)


def test_a_taken_name_is_a_conflict(alice: Shell, prefix: str) -> None:
    alice.rise("project", "create", prefix)
    said = alice.rise("project", "create", prefix, exit_code=6)
    assert f"project {prefix} exists already" in said


def test_who_may_look_may_not_change(alice: Shell, carol: Shell, prefix: str) -> None:
    alice.rise("project", "create", prefix, "--member", "carol@example.com=viewer")
    carol.rise("project", "show", prefix)
    for command in (["edit", prefix, "--description", "mine"], ["delete", prefix, "--yes"]):
        said = carol.rise("project", *command, exit_code=5)
        assert said.startswith("error: you may not ")
        assert said.endswith(f" project {prefix}: ask its owner\n")
    assert alice.json("rise", "project", "show", prefix, "-o", "json")["description"] == ""


@pytest.mark.parametrize(
    ("options", "code", "says"),
    [
        pytest.param(["--owner", "user:bob@example.com"], 5, "owned by yourself", id="for bob"),
        pytest.param(["--owner", "team:no-such-team"], 5, "no-such-team", id="for no team"),
        pytest.param(["--source-url", "ftp://x"], 2, "spec.sourceUrl", id="no https address"),
        pytest.param(["--description", "x" * 1025], 2, "spec.description", id="too much to say"),
        pytest.param(["--registry", "No Registry"], 2, "spec.registry", id="no registry's name"),
        pytest.param(["--member", "team:No=viewer"], 2, "spec.members", id="no team's name"),
        pytest.param(["--owner", "user:a@b"], 2, "spec.owner.user", id="no address"),
    ],
)
def test_a_refused_creation_leaves_nothing(
    options: list[str], code: int, says: str, alice: Shell, prefix: str
) -> None:
    said = alice.rise("project", "create", prefix, *options, exit_code=code)
    assert says in said
    assert len(said.splitlines()) == 1
    alice.rise("project", "show", prefix, exit_code=3)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        pytest.param("{}" + "x" * 40, "at most 40", id="too long"),
        pytest.param("{}--x", "--", id="two hyphens"),
        pytest.param("1{}", "name", id="a digit first"),
        pytest.param("kube-{}", "reserved", id="reserved"),
    ],
)
def test_a_name_that_no_project_may_have(name: str, says: str, alice: Shell, prefix: str) -> None:
    said = alice.rise("project", "create", name.format(prefix), exit_code=2)
    assert says in said
    assert len(said.splitlines()) == 1


def test_two_edits_at_once_both_count(alice: Shell, prefix: str) -> None:
    alice.rise("project", "create", prefix)
    add = ("rise", "project", "edit", prefix, "--no-wait", "--add-member")
    people = [f"p{number}@example.com" for number in range(4)]
    script = " & ".join(f"{' '.join(add)} {email}=viewer" for email in people)
    alice.run("sh", "-c", f"{script} & wait")
    shown = json.loads(alice.run("rise", "project", "show", prefix, "-o", "json").stdout)
    assert {member["user"] for member in shown["members"]} == set(people)
