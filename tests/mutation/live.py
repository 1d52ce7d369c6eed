"""Changed policies on a real API server, a platform of its own: does a live case notice?"""

import shutil
import tempfile
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from mutation.mutants import Mutant
from rules.policy import Object
from security import world
from security.asking import ApiServer, Request, post, really
from security.case import Case
from security.judging import complaint
from security.people import ADMIN
from security.server import connected
from security.test_attacks import CASES
from security.world import until

from rise_local.kubectl import Kubectl
from rise_local.platform import Platform
from rise_local.steps import Silent

GROUP = "/apis/admissionregistration.k8s.io/v1"
POLICIES, BINDINGS = (
    f"{GROUP}/validatingadmissionpolicies",
    f"{GROUP}/validatingadmissionpolicybindings",
)
MARKER = {
    "failurePolicy": "Fail",
    "matchConstraints": {
        "resourceRules": [
            {
                "apiGroups": [""],
                "apiVersions": ["v1"],
                "operations": ["CREATE"],
                "resources": ["configmaps"],
            }
        ]
    },
    "matchConditions": [{"name": "probe", "expression": "object.metadata.name == 'probe'"}],
}
PROBE = post("/api/v1/namespaces/default/configmaps", {"metadata": {"name": "probe"}})


@dataclass
class Server:
    """An API server whose policies are exchanged, with the stage of the attacks on it."""

    api: ApiServer
    _rounds: Iterator[int] = field(default_factory=lambda: count(1))

    def killer(self, mutant: Mutant, binding: Object, original: Object) -> str:
        """Return the first live case that notices `mutant`; everything is as before then.

        One whose types do not fit is noticed by the API server, which does not take it.
        """
        tried = self.api.ask(ADMIN, self._replacing(POLICIES, mutant.manifest))
        if "compilation failed" in tried.message:
            return "the API server does not take it: its types do not fit"
        self._install(mutant.manifest, mutant.binding, f"Policy '{mutant.policy}'")
        try:
            return next(self._complaints(mutant), "")
        finally:
            self._install(original, binding)

    def _complaints(self, mutant: Mutant) -> Iterator[str]:
        for case in _likely_first(mutant):
            if said := complaint(self.api, case):
                yield f"{case.sentence}: {said}"

    def _install(self, policy: Object, binding: Object | None, refused: str = "") -> None:
        name = policy["metadata"]["name"]
        self._put(POLICIES, policy)
        if binding is None:
            self.api.must(ADMIN, really(Request("DELETE", f"{BINDINGS}/{name}")))
        else:
            self._put(BINDINGS, binding)
        self._wait_until_seen(refused)

    def _put(self, path: str, manifest: Object) -> None:
        name = manifest["metadata"]["name"]
        found = self.api.ask(ADMIN, Request("GET", f"{path}/{name}"))
        if not found.accepted:
            self.api.must(ADMIN, really(post(path, manifest)))
            return
        self.api.must(ADMIN, really(self._replacing(path, manifest)))

    def _replacing(self, path: str, manifest: Object) -> Request:
        place = f"{path}/{manifest['metadata']['name']}"
        found = self.api.must(ADMIN, Request("GET", place))
        version = {"resourceVersion": found["metadata"]["resourceVersion"]}
        body = {**manifest, "metadata": {**manifest["metadata"], **version}}
        return Request("PUT", place, body)

    def _wait_until_seen(self, refused: str) -> None:
        """Wait until a policy and a binding that are newer than the mutant's are in force.

        So is one that refuses the probe itself, whose refusal (it says `refused`) stands first.
        """
        name = f"round-{next(self._rounds)}.example.com"
        validation = {"expression": "false", "message": f"seen {name}"}
        spec = {**MARKER, "validations": [validation]}
        bound = {"policyName": name, "validationActions": ["Deny"]}
        for path, rules in ((POLICIES, spec), (BINDINGS, bound)):
            self.api.must(ADMIN, really(post(path, {"metadata": {"name": name}, "spec": rules})))
        signs = {f"seen {name}", refused} - {""}
        until(
            lambda: any(sign in self.api.ask(ADMIN, PROBE).text for sign in signs),
            f"{name} is in force",
        )
        for path in (BINDINGS, POLICIES):
            self.api.must(ADMIN, really(Request("DELETE", f"{path}/{name}")))
        until(lambda: f"seen {name}" not in self.api.ask(ADMIN, PROBE).text, f"{name} is gone")


def _likely_first(mutant: Mutant) -> Sequence[Case]:
    """Return every case, those first that speak of what the policy is about."""
    subject = mutant.policy.split(".")[0]
    return sorted(CASES, key=lambda case: subject not in case.does.path)


@contextmanager
def server() -> Generator[Server]:
    """Start a control plane of its own, and set the stage of the attacks."""
    root = Path(tempfile.mkdtemp(prefix="rise-mutation-"))
    platform = Platform(root / "rise", steps=Silent())
    try:
        platform.serve()
        kubeconfig = platform.home.kubeconfig_of("admin")
        with connected(kubeconfig) as api:
            world.build(api, Kubectl(platform.programs["kubectl"], kubeconfig))
            yield Server(api)
    finally:
        platform.reset()
        shutil.rmtree(root)
