"""Who is who in the attacks, and what belongs to whom: names that only this session uses."""

from uuid import uuid4

from security.asking import Person

from rise_crds.api import APPLY_GROUP, IDP_GROUP_PREFIX, OPERATOR_USER, USER_PREFIX, USERS_GROUP

PREFIX = f"s{uuid4().hex[:6]}"
LEAKED = f"{PREFIX}:leaked"  # a group that a careless role binding gave far too much
WILDCARD = f"{PREFIX}:wildcard"
CORE_GROUP = f"{PREFIX}-core"
SHRUNK_GROUP = f"{PREFIX}-shrunk"


def _person(name: str, *groups: str) -> Person:
    return Person(f"{USER_PREFIX}{name}@{PREFIX}.example.com", (USERS_GROUP, *groups))


def _account(name: str) -> Person:
    groups = ("system:serviceaccounts", f"system:serviceaccounts:{PREFIX}")
    return Person(f"system:serviceaccount:{PREFIX}:{name}", groups)


def idp(group: str) -> str:
    return IDP_GROUP_PREFIX + group


def leaked(person: Person) -> Person:
    """The same person, whom a role binding lets do everything but own, assign and set-owner."""
    return person.also(LEAKED)


def first_apply(person: Person) -> Person:
    """The same person, as the gateway forwards a first server-side apply."""
    return person.also(APPLY_GROUP)


ADMIN = Person()
OPERATOR = Person(OPERATOR_USER, ("system:serviceaccounts", "system:serviceaccounts:rise-system"))
ALICE = _person("alice")  # owns SHOP and others, and team CORE
BOB = _person("bob")  # member of CORE; GIFT and TEAM_GIFT are offered to him
GINA = _person("gina", idp(CORE_GROUP))  # in CORE by her group at the identity provider
CAROL = _person("carol")  # was a member of SHRUNK when the operator last looked
DAVE = _person("dave")  # was an owner of SHRUNK then, now a member
HANS = _person("hans", idp(SHRUNK_GROUP))  # was in SHRUNK by its group
ERIN = _person("erin")  # owns SHRUNK, then and now
ZOE = _person("zoe")  # is named an owner of SHRUNK, which the operator has not seen yet
FRED = _person("fred")  # owned the team that was called REBORN before
DEV = _person("dev")  # developer of SHOP and SITE
VIC = _person("vic")  # viewer of SHOP
MALLORY = _person("mallory", idp("system:masters"))  # owns team OTHER and project MINE
NOBODY = Person(f"alice@{PREFIX}.example.com", (USERS_GROUP,))  # alice without the prefix
ROOT = _person("root", WILDCARD)  # a person who runs the cluster
KIM = _person("kim", "kubeadm:cluster-admins", LEAKED)  # an administrator of Rise, by group
BINDER = _person("binder", f"{PREFIX}:binders")  # holds bind-group
MAX = _person("max")  # the last owner of CROWD, the largest team there can be
LOU = _person("lou")  # its last member
GRETA = _person("greta")  # holds set-owner; FAVOUR is offered to her

GITOPS = _account("gitops")  # holds set-owner
DEPLOYER = _account("deployer")  # holds assign on CORE and REBORN
ARGO = _account("argo").also(WILDCARD)  # Argo CD's stock controller
STARRED = _account("gitops").also(WILDCARD)  # holds set-owner, and everything by `*`
PLATFORM = _account("platform")  # holds every verb on projects and teams, and on nothing else
# Machines whose names look like people's; both hold assign on CORE, and set-owner on teams.
IN_RISE = Person(f"system:serviceaccount:rise:{PREFIX}", ("system:serviceaccounts",))
RISER = Person(f"riser-{PREFIX}")

# Parts of Kubernetes that touch every object.
CONTROLLERS = Person("system:kube-controller-manager", (LEAKED,))
NAMESPACE_CONTROLLER, COLLECTOR, MIGRATOR, PUBLISHER = (
    Person(f"system:serviceaccount:kube-system:{name}", (LEAKED,))
    for name in (
        "namespace-controller",
        "generic-garbage-collector",
        "storage-version-migrator-controller",
        "root-ca-cert-publisher",
    )
)

CORE, OTHER, LEAVING, SHRUNK, REBORN, RAW = (
    f"{PREFIX}-{name}" for name in ("core", "other", "leaving", "shrunk", "reborn", "raw")
)
SHOP, SAFE, GIFT, YOUNG, MINE = (
    f"{PREFIX}-{name}" for name in ("shop", "safe", "gift", "young", "mine")
)  # alice's, and mallory's MINE
SITE, TEAM_GIFT, LAST, STALE, ANEW = (
    f"{PREFIX}-{name}" for name in ("site", "teamgift", "last", "stale", "anew")
)  # of CORE, CORE, LEAVING, SHRUNK, REBORN
KEPT, FAVOUR = (f"{PREFIX}-{name}" for name in ("kept", "favour"))  # of CORE for alice, hers
BOBS, DAVES = f"{PREFIX}-bobs", f"{PREFIX}-daves"  # theirs, offered to dev
CROWD, HUGE = f"{PREFIX}-crowd", f"{PREFIX}-huge"
NEW = f"{PREFIX}-new"  # nobody has it
PLAN = f"a plan of {PREFIX}"

TEAMMATES = (ALICE, BOB, GINA, CAROL, DAVE, HANS, ERIN, ZOE, FRED)
PEOPLE = (*TEAMMATES, DEV, VIC, MALLORY, ROOT, BINDER, GRETA, MAX, LOU)
TEAMS = (CORE, OTHER, LEAVING, SHRUNK, REBORN, RAW, CROWD)
PROJECTS = (
    SHOP,
    SAFE,
    GIFT,
    YOUNG,
    MINE,
    SITE,
    TEAM_GIFT,
    LAST,
    STALE,
    ANEW,
    KEPT,
    FAVOUR,
    BOBS,
    DAVES,
    HUGE,
)
# What an answer may not repeat unless the caller said it.
SECRETS = (*(each.email for each in PEOPLE), *TEAMS, *PROJECTS, CORE_GROUP, SHRUNK_GROUP, PLAN)
