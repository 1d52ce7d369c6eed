"""What operator and backend ask by: a write that a policy refuses only because it decides."""

from dataclasses import replace

from security.asking import Request, apply, change, post, publish
from security.by_the_operator import SHOPS, namespace
from security.case import Case
from security.people import ALICE, NEW, OPERATOR, SHOP, SITE, first_apply

from rise_crds.api import IN_FORCE_MANAGER

SAYS = "this policy is in force: write by another field manager than rise-policy-in-force"
# Each is what this account may do.
ASKED = {
    "namespaces": (OPERATOR, namespace(f"rise-{NEW}")),
    "secrets": (OPERATOR, post(f"{SHOPS}/secrets", {"metadata": {"name": f"rise-{NEW}"}})),
    "subresources": (OPERATOR, publish("projects", SHOP)),
    "projects.live-membership": (OPERATOR, change("projects", SITE)),
    "first-apply": (
        first_apply(ALICE),
        apply("projects", NEW, {"owner": {"user": ALICE.email}}),
    ),
}


def _by(manager: str, request: Request) -> Request:
    others = [(key, value) for key, value in request.query if key != "fieldManager"]
    return replace(request, query=(*others, ("fieldManager", manager)))


CASES = [
    Case(
        80,
        f"somebody asks {policy} whether it is in force",
        who,
        _by(IN_FORCE_MANAGER, does),
        SAYS,
        _by("rise-operator", does),
        code=422,
    )
    for policy, (who, does) in ASKED.items()
]
