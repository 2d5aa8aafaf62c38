"""Handle updates that were written down: in order within a chat, many chats at once, each as often as it must be.

What waits, waits in the table. In memory are the next few updates of each chat, and no more than MOST in all."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol, TypeVar

import sqlalchemy as sa
import structlog

from bot.domain.errors import NotNow, PerhapsPosted, Undelivered
from bot.domain.ports import Clock
from bot.storage.database import Database, insert_new
from bot.storage.outages import is_outage
from bot.storage.tables import arrival as arrived
from bot.support.retry import FIRST_PAUSE, Backoff, Sleep
from bot.support.tracebacks import report

ATTEMPTS = 5
"""Attempts at an event whose handler fails, restarts included."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One event as its platform sent it."""

    id: int
    """The platform's own number of it."""
    body: dict[str, Any]


class UpdateInbox:
    """One for each bot of a platform. An event's body is forgotten as soon as it is done."""

    def __init__(self, db: Database, clock: Clock, platform: str, bot: str) -> None:
        self._db = db
        self._clock = clock
        self._own = {"platform": platform, "bot": bot}

    async def keep(self, arrivals: Sequence[Arrival]) -> None:
        """Write events down; those that were written down before stay as they are."""
        now = self._clock()
        rows = [{**self._own, "id": one.id, "body": one.body, "attempts": 0, "received_at": now} for one in arrivals]
        if rows:
            async with self._db.writing() as connection:
                await insert_new(connection, arrived, *rows)

    async def waiting(self, after: int | None = None, limit: int = 100) -> list[Arrival]:
        """Return events that are neither done nor given up, in their order; `after` this number, if given.

        Among them are those that were tried too often: they are still to be given up.
        """
        query = (
            sa.select(arrived.c.id, arrived.c.body)
            .where(self._is_own(), arrived.c.done_at.is_(None))
            .order_by(arrived.c.id)
            .limit(limit)
        )
        if after is not None:
            query = query.where(arrived.c.id > after)
        async with self._db.reading() as connection:
            return [Arrival(row.id, row.body) for row in await connection.execute(query)]

    async def begin(self, number: int) -> bool:
        """Count an attempt; False if the event is done, or was tried too often.

        It is counted before it is made, so that an event that kills the process ends some time as well.
        """
        query = sa.update(arrived).where(self._waits(number), arrived.c.attempts < ATTEMPTS)
        async with self._db.writing() as connection:
            return (await connection.execute(query.values(attempts=arrived.c.attempts + 1))).rowcount == 1

    async def uncount(self, number: int) -> None:
        """Take an attempt back that ended through no fault of the event: by a stop, or by a wait."""
        query = sa.update(arrived).where(self._waits(number), arrived.c.attempts > 0)
        async with self._db.writing() as connection:
            await connection.execute(query.values(attempts=arrived.c.attempts - 1))

    async def give_up(self, number: int) -> bool:
        """Give an event up that was tried too often, and forget what was in it; False if it was not."""
        query = sa.update(arrived).where(self._waits(number), arrived.c.attempts >= ATTEMPTS)
        async with self._db.writing() as connection:
            return (await connection.execute(query.values(done_at=self._clock(), body=None))).rowcount == 1

    async def done(self, number: int) -> None:
        """Write down that an event was handled, and forget what was in it."""
        query = sa.update(arrived).where(self._is_own(), arrived.c.id == number)
        async with self._db.writing() as connection:
            await connection.execute(query.values(done_at=self._clock(), body=None))

    async def purge(self, before: datetime) -> int:
        """Delete events that came before that time and are done or given up, and return their number."""
        query = sa.delete(arrived).where(self._is_own(), arrived.c.done_at.is_not(None), arrived.c.received_at < before)
        async with self._db.writing() as connection:
            return (await connection.execute(query)).rowcount

    def _waits(self, number: int) -> sa.ColumnElement[bool]:
        return sa.and_(self._is_own(), arrived.c.id == number, arrived.c.done_at.is_(None))

    def _is_own(self) -> sa.ColumnElement[bool]:
        return sa.and_(*(arrived.c[name] == value for name, value in self._own.items()))


log = structlog.get_logger()

