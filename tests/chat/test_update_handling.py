"""Updates that were written down: handled in order within their chat, once each, and tried again as often as agreed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from telegram.error import NetworkError, TimedOut

from adapters.telegram.receiving import TelegramRules
from bot.chat.update_handling import ATTEMPTS, MOST, PAUSES, Arrival, Handling, UpdateInbox
from bot.domain.errors import NotNow, PerhapsPosted, Undelivered
from bot.domain.waiting import WaitReason
from bot.storage.database import Database
from bot.storage.outages import NoTurn
from tests.helpers.databases import fresh_database
from tests.helpers.ledgers import Clock, mid_november
from tests.helpers.services import Pauses


@dataclass
class Waiting(Pauses):
    """Pauses that last."""

    begun: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, seconds: float) -> None:
        self.begun.set()
        await asyncio.Event().wait()


@dataclass
class Handler:
    """Writes down what it handled; what it does besides, a test says."""

    done: list[int] = field(default_factory=list)
    faults: dict[int, list[Exception]] = field(default_factory=dict)
    gates: dict[int, asyncio.Event] = field(default_factory=dict)
    at_once: int = 0
    most_at_once: int = 0

    async def __call__(self, arrival: Arrival) -> None:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await asyncio.sleep(0)
            if arrival.id in self.gates:
                await self.gates[arrival.id].wait()
            if self.faults.get(arrival.id):
                raise self.faults[arrival.id].pop(0)
            self.done.append(arrival.id)
        finally:
            self.at_once -= 1

    async def has_done(self, *numbers: int) -> None:
        async with asyncio.timeout(20):
            while not set(numbers) <= set(self.done):
                await asyncio.sleep(0.005)


@asynccontextmanager
async def handling(
    inbox: UpdateInbox,
    handler: Handler,
    clock: Clock,
    pauses: Pauses | None = None,
    longest: float = 20,
    sorry: Handler | None = None,
) -> AsyncIterator[Handling]:
    opened: asyncio.Future[Handling] = asyncio.get_running_loop().create_future()

    async def run() -> None:
        async with asyncio.TaskGroup() as tasks:
            sorry_ = sorry or Handler()
            opened.set_result(
                Handling(inbox, TelegramRules(), handler, sorry_, tasks, clock, pauses or Pauses(), longest)
            )
            opened.result().begin()

    running = asyncio.create_task(run())
    try:
        yield await opened
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


def update(number: int, chat: int, kind: str = "message") -> Arrival:
    return Arrival(number, {"update_id": number, kind: {"chat": {"id": chat}, "text": f"number {number}"}})


@pytest.fixture
async def fresh(tmp_path: Path) -> AsyncIterator[Database]:
    async with fresh_database("sqlite", tmp_path) as database:
        yield database


@pytest.fixture
def inbox(fresh: Database) -> UpdateInbox:
    return UpdateInbox(fresh, mid_november(), "telegram", "7")


async def empty(inbox: UpdateInbox) -> None:
    async with asyncio.timeout(20):
        while await inbox.waiting():
            await asyncio.sleep(0.005)


async def told(inbox: UpdateInbox, handling: Handling, *arrivals: Arrival) -> None:
    await inbox.keep(arrivals)
    handling.told(arrivals)


async def test_a_chat_keeps_its_order_and_no_chat_waits_for_another(inbox: UpdateInbox, clock: Clock) -> None:
    handler = Handler(gates={1: asyncio.Event()})
    async with handling(inbox, handler, clock) as open_:
        await told(inbox, open_, update(1, chat=5), update(2, chat=5), update(3, chat=6), update(4, chat=5))
        await handler.has_done(3)
        assert handler.done == [3]
        handler.gates[1].set()
        await handler.has_done(4)
        await empty(inbox)
    assert handler.done == [3, 1, 2, 4]


async def test_presses_and_payments_wait_for_nothing(inbox: UpdateInbox, clock: Clock) -> None:
    handler = Handler(gates={number: asyncio.Event() for number in range(200)})
    async with handling(inbox, handler, clock) as open_:
        await told(inbox, open_, *(update(number, chat=number) for number in range(200)))
        pressed = Arrival(500, {"update_id": 500, "callback_query": {"id": "1", "message": {"chat": {"id": 5}}}})
        paid = Arrival(501, {"update_id": 501, "pre_checkout_query": {"id": "2"}})
        await told(inbox, open_, pressed, paid)
        await handler.has_done(500, 501)
    assert handler.done == [500, 501]


async def test_a_failure_is_tried_again_as_often_as_agreed_and_is_logged_without_what_was_said(
    inbox: UpdateInbox, clock: Clock
) -> None:
    handler = Handler(faults={1: [ValueError("number 1") for _ in range(9)], 2: [ValueError("once")]})
    pauses, sorry = Pauses(), Handler(faults={1: [ValueError("number 1")]})
    with capture_logs() as logs:
        async with handling(inbox, handler, clock, pauses, sorry=sorry) as open_:
            await told(inbox, open_, update(1, chat=5), update(2, chat=5), update(3, chat=5))
            await handler.has_done(3)
            await empty(inbox)
    assert handler.done == [2, 3]
    assert len(handler.faults[1]) == 9 - ATTEMPTS
    assert pauses.asked[:ATTEMPTS] == list(PAUSES)
    assert [log["event"] for log in logs].count("update_given_up") == 1
    assert sorry.faults[1] == []
    assert "number 1" not in str(logs)


async def test_attempts_are_counted_over_restarts(inbox: UpdateInbox, clock: Clock) -> None:
    handler = Handler(faults={1: [ValueError("again")] * 2, 2: []})
    await inbox.keep([update(1, chat=5)])
    for _ in range(ATTEMPTS - 2):
        assert await inbox.begin(1)
    async with handling(inbox, handler, clock) as open_:
        await told(inbox, open_, update(2, chat=5))
        await handler.has_done(2)
    assert handler.done == [2]
    assert handler.faults[1] == []


async def test_an_update_that_kills_its_process_is_given_up_and_its_chat_is_told_once(
    inbox: UpdateInbox, clock: Clock
) -> None:
    handler, sorry = Handler(), Handler()
    await inbox.keep([update(1, chat=5)])
    for _ in range(ATTEMPTS):
        assert await inbox.begin(1)
    for number in (2, 3):
        async with handling(inbox, handler, clock, sorry=sorry) as open_:
            await told(inbox, open_, update(number, chat=5))
            await handler.has_done(number)
            await empty(inbox)
    assert (handler.done, sorry.done) == ([2, 3], [1])


async def test_stops_lose_no_update(inbox: UpdateInbox, clock: Clock) -> None:
    handler = Handler(gates={1: asyncio.Event()})
    await inbox.keep([update(1, chat=5)])
    for _ in range(ATTEMPTS + 1):
        async with handling(inbox, handler, clock), asyncio.timeout(20):
            while not handler.at_once:
                await asyncio.sleep(0.005)
    handler.gates[1].set()
    async with handling(inbox, handler, clock):
        await handler.has_done(1)


async def test_a_wait_counts_for_nothing_however_it_ends(inbox: UpdateInbox, clock: Clock) -> None:
    later = clock() + timedelta(seconds=40)
    handler, waiting = Handler(faults={1: [NotNow(WaitReason.PLATFORM_PAUSE, later, "Telegram")]}), Waiting()
    await inbox.keep([update(1, chat=5)])
    async with handling(inbox, handler, clock, waiting):
        await asyncio.wait_for(waiting.begun.wait(), 20)
        assert [await inbox.begin(1) for _ in range(ATTEMPTS)] == [True] * ATTEMPTS
    assert not await inbox.begin(1)


async def test_what_may_have_been_said_is_not_said_again(inbox: UpdateInbox, clock: Clock) -> None:
    later = clock() + timedelta(seconds=40)
    handler = Handler(faults={1: [PerhapsPosted(WaitReason.PLATFORM_DOWN, later, "Telegram")] * 2})
    pauses = Pauses()
    async with handling(inbox, handler, clock, pauses) as open_:
        await told(inbox, open_, update(1, chat=5), update(2, chat=5))
        await handler.has_done(2)
        await empty(inbox)
    assert (handler.done, len(handler.faults[1]), pauses.asked) == ([2], 1, [])


async def test_a_bad_moment_is_waited_out_and_is_no_failure(inbox: UpdateInbox, clock: Clock) -> None:
    later = clock() + timedelta(seconds=40)
    moments: list[Exception] = [NotNow(WaitReason.PLATFORM_PAUSE, later, "Telegram") for _ in range(ATTEMPTS + 1)]
    handler = Handler(faults={1: [*moments, NetworkError("away"), TimedOut()]})
    pauses = Pauses()
    async with handling(inbox, handler, clock, pauses) as open_:
        await told(inbox, open_, update(1, chat=5))
        await handler.has_done(1)
    assert pauses.asked == [40.0] * len(moments) + [3, 3]


async def test_a_database_that_is_away_is_no_failure_of_the_update(inbox: UpdateInbox, clock: Clock) -> None:
    handler, pauses = Handler(faults={1: [NoTurn() for _ in range(ATTEMPTS + 1)]}), Pauses()
    async with handling(inbox, handler, clock, pauses) as open_:
        await told(inbox, open_, update(1, chat=5))
        await handler.has_done(1)
    assert pauses.asked == [1.0] * (ATTEMPTS + 1)


async def test_a_moment_that_never_comes_is_a_failure_some_time(inbox: UpdateInbox, clock: Clock) -> None:
    tomorrow = clock() + timedelta(days=1)
    handler = Handler(faults={1: [NotNow(WaitReason.PLATFORM_PAUSE, tomorrow, "Telegram") for _ in range(ATTEMPTS)]})
    async with handling(inbox, handler, clock) as open_:
        await told(inbox, open_, update(1, chat=5), update(2, chat=5))
        await handler.has_done(2)
    assert handler.done == [2]


async def test_an_answer_that_nobody_takes_is_no_failure(inbox: UpdateInbox, clock: Clock) -> None:
    handler = Handler(faults={1: [Undelivered(reason="the bot was blocked.")]})
    pauses = Pauses()
    async with handling(inbox, handler, clock, pauses) as open_:
        await told(inbox, open_, update(1, chat=5), update(2, chat=5))
        await handler.has_done(2)
        await empty(inbox)
    assert pauses.asked == []


async def test_a_handler_that_hangs_is_stopped(inbox: UpdateInbox, clock: Clock) -> None:
    handler = Handler(gates={1: asyncio.Event()})
    with capture_logs() as logs:
        async with handling(inbox, handler, clock, longest=0.01) as open_:
            await told(inbox, open_, update(1, chat=5), update(2, chat=5))
            await handler.has_done(2)
    assert {log["error"] for log in logs if "error" in log} == {"TimeoutError"}


async def test_numbers_that_begin_anew_are_read(inbox: UpdateInbox, clock: Clock) -> None:
    handler = Handler()
    async with handling(inbox, handler, clock) as open_:
        await told(inbox, open_, update(9_000, chat=5))
        await handler.has_done(9_000)
        await told(inbox, open_, update(12, chat=5), update(13, chat=6))
        await handler.has_done(12, 13)


async def test_a_burst_stays_in_the_table_and_one_chats_flood_does_not_hold_up_another(
    inbox: UpdateInbox, clock: Clock
) -> None:
    admission = asyncio.Event()
    handler = Handler(gates={number: admission for number in range(400) if number % 4})
    flood = [update(number, chat=number % 4 if number < 400 else number % 300) for number in range(2_400)]
    async with handling(inbox, handler, clock) as open_:
        for start in range(0, 2_400, 100):
            await told(inbox, open_, *flood[start : start + 100])
            assert open_.in_memory <= MOST
        await handler.has_done(
            *range(0, 400, 4), *(number for number in range(400, 2_400) if number % 300 not in (1, 2, 3))
        )
        admission.set()
        await handler.has_done(*range(2_400))
    of_one_chat = [number for number in handler.done if number < 400 and number % 4 == 1]
    assert of_one_chat == sorted(of_one_chat)
    assert len(handler.done) == len(set(handler.done)) == 2_400
    assert handler.most_at_once <= 64
