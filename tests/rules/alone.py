"""What a policy decides by itself, where the CRD's schema or another policy would refuse as well.

A line of defence that stands behind another one is a line all the same: here it is asked alone.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rules.policy import Attempt, Object, Policy

from rise_crds.api import APPLY_GROUP, OPERATOR_USER

BOB = "bob@example.com"
ALICE = "alice@example.com"
CORE: Object = {"metadata": {"name": "core"}, "spec": {"owners": [ALICE]}}
OWNERSHIP, MEMBERSHIP = "projects.ownership.rise.dev", "projects.live-membership.rise.dev"
STATUS = "only the operator may write the status of rise.dev objects"


@dataclass(frozen=True)
class Alone:
    """An attempt on one policy; `says` stands in its refusal, and `twin` passes."""

    policy: str
    it: str
    tries: Attempt
    says: str
    twin: Attempt
    teams: Sequence[Object] = (CORE,)

    def complaint(self, policy: Policy) -> str:
        """Return what `policy` decides differently; nothing when it decides so."""
        said = [denial.message for denial in policy.denials(self.tries, self.teams)]
        if self.says and not (said and re.search(self.says, said[0])):
            return f"{self.it}: {said or 'gets through'}"
        twin = policy.denials(self.twin, self.teams)
        return f"{self.it}: the twin is refused: {twin}" if twin else ""


def _attempt(
    operation: str,
    old: Mapping[str, Any] | None,
    new: Mapping[str, Any] | None,
    *,
    may: Sequence[tuple[str, str, str]] = (),
    kind: str = "projects",
) -> Attempt:
    """Return bob's attempt on a project or team with this spec; `may`: verb, resource, name."""

    def allowed(_group: str, resource: str, name: str, verb: str) -> bool:
        return (verb, resource, name) in may

    return Attempt(
        operation,
        "rise.dev",
        "v1alpha1",
        kind,
        "shop",
        "",
        f"rise:{BOB}",
        ("rise:users",),
        _object(old),
        _object(new),
        allowed,
    )


def _object(spec: Mapping[str, Any] | None) -> Object | None:
    metadata = {"name": "shop", "finalizers": ["rise.dev/operator"]}
    return None if spec is None else {"metadata": metadata, "spec": dict(spec)}


def _created(spec: Mapping[str, Any], **rest: Any) -> Attempt:
    attempt = _attempt("CREATE", None, spec, **rest)
    assert attempt.new
    return replace(attempt, new={**attempt.new, "metadata": {"name": "shop"}})


def _as_operator(attempt: Attempt) -> Attempt:
    return replace(attempt, user=OPERATOR_USER, groups=("system:serviceaccounts",))


def _binding(kind: str) -> Attempt:
    attempt = replace(
        _as_operator(_created({})),
        group="rbac.authorization.k8s.io",
        resource="clusterrolebindings",
    )
    name = "rise:project:shop:owner"
    bound = {"metadata": {"name": name}, "roleRef": {"kind": kind, "name": name}}
    return replace(attempt, name=name, new=bound)


def _secret_in(namespace: str) -> Attempt:
    created = replace(_as_operator(_created({})), group="", version="v1", resource="secrets")
    pull = {"metadata": {"name": "rise-registry"}}
    return replace(created, namespace=namespace, name="rise-registry", new=pull)


HIS = {"owner": {"user": BOB}}
OFFERED = {"owner": {"team": "core"}, "transferTo": {"user": BOB}}
ASSIGNS_ANY = [("assign", "teams", ""), ("own", "teams", ""), ("assign", "teams", "core")]
ASSIGNS_CORE = [("assign", "teams", "core")]
OWNS_CORE = [*ASSIGNS_CORE, ("own", "teams", "core")]
ACCEPTED = _attempt("UPDATE", OFFERED, HIS)
FIRST = replace(_created(HIS), groups=("rise:users", APPLY_GROUP))
OFFERED_BY_NOBODY = {"owner": {}, "transferTo": {"user": BOB}}
TWO_OWNERS = {"owner": {"user": BOB, "team": "core"}}
_WRITES_STATUS = replace(_attempt("UPDATE", HIS, HIS), resource="projects/status")
OF_CORE = {"owner": {"team": "core"}}
HIS_OFFERED = {**HIS, "transferTo": {"user": ALICE}}
OF_CORE_OFFERED = {**OF_CORE, "transferTo": {"user": ALICE}}