CHATS_AT_ONCE = 64
URGENT_AT_ONCE = 64
HANDLER_SECONDS = 60.0
GIVE_BACK_SECONDS = 5.0
PAUSES = (1.0, 3.0, 9.0, 27.0, 0.0)
"""Seconds after each failure of one update."""
REFUSED = "refused"
"""Reason of a refusal that a platform does not explain."""
PATIENCE = timedelta(hours=1)
"""Longest time that an update waits for a better time, before that counts as a failure."""
MOST = 1000
MOST_OF_A_CHAT = 100
_PAGE = 100
KEPT_FOR = timedelta(days=3)
"""Time for which an update is known, so that it is not taken for a new one."""
PURGE_SECONDS = 3600.0

Handle = Callable[[Arrival], Awaitable[None]]
T = TypeVar("T")


class UpdateRules(Protocol):
    """A platform's rules for its updates."""

    def lane_of(self, arrival: Arrival) -> str:
        """Return the lane of an update, mostly its chat: updates of one lane are handled one after the other."""

    def is_urgent(self, arrival: Arrival) -> bool:
        """Return True if a user looks at a clock that turns until the update is handled."""

    def seconds_to_wait(self, error: Exception) -> float | None:
        """Return the seconds after which the platform may take what it did not take now; None if it was no wait."""


class NotUnderstood(Exception):
    """This program cannot read the update. It stays in the table: the next start may be a newer one's."""


@dataclass(slots=True)
class _Lane:
    """The updates of one chat that are in memory."""

    key: str
    urgent: bool = False
    queue: deque[Arrival] = field(default_factory=deque)
    behind: int | None = None
    """The first update of this chat that was left in the table since the lane was full."""


