"""An event loop whose clock jumps: what waits for an hour is tested in a millisecond, exactly."""

import asyncio
import selectors
from typing import Any

PATIENCE_S = 60.0  # of real time, for threads


class _Jumping(selectors.DefaultSelector):
    """Never waits for time; where nothing is to be done, time passes at once."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        found = super().select(0)
        if found or timeout == 0:
            return found
        if timeout is not None:
            self.now += timeout
            return found
        found = super().select(PATIENCE_S)
        assert found, "everybody waits, and nothing is going to happen any more"
        return found


class ClockworkLoop(asyncio.SelectorEventLoop):
    """An event loop that begins at second 0, and for which only what happens takes time: none."""

    def __init__(self) -> None:
        """Begin."""
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        """Return the seconds since the loop began."""
        return self._jumping.now


async def settled() -> None:
    """Let everything happen that can happen now."""
    for _ in range(20):
        await asyncio.sleep(0)


def now() -> float:
    """Return the seconds since the running loop began: a clock to inject."""
    return asyncio.get_running_loop().time()


def factories() -> dict[str, Any]:
    """Return what pytest-asyncio is told for the tests of a folder."""
    return {"clockwork": ClockworkLoop}
