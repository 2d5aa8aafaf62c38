"""Who keeps an eye on the house: figures for Prometheus, an audit each night, and alerts for its owners.

Nothing waits for the audit, which reads the whole ledger: its keeper is another than that of what is looked at often.
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
from bot.domain.ports import Clock
from bot.operations.alerts import Alerts, Kind
from bot.operations.queue_metrics import figures_of, show
from bot.storage.database import Database
from bot.support.metrics import AUDITED, DISK_FREE, FINDINGS, LOOP_LAG, MODEL_LOADED, PROVIDER_BALANCE

log = structlog.get_logger()

LOOK_EVERY = timedelta(seconds=20)
BALANCE_EVERY = timedelta(minutes=5)
LONGEST_WAIT = timedelta(minutes=30)
"""A note that waits longer for its turn is worth an alert."""
LONGEST_HOLD = timedelta(days=8)
"""No note lives for so long."""
_NEARLY_FULL = 5
"""So many times what must stay free."""
LONGEST_UNAUDITED = timedelta(hours=26)
"""From one night to the next, with the hour that a night in autumn is longer, and one to try again."""
AUDIT_AGAIN = timedelta(hours=1)
"""After an audit that failed, or took too long."""
_LOOK_SECONDS = 60.0
_AUDIT_SECONDS = 900.0
_LAG_SECONDS = 1.0
_MEGABYTE = 1_000_000


class AccountBreaker(Protocol):
    """A provider with an account of the house's."""

    @property
    def name(self) -> str:
        """The provider's."""

    async def balance(self) -> Micros:
        """What is in the account. Raises KeyRefused."""


@dataclass(slots=True)
class Watch:
    """Looks at everything that costs nothing to look at."""

    db: Database
    alerts: Alerts
    clock: Clock
    zone: tzinfo
    """Where night is night."""
    platforms: Sequence[str]
    """Those whose notes are worked on here."""
    folder: Path
    """Everything that is stored."""
    spare: int
    """Bytes of its disk that stay free."""
    loaded: Callable[[], Mapping[str, bool]]
    """Which embedded models there are, and whether each is in memory."""

    async def keep(self, every: timedelta = LOOK_EVERY) -> None:
        """Look again and again, and tell what there is to tell, until cancelled."""
        while True:
            await self.look()
            with suppress(TimeoutError):
                await asyncio.wait_for(self.alerts.news.wait(), every.total_seconds())

    async def look(self) -> None:
        """One look; what fails in it keeps nothing else from being looked at."""
        await _tried("memory", self._look_at_memory, _LOOK_SECONDS)
        await _tried("disk", self._look_at_disk, _LOOK_SECONDS)
        await _tried("database", self._look_at_database, _LOOK_SECONDS)
        await self.alerts.tell()

    async def _look_at_memory(self) -> None:
        for model, is_there in self.loaded().items():
            MODEL_LOADED.labels(model).set(is_there)

    async def _look_at_disk(self) -> None:
        free = (await asyncio.to_thread(shutil.disk_usage, self.folder)).free
        DISK_FREE.set(free)
        if free < _NEARLY_FULL * self.spare:
            await self.alerts.raise_(Kind.DISK, megabytes=free // _MEGABYTE)
        else:
            await self.alerts.end(Kind.DISK)

    async def _look_at_database(self) -> None:
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
        # Who raises it is a note that was turned away: nobody but the clock says that it is over.
        today = self.clock().astimezone(self.zone).replace(hour=0, minute=0, second=0, microsecond=0)
        await self.alerts.end_of_earlier(Kind.BREAKER, today)


@dataclass(slots=True)
class Auditor:
    """Has the ledger audited each night."""

    audit: Callable[[], Awaitable[list[str]]]
    """Says what it found wrong."""
    alerts: Alerts
    clock: Clock
    zone: tzinfo
    """Where night is night."""
    seconds: float = _AUDIT_SECONDS
    """What an audit may take."""
    _audited_on: date | None = field(default=None, init=False)
    _ended_at: datetime = field(init=False)
    """When the last one did; before the first, when this began."""
    _not_before: datetime = field(init=False)

    def __post_init__(self) -> None:
        self._ended_at = self._not_before = self.clock()

    async def keep(self, every: timedelta = LOOK_EVERY) -> None:
        """Look again and again whether its time has come, until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(every.total_seconds())

    async def look(self) -> None:
        """Audit at the first look, and at the first after each midnight; where that failed, an hour later again."""
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


async def _tried(what: str, look: Callable[[], Awaitable[None]], seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await look()
    except Exception as error:  # noqa: BLE001  # the next look may succeed; nothing else depends on it
        log.warning("not_looked_at", what=what, error=type(error).__name__)
        return False
    return True


async def watch_balance(purse: AccountBreaker, alerts: Alerts, low: Micros | None) -> None:
    """Keep the metric of the provider's account near the truth, and its owners informed, until cancelled."""
    while True:
        await look_at_balance(purse, alerts, low)
        await asyncio.sleep(BALANCE_EVERY.total_seconds())


async def look_at_balance(purse: AccountBreaker, alerts: Alerts, low: Micros | None) -> None:
    """One look. `low`: less than that is an alert; None: nothing is."""
    try:
        left = await purse.balance()
    except KeyRefused:
        log.error("provider_key_refused", provider=purse.name)  # noqa: TRY400  # a trace tells nothing more
        await alerts.raise_(Kind.KEY)
        return
    except Exception as error:  # noqa: BLE001  # a figure for the operator; nothing else depends on it
        log.warning("provider_balance_unknown", error=type(error).__name__)
        return
    PROVIDER_BALANCE.labels(purse.name).set(left / PER_DOLLAR)
    await alerts.end(Kind.KEY)
    if low is not None and left < low:
        await alerts.raise_(Kind.BALANCE, left=dollars(left))
    else:
        await alerts.end(Kind.BALANCE)


async def measure_lag(every: float = _LAG_SECONDS) -> None:
    """Find out how late tasks go on, again and again, until cancelled."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + every
        await asyncio.sleep(every)
        LOOP_LAG.observe(max(0.0, loop.time() - due))
