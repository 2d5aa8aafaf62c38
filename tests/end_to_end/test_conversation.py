"""What a user of both platforms sees of a note's messages: silent placeholders, deletions, and none left behind."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.domain.money import Micros
from bot.domain.note import NoteState
from bot.settings import Settings
from tests.doubles.discord.server import Discord
from tests.doubles.faults import Failure
from tests.doubles.telegram.server import BotApi, Person, Private
from tests.helpers.discord import DiscordRig, discord_rig, on_discord
from tests.helpers.telegram import SAID, TelegramRig, on_telegram, telegram_rig

NOTICED = 1.2
"""Seconds in which a note in work notices that it was cancelled: it looks twice a second."""


@pytest.fixture
def telegram() -> Iterator[BotApi]:
    with BotApi() as telegram:
        telegram.limits.private_per_second = telegram.limits.group_per_minute = None
        yield telegram


@pytest.fixture
async def rig(telegram: BotApi, settings: Settings) -> AsyncIterator[TelegramRig]:
    async with telegram_rig(telegram, on_telegram(settings, telegram, plan="prepaid", ask_above="")) as rig:
        yield rig


@pytest.fixture
async def ada(rig: TelegramRig) -> Person:
    ada = rig.telegram.person("Ada", language="en")
    await rig.service.core.ledger.credit(f"telegram:{ada.id}", Micros(1_000_000), "first")
    return ada


@pytest.fixture
def chat(telegram: BotApi, ada: Person) -> Private:
    return telegram.private(ada, started=True)


async def states(rig: TelegramRig | DiscordRig) -> list[NoteState]:
    return [one.state for one in await rig.service.core.notes.recent(10)]


async def test_a_placeholder_notifies_no_user_and_a_command_s_answer_does(
    rig: TelegramRig, chat: Private, ada: Person, voice: Path
) -> None:
    chat.say(ada, voice=voice)
    await rig.answers(chat)
    chat.say(ada, text="/usage")
    await rig.idle()
    silent = [call.params.get("disable_notification", False) for call in rig.telegram.called("sendMessage")]
    assert silent == [True, False]


async def orphaned(rig: TelegramRig, chat: Private, ada: Person, voice: Path) -> int:
    """Return the placeholder of a note in work whose confirmation was lost: no table knows it."""
    rig.provider.free.clear()
    rig.telegram.break_call("sendMessage", Failure.CUT_AFTER)
    rig.telegram.break_call("editMessageReplyMarkup", Failure.CUT_BEFORE, times=2)  # so it cannot be looked for
    chat.say(ada, voice=voice)
    await asyncio.wait_for(rig.provider.busy.wait(), 20)
    [orphan] = chat.answers
    return orphan.id


async def test_a_placeholder_whose_confirmation_was_lost_is_found_among_others(
    rig: TelegramRig, chat: Private, ada: Person, voice: Path
) -> None:
    rig.provider.free.clear()
    rig.telegram.break_call("sendMessage", Failure.CUT_AFTER)
    chat.say(ada, voice=voice)
    chat.say(ada, text="/settings")
    await asyncio.wait_for(rig.provider.busy.wait(), 20)
    await rig.telegram.eventually(lambda: len(chat.answers) == 2)
    rig.provider.free.set()
    await rig.answers(chat)
    await rig.idle()
    text, settings = sorted(chat.answers, key=lambda seen: SAID not in seen.text)
    assert "Delete this text" in text.labels
    assert settings.buttons


async def test_a_placeholder_of_no_known_number_becomes_the_text_once_it_is_replied_to(
    rig: TelegramRig, chat: Private, ada: Person, voice: Path
) -> None:
    orphan = await orphaned(rig, chat, ada, voice)
    chat.say(ada, text="When will it come?", reply_to=orphan)
    await rig.telegram.eventually(lambda: not rig.telegram.pending and len(chat.answers) == 2)
    rig.provider.free.set()
    await rig.answers(chat)
    await rig.idle()
    assert [seen.id for seen in chat.answers if SAID in seen.text] == [orphan]
    assert not any("Cancel" in seen.labels for seen in chat.answers)


async def test_a_placeholder_of_no_known_number_is_deleted_once_it_is_replied_to_after_the_text(
    rig: TelegramRig, chat: Private, ada: Person, voice: Path
) -> None:
    orphan = await orphaned(rig, chat, ada, voice)
    rig.provider.free.set()
    await rig.answers(chat)
    await rig.idle()
    assert len(chat.answers) == 2
    chat.say(ada, text="/usage", reply_to=orphan)
    await rig.idle()
    assert orphan not in [seen.id for seen in chat.answers]
    assert len([seen for seen in chat.answers if SAID in seen.text]) == 1


async def test_a_placeholder_of_no_known_number_can_be_cancelled(
    rig: TelegramRig, chat: Private, ada: Person, voice: Path
) -> None:
    orphan = await orphaned(rig, chat, ada, voice)
    await asyncio.to_thread(rig.telegram.press, ada, chat, orphan, "Cancel")
    [confirm] = chat.message(orphan).labels
    assert confirm.startswith("Discard"), "the provider has it, so the price is named first"
    await asyncio.to_thread(rig.telegram.press, ada, chat, orphan, confirm)
    await asyncio.sleep(NOTICED)
    rig.provider.free.set()
    await rig.idle()
    [answer] = chat.answers
    assert answer.id == orphan
    assert "Cancel" not in answer.labels
    assert await states(rig) == [NoteState.CANCELLED]


async def test_a_recording_that_is_deleted_in_a_business_chat_is_cancelled(
    rig: TelegramRig, telegram: BotApi, ada: Person, voice: Path
) -> None:
    bea = telegram.person("Bea")
    telegram.private(bea, started=True)
    shop = telegram.business(bea)
    await rig.service.core.ledger.credit(f"telegram:{bea.id}", Micros(1_000_000), "hers")
    rig.provider.free.clear()
    message = shop.say(ada, voice=voice)
    await asyncio.wait_for(rig.provider.busy.wait(), 20)
    shop.chat(ada).remove(message)
    await telegram.eventually(lambda: not telegram.pending)
    await asyncio.sleep(NOTICED)
    rig.provider.free.set()
    await rig.idle()
    assert await states(rig) == [NoteState.CANCELLED]
    assert not any(SAID in seen.text for seen in shop.chat(ada).answers)


@pytest.mark.parametrize("is_early", [True, False])
async def test_a_recording_that_is_deleted_on_discord_is_cancelled(
    settings: Settings, voice: Path, is_early: bool
) -> None:
    with Discord() as discord:
        ada = discord.person("Ada")
        guild = discord.guild("Home", owner=ada)
        async with discord_rig(discord, on_discord(settings, discord, ask_above="")) as rig:
            channel = guild.channel("talk")
            rig.provider.free.clear()
            sent = channel.say(ada, voice=voice, seconds=16, mentions_bot=True)
            if not is_early:
                await asyncio.wait_for(rig.provider.busy.wait(), 20)
            channel.delete(sent)
            await discord.eventually(lambda: channel.answers)
            await asyncio.sleep(NOTICED)
            rig.provider.free.set()
            await rig.idle()
            assert await states(rig) == [NoteState.CANCELLED]
            [answer] = channel.answers
            assert SAID not in answer.text
