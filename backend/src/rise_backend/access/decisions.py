"""Ask the API server what somebody may do: an access review, then the change as a dry run."""

import asyncio
import re
import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import orjson

from rise_backend.access.attempts import Attempt, Object, attempt, right, tried
from rise_backend.errors import UnavailableError
from rise_backend.gateway.relay import Answer, whole
from rise_backend.gateway.reviews import JSON_HEADERS, PATH
from rise_backend.gateway.upstream import Caller, Upstream
from rise_backend.gateway.writes import policies_starting
from rise_crds.api import GROUP

POLICY_S = 5.0
POLICY = re.compile(
    r"ValidatingAdmissionPolicy '([^']+)' with binding '[^']+' denied request: (.*)"
)
UNDECIDED = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.UNAUTHORIZED})


@dataclass(frozen=True)
class Decision:
    """What the API server says, and which of its rules says so."""

    allowed: bool
    rule: str


class Decisions:
    """Puts questions to the API server, as the person they are about."""

    def __init__(self, upstream: Upstream) -> None:
        """Ask `upstream`."""
        self._upstream = upstream

    async def about(
        self, who: Caller, verb: str, resource: str, name: str, present: Object | None
    ) -> Decision:
        """Say whether `who` may do `verb`; `present` is the object, if there is one to be seen.

        Raises:
            UnavailableError: the API server does not decide now.
        """
        reviewed = await self._reviewed(who, right(verb), resource, name)
        if not reviewed.allowed or not tried(verb):
            return reviewed
        if present is None and verb != "create":
            return Decision(allowed=False, rule=f"there is no {resource[:-1]} {name} to be seen")
        if verb == "accept" and _offered_to(present) != who.identity.user:
            return Decision(allowed=False, rule=f"{resource}/{name} is not offered to them")
        trial = attempt(verb, resource, name, who.identity.user, present)
        refused = await self._refusal(who, trial)
        return Decision(allowed=False, rule=refused) if refused else reviewed

    async def _reviewed(self, who: Caller, verb: str, resource: str, name: str) -> Decision:
        attributes = {"group": GROUP, "resource": resource, "name": name, "verb": verb}
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": attributes},
        }
        async with self._upstream.as_person(
            who, "POST", PATH, headers=JSON_HEADERS, body=orjson.dumps(review)
        ) as response:
            answer = await whole(response)
        if answer.code != HTTPStatus.CREATED:
            raise UnavailableError(_undecided(answer))
        status: dict[str, Any] = orjson.loads(answer.body)["status"]
        if status.get("allowed") is True:
            return Decision(allowed=True, rule=str(status.get("reason", "")))
        none = f"no role gives {who.identity.username} the verb {verb} on {resource}/{name}"
        return Decision(allowed=False, rule=none)

    async def _refusal(self, who: Caller, trial: Attempt) -> str:
        """Return why a dry run is refused; empty when it is not."""
        headers = [("Accept", "application/json"), ("Content-Type", trial.content_type)]
        deadline = time.monotonic() + POLICY_S
        while True:
            async with self._upstream.as_person(
                who, trial.method, trial.target, headers=headers, body=trial.body
            ) as response:
                answer = await whole(response)
            if answer.code < HTTPStatus.MULTIPLE_CHOICES:
                return ""
            starting = policies_starting(answer)
            if not starting and answer.code < HTTPStatus.INTERNAL_SERVER_ERROR:
                return _sentence(trial, answer)
            if not starting or time.monotonic() > deadline:
                raise UnavailableError(_undecided(answer))
            await asyncio.sleep(0.2)


def _offered_to(present: Object | None) -> str | None:
    return ((present or {}).get("spec", {}).get("transferTo") or {}).get("user")


def _sentence(trial: Attempt, answer: Answer) -> str:
    """Return the rule that refuses, in the server's own words."""
    overtaken = answer.code == HTTPStatus.CONFLICT and trial.method != "POST"
    if overtaken or answer.code in UNDECIDED:
        raise UnavailableError(_undecided(answer))
    message = str(orjson.loads(answer.body).get("message", ""))
    if found := POLICY.search(message):
        return f"policy {found[1]}: {found[2]}"
    return message


def _undecided(answer: Answer) -> str:
    return (
        f"the API server does not say who may do what (it answered {answer.code}): try again in a "
        "moment"
    )
