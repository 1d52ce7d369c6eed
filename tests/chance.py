"""Projects in clusters by chance, and what a reconcile came to: the same for the same seed."""

import random
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import make

from rise_crds.reasons import Reason
from rise_crds.v1alpha1.project import Project
from rise_operator.project import status as project_status
from rise_operator.project.facts import NamespaceFacts, NamespaceState, ProjectFacts
from rise_operator.team.facts import TeamFacts
from rise_operator.verdict import Failure

ItemT = TypeVar("ItemT")

PEOPLE = [f"{name}@example.com" for name in ("alice", "bob", "carol", "dave", "erin", "frank")]
TEAMS = ["eng", "ops", "web"]
UIDS = {name: [f"{name}-1", f"{name}-2"] for name in TEAMS}  # the second: created anew


@dataclass(frozen=True)
class Case:
    """A Project in some cluster, and what a reconcile came to."""

    project: Project
    body: dict[str, Any]
    facts: ProjectFacts
    outcome: project_status.Outcome

    def with_status(self, status: dict[str, Any]) -> Project:
        """Return the Project after `status` was published."""
        body: dict[str, Any] = {**self.body, "status": status}
        return make.project(**body)


def some(draw: random.Random, items: list[ItemT], least: int = 0) -> list[ItemT]:
    """Return some of `items`."""
    return draw.sample(items, draw.randint(least, len(items)))


def _team(draw: random.Random, name: str) -> TeamFacts:
    uid = draw.choice(UIDS[name])
    return TeamFacts(
        name,
        uid,
        owners=(f"owner-{uid}@example.com", *some(draw, PEOPLE)),
        members=tuple(some(draw, PEOPLE)),
        idp_group=draw.choice([None, "eng", f"group-{uid}"]),
        terminating=draw.random() < 0.2,
    )


def _facts(draw: random.Random) -> ProjectFacts:
    namespaces = [None, NamespaceFacts(None), NamespaceFacts("uid-of-shop")]
    namespaces += [NamespaceFacts("uid-of-shop", terminating=True), NamespaceFacts("another")]
    return ProjectFacts(
        teams={name: _team(draw, name) for name in some(draw, TEAMS)},
        namespace=draw.choice(namespaces),
        registries=frozenset(some(draw, ["local", "ecr"])),
        default_registry=draw.choice(["local", "ecr", ""]),
    )


def _member(draw: random.Random) -> dict[str, str]:
    who = draw.choice([{"user": draw.choice(PEOPLE)}, {"team": draw.choice(TEAMS)}])
    return {**who, "role": draw.choice(["viewer", "developer"])}


def _recorded(draw: random.Random) -> dict[str, Any]:
    team = draw.choice(TEAMS)
    owner = draw.choice(
        [
            {},
            {"owner": "user:alice@example.com"},
            {"owner": f"team:{team}"},
            {"owner": f"team:{team}", "ownerTeamUid": draw.choice(UIDS[team])},
        ]
    )
    members = [{"team": name, "uid": draw.choice(UIDS[name])} for name in some(draw, TEAMS)]
    return {**owner, "members": members}


def failure(draw: random.Random) -> Failure | None:
    """Return a failure, or more often none."""
    some = Failure(draw.choice(list(Reason)), "something", final=draw.random() < 0.5)
    return draw.choice([None, None, some])


def case(seed: int) -> Case:
    """Return the case of `seed`."""
    draw = random.Random(seed)
    spec: dict[str, Any] = {
        "owner": draw.choice([{"user": draw.choice(PEOPLE)}, {"team": draw.choice(TEAMS)}]),
        "members": [_member(draw) for _ in range(draw.randint(0, 6))],
        "suspend": draw.random() < 0.2,
        "deletionPolicy": draw.choice(["Delete", "Orphan"]),
    }
    if draw.random() < 0.3:
        spec["transferTo"] = {"user": draw.choice(PEOPLE)}
    if draw.random() < 0.3:
        spec["registry"] = draw.choice(["local", "ecr", "harbour"])
    body: dict[str, Any] = {
        "deleting": draw.random() < 0.2,
        "generation": draw.randint(1, 9),
        "status": _recorded(draw),
        **spec,
    }
    outcome = project_status.Outcome(
        namespace=draw.choice(list(NamespaceState)),
        failure=failure(draw),
        failed_at=draw.choice(list(project_status.Step)),
        mirror=failure(draw),
    )
    return Case(make.project(**body), body, _facts(draw), outcome)


def shuffled(given: Case, seed: int) -> Case:
    """Return the same with every list and mapping in another order."""
    draw = random.Random(seed)

    def anew(items: Any) -> list[Any]:
        return draw.sample(list(items), len(items))

    status = {**given.body["status"], "members": anew(given.body["status"]["members"])}
    body: dict[str, Any] = {**given.body, "members": anew(given.body["members"]), "status": status}
    teams = {
        name: replace(
            given.facts.teams[name],
            owners=tuple(anew(given.facts.teams[name].owners)),
            members=tuple(anew(given.facts.teams[name].members)),
        )
        for name in anew(given.facts.teams)
    }
    return Case(make.project(**body), body, replace(given.facts, teams=teams), given.outcome)
