"""What has to be done for a pull credential: what is recorded and held in, what is done out."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from statistics import mean

import pytest

from rise_crds.v1alpha1.project import CredentialRecord, RegistryStatus
from rise_operator.credentials.decision import (
    Decision,
    Need,
    Situation,
    alarm,
    decide,
    renewal,
    spread,
)

NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
NEW = CredentialRecord(id="new", expires_at=NOW + 20 * HOUR)
OLD = CredentialRecord(id="old", expires_at=NOW + 9 * HOUR)
ENDED = CredentialRecord(id="ended", expires_at=NOW)
ENDLESS = CredentialRecord(id="endless")
RECORD = RegistryStatus(
    provider="distribution",
    repository="registry.test/shop",
    expires_at=NEW.expires_at,
    credentials=[NEW, OLD],
    renew_at=NOW + 8 * HOUR,
    owner="user:alice@example.com",
    rotation="2026-01-01T00:00:00Z",
)
WELL = Situation(
    record=RECORD,
    repository="registry.test/shop",
    owner="user:alice@example.com",
    rotation="2026-01-01T00:00:00Z",
    counts=True,
    held="new",
    look_due=False,
    now=NOW,
)
DUE = RECORD.model_copy(update={"renew_at": NOW})
MINT, LOOK, KEEP = Decision(Need.MINT), Decision(Need.LOOK), Decision(Need.KEEP)


def _record(*credentials: CredentialRecord, **differs: object) -> RegistryStatus:
    return RECORD.model_copy(update={"credentials": list(credentials), **differs})


@pytest.mark.parametrize(
    ("it", "expected"),
    [
        pytest.param(WELL, KEEP, id="all is well"),
        pytest.param(replace(WELL, held=None), KEEP, id="after a restart nothing is looked at"),
        pytest.param(replace(WELL, record=None), MINT, id="a new project"),
        pytest.param(replace(WELL, record=_record()), MINT, id="resumed after a suspension"),
        pytest.param(replace(WELL, repository="other.test/shop"), MINT, id="another registry"),
        pytest.param(
            replace(WELL, owner="team:eng"), MINT, id="another owner: the old one is dead at once"
        ),
        pytest.param(
            replace(WELL, rotation="2026-01-02T00:00:00Z"), MINT, id="rotation is asked for"
        ),
        pytest.param(
            replace(WELL, rotation="2025-01-01T00:00:00Z"), MINT, id="an earlier time is asked for"
        ),
        pytest.param(
            replace(WELL, record=_record(NEW, rotation=None)), MINT, id="asked for the first time"
        ),
        pytest.param(replace(WELL, rotation=None), KEEP, id="the annotation is taken away"),
        pytest.param(
            replace(WELL, rotation="2026-01-02T00:00:00Z", held=None, look_due=True),
            MINT,
            id="for a rotation nobody has to look",
        ),
        pytest.param(replace(WELL, held=None, look_due=True), LOOK, id="looked at now and then"),
        pytest.param(replace(WELL, held=None, counts=False), LOOK, id="a crash: look at once"),
        pytest.param(
            replace(WELL, held=None, record=DUE), LOOK, id="looked at before it is renewed"
        ),
        pytest.param(
            replace(WELL, record=DUE), Decision(Need.MINT, (NEW,), seamless=True), id="half-life"
        ),
        pytest.param(
            replace(WELL, now=NOW + 30 * HOUR), Decision(Need.MINT), id="ended long ago: none stays"
        ),
        pytest.param(
            replace(WELL, held="old"),
            Decision(Need.MINT, (OLD,), seamless=True),
            id="a crash before the Secret: what it holds stays",
        ),
        pytest.param(
            replace(WELL, held="restored"),
            Decision(Need.MINT, (NEW,)),
            id="a Secret from the past, which does not count",
        ),
        pytest.param(
            replace(WELL, held=""), Decision(Need.MINT, (NEW,)), id="the Secret is gone or edited"
        ),
        pytest.param(
            replace(WELL, held="ended", record=_record(NEW, ENDED)),
            Decision(Need.MINT, (NEW,)),
            id="what the Secret holds has ended",
        ),
        pytest.param(
            replace(WELL, counts=False), Decision(Need.FINISH), id="a crash after the Secret"
        ),
        pytest.param(
            replace(WELL, held="endless", record=_record(ENDLESS, renew_at=None)),
            KEEP,
            id="one without an end is never renewed",
        ),
    ],
)
def test_what_comes_next(it: Situation, expected: Decision) -> None:
    assert decide(it) == expected


def test_never_more_than_one_stays_beside_a_new_one() -> None:
    for held in ("new", "old", "", "other"):
        assert len(decide(replace(WELL, record=DUE, held=held)).kept) == 1


def test_projects_made_at_once_are_renewed_one_after_the_other() -> None:
    life = timedelta(hours=24)
    at = sorted(renewal(f"uid-{number}", NOW, NOW + life) or NOW for number in range(10_000))
    assert NOW + 0.4 * life <= at[0]
    assert at[-1] <= NOW + 0.5 * life, "half of the life is there for an operator that is away"
    busiest = max(
        sum(1 for each in at[first::10] if each - at[first] < timedelta(minutes=1))
        for first in range(0, 9_000, 500)
    )
    assert busiest * 10 < 2 * 10_000 / (0.1 * 24 * 60), "no burst"


def test_a_renewal_comes_at_the_same_moment_each_time_it_is_asked_for() -> None:
    assert renewal("uid", NOW, NOW + HOUR) == renewal("uid", NOW, NOW + HOUR)
    assert renewal("uid", NOW, None) is None
    assert 0.4 < mean(spread(f"uid-{number}") for number in range(1000)) < 0.6


def test_people_hear_of_it_before_a_quarter_is_left() -> None:
    renew_at = renewal("uid", NOW, NOW + 24 * HOUR)
    alarm_at = alarm(renew_at, NOW + 24 * HOUR)
    assert alarm_at is not None
    assert NOW + 16 * HOUR < alarm_at <= NOW + 18 * HOUR
    assert alarm(None, None) is None
