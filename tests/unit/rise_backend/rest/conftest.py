"""Here time is the loop's own: nothing waits, and pauses are exact."""

from typing import Any

import clockwork


def pytest_asyncio_loop_factories() -> dict[str, Any]:
    return clockwork.factories()
