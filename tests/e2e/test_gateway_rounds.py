"""Who writes reads it: round after round, whatever was written, by whatever verb."""

import json
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from http import HTTPStatus
from typing import Any

import pytest
from fixtures.people import Shell, project
from watching import ALL, watching
from web import Answer, TokenOf, Web

pytestmark = pytest.mark.e2e
ALICE = {"user": "alice@example.com"}
APPLY = "application/apply-patch+yaml"
MERGE = "application/merge-patch+json"
SEED = 1
ROUNDS = 24
NAMES = 4


class Round:
    """Alice's own picture of her projects beside what the gateway says."""

    def __init__(self, door: Web, token: str, prefix: str) -> None:
        self._door, self._token, self._prefix = door, token, prefix
        self.there: dict[str, str] = {}  # name → description
        self.last = ""

    def write(self, verb: str, name: str, description: str) -> Answer:
        """Write by one verb, and take note of what follows from it."""
        path = f"{ALL}/projects/{name}"
        wanted = project(name, owner=ALICE, description=description)
        calls: dict[str, Callable[[], Answer]] = {
            "create": lambda: self._send("POST", f"{ALL}/projects", wanted),
            "apply": lambda: self._send(
                "PATCH", f"{path}?fieldManager=x&force=true", wanted, APPLY
            ),
            "merge": lambda: self._send(
                "PATCH", path, {"spec": {"description": description}}, MERGE
            ),
            "replace": lambda: self._send("PUT", path, self._with(name, description)),
        }
        answer = calls[verb]()
        if answer.code in {HTTPStatus.OK, HTTPStatus.CREATED}:
            self.there[name] = self.last = description
        return answer

    def allowed(self, name: str) -> list[str]:
        return ["apply", "merge", "replace"] if name in self.there else ["create", "apply"]

    def look(self, name: str) -> tuple[Any, Any]:
        """Return the description of one project, and of all, as they are read at once."""
        one = self._door.get(f"{ALL}/projects/{name}", self._token)
        listed = self._door.get(f"{ALL}/projects", self._token)
        assert one.code == listed.code == HTTPStatus.OK, one.body
        items = {item["metadata"]["name"]: item["spec"] for item in listed.json["items"]}
        return one.json["spec"]["description"], {
            name: spec["description"]
            for name, spec in items.items()
            if name.startswith(self._prefix)
        }

    def _with(self, name: str, description: str) -> Any:
        found = self._door.get(f"{ALL}/projects/{name}", self._token).json
        return {**found, "spec": {**found["spec"], "description": description}}

    def _send(self, method: str, target: str, content: Any, kind: str = "") -> Answer:
        return self._door.send(method, target, content, self._token, kind)


def test_what_was_written_is_read_at_once(
    door: Web, token_of: TokenOf, alice: Shell, prefix: str
) -> None:
    chance = random.Random(SEED)
    mine = Round(door, token_of("alice"), prefix)
    with watching(door, token_of("alice"), "projects") as watched:
        for number in range(ROUNDS):
            name = f"{prefix}-{chance.randrange(NAMES)}"
            verb = chance.choice(mine.allowed(name))
            answer = mine.write(verb, name, f"round {number}")
            if verb == "replace" and answer.code == HTTPStatus.CONFLICT:
                continue  # the operator wrote in between
            assert answer.code in {HTTPStatus.OK, HTTPStatus.CREATED}, (verb, answer.body)
            assert mine.look(name) == (f"round {number}", mine.there), verb
        last = f'"description":"{mine.last}"'
        alice.until(lambda: last in watched.text, "the watch tells of it, too")


def test_what_was_just_made_can_be_changed_and_deleted(
    door: Web, token_of: TokenOf, prefix: str
) -> None:
    """The answer to a creation comes when its creator may go on."""
    token, path = token_of("alice"), f"{ALL}/projects/{prefix}"
    wanted = project(prefix, owner=ALICE)
    assert door.send("POST", f"{ALL}/projects", wanted, token).code == HTTPStatus.CREATED
    patch = {"spec": {"description": "at once"}}
    assert door.send("PATCH", path, patch, token, MERGE).code == HTTPStatus.OK
    assert door.ask("DELETE", path, token=token).code == HTTPStatus.OK
    left = door.get(path, token)
    assert left.code == HTTPStatus.NOT_FOUND or left.json["metadata"]["deletionTimestamp"]


POLICY = "still-starting"


