"""Whether an API server in miniature decides a case as the case says."""

import re

from rules.cluster import Cluster
from security import largest
from security.case import Case
from security.people import SECRETS

# RBAC's own check stands before the policies and is left out; so are accounts that impersonate.
BEYOND = re.compile("attempting to grant RBAC permissions")


def judged(case: Case) -> bool:
    """Tell whether rights and policies decide the case, nothing that is left out here."""
    persons = [case.who, case.allowed[0]]
    if any(each.account for each in persons) or BEYOND.search(case.says):
        return False
    return case not in largest.CASES


def complaint(cluster: Cluster, case: Case) -> str:
    """Return what the miniature decides differently from the case; nothing when they agree."""
    if case.says and (said := _refusal(cluster, case)):
        return said
    who, does = case.allowed
    verdict = cluster.ask(who, does)
    return "" if verdict.accepted else f"the twin is refused: {verdict}"


def _refusal(cluster: Cluster, case: Case) -> str:
    verdict = cluster.ask(case.who, case.does)
    if verdict.accepted:
        return f"{case.who.user} gets through"
    if not verdict.denials:
        return "" if verdict.code == case.code else f"{verdict.code} instead of {case.code}"
    sent = f"{case.does.sent()} {case.who}"
    for denial in verdict.firsts:
        if denial.code != case.code or not re.search(case.says, denial.message):
            return f"answers otherwise: {denial}"
        if told := [word for word in SECRETS if word in denial.message and word not in sent]:
            return f"tells {told}"
    return ""
