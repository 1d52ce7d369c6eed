"""A reflector and its client at a server that does what API servers do on their bad days."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from kubernetes import client as official

from rise_operator.engine.cache import Cache, Change, version_of
from rise_operator.engine.client import Client
from rise_operator.engine.credentials import Credentials
from rise_operator.engine.metrics import Metrics
from rise_operator.engine.reflector import Reflector
from rise_operator.engine.resource import PROJECTS

DEADLINE_S = 60.0
Query = Mapping[str, str]
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Held:
    version: int


@dataclass
class Server:
    """Answers the first request with the first answer, and so on; the last one stays open."""

    answers: list[Answer]
    asked: list[dict[str, str]] = field(default_factory=list[dict[str, str]])

    async def projects(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(dict(request.query))
        answer = self.answers[len(self.asked) - 1]
        return await answer(request)

    async def readyz(self, _request: web.Request) -> web.Response:
        return web.Response(text="ok")


def _object(name: str, version: int) -> dict[str, Any]:
    return {"metadata": {"name": name, "uid": f"uid-{name}", "resourceVersion": str(version)}}


def _event(type_: str, name: str, version: int) -> bytes:
    return orjson.dumps({"type": type_, "object": _object(name, version)}) + b"\n"


def _bookmark(version: int, *, initial: bool = False) -> bytes:
    annotations = {"k8s.io/initial-events-end": "true"} if initial else {}
    metadata = {"resourceVersion": str(version), "annotations": annotations}
    return orjson.dumps({"type": "BOOKMARK", "object": {"metadata": metadata}}) + b"\n"


def _expired() -> bytes:
    status = {"code": 410, "reason": "Expired", "message": "too old resource version"}
    return orjson.dumps({"type": "ERROR", "object": status}) + b"\n"


def watch(*chunks: bytes, then: str = "end") -> Answer:
    """Return an answer that streams `chunks`, then ends, stays open, or breaks off."""

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        response.enable_chunked_encoding()
        await response.prepare(request)
        for chunk in chunks:
            await response.write(chunk)
        if then == "open":
            await asyncio.sleep(60)
        if then == "break":
            assert request.transport is not None
            request.transport.abort()
        return response

    return answer


def says(status: int, body: Any) -> Answer:
    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.json_response(body, status=status)

    return answer


def page(names: list[str], version: int, more: str = "") -> Answer:
    metadata = {"resourceVersion": str(version), **({"continue": more} if more else {})}
    return says(200, {"metadata": metadata, "items": [_object(name, 1) for name in names]})


@dataclass
class Running:
    server: Server
    reflector: Reflector
    cache: Cache[Held]
    told: list[tuple[str, bool]]
    metrics: Metrics

    def holds(self) -> dict[str, int]:
        return {name.name: item.version for name, item in self.cache}

    async def until(self, claim: Callable[[], object]) -> None:
        deadline = asyncio.get_running_loop().time() + DEADLINE_S
        while not claim():
            assert asyncio.get_running_loop().time() < deadline, (self.holds(), self.server.asked)
            await asyncio.sleep(0.01)

    async def asked(self, times: int) -> None:
        await self.until(lambda: len(self.server.asked) >= times)


@asynccontextmanager
async def running(
    *answers: Answer, configured: Callable[..., official.Configuration] = official.Configuration
) -> AsyncGenerator[Running]:
    server, told, metrics = (
        Server([*answers, watch(then="open")]),
        list[tuple[str, bool]](),
        Metrics(),
    )

    def changed(change: Change[Held]) -> None:
        told.append((change.name.name, change.after is not None))

    app = web.Application()
    app.router.add_get(PROJECTS.path(), server.projects)
    app.router.add_get("/readyz", server.readyz)
    async with TestServer(app, shutdown_timeout=0.1) as listening:
        configuration = configured(host=str(listening.make_url("")))
        it = Client(Credentials(configuration), metrics)
        cache: Cache[Held] = Cache(lambda obj: Held(version_of(obj)), changed)
        reflector = Reflector(it, PROJECTS, cache, metrics, {"labelSelector": "a=b"})
        task = asyncio.create_task(reflector.run())
        try:
            yield Running(server, reflector, cache, told, metrics)
            assert not task.done(), "it gave up"
        finally:
            task.cancel()
            await asyncio.wait({task})
            await it.close()


FIRST = (
    *(_event("ADDED", "a", 1), _bookmark(5)),
    *(_event("ADDED", "b", 2), _bookmark(10, initial=True)),
)


async def test_it_begins_with_everything_and_goes_on_with_changes() -> None:
    changes = (_event("MODIFIED", "a", 11), _event("DELETED", "b", 12), _event("ADDED", "c", 13))
    async with running(watch(*FIRST, *changes, then="open")) as it:
        await it.until(lambda: it.holds() == {"a": 11, "c": 13})
        assert it.reflector.synced.is_set()
        (asked,) = it.server.asked
        assert asked["sendInitialEvents"] == "true"
        assert asked["resourceVersionMatch"] == "NotOlderThan"
        assert asked["labelSelector"] == "a=b"
        assert "resourceVersion" not in asked, "an old version would be allowed"
        assert 300 <= int(asked["timeoutSeconds"]) <= 600


async def test_the_server_is_not_asked_to_compress_every_single_change() -> None:
    encodings = list[str]()

    async def answer(request: web.Request) -> web.StreamResponse:
        encodings.append(request.headers["Accept-Encoding"])
        return await watch(*FIRST, then="open")(request)

    async with running(answer) as it:
        await it.until(it.reflector.synced.is_set)
    assert encodings == ["identity"]


async def test_before_everything_is_there_nothing_counts() -> None:
    async with running(watch(*FIRST[:2], then="open")) as it:
        await it.asked(1)
        await asyncio.sleep(0.1)
        assert it.holds() == {}
        assert not it.reflector.synced.is_set()


@pytest.mark.parametrize("then", ["end", "break"])
async def test_a_watch_that_ends_goes_on_where_it_was(then: str) -> None:
    first = watch(*FIRST, _event("MODIFIED", "a", 11), then=then)
    async with running(first, watch(_event("MODIFIED", "a", 14), then="open")) as it:
        await it.until(lambda: it.holds() == {"a": 14, "b": 2})
        assert it.server.asked[1]["resourceVersion"] == "11"
        assert "sendInitialEvents" not in it.server.asked[1]


async def test_a_bookmark_moves_where_it_goes_on() -> None:
    async with running(watch(*FIRST, _bookmark(50))) as it:
        await it.asked(2)
        assert it.server.asked[1]["resourceVersion"] == "50"
        assert it.holds() == {"a": 1, "b": 2}


async def test_an_event_that_was_cut_off_is_not_lost() -> None:
    whole = _event("MODIFIED", "a", 11)
    async with running(
        watch(*FIRST, whole[: len(whole) // 2], then="break"), watch(whole, then="open")
    ) as it:
        await it.until(lambda: it.holds() == {"a": 11, "b": 2})
        assert it.server.asked[1]["resourceVersion"] == "10"


@pytest.mark.parametrize(
    "gone",
    [
        pytest.param([watch(_expired())], id="it says so inside the watch"),
        pytest.param([says(410, {"code": 410, "message": "too old"})], id="it refuses the watch"),
        pytest.param(
            [
                says(
                    504,
                    {
                        "message": "Too large resource version",
                        "details": {"causes": [{"reason": "ResourceVersionTooLarge"}]},
                    },
                )
            ],
            id="it was restored from a backup, and versions went back",
        ),
    ],
)
async def test_what_was_deleted_while_nobody_listened_is_found(gone: list[Answer]) -> None:
    anew = watch(_event("ADDED", "a", 3), _event("ADDED", "c", 4), _bookmark(5, initial=True))
    async with running(watch(*FIRST), *gone, anew) as it:
        await it.until(lambda: it.holds() == {"a": 3, "c": 4})
        assert ("b", False) in it.told
        assert it.server.asked[2]["sendInitialEvents"] == "true"
        lists = it.metrics.registry.get_sample_value(
            "rise_reflector_lists_total", {"resource": "projects.rise.dev"}
        )
        assert lists == 2


async def test_a_first_watch_that_ends_early_takes_nothing_away() -> None:
    half = watch(_event("ADDED", "a", 1))
    async with running(watch(*FIRST), watch(_expired()), half, watch(*FIRST, then="open")) as it:
        await it.asked(4)
        await it.until(lambda: it.holds() == {"a": 1, "b": 2})
        assert ("b", False) not in it.told


async def test_an_older_server_is_listed_by_pages() -> None:
    refused = says(400, {"message": "sendInitialEvents is forbidden"})
    pages = (page(["a", "b"], 10, more="token"), page(["c"], 10))
    changes = watch(_event("DELETED", "b", 11), then="open")
    async with running(refused, *pages, changes) as it:
        await it.until(lambda: it.holds() == {"a": 1, "c": 1})
        _, first, second, watching = it.server.asked
        assert (first["limit"], first["labelSelector"]) == ("500", "a=b")
        assert "continue" not in first
        assert second["continue"] == "token"
        assert watching["resourceVersion"] == "10"


async def test_pages_that_are_no_longer_kept_are_begun_again() -> None:
    refused = says(400, {"message": "sendInitialEvents is forbidden"})
    gone = says(410, {"message": "the continue parameter is too old"})
    pages = (page(["a"], 10, more="token"), gone, page(["a", "b"], 20))
    async with running(refused, *pages) as it:
        await it.until(lambda: it.holds() == {"a": 1, "b": 1})
        await it.asked(5)
        assert it.server.asked[4]["resourceVersion"] == "20"


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(says(403, {"message": "no right to watch"}), id="a right is missing"),
        pytest.param(says(401, {"message": "the token has ended"}), id="the token has ended"),
        pytest.param(says(429, {"message": "busy"}), id="too many requests"),
        pytest.param(says(500, {"message": "etcd"}), id="an error of the server's"),
        pytest.param(watch(b"", then="break"), id="the connection breaks"),
    ],
)
async def test_what_goes_wrong_is_tried_again(answer: Answer) -> None:
    async with running(answer, answer, watch(*FIRST, then="open")) as it:
        await it.until(lambda: it.holds() == {"a": 1, "b": 2})
        assert it.reflector.synced.is_set()


@pytest.mark.parametrize("status", [403, 500])
async def test_a_refusal_later_takes_nothing_away(status: int) -> None:
    refused = says(status, {"message": "not now"})
    async with running(watch(*FIRST), refused, refused) as it:
        await it.asked(4)
        assert it.holds() == {"a": 1, "b": 2}


async def test_a_token_that_is_not_taken_is_read_again() -> None:
    tokens = ["old", "new"]
    shown: list[str | None] = []

    class Configuration(official.Configuration):
        def get_api_key_with_prefix(self, identifier: str, alias: str | None = None) -> str:
            assert (identifier, alias) == ("BearerToken", "authorization")
            return tokens.pop(0)

    def checked(answer: Answer) -> Answer:
        async def check(request: web.Request) -> web.StreamResponse:
            shown.append(request.headers.get("Authorization"))
            return await answer(request)

        return check

    ended = says(401, {"message": "the token has ended"})
    answers = [checked(ended), checked(watch(*FIRST)), checked(watch(then="open"))]
    async with running(*answers, configured=Configuration) as it:
        await it.asked(3)
    assert shown == ["Bearer old", "Bearer new", "Bearer new"]


async def test_a_large_object_passes() -> None:
    large = _object("a", 11)
    large["spec"] = "x" * 1_500_000
    line = orjson.dumps({"type": "MODIFIED", "object": large}) + b"\n"
    cut = [line[start : start + 100_000] for start in range(0, len(line), 100_000)]
    async with running(watch(*FIRST, *cut, then="open")) as it:
        await it.until(lambda: it.holds() == {"a": 11, "b": 2})
