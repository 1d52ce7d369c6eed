"""Tokens bent by chance: case n of a seed is the same for ever, but for the time."""

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import tokens
from tokens import REMOVED, claims

CLAIMS = ("iss", "sub", "aud", "azp", "exp", "iat", "nbf", "email", "email_verified", "groups")
NEIGHBOURS = ("nonce", "at_hash", "_claim_names", "_claim_sources", "events", "jti", "name", "x")
SPELLINGS = ("ISS", "Sub", "AUD", "eXp", "NBF", "Nonce", "\u017fub", "Email", "GROUPS", " iss", "")
HEADER = (
    "alg",
    "kid",
    "typ",
    "cty",
    "crit",
    "b64",
    "jku",
    "jwk",
    "x5c",
    "nonce",
    "zip",
    "x",
    "ALG",
)
# Relative to now, seconds.
MOMENTS = (-4000, -3601, -60, -1, 0, 1, 60, 299, 301, 3599, 3600, 3601, 1.5, 10**6, 10**12, 10**18)
WORDS = (
    "",
    " ",
    "a",
    "alice@example.com",
    "Bob@Example.COM",
    "rise-kubernetes",
    "rise-cli",
    "rise-web",
    "rise:users",
    "system:masters",
    "RS256",
    "ES256",
    "HS256",
    "none",
    "JWT",
    "key-1",
    "1",
    "1e3",
    "true",
    "null",
    "a\nb",
    "a\r\nImpersonate-User: x",
    "\x00",
    "\x7f",
    "\x85",
    "\u2028",
    "\ufeff",
    "\u212aelvin@example.com",
    "\u0131@example.com",
    "e\u0301",
    "\U0001f600",
    "x" * 257,
    "x" * 2_000,
    "a@b.c ",
    "a@b..c",
    "a@b.c.d-e",
    "%40@b.c",
    "{}`|~@b.c",
)
NUMBERS = (0, -1, 1, 7, 0.5, -0.0, 2**31, 2**53, 2**63, 2**64, 10**20, 1e22, 1e300)
NUMERALS = ("NaN", "Infinity", "-Infinity", "1e400", "-1e400", "0x1", "01", "1.", "+1", "9" * 400)
SCRAPS = ("'a'", "a", "[", '"\\ud800"', '"\\udc00\\ud800"', '"\\x41"', '"\t"')
RAW = (*NUMERALS, *SCRAPS, "{}", "[[]]", '{"a":1,"a":2}')
GROUPS: Sequence[Any] = (
    [],
    ["a", "A", "a"],
    ["users"],
    [" a "],
    {"a": 1},
    {},
    [["a"]],
    [None],
    "a",
)


@dataclass(frozen=True)
class Bent:
    """Changes to a good token; JSON as it stands goes behind the rest."""

    number: int
    claims: tuple[tuple[str, Any], ...] = ()
    header: tuple[tuple[str, Any], ...] = ()
    raw: tuple[tuple[str, str], ...] = ()
    raw_header: tuple[tuple[str, str], ...] = ()

    def token(self, issuer: str) -> str:
        """Return the token, signed now."""
        return tokens.signed(
            claims(issuer=issuer, **dict(self.claims)),
            more=_members(self.raw),
            more_header=_members(self.raw_header),
            **dict(self.header),
        )


def _members(raw: tuple[tuple[str, str], ...]) -> str:
    return ", ".join(f"{json.dumps(name)}: {value}" for name, value in raw)


def bent(seed: int, number: int, issuer: str, now: int) -> Bent:
    """Return case `number`, with one to three changes."""
    draw = random.Random(f"{seed} {number}")
    case = Bent(number)
    for _ in range(draw.choice((1, 1, 1, 2, 3))):
        case = _once_more(draw, case, issuer, now)
    return case


def _once_more(draw: random.Random, case: Bent, issuer: str, now: int) -> Bent:
    kind = draw.random()
    name = draw.choice((*CLAIMS, *CLAIMS, *CLAIMS, *NEIGHBOURS, *SPELLINGS))
    if kind < 0.7:
        change = (name, _value(draw, name, issuer, now))
        return replace(case, claims=(*case.claims, change))
    if kind < 0.8:
        return replace(case, raw=(*case.raw, (name, draw.choice(RAW))))
    if kind < 0.95:
        return replace(case, header=(*case.header, (draw.choice(HEADER), _any(draw))))
    odd = (draw.choice(HEADER), draw.choice(RAW))
    return replace(case, raw_header=(*case.raw_header, odd))


def _value(draw: random.Random, name: str, issuer: str, now: int) -> Any:
    """Return something for a claim: half of the time of the kind it should be."""
    usual: Mapping[str, Sequence[Any]] = {
        **dict.fromkeys(("exp", "iat", "nbf"), tuple(now + moment for moment in MOMENTS)),
        "groups": (*GROUPS, draw.sample(WORDS, draw.randint(0, 4))),
        "aud": (draw.sample((*WORDS[5:8], "rise-kubernetes", "elsewhere"), draw.randint(0, 4)),),
        "iss": (issuer, issuer + "/", issuer.upper(), [issuer]),
        "email_verified": (True, False, 1, "true"),
    }
    return _any(draw) if draw.random() < 0.5 else draw.choice(usual.get(name, WORDS))


def _any(draw: random.Random) -> Any:
    one = draw.choice((*WORDS, *NUMBERS, True, False, None, REMOVED))
    shape = draw.random()
    if shape < 0.75 or one is REMOVED:
        return one
    return [one] if shape < 0.9 else {"a": one}


def shorter(case: Bent) -> list[Bent]:
    """Return the case without each of its changes."""
    return [
        replace(case, **{part: held[:n] + held[n + 1 :]})
        for part in ("claims", "header", "raw", "raw_header")
        for held in [getattr(case, part)]
        for n in range(len(held))
    ]
