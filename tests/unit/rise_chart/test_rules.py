"""The chart's policies judge every attack of tests/security, evaluated without a server.

The very cases that the API server decides in tests/security: one table, judged twice.
"""

import pytest
from rules import shape, stage
from rules.alone import ALONE, Alone
from rules.cluster import Cluster
from rules.judging import complaint, judged
from rules.verdict import untold
from security.case import Case
from security.test_attacks import CASES
from security.told import AUDITED, Told

from rise_crds.policies import REQUIRED

ACTED = [case for case in CASES if judged(case)]


@pytest.fixture(scope="session")
def cluster() -> Cluster:
    return stage.cluster(stage.chart())


@pytest.mark.parametrize("case", ACTED, ids=[case.sentence for case in ACTED])
def test_what_must_happen(cluster: Cluster, case: Case) -> None:
    assert not complaint(cluster, case)


def test_no_policy_looks_away(cluster: Cluster) -> None:
    said = {each.name: shape.complaint(each.manifest, each.binding) for each in cluster.policies}
    assert said == dict.fromkeys(said, "")
    assert len(said) == len(REQUIRED)


@pytest.mark.parametrize("attempt", ALONE, ids=[f"{each.policy} {each.it}" for each in ALONE])
def test_each_line_holds_by_itself(cluster: Cluster, attempt: Alone) -> None:
    (policy,) = [each for each in cluster.policies if each.name == attempt.policy]
    assert not attempt.complaint(policy)


@pytest.mark.parametrize("told", AUDITED, ids=[told.it for told in AUDITED])
def test_what_the_audit_log_is_told(cluster: Cluster, told: Told) -> None:
    assert not untold(cluster, told)
