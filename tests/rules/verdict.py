"""Everything that is asked of a policy without a server, one answer after the other."""

from collections.abc import Iterator

from rules import shape
from rules.cluster import Cluster
from rules.judging import complaint, judged
from rules.policy import Object, Policy
from security.test_attacks import CASES


def complaints(cluster: Cluster, manifest: Object, binding: Object | None) -> Iterator[str]:
    """Yield what is wrong when this policy stands in the place of the one of its name."""
    if said := shape.complaint(manifest, binding):
        yield f"shape: {said}"
    changed = cluster.with_policy(Policy(manifest, binding))
    for case in CASES:
        if judged(case) and (said := complaint(changed, case)):
            yield f"{case.sentence}: {said}"
