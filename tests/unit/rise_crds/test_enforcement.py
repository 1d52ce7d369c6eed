"""When the rules of ownership count as in force: compared, settled, and seen to decide."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from rise_crds import enforcement
from rise_crds.enforcement import Enforcement
from rise_crds.policies import KEYS, POLICY, Key, installed

SPECS: dict[str, dict[str, Any]] = {
    key.kind: {"validations": [{"expression": key.kind}]} for key in KEYS
}
OWNERSHIP = Key(POLICY, "teams.ownership.rise.dev")
OTHER = installed(OWNERSHIP, {"validations": [{"expression": "true"}]})
COPY = yaml.safe_dump_all(
    [{"kind": key.kind, "metadata": {"name": key.name}, "spec": SPECS[key.kind]} for key in KEYS]
)


@dataclass
class Watched:
    """An Enforcement at work, what its attempts answer, and what it told."""

    it: Enforcement
    answers: str = ""
    attempts: int = 0
    told: list[list[str]] = field(default_factory=list[list[str]])

    async def attempt(self) -> str:
        self.attempts += 1
        return self.answers

    async def says(self, what: str) -> None:
        """Wait until it says `what`; with nothing, until it says that the rules are in force."""

        def claim() -> bool:
            return what in "; ".join(self.it.problems()) if what else not self.it.problems()

        await _until(claim, f"{what or 'nothing'}; it says {self.it.problems()}")


async def _until(claim: Callable[[], bool], what: str) -> None:
    try:
        async with asyncio.timeout(60):
            while not claim():  # noqa: ASYNC110 - what is waited for has no event
                await asyncio.sleep(0.005)
    except TimeoutError:
        pytest.fail(what)


def _install_all(it: Enforcement) -> None:
    for key in KEYS:
        it.take(key, installed(key, SPECS[key.kind]))


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enforcement, "LOOK_EVERY_S", 0.02)
    monkeypatch.setattr(enforcement, "SETTLE_S", 0.1)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    path = tmp_path / "policies.yaml"
    path.write_text(COPY)
    return path


@asynccontextmanager
async def _watching(
    copy: Path, attempt: Callable[[], Awaitable[str]] | None = None
) -> AsyncGenerator[Watched]:
    watched = Watched(Enforcement(copy))
    _install_all(watched.it)
    running = asyncio.create_task(
        watched.it.run(attempt or watched.attempt, lambda now, _: watched.told.append(now)),
        name="enforcement",
    )
    try:
        yield watched
    finally:
        running.cancel()
        await asyncio.wait({running})


async def test_they_are_in_force_when_all_is_there_and_the_attempt_was_refused(copy: Path) -> None:
    assert Enforcement(copy).problems(), "before anything was looked at"
    async with _watching(copy) as watched:
        await watched.says("")
        assert watched.it.judged.is_set()
        assert watched.attempts == 1


async def test_one_that_is_not_refused_keeps_them_from_counting(copy: Path) -> None:
    async with _watching(copy) as watched:
        watched.answers = "it was let through"
        await watched.says("not yet active: it was let through")
        watched.answers = ""
        await watched.says("")


async def test_a_change_counts_at_once_and_its_repair_when_it_has_settled(copy: Path) -> None:
    async with _watching(copy) as watched:
        await watched.says("")
        watched.it.take(OWNERSHIP, None)
        assert f"missing: {OWNERSHIP}" in watched.it.problems()[0]
        watched.it.take(OWNERSHIP, OTHER)
        assert f"edited: {OWNERSHIP}" in watched.it.problems()[0]
        repaired = asyncio.get_running_loop().time()
        attempts = watched.attempts
        _install_all(watched.it)
        assert watched.it.problems(), "the API server may not use it yet"
        await watched.says("")
        assert asyncio.get_running_loop().time() - repaired >= enforcement.SETTLE_S
        assert watched.attempts == attempts + 1
        assert watched.told[0] == watched.told[-1] == []


async def test_what_an_attempt_showed_of_before_does_not_count(copy: Path) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def attempt() -> str:
        begun.set()
        await go_on.wait()
        return ""

    async with _watching(copy, attempt) as watched:
        await begun.wait()
        watched.it.take(OWNERSHIP, OTHER)
        go_on.set()
        await watched.says("edited")


async def test_the_copy_is_read_again_when_it_changes(copy: Path) -> None:
    async with _watching(copy) as watched:
        await watched.says("")
        _replace(copy, COPY.replace("expression: " + POLICY, "expression: x"))
        await watched.says("edited: policy first-apply.rise.dev, in spec.validations")
        _replace(copy, "")
        await watched.says(f"no copy of the policies at {copy}: it lacks policy first-apply")
        _replace(copy, None)
        await watched.says("No such file or directory (an administrator installs the chart")
        _replace(copy, COPY)
        await watched.says("")


def _replace(path: Path, text: str | None) -> None:
    if text is None:
        path.unlink()
        return
    new = path.with_suffix(".new")
    new.write_text(text)
    new.rename(path)


async def test_it_is_tried_again_now_and_then(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enforcement, "TRY_EVERY_S", 0.05)
    async with _watching(copy) as watched:
        await watched.says("")
        watched.answers = "an API server without policies"
        await watched.says("not yet active: an API server without policies")


async def test_during_an_upgrade_each_version_waits_for_its_own_policies(tmp_path: Path) -> None:
    old_copy, new_copy = tmp_path / "old.yaml", tmp_path / "new.yaml"
    old_copy.write_text(COPY)
    new_copy.write_text(COPY.replace("expression: ", "expression: not "))
    async with _watching(old_copy) as old, _watching(new_copy) as new:
        await old.says("")
        await new.says("edited: policy")
        assert new.attempts == 0, "what is tried shows nothing about another version's policies"
        for key in KEYS:
            upgraded = installed(key, {"validations": [{"expression": f"not {key.kind}"}]})
            old.it.take(key, upgraded)
            new.it.take(key, upgraded)
        assert "edited: policy" in old.it.problems()[0], "before anything could be granted"
        await new.says("")
        _replace(old_copy, new_copy.read_text())  # a mounted ConfigMap follows, without a restart
        await old.says("")


async def test_a_copy_that_knows_one_policy_more_serves_an_older_program(copy: Path) -> None:
    added = {"kind": POLICY, "metadata": {"name": "later.rise.dev"}, "spec": {"validations": []}}
    _replace(copy, f"{COPY}---\n{yaml.safe_dump(added)}")
    async with _watching(copy) as watched:
        await watched.says("")
