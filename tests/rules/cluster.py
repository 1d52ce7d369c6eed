"""An API server in miniature: objects, rights and policies decide about one request.

It takes what `security.asking.ApiServer` takes, and changes nothing: every request is only tried.
Left out: tokens and impersonation by an account, RBAC's check of escalation, who manages a field.
"""

import copy
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from pydantic import ValidationError
from rules.policy import Attempt, Denial, Object, Policy
from rules.rights import SUPERUSERS, Asked, Rights
from security.asking import APPLY, Person, Request

from rise_crds.api import GROUP
from rise_crds.v1alpha1.project import Project
from rise_crds.v1alpha1.team import Team

KINDS = {"projects": Project, "teams": Team}
METHODS = {"POST": "create", "PUT": "update", "PATCH": "patch", "GET": "get", "DELETE": "delete"}
NAMED_PARTS = 2
ATOMIC = ("owner",)  # x-kubernetes-map-type in the CRD
EVERYBODY = "system:authenticated"
ADMINISTRATOR = Person("rise-local-admin", (SUPERUSERS,))


@dataclass(frozen=True)
class Verdict:
    """What the request comes to: nobody refuses, or who does and why."""

    code: int = HTTPStatus.OK
    denials: Sequence[Denial] = ()

    @property
    def accepted(self) -> bool:
        return self.code < HTTPStatus.BAD_REQUEST

    @property
    def firsts(self) -> list[Denial]:
        """Return each policy's first refusal: the API server answers with one of these."""
        return list({denial.policy: denial for denial in reversed(self.denials)}.values())


@dataclass(frozen=True)
class Target:
    """Where a path leads."""

    group: str
    version: str
    resource: str
    namespace: str
    name: str
    subresource: str
    collection: bool

    @property
    def whole(self) -> str:
        return f"{self.resource}/{self.subresource}" if self.subresource else self.resource


def target(request: Request) -> Target:
    """Return what the API server reads from a request's path and field selector."""
    parts = urlsplit(request.path).path.strip("/").split("/")
    group, version, *rest = ["", *parts[1:]] if parts[0] == "api" else parts[1:]
    namespace = ""
    if (
        rest[0] == "namespaces"
        and len(rest) > NAMED_PARTS
        and rest[2] not in {"status", "finalize"}
    ):
        namespace, rest = rest[1], rest[2:]
    resource, name, subresource = (*rest, "", "")[:3]
    selector = dict(parse_qsl(dict(request.query).get("fieldSelector", "")))
    return Target(
        group,
        version,
        resource,
        namespace,
        name or selector.get("metadata.name", ""),
        subresource,
        collection=not name,
    )


