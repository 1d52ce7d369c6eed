"""Everything that is asked of a policy without a server, one answer after the other."""

from collections.abc import Iterator

from rules import shape
from rules.alone import ALONE
from rules.cluster import Cluster
from rules.judging import complaint, judged
from rules.policy import Object, Policy
from security.test_attacks import CASES
from security.told import AUDITED, Told


def complaints(cluster: Cluster, manifest: Object, binding: Object | None) -> Iterator[str]:
    """Yield what is wrong when this policy stands in the place of the one of its name."""
    if said := shape.complaint(manifest, binding):
        yield f"shape: {said}"
    policy = Policy(manifest, binding)
    changed = cluster.with_policy(policy)
    yield from of_cases(changed)
    for attempt in ALONE:
        if attempt.policy == policy.name and (said := attempt.complaint(policy)):
            yield said
    for told in AUDITED:
        if told.by == policy.name and (said := untold(changed, told)):
            yield said


def of_cases(changed: Cluster) -> Iterator[str]:
    """Yield what the cases complain of that an API server judges as well."""
    for case in CASES:
        if judged(case) and (said := complaint(changed, case)):
            yield f"{case.sentence}: {said}"


def untold(cluster: Cluster, told: Told) -> str:
    """Return what the audit log is told otherwise; nothing when it is told so."""
    policy = next(each for each in cluster.policies if each.name == told.by)
    (attempt,) = cluster.attempts(told.who, told.does)
    said = policy.annotations(attempt)
    return "" if said == {"ownership": told.kind} else f"{told.it}: the audit log is told {said}"
