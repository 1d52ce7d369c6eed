"""Clusters around a Project, and short ways to look at what follows: for the operator's tests."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import make

from rise_crds.reasons import Reason
from rise_crds.v1alpha1.project import CredentialRecord, PullSecretRef, RegistryStatus
from rise_operator.manifest import Manifest
from rise_operator.project.facts import ProjectFacts, RegistryFacts
from rise_operator.project.registry_status import Pull
from rise_operator.project.status import Outcome
from rise_operator.team.facts import TeamFacts
from rise_operator.verdict import Failure

ENG = TeamFacts("eng", "uid-of-eng", owners=(make.ALICE,), members=(make.BOB,), idp_group="eng")
OPS = TeamFacts("ops", "uid-of-ops", owners=(make.CAROL,), members=(make.DAVE,))
FACTS = ProjectFacts(
    teams={"eng": ENG, "ops": OPS},
    registries=frozenset({"local", "ecr"}),
    default_registry="local",
    registry=RegistryFacts("distribution", "registry.test/shop"),
)
CREDENTIAL = "0123456789abcdef"
RECORD = RegistryStatus(
    provider="distribution",
    repository="registry.test/shop",
    pull_secret_ref=PullSecretRef(name="rise-registry"),
    expires_at=make.NOW + timedelta(hours=24),
    credentials=[CredentialRecord(id=CREDENTIAL, expires_at=make.NOW + timedelta(hours=24))],
    renew_at=make.NOW + timedelta(hours=12),
    owner="user:alice@example.com",
)
ANEW = {"eng": TeamFacts("eng", "uid-of-the-new-eng", owners=(make.DAVE,))}
REPLACED = replace(FACTS, teams=ANEW)
GONE = replace(FACTS, teams={})

TEAM: dict[str, Any] = {"owner": {"team": "eng"}}  # a spec
RECORDED = {"owner": "team:eng", "ownerTeamUid": "uid-of-eng"}  # a status
ENG_MEMBER = [{"team": "eng", "role": "viewer"}]
RECORDED_MEMBER = [{"team": "eng", "uid": "uid-of-eng"}]

REFUSED = Failure(Reason.API_UNAVAILABLE, "the API server did not answer: it is tried again")
INVALID = Failure(Reason.INVALID_SPEC, "the spec cannot be read: correct it", final=True)
NO_DATABASE = Failure(Reason.DATABASE_UNAVAILABLE, "PostgreSQL is away: it catches up by itself")


def named(manifests: Sequence[Manifest], kind: str) -> dict[str, Manifest]:
    """Return the manifests of `kind` by what is particular in their names."""
    return {
        each["metadata"]["name"].removeprefix("rise:project:shop:"): each
        for each in manifests
        if each["kind"] == kind
    }


def holders(
    manifests: Sequence[Manifest], kind: str = "ClusterRoleBinding"
) -> dict[str, list[str]]:
    """Return the names of those who are bound to each role."""
    return {
        name: [subject["name"] for subject in each["subjects"]]
        for name, each in named(manifests, kind).items()
    }


def verbs(manifests: Sequence[Manifest]) -> dict[str, list[str]]:
    """Return what each role allows."""
    roles = named(manifests, "ClusterRole")
    return {name: each["rules"][0]["verbs"] for name, each in roles.items()}


def reasons(published: dict[str, Any]) -> dict[str, str]:
    """Return "status reason" of each condition, by type."""
    return {each["type"]: f"{each['status']} {each['reason']}" for each in published["conditions"]}


def message(published: dict[str, Any], type_: str) -> str:
    """Return the message of the condition of `type_`."""
    return next(each["message"] for each in published["conditions"] if each["type"] == type_)


def done(**differs: Any) -> Outcome:
    """Return what a reconcile comes to that ends with a pull credential."""
    return replace(Outcome(pull=Pull(RECORD, repositories=[RECORD.repository])), **differs)