ALONE = [
    Alone(
        OWNERSHIP,
        "he moves his offered project into a team that he may only assign projects to",
        _attempt("UPDATE", HIS_OFFERED, OF_CORE_OFFERED, may=ASSIGNS_CORE),
        "^only an owner of the team may bring it a project that is offered to somebody: ",
        _attempt("UPDATE", HIS_OFFERED, OF_CORE_OFFERED, may=OWNS_CORE),
    ),
    Alone(
        "first-apply.rise.dev",
        "a first apply of something else in Rise's group",
        replace(FIRST, resource="deployments"),
        "an object of this name exists already",
        FIRST,
    ),
    Alone(
        "first-apply.rise.dev",
        "a first apply of projects in another group",
        replace(FIRST, group="example.com"),
        "an object of this name exists already",
        replace(FIRST, resource="teams"),
    ),
    Alone(
        "operator-fence.rise.dev",
        "cluster-wide the operator binds a Role of the same name",
        _binding("Role"),
        "cluster-wide the Rise operator binds only the role of the same name",
        _binding("ClusterRole"),
    ),
    *(
        Alone(
            "operator-fence.rise.dev",
            f"the operator creates a Secret in a namespace {namespace}",
            _secret_in(namespace),
            "the Rise operator works only in rise- namespaces",
            _secret_in("rise-shop"),
        )
        for namespace in ("rises-shop", "my-rise-shop", "rise-system")
    ),
    *(
        Alone(
            "subresources.rise.dev",
            f"{operation} of {resource}",
            replace(_WRITES_STATUS, operation=operation, resource=resource),
            STATUS,
            _as_operator(replace(_WRITES_STATUS, operation=operation, resource=resource)),
        )
        for operation in ("CREATE", "UPDATE", "DELETE", "CONNECT")
        for resource in ("projects/status", "teams/status", "projects/scale")
    ),
    Alone(
        MEMBERSHIP,
        "there is no team at all",
        _attempt("UPDATE", HIS, HIS),
        "",
        _created(HIS),
        teams=(),
    ),
    Alone(
        MEMBERSHIP,
        "somebody accepts an offer for himself and for the team",
        _attempt("UPDATE", OFFERED, TWO_OWNERS),
        "you are not",
        ACCEPTED,
    ),
    Alone(
        MEMBERSHIP,
        "whom a project is offered to deletes it instead",
        _attempt("DELETE", OFFERED, None),
        "you are not",
        ACCEPTED,
    ),
    Alone(
        MEMBERSHIP,
        "somebody accepts an offer for another person",
        _attempt("UPDATE", OFFERED, {"owner": {"user": "carol@example.com"}}),
        "you are not",
        ACCEPTED,
    ),
    Alone(
        OWNERSHIP,
        "a project of nobody, by somebody who may assign to any team",
        _created({"owner": {}}, may=ASSIGNS_ANY),
        "you may only create a project owned by yourself",
        _created({"owner": {"team": "core"}}, may=ASSIGNS_ANY),
    ),
    Alone(
        OWNERSHIP,
        "a project of nobody is changed by somebody who may assign to any team",
        _attempt("UPDATE", {"owner": {}}, {"owner": {}, "suspend": True}, may=ASSIGNS_ANY),
        "you are not",
        _attempt("UPDATE", HIS, {**HIS, "suspend": True}),
    ),
    Alone(
        OWNERSHIP,
        "a project of nobody is accepted, and more changed, by somebody who owns any team",
        _attempt("UPDATE", OFFERED_BY_NOBODY, {**HIS, "suspend": True}, may=ASSIGNS_ANY),
        "accepting a transfer may only change",
        _attempt("UPDATE", OFFERED_BY_NOBODY, HIS, may=ASSIGNS_ANY),
    ),
    Alone(
        OWNERSHIP,
        "a project of nobody is deleted by somebody who owns any team",
        _attempt("DELETE", {"owner": {}}, None, may=ASSIGNS_ANY),
        "you are not|only an owner",
        _attempt("DELETE", HIS, None),
    ),
    Alone(
        OWNERSHIP,
        "somebody accepts an offer for himself and for the team",
        _attempt("UPDATE", OFFERED, TWO_OWNERS),
        "you are not",
        ACCEPTED,
    ),
    Alone(
        "teams.ownership.rise.dev",
        "an owner leaves a team to nobody",
        _attempt(
            "UPDATE",
            {"owners": [BOB]},
            {"owners": []},
            may=[("own", "teams", "shop")],
            kind="teams",
        ),
        "a team needs at least one owner: name one in spec.owners$",
        _attempt(
            "UPDATE",
            {"owners": [BOB]},
            {"owners": [ALICE]},
            may=[("own", "teams", "shop")],
            kind="teams",
        ),
    ),
]