class Cluster:
    """Objects, rights and policies as they stand."""

    def __init__(self, objects: Iterable[Object], policies: Sequence[Policy]) -> None:
        self._objects: dict[tuple[str, str, str], Object] = {}
        for each in objects:
            key = (_plural(each), each["metadata"].get("namespace", ""), each["metadata"]["name"])
            self._objects[key] = each
        self.policies = self._lasting = tuple(policies)
        self._rights = Rights.of(self._objects.values())
        self._teams = [each for key, each in self._objects.items() if key[0] == "teams"]
        self._asked: dict[tuple[Person, int], tuple[int, list[Attempt]]] = {}
        self._denied: dict[tuple[str, int], list[Denial]] = {}

    def with_policy(self, changed: Policy) -> "Cluster":
        """Return the same cluster with another policy of that name; what is known is kept."""
        other = copy.copy(self)
        other.policies = tuple(
            changed if each.name == changed.name else each for each in self.policies
        )
        return other

    def ask(self, who: Person, request: Request) -> Verdict:
        """Decide in the API server's order: RBAC, schema, policies."""
        code, attempts = self._before_admission(who if who.user else ADMINISTRATOR, request)
        for attempt in attempts:
            if denials := self.denials(attempt):
                return Verdict(denials[0].code, denials)
        return Verdict(code)

    def denials(self, attempt: Attempt) -> list[Denial]:
        return [each for policy in self.policies for each in self._said(policy, attempt)]

    def attempts(self, who: Person, request: Request) -> list[Attempt]:
        """Return what reaches admission: one attempt for each object."""
        return self._before_admission(who if who.user else ADMINISTRATOR, request)[1]

    def _said(self, policy: Policy, attempt: Attempt) -> list[Denial]:
        if policy not in self._lasting:
            return policy.denials(attempt, self._teams)
        key = (policy.name, id(attempt))
        if key not in self._denied:
            self._denied[key] = policy.denials(attempt, self._teams)
        return self._denied[key]

    def _before_admission(self, who: Person, request: Request) -> tuple[int, list[Attempt]]:
        key = (who, id(request))
        if key not in self._asked:
            self._asked[key] = self._authorized(who, request)
        return self._asked[key]

    def _authorized(self, who: Person, request: Request) -> tuple[int, list[Attempt]]:
        where = target(request)
        if not all(self._may(who, verb, where) for verb in self._verbs(request, where)):
            return HTTPStatus.FORBIDDEN, []
        if request.method == "GET":
            return HTTPStatus.OK, []
        manager = dict(request.query).get("fieldManager", "")
        tried = self._attempts(who, request, where)
        attempts = [replace(attempt, manager=manager) for attempt in tried]
        if not all(map(_well_formed, attempts)):
            return HTTPStatus.UNPROCESSABLE_ENTITY, []
        return HTTPStatus.OK, attempts

    def _may(self, who: Person, verb: str, where: Target) -> bool:
        groups = (*who.groups, EVERYBODY)
        asked = Asked(who.user, groups, verb, where.group, where.whole, where.name, where.namespace)
        return self._rights.allow(asked)

    def _verbs(self, request: Request, where: Target) -> Iterator[str]:
        if request.method == "GET" and where.collection:
            yield "list"
        elif request.method == "DELETE" and where.collection:
            yield "deletecollection"
        else:
            yield METHODS[request.method]
        if request.type == APPLY and self._found(where) is None:
            yield "create"

    def _found(self, where: Target) -> Object | None:
        return self._objects.get((where.resource, where.namespace, where.name))

    def _attempts(self, who: Person, request: Request, where: Target) -> Iterator[Attempt]:
        """Yield one for each object: what is there, and what is to be there."""
        if request.method == "DELETE" and where.collection:
            for (plural, namespace, name), each in self._objects.items():
                listed = (plural, namespace) == (where.resource, where.namespace)
                if listed and where.name in {"", name}:
                    yield self._attempt(who, where, each, None, name="")
            return
        old, sent = self._found(where), json.loads(json.dumps(request.body))
        if request.method == "DELETE":
            new = None
        elif request.method == "PATCH":
            new = _merged(old or {}, sent, atomic=ATOMIC if request.type == APPLY else ())
        else:
            new = _as_stored(where, old, sent)
        yield self._attempt(who, where, old, new, name=where.name)

    def _attempt(
        self, who: Person, where: Target, old: Object | None, new: Object | None, *, name: str
    ) -> Attempt:
        operation = "CREATE" if old is None else "DELETE" if new is None else "UPDATE"
        if where.resource == "namespaces" and new:
            new = _merged(new, {"metadata": {"name": new["metadata"]["name"]}})
        namespace = self._objects.get(("namespaces", "", where.namespace), {"metadata": {}})

        def allowed(group: str, resource: str, name: str, verb: str) -> bool:
            asked = Asked(who.user, (*who.groups, EVERYBODY), verb, group, resource, name)
            return self._rights.allow(asked)

        return Attempt(
            operation,
            where.group,
            where.version,
            where.whole,
            name,
            where.namespace or (where.name if where.resource == "namespaces" else ""),
            who.user,
            (*who.groups, EVERYBODY),
            old,
            new,
            allowed,
            namespace["metadata"].get("labels", {}),
        )


def _plural(each: Mapping[str, Any]) -> str:
    return f"{str(each['kind']).lower()}s"


def _as_stored(where: Target, old: Object | None, sent: Object) -> Object:
    """Return what a POST or PUT leaves: status comes by its own door, names are completed."""
    new: Object = {"metadata": {}, **sent, "kind": where.resource.removesuffix("s").capitalize()}
    if prefix := new["metadata"].get("generateName"):
        new["metadata"]["name"] = f"{prefix}x7k2p"
    status = {"status": old["status"]} if old and "status" in old else {}
    kept = {key: value for key, value in new.items() if key != "status"}
    return {**kept, **status}


def _merged(old: Any, patch: Any, atomic: Sequence[str] = ()) -> Any:
    """Return JSON merge patch's answer (RFC 7396); an apply replaces whole what is `atomic`."""
    if not isinstance(patch, dict):
        return patch
    merged: Object = dict(old) if isinstance(old, dict) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = value if key in atomic else _merged(merged.get(key), value, atomic)
    return merged


def _well_formed(attempt: Attempt) -> bool:
    """Tell whether the CRD takes the new object, by the model that the CRD is made from."""
    if attempt.group != GROUP or attempt.new is None:
        return True
    kind = KINDS[attempt.resource.split("/")[0]]
    uid = {"uid": "u", "resourceVersion": "1", "generation": 1}
    new = {**attempt.new, "metadata": {**uid, **attempt.new["metadata"]}}
    try:
        kind.model_validate(json.loads(json.dumps(new)))
    except ValidationError:
        return False
    return True
