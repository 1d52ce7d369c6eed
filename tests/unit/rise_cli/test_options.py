"""What people write for owners, members, names and times, and what becomes of it."""

from collections.abc import Callable

import pytest

from rise_cli import options


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        pytest.param("90s", 90.0, id="seconds"),
        pytest.param("2m", 120.0, id="minutes"),
        pytest.param("1h", 3600.0, id="hours"),
        pytest.param("45", 45.0, id="a bare number is seconds"),
        pytest.param("0s", 0.0, id="no time at all"),
    ],
)
def test_a_duration_is_seconds(text: str, seconds: float) -> None:
    assert options.duration(text) == seconds


@pytest.mark.parametrize(
    ("text", "owner"),
    [
        pytest.param("team:core", {"team": "core"}, id="a team"),
        pytest.param("user:bob@example.com", {"user": "bob@example.com"}, id="a person"),
        pytest.param("user:Bob@Example.com", {"user": "bob@example.com"}, id="in lower case"),
    ],
)
def test_an_owner_is_a_person_or_a_team(text: str, owner: dict[str, str]) -> None:
    assert options.owner(text) == owner


@pytest.mark.parametrize(
    ("text", "member"),
    [
        pytest.param(
            "carol@example.com=viewer",
            {"user": "carol@example.com", "role": "viewer"},
            id="a person",
        ),
        pytest.param(
            "user:Carol@Example.com=developer",
            {"user": "carol@example.com", "role": "developer"},
            id="a person with the kind before it",
        ),
        pytest.param("team:core=viewer", {"team": "core", "role": "viewer"}, id="a team"),
        pytest.param(
            "a=b@example.com=viewer",
            {"user": "a=b@example.com", "role": "viewer"},
            id="an address may hold an equals sign",
        ),
    ],
)
def test_a_member_is_somebody_with_a_role(text: str, member: dict[str, str]) -> None:
    assert options.member(text) == member


def test_people_stand_between_commas() -> None:
    assert options.people("Bob@Example.com, carol@example.com,") == [
        "bob@example.com",
        "carol@example.com",
    ]


@pytest.mark.parametrize(
    ("parse", "text", "says"),
    [
        pytest.param(options.duration, "1.5m", "90s, 2m or 1h", id="a fraction"),
        pytest.param(options.duration, "-1s", "90s, 2m or 1h", id="a negative time"),
        pytest.param(options.duration, "soon", "90s, 2m or 1h", id="a word for a time"),
        pytest.param(options.duration, "9" * 400, "90s, 2m or 1h", id="no float is that long"),
        pytest.param(options.duration, "٣s", "90s, 2m or 1h", id="digits of another script"),
        pytest.param(options.owner, "bob@example.com", "user:EMAIL", id="an owner without kind"),
        pytest.param(options.owner, "group:eng", "team:NAME", id="an unknown kind of owner"),
        pytest.param(options.owner, "team:", "team:NAME", id="a team without name"),
        pytest.param(options.owner, ":core", "team:NAME", id="an owner without a word before it"),
        pytest.param(options.owner, "user:bob", "e-mail address", id="an owner without @"),
        pytest.param(options.member, "bob@example.com", "=viewer", id="a member without role"),
        pytest.param(options.member, "=viewer", "EMAIL=viewer", id="a role without member"),
        pytest.param(options.member, "a@b.c=admin", "=developer", id="an unknown role"),
        pytest.param(options.member, "group:eng=viewer", "team:NAME", id="an unknown kind"),
        pytest.param(
            options.person, "@example.com", "e-mail address", id="an address without name"
        ),
        pytest.param(options.person, "bob@", "e-mail address", id="an address without host"),
        pytest.param(options.people, ",", "no e-mail address", id="nothing between commas"),
        pytest.param(options.name, "", "is no name", id="an empty name would be the whole list"),
        pytest.param(options.name, "..", "is no name", id="dots would be another address"),
        pytest.param(options.name, "a/../b", "is no name", id="so would a slash"),
        pytest.param(options.name, "Shop", "lower-case", id="a name in capital letters"),
        pytest.param(options.name, "bäckerei", "is no name", id="a name beyond ASCII"),
        pytest.param(options.name, "-x", "is no name", id="a name that looks like an option"),
        pytest.param(options.name, "a" * 254, "is no name", id="a name that no object can have"),
    ],
)
def test_a_refusal_quotes_what_was_written_and_says_what_to_write(
    parse: Callable[[str], object], text: str, says: str
) -> None:
    with pytest.raises(ValueError, match="'") as raised:
        parse(text)
    said = str(raised.value)
    assert says in said
    quoted = said.split("'")[1]
    assert quoted in text
    assert quoted or not text
