"""Names that only look like reserved or guarded ones: they are free; and each that is reserved."""

from typing import Any

from security.asking import CORE as KUBERNETES
from security.asking import Request, create, mark, post
from security.case import Case
from security.people import ALICE, CORE, NEW, PREFIX, SHOP, leaked
from security.specs import NEAR_KEYS, NEAR_KOPF_KEYS

from rise_crds.api import RESERVED_NAMES, RESERVED_PREFIXES

NAMESPACES = f"{KUBERNETES}/namespaces"
NEAR = (f"kube{PREFIX}", f"rise{PREFIX}", f"my-kube-{PREFIX}", f"my-rise-{PREFIX}")
RESERVED = (*RESERVED_NAMES, *(f"{prefix}x" for prefix in RESERVED_PREFIXES))


def _project(name: str) -> Request:
    return create("projects", name, {"owner": {"user": ALICE.email}})


def _team(name: str) -> Request:
    return create("teams", name, {"owners": [ALICE.email]})


def _namespace(name: str, **metadata: Any) -> Request:
    return post(NAMESPACES, {"metadata": {"name": name, **metadata}})


def _secret(name: str) -> Request:
    body = {"metadata": {"name": name}, "stringData": {"x": "y"}}
    return post(f"{NAMESPACES}/rise-{SHOP}/secrets", body)


CASES = [
    *(
        Case(
            18,
            f"alice calls a {kind} {name}",
            ALICE,
            new(name),
            f"this {kind} name is reserved: choose another one, which does not start with kube- or"
            " rise-$",
            new(NEW),
            422,
        )
        for kind, new in (("project", _project), ("team", _team))
        for name in RESERVED
    ),
    *(
        Case(18, f"alice calls a {kind} almost like a reserved name: {place}", ALICE, new(name))
        for kind, new in (("project", _project), ("team", _team))
        for place, name in zip(("kube", "rise", "kube- within", "rise- within"), NEAR, strict=True)
    ),
    *(
        Case(22, f"alice {it} a {kind}'s label {key}", ALICE, mark(plural, name, labels={key: to}))
        for kind, plural, name in (("project", "projects", SHOP), ("team", "teams", CORE))
        for key in NEAR_KEYS
        for it, to in (("changes", "2"), ("takes away", None))
    ),
    *(
        Case(
            22,
            f"alice {it} a {kind}'s annotation {key}",
            ALICE,
            mark(plural, name, annotations={key: to}),
        )
        for kind, plural, name in (("project", "projects", SHOP), ("team", "teams", CORE))
        for key in (*NEAR_KEYS, *NEAR_KOPF_KEYS)
        for it, to in (("changes", "2"), ("takes away", None))
    ),
    *(
        Case(
            73,
            f"with a leaked role alice creates a namespace almost like a project's: {place}",
            leaked(ALICE),
            _namespace(name),
        )
        for place, name in (("rise", NEAR[1]), ("rise- within", NEAR[3]))
    ),
    *(
        Case(
            73,
            f"with a leaked role alice labels a namespace {key}",
            leaked(ALICE),
            _namespace(NEW, labels={key: "y"}),
        )
        for key in NEAR_KEYS
    ),
    *(
        Case(
            138,
            f"with a leaked role alice creates a Secret almost like the operator's: {place}",
            leaked(ALICE),
            _secret(name),
        )
        for place, name in (("rise", NEAR[1]), ("rise- within", NEAR[3]))
    ),
]
