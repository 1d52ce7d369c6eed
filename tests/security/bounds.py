"""The largest Project and Team that the CRDs take, and metadata as large as Kubernetes takes it.

Annotations may come to 256 KiB. They are many small ones and a large one: the API server itself
needs seconds for tens of thousands of keys, long before the policies come to the end of their
budget (measured: 40,000 annotations and as many labels still pass).
"""

from collections.abc import Mapping
from typing import Any

from security.people import CROWD, DEV, LOU, MAX, PREFIX

DOMAIN = f"@{PREFIX}.example.com"
ANNOTATIONS, ANNOTATION_BYTES, LABELS = 2_000, 230_000, 200
LONGEST = {"email": 254, "description": 1024, "url": 2048, "label": 63, "group": 253}


def _email(number: int) -> str:
    return f"p{number}-".ljust(LONGEST["email"] - len(DOMAIN), "x") + DOMAIN


TEAM: Mapping[str, Any] = {
    "owners": [*map(_email, range(49)), MAX.email],
    "members": [*map(_email, range(100, 599)), LOU.email],
    "idpGroup": f"{PREFIX}-".ljust(LONGEST["group"], "g"),
    "description": "x" * LONGEST["description"],
}
MEMBERS = [{"user": _email(number), "role": "developer"} for number in range(99)]
PROJECT: Mapping[str, Any] = {
    "owner": {"team": CROWD},
    "transferTo": {"user": DEV.email},
    "members": [*MEMBERS, {"team": CROWD, "role": "viewer"}],
    "description": "x" * LONGEST["description"],
    "sourceUrl": "https://example.com/".ljust(LONGEST["url"], "x"),
}
METADATA: Mapping[str, Mapping[str, str]] = {
    "annotations": {
        **{f"a{number}": "" for number in range(ANNOTATIONS)},
        "z": "x" * ANNOTATION_BYTES,
    },
    "labels": {f"l{number}": "x" * LONGEST["label"] for number in range(LABELS)},
}
