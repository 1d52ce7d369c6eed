"""Changes that nobody can notice, each with the reason; what is noticed is taken off the list."""

import re
from collections.abc import Mapping, Sequence

from mutation.mutants import Mutant

OWNERSHIP = r"(projects|teams)\.ownership\.rise\.dev: "
PROJECTS = r"projects\.ownership\.rise\.dev: "
TEAMS = r"teams\.ownership\.rise\.dev: "
MEMBERSHIP = r"projects\.live-membership\.rise\.dev: "
FENCE = r"operator-fence\.rise\.dev: "
NAMESPACES = r"namespaces\.rise\.dev: "
NOBODY = r"'~' for ''"

# Reason → what it covers: regular expressions over titles, from beginning to end.
EQUIVALENT: Mapping[str, Sequence[str]] = {
    "what there is not, by another name": [
        rf"{NAMESPACES}validations\[0\]: 'no-such-(group|resource)~' for .*",
        rf"{NAMESPACES}validations\[0\]: 'no-role-grants-this~' for .*",
        rf"{OWNERSHIP}variables\[holdsStar\]: 'no-role-grants-this~' for .*",
    ],
    "system:masters pass each check of the authorizer, which follows": [
        rf"{NAMESPACES}validations\[0\]: 'system:masters~' for .*",
        rf"{MEMBERSHIP}variables\[delegated\]: 'system:masters~' for .*",
    ],
    "it is what Kubernetes assumes": [rf"{OWNERSHIP}matchConstraints: without matchPolicy"],
    "a deletion has no new object: reading from it gives nothing, or is not asked for": [
        rf"{OWNERSHIP}variables\[new\w+\]: never variables\.isDelete",
        rf"{PROJECTS}variables\[new(User|Team)\]: {NOBODY}",
        rf"{TEAMS}variables\[newGroup\]: {NOBODY}",
        rf"{MEMBERSHIP}variables\[newTeam\]: {NOBODY}",
    ],
    "a creation has no old object: reading from it gives nothing, or is not asked for": [
        rf"{OWNERSHIP}variables\[old\w+\]: never variables\.isCreate",
        rf"{PROJECTS}variables\[old(User|Team)\]: {NOBODY}",
        rf"{MEMBERSHIP}variables\[oldTeam\]: {NOBODY}",
        rf"{TEAMS}variables\[name\]: (never variables\.isCreate|oldObject for object)",
        rf"{TEAMS}variables\[isOwner\]: without !variables\.isCreate",
    ],
    "nobody and no team is called ~": [
        rf"{MEMBERSHIP}matchConditions\[concerned\]: {NOBODY}( \([234]\))?",
        rf"{MEMBERSHIP}variables\[oldTeam\]: {NOBODY} \(2\)",
        rf"{MEMBERSHIP}variables\[accepts\]: {NOBODY} \([23]\)",
    ],
    "a deletion names no new team, which is another than the old one": [
        rf"{MEMBERSHIP}variables\[forOwners\]: without request\.operation == 'DELETE'",
        rf"{MEMBERSHIP}variables\[forOwners\]: '(CREATE|DELETE~)' for 'DELETE'",
    ],
    "who may delete a project may withdraw its offer": [
        rf"{PROJECTS}validations\[7\]: without variables\.isDelete",
    ],
    "who accepts a project names himself its owner": [
        rf"{PROJECTS}validations\[9\]: 'owner~' for 'owner' \(2\)"
    ],
}

# Noticed without a server alone: an API server fills in the CRD's defaults before it asks; where a
# deletion has no object it takes `has(object.x)` for false, and `object.?x` for nothing.
SERVERLESS: Sequence[str] = [
    rf"{PROJECTS}validations\[[56]\]: true for false( \(2\))?",
    rf"{PROJECTS}validations\[5\]: 'Delete~' for 'Delete'( \(2\))?",
    rf"{FENCE}validations\[[23]\]: (without request\.operation == 'DELETE'|'DELETE~' for 'DELETE')",
]


def is_serverless(mutant: Mutant) -> bool:
    """Say whether no object of an API server can tell `mutant` from the policy."""
    return _covers(SERVERLESS, mutant.title)


def reason(mutant: Mutant) -> str:
    """Return why `mutant` cannot be told from the policy; nothing when it can."""
    return next((why for why, titles in EQUIVALENT.items() if _covers(titles, mutant.title)), "")


def stale(unnoticed: Sequence[Mutant]) -> list[str]:
    """Return the entries that cover none of what went unnoticed."""
    return [
        title
        for titles in EQUIVALENT.values()
        for title in titles
        if not any(re.fullmatch(title, mutant.title) for mutant in unnoticed)
    ]


def _covers(titles: Sequence[str], title: str) -> bool:
    return any(re.fullmatch(each, title) for each in titles)
