"""Entity tags (RFC 9110, sections 8.8.3 and 13): an object's tag is its resourceVersion."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Header

from rise_backend.rest.kinds import Kind
from rise_backend.rest.problems import ProblemError

_TAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
MOST = 1000

_IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        max_length=MOST,
        description="The `ETag` that the change was made for; it fails with 412 for another one.",
        examples=['"4711"'],
    ),
]
_IfNoneMatch = Annotated[
    str | None,
    Header(
        alias="If-None-Match",
        max_length=MOST,
        description="GET: the `ETag` that is known already (304). PUT: `*` only creates.",
        examples=['"4711"'],
    ),
]


def tag(found: Mapping[str, Any]) -> str:
    """Return the entity tag of an object."""
    return f'"{found["metadata"]["resourceVersion"]}"'


@dataclass(frozen=True)
class Tags:
    """The value of If-Match or If-None-Match; what cannot be read matches nothing."""

    any: bool
    strong: frozenset[str]
    weak: frozenset[str]

    def check(self, found: Mapping[str, Any]) -> None:
        """Demand that an object is one of these, as If-Match does.

        Raises:
            ProblemError: it is not.
        """
        if not self.any and tag(found).strip('"') not in self.strong:
            raise ProblemError(
                Kind.PRECONDITION_FAILED,
                "it has been changed since you read it: read it again, and decide anew",
            )

    def known(self, found: Mapping[str, Any]) -> bool:
        """Say whether an object is one of these, as If-None-Match compares."""
        return self.any or tag(found).strip('"') in self.strong | self.weak


def tags(header: str | None) -> Tags | None:
    """Return what a header demands; None: there is none."""
    if header is None:
        return None
    found = _TAG.findall(header)
    return Tags(
        any=header.strip() == "*",
        strong=frozenset(value for weak, value in found if not weak),
        weak=frozenset(value for weak, value in found if weak),
    )


def _if_match(value: _IfMatch = None) -> Tags | None:
    return tags(value)


def _if_none_match(value: _IfNoneMatch = None) -> Tags | None:
    return tags(value)


IfMatch = Annotated[Tags | None, Depends(_if_match)]
IfNoneMatch = Annotated[Tags | None, Depends(_if_none_match)]
