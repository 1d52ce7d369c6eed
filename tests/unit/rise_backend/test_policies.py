"""What the backend takes from the answers to an attempt that has to be refused."""

from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from rise_backend import policy_attempts
from rise_backend.gateway.upstream import Upstream

REFUSALS = [
    (403, f"ValidatingAdmissionPolicy '{name}.rise.dev' denied request: no")
    for name in ("projects.ownership", "teams.ownership", "first-apply")
]
BUSY = [(429, "too many requests"), (500, "etcd is away"), (503, "shutting down"), (504, "late")]


@dataclass
class _Response:
    status: int
    text: str

    async def read(self) -> bytes:
        return self.text.encode()


class _Scripted(Upstream):
    def __init__(self, answers: Iterable[tuple[int, str]]) -> None:
        self.answers = [_Response(*answer) for answer in answers]

    @asynccontextmanager
    async def as_person(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, *_: object, **__: object
    ) -> AsyncGenerator[_Response]:
        yield self.answers.pop(0)


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        pytest.param(REFUSALS, "", id="all are refused"),
        pytest.param([*BUSY, *REFUSALS], "", id="all are refused by a server that was busy"),
        pytest.param([(201, "{}")], "does not refuse what projects.ownership", id="a yes"),
        pytest.param([(404, "no such kind")], "answers 404 instead of a refusal", id="otherwise"),
        pytest.param(
            [*REFUSALS[:1], *BUSY, (201, "{}")],
            "does not refuse what teams.ownership",
            id="the second gets through a server that was busy",
        ),
        pytest.param(
            [*REFUSALS[:2], REFUSALS[0]],
            "instead of a refusal by first-apply",
            id="the refusal is another policy's",
        ),
    ],
)
async def test_what_an_attempt_tells(
    answers: list[tuple[int, str]], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policy_attempts, "AGAIN_S", 0.0)
    upstream = _Scripted(answers)
    said = await policy_attempts.tried(upstream)
    assert says in said
    assert bool(said) == bool(says)
    assert not upstream.answers
