"""The JSON inside a token, read so strictly that no two readers can differ.

kube-apiserver reads a token's header with one library, its claims with two more, and Python would
read both with a fourth: they differ in which of two equal names counts, in NaN, in encodings and in
half of a surrogate pair. A token that could be read in two ways is nobody's.
"""

import json
from typing import Any

import orjson

from rise_backend.errors import InvalidTokenError


def read(text: bytes) -> dict[str, Any]:
    """Return the object that a segment of a token holds.

    Raises:
        InvalidTokenError: it is no object, or one that somebody else may read differently.
    """
    try:
        orjson.loads(text)  # UTF-8 without a mark, no NaN, whole characters, bounded depth
        found = json.loads(text, object_pairs_hook=_once_each)
    except (ValueError, RecursionError) as error:
        raise InvalidTokenError("JSON that can be read in two ways, or not at all") from error
    if not isinstance(found, dict):
        raise InvalidTokenError("not a JSON object")
    return found


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands there twice")
    return found
