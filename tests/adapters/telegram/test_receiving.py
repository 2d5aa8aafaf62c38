"""Updates of Telegram: written down before they are confirmed, handled once, whatever the network and Telegram do."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from adapters.telegram.client import make_bot
from adapters.telegram.receiving import Polling
from bot.chat.listening import StateReport
from bot.chat.update_handling import ATTEMPTS, Arrival, UpdateInbox
from bot.domain.errors import BadSettings
from bot.locales import text
from bot.service.core import open_core
from bot.settings import Settings
from bot.support.clock import now
from tests.doubles.provider import MODELS
from tests.doubles.telegram.server import ANSWER_LOST, BAD_GATEWAY, CUT, GARBAGE, BotApi, Fault, wait_so_long
from tests.helpers.services import Pauses
from tests.helpers.telegram import inbox_in, on_telegram, telegram_rig

CONFLICT = Fault(409, "Conflict: terminated by other getUpdates request")
UNAUTHORIZED = Fault(401, "Unauthorized")


# The whole service


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


async def test_an_answer_whose_receipt_is_lost_is_posted_again_and_the_next_is_not(
    telegram: BotApi, settings: Settings
) -> None:
    ada = telegram.person("Ada")
    chat = telegram.private(ada)
    telegram.fail("sendMessage", ANSWER_LOST)
    async with telegram_rig(telegram, on_telegram(settings, telegram)) as rig:
        chat.say(ada, text="/help")
        chat.say(ada, text="/usage")
        await telegram.eventually(lambda: len(chat.answers) == 3)
        await rig.idle()
    first, again, usage = chat.answers
    assert first.text == again.text != usage.text


async def test_long_work_holds_nothing_up(telegram: BotApi, settings: Settings, voice: Path) -> None:
    ada = telegram.person("Ada")
    chat = telegram.private(ada)
    async with telegram_rig(telegram, on_telegram(settings, telegram)) as rig:
        rig.provider.free.clear()
        chat.say(ada, voice=voice)
        await asyncio.wait_for(rig.provider.busy.wait(), 10)
        chat.say(ada, text="/help")
        await telegram.eventually(lambda: len(chat.answers) == 2)
        discard = next(label for label in chat.answers[0].labels if label.startswith(("Cancel", "Discard")))
        await asyncio.to_thread(telegram.press, ada, chat, chat.answers[0].id, discard)
        rig.provider.free.set()  # a call that may be charged is not interrupted
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


async def test_a_service_that_is_deaf_ends_with_what_made_it_so(telegram: BotApi, settings: Settings) -> None:
    class Deaf:
        async def listen(self, _bot: object, _keep: object) -> None:
            raise EOFError("it will never hear again")

    with capture_logs() as logs, pytest.raises(EOFError, match="never hear"):
        async with telegram_rig(telegram, on_telegram(settings, telegram), Deaf()), asyncio.timeout(20):
            await asyncio.Event().wait()
    assert "telegram_stopped" in [log["event"] for log in logs]


async def test_a_webhook_of_another_program_is_taken_away(telegram: BotApi, settings: Settings, voice: Path) -> None:
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
    """A receiver that only writes down, with pauses that do not last."""

    kept: list[Arrival] = field(default_factory=list)
    pauses: Pauses = field(default_factory=Pauses)
    report: StateReport = field(default_factory=lambda: StateReport(now))
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
    listening = asyncio.create_task(Polling(listener.report, listener.pauses, lambda: 0.0).listen(bot, listener.keep))
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


async def test_the_state_tells_of_the_connection_and_of_the_last_update(telegram: BotApi) -> None:
    ada = telegram.person("Ada")
    listener = Listener()
    async with polling(telegram, listener):
        telegram.private(ada).say(ada, text="Hello")
        await telegram.eventually(lambda: not telegram.pending)
        await telegram.eventually(lambda: listener.report.state.updated_at is not None)
        assert listener.report.state.away_since is None
        telegram.fail("getUpdates", CUT, times=2)
        telegram.private(ada).say(ada, text="Hello")
        await telegram.eventually(lambda: listener.pauses.asked)
        await telegram.eventually(lambda: not telegram.pending)


async def test_a_poll_that_fails_is_a_lost_connection_and_a_full_disk_is_none(telegram: BotApi) -> None:
    ada = telegram.person("Ada")
    listener, states = Listener(failures=1), []
    look = listener.pauses

    async def pause(seconds: float) -> None:
        states.append(listener.report.state.away_since is None)
        await look(seconds)

    listener.pauses = pause  # type: ignore[assignment]  # it looks before it pauses
    telegram.fail("getUpdates", CUT)
    telegram.private(ada).say(ada, text="Hello")
    async with polling(telegram, listener):
        await telegram.eventually(lambda: not telegram.pending)
    assert states == [False, True]


async def test_a_server_that_answers_at_once_with_nothing_new_is_asked_once_a_second() -> None:
    polls = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer as a server does that holds nothing back, and tells the same update over and over."""
        nonlocal polls
        while head := await reader.readuntil(b"\r\n\r\n"):
            length = re.search(rb"content-length: (\d+)", head.lower())
            await reader.readexactly(int(length[1]) if length else 0)
            is_poll = b"/getUpdates" in head
            polls += is_poll
            told = (
                [{"update_id": 7}] if is_poll else {"id": 1, "is_bot": True, "first_name": "Bot", "username": "b_bot"}
            )
            body = json.dumps({"ok": True, "result": told}).encode()
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    pauses, kept = Pauses(), Listener()
    bot = make_bot("1:token", f"http://127.0.0.1:{port}/bot", f"http://127.0.0.1:{port}/file/bot", local=False)
    await bot.initialize()
    listening = asyncio.create_task(Polling(kept.report, pauses, lambda: 5.0).listen(bot, kept.keep))
    async with asyncio.timeout(10):
        while polls < 4:
            await asyncio.sleep(0.01)
    listening.cancel()
    with suppress(asyncio.CancelledError):
        await listening
    await bot.shutdown()
    server.close()
    assert pauses.asked[:2] == [1.0, 1.0], "the first brought something new"
    assert len(pauses.asked) >= polls - 2