class Handling:
    """One for each bot. The task group given owns its tasks; when they are cancelled, what is not done stays so."""

    def __init__(
        self,
        inbox: UpdateInbox,
        rules: UpdateRules,
        handle: Handle,
        apologise: Handle,
        tasks: asyncio.TaskGroup,
        clock: Clock,
        sleep: Sleep = asyncio.sleep,
        longest: float = HANDLER_SECONDS,
    ) -> None:
        """`apologise` is called once with each update that is given up.

        `longest`: the seconds that either may take for one update.
        """
        self._inbox = inbox
        self._rules = rules
        self._handle = handle
        self._apologise = apologise
        self._tasks = tasks
        self._clock = clock
        self._sleep = sleep
        self._longest = longest
        self._lanes: dict[str, _Lane] = {}
        self._held: set[int] = set()
        self._freed = asyncio.Event()
        self._news = asyncio.Event()
        self._next = 0
        self._chats = asyncio.Semaphore(CHATS_AT_ONCE)
        self._urgent = asyncio.Semaphore(URGENT_AT_ONCE)

    @property
    def in_memory(self) -> int:
        """Return the number of updates in memory."""
        return len(self._held)

    def begin(self) -> None:
        """Handle what was written down, what an earlier process left before anything else."""
        self._tasks.create_task(self._read_on(), name="updates")

    def told(self, arrivals: Iterable[Arrival]) -> None:
        """Take updates that were written down: those that cannot wait begin at once, the others in their turn."""
        numbers = [arrival.id for arrival in arrivals]
        for arrival in arrivals:
            if self._rules.is_urgent(arrival) and len(self._held) < 2 * MOST:
                self._take(arrival)
        if numbers:
            self._read_again_from(min(numbers))

    async def _read_on(self) -> None:
        while True:
            self._news.clear()
            begun_at = self._next
            page = await self._retry(partial(self._inbox.waiting, after=begun_at - 1, limit=_PAGE))
            if self._next == begun_at and page:  # else `told` asked meanwhile to go back
                self._next = page[-1].id + 1
            for arrival in page:
                await self._room()
                self._take(arrival)
            if len(page) < _PAGE:
                await self._news.wait()

    def _read_again_from(self, number: int) -> None:
        """Read from an earlier update on: a platform's numbers are not always the next higher ones."""
        self._next = min(self._next, number)
        self._news.set()

    async def _room(self) -> None:
        while len(self._held) >= MOST:
            self._freed.clear()
            await self._freed.wait()

    def _take(self, arrival: Arrival) -> None:
        """Put an update in its lane, unless it is there already."""
        if arrival.id in self._held:
            return
        key = self._rules.lane_of(arrival)
        lane = self._lanes.get(key)
        if lane is None:
            lane = self._lanes[key] = _Lane(key, self._rules.is_urgent(arrival))
            self._tasks.create_task(self._work(lane), name=f"chat {key}")
        if lane.behind is not None or len(lane.queue) >= MOST_OF_A_CHAT:
            lane.behind = arrival.id if lane.behind is None else min(lane.behind, arrival.id)
            return
        self._held.add(arrival.id)
        lane.queue.append(arrival)

    async def _work(self, lane: _Lane) -> None:
        turns = self._urgent if lane.urgent else self._chats
        while lane.queue:
            arrival = lane.queue[0]
            await self._see_to(arrival, turns)
            lane.queue.popleft()
            self._held.discard(arrival.id)
            self._freed.set()
        del self._lanes[lane.key]
        if lane.behind is not None:
            self._read_again_from(lane.behind)

    async def _see_to(self, arrival: Arrival, turns: asyncio.Semaphore) -> None:
        """Have an update handled, again after a failure, until it is done or was tried too often."""
        for pause in PAUSES:
            try:
                is_handled = await self._is_handled(arrival, turns)
            except NotUnderstood as error:
                report("update_not_understood", error.__cause__ or error, update=arrival.id)
                return
            if is_handled:
                return
            await self._sleep(pause)
        await self._give_up(arrival)

    async def _is_handled(self, arrival: Arrival, turns: asyncio.Semaphore) -> bool:
        """Return True if an update needs no further attempt. A wait for a better time (up to PATIENCE) is none."""
        patient_until = self._clock() + PATIENCE
        while await self._retry(partial(self._inbox.begin, arrival.id)):
            error = await self._attempt(arrival, turns)
            if error is None:
                return True
            wait = self._better_in(error)
            if wait is None or self._clock() + timedelta(seconds=wait) >= patient_until:
                report("update_failed", error, update=arrival.id)
                return False
            await self._give_back(arrival)
            await self._sleep(wait)
        await self._give_up(arrival)
        return True

    async def _attempt(self, arrival: Arrival, turns: asyncio.Semaphore) -> Exception | None:
        """Handle an update once; return what went wrong, None if nothing did."""
        try:
            async with turns, asyncio.timeout(self._longest):
                await self._handle(arrival)
        except asyncio.CancelledError:  # a stop is not the update's fault
            await self._give_back(arrival)
            raise
        except NotUnderstood:
            raise
        except Undelivered as refused:
            log.info("update_without_answer", update=arrival.id, reason=refused.reason)
            if refused.reason == REFUSED:  # that message, and perhaps no other
                await self._apologise_once(arrival)
        except PerhapsPosted:  # what was said may be lost, which is better than to say it twice
            log.warning("update_perhaps_answered", update=arrival.id)
        except Exception as error:  # noqa: BLE001  # whatever it is, the next update has its turn
            return error
        await self._retry(partial(self._inbox.done, arrival.id))
        return None

    async def _give_back(self, arrival: Arrival) -> None:
        """Best effort, for it must not hold up a stop: at worst an attempt is counted that was none."""
        try:
            async with asyncio.timeout(GIVE_BACK_SECONDS):
                await self._inbox.uncount(arrival.id)
        except Exception as error:  # noqa: BLE001  # the database may be away
            report("attempt_not_given_back", error, update=arrival.id)

    async def _give_up(self, arrival: Arrival) -> None:
        """Give an update up and tell its chat: that is written down first, so that nobody is told twice."""
        if not await self._retry(partial(self._inbox.give_up, arrival.id)):
            return
        log.error("update_given_up", update=arrival.id)
        await self._apologise_once(arrival)

    async def _apologise_once(self, arrival: Arrival) -> None:
        try:
            async with asyncio.timeout(self._longest):
                await self._apologise(arrival)
        except Exception as error:  # noqa: BLE001  # the log has it, and nothing more can be done
            report("update_given_up_silently", error, update=arrival.id)

    async def _retry(self, do: Callable[[], Awaitable[T]]) -> T:
        """Wait for a database that is away: nothing goes on, and nothing is lost."""
        return await Backoff("updates_not_taken", sleep=self._sleep).retry(do)

    def _better_in(self, error: Exception) -> float | None:
        """Return the seconds until it is worth another try; None if time does not help."""
        if isinstance(error, NotNow):
            return max(FIRST_PAUSE, (error.wait.until - self._clock()).total_seconds())
        if is_outage(error):
            return FIRST_PAUSE
        return self._rules.seconds_to_wait(error)


async def purge(inbox: UpdateInbox, clock: Clock, sleep: Sleep = asyncio.sleep) -> None:
    """Forget what was handled long ago, every hour until it is cancelled."""
    while True:
        try:
            await inbox.purge(clock() - KEPT_FOR)
        except Exception as error:  # noqa: BLE001  # an hour later the database may be back
            report("updates_not_purged", error)
        await sleep(PURGE_SECONDS)
