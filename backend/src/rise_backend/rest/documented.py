"""What the OpenAPI document says beyond the routes: every failure is a problem, with an example."""

import json
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from rise_backend.rest.kinds import Kind
from rise_backend.rest.models import Problem
from rise_backend.rest.shape import MERGE_PATCH

Responses = dict[int | str, dict[str, Any]]
MEDIA_TYPE = "application/problem+json"
SCHEMA = {"$ref": "#/components/schemas/Problem"}
EVERYWHERE = (Kind.UNKNOWN_PARAMETER, Kind.INTERNAL)
WITH_TOKEN = (Kind.UNAUTHENTICATED, Kind.UNAVAILABLE)
WITH_BODY = (Kind.UNREADABLE, Kind.TOO_LARGE, Kind.UNSUPPORTED_MEDIA_TYPE, Kind.INVALID)


def problems(*kinds: Kind) -> Responses:
    """Return the answers of these kinds, by status, each with an example."""
    found: Responses = {}
    _add(found, kinds)
    return found


def completed(document: dict[str, Any]) -> dict[str, Any]:
    """Return an OpenAPI document that says of every operation how it can fail."""
    document = json.loads(json.dumps(document))  # routes share parts of theirs
    schemas = document["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    template = "#/components/schemas/{model}"
    problem = Problem.model_json_schema(ref_template=template, mode="serialization")
    schemas |= problem.pop("$defs", {})
    problem["properties"]["type"]["enum"] = [kind.uri for kind in Kind]
    schemas["Problem"] = problem
    for path in document["paths"].values():
        for method, operation in path.items():
            _complete(method, operation)
    document["components"]["schemas"] = dict(sorted(schemas.items()))
    return document


def _complete(method: str, operation: dict[str, Any]) -> None:
    answers = operation["responses"]
    kinds = [*EVERYWHERE, *(WITH_TOKEN if "security" in operation else ())]
    if "application/json" in answers.get("422", {}).get("content", {}):
        del answers["422"]  # the framework's own, which nobody is answered with
        kinds.append(Kind.INVALID)
    if "requestBody" in operation:
        kinds += WITH_BODY
        content = operation["requestBody"]["content"]
        if method == "patch":
            content[MERGE_PATCH] = content["application/json"]
    _add(answers, kinds)
    operation["responses"] = dict(sorted(answers.items()))


def _add(answers: Responses, kinds: Iterable[Kind]) -> None:
    for kind in kinds:
        answer = answers.setdefault(str(int(kind.status)), _empty())
        examples = answer["content"][MEDIA_TYPE]["examples"]
        examples[kind.value] = {"summary": kind.title, "value": example(kind)}
        answer["description"] = "; ".join(one["summary"] for one in examples.values()) + "."
        if kind.status == HTTPStatus.UNAUTHORIZED:
            answer["headers"] = {"WWW-Authenticate": {"schema": {"type": "string"}}}


def _empty() -> dict[str, Any]:
    return {"content": {MEDIA_TYPE: {"schema": dict(SCHEMA), "examples": {}}}}


def example(kind: Kind) -> dict[str, Any]:
    """Return what a problem of a kind looks like."""
    return {
        "type": kind.uri,
        "title": kind.title,
        "status": int(kind.status),
        "detail": f"{kind.cause} {kind.fix}",
        "instance": "/api/v1/projects/shop",
        "requestId": "6f1c2a9e-8f0b-4f1e-9d5a-2b7c1c0d9e11",
    }
