"""The table for Team."""

from manifests import addresses, names
from manifests.case import Case, listed, manifest

ALICE = "owners: [alice@example.com]"


def _case(it: str, spec: str, fault: str = "") -> Case:
    return Case(it, manifest("Team", "agreed", spec), fault)


def _of_alice(it: str, field: str, fault: str = "") -> Case:
    return _case(it, f"{ALICE}\n{field}", fault)


def _people(count: int) -> list[str]:
    return [f"u{n}@example.com" for n in range(count)]


PEOPLE = [
    _case("one owner", ALICE),
    _case("fifty owners", listed("owners", _people(50))),
    _case("51 owners", listed("owners", _people(51)), "spec.owners"),
    _case("no owner", "members: [alice@example.com]", "spec.owners"),
    _case("an empty list of owners", "owners: []", "spec.owners"),
    _case("null for owners", "owners: null", "spec.owners"),
    _case("an owner twice", "owners: [a@example.com, b@example.com, a@example.com]", "spec.owners"),
    _case("an owner as text", "owners: alice@example.com", "spec.owners"),
    _case("an owner as in a project", "owners: [{user: alice@example.com}]", "spec.owners[0]"),
    _case("a null among the owners", "owners: [alice@example.com, null]", "spec.owners[1]"),
    _case("a project's word", "owner: {user: alice@example.com}", "spec.owner"),
    *[_case(f"an owner: {it}", f"owners: [{who}]") for it, who in addresses.GOOD],
    *[_case(f"no owner: {it}", f"owners: [{who}]", "spec.owners[0]") for it, who in addresses.BAD],
    _of_alice("a member", "members: [bob@example.com]"),
    _of_alice("an owner who is a member too", "members: [alice@example.com]"),
    _of_alice("nobody is a member", "members: []"),
    _of_alice("null for members is nobody", "members: null"),
    _of_alice("five hundred members", listed("members", _people(500))),
    _of_alice("501 members", listed("members", _people(501)), "spec.members"),
    _of_alice("a member twice", "members: [b@example.com, b@example.com]", "spec.members"),
    _of_alice("a member with a role", "members: [{user: b@e.com, role: x}]", "spec.members[0]"),
    _of_alice("the third is wrong", "members: [b@e.com, c@e.com, D@e.com]", "spec.members[2]"),
    *[
        _of_alice(f"no member: {it}", f"members: [{who}]", "spec.members[0]")
        for it, who in addresses.BAD
    ],
]
REST = [
    _of_alice("a group", "idpGroup: eng"),
    _of_alice("a group as directories name them", "idpGroup: 'CN=Tee & Söhne,OU=Läden'"),
    _of_alice("a group of 253 characters", f"idpGroup: {'g' * 253}"),
    _of_alice("an empty group is none", 'idpGroup: ""'),
    _of_alice("a null group is none", "idpGroup: null"),
    _of_alice("a group of 254 characters", f"idpGroup: {'g' * 254}", "spec.idpGroup"),
    _of_alice("a group that is a number", "idpGroup: 100", "spec.idpGroup"),
    _of_alice("several groups", "idpGroup: [eng, ops]", "spec.idpGroup"),
    _of_alice("a group in snake case", "idp_group: eng", "spec.idp_group"),
    _of_alice("a description", "description: Engineering"),
    _of_alice("1024 characters", f"description: {'ß' * 1024}"),
    _of_alice("1025 characters", f"description: {'ß' * 1025}", "spec.description"),
    _of_alice("a description that is a mapping", "description: {a: b}", "spec.description"),
    _of_alice("an unknown field", "parent: company", "spec.parent"),
]
EVERYTHING = _case(
    "every field at once",
    """\
owners: [alice@example.com, bob@example.com]
members: [carol@example.com]
idpGroup: engineering
description: Tea""",
)
TEAMS = [
    EVERYTHING,
    *PEOPLE,
    *REST,
    *names.cases("Team", ALICE),
    *names.envelopes("Team", ALICE),
]
