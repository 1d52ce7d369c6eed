"""The gateway under requests that no honest client sends, judged by what the API server saw.

Never another identity upstream, never an error of ours, never a hang, never a second answer.
RISE_FUZZ_CASES says how many (`make fuzz`), RISE_FUZZ_SEED which ones.
"""

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from http import HTTPStatus

import pytest
from fixtures.realm import Realm
from fuzz import heads, wire
from fuzz.audit import Audit, Entry
from fuzz.heads import SMUGGLED, Case
from tokens import claims, signed
from web import Web

from rise_crds.api import APPLY_GROUP, USERS_GROUP

CASES = int(os.environ.get("RISE_FUZZ_CASES", "2000"))
SEED = int(os.environ.get("RISE_FUZZ_SEED", "1"))
HONEST = ONE, OTHER = CASES + 1, CASES + 2  # who send no case
AT_ONCE = 12
SHOWN = 5
GROUPS = {"system:authenticated", USERS_GROUP, APPLY_GROUP, "rise:idp:system:masters"}
VICTIM = "rise:victim@fuzz.test"
TRYING = "rise:nobody@rise.invalid"  # as whom a backend tries whether policies are in force
BACKENDS = ("backend", "impersonating")


def _faults(case: Case, reply: wire.Reply) -> Iterator[str]:
    """Say what is wrong with an answer."""
    for answer in reply.answers:
        ours = b"audit-id" not in answer.headers and answer.code != HTTPStatus.NOT_IMPLEMENTED
        if answer.code >= HTTPStatus.INTERNAL_SERVER_ERROR and ours:
            yield f"an error of ours: {answer.code} {answer.body[:200]!r}"
    if reply.rest:
        yield f"what is no answer: {reply.rest[:200]!r}"
    if not reply.ended:
        yield "the server does not hang up"
    if case.whole and len(reply.answers) != 1:
        yield f"{len(reply.answers)} answers to a good request"
    codes = [answer.code for answer in reply.answers]
    if any(code != HTTPStatus.BAD_REQUEST for code in codes[1:]):
        yield f"a second answer: {codes}"
    if case.nobody and any(code < HTTPStatus.BAD_REQUEST for code in codes):
        yield f"an answer to nobody: {codes}"


def _seen(entry: Entry, cases: dict[str, Case]) -> str:
    """Say what is wrong with what the API server saw; empty: nothing."""
    case = cases.get(entry.user)
    if case is None:
        return "" if entry.own or entry.user in {VICTIM, TRYING} else f"somebody else: {entry}"
    uid = f"u{case.number}"
    if (entry.uid, entry.extra) != (uid, (uid,)) or not set(entry.groups) <= GROUPS:
        return f"not quite the same person: {entry}"
    if case.nobody:
        return f"the token of nobody was believed: {entry}"
    return f"a hidden request: {entry}" if SMUGGLED in entry.uri and not _asked(case) else ""


def _asked(case: Case) -> bool:
    """Whether the very line of the request holds the mark."""
    return SMUGGLED.encode() in case.line


class Fuzzed:
    """A backend, the API server behind it, and what became of the cases."""

    def __init__(self, name: str, web: Web, realm: Realm, known: dict[str, Case]) -> None:
        self.name = name
        self.web = web
        self.audit = Audit(realm.audit)
        self.issuer = realm.issuer
        self.upstream: set[str] = set()
        self._known = known

    def run(self, cases: Iterable[Case]) -> dict[int, list[str]]:
        """Send the cases; return what is wrong, by number."""
        sent = list(cases)
        with ThreadPoolExecutor(AT_ONCE) as people:
            replies = list(people.map(self._send, sent))
        wrong = {
            case.number: list(_faults(case, reply))
            for case, reply in zip(sent, replies, strict=True)
        }
        self._known |= {case.user: case for case in sent}
        for entry in self.audit.entries():
            self.upstream.add(entry.user)
            if fault := _seen(entry, self._known):
                case = self._known.get(entry.user, sent[0])
                wrong.setdefault(case.number, []).append(fault)
        return {number: faults for number, faults in wrong.items() if faults}

    def _send(self, case: Case) -> wire.Reply:
        head = case.line.startswith(b"HEAD ")
        return wire.send(self.web, case.sent, head=head, whole=case.whole)

    def smallest(self, case: Case) -> Case:
        """Leave out of a bad case what is not needed."""
        for shorter in _shorter(case):
            if self.run([shorter]):
                return self.smallest(shorter)
        return case


def _shorter(case: Case) -> Iterator[Case]:
    for n, field in enumerate(case.fields):
        if b"authorization" in field.lower() and case.nobody:
            continue  # without the second token the first is a good one
        yield replace(case, fields=(*case.fields[:n], *case.fields[n + 1 :]), whole=False)
    if case.body:
        yield replace(case, body=b"", whole=False)


def _story(fuzzed: Fuzzed, cases: Sequence[Case], wrong: dict[int, list[str]]) -> str:
    by_number = {case.number: case for case in cases}
    lines = [f"{len(wrong)} of {len(cases)} cases, seed {SEED}"]
    for number, faults in list(wrong.items())[:SHOWN]:
        lines += [f"case {number}: {faults}", repr(fuzzed.smallest(by_number[number]).sent)]
    return "\n".join(lines)


