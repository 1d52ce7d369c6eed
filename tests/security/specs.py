"""What stands on the stage of the attacks: each team and project, as its people wrote it."""

from collections.abc import Mapping
from typing import Any

from security import bounds
from security.people import (
    ALICE,
    ANEW,
    BOB,
    BOBS,
    CAROL,
    CORE,
    CORE_GROUP,
    CROWD,
    DAVE,
    DAVES,
    DEV,
    ERIN,
    FAVOUR,
    FRED,
    GIFT,
    GRETA,
    HUGE,
    KEPT,
    LAST,
    LEAVING,
    MALLORY,
    MINE,
    OTHER,
    PLAN,
    PREFIX,
    REBORN,
    SAFE,
    SHOP,
    SHRUNK,
    SHRUNK_GROUP,
    SITE,
    STALE,
    TEAM_GIFT,
    VIC,
    ZOE,
)

from rise_crds.api import FINALIZER

ALICES: Mapping[str, Any] = {"owner": {"user": ALICE.email}, "description": PLAN}
TEAM_SPECS: Mapping[str, Mapping[str, Any]] = {
    CORE: {"owners": [ALICE.email], "members": [BOB.email], "idpGroup": CORE_GROUP},
    OTHER: {"owners": [MALLORY.email]},
    LEAVING: {"owners": [ALICE.email], "members": [BOB.email]},
    SHRUNK: {
        "owners": [ERIN.email, DAVE.email],
        "members": [CAROL.email],
        "idpGroup": SHRUNK_GROUP,
    },
    REBORN: {"owners": [FRED.email]},
    CROWD: bounds.TEAM,
}
# What people made of two teams since the operator looked last.
SINCE: Mapping[str, Mapping[str, Any]] = {
    SHRUNK: {
        "owners": [ERIN.email, ZOE.email],
        "members": [DAVE.email],
        "idpGroup": f"{PREFIX}-another",
    },
    REBORN: {"owners": [MALLORY.email]},
}
PROJECT_SPECS: Mapping[str, Mapping[str, Any]] = {
    SHOP: {
        **ALICES,
        "members": [
            {"user": DEV.email, "role": "developer"},
            {"user": VIC.email, "role": "viewer"},
        ],
    },
    SAFE: {**ALICES, "deletionProtection": True},
    GIFT: {**ALICES, "transferTo": {"user": BOB.email}},
    BOBS: {"owner": {"user": BOB.email}, "transferTo": {"user": DEV.email}},
    DAVES: {"owner": {"user": DAVE.email}, "transferTo": {"user": DEV.email}},
    MINE: {"owner": {"user": MALLORY.email}},
    SITE: {
        "owner": {"team": CORE},
        "description": PLAN,
        "members": [{"user": DEV.email, "role": "developer"}],
    },
    TEAM_GIFT: {"owner": {"team": CORE}, "transferTo": {"user": BOB.email}},
    KEPT: {"owner": {"team": CORE}, "transferTo": {"user": ALICE.email}},
    FAVOUR: {**ALICES, "transferTo": {"user": GRETA.email}},
    HUGE: bounds.PROJECT,
    LAST: {"owner": {"team": LEAVING}},
    STALE: {"owner": {"team": SHRUNK}},
    ANEW: {"owner": {"team": REBORN}, "transferTo": {"user": DEV.email}},
}

# What the operator wrote besides: on what it owns, and finalizers of somebody it trusts.
# Beside it stand what people wrote under keys that only look like the operator's.
NEAR_KEYS = ("internal.rise.dev.example.com/x", "my.internal.rise.dev/x")
NEAR_KOPF_KEYS = ("kopf.zalando.org.example.com/x", "my.kopf.zalando.org/x")
OURS: Mapping[str, Mapping[str, str]] = {
    "labels": {"internal.rise.dev/x": "1", **dict.fromkeys(NEAR_KEYS, "1")},
    "annotations": {
        "kopf.zalando.org/x": "1",
        "internal.rise.dev/x": "1",
        **dict.fromkeys((*NEAR_KEYS, *NEAR_KOPF_KEYS), "1"),
    },
}
TWO_FINALIZERS = {"finalizers": [FINALIZER, "backup.example.com/x"]}
MARKS: Mapping[tuple[str, str], Mapping[str, Any]] = {
    ("projects", SHOP): OURS,
    ("teams", CORE): OURS,
    ("projects", HUGE): bounds.METADATA,
    ("teams", CROWD): bounds.METADATA,
    ("projects", SAFE): TWO_FINALIZERS,
    ("teams", OTHER): TWO_FINALIZERS,
}
SECRET = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {"name": "rise-pull"},
    "stringData": {"x": "y"},
}
