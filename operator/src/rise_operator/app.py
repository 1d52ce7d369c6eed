"""The command `rise-operator`: kopf hosts the process, the engine does the work.

kopf brings signals, log-in, start-up and clean-up; it watches nothing of ours (the ADR on
reflectors says why).
"""

from __future__ import annotations

import argparse
import asyncio
import logging
from importlib.metadata import version
from itertools import repeat
from typing import TYPE_CHECKING, Any

import kopf
import uvloop

from rise_operator import settings as configuration
from rise_operator.engine.credentials import Credentials
from rise_operator.errors import CannotStart
from rise_operator.operator import Operator

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rise_operator.settings import Settings

FAILED = 1
UNUSED_FINALIZER = "rise.dev/kopf-unused"
SHUTDOWN_S = 10.0

_log = logging.getLogger(__name__)


class Host:
    """The process: starts the operator when kopf starts, and ends together with it."""

    def __init__(self, settings: Settings) -> None:
        """Start nothing yet."""
        self.failed = False
        self._settings = settings
        self._credentials = Credentials.load()
        self._stop = asyncio.Event()
        self._running: asyncio.Task[None] | None = None

    def run(self) -> None:
        """Run until a signal, or until the operator fails."""
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            kopf.run(
                loop=runner.get_loop(),
                registry=self._registry(),
                settings=_quiet(),
                clusterwide=True,
                standalone=True,
                stop_flag=self._stop,
            )

    def _registry(self) -> kopf.OperatorRegistry:
        registry = kopf.OperatorRegistry()

        @kopf.on.login(registry=registry)
        def login(**_: Any) -> kopf.ConnectionInfo:
            return self._credentials.for_kopf()

        @kopf.on.startup(registry=registry)
        async def start(**_: Any) -> None:
            operator = await Operator.start(self._settings, self._credentials)
            self._running = asyncio.create_task(operator.run(), name="operator")
            self._running.add_done_callback(self._ended)

        @kopf.on.cleanup(registry=registry)
        async def stop(**_: Any) -> None:
            if self._running is not None:
                self._running.cancel()
                await asyncio.wait({self._running}, timeout=SHUTDOWN_S)

        _ = login, start, stop
        return registry

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Stop the process with the operator: something restarts it."""
        if not task.cancelled():
            error = task.exception()
            if isinstance(error, CannotStart):
                _log.critical("%s", error)
            else:
                _log.critical("the operator ended", exc_info=error)
            self.failed = True
        self._stop.set()


class _ForEver:
    """Pauses between kopf's tries: it must not end because the API server is away."""

    def __iter__(self) -> Iterator[float]:
        yield from (0.5, 1.0)
        yield from repeat(2.0)


def _quiet() -> kopf.OperatorSettings:
    """Return settings with which kopf neither watches, nor posts, nor touches our objects."""
    settings = kopf.OperatorSettings()
    settings.posting.enabled = False
    settings.scanning.disabled = True
    settings.peering.standalone = True
    # with the name of our own finalizer, kopf would remove it
    settings.persistence.finalizer = UNUSED_FINALIZER
    settings.networking.error_backoffs = _ForEver()
    settings.networking.connect_timeout = 5
    return settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="rise-operator",
        description="Bring Projects and Teams to what they ask for.",
        epilog=configuration.documentation(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=version("rise-operator"))
    parser.parse_args(arguments)
    settings = configuration.load()
    logging.basicConfig(
        level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    logging.getLogger("kopf").setLevel(max(logging.WARNING, logging.getLogger().level))
    # kopf looks which kinds there are; of an API server that is away we tell ourselves
    logging.getLogger("kopf._core.reactor.observation").setLevel(logging.CRITICAL)
    try:
        host = Host(settings)
    except CannotStart as error:
        parser.exit(FAILED, f"error: {error}\n")
    host.run()
    return FAILED if host.failed else 0
