"""One identity, by chance: whom the backend accepts, the API server accepts as the same person.

What the API server refuses, the backend refuses. RISE_FUZZ_TOKENS says how many (`make fuzz`).
"""

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any

import pytest
from fixtures.realm import Realm
from fuzz import bent
from fuzz.bent import Bent
from web import Line

from rise_crds.api import IDP_GROUP_PREFIX

CASES = int(os.environ.get("RISE_FUZZ_TOKENS", "400"))
SEED = int(os.environ.get("RISE_FUZZ_SEED", "1"))
AT_ONCE = 8
SHOWN = 5
REVIEWS = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
REVIEW = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}


@dataclass(frozen=True)
class Verdicts:
    """What the two say of one token; None: nobody."""

    direct: Any
    me: Any
    named: Any  # whom the backend names to the API server

    @property
    def differ(self) -> bool:
        """Whether one backend accepts what the other refuses."""
        return (self.me is None) is not (self.named is None)

    @property
    def fault(self) -> str:
        """Say where they differ; empty: nowhere."""
        if self.me is None and self.named is None:
            return ""
        if self.direct is None:
            return f"the backend accepts whom the API server refuses: {self.me}"
        if self.me is None or self.named is None:
            return "the two backends differ"
        person = (self.direct["username"], self.direct["groups"])
        if (self.me["username"], [*self.me["groups"], "system:authenticated"]) != person:
            return f"{self.me} is {self.direct} to the API server"
        if _without_groups(self.named) != _without_groups(self.direct):
            return f"{self.named} is {self.direct} to the API server"
        return ""


def _without_groups(user: Any) -> Any:
    """Leave out the groups of the identity provider: no team names one here."""
    groups = [group for group in user["groups"] if not group.startswith(IDP_GROUP_PREFIX)]
    return {**user, "groups": groups}


def _verdicts(realm: Realm, cases: list[Bent]) -> list[Verdicts]:
    """Ask for each case over connections that stay open."""
    with Line(realm.api) as api, Line(realm.backend) as backend, Line(realm.impersonating) as other:

        def verdicts(token: str) -> Verdicts:
            return Verdicts(_user(api, token), _me(backend, token), _user(other, token))

        found: list[Verdicts] = []
        for token in (case.token(realm.issuer) for case in cases):
            first = verdicts(token)
            # one that began or ended between two of the questions does not do so again
            found.append(verdicts(token) if first.differ else first)
        return found


def _user(line: Line, token: str) -> Any:
    answer = line.send("POST", REVIEWS, REVIEW, token)
    if answer.code == HTTPStatus.UNAUTHORIZED:
        return None
    assert answer.code == HTTPStatus.CREATED, answer.body
    user = answer.json["status"]["userInfo"]
    user["extra"].pop("authentication.kubernetes.io/credential-id", None)
    return user


def _me(line: Line, token: str) -> Any:
    answer = line.send("GET", "/api/v1/me", None, token)
    assert answer.code in {HTTPStatus.OK, HTTPStatus.UNAUTHORIZED}, answer.body
    return answer.json if answer.code == HTTPStatus.OK else None


def _smallest(realm: Realm, case: Bent) -> Bent:
    for shorter in bent.shorter(case):
        if _verdicts(realm, [shorter])[0].fault:
            return _smallest(realm, shorter)
    return case


@pytest.fixture(scope="module")
def judged(realm: Realm) -> Iterator[list[tuple[Bent, Verdicts]]]:
    now = int(time.time())
    cases = [bent.bent(SEED, number, realm.issuer, now) for number in range(CASES)]
    parts = [cases[start::AT_ONCE] for start in range(AT_ONCE)]
    with ThreadPoolExecutor(AT_ONCE) as people:
        verdicts = people.map(partial(_verdicts, realm), parts)
        yield [
            pair
            for part, said in zip(parts, verdicts, strict=True)
            for pair in zip(part, said, strict=True)
        ]


def test_they_agree_on_whoever_is_accepted(
    realm: Realm, judged: list[tuple[Bent, Verdicts]]
) -> None:
    wrong = [(case, verdicts.fault) for case, verdicts in judged if verdicts.fault]
    shown = [f"{fault}\n{_smallest(realm, case)}" for case, fault in wrong[:SHOWN]]
    assert not wrong, f"{len(wrong)} of {CASES}, seed {SEED}\n" + "\n".join(shown)


def test_both_accept_some_and_refuse_some(judged: list[tuple[Bent, Verdicts]]) -> None:
    accepted = sum(verdicts.me is not None for _, verdicts in judged)
    refused = sum(verdicts.direct is None for _, verdicts in judged)
    assert accepted > CASES / 20
    assert refused > CASES / 4
