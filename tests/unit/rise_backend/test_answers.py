"""What /metrics says of answers is what the library's own metrics would say of them."""

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from rise_backend.answers import BUCKETS_S, Answers

SECONDS = (0.0, 0.002, 0.0021, 0.05, 9.99, 10.0, 11.0)
NAME, SAID = (
    "rise_backend_requests_total",
    "Requests answered, by surface (rest, gateway, own), method and status code",
)
DURATION, TIME = (
    "rise_backend_request_duration_seconds",
    "Time to the end of the answer; watches and logs are not counted",
)


def _lines(registry: CollectorRegistry) -> list[str]:
    text = generate_latest(registry).decode()
    return [line for line in text.splitlines() if "_created" not in line]


def test_it_is_what_the_library_would_say() -> None:
    ours, theirs = CollectorRegistry(), CollectorRegistry()
    answers = Answers()
    ours.register(answers)
    requests = Counter(NAME, SAID, ["surface", "method", "code"], registry=theirs)
    duration = Histogram(DURATION, TIME, ["surface"], buckets=BUCKETS_S, registry=theirs)
    for surface in ("gateway", "rest"):
        for seconds in SECONDS:
            answers.count(surface, "GET", 200, seconds)
            requests.labels(surface, "GET", "200").inc()
            duration.labels(surface).observe(seconds)
    answers.count("gateway", "GET", 200, None)
    requests.labels("gateway", "GET", "200").inc()
    assert _lines(ours) == _lines(theirs)
    assert f'{NAME}{{code="200",method="GET",surface="gateway"}} 8.0' in _lines(ours)
