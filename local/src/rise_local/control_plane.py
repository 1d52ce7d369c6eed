"""A Kubernetes control plane without nodes: etcd, kube-apiserver, kube-controller-manager."""

from pathlib import Path
from typing import Any

import yaml

from rise_crds.api import AUDIENCE, CLI_CLIENT_ID, IDP_GROUP_PREFIX, USER_PREFIX, USERS_GROUP
from rise_local.certificates import Pair, ensure_service_account_key
from rise_local.kubeconfig import certificate_kubeconfig
from rise_local.process import Probe, Process
from rise_local.site import Site

WEB_CLIENT_ID = "rise-web"
LONGEST_TOKEN_S = 3600
EMAIL = "^[A-Za-z0-9.!#$%&*+/=?^_`{|}~-]+@[A-Za-z0-9-]+([.][A-Za-z0-9-]+)+$"
CONTROLLERS = (
    "namespace",
    "garbagecollector",
    "serviceaccount",
    "serviceaccount-token",
    "root-ca-cert-publisher",
    "resourcequota",
    "validatingadmissionpolicy-status-controller",
)
ADMINISTRATORS = "system:masters"


def etcd(site: Site, server: Pair) -> Process:
    """Return etcd's process: one member, reached with certificates of the local CA only."""
    client, peer = site.url("etcd"), site.url("etcd-peer")
    metrics = site.url("etcd-metrics", "http")
    files = [f"--cert-file={server.certificate}", f"--key-file={server.key}"]
    peer_files = [f"--peer-cert-file={server.certificate}", f"--peer-key-file={server.key}"]
    command = [
        str(site.programs["etcd"]),
        "--name=rise",
        f"--data-dir={site.home.data_of('etcd')}",
        *(f"--listen-client-urls={client}", f"--advertise-client-urls={client}"),
        *(f"--listen-peer-urls={peer}", f"--initial-advertise-peer-urls={peer}"),
        f"--initial-cluster=rise={peer}",
        f"--listen-metrics-urls={metrics}",
        *(*files, f"--trusted-ca-file={site.ca}", "--client-cert-auth"),
        *(*peer_files, f"--peer-trusted-ca-file={site.ca}", "--peer-client-cert-auth"),
        "--auto-compaction-retention=1h",
        "--log-level=warn",
    ]
    return Process(name="etcd", command=command, probe=Probe(url=f"{metrics}/readyz"))


def apiserver(site: Site, server: Pair, etcd_client: Pair) -> Process:
    """Return the API server's process: people by Dex's tokens, programs by theirs, nobody else."""
    keys = ensure_service_account_key(site.home.pki)
    audit, audit_policy = site.home.logs / "audit.log", _audit_policy(site)
    url = site.url("kube-apiserver")
    command = [
        str(site.programs["kube-apiserver"]),
        *("--bind-address=127.0.0.1", "--advertise-address=127.0.0.1"),
        f"--secure-port={site.ports['kube-apiserver']}",
        *(f"--tls-cert-file={server.certificate}", f"--tls-private-key-file={server.key}"),
        f"--etcd-servers={site.url('etcd')}",
        f"--etcd-cafile={site.ca}",
        *(f"--etcd-certfile={etcd_client.certificate}", f"--etcd-keyfile={etcd_client.key}"),
        f"--client-ca-file={site.ca}",
        f"--authentication-config={_authentication(site)}",
        "--authorization-mode=Node,RBAC",
        f"--service-account-issuer={url}",
        f"--service-account-key-file={keys.certificate}",
        f"--service-account-signing-key-file={keys.key}",
        "--service-cluster-ip-range=10.96.0.0/16",
        "--endpoint-reconciler-type=none",
        *(f"--audit-policy-file={audit_policy}", f"--audit-log-path={audit}"),
        *("--audit-log-maxsize=20", "--audit-log-maxbackup=2"),
        "--shutdown-send-retry-after=true",  # otherwise it waits a minute for watches to end
        "--profiling=false",
    ]
    return Process(
        name="kube-apiserver",
        command=command,
        probe=Probe(url=f"{url}/readyz"),
        files=(audit_policy,),  # it looks again at the others
        after=("etcd", "dex"),
    )


