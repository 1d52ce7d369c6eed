"""Which programs are built, from which modules, with which flags."""

from dataclasses import dataclass

KUBERNETES_VERSION = "v1.37.2"
_MAJOR, _MINOR = KUBERNETES_VERSION.removeprefix("v").split(".")[:2]
_STAMPS = {
    "gitVersion": KUBERNETES_VERSION,
    "gitMajor": _MAJOR,
    "gitMinor": _MINOR,
    "gitCommit": "",  # a module knows none, and would show git's unfilled template
    "gitTreeState": "clean",
}
STRIPPED = "-s -w"
# What `kubectl version` and /version answer; a build from the module knows nothing of a git tag.
_KUBERNETES = " ".join(
    [
        STRIPPED,
        *(f"-X k8s.io/component-base/version.{key}={value}" for key, value in _STAMPS.items()),
    ]
)


@dataclass(frozen=True)
class Server:
    """One program: where its go.mod stands under tools/, and which package it is."""

    name: str
    module: str
    package: str
    linker_flags: str = STRIPPED
    tags: tuple[str, ...] = ()
    wanted: bool = True  # built without being asked for


# What takes longest comes first: one module's programs are built one after the other, modules side
# by side, so the rest is done while kube-apiserver compiles.
SERVERS = (
    Server("kube-apiserver", "kubernetes", "k8s.io/kubernetes/cmd/kube-apiserver", _KUBERNETES),
    Server(
        "kube-controller-manager",
        "kubernetes",
        "k8s.io/kubernetes/cmd/kube-controller-manager",
        _KUBERNETES,
    ),
    Server("kubectl", "kubernetes", "k8s.io/kubernetes/cmd/kubectl", _KUBERNETES),
    Server("etcd", "etcd", "go.etcd.io/etcd/server/v3"),
    Server("helm", "helm", "helm.sh/helm/v4/cmd/helm"),
    Server("registry", "registry", "github.com/distribution/distribution/v3/cmd/registry"),
    Server("dex", "dex", "github.com/dexidp/dex/cmd/dex"),
    Server("process-compose", "process-compose", "github.com/f1bonacc1/process-compose/src"),
    Server("kind", "kind", "sigs.k8s.io/kind", wanted=False),
    # Clients of the registry, for the tests.
    Server("crane", "crane", "github.com/google/go-containerregistry/cmd/crane", wanted=False),
    Server("oras", "oras", "oras.land/oras/cmd/oras", wanted=False),
    Server(
        "skopeo",
        "skopeo",
        "github.com/containers/skopeo/cmd/skopeo",
        tags=(  # in Go alone: neither GnuPG nor a file system's library
            "containers_image_openpgp",
            "containers_image_storage_stub",
            "exclude_graphdriver_btrfs",
            "exclude_graphdriver_devicemapper",
        ),
        wanted=False,
    ),
)
