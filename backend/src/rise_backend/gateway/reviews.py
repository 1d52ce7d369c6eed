"""Who may list everything: the API server is asked, and its answer kept for a minute."""

import time
from collections import OrderedDict
from http import HTTPStatus

import orjson

from rise_backend.errors import UnavailableError
from rise_backend.gateway.upstream import Caller, Upstream
from rise_crds.api import GROUP

KEPT_S = 60.0
KEPT = 10_000
PATH = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
JSON_HEADERS = [("Accept", "application/json"), ("Content-Type", "application/json")]


class Reviews:
    """Answers to "may this person do that to all of them", remembered."""

    def __init__(self, upstream: Upstream) -> None:
        """Ask `upstream`."""
        self._upstream = upstream
        self._known: OrderedDict[tuple[str, ...], tuple[float, bool]] = OrderedDict()

    async def allows(self, caller: Caller, verb: str, resource: str) -> bool:
        """Say whether `caller` holds `verb` on every object of `resource`.

        Raises:
            UnavailableError: the API server did not answer.
        """
        key = (verb, resource, *caller.identity.key)
        known = self._known.get(key)
        if known is not None and known[0] > time.monotonic():
            return known[1]
        allowed = await self._ask(caller, verb, resource)
        self._known[key] = (time.monotonic() + KEPT_S, allowed)
        self._known.move_to_end(key)
        while len(self._known) > KEPT:
            self._known.popitem(last=False)
        return allowed

    async def _ask(self, caller: Caller, verb: str, resource: str) -> bool:
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": {"group": GROUP, "resource": resource, "verb": verb}},
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
