"""Every module of tests/fixtures/ is a plugin: a fixture is found by its name in every test."""

import os
import signal
from pathlib import Path

from hypothesis import HealthCheck, settings

pytest_plugins = sorted(
    f"fixtures.{module.stem}" for module in (Path(__file__).parent / "fixtures").glob("*.py")
)

# The same examples every time, and as long as they take: not 200 ms each on every machine.
settings.register_profile(
    "rise", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("rise")

# kubectl lives for a moment: a quarter of its time would go into collecting garbage.
SHORT_LIVED = {"GOGC": "off", "GOMEMLIMIT": "1GiB"}


def pytest_configure() -> None:
    """Let what the tests start hear signals, also where a shell started us in the background.

    A process inherits what is ignored; `&` and nohup ignore interrupts and hang-ups.
    """
    for name, value in SHORT_LIVED.items():
        os.environ.setdefault(name, value)
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) == signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
