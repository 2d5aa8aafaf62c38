"""Alerts to the owners: one message at the beginning and one at the end of a condition, at most every few hours.

The state is in the database, so a restart repeats nothing. An alert's values are known only to the process that raised
it: after a restart the message is sent when it is raised again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
import structlog

from bot.domain.identity import platform_of
from bot.domain.ports import Clock, Notifier
from bot.locales import locale_of, text
from bot.people.preferences import Preferences
from bot.storage.database import Database, insert_new
from bot.storage.tables import alert

log = structlog.get_logger()

QUIET = timedelta(hours=6)
"""Minimum time between two messages about a kind of alert; a few kinds have none."""
NOTIFY_SECONDS = 60.0
"""Seconds for one owner."""


class Kind(StrEnum):
    """Kind of an alert."""

    KEY = "key"
    """The provider rejects the API key."""
    BALANCE = "balance"
    """The balance at the provider is low. Value: left, in dollars as text."""
    BREAKER = "breaker"
    """The daily budget of the service is spent."""
    LEDGER = "ledger"
    """The ledger is inconsistent. Value: findings."""
    UNAUDITED = "unaudited"
    """The ledger has not been audited. Value: hours, since the last audit or the start."""
    DISK = "disk"
    """The disk is nearly full. Value: megabytes."""
    QUEUE = "queue"
    """A note has been queued for too long. Value: minutes."""
    REFUND = "refund"
    """A platform paid users back what they had spent already. Value: lost today, in dollars as text."""
    HOLD = "hold"
    """A hold is older than any note lives. Value: days."""
    SESSIONS = "sessions"
    """A platform lets the bot begin only few sessions more. Values: platform, left."""
    LOSSES = "losses"
    """Calls of today were lost by crashes, timeouts or failed jobs. Value: lost, in dollars as text."""
    PROVIDER = "provider"
    """A provider has been away for minutes. Value: minutes."""
    RECORDING = "recording"
    """A recording ended the process several times today and was given up. Value: note."""


_TOLD_AT_ONCE = frozenset({Kind.PROVIDER})
"""Kinds that begin only after minutes: every beginning and every end is sent."""


class Alerts:
    """Alerts that are raised and ended by other parts, and sent by the monitor. No method raises anything but a
    cancellation.
    """

    def __init__(
        self,
        db: Database,
        owners: Callable[[], Awaitable[Collection[str]]],
        notifiers: Mapping[str, Notifier],
        preferences: Preferences,
        clock: Clock,
    ) -> None:
        """`owners` returns accounts as platform:id; `notifiers`: the ways to them, by platform."""
        self._db = db
        self._owners = owners
        self._notifiers = notifiers
        self._preferences = preferences
        self._clock = clock
        self._values: dict[Kind, dict[str, str | int]] = {}
        self._raised_at: dict[Kind, datetime] = {}
        self.news = asyncio.Event()
        """Set if there may be a message to send."""

    async def raise_(self, kind: Kind, **values: str | int) -> None:
        """Raise an alert. May be repeated as long as the condition lasts; the newest values are sent."""
        is_new_here = kind not in self._values
        self._values[kind], self._raised_at[kind] = values, self._clock()
        try:
            if await self._begin(kind) or is_new_here:
                self.news.set()
        except Exception as error:  # noqa: BLE001  # the caller has other work to do
            log.warning("alert_not_written_down", kind=kind.value, error=type(error).__name__)

    async def end(self, kind: Kind) -> None:
        """End an alert, if it is active."""
        self._values.pop(kind, None)
        try:
            if await self._finish(kind):
                self.news.set()
        except Exception as error:  # noqa: BLE001  # as above
            log.warning("alert_not_written_down", kind=kind.value, error=type(error).__name__)

    async def end_of_earlier(self, kind: Kind, than: datetime) -> None:
        """End an alert that began before `than` and was not raised since."""
        try:
            row = await self._row(kind)
        except Exception as error:  # noqa: BLE001  # as above
            log.warning("alert_not_checked", kind=kind.value, error=type(error).__name__)
            return
        if row is not None and row.since < than and self._raised_at.get(kind, row.since) < than:
            await self.end(kind)

    async def send_due(self) -> None:
        """Send the owners the messages that are due."""
        self.news.clear()
        try:
            async with self._db.reading() as connection:
                rows = (await connection.execute(sa.select(alert).order_by(alert.c.since))).all()
            for row in rows:
                if row.kind in set(Kind):
                    await self._send_if_due(Kind(row.kind), row)
        except Exception as error:  # noqa: BLE001  # the database may be available the next time
            log.warning("alerts_not_sent", error=type(error).__name__)

    async def _send_if_due(self, kind: Kind, row: sa.Row[Any]) -> None:
        now = self._clock()
        if kind not in _TOLD_AT_ONCE and row.told_at is not None and now - row.told_at < QUIET:
            return
        if _begin_is_owed(row) and kind in self._values and await self._claim(row, now):
            await self._notify_owners(f"alert-{kind.value}", self._values[kind])
        elif _end_is_owed(row) and await self._claim(row, now):
            await self._notify_owners(f"alert-{kind.value}-over", {})

    async def _begin(self, kind: Kind) -> bool:
        row = await self._row(kind)
        if row is not None and row.over_at is None:
            return False
        now = self._clock()
        if row is None:
            async with self._db.writing() as connection:
                is_new = await insert_new(connection, alert, {"kind": kind.value, "since": now})
        elif _end_is_owed(row):  # the owners never got a message about the end
            is_new = await self._change(row, over_at=None)
        else:
            is_new = await self._change(row, since=now, over_at=None)
        log.warning("alert_began", kind=kind.value)
        return bool(is_new)

    async def _finish(self, kind: Kind) -> bool:
        row = await self._row(kind)
        if row is None or row.over_at is not None:
            return False
        log.warning("alert_is_over", kind=kind.value)
        return await self._change(row, over_at=self._clock())

    async def _claim(self, row: sa.Row[Any], now: datetime) -> bool:
        """Record a message before it is sent: a lost message is better than one at each restart."""
        return await self._change(row, told_at=now)

    async def _row(self, kind: Kind) -> sa.Row[Any] | None:
        async with self._db.reading() as connection:
            return (await connection.execute(sa.select(alert).where(alert.c.kind == kind.value))).one_or_none()

    async def _change(self, row: sa.Row[Any], **values: datetime | None) -> bool:
        """Change a row if it is unchanged since it was read; return False otherwise."""
        as_read = [alert.c[name].is_not_distinct_from(getattr(row, name)) for name in ("since", "told_at", "over_at")]
        query = sa.update(alert).where(alert.c.kind == row.kind, *as_read).values(**values)
        async with self._db.writing() as connection:
            return (await connection.execute(query)).rowcount == 1

    async def _notify_owners(self, key: str, values: Mapping[str, str | int]) -> None:
        for owner in sorted(await self._owners()):
            notifier = self._notifiers.get(platform_of(owner))
            if notifier is None:
                continue
            try:
                async with asyncio.timeout(NOTIFY_SECONDS):
                    locale = locale_of((await self._preferences.of(owner)).locale)
                    await notifier.tell(owner, text(locale, key, **values))
            except Exception as error:  # noqa: BLE001  # any error of a platform: the alert is in the log too
                log.warning("owner_not_notified", owner=owner, error=type(error).__name__)


def _begin_is_owed(row: sa.Row[Any]) -> bool:
    """Return True if the alert is active and the owners were not told."""
    return row.over_at is None and (row.told_at is None or row.told_at < row.since)


def _end_is_owed(row: sa.Row[Any]) -> bool:
    """Return True if the owners were told of the beginning, and not of the end."""
    return row.over_at is not None and row.told_at is not None and row.since <= row.told_at < row.over_at
