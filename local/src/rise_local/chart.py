"""Bring charts/rise to an API server: rendered by helm, applied by kubectl, seen to be in force."""

import hashlib
import json
import subprocess
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rise_crds.api import API_VERSION, SYSTEM_NAMESPACE, USER_PREFIX, USERS_GROUP
from rise_crds.documents import documents
from rise_crds.policies import BINDING, COPY, COPY_KEY, POLICY, digests
from rise_local.errors import LocalError
from rise_local.home import CHECKOUT, Home, write_private
from rise_local.kubectl import Kubectl, Refusal

CHART = CHECKOUT / "charts" / "rise"
FIELD_MANAGER = "rise-local"
PERSON = "alice@example.com"
SOMEBODY_ELSE = "bob@example.com"
# Right after its start the API server may refuse everything under a policy with parameters.
PATIENCE_S = 60.0
POLL_S = 0.3

Manifest = dict[str, Any]


@dataclass(frozen=True)
class Applied:
    """What was applied last: to notice that nothing changed, and what a new chart lacks."""

    digest: str
    objects: Sequence[str]  # "kind/name" or "kind/namespace/name", as kubectl takes them


def render(helm: Path, values: Manifest) -> list[Manifest]:
    """Return every object of the chart for `values`.

    Raises:
        LocalError: helm refuses the chart or the values.
    """
    command = [str(helm), "template", "rise", str(CHART), "--include-crds", "--values", "-"]
    command += ["--namespace", SYSTEM_NAMESPACE]
    done = subprocess.run(  # noqa: S603 - the program that we built
        command, input=json.dumps(values), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise LocalError(f"helm cannot render {CHART}: {done.stderr.strip()}")
    return documents(done.stdout)


def policies(objects: Iterable[Manifest]) -> str:
    """Return what the chart gives operator and backend to compare installed policies with."""
    copies = [each for each in objects if each["metadata"]["name"] == COPY]
    return copies[0]["data"][COPY_KEY]


def apply(home: Home, kubectl: Kubectl, objects: list[Manifest]) -> bool:
    """Apply `objects`, and delete what an earlier chart had and this one has not.

    Nothing is sent when the same objects were applied to the same cluster before and the policies
    are as they were then; one that somebody edited is made anew, also without what they added.

    Returns:
        Whether anything was sent.

    Raises:
        LocalError: the API server refuses an object.
    """
    cluster = kubectl.run("get", "namespace", "kube-system", "-o", "jsonpath={.metadata.uid}")
    now = Applied(_digest(objects, cluster), [_key(each) for each in objects])
    record = home.root / "applied.json"
    before = _read(record)
    damaged = _damaged_policies(kubectl, objects)
    if before == now and not damaged:
        return False
    # Unreadable until it is true again: an interrupted run must not look finished.
    write_private(record, "{}\n")
    system = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": SYSTEM_NAMESPACE}}
    first = [each for each in objects if each["kind"] in {"CustomResourceDefinition", "Namespace"}]
    _send(kubectl, [system, *first])
    kubectl.run("wait", "--for=condition=Established", "crd", "--all", "--timeout=30s")
    _delete(kubectl, damaged)
    _send(kubectl, [each for each in objects if each not in first])
    _delete(kubectl, [key for key in before.objects if key not in now.objects])
    text = json.dumps({"digest": now.digest, "objects": now.objects}, indent=2)
    write_private(record, text + "\n")
    return True


def wait_until_in_force(kubectl: Kubectl) -> None:
    """Wait until the policies decide: one's own project may be made, somebody else's may not.

    Raises:
        LocalError: they do not, within a minute.
    """
    deadline = time.monotonic() + PATIENCE_S
    while (wrong := _not_in_force(kubectl)) is not None:
        if time.monotonic() > deadline:
            raise LocalError(
                f"the API server does not enforce the chart's policies ({wrong}): "
                "run `make down`, then `make up`; if it stays, `make logs NAME=kube-apiserver`"
            )
        time.sleep(POLL_S)


def _not_in_force(kubectl: Kubectl) -> str | None:
    mine = _dry_run(kubectl, PERSON)
    if isinstance(mine, Refusal):
        return mine.text
    theirs = _dry_run(kubectl, SOMEBODY_ELSE)
    if isinstance(theirs, str) or "ValidatingAdmissionPolicy" not in theirs.text:
        return "a project for somebody else is not refused by a policy"
    return None


def _dry_run(kubectl: Kubectl, owner: str) -> str | Refusal:
    project = {
        "apiVersion": API_VERSION,
        "kind": "Project",
        "metadata": {"name": "is-anybody-there"},
        "spec": {"owner": {"user": owner}},
    }
    person = (f"--as={USER_PREFIX}{PERSON}", f"--as-group={USERS_GROUP}")
    options = ("--dry-run=server", "--validate=false", "-f", "-")
    return kubectl.attempt(*person, "create", *options, stdin=json.dumps(project))


def _damaged_policies(kubectl: Kubectl, objects: Iterable[Manifest]) -> list[str]:
    """Return the policies and bindings that are not as in `objects`, as kubectl takes them."""
    wanted = {_key(each): each for each in objects if each["kind"] in {POLICY, BINDING}}
    said = kubectl.run("get", f"{POLICY},{BINDING}", "-o", "json")
    found = {_key(each): each for each in json.loads(said)["items"]}
    return [
        key
        for key, each in wanted.items()
        if key not in found
        or digests(each["kind"], each["spec"]) != digests(each["kind"], found[key]["spec"])
    ]


def _send(kubectl: Kubectl, objects: Iterable[Manifest]) -> None:
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)})
    options = ("--server-side", "--force-conflicts", f"--field-manager={FIELD_MANAGER}")
    kubectl.run("apply", *options, "-f", "-", stdin=text)


def _delete(kubectl: Kubectl, keys: Iterable[str]) -> None:
    for key in keys:
        kind, _, name = key.partition("/")
        namespace, _, name = name.rpartition("/")
        where = ("--namespace", namespace) if namespace else ()
        kubectl.run("delete", kind, name, *where, "--ignore-not-found")


def _key(manifest: Manifest) -> str:
    group, _, _ = manifest["apiVersion"].rpartition("/")
    kind = manifest["kind"] + (f".{group}" if group else "")
    metadata = manifest["metadata"]
    namespace = f"{metadata['namespace']}/" if "namespace" in metadata else ""
    return f"{kind}/{namespace}{metadata['name']}"


def _digest(objects: list[Manifest], cluster: str) -> str:
    text = json.dumps([cluster, objects], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _read(record: Path) -> Applied:
    try:
        document = json.loads(record.read_text())
        return Applied(document["digest"], document["objects"])
    except (OSError, ValueError, KeyError):
        return Applied("", [])
