"""The two programs as the chart runs them: settings that they know, and as little as they need."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from fixtures.golden import Golden

from rise_backend.settings import Settings as BackendSettings
from rise_backend.settings import UpstreamIdentity
from rise_crds.api import BACKEND_USER, OPERATOR_USER, SYSTEM_NAMESPACE
from rise_local.chart import Manifest, render
from rise_local.programs import ACCOUNTS
from rise_operator.settings import Settings as OperatorSettings

KINDS = ("ServiceAccount", "Deployment", "Service", "PodDisruptionBudget", "NetworkPolicy")
IN_A_SECRET = "postgresql://somebody@database/rise"
EVERY_VALUE: Manifest = {
    "identity": {"issuer": "https://dex.example.com/dex", "caConfigMap": "dex-ca"},
    "registries": [
        {"name": "near", "provider": "distribution", "url": "http://registry.local:5000"},
        {"name": "far", "provider": "distribution", "url": "https://far.example.com/"},
    ],
    "defaultRegistry": "far",
    "database": {"secretName": "databases", "operatorKey": "OP", "backendKey": "BE"},
    "operator": {"replicas": 2, "resyncSeconds": 60, "logLevel": "DEBUG"},
    "backend": {
        "replicas": 3,
        "publicUrl": "https://rise.example.com/",
        "upstreamIdentity": "token",
        "tlsSecretName": "certificate",
        "requestsPerSecond": 12.5,
        "logLevel": "ERROR",
    },
    "network": {
        "metricsFrom": [{"namespaceSelector": {"matchLabels": {"purpose": "monitoring"}}}],
        "egress": [{"to": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]}],
    },
}
SETTINGS = {"rise-operator": OperatorSettings, "rise-backend": BackendSettings}


@dataclass(frozen=True)
class Program:
    """A Deployment and its one container."""

    deployment: Manifest

    @property
    def pod(self) -> Manifest:
        return self.deployment["spec"]["template"]["spec"]

    @property
    def container(self) -> Manifest:
        (container,) = self.pod["containers"]
        return container

    @property
    def env(self) -> dict[str, str]:
        return {each["name"]: each.get("value", IN_A_SECRET) for each in self.container["env"]}

    @property
    def ports(self) -> dict[str, int]:
        return {each["name"]: each["containerPort"] for each in self.container["ports"]}


def _program(objects: Sequence[Manifest], name: str) -> Program:
    return Program(_one(objects, "Deployment", name))


def _one(objects: Sequence[Manifest], kind: str, name: str) -> Manifest:
    (found,) = [
        each for each in objects if each["kind"] == kind and each["metadata"]["name"] == name
    ]
    return found


def _kinds(objects: Sequence[Manifest]) -> list[tuple[str, str]]:
    return [(each["kind"], each["metadata"]["name"]) for each in objects if each["kind"] in KINDS]


@pytest.fixture(scope="session", params=["the defaults", "every value"])
def objects(request: pytest.FixtureRequest, helm_program: Path) -> list[Manifest]:
    return render(helm_program, EVERY_VALUE if request.param == "every value" else {})


@pytest.fixture(params=sorted(SETTINGS))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def program(objects: list[Manifest], name: str) -> Program:
    return _program(objects, name)


def test_what_runs(chart: list[Manifest], golden: Golden) -> None:
    golden("chart/programs", [each for each in chart if each["kind"] in KINDS])


def test_the_variables_are_settings_of_the_program(program: Program, name: str) -> None:
    prefix = name.replace("-", "_").upper() + "_"
    known = SETTINGS[name].model_fields
    assert set(program.env) <= {prefix + field.upper() for field in known}
    required = {field for field, described in known.items() if described.is_required()}
    assert {prefix + field.upper() for field in required} <= set(program.env)
    assert len(program.env) == len(program.container["env"]), "one stands there twice"


def _read(program: Program, name: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return the settings that the program reads from its environment."""
    for variable, value in program.env.items():
        monkeypatch.setenv(variable, value)
    given: dict[str, Any] = {}
    return SETTINGS[name](**given)


