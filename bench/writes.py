"""How many writes reached the API server: by the operator's own counter, and by the audit log.

Neither knows of the other. Leases are left out of both: the operator renews its own with PUT,
which it uses for nothing else, and the audit policy does not log them.
"""

from __future__ import annotations

import time
import urllib.request
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from math import isnan
from typing import TYPE_CHECKING

import orjson
from prometheus_client.parser import text_string_to_metric_families

from rise_crds.api import OPERATOR_USER

if TYPE_CHECKING:
    from pathlib import Path

METHODS = frozenset({"POST", "PATCH", "DELETE"})
VERBS = frozenset({"create", "update", "patch", "delete", "deletecollection"})
AGREE_WITHIN_S = 5.0
POLL_S = 0.1

Samples = Counter[tuple[str, frozenset[tuple[str, str]]]]


@dataclass(frozen=True)
class Writes:
    """Requests that change something: those that did, and those that were refused."""

    done: int = 0
    refused: int = 0

    def __sub__(self, before: Writes) -> Writes:
        """Return what came since `before`."""
        return Writes(self.done - before.done, self.refused - before.refused)

    def counted(self, status: int, times: int = 1) -> Writes:
        """Return these and `times` answers of `status` more."""
        done = times if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES else 0
        return Writes(self.done + done, self.refused + times - done)


def exposed(url: str) -> Samples:
    """Return what the operator exposes at `url`, by name and labels.

    Raises:
        OSError: it does not answer.
    """
    with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own address
        text = answer.read().decode()
    samples = Samples()
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if not isnan(sample.value):  # a gauge that has nothing to say
                samples[sample.name, frozenset(sample.labels.items())] = int(sample.value)
    return samples


def total(samples: Samples, name: str, **labels: str) -> int:
    """Return the sum of all samples called `name` that have `labels`."""
    wanted = labels.items()
    return sum(
        value for (found, held), value in samples.items() if found == name and wanted <= held
    )


def sent(samples: Samples) -> Writes:
    """Return the writes that the operator says it has sent since it started."""
    writes = Writes()
    for (name, held), value in samples.items():
        labels = dict(held)
        if name == "rest_client_requests_total" and labels["method"] in METHODS:
            status = int(labels["code"]) if labels["code"].isdigit() else 0
            writes = writes.counted(status, value)
    return writes


def audited(logs: Path, since: datetime) -> Writes:
    """Return the writes that the API server says it got from the operator's account."""
    writes = Writes()
    for path in sorted(logs.glob("audit*.log")):
        for line in path.read_bytes().splitlines():
            if OPERATOR_USER.encode() not in line:
                continue
            entry = orjson.loads(line)
            if entry["user"]["username"] != OPERATOR_USER or entry["verb"] not in VERBS:
                continue
            if "dryRun=" in entry["requestURI"]:  # whether the policies decide: nothing is written
                continue
            if datetime.fromisoformat(entry["requestReceivedTimestamp"]) >= since:
                writes = writes.counted(int(entry["responseStatus"]["code"]))
    return writes


def agreed(sent: Writes, logs: Path, since: datetime) -> Writes:
    """Return `sent` once the audit log holds exactly as much.

    Raises:
        AssertionError: the two do not agree.
    """
    deadline = time.monotonic() + AGREE_WITHIN_S
    while (logged := audited(logs, since)) != sent:
        if time.monotonic() > deadline:
            raise AssertionError(f"the sender counts {sent}, the API server's audit log {logged}")
        time.sleep(POLL_S)
    return sent
