"""What `edit` sends: a merge patch (RFC 7396) of what is named, and of nothing else."""

from typing import Any

import pytest

from rise_cli.commands import project, team, transfer
from rise_cli.errors import DeniedError, NotFoundError

ME = "alice@example.com"
BOB = {"user": "bob@example.com", "role": "viewer"}
CORE = {"team": "core", "role": "viewer"}
SPEC: dict[str, Any] = {
    "owner": {"user": ME},
    "description": "bread",
    "members": [BOB, CORE],
    "transferTo": {"user": ME},
}
NOTHING: dict[str, Any] = {
    "description": None,
    "source_url": None,
    "deletion_policy": None,
    "suspend": None,
    "deletion_protection": None,
    "owner_": None,
    "offer_to": None,
    "withdraw_offer": False,
    "accept": False,
    "added": (),
    "removed": (),
}


@pytest.mark.parametrize(
    ("asked", "patch"),
    [
        pytest.param({"description": "cakes"}, {"description": "cakes"}, id="a text"),
        pytest.param({"description": ""}, {"description": None}, id="an empty text removes it"),
        pytest.param(
            {"source_url": "https://x.test/y"},
            {"sourceUrl": "https://x.test/y"},
            id="the spec's own spelling",
        ),
        pytest.param({"suspend": True}, {"suspend": True}, id="suspend"),
        pytest.param({"suspend": False}, {"suspend": False}, id="resume is no absence"),
        pytest.param({"deletion_protection": False}, {"deletionProtection": False}, id="unprotect"),
        pytest.param({"deletion_policy": "Orphan"}, {"deletionPolicy": "Orphan"}, id="policy"),
        pytest.param(
            {"owner_": {"team": "core"}},
            {"owner": {"user": None, "team": "core"}},
            id="a team in place of a person",
        ),
        pytest.param(
            {"owner_": {"user": ME}},
            {"owner": {"user": ME, "team": None}},
            id="a person in place of a team",
        ),
        pytest.param(
            {"offer_to": "bob@example.com"},
            {"transferTo": {"user": "bob@example.com"}},
            id="an offer",
        ),
        pytest.param({"withdraw_offer": True}, {"transferTo": None}, id="no offer any more"),
        pytest.param(
            {"accept": True},
            {"owner": {"user": ME, "team": None}, "transferTo": None},
            id="accepting touches owner and offer alone",
        ),
        pytest.param(
            {"added": ({"user": "carol@example.com", "role": "developer"},)},
            {"members": [BOB, CORE, {"user": "carol@example.com", "role": "developer"}]},
            id="one member more",
        ),
        pytest.param(
            {"added": ({"user": "bob@example.com", "role": "developer"},)},
            {"members": [CORE, {"user": "bob@example.com", "role": "developer"}]},
            id="another role replaces the last one",
        ),
        pytest.param(
            {"added": (BOB, {**BOB, "role": "developer"})},
            {"members": [CORE, {**BOB, "role": "developer"}]},
            id="of two roles for one person the last counts",
        ),
        pytest.param({"removed": ({"team": "core"},)}, {"members": [BOB]}, id="one member less"),
        pytest.param(
            {"removed": ({"user": "bob@example.com"}, {"team": "core"})},
            {"members": []},
            id="no members any more",
        ),
    ],
)
def test_a_project_is_patched(asked: dict[str, Any], patch: dict[str, Any]) -> None:
    assert project.patch_of(SPEC, ME, {**NOTHING, **asked}) == patch


def test_a_person_is_not_taken_for_a_team_of_that_name() -> None:
    spec = {"members": [{"team": "bob@example.com", "role": "viewer"}]}
    with pytest.raises(NotFoundError, match=r"bob@example[.]com is no member"):
        project.patch_of(spec, ME, {**NOTHING, "removed": ({"user": "bob@example.com"},)})


@pytest.mark.parametrize(
    "offer",
    [
        pytest.param({}, id="nobody has offered it"),
        pytest.param({"transferTo": {"user": "bob@example.com"}}, id="it is offered to bob"),
        pytest.param({"transferTo": None}, id="the offer was taken back"),
    ],
)
def test_only_an_offer_is_accepted(offer: dict[str, Any]) -> None:
    spec = {"owner": {"team": "core"}, **offer}
    with pytest.raises(DeniedError, match="not offered to you"):
        project.patch_of(spec, ME, {**NOTHING, "accept": True})


TEAM: dict[str, Any] = {"owners": [ME, "bob@example.com"], "members": ["carol@example.com"]}
UNCHANGED: dict[str, Any] = {
    "description": None,
    "add_owner": (),
    "remove_owner": (),
    "add_member": (),
    "remove_member": (),
}


@pytest.mark.parametrize(
    ("asked", "patch"),
    [
        pytest.param({"description": ""}, {"description": None}, id="an empty text removes it"),
        pytest.param(
            {"add_owner": ("dave@example.com",), "remove_owner": ("bob@example.com",)},
            {"owners": [ME, "dave@example.com"]},
            id="an owner for an owner",
        ),
        pytest.param(
            {"add_member": ("carol@example.com", "dave@example.com")},
            {"members": ["carol@example.com", "dave@example.com"]},
            id="nobody stands there twice",
        ),
        pytest.param({"remove_member": ("carol@example.com",)}, {"members": []}, id="no members"),
    ],
)
def test_a_team_is_patched(asked: dict[str, Any], patch: dict[str, Any]) -> None:
    assert team.patch_of(TEAM, {**UNCHANGED, **asked}) == patch


@pytest.mark.parametrize("role", ["owner", "member"])
def test_who_is_not_in_the_team_cannot_be_removed(role: str) -> None:
    with pytest.raises(NotFoundError, match=f"eve@example.com is no {role}"):
        team.patch_of(TEAM, {**UNCHANGED, f"remove_{role}": ("eve@example.com",)})


@pytest.mark.parametrize(
    ("owner", "to", "patch"),
    [
        pytest.param(
            {"user": ME}, {"user": "bob@example.com"},
            {"transferTo": {"user": "bob@example.com"}}, id="to somebody else: an offer",
        ),
        pytest.param(
            {"user": ME}, {"team": "core"},
            {"owner": {"user": None, "team": "core"}, "transferTo": None}, id="to a team: at once",
        ),
        pytest.param(
            {"team": "core"}, {"user": ME},
            {"owner": {"user": ME, "team": None}, "transferTo": None}, id="out of a team",
        ),
        pytest.param(
            {"user": ME}, {"user": ME}, {"transferTo": None}, id="to oneself: no offer any more"
        ),
    ],
)  # fmt: skip
def test_a_project_is_handed_over(
    owner: dict[str, str], to: dict[str, str], patch: dict[str, Any]
) -> None:
    assert transfer.moved({"owner": owner}, to, ME) == patch
