"""`rise kubeconfig` and the credential plugin, used by an unmodified kubectl."""

import json
import shutil
from pathlib import Path

import pytest
import yaml
from fixtures.people import Shell
from fixtures.sign_in import Newcomer, read_session

pytestmark = pytest.mark.e2e
OTHERS = """\
apiVersion: v1
kind: Config
current-context: work
clusters:
- name: work
  cluster: {server: "https://work.test"}
contexts:
- name: work
  context: {cluster: work, user: me, namespace: "1e3"}
users:
- name: me
  user: {username: "y", password: "0123"}
"""


def test_kubectl_works_beside_what_was_there(newcomer: Newcomer) -> None:
    shell = newcomer("alice")
    config = Path(shell.env["KUBECONFIG"])
    config.write_text(OTHERS)
    shell.rise("login", "--email", "alice@example.com", "--password-stdin", stdin="password\n")

    assert "kubectl config use-context rise" in shell.rise("kubeconfig")
    assert shell.kubectl("config", "current-context").strip() == "work"
    shell.kubectl("config", "use-context", "rise")
    assert "rise:alice@example.com" in shell.kubectl("auth", "whoami")

    shell.rise("kubeconfig", "--name", "again", "--use")
    assert shell.kubectl("config", "current-context").strip() == "again"
    assert "rise:alice@example.com" in shell.kubectl("auth", "whoami")
    kept = json.loads(shell.kubectl("config", "view", "--raw", "-o", "json"))
    work = next(one for one in kept["contexts"] if one["name"] == "work")
    assert work["context"]["namespace"] == "1e3"
    me = next(one for one in kept["users"] if one["name"] == "me")
    assert me["user"] == {"username": "y", "password": "0123"}


def test_kubectl_finds_the_plugin_without_its_path(newcomer: Newcomer, tmp_path: Path) -> None:
    shell = newcomer("alice")
    shell.rise("login", "--email", "alice@example.com", "--password-stdin", stdin="password\n")
    printed = shell.rise("kubeconfig", "--print")
    assert not Path(shell.env["KUBECONFIG"]).exists()
    (tmp_path / "printed").write_text(printed)
    kubectl = shutil.which("kubectl", path=shell.env["PATH"])
    assert kubectl
    bare = Shell("alice", {"HOME": shell.env["HOME"], "PATH": "/usr/bin:/bin"})
    said = bare.run(kubectl, "--kubeconfig", str(tmp_path / "printed"), "auth", "whoami").stdout
    assert "rise:alice@example.com" in said


def test_no_token_stands_in_a_kubeconfig(alice: Shell) -> None:
    written = Path(alice.env["KUBECONFIG"]).read_text()
    assert read_session(alice)["token"] not in written
    (user,) = yaml.safe_load(written)["users"]
    assert list(user["user"]) == ["exec"]


def test_the_plugin_answers_as_kubectl_asks(alice: Shell) -> None:
    info = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "kind": "ExecCredential",
        "spec": {"interactive": False},
    }
    asking = Shell("kubectl", {**alice.env, "KUBERNETES_EXEC_INFO": json.dumps(info)})
    answer = asking.json("rise", "kube-credential")
    assert answer["apiVersion"] == info["apiVersion"]
    assert answer["status"]["token"] == read_session(alice)["token"]


def test_who_is_signed_out_is_told_by_kubectl(newcomer: Newcomer) -> None:
    shell = newcomer("alice")
    shell.rise("login", "--email", "alice@example.com", "--password-stdin", stdin="password\n")
    shell.rise("kubeconfig", "--use")
    shell.rise("logout")
    assert "nobody is signed in; sign in with: rise login" in shell.kubectl(
        "get", "projects", exit_code=1
    )
