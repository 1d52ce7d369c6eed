"""What holds for every policy and binding, whatever it says."""

from typing import Any

from rules.policy import Object

ACTIONS = ["Deny", "Audit"]
# One refusal for each Team would stand in the audit log.
UNTOLD = {"projects.live-membership.rise.dev": ["Deny"]}


def complaint(policy: Object, binding: Object | None) -> str:
    """Return how the two could look away; nothing when they do not."""
    if binding is None:
        return "no binding"
    rules: Any = policy["spec"]
    bound: Any = binding["spec"]
    constraints = rules["matchConstraints"]
    claims = {
        "it refuses when in doubt": rules["failurePolicy"] == "Fail",
        "it sees every version of an object": (
            constraints.get("matchPolicy", "Equivalent") == "Equivalent"
        ),
        "it leaves no object out": "objectSelector" not in constraints,
        "its binding leaves nothing out": "matchResources" not in bound,
        "its binding refuses": (
            bound["validationActions"] == UNTOLD.get(policy["metadata"]["name"], ACTIONS)
        ),
        "it sees every parameter": bound.get("paramRef", {}).get("selector", {}) == {},
    }
    return "; ".join(claim for claim, holds in claims.items() if not holds)
