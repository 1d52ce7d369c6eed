"""Values that are refused before anything is rendered, with words that name them."""

from typing import Any

import pytest

REGISTRY = {"name": "default", "provider": "distribution", "url": "https://registry.example.com"}


def _registry(**change: Any) -> dict[str, Any]:
    return {"registries": [{**REGISTRY, **change}]}


def _operator(**change: Any) -> dict[str, Any]:
    return {"operator": change}


def _backend(**change: Any) -> dict[str, Any]:
    return {"backend": change}


def _gitops(**change: Any) -> dict[str, Any]:
    return {"gitops": [{"namespace": "argocd", "serviceAccount": "argo", **change}]}


def _administrators(*, groups: Any = (), users: Any = ()) -> dict[str, Any]:
    return {"administrators": {"groups": list(groups), "users": list(users)}}


WRONG: list[Any] = [
    pytest.param(
        {"identity": {"issuer": "http://dex"}}, "/identity/issuer", id="an issuer without TLS"
    ),
    pytest.param({"identity": {"issuer": ""}}, "/identity/issuer", id="no issuer"),
    pytest.param(
        {"identity": {"issuer": "https://dex a"}}, "/identity/issuer", id="an issuer with a gap"
    ),
    pytest.param(
        {"identity": {"caConfigMap": "Dex_CA"}},
        "/identity/caConfigMap",
        id="a ConfigMap that cannot be",
    ),
    pytest.param(_operator(replicas=0), "/operator/replicas", id="no replica of the operator"),
    pytest.param(_backend(replicas=0), "/backend/replicas", id="no replica of the backend"),
    pytest.param(_operator(replicas="2"), "/operator/replicas", id="a number in quotes"),
    pytest.param(_operator(resyncSeconds=1), "/operator/resyncSeconds", id="resync every second"),
    pytest.param(_operator(image="rise operator"), "/operator/image", id="an image with a gap"),
    pytest.param(_operator(image=""), "/operator/image", id="no image"),
    pytest.param(_operator(logLevel="LOUD"), "/operator/logLevel", id="a level that is none"),
    pytest.param(_operator(enabled="no"), "/operator/enabled", id="a word for a boolean"),
    pytest.param(_operator(image=None), "'image'", id="a value taken out"),
    pytest.param(
        _backend(publicUrl="http://rise.example.com"), "/backend/publicUrl", id="people without TLS"
    ),
    pytest.param(
        _backend(upstreamIdentity="root"), "/backend/upstreamIdentity", id="a third identity"
    ),
    pytest.param(
        _backend(tlsSecretName="Rise TLS"), "/backend/tlsSecretName", id="a Secret that cannot be"
    ),
    pytest.param({"colour": "blue"}, "'colour'", id="an unknown key"),
    pytest.param(_operator(colour="blue"), "'colour'", id="an unknown key further down"),
    pytest.param(
        {"database": {"operatorKey": "a, b"}}, "/database/operatorKey", id="two keys in one"
    ),
    pytest.param(_registry(provider=""), "/registries/0/provider", id="no provider"),
    pytest.param(
        _registry(provider="it's mine"), "/registries/0/provider", id="a provider with a quote"
    ),
    pytest.param(_registry(url="ftp://x"), "/registries/0/url", id="a registry by FTP"),
    pytest.param(_registry(url="https://x/y"), "/registries/0/url", id="a registry with a path"),
    pytest.param(
        _registry(url="https://me:secret@x"), "/registries/0/url", id="a registry with a password"
    ),
    pytest.param(_registry(name="Far Away"), "/registries/0/name", id="a registry with a gap"),
    pytest.param(
        _registry(secrets={"operator": "Rise Secret"}),
        "/registries/0/secrets/operator",
        id="an account in a Secret that cannot be",
    ),
    pytest.param(
        _registry(secrets={"cli": "rise"}), "/registries/0/secrets", id="an account of another's"
    ),
    pytest.param(
        {"registrySigning": {"operatorSecret": "A B"}},
        "/registrySigning/operatorSecret",
        id="a signing key in a Secret that cannot be",
    ),
    pytest.param({"registries": []}, "/registries", id="no registry at all"),
    pytest.param(
        {"registries": [{"name": "default"}]}, "/registries/0", id="a registry that is nowhere"
    ),
    pytest.param({"defaultRegistry": "far"}, 'defaultRegistry "far"', id="a default that is none"),
    pytest.param(
        _administrators(groups=["a' || true || '"]),
        "/administrators/groups/0",
        id="a group that would break CEL",
    ),
    pytest.param(
        _administrators(users=['a"']), "/administrators/users/0", id="a user with a quote"
    ),
    pytest.param(
        _administrators(users=["a\\"]), "/administrators/users/0", id="a user with a backslash"
    ),
    pytest.param(
        _administrators(users=["a\nb"]), "/administrators/users/0", id="a user of two lines"
    ),
    pytest.param(
        _administrators(users=[""]), "/administrators/users/0", id="a user without a name"
    ),
    *(
        pytest.param(
            _administrators(groups=["ops", group]),
            "/administrators/groups/1",
            id=f"{group} as administrators",
        )
        for group in (
            "rise:users",
            "rise:gateway:apply",
            "system:authenticated",
            "system:unauthenticated",
            "system:serviceaccounts",
            "system:serviceaccounts:default",
        )
    ),
    pytest.param({"administrators": {"groups": "ops"}}, "/administrators/groups", id="no list"),
    pytest.param(_gitops(), "/gitops/0", id="a GitOps account that may nothing"),
    pytest.param(_gitops(setOwner=False), "/gitops/0", id="one that is refused all"),
    pytest.param(_gitops(teams=[]), "/gitops/0", id="one of no team"),
    pytest.param(_gitops(teams=["*"]), "/gitops/0/teams/0", id="one of every team"),
    pytest.param(_gitops(setOwner=True, verbs=["*"]), "'verbs'", id="one with verbs of its own"),
    pytest.param(
        {"reservedNames": ["x'] || true || !('"]}, "/reservedNames/0", id="a name that breaks CEL"
    ),
]


@pytest.mark.parametrize(("values", "named"), WRONG)
def test_a_wrong_value_is_refused_by_name(helm: Any, values: dict[str, Any], named: str) -> None:
    done = helm("template", values)
    assert done.returncode != 0, "helm renders it"
    assert named in done.stderr
    assert not done.stdout


def test_another_namespace_is_refused_with_what_to_type(helm: Any) -> None:
    done = helm("template", {}, namespace="default")
    assert done.returncode != 0
    assert (
        "install Rise into the namespace rise-system: "
        "helm install rise charts/rise --namespace rise-system --create-namespace"
    ) in done.stderr


def test_helm_lint_refuses_what_template_refuses(helm: Any) -> None:
    assert helm("lint", {"colour": "blue"}).returncode != 0


@pytest.mark.parametrize(
    "values",
    [
        pytest.param(_operator(image="host.example.com:5000/a/b:1@sha256:" + "0" * 64), id="image"),
        pytest.param(_administrators(groups=["oidc:platform-admins", "üben"]), id="groups"),
        pytest.param({"identity": {"issuer": "https://dex.example.com/a?b=c"}}, id="issuer"),
        pytest.param({"global": {"whatever": 1}}, id="what helm passes to every chart"),
    ],
)
def test_unusual_values_are_taken(helm: Any, values: dict[str, Any]) -> None:
    done = helm("template", values)
    assert done.returncode == 0, done.stderr
