"""Periodic duties: metrics for Prometheus, the nightly audit, and alerts for the owners.

The audit reads the whole ledger, so it has a loop of its own and delays nothing else.
"""

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Protocol

import structlog

from bot.domain.errors import KeyRefused
from bot.domain.money import PER_DOLLAR, Micros, dollars
from bot.domain.platform_state import ReportsState
from bot.domain.ports import Clock
from bot.domain.provider_state import ReportsProvider
from bot.operations.alerts import Alerts, Kind
from bot.operations.platforms import look_at
from bot.operations.providers import look_at as look_at_providers
from bot.operations.queue_metrics import figures_of, show
from bot.storage.database import Database
from bot.support.metrics import AUDITED, DISK_FREE, FINDINGS, LOOP_LAG, MODEL_LOADED, PROVIDER_BALANCE

log = structlog.get_logger()

LOOK_EVERY = timedelta(seconds=20)
BALANCE_EVERY = timedelta(minutes=5)
LONGEST_WAIT = timedelta(minutes=30)
"""Queueing time of a note that raises an alert."""
LONGEST_HOLD = timedelta(days=8)
"""Longer than any note lives."""
_NEARLY_FULL = 5
"""Multiple of the spare room below which the disk is nearly full."""
LONGEST_UNAUDITED = timedelta(hours=26)
"""From one night to the next, with the extra hour of a night in autumn, and one for another attempt."""
AUDIT_AGAIN = timedelta(hours=1)
"""Pause after an audit that failed, or took too long."""
_LOOK_SECONDS = 60.0
_AUDIT_SECONDS = 900.0
_LAG_SECONDS = 1.0
_MEGABYTE = 1_000_000


class AccountBreaker(Protocol):
    """A provider with a prepaid account of the operator."""

    @property
    def name(self) -> str:
        """The provider's name."""

    async def balance(self) -> Micros:
        """Return the balance of the account. Raises KeyRefused."""