def test_the_operator_reads_what_the_values_say(
    helm_program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = _program(render(helm_program, EVERY_VALUE), "rise-operator")
    settings: OperatorSettings = _read(program, "rise-operator", monkeypatch)
    assert settings.database_url.get_secret_value() == IN_A_SECRET
    assert [each.name for each in settings.registries] == ["near", "far"]
    assert settings.default_registry == "far"
    assert settings.resync_seconds == 60
    assert settings.leader_election
    assert settings.log_level == "DEBUG"
    assert settings.address == ("0.0.0.0", program.ports["http"])  # noqa: S104 - in a pod


def test_the_backend_reads_what_the_values_say(
    helm_program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = _program(render(helm_program, EVERY_VALUE), "rise-backend")
    settings: BackendSettings = _read(program, "rise-backend", monkeypatch)
    assert settings.database_url == IN_A_SECRET
    assert settings.issuer == "https://dex.example.com/dex"
    assert settings.public_url == "https://rise.example.com/"
    assert settings.upstream_identity is UpstreamIdentity.TOKEN
    assert [each.name for each in settings.registries] == ["near", "far"]
    assert settings.default_registry == "far"
    assert settings.requests_per_second == 12.5
    assert settings.log_level == "ERROR"
    assert (settings.host, settings.port) == ("0.0.0.0", program.ports["https"])  # noqa: S104 - in a pod


def test_the_defaults_are_readable(
    chart: list[Manifest], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = _read(_program(chart, name), name, monkeypatch)
    assert settings.default_registry in {each.name for each in settings.registries}


def test_accounts_of_registries_are_mounted_where_the_providers_read_them(
    helm_program: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    near: Manifest = {"name": "near", "provider": "static", "url": "https://ghcr.io"}
    near["options"] = {"credential": "/etc/rise/registries/near"}
    values = {
        "registries": [
            {**near, "owners": ["team:core"], "secrets": {"operator": "gl-o", "backend": "gl-b"}},
            {**near, "name": "far", "secrets": {"operator": "far-o"}},
            {**near, "name": "open"},
        ],
        "defaultRegistry": "near",
        "registrySigning": {"operatorSecret": "sign-o", "backendSecret": "sign-b"},
    }
    program = _program(render(helm_program, values), name)
    paths = {each["name"]: each["mountPath"] for each in program.container["volumeMounts"]}
    mounted = {
        paths[each["name"]]: (each["secret"]["secretName"], each["secret"]["defaultMode"])
        for each in program.pod["volumes"]
        if each["name"].startswith(("account-", "registry-"))
    }
    letter = name.removeprefix("rise-")[0]
    expected = {"/etc/rise/registries/near": f"gl-{letter}"}
    expected["/etc/rise/registry-signing"] = f"sign-{letter}"
    if letter == "o":
        expected["/etc/rise/registries/far"] = "far-o"
    assert mounted == {path: (secret, 0o440) for path, secret in expected.items()}
    settings = _read(program, name, monkeypatch)
    assert [each.name for each in settings.registries] == ["near", "far", "open"]
    assert settings.registries[0].owners == ("team:core",)


def test_a_database_url_comes_from_a_secret_only(helm_program: Path) -> None:
    objects = render(helm_program, EVERY_VALUE)
    sources = {
        variable["name"]: variable["valueFrom"]["secretKeyRef"]
        for each in SETTINGS
        for variable in _program(objects, each).container["env"]
        if "valueFrom" in variable
    }
    assert sources == {
        "RISE_OPERATOR_DATABASE_URL": {"name": "databases", "key": "OP"},
        "RISE_BACKEND_DATABASE_URL": {"name": "databases", "key": "BE"},
    }


def test_every_file_that_is_named_is_mounted(program: Program) -> None:
    mounts = {each["mountPath"]: each for each in program.container.get("volumeMounts", ())}
    files = [PurePosixPath(value) for value in program.env.values() if value.startswith("/")]
    assert {str(path.parent) for path in files} == set(mounts)
    assert all(each["readOnly"] for each in mounts.values())
    assert [each["name"] for each in mounts.values()] == [
        each["name"] for each in program.pod.get("volumes", ())
    ]


def test_an_account_of_its_own(objects: list[Manifest], program: Program, name: str) -> None:
    account = program.pod["serviceAccountName"]
    assert _one(objects, "ServiceAccount", account)["metadata"]["namespace"] == SYSTEM_NAMESPACE
    user = {"rise-operator": OPERATOR_USER, "rise-backend": BACKEND_USER}[name]
    assert user == f"system:serviceaccount:{SYSTEM_NAMESPACE}:{account}"
    assert account in ACCOUNTS.values(), "locally it runs as another one"


@pytest.mark.parametrize(
    ("probe", "path"), [("livenessProbe", "/livez"), ("readinessProbe", "/readyz")]
)
def test_probes_ask_the_port_that_it_listens_on(program: Program, probe: str, path: str) -> None:
    get = program.container[probe]["httpGet"]
    assert get["path"] == path
    assert get["port"] in program.ports
    assert get.get("scheme", "HTTP").lower() == get["port"]
    listens = next(value for key, value in program.env.items() if key.endswith("_LISTEN"))
    assert listens == f"0.0.0.0:{program.ports[get['port']]}"


def test_nothing_more_than_it_needs(program: Program) -> None:
    assert program.container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    pod = program.pod["securityContext"]
    assert pod["runAsNonRoot"] is True
    assert pod["runAsUser"] > 0
    assert pod["seccompProfile"] == {"type": "RuntimeDefault"}
    assert not {"hostNetwork", "hostPID", "hostIPC", "initContainers"} & set(program.pod)
    assert "memory" in program.container["resources"]["limits"]
    assert set(program.container["resources"]["requests"]) == {"cpu", "memory"}


def test_the_service_finds_the_pods(objects: list[Manifest], program: Program, name: str) -> None:
    service = _one(objects, "Service", name)["spec"]
    labels: Mapping[str, str] = program.deployment["spec"]["template"]["metadata"]["labels"]
    selectors = [service["selector"], program.deployment["spec"]["selector"]["matchLabels"]]
    assert all(selector.items() <= labels.items() for selector in selectors)
    assert {each["targetPort"] for each in service["ports"]} == set(program.ports)


def test_a_program_is_reached_at_its_port_alone(
    objects: list[Manifest], program: Program, name: str
) -> None:
    policy = _one(objects, "NetworkPolicy", name)["spec"]
    labels: Mapping[str, str] = program.deployment["spec"]["template"]["metadata"]["labels"]
    assert policy["podSelector"]["matchLabels"].items() <= labels.items()
    assert "Ingress" in policy["policyTypes"]
    opened = [port["port"] for rule in policy["ingress"] for port in rule["ports"]]
    assert set(opened) <= set(program.ports)


def test_who_reaches_whom(helm_program: Path) -> None:
    default = render(helm_program, {})
    operator, backend = (_one(default, "NetworkPolicy", name)["spec"] for name in ACCOUNTS.values())
    assert operator["ingress"] == []
    assert backend["ingress"] == [{"ports": [{"port": "https"}]}]
    assert operator["policyTypes"] == backend["policyTypes"] == ["Ingress"]

    chosen = render(helm_program, EVERY_VALUE)
    operator, backend = (_one(chosen, "NetworkPolicy", name)["spec"] for name in ACCOUNTS.values())
    (rule,) = operator["ingress"]
    assert rule == {"ports": [{"port": "http"}], "from": EVERY_VALUE["network"]["metricsFrom"]}
    assert backend["ingress"] == [{"ports": [{"port": "https"}]}]
    for policy in (operator, backend):
        assert policy["policyTypes"] == ["Ingress", "Egress"]
        assert policy["egress"] == EVERY_VALUE["network"]["egress"]

    without = render(helm_program, {"network": {"enabled": False}})
    assert not [each for each in without if each["kind"] == "NetworkPolicy"]


@pytest.mark.parametrize(
    ("replicas", "budgets"),
    [pytest.param(1, 0, id="alone"), pytest.param(2, 1, id="of two, one stays")],
)
def test_a_drain_leaves_somebody(helm_program: Path, replicas: int, budgets: int) -> None:
    objects = render(helm_program, {"backend": {"replicas": replicas}})
    found = [each for each in objects if each["kind"] == "PodDisruptionBudget"]
    assert len(found) == budgets
    assert all(each["spec"]["maxUnavailable"] == 1 for each in found)


@pytest.mark.parametrize("left_out", ["operator", "backend"])
def test_a_program_that_runs_elsewhere_keeps_its_account(helm_program: Path, left_out: str) -> None:
    objects = render(helm_program, {left_out: {"enabled": False}})
    mine = [kind for kind, each in _kinds(objects) if each == f"rise-{left_out}"]
    assert mine == ["ServiceAccount"]


def test_rights_and_rules_do_not_depend_on_where_programs_run(
    helm_program: Path, chart: list[Manifest]
) -> None:
    without = render(helm_program, {"operator": {"enabled": False}, "backend": {"enabled": False}})
    kinds = {"ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"}
    kinds |= {"ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", "ServiceAccount"}
    assert [json.dumps(each) for each in without if each["kind"] in kinds] == [
        json.dumps(each) for each in chart if each["kind"] in kinds
    ]
