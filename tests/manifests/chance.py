"""Manifests by chance: a good spec with a few things changed; the same for the same seed."""

import random
from typing import Any, cast

ODD: list[Any] = [
    *(None, True, False, 0, 1, -1, 2**40, 0.5, "", " ", "x", "X", "a" * 41, "a" * 300),
    *("true", "no", "alice@example.com", "Alice@example.com", "eng", "eng--ops", "-eng", "viewer"),
    *("Delete", "delete", "https://example.com", "https://a:b@example.com", "é", "a\n", "\0"),
    *([], {}, [None], [[]], [{}], {"user": "a@example.com"}, {"team": "eng"}, {"user": None}),
    *(["a@example.com"], ["a@example.com", "a@example.com"], [{"team": "eng", "role": "viewer"}]),
]
KEYS = ["owner", "owners", "user", "team", "role", "members", "registry", "x", "idpGroup", "User"]


def changed(spec: dict[str, Any], seed: int) -> dict[str, Any]:
    """Return a copy of `spec` with one to three things changed."""
    draw = random.Random(seed)
    result: dict[str, Any] = spec
    for _ in range(draw.randint(1, 3)):
        result = _change(result, draw)
    return result


def _change(value: Any, draw: random.Random) -> Any:
    if isinstance(value, dict) and value:
        return _change_mapping(cast("dict[str, Any]", value), draw)
    if isinstance(value, list) and value:
        items = cast("list[Any]", value)
        at = draw.randrange(len(items))
        return [*items[:at], _replaced(items[at], draw), *items[at + 1 :]]
    return draw.choice(ODD)


def _change_mapping(mapping: dict[str, Any], draw: random.Random) -> dict[str, Any]:
    key = draw.choice(sorted(mapping))
    rest = {name: item for name, item in mapping.items() if name != key}
    match draw.randrange(6):
        case 0:
            return rest
        case 1:
            return {**rest, draw.choice(KEYS): mapping[key]}
        case 2:
            return {**mapping, draw.choice(KEYS): draw.choice(ODD)}
        case _:
            return {**rest, key: _replaced(mapping[key], draw)}


def _replaced(value: Any, draw: random.Random) -> Any:
    return draw.choice(ODD) if draw.random() < 0.5 else _change(value, draw)