@pytest.fixture
def starting(administrator: Shell, prefix: str) -> Any:
    """A policy whose parameters are of a kind that is not known, as at the API server's start."""
    rules = {
        "apiGroups": ["rise.dev"],
        "apiVersions": ["*"],
        "operations": ["*"],
        "resources": ["projects"],
    }
    spec = {
        "failurePolicy": "Fail",
        "paramKind": {"apiVersion": "example.com/v1", "kind": "Nothing"},
        "matchConstraints": {
            "resourceRules": [rules],
            "objectSelector": {"matchLabels": {"held": prefix}},
        },
        "validations": [{"expression": "true"}],
    }
    head = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "metadata": {"name": f"{POLICY}-{prefix}"},
    }
    bound = {
        "policyName": f"{POLICY}-{prefix}",
        "paramRef": {"name": "nothing", "parameterNotFoundAction": "Deny"},
        "validationActions": ["Deny"],
    }
    administrator.apply({**head, "kind": "ValidatingAdmissionPolicy", "spec": spec})
    bind = {**head, "kind": "ValidatingAdmissionPolicyBinding", "spec": bound}
    unbind = (
        "delete",
        "validatingadmissionpolicybinding",
        f"{POLICY}-{prefix}",
        "--ignore-not-found",
    )
    yield lambda: administrator.apply(bind), lambda: administrator.kubectl(*unbind)
    administrator.kubectl(*unbind)
    administrator.kubectl("delete", "validatingadmissionpolicy", f"{POLICY}-{prefix}")


def test_writes_wait_while_policies_are_starting(
    doors: dict[str, Web],
    token_of: TokenOf,
    alice: Shell,
    starting: tuple[Callable[[], str], Callable[[], str]],
    prefix: str,
) -> None:
    """Every verb, dry or not, through both doors: all wait, and then all are carried out."""
    bind, unbind = starting
    token = token_of("alice")
    held = [f"{prefix}-held-{number}" for number in range(4)]
    for name in held:
        alice.apply(_held(name, prefix, description="before"))
    bind()
    dry = f"{ALL}/projects?dryRun=All"
    web = doors["token"]
    alice.until(
        lambda: (
            "paramKind"
            in alice.kubectl(
                "--server",
                alice.env["RISE_API_URL"],
                "annotate",
                "project",
                held[0],
                "a=b",
                "--dry-run=server",
                exit_code=None,
            )
        ),
        "the policy is active",
    )
    impersonating = doors["impersonate"]
    change = {"spec": {"description": "after"}}
    new = [_held(f"{prefix}-held-new{number}", prefix) for number in range(3)]
    calls: dict[str, Callable[[], Answer]] = {
        "create": lambda: web.send("POST", f"{ALL}/projects", new[0], token),
        "create dry": lambda: impersonating.send("POST", dry, new[1], token),
        "first apply": lambda: impersonating.send(
            "PATCH",
            f"{ALL}/projects/{new[2]['metadata']['name']}?fieldManager=x",
            new[2],
            token,
            APPLY,
        ),
        "patch": lambda: web.send("PATCH", f"{ALL}/projects/{held[1]}", change, token, MERGE),
        "patch dry": lambda: impersonating.send(
            "PATCH", f"{ALL}/projects/{held[0]}?dryRun=All", change, token, MERGE
        ),
        "replace": lambda: web.send(
            "PUT", f"{ALL}/projects/{held[2]}", _changed(web, token, held[2]), token
        ),
        "delete": lambda: impersonating.ask("DELETE", f"{ALL}/projects/{held[3]}", token=token),
    }
    with ThreadPoolExecutor(len(calls)) as pool:
        answers = {verb: pool.submit(call) for verb, call in calls.items()}
        assert not wait(answers.values(), timeout=1.5).done, "all wait"
        unbind()
        said = {
            verb: (answer.result().code, answer.result().body) for verb, answer in answers.items()
        }
    refused = {verb: body for verb, (code, body) in said.items() if code >= HTTPStatus.BAD_REQUEST}
    assert not refused


def _held(name: str, prefix: str, **spec: Any) -> Any:
    wanted = project(name, owner=ALICE, **spec)
    wanted["metadata"]["labels"] = {"held": prefix}
    return wanted


def _changed(web: Web, token: str, name: str) -> Any:
    found = web.get(f"{ALL}/projects/{name}", token).json
    return json.loads(json.dumps(found).replace('"before"', '"after"'))
