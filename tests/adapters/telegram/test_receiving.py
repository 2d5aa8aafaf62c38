"""Updates of Telegram: written down before they are confirmed, handled once, whatever the network and Telegram do."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs
from telegram.error import NetworkError, TimedOut

from adapters.telegram.client import make_bot
from adapters.telegram.dispatch import TelegramRules
from adapters.telegram.receiving import Polling
from bot.chat.platform import PerhapsPosted
from bot.chat.update_handling import MOST, PAUSES, Handling
from bot.chat.update_inbox import ATTEMPTS, Arrival, UpdateInbox
from bot.domain.errors import BadSettings, NotNow, Undelivered
from bot.domain.waiting import WaitReason
from bot.locales import text
from bot.service.core import open_core
from bot.settings import Settings
from bot.storage.database import Database
from tests.doubles.provider import MODELS
from tests.doubles.telegram.server import ANSWER_LOST, BAD_GATEWAY, CUT, GARBAGE, BotApi, Fault, wait_so_long
from tests.helpers.databases import fresh_database
from tests.helpers.ledgers import Clock, mid_november
from tests.helpers.services import Pauses
from tests.helpers.telegram import inbox_in, on_telegram, telegram_rig

CONFLICT = Fault(409, "Conflict: terminated by other getUpdates request")
UNAUTHORIZED = Fault(401, "Unauthorized")


@pytest.fixture
def telegram() -> Iterator[BotApi]:
    with BotApi() as telegram:
        yield telegram


@pytest.fixture
async def fresh(tmp_path: Path) -> AsyncIterator[Database]:
    async with fresh_database("sqlite", tmp_path) as database:
        yield database


# What a whole house does


async def test_what_was_confirmed_but_not_handled_is_handled_at_the_next_start(
    telegram: BotApi, settings: Settings, voice: Path
) -> None:
    ada = telegram.person("Ada")
    chat = telegram.private(ada)
    settings = on_telegram(settings, telegram)
    async with telegram_rig(telegram, settings):
        pass
    chat.say(ada, voice=voice)
    async with open_core(settings, MODELS) as core:  # as one that dies between confirmation and handling
        listener = Listener(inbox=inbox_in(core.db, telegram))
        async with polling(telegram, listener):
            await telegram.eventually(lambda: not telegram.pending)
    assert (len(listener.kept), chat.answers) == (1, [])
    async with telegram_rig(telegram, settings) as rig:
        assert len(await rig.answers(chat)) == 1


async def test_what_came_while_nobody_listened_is_answered(telegram: BotApi, settings: Settings, voice: Path) -> None:
    ada = telegram.person("Ada")
    chat = telegram.private(ada)
    sent = [chat.say(ada, voice=voice), chat.say(ada, text="/help")]
    async with telegram_rig(telegram, on_telegram(settings, telegram)) as rig:
        await rig.answers(chat)
        await telegram.eventually(lambda: len(chat.answers) == 2)
    assert sorted(answer.reply_to or 0 for answer in chat.answers) == sent


async def test_an_update_that_is_told_again_is_answered_once(telegram: BotApi, settings: Settings, voice: Path) -> None:
    ada = telegram.person("Ada")
    chat = telegram.private(ada)
    settings = on_telegram(settings, telegram)
    async with telegram_rig(telegram, settings) as rig:
        chat.say(ada, voice=voice)
        chat.say(ada, text="/help")
        await rig.answers(chat)
        await rig.idle()
        telegram.repeat_updates(2)
        chat.say(ada, text="/help")
        await telegram.eventually(lambda: len(chat.answers) == 3)
        await rig.idle()
    telegram.repeat_updates(3)
    async with telegram_rig(telegram, settings) as rig:
        chat.say(ada, text="/help")
        await telegram.eventually(lambda: len(chat.answers) == 4)
        await rig.idle()
        assert len(rig.provider.calls()) == 1
    assert len(chat.answers) == 4


async def test_an_answer_whose_receipt_is_lost_is_posted_once(telegram: BotApi, settings: Settings) -> None:
    ada = telegram.person("Ada")
    chat = telegram.private(ada)
    telegram.fail("sendMessage", ANSWER_LOST)
    async with telegram_rig(telegram, on_telegram(settings, telegram)) as rig:
        chat.say(ada, text="/help")
        chat.say(ada, text="/usage")
        await telegram.eventually(lambda: len(chat.answers) == 2)
        await rig.idle()
    assert len(chat.answers) == 2


async def test_long_work_holds_nothing_up(telegram: BotApi, settings: Settings, voice: Path) -> None:
    ada = telegram.person("Ada")
    chat = telegram.private(ada)
    async with telegram_rig(telegram, on_telegram(settings, telegram)) as rig:
        rig.provider.free.clear()
        chat.say(ada, voice=voice)
        await asyncio.wait_for(rig.provider.busy.wait(), 10)
        chat.say(ada, text="/help")
        await telegram.eventually(lambda: len(chat.answers) == 2)
        await asyncio.to_thread(telegram.press, ada, chat, chat.answers[0].id, "Cancel")
        await telegram.eventually(lambda: "Cancelled" in chat.answers[0].text)


async def test_a_start_without_network_is_a_start(telegram: BotApi, settings: Settings, voice: Path) -> None:
    ada = telegram.person("Ada")
    chat = telegram.private(ada)
    telegram.offline = True
    async with telegram_rig(telegram, on_telegram(settings, telegram)) as rig:
        chat.say(ada, voice=voice)
        telegram.offline = False
        assert len(await rig.answers(chat)) == 1


async def test_a_token_that_telegram_does_not_know_is_said_and_never_shown(
    telegram: BotApi, settings: Settings
) -> None:
    token = "110201543:AAH-this-is-not-the-one-that-BotFather-gave"
    wrong = on_telegram(settings, telegram, telegram_token=SecretStr(token))
    with capture_logs() as logs, pytest.raises(BadSettings) as refused:
        async with telegram_rig(telegram, wrong):
            pass
    assert "EARMARK_TELEGRAM_TOKEN" in str(refused.value)
    assert refused.value.__suppress_context__
    assert "AAH-this" not in f"{logs} {refused.value}"


async def test_an_update_that_nobody_can_read_does_not_hold_up_the_next(
    telegram: BotApi, settings: Settings, voice: Path
) -> None:
    ada = telegram.person("Ada")
    chat = telegram.private(ada)
    with capture_logs() as logs:
        async with telegram_rig(telegram, on_telegram(settings, telegram)) as rig:
            with telegram.lock:
                telegram.tell("message", {"message_id": 1, "date": "a secret word", "chat": "none"})
                telegram.tell("message", {"message_id": 1, "date": 1, "chat": {"id": ada.id}, "entities": 5})
            chat.say(ada, voice=voice)
            assert len(await rig.answers(chat)) == 1
    assert {log["event"] for log in logs if log["log_level"] == "error"} == {"update_not_understood"}
    assert "a secret word" not in str(logs)


async def test_who_wrote_what_was_given_up_is_told_once_and_customers_are_not(
    telegram: BotApi, settings: Settings, voice: Path
) -> None:
    ada, bea, carl = telegram.person("Ada"), telegram.person("Bea"), telegram.person("Carl")
    chat, own = telegram.private(ada), telegram.private(bea, started=True)
    settings = on_telegram(settings, telegram)
    async with telegram_rig(telegram, settings) as rig:
        business = telegram.business(bea)
        await telegram.eventually(lambda: own.answers)
        await rig.idle()
    sent = chat.say(ada, text="Hello")
    business.say(carl, voice=voice)
    async with open_core(settings, MODELS) as core:  # as one whose process always ends in the middle
        inbox = inbox_in(core.db, telegram)
        async with polling(telegram, Listener(inbox=inbox)):
            await telegram.eventually(lambda: not telegram.pending)
        for arrival in await inbox.waiting():
            for _ in range(ATTEMPTS):
                assert await inbox.begin(arrival.id)
    for _ in range(2):
        async with telegram_rig(telegram, settings) as rig:
            await rig.idle()
            await telegram.eventually(lambda: chat.answers)
    assert [(answer.reply_to, answer.text) for answer in chat.answers] == [(sent, text("en", "given-up"))]
    assert business.chat(carl).answers == []


async def test_a_house_that_is_deaf_ends_with_what_made_it_so(telegram: BotApi, settings: Settings) -> None:
    class Deaf:
        async def listen(self, _bot: object, _keep: object) -> None:
            raise EOFError("it will never hear again")

    with capture_logs() as logs, pytest.raises(EOFError, match="never hear"):
        async with telegram_rig(telegram, on_telegram(settings, telegram), Deaf()), asyncio.timeout(20):
            await asyncio.Event().wait()
    assert "telegram_stopped" in [log["event"] for log in logs]


async def test_a_webhook_that_somebody_set_is_taken_away(telegram: BotApi, settings: Settings, voice: Path) -> None:
    ada = telegram.person("Ada")
    chat = telegram.private(ada)
    async with httpx.AsyncClient(trust_env=False) as client:
        set_there = {"url": "http://127.0.0.1:9/old"}
        await client.post(f"{telegram.base_url}{telegram.token}/setWebhook", json=set_there)
    chat.say(ada, voice=voice)
    async with telegram_rig(telegram, on_telegram(settings, telegram)) as rig:
        assert len(await rig.answers(chat)) == 1


# What the polling does


@dataclass
class Listener:
    """Somebody who only writes down, with pauses that do not last."""

    kept: list[Arrival] = field(default_factory=list)
    pauses: Pauses = field(default_factory=Pauses)
    failures: int = 0
    inbox: UpdateInbox | None = None

    async def keep(self, arrivals: Sequence[Arrival]) -> None:
        if self.failures:
            self.failures -= 1
            raise ConnectionResetError
        if self.inbox is not None:
            await self.inbox.keep(arrivals)
        self.kept += arrivals


@asynccontextmanager
async def polling(telegram: BotApi, listener: Listener) -> AsyncIterator[None]:
    bot = make_bot(telegram.token, telegram.base_url, telegram.base_file_url, local=False)
    await bot.initialize()
    listening = asyncio.create_task(Polling(listener.pauses).listen(bot, listener.keep))
    try:
        yield
    finally:
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening
        await bot.shutdown()


async def test_an_update_that_could_not_be_written_down_is_not_confirmed(telegram: BotApi) -> None:
    ada = telegram.person("Ada")
    listener = Listener(failures=3)
    telegram.private(ada).say(ada, text="Hello")
    async with polling(telegram, listener):
        await telegram.eventually(lambda: not telegram.pending)
    assert [arrival.body["message"]["text"] for arrival in listener.kept] == ["Hello"]
    assert listener.pauses.asked == [1, 2, 4]


@pytest.mark.parametrize(
    ("faults", "pauses"),
    [
        ([BAD_GATEWAY, GARBAGE, CUT, CUT, CUT, CUT, CUT], [1, 2, 4, 8, 16, 30, 30]),
        ([wait_so_long(7), wait_so_long(90)], [7, 90]),
        ([CONFLICT, CUT, CONFLICT], [30, 1, 30]),
        ([UNAUTHORIZED], [300]),
        (
            [Fault(400, "Bad Request: something new"), Fault(body=b"[]"), Fault(body=b'{"ok":true,"result":null}')],
            [1, 2],
        ),
    ],
    ids=["network", "flood", "conflict", "token", "nonsense"],
)
async def test_the_polling_goes_on_after_every_trouble(
    telegram: BotApi, faults: list[Fault], pauses: list[float]
) -> None:
    ada = telegram.person("Ada")
    listener = Listener()
    for fault in faults:
        telegram.fail("getUpdates", fault)
    with capture_logs() as logs:
        async with polling(telegram, listener):
            telegram.private(ada).say(ada, text="Hello")
            await telegram.eventually(lambda: not telegram.pending)
    assert listener.pauses.asked == pauses
    assert len(listener.kept) == 1
    assert telegram.token not in str(logs)


async def test_the_operator_is_told_that_the_bot_is_used_elsewhere(telegram: BotApi) -> None:
    telegram.fail("getUpdates", CONFLICT)
    listener = Listener()
    with capture_logs() as logs:
        async with polling(telegram, listener):
            await telegram.eventually(lambda: listener.pauses.asked)
    assert [log["event"] for log in logs if log["log_level"] == "error"] == ["telegram_bot_is_used_elsewhere"]


# How updates are handled


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
