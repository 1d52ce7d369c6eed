"""A verb → the right that roles give for it, and the change that is tried: policies decide too."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import orjson

from rise_crds.api import API_VERSION

MERGE = "application/merge-patch+json"
JSON = "application/json"
NOBODY = "nobody@example.invalid"  # RFC 2606: nobody can have it
MEMBERS_MAX = {"projects": 100, "teams": 500}
KINDS = {"projects": "Project", "teams": "Team"}
# What people call it → the verb that roles give.
RIGHTS = {"edit": "patch", "share": "patch", "transfer": "patch", "accept": "patch"}

Object = Mapping[str, Any]


@dataclass(frozen=True)
class Attempt:
    """A request that is sent with dryRun: it is decided upon, and nothing comes of it."""

    method: str
    path: str
    body: bytes
    content_type: str

    @property
    def target(self) -> str:
        """Path and query; here alone `dryRun` is set, and on every attempt."""
        return f"{self.path}?dryRun=All&fieldManager=rise-access"


def right(verb: str) -> str:
    """Return the verb that roles give for what people call `verb`."""
    return RIGHTS.get(verb, verb)


def tried(verb: str) -> bool:
    """Say whether policies decide about `verb`, too."""
    return verb == "create" or verb in _CHANGES


def attempt(verb: str, resource: str, name: str, user: str, present: Object | None) -> Attempt:
    """Return the attempt of `user` (e-mail) at `verb`; `present` is the object as it is now."""
    path = f"/apis/{API_VERSION}/{resource}"
    if verb == "create":
        manifest = _manifest(resource, name, _own(resource, user))
        return Attempt("POST", path, orjson.dumps(manifest), JSON)
    return _CHANGES[verb](f"{path}/{quote(name, safe='')}", resource, user, present or {})


def _patch(path: str, spec: Mapping[str, Any]) -> Attempt:
    return Attempt("PATCH", path, orjson.dumps({"spec": spec}), MERGE)


def _edited(path: str, _resource: str, _user: str, present: Object) -> Attempt:
    return _patch(path, {"description": _other_description(present)})


def _replaced(path: str, _resource: str, _user: str, present: Object) -> Attempt:
    spec = {**present.get("spec", {}), "description": _other_description(present)}
    return Attempt("PUT", path, orjson.dumps({**present, "spec": spec}), JSON)


def _shared(path: str, resource: str, _user: str, present: Object) -> Attempt:
    members = list(present.get("spec", {}).get("members", []))[: MEMBERS_MAX[resource] - 1]
    newcomer = {"user": NOBODY, "role": "viewer"} if resource == "projects" else NOBODY
    return _patch(path, {"members": [*members, newcomer]})


def _offered(path: str, _resource: str, _user: str, _present: Object) -> Attempt:
    return _patch(path, {"transferTo": {"user": NOBODY}})


def _accepted(path: str, _resource: str, user: str, _present: Object) -> Attempt:
    return _patch(path, {"transferTo": None, "owner": {"user": user, "team": None}})


def _deleted(path: str, _resource: str, _user: str, present: Object) -> Attempt:
    options = {
        "apiVersion": "v1",
        "kind": "DeleteOptions",
        "dryRun": ["All"],
        "preconditions": {"uid": present["metadata"]["uid"]},
    }
    return Attempt("DELETE", path, orjson.dumps(options), JSON)


_CHANGES: Mapping[str, Callable[[str, str, str, Object], Attempt]] = {
    "update": _replaced,
    "patch": _edited,
    "edit": _edited,
    "share": _shared,
    "transfer": _offered,
    "accept": _accepted,
    "delete": _deleted,
}


def _other_description(present: Object) -> str:
    return "…" if present.get("spec", {}).get("description") != "…" else "… …"


def _own(resource: str, user: str) -> dict[str, Any]:
    return {"owner": {"user": user}} if resource == "projects" else {"owners": [user]}


def _manifest(resource: str, name: str, spec: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": API_VERSION,
        "kind": KINDS[resource],
        "metadata": {"name": name},
        "spec": spec,
    }
