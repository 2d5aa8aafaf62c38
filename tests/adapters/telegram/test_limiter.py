"""Telegram's limits are kept before Telegram has to say so. The double refuses what is sent too fast, and counts it."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator

import pytest
from telegram.error import RetryAfter
from telegram.ext import ExtBot

from adapters.telegram.client import Bucket, Limiter, Pace, make_bot
from tests.doubles.telegram.server import BotApi, wait_so_long
from tests.helpers.telegram_out import close


@pytest.fixture
def telegram(monkeypatch: pytest.MonkeyPatch) -> Iterator[BotApi]:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")  # else RetryAfter warns that its type will change
    with BotApi() as telegram:
        yield telegram


@pytest.fixture
async def bot(telegram: BotApi) -> AsyncIterator["ExtBot[None]"]:
    bot = make_bot(telegram.token, telegram.base_url, telegram.base_file_url, local=False)
    yield bot
    await close(bot)


def limiter_of(bot: "ExtBot[None]") -> Limiter:
    assert isinstance(bot.rate_limiter, Limiter)
    return bot.rate_limiter


async def test_many_messages_to_one_person_never_meet_a_flood_error(telegram: BotApi, bot: "ExtBot[None]") -> None:
    chat = telegram.private(telegram.person("Ada"), started=True)
    await asyncio.gather(*(bot.send_message(chat.id, f"{number}") for number in range(6)))
    assert telegram.floods == []
    assert len(chat.answers) == 6


async def test_messages_and_edits_in_many_chats_stay_below_thirty_a_second(
    telegram: BotApi, bot: "ExtBot[None]"
) -> None:
    chats = [telegram.private(telegram.person(f"Ada {number}"), started=True) for number in range(40)]

    async def talk(chat: int) -> None:
        sent = await bot.send_message(chat, "…")
        await bot.edit_message_text("Hi.", chat, sent.message_id)

    began = time.monotonic()
    await asyncio.gather(*(talk(chat.id) for chat in chats))
    assert telegram.floods == []
    assert time.monotonic() - began < 5


async def test_a_burst_in_a_group_is_let_through_and_then_slowed_down(telegram: BotApi, bot: "ExtBot[None]") -> None:
    group = telegram.group("Club", members=[telegram.person("Ada")])
    tasks = [asyncio.create_task(bot.send_message(group.id, f"{number}")) for number in range(8)]
    await telegram.eventually(lambda: len(group.answers) == 5, seconds=2)
    assert not any(task.done() for task in tasks[5:])
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert telegram.floods == []


def test_no_minute_and_no_second_can_have_more_than_telegram_takes() -> None:
    """What fits at once and what leaks meanwhile, together."""
    assert most(Pace().overall, 1.0) <= 30
    assert most(Pace().group, 60.0) <= 20
    assert most(Pace().private, 60.0) <= 5 + 60


def most(bucket: Bucket, seconds: float) -> float:
    return bucket.size + seconds * bucket.size / bucket.seconds


async def test_what_is_no_message_waits_for_none(telegram: BotApi, bot: "ExtBot[None]") -> None:
    ada = telegram.person("Ada")
    chat = telegram.private(ada, started=True)
    waiting = [asyncio.create_task(bot.send_message(chat.id, f"{number}")) for number in range(20)]
    await asyncio.sleep(0)
    async with asyncio.timeout(0.9):
        await bot.get_me()
        await bot.send_chat_action(chat.id, "typing")
    assert len(chat.answers) < 20
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


async def test_there_is_room_for_progress_only_where_an_answer_need_not_wait_for_it(
    telegram: BotApi, bot: "ExtBot[None]"
) -> None:
    chat = telegram.private(telegram.person("Ada"), started=True)
    assert limiter_of(bot).has_room(chat.id)
    await bot.send_message(chat.id, "1")
    assert limiter_of(bot).has_room(chat.id)
    await bot.send_message(chat.id, "2")
    assert not limiter_of(bot).has_room(chat.id)


async def test_there_is_no_room_while_all_chats_together_are_at_the_limit(
    telegram: BotApi, bot: "ExtBot[None]"
) -> None:
    chats = [telegram.private(telegram.person(f"Ada {number}"), started=True) for number in range(30)]
    sending = [asyncio.create_task(bot.send_message(chat.id, "Hi.")) for chat in chats]
    await asyncio.sleep(0)
    assert not limiter_of(bot).has_room(4711)
    await asyncio.gather(*sending)


async def test_there_is_no_room_where_telegram_asked_for_a_pause(telegram: BotApi, bot: "ExtBot[None]") -> None:
    chat = telegram.private(telegram.person("Ada"), started=True)
    telegram.fail("sendMessage", wait_so_long(60))
    with pytest.raises(RetryAfter):
        await bot.send_message(chat.id, "Hi.")
    assert not limiter_of(bot).has_room(chat.id)
    assert limiter_of(bot).has_room(4711)


async def test_where_telegram_asked_for_a_pause_nothing_is_sent_until_it_is_over(
    telegram: BotApi, bot: "ExtBot[None]"
) -> None:
    ada, bob = (telegram.private(telegram.person(name), started=True) for name in ("Ada", "Bob"))
    telegram.fail("sendMessage", wait_so_long(60))
    with pytest.raises(RetryAfter):
        await bot.send_message(ada.id, "Hi.")
    for _ in range(2):
        with pytest.raises(RetryAfter) as told:
            await bot.send_message(ada.id, "Hi.")
        assert 55 < told.value._retry_after.total_seconds() <= 60
    assert len(telegram.called("sendMessage")) == 1
    await bot.send_message(bob.id, "Hi.")
    assert len(bob.answers) == 1


async def test_who_waits_for_a_turn_hears_of_a_pause_that_was_asked_for_meanwhile(telegram: BotApi) -> None:
    pace = Pace(private=Bucket(1, 0.3))
    bot = ExtBot(telegram.token, telegram.base_url, rate_limiter=Limiter(pace))
    chat = telegram.private(telegram.person("Ada"), started=True)
    telegram.fail("sendMessage", wait_so_long(60))
    results = await asyncio.gather(*(bot.send_message(chat.id, "Hi.") for _ in range(3)), return_exceptions=True)
    await close(bot)
    assert [type(result) for result in results] == [RetryAfter] * 3
    assert len(telegram.called("sendMessage")) == 1


async def test_a_pause_that_is_over_is_forgotten(telegram: BotApi, bot: "ExtBot[None]") -> None:
    chat = telegram.private(telegram.person("Ada"), started=True)
    telegram.fail("sendMessage", wait_so_long(1))
    with pytest.raises(RetryAfter):
        await bot.send_message(chat.id, "Hi.")
    await telegram.eventually(lambda: limiter_of(bot).has_room(chat.id))
    await bot.send_message(chat.id, "Hi.")
    assert len(chat.answers) == 1


async def test_a_turn_that_takes_too_long_is_told_like_a_pause_and_nothing_is_sent(
    telegram: BotApi,
) -> None:
    bot = ExtBot(telegram.token, telegram.base_url, rate_limiter=Limiter(Pace(longest_turn=0.2)))
    group = telegram.group("Club", members=[telegram.person("Ada")])
    results = await asyncio.gather(
        *(bot.send_message(group.id, f"{number}") for number in range(7)), return_exceptions=True
    )
    await close(bot)
    assert sum(isinstance(result, RetryAfter) for result in results) == 2
    assert len(telegram.called("sendMessage")) == 5


async def test_the_chats_that_are_remembered_are_bounded(telegram: BotApi) -> None:
    """Those whose places are free again are forgotten first; where there are too many, the one that was used last."""
    limiter = Limiter(Pace(overall=Bucket(1000, 1.0), chats=2))

    async def sent() -> bool:
        return True

    async def send(chat: int, times: int) -> None:
        for _ in range(times):
            await limiter.process_request(sent, (), {}, "sendMessage", {"chat_id": chat}, None)

    await send(1, 3)
    assert not limiter.has_room(1)
    await send(2, 1)
    await send(3, 1)
    assert limiter.has_room(1)
