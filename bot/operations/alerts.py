"""What the owners must know: told once when it begins and once when it is over, and no more often than every few hours.

How things stand is in the database, so a restart repeats nothing. What an alert says beyond its kind is known only to
the process that raised it: after a restart it is told as soon as it is raised again.
"""

import asyncio
from collections.abc import Collection, Mapping
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
"""After a message about a kind of alert, until the next one about it."""
TELL_SECONDS = 60.0
"""For one owner."""


class Kind(StrEnum):
    """What there is to be told."""

    KEY = "key"
    """The provider refuses the house's key."""
    BALANCE = "balance"
    """Little money is left at the provider. Value: left, in dollars as people read them."""
    BREAKER = "breaker"
    """The house spent what it may in one day."""
    LEDGER = "ledger"
    """The ledger does not add up. Value: findings."""
    UNAUDITED = "unaudited"
    """Nobody knows whether the ledger adds up. Value: hours, since the last audit or the start."""
    DISK = "disk"
    """Little room is left on the disk. Value: megabytes."""
    QUEUE = "queue"
    """A note waits for its turn for too long. Value: minutes."""
    HOLD = "hold"
    """Money is held for longer than any note lives. Value: days."""


class Alerts:
    """Raised and ended by whoever sees; told by a keeper (watching.py). Nothing here raises but a cancel."""

    def __init__(
        self,
        db: Database,
        owners: Collection[str],
        notifiers: Mapping[str, Notifier],
        preferences: Preferences,
        clock: Clock,
    ) -> None:
        """`owners`: accounts as platform:id; `tellers`: the ways to them, by platform."""
        self._db = db
        self._owners = sorted(owners)
        self._tellers = notifiers
        self._preferences = preferences
        self._clock = clock
        self._values: dict[Kind, dict[str, str | int]] = {}
        self._raised_at: dict[Kind, datetime] = {}
        self.news = asyncio.Event()
        """Set where there may be something to tell."""

    async def raise_(self, kind: Kind, **values: str | int) -> None:
        """It is so now. May be said again and again, as long as it lasts; the newest values are told."""
        is_new_here = kind not in self._values
        self._values[kind], self._raised_at[kind] = values, self._clock()
        try:
            if await self._begin(kind) or is_new_here:
                self.news.set()
        except Exception as error:  # noqa: BLE001  # who sees it has other work to do
            log.warning("alert_not_written_down", kind=kind.value, error=type(error).__name__)

    async def end(self, kind: Kind) -> None:
        """It is not, or not any more."""
        self._values.pop(kind, None)
        try:
            if await self._finish(kind):
                self.news.set()
        except Exception as error:  # noqa: BLE001  # as above
            log.warning("alert_not_written_down", kind=kind.value, error=type(error).__name__)

    async def end_of_earlier(self, kind: Kind, than: datetime) -> None:
        """It is not any more, where it began before that time and was not raised since."""
        try:
            row = await self._row(kind)
        except Exception as error:  # noqa: BLE001  # as above
            log.warning("alert_not_looked_at", kind=kind.value, error=type(error).__name__)
            return
        if row is not None and row.since < than and self._raised_at.get(kind, row.since) < than:
            await self.end(kind)

    async def tell(self) -> None:
        """Tell the owners what they do not know yet, as far as its time has come."""
        self.news.clear()
        try:
            async with self._db.reading() as connection:
                rows = (await connection.execute(sa.select(alert).order_by(alert.c.since))).all()
            for row in rows:
                if row.kind in set(Kind):
                    await self._tell_of(Kind(row.kind), row)
        except Exception as error:  # noqa: BLE001  # the next time it may be there again
            log.warning("alerts_not_told", error=type(error).__name__)

    async def _tell_of(self, kind: Kind, row: sa.Row[Any]) -> None:
        now = self._clock()
        if row.told_at is not None and now - row.told_at < QUIET:
            return
        if _begin_is_owed(row) and kind in self._values and await self._claim(row, now):
            await self._tell_owners(f"alert-{kind.value}", self._values[kind])
        elif _end_is_owed(row) and await self._claim(row, now):
            await self._tell_owners(f"alert-{kind.value}-over", {})

    async def _begin(self, kind: Kind) -> bool:
        row = await self._row(kind)
        if row is not None and row.over_at is None:
            return False
        now = self._clock()
        if row is None:
            async with self._db.writing() as connection:
                is_new = await insert_new(connection, alert, {"kind": kind.value, "since": now})
        elif _end_is_owed(row):  # as far as its owners know, it never ended
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
        """Write down that it is told, before it is: a message that is lost is better than one at each restart."""
        return await self._change(row, told_at=now)

    async def _row(self, kind: Kind) -> sa.Row[Any] | None:
        async with self._db.reading() as connection:
            return (await connection.execute(sa.select(alert).where(alert.c.kind == kind.value))).one_or_none()

    async def _change(self, row: sa.Row[Any], **values: datetime | None) -> bool:
        """Change a row that is as it was read; False where somebody else changed it meanwhile."""
        as_read = [alert.c[name].is_not_distinct_from(getattr(row, name)) for name in ("since", "told_at", "over_at")]
        query = sa.update(alert).where(alert.c.kind == row.kind, *as_read).values(**values)
        async with self._db.writing() as connection:
            return (await connection.execute(query)).rowcount == 1

    async def _tell_owners(self, key: str, values: Mapping[str, str | int]) -> None:
        for owner in self._owners:
            notifier = self._tellers.get(platform_of(owner))
            if notifier is None:
                continue
            try:
                async with asyncio.timeout(TELL_SECONDS):
                    locale = locale_of((await self._preferences.of(owner)).locale)
                    await notifier.tell(owner, text(locale, key, **values))
            except Exception as error:  # noqa: BLE001  # whatever its platform has: the log has the alert too
                log.warning("owner_not_told", owner=owner, error=type(error).__name__)


def _begin_is_owed(row: sa.Row[Any]) -> bool:
    """Whether it lasts, and its owners were not told."""
    return row.over_at is None and (row.told_at is None or row.told_at < row.since)


def _end_is_owed(row: sa.Row[Any]) -> bool:
    """Whether its owners were told that it began, and not that it is over."""
    return row.over_at is not None and row.told_at is not None and row.since <= row.told_at < row.over_at
