"""Whether a person may do something: the API server is asked, and its answer kept for a while."""

import asyncio
from collections import OrderedDict
from http import HTTPStatus

import orjson

from rise_backend.errors import UnavailableError
from rise_backend.gateway.asked import Asked
from rise_backend.gateway.upstream import Caller, Upstream
from rise_crds.api import GROUP

KEPT_S = 60.0
FRESH_S = 1.0
KEPT = 10_000
PATH = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
JSON_HEADERS = [("Accept", "application/json"), ("Content-Type", "application/json")]


class Reviews:
    """Answers to "may this person do that", remembered."""

    def __init__(self, upstream: Upstream) -> None:
        """Ask `upstream`."""
        self._upstream = upstream
        self._known: OrderedDict[tuple[Asked, tuple[str, ...]], tuple[float, bool]] = OrderedDict()

    async def allows(self, caller: Caller, verb: str, resource: str) -> bool:
        """Say whether `caller` holds `verb` on every object of `resource`.

        Raises:
            UnavailableError: the API server did not answer.
        """
        return await self.may(caller, Asked(verb, GROUP, resource), KEPT_S)

    async def lists_all(self, caller: Caller, resource: str) -> bool:
        """Say whether `caller` may list every object of `resource`.

        For lists that the API server does not answer itself: what it says is a second old at most,
        as for streams.

        Raises:
            UnavailableError: the API server did not answer.
        """
        return await self.may(caller, Asked("list", GROUP, resource), FRESH_S)

    async def may(self, caller: Caller, asked: Asked, within_s: float) -> bool:
        """Say whether `caller` may do what is asked; an answer may be `within_s` old.

        Raises:
            UnavailableError: the API server did not answer.
        """
        key, clock = (asked, caller.identity.key), asyncio.get_running_loop().time
        known = self._known.get(key)
        if known is not None and clock() - known[0] < within_s:
            return known[1]
        allowed = await self._ask(caller, asked)
        self._known[key] = (clock(), allowed)
        self._known.move_to_end(key)
        while len(self._known) > KEPT:
            self._known.popitem(last=False)
        return allowed

    async def _ask(self, caller: Caller, asked: Asked) -> bool:
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": asked.attributes()},
        }
        async with self._upstream.as_person(
            caller, "POST", PATH, headers=JSON_HEADERS, body=orjson.dumps(review)
        ) as response:
            body = await response.read()
        if response.status != HTTPStatus.CREATED:
            raise UnavailableError(
                f"the API server did not say what you may see (it answered {response.status}): "
                "try again in a moment"
            )
        return orjson.loads(body)["status"].get("allowed") is True