@dataclass(slots=True)
class Watch:
    """Cheap checks, which run often."""

    db: Database
    alerts: Alerts
    clock: Clock
    zone: tzinfo
    """Time zone of the nights."""
    platforms: Sequence[str]
    """Platforms whose notes are processed here."""
    connections: Mapping[str, ReportsState]
    """The ones of them that are listened to."""
    folder: Path
    """The data folder."""
    spare: int
    """Bytes of its disk that must stay free."""
    lost_to_refunds: Callable[[], Awaitable[Micros]]
    """Returns what the operator lost today to payments that were paid back after they were spent."""
    loaded: Callable[[], Mapping[str, bool]]
    """The embedded models by name, and True if in memory."""
    lost: Callable[[], Awaitable[Micros]]
    """Returns the cost of today's calls that were lost, and that no user had cancelled."""
    providers: Sequence[ReportsProvider] = ()
    """The providers that may be away."""

    async def keep(self, every: timedelta = LOOK_EVERY) -> None:
        """Check repeatedly and send alerts, until cancelled."""
        while True:
            await self.check()
            with suppress(TimeoutError):  # not wait_for: until Python 3.12 it loses a cancellation that meets the news
                async with asyncio.timeout(every.total_seconds()):
                    await self.alerts.news.wait()

    async def check(self) -> None:
        """Run all checks once; a failed check does not prevent the others."""
        await _tried("memory", self._measure_memory, _LOOK_SECONDS)
        await _tried("disk", self._measure_disk, _LOOK_SECONDS)
        await _tried("database", self._measure_database, _LOOK_SECONDS)
        await _tried("platforms", self._look_at_platforms, _LOOK_SECONDS)
        await _tried("providers", self._look_at_providers, _LOOK_SECONDS)
        await _tried("losses", self._measure_losses, _LOOK_SECONDS)
        await self.alerts.send_due()

    async def _look_at_platforms(self) -> None:
        await look_at(self.connections, self.alerts, self.clock())

    async def _look_at_providers(self) -> None:
        await look_at_providers(self.providers, self.alerts)

    async def _measure_memory(self) -> None:
        for model, is_there in self.loaded().items():
            MODEL_LOADED.labels(model).set(is_there)

    async def _measure_disk(self) -> None:
        free = (await asyncio.to_thread(shutil.disk_usage, self.folder)).free
        DISK_FREE.set(free)
        if free < _NEARLY_FULL * self.spare:
            await self.alerts.raise_(Kind.DISK, megabytes=free // _MEGABYTE)
        else:
            await self.alerts.end(Kind.DISK)

    async def _measure_losses(self) -> None:
        if lost := await self.lost():
            await self.alerts.raise_(Kind.LOSSES, lost=dollars(lost))
        else:
            await self.alerts.end(Kind.LOSSES)

    async def _measure_database(self) -> None:
        figures = await figures_of(self.db, self.clock())
        show(figures, self.platforms)
        wait = figures.longest_wait(self.platforms)
        if wait > LONGEST_WAIT:
            await self.alerts.raise_(Kind.QUEUE, minutes=wait // timedelta(minutes=1))
        else:
            await self.alerts.end(Kind.QUEUE)
        if figures.oldest_hold > LONGEST_HOLD:
            await self.alerts.raise_(Kind.HOLD, days=figures.oldest_hold.days)
        else:
            await self.alerts.end(Kind.HOLD)
        lost = await self.lost_to_refunds()
        if lost:
            await self.alerts.raise_(Kind.REFUND, lost=dollars(lost))
        else:
            await self.alerts.end(Kind.REFUND)
        # They are raised by single notes, so only the clock can end them.
        today = self.clock().astimezone(self.zone).replace(hour=0, minute=0, second=0, microsecond=0)
        for kind in (Kind.BREAKER, Kind.RECORDING):
            await self.alerts.end_of_earlier(kind, today)


@dataclass(slots=True)
class Auditor:
    """The nightly audit of the ledger."""

    audit: Callable[[], Awaitable[list[str]]]
    """Returns the findings."""
    alerts: Alerts
    clock: Clock
    zone: tzinfo
    """Time zone of the nights."""
    seconds: float = _AUDIT_SECONDS
    """Time limit of an audit."""
    _audited_on: date | None = field(default=None, init=False)
    _ended_at: datetime = field(init=False)
    """End of the last audit; before the first, the start of this object."""
    _not_before: datetime = field(init=False)

    def __post_init__(self) -> None:
        self._ended_at = self._not_before = self.clock()

    async def keep(self, every: timedelta = LOOK_EVERY) -> None:
        """Check repeatedly if an audit is due, until cancelled."""
        while True:
            await self.audit_if_due()
            await asyncio.sleep(every.total_seconds())

    async def audit_if_due(self) -> None:
        """Audit at the first check, and at the first after each midnight; an hour later again after a failure."""
        began = self.clock()
        today = began.astimezone(self.zone).date()
        if today != self._audited_on and began >= self._not_before:
            if await _tried("ledger", self._audit, self.seconds):
                self._audited_on = today
            else:
                self._not_before = self.clock() + AUDIT_AGAIN
        since = self.clock() - self._ended_at
        if since > LONGEST_UNAUDITED:
            await self.alerts.raise_(Kind.UNAUDITED, hours=since // timedelta(hours=1))

    async def _audit(self) -> None:
        findings = await self.audit()
        self._ended_at = self.clock()
        FINDINGS.set(len(findings))
        AUDITED.set(self._ended_at.timestamp())
        await self.alerts.end(Kind.UNAUDITED)
        for finding in findings:
            log.error("ledger_does_not_add_up", finding=finding)
        if findings:
            await self.alerts.raise_(Kind.LEDGER, findings=len(findings))
        else:
            await self.alerts.end(Kind.LEDGER)


async def _tried(what: str, check: Callable[[], Awaitable[None]], seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await check()
    except Exception as error:  # noqa: BLE001  # the next check may succeed; nothing else depends on it
        log.warning("not_checked", what=what, error=type(error).__name__)
        return False
    return True


async def watch_balance(breaker: AccountBreaker, alerts: Alerts, low: Micros | None) -> None:
    """Keep the metric of the provider's balance current, and alert the owners, until cancelled."""
    while True:
        await check_balance(breaker, alerts, low)
        await asyncio.sleep(BALANCE_EVERY.total_seconds())


async def check_balance(breaker: AccountBreaker, alerts: Alerts, low: Micros | None) -> None:
    """Check the balance once. `low`: alert below this amount; None: never."""
    try:
        left = await breaker.balance()
    except KeyRefused:
        log.error("provider_key_refused", provider=breaker.name)  # noqa: TRY400  # a traceback adds nothing
        await alerts.raise_(Kind.KEY)
        return
    except Exception as error:  # noqa: BLE001  # a metric for the operator; nothing else depends on it
        log.warning("provider_balance_unknown", error=type(error).__name__)
        return
    PROVIDER_BALANCE.labels(breaker.name).set(left / PER_DOLLAR)
    await alerts.end(Kind.KEY)
    if low is not None and left < low:
        await alerts.raise_(Kind.BALANCE, left=dollars(left))
    else:
        await alerts.end(Kind.BALANCE)


async def measure_lag(every: float = _LAG_SECONDS) -> None:
    """Measure the delay of tasks repeatedly, until cancelled."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + every
        await asyncio.sleep(every)
        LOOP_LAG.observe(max(0.0, loop.time() - due))
