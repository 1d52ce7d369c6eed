"""The registries as the operator uses them: one that is away is left alone, and slows nobody.

Whoever meets a registry that does not answer closes it for all projects, for a pause that doubles;
then one call finds out. A project that fails again while others are answered has a pause of its
own instead (`strain.py`). No more than a few calls to one registry are under way at a time: whoever
finds it busy comes back at a moment of its own, so that however many wait, few ask in vain. What
takes long by its nature has places of its own, and says nothing of the registry when it takes
longer than it may.
"""

from __future__ import annotations

import asyncio
import logging
import time
import traceback
from typing import TYPE_CHECKING, TypeVar

from rise_operator.credentials.strain import Strain, pause_s
from rise_operator.errors import Busy
from rise_registry.contract import Issued, RegistryError, RegistryUnavailableError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Sequence

    from rise_operator.engine.metrics import Metrics
    from rise_registry.configuration import RegistryConfiguration
    from rise_registry.contract import Project, RegistryProvider

CALLS, LONG_CALLS = 8, 2  # at one registry at a time
CALL_S = 30.0
BUSY_S, COME_BACK_S = 0.1, 0.01  # until the first comes back, and between it and the next one
REFUSED_S = 60.0

_log = logging.getLogger(__name__)
ResultT = TypeVar("ResultT")


class DefectError(RegistryError):
    """A provider failed in a way that it should not."""


class Registry:
    """One registry: its provider, and whether it may be called now."""

    def __init__(
        self,
        configuration: RegistryConfiguration,
        provider: RegistryProvider,
        metrics: Metrics,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take it for being there: the first call finds out."""
        self.configuration = configuration
        self.provider = provider
        self._clock = clock
        self._failed = metrics.registry_failures
        self._available = metrics.registry_available.labels(configuration.name)
        self._available.set(1)
        self.minted = metrics.credentials_minted.labels(configuration.name)
        self._under_way = {False: 0, True: 0}  # long?
        self._next_comes_back = 0.0
        self._failures = 0
        self._closed_until = 0.0
        self._why = ""
        self._strain = Strain(clock)
        # a provider need not say so: then it is asked
        self._keeps_credentials: bool = getattr(provider, "keeps_credentials", True)

    @property
    def name(self) -> str:
        """Its name in the configuration."""
        return self.configuration.name

    async def call(
        self,
        make: Callable[[RegistryProvider], Awaitable[ResultT]],
        long_s: float | None = None,
        whose: str = "",
    ) -> ResultT:
        """Return what the provider answers.

        `long_s`: how long it may take, where that depends on how much there is.
        `whose`: the UID of the project that it is about, if it is about one.

        Raises:
            RegistryUnavailableError: it does not answer, or did not just before.
            RegistryError: it refuses.
            Busy: too many calls are under way.
        """
        long = long_s is not None
        self._check_open(whose, long=long)
        self._under_way[long] += 1
        try:
            async with asyncio.timeout(CALL_S if long_s is None else long_s):
                answer = await make(self.provider)
        except RegistryUnavailableError as error:
            self._count(error)
            raise self._away(str(error), error.retry_after_s, whose) from error
        except TimeoutError as error:
            self._count(error)
            raise self._too_slow(long_s, whose) from error
        except RegistryError as error:
            self._count(error)
            self._opened(whose)  # it answers
            raise
        except Exception as error:  # noqa: BLE001 - somebody else's code
            self._count(error)
            raise self._defect(error) from None
        finally:
            self._under_way[long] -= 1
        self._opened(whose)
        return answer

    async def revoke(self, whose: Project, keep: Collection[str] = ()) -> None:
        """End every pull credential of `whose` but those in `keep`.

        A registry that keeps none is not asked: nothing waits for it while it is away.

        Raises:
            RegistryError, Busy: as `call`.
        """
        if self._keeps_credentials:
            await self.call(lambda provider: provider.revoke(whose, keep), whose=whose.uid)

    async def inventory(self, long_s: float) -> Sequence[Issued]:
        """Return what it keeps for Rise, within `long_s`.

        Raises:
            RegistryError, Busy: as `call`.
        """
        return await self.call(_listed, long_s) if self._keeps_credentials else ()

    def retain(self, uids: Collection[str]) -> None:
        """Remember nothing of projects that are none of these."""
        self._strain.retain(uids)

    def _too_slow(self, long_s: float | None, whose: str) -> RegistryUnavailableError:
        if long_s is not None:
            why = f"registry {self.name} was not done within {long_s:.0f} s"
            return RegistryUnavailableError(why, pause_s(0))
        why = f"registry {self.name} did not answer within {CALL_S:.0f} s: check that it runs"
        return self._away(why, None, whose)

    def _defect(self, error: Exception) -> DefectError:
        """Return what people are told: what `error` says may hold a password."""
        where = "".join(traceback.format_tb(error.__traceback__))
        kind = type(error).__name__
        _log.error("registry %s: its provider failed with %s\n%s", self.name, kind, where)
        return DefectError(
            f"the provider of registry {self.name} met {kind}: an administrator finds it in "
            "the operator's log"
        )

    def _check_open(self, whose: str, *, long: bool) -> None:
        left_s = self._closed_until - self._clock()
        if left_s > 0:
            raise RegistryUnavailableError(self._why, left_s)
        self._strain.check(whose)
        under_way = self._under_way[long]
        if self._failures and under_way:  # it is being found out: nothing is new
            raise RegistryUnavailableError(self._why, self._come_back_s())
        if under_way >= (LONG_CALLS if long else CALLS):
            raise Busy(f"registry {self.name} is busy", self._come_back_s())

    def _come_back_s(self) -> float:
        """Return when to come back: each a moment after whoever was told before."""
        now = self._clock()
        self._next_comes_back = max(self._next_comes_back + COME_BACK_S, now + BUSY_S)
        return self._next_comes_back - now

    def _away(self, why: str, asked_s: float | None, whose: str) -> RegistryUnavailableError:
        """Return what to raise; from now on the registry is left alone, or only by that project."""
        alone = self._strain.failed(whose, why, asked_s)
        return alone or self._closed(why, asked_s)

    def _closed(self, why: str, asked_s: float | None) -> RegistryUnavailableError:
        left_s = self._closed_until - self._clock()
        if left_s > 0:  # somebody was faster
            return RegistryUnavailableError(self._why, left_s)
        if not self._failures:
            _log.warning("%s", why)
        pause = pause_s(self._failures, asked_s)
        self._failures += 1
        self._available.set(0)
        self._why = why
        self._closed_until = self._clock() + pause
        return RegistryUnavailableError(why, pause)

    def _opened(self, whose: str) -> None:
        self._strain.answered(whose)
        if self._failures:
            _log.warning("registry %s is back", self.name)
            self._available.set(1)
        self._failures = 0

    def _count(self, error: Exception) -> None:
        self._failed.labels(self.name, type(error).__name__).inc()


async def _listed(provider: RegistryProvider) -> Sequence[Issued]:
    """Return what is listed; whatever is not of the contract's shape is the provider's defect."""
    return [
        Issued(str(each.project_uid), str(each.id), None) for each in await provider.inventory()
    ]
