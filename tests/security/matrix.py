"""The attack matrix: what somebody tries, and what must happen, by the number that never changes.

Gaps are numbers that were given up, or belong to what Rise does not do yet. Whoever tests a row
says so with the marker `row(number)`; the cases of this folder carry their number with them.
"""

from collections.abc import Mapping

API: Mapping[int, str] = {
    1: "a person creates a project of her own: allowed",
    2: "somebody creates a project of another person's: refused",
    3: "a member of a team creates a project of the team's: allowed",
    4: "somebody creates a project of a team that is not his: refused",
    5: "a project with no owner, or with two: refused",
    6: "a project of an owner without a name: refused",
    7: "a user name without the prefix, spelled like a person's: refused",
    8: "an owner with a capital or a foreign letter: refused",
    9: "a token for an address with a look-alike letter: 401",
    10: "a token with an unverified address: 401",
    11: "a token that does not say whether the address is verified: 401",
    12: "a token without an address: 401",
    13: "a token for several audiences: 401",
    14: "a token that another client asked for: 401",
    15: "a token that lives for a day: 401",
    16: "a group called system:masters at the identity provider: is no such group",
    17: "a token for an address like a ServiceAccount's name: 401",
    18: "a reserved name: refused",
    19: "a new object with finalizers: refused",
    20: "ownerReferences: refused",
    21: "the operator's labels and annotations: refused",
    22: "labels and annotations of anybody's own, and of Argo CD's: allowed",
    25: "with a leaked role somebody changes another person's project: refused",
    26: "somebody makes himself or his team the owner: refused",
    27: "an owner makes somebody else the owner without asking: refused",
    28: "an offer is made, withdrawn, accepted: allowed",
    30: "an offer is accepted by another, or with more than the owner changed: refused",
    31: "somebody offers a project that is not his: refused",
    32: "a member of a team takes its project: refused",
    33: "an owner of a team takes its project: allowed",
    34: "a member of a team offers its project, or withdraws an offer: refused",
    36: "a removed member writes while his role is still there: refused",
    38: "a removed member reads until the operator returns; through the gateway 404 at once",
    39: "somebody takes the operator's finalizer off: refused",
    40: "somebody adds a finalizer: refused",
    41: "deletion, also in the foreground, by owners: allowed; by others: refused",
    42: "deletion before the finalizer is armed: refused, later allowed",
    43: "somebody publishes a status: 403",
    44: "with a leaked role somebody publishes a status: refused",
    45: "a status that comes with a new object or an edit: left out",
    46: "somebody deletes a collection: refused",
    48: "somebody lists every project: 403",
    49: "somebody lists the one project that is hers by its name: allowed, only that",
    51: "somebody reads a foreign project, or one that there is not: the same 403",
    55: "a team is created by somebody who does not own it: refused",
    56: "a team is bound to a group without bind-group: refused",
    57: "somebody who does not own a team changes it: refused",
    59: "a team without owners: refused",
    60: "a team with projects is deleted: waits, and says for which; by others: refused",
    62: "a name is used again: rights of the old team's people count for nothing",
    63: "a name is used again: nothing of the old project is left",
    64: "an account with set-owner creates for anybody: allowed, marked in the audit log",
    66: "an account with assign on named teams: allowed for those, refused for others",
    67: "an account with set-owner touches what is the operator's: refused",
    68: "somebody binds a role to himself: 403",
    69: "the operator creates a role with every verb, or for Secrets: 403",
    70: "the operator binds cluster-admin: 403",
    72: "somebody reads Secrets, creates pods or asks for tokens in a project's namespace: 403",
    73: "somebody changes, creates or ends a namespace of a project's: refused",
    76: "a namespace was there before its project: reported, nothing is put into it",
    80: "a policy or its binding is missing or edited: the operator is not ready, grants nothing",
    81: "a policy cannot decide: refused, with a message that says retry",
    107: "the gateway impersonates system:masters or a ServiceAccount: 403",
    108: "the gateway does something of its own accord: 403",
    131: "an account that is no person holds a wildcard: refused, it does not count",
    132: "a person who runs the cluster: allowed",
    133: "a member of the owning team changes what is for owners: refused",
    134: "a developer or viewer of a project changes it: refused",
    135: "a protected project is deleted, also by an administrator: refused until unprotected",
    136: "a team that is being deleted gets a project: refused; its own can be changed and ended",
    137: "with the operator's token somebody goes beyond its fence: refused",
    138: "somebody but the operator writes a Secret rise-* of a project's: refused",
    141: "somebody has pull credentials made anew: whoever may edit the project, nobody else",
}
GATEWAY: Mapping[int, str] = {
    91: "no token, an empty one, two of them: 401, nothing is forwarded",
    92: "a token with no, a symmetric or an unknown way of signing: 401",
    93: "a token without an end: 401",
    94: "a thousand tokens of unknown keys: 401, keys are fetched once in 5 s",
    95: "a good token while Dex is away: 200",
    96: "a token of a key that is 2 s old: 200 within 10 s",
    97: "a token that says where its key is: 401, nothing is fetched",
    98: "a logout token: 401",
    101: "headers that name another identity: not forwarded",
    102: "groups called system:masters, or with a line break: prefixed, or 401",
    104: "an upgrade: 501, the token is not forwarded",
    105: "a watch outlives its token: it ends with it",
    139: "the gateway impersonates controllers, the operator, an administrator: 403",
    140: "a first server-side apply hits a foreign name: refused, nothing of it is told",
}
REGISTRY: Mapping[int, str] = {
    109: "a project's pull credential reads another project's images: nothing is granted",
    110: "a project's pull credential pushes: nothing is granted",
    112: "a developer lists the catalogue, deletes a manifest: nothing is granted",
    114: "a token that is old, for another, of another or signed by a foreign key: 401",
    116: "a client posts, another one gets: both have a token that works",
}
DEX: Mapping[int, str] = {
    82: "a token of another client is exchanged at Dex: refused",
    83: "the device flow works where Dex has no path, and with one if the callback is registered",
    84: "somebody denies in the device flow: it stops at its end, with a clear text",
    85: "a callback with a wrong state: refused, the code is not redeemed",
    86: "two kubectl at once with an expired token: one refresh, both work",
}
UNIT: Mapping[int, str] = {
    52: "a list from the mirror: only what one may see",
    53: "a connection without an identity: no rows",
    54: "a pooled connection after somebody else: nothing is left over",
    88: "a session file that others can read: repaired or refused",
    89: "a kubeconfig from the server with a command in it: never run",
    90: "a command with -v: no token in the output",
}
TIERS: Mapping[str, Mapping[int, str]] = {
    "api": API,
    "gateway": GATEWAY,
    "registry": REGISTRY,
    "dex": DEX,
    "unit": UNIT,
}
ROWS: Mapping[int, str] = {row: it for tier in TIERS.values() for row, it in tier.items()}


def tier(row: int) -> str:
    """Return where the row is tried unless a test says otherwise: api, gateway, registry…."""
    return next(name for name, rows in TIERS.items() if row in rows)
