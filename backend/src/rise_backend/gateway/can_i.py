"""What `kubectl auth can-i` hears about lists of projects and teams: yes, because they work here.

RBAC alone says no to anybody who may not see all of them. Every other question is the API
server's, and so is the answer to this one where it is yes.
"""

from dataclasses import replace
from http import HTTPStatus
from typing import Any

import orjson

from rise_backend.gateway import formats
from rise_backend.gateway.catalogue import KINDS
from rise_backend.gateway.formats import Shape
from rise_backend.gateway.relay import Answer
from rise_crds.api import GROUP

VERBS = frozenset({"get", "list", "watch"})
REASON = "the Rise gateway answers with those that you may see"


def is_about_ours(body: bytes, accept: str) -> bool:
    """Say whether a review, as JSON or protobuf, may be about our kinds and be answered as JSON."""
    return GROUP.encode() in body and formats.accepted(accept) is Shape.OBJECTS


def as_json(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the headers that ask for an answer that can be read here."""
    others = [(n, v) for n, v in headers if n not in {"accept", "accept-encoding"}]
    return [*others, ("accept", "application/json")]


def corrected(answer: Answer) -> Answer:
    """Return a review's answer, with a yes where the gateway itself answers."""
    if answer.code != HTTPStatus.CREATED:
        return answer
    review = orjson.loads(answer.body)
    if review["status"]["allowed"] or not _is_answered_here(review["spec"]):
        return answer
    review["status"] = {"allowed": True, "reason": REASON}
    body = orjson.dumps(review) + b"\n"
    others = [(name, value) for name, value in answer.headers if name != b"content-length"]
    length = (b"content-length", str(len(body)).encode())
    return replace(answer, headers=[*others, length], body=body)


def _is_answered_here(spec: dict[str, Any]) -> bool:
    asked = spec.get("resourceAttributes") or {}
    return (
        asked.get("group") == GROUP
        and asked.get("resource") in KINDS
        and asked.get("verb") in VERBS
        and not asked.get("name")
        and not asked.get("subresource")
    )