@pytest.fixture(scope="module")
def known() -> dict[str, Case]:
    """Return whatever was sent, by whom: the API server may write it down after its answer."""
    honest = [Case(number, b"", ()) for number in HONEST]
    return {case.user: case for case in honest}


@pytest.fixture(scope="module", params=BACKENDS)
def fuzzed(request: pytest.FixtureRequest, realm: Realm, known: dict[str, Case]) -> Fuzzed:
    web: Web = getattr(realm, request.param)
    return Fuzzed(request.param, web, realm, known)


def _whoami(web: Web, issuer: str) -> str:
    """Return whom somebody honest is taken for, between all this."""
    payload = claims(issuer=issuer, email="victim@fuzz.test")
    answer = web.ask(
        "POST",
        heads.REVIEWS.decode(),
        token=signed(payload),
        headers=[("Content-Type", "application/json")],
        body=heads.REVIEW,
    )
    return str(answer.json["status"]["userInfo"]["username"])


def test_by_chance(fuzzed: Fuzzed, realm: Realm) -> None:
    half = CASES // len(BACKENDS)
    cases = [heads.case(SEED, number, realm.issuer) for number in _numbers(fuzzed, realm, half)]
    wrong: dict[int, list[str]] = {}
    for start in range(0, len(cases), 1_000):
        wrong |= fuzzed.run(cases[start : start + 1_000])
        assert _whoami(fuzzed.web, realm.issuer) == VICTIM
    assert not wrong, _story(fuzzed, cases, wrong)
    assert len(fuzzed.upstream) > half / 10, "too few of them got as far as the API server"
    log = (realm.logs / f"{fuzzed.name}.log").read_text()
    crashes = [line.replace("\\n", "\n") for line in log.splitlines() if "Traceback" in line]
    assert not crashes, "\n".join(crashes)[-4_000:]


def _numbers(fuzzed: Fuzzed, realm: Realm, half: int) -> range:
    first = half if fuzzed.web is realm.impersonating else 0
    return range(first, first + half)


def _by(number: int, issuer: str, line: bytes, *fields: bytes, body: bytes = b"") -> bytes:
    bearer = b"Authorization: Bearer " + heads.token(number, issuer).encode()
    return b"\r\n".join((line, b"Host: localhost", bearer, *fields, b"", body))


def _review(number: int, issuer: str) -> bytes:
    fields = (b"Content-Type: application/json", b"Content-Length: %d" % len(heads.REVIEW))
    return _by(number, issuer, b"POST %s HTTP/1.1" % heads.REVIEWS, *fields, body=heads.REVIEW)


def test_two_on_one_connection_stay_two(fuzzed: Fuzzed) -> None:
    """Each request counts for the token in it, also when they come at once."""
    sent = b"".join(_review(number, fuzzed.issuer) for number in (ONE, OTHER, ONE))
    answers = wire.several(fuzzed.web, sent, most=3)
    assert [answer.code for answer in answers] == [HTTPStatus.CREATED] * 3
    seen = [json.loads(answer.body)["status"]["userInfo"]["username"] for answer in answers]
    assert seen == [f"rise:{heads.email(number)}" for number in (ONE, OTHER, ONE)]


def test_nobody_inherits_a_connection(fuzzed: Fuzzed) -> None:
    """After somebody's request one without a token is nobody's."""
    bare = b"GET /version HTTP/1.1\r\nHost: localhost\r\n\r\n"
    first, second = wire.several(fuzzed.web, _review(ONE, fuzzed.issuer) + bare, most=2)
    assert (first.code, second.code) == (HTTPStatus.CREATED, HTTPStatus.UNAUTHORIZED)


# What chance found, each as small as it comes: the line, and the code that it gets.
FOUND = {
    "a broken escape, which the API server answers HEAD with a body": (
        b"HEAD /apis/rise.dev/v1alpha1%/teams/x HTTP/1.1",
        HTTPStatus.BAD_REQUEST,
    ),
    "a broken escape at the end": (b"GET /version/% HTTP/1.1", HTTPStatus.BAD_REQUEST),
    "a broken escape of one digit": (b"GET /api/v1/%4 HTTP/1.1", HTTPStatus.BAD_REQUEST),
    # Go reads the second value of both, whoever knows no better the first
    "a parameter with a semicolon": (
        b"GET /api/v1/pods?watch=0;&watch=1 HTTP/1.1",
        HTTPStatus.BAD_REQUEST,
    ),
    "a parameter with a broken escape": (
        b"GET /api/v1/pods?watch=0%zz&watch=1 HTTP/1.1",
        HTTPStatus.BAD_REQUEST,
    ),
}


@pytest.mark.parametrize(("line", "code"), FOUND.values(), ids=FOUND)
def test_what_was_found_stays_mended(fuzzed: Fuzzed, line: bytes, code: int) -> None:
    head = line.startswith(b"HEAD ")
    reply = wire.send(fuzzed.web, _by(ONE, fuzzed.issuer, line), head=head, whole=True)
    assert [answer.code for answer in reply.answers] == [code]
