"""The table for Project."""

from manifests import addresses, names
from manifests.case import Case, listed, manifest

ALICE = "owner: {user: alice@example.com}"
ONE_OWNER = "owner is exactly one of user and team"
ONE_MEMBER = "a member is exactly one of user and team"


def _case(it: str, spec: str, fault: str = "") -> Case:
    return Case(it, manifest("Project", "agreed", spec), fault)


def _of_alice(it: str, field: str, fault: str = "") -> Case:
    return _case(it, f"{ALICE}\n{field}", fault)


OWNERS = [
    _case("a person owns it", ALICE),
    _case("a team owns it", "owner: {team: eng}"),
    _case("a null team beside a person is absent", "owner: {user: alice@example.com, team: null}"),
    _case("a person and a team", "owner: {user: alice@example.com, team: eng}", ONE_OWNER),
    _case("an owner who is nobody", "owner: {}", ONE_OWNER),
    _case("an owner of two nulls", "owner: {user: null, team: null}", ONE_OWNER),
    _case("no owner", "description: a shop", "spec.owner"),
    _case("a null owner", "owner: null", "spec.owner"),
    _case("an owner who is text", "owner: alice@example.com", "spec.owner"),
    _case("a list of owners", "owner: [{user: alice@example.com}]", "spec.owner"),
    _case(
        "an owner with an unknown field",
        "owner: {user: a@example.com, group: eng}",
        "spec.owner.group",
    ),
    _case("a team in upper case", "owner: {team: Eng}", "spec.owner.team"),
    _case("a team with an empty name", 'owner: {team: ""}', "spec.owner.team"),
    _case("a team of 41 characters", f"owner: {{team: {'a' * 41}}}", "spec.owner.team"),
    _case("a team that is an address", "owner: {team: a@example.com}", "spec.owner.team"),
    _case("a team that is a number", "owner: {team: 7}", "spec.owner.team"),
    *[_case(f"an owner: {it}", f"owner: {{user: {who}}}") for it, who in addresses.GOOD],
    *[
        _case(f"no owner: {it}", f"owner: {{user: {who}}}", "spec.owner.user")
        for it, who in addresses.BAD
    ],
]
OFFERS = [
    _of_alice("it is offered to somebody", "transferTo: {user: bob@example.com}"),
    _of_alice("it is offered to its owner", "transferTo: {user: alice@example.com}"),
    _of_alice("a null offer is none", "transferTo: null"),
    _of_alice("an offer to nobody", "transferTo: {}", "spec.transferTo.user"),
    _of_alice("an offer to a null", "transferTo: {user: null}", "spec.transferTo.user"),
    _of_alice(
        "an offer to a team", "transferTo: {user: a@example.com, team: eng}", "spec.transferTo.team"
    ),
    _of_alice("an offer that is text", "transferTo: bob@example.com", "spec.transferTo"),
    _of_alice("an offer in snake case", "transfer_to: {user: b@example.com}", "spec.transfer_to"),
    *[
        _of_alice(f"no offer: {it}", f"transferTo: {{user: {who}}}", "spec.transferTo.user")
        for it, who in addresses.BAD
    ],
]
MEMBERS = [
    _of_alice("a person reads", "members: [{user: bob@example.com, role: viewer}]"),
    _of_alice("a team works on it", "members: [{team: eng, role: developer}]"),
    _of_alice("nobody takes part", "members: []"),
    _of_alice("null for members is nobody", "members: null"),
    _of_alice(
        "somebody has two roles",
        "members: [{team: eng, role: viewer}, {team: eng, role: developer}]",
    ),
    _of_alice(
        "a hundred members",
        listed("members", [f"{{user: u{n}@example.com, role: viewer}}" for n in range(100)]),
    ),
    _of_alice(
        "101 members",
        listed("members", [f"{{user: u{n}@example.com, role: viewer}}" for n in range(101)]),
        "spec.members",
    ),
    _of_alice(
        "a member who is two",
        "members: [{user: bob@example.com, team: eng, role: viewer}]",
        ONE_MEMBER,
    ),
    _of_alice("a member who is nobody", "members: [{role: viewer}]", ONE_MEMBER),
    _of_alice("a member without a role", "members: [{team: eng}]", "spec.members[0].role"),
    _of_alice("a null role", "members: [{team: eng, role: null}]", "spec.members[0].role"),
    _of_alice("a role of its own", "members: [{team: eng, role: owner}]", "spec.members[0].role"),
    _of_alice("a role in capitals", "members: [{team: e, role: Viewer}]", "spec.members[0].role"),
    _of_alice(
        "the second is wrong",
        "members: [{team: e, role: viewer}, {team: E, role: viewer}]",
        "spec.members[1].team",
    ),
    _of_alice(
        "an unknown field in a member",
        "members: [{team: e, role: viewer, until: May}]",
        "spec.members[0].until",
    ),
    _of_alice("a member who is text", "members: [bob@example.com]", "spec.members[0]"),
    _of_alice("a member who is null", "members: [null]", "spec.members[0]"),
    _of_alice("members as a mapping", "members: {team: eng, role: viewer}", "spec.members"),
    *[
        _of_alice(
            f"no member: {it}", f"members: [{{user: {who}, role: viewer}}]", "spec.members[0].user"
        )
        for it, who in addresses.BAD
    ],
]
TEXTS = [
    _of_alice("a description of two lines", 'description: "a shop\\nfor tea"'),
    _of_alice("an empty description", 'description: ""'),
    _of_alice("a null description", "description: null"),
    _of_alice("1024 characters, not bytes", f"description: {'ü' * 1024}"),
    _of_alice("1024 characters beyond the BMP", f"description: {'🦉' * 1024}"),
    _of_alice("1025 characters", f"description: {'a' * 1025}", "spec.description"),
    _of_alice("a description that is a number", "description: 5", "spec.description"),
    _of_alice("a description that YAML reads as false", "description: no", "spec.description"),
    _of_alice("a description that is a list", "description: [tea]", "spec.description"),
    _of_alice("a source", "sourceUrl: https://git.example.com/alice/shop"),
    _of_alice("a host alone", "sourceUrl: https://example.com"),
    _of_alice("port, path, query and fragment", "sourceUrl: 'https://e.com:8443/a@v1?b=c#d'"),
    _of_alice("a null source", "sourceUrl: null"),
    _of_alice("2048 characters", f"sourceUrl: https://example.com/{'a' * 2028}"),
    _of_alice("2049 characters", f"sourceUrl: https://example.com/{'a' * 2029}", "spec.sourceUrl"),
    _of_alice("a login in the source", "sourceUrl: https://alice:pw@e.com/shop", "spec.sourceUrl"),
    _of_alice("a token in the source", "sourceUrl: https://ghp_x@e.com/shop", "spec.sourceUrl"),
    _of_alice("plain http", "sourceUrl: http://example.com/shop", "spec.sourceUrl"),
    _of_alice("ssh", "sourceUrl: git@example.com:alice/shop.git", "spec.sourceUrl"),
    _of_alice("a script", "sourceUrl: 'javascript:alert(1)'", "spec.sourceUrl"),
    _of_alice("a scheme in capitals", "sourceUrl: HTTPS://example.com", "spec.sourceUrl"),
    _of_alice("a space in it", "sourceUrl: https://example.com/a b", "spec.sourceUrl"),
    _of_alice("a line feed in it", 'sourceUrl: "https://example.com/\\n"', "spec.sourceUrl"),
    _of_alice("an empty source", 'sourceUrl: ""', "spec.sourceUrl"),
    _of_alice("another spelling", "sourceURL: https://example.com", "spec.sourceURL"),
    _of_alice("snake case", "source_url: https://example.com", "spec.source_url"),
    _of_alice("a registry", "registry: local"),
    _of_alice("a registry with digits first", "registry: 2nd-registry"),
    _of_alice("a registry of 63 characters", f"registry: {'a' * 63}"),
    _of_alice("a registry of 64 characters", f"registry: {'a' * 64}", "spec.registry"),
    _of_alice("an empty registry", 'registry: ""', "spec.registry"),
    _of_alice("a registry in capitals", "registry: ECR", "spec.registry"),
    _of_alice("a registry that is a URL", "registry: registry.example.com/x", "spec.registry"),
]
SWITCHES = [
    _of_alice("it is suspended", "suspend: true"),
    _of_alice("YAML's other word for true", "suspend: yes"),
    _of_alice("a null switch has its default", "suspend: null\ndeletionProtection: null"),
    _of_alice("text that says true", 'suspend: "true"', "spec.suspend"),
    _of_alice("a number that means true", "suspend: 1", "spec.suspend"),
    _of_alice("it keeps what it leaves", "deletionPolicy: Orphan"),
    _of_alice("a null policy has its default", "deletionPolicy: null"),
    _of_alice("a policy in lower case", "deletionPolicy: delete", "spec.deletionPolicy"),
    _of_alice("a policy of Kubernetes", "deletionPolicy: Retain", "spec.deletionPolicy"),
    _of_alice("an empty policy", 'deletionPolicy: ""', "spec.deletionPolicy"),
    _of_alice("it is protected", "deletionProtection: true"),
    _of_alice("protection as text", "deletionProtection: enabled", "spec.deletionProtection"),
    _of_alice("an unknown field", "replicas: 3", "spec.replicas"),
    _of_alice("an unknown field that is null", "replicas: null", "spec.replicas"),
    _of_alice("a word in another case", "Suspend: true", "spec.Suspend"),
]
EVERYTHING = _case(
    "every field at once",
    """\
owner: {team: eng}
transferTo: {user: bob@example.com}
members:
- {user: &carol carol@example.com, role: viewer}
- {team: ops, role: developer}
description: *carol
sourceUrl: https://git.example.com/alice/shop
registry: local
suspend: true
deletionPolicy: Orphan
deletionProtection: true""",
)
PROJECTS = [
    EVERYTHING,
    *OWNERS,
    *OFFERS,
    *MEMBERS,
    *TEXTS,
    *SWITCHES,
    *names.cases("Project", ALICE),
    *names.envelopes("Project", ALICE),
]