def controller_manager(site: Site, server: Pair, client: Pair) -> Process:
    """Return the controller manager's process; it gives up unless the API server is healthy."""
    kubeconfig = site.home.kubeconfig_of("controller-manager")
    certificate_kubeconfig(kubeconfig, site.url("kube-apiserver"), site.ca, client)
    keys = ensure_service_account_key(site.home.pki)
    command = [
        str(site.programs["kube-controller-manager"]),
        "--bind-address=127.0.0.1",
        f"--secure-port={site.ports['kube-controller-manager']}",
        *(f"--tls-cert-file={server.certificate}", f"--tls-private-key-file={server.key}"),
        f"--kubeconfig={kubeconfig}",
        f"--controllers={','.join(CONTROLLERS)}",
        "--use-service-account-credentials=true",
        f"--service-account-private-key-file={keys.key}",
        f"--root-ca-file={site.ca}",
        "--leader-elect=false",
        *("--kube-api-qps=200", "--kube-api-burst=400"),
        "--profiling=false",
    ]
    return Process(
        name="kube-controller-manager",
        command=command,
        probe=Probe(url=f"{site.url('kube-controller-manager')}/healthz"),
        after=("kube-apiserver",),
    )


def authentication(issuer: str, ca_pem: str) -> dict[str, Any]:
    """Return how the API server reads Dex's tokens; the backend reads them by the same rules.

    `dyn()`: claims are typed `any`, and CEL iterates only over list, map or dyn. The prefix
    `rise:idp:` keeps a group called `users` at the identity provider from becoming rise:users.
    """
    clients = f"['{CLI_CLIENT_ID}','{WEB_CLIENT_ID}']"
    audiences = f"['{AUDIENCE}','{CLI_CLIENT_ID}','{WEB_CLIENT_ID}']"
    audience = (
        f"claims.aud == '{AUDIENCE}' || (type(claims.aud) == list && '{AUDIENCE}' in claims.aud"
        f" && dyn(claims.aud).all(a, a in {audiences}))"
    )
    groups = f"dyn(claims.?groups.orValue([])).map(g, '{IDP_GROUP_PREFIX}' + g)"
    rules = [
        ("claims.email_verified == true", "e-mail not verified"),
        (audience, "foreign audience"),
        (f"claims.?azp.orValue('{CLI_CLIENT_ID}') in {clients}", "unknown client"),
        (f"claims.exp - claims.iat <= {LONGEST_TOKEN_S}", "token lifetime too long"),
        (f"claims.email.matches('{EMAIL}')", "unusable e-mail"),
    ]
    user_rules = [
        ("!user.username.startsWith('system:')", "reserved"),
        ("user.groups.all(g, !g.startsWith('system:'))", "reserved"),
    ]
    return {
        "apiVersion": "apiserver.config.k8s.io/v1",
        "kind": "AuthenticationConfiguration",
        "jwt": [
            {
                "issuer": {
                    "url": issuer,
                    "audiences": [AUDIENCE],
                    "audienceMatchPolicy": "MatchAny",
                    "certificateAuthority": ca_pem,
                },
                "claimValidationRules": _rules(rules),
                "claimMappings": {
                    "username": {"expression": f"'{USER_PREFIX}' + claims.email.lowerAscii()"},
                    "groups": {"expression": f"{groups} + ['{USERS_GROUP}']"},
                    "uid": {"expression": "claims.sub"},
                    "extra": [{"key": "rise.dev/idp-sub", "valueExpression": "claims.sub"}],
                },
                "userValidationRules": _rules(user_rules),
            }
        ],
        "anonymous": {
            "enabled": True,  # everything but the health paths: 401 without a token
            "conditions": [{"path": "/livez"}, {"path": "/readyz"}, {"path": "/healthz"}],
        },
    }


def _rules(rules: list[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"expression": expression, "message": message} for expression, message in rules]


def _authentication(site: Site) -> Path:
    configuration = authentication(site.issuer, site.ca.read_text())
    return site.write("authentication.yaml", yaml.safe_dump(configuration, sort_keys=False))


def _audit_policy(site: Site) -> Path:
    """Write the audit policy: every change with its body (Secrets and tokens without), no reads."""
    secret = [
        {"group": "", "resources": ["secrets", "serviceaccounts/token"]},
        {"group": "authentication.k8s.io", "resources": ["tokenreviews"]},
    ]
    policy = {
        "apiVersion": "audit.k8s.io/v1",
        "kind": "Policy",
        "omitStages": ["RequestReceived"],
        "rules": [
            {"level": "None", "verbs": ["get", "list", "watch"]},
            {"level": "None", "resources": [{"group": "coordination.k8s.io"}]},
            {"level": "Metadata", "resources": secret},
            {"level": "Request", "resources": [{"group": "rise.dev"}]},
            {"level": "Metadata"},
        ],
    }
    return site.write("audit.yaml", yaml.safe_dump(policy, sort_keys=False))
