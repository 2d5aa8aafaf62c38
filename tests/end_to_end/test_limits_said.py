"""Sentences that name a limit: it is the one that holds where their reader is."""

import pytest

from bot.settings import Settings
from tests.doubles.discord.server import Discord
from tests.doubles.telegram.server import BotApi
from tests.helpers.discord import discord_rig, on_discord, plain
from tests.helpers.paths import SAMPLES
from tests.helpers.telegram import on_telegram, telegram_rig

VOICE = SAMPLES / "voice-note.ogg"
OWN_SERVER = {"telegram_local_mode": True}


@pytest.mark.parametrize(
    ("more", "megabytes"),
    [
        ({}, "20"),
        ({"max_megabytes": 4.5}, "4.5"),
        (OWN_SERVER, "2,000"),
        (OWN_SERVER | {"max_megabytes": 9000}, "2,000"),
        (OWN_SERVER | {"max_megabytes": 50}, "50"),
    ],
)
async def test_a_user_of_telegram_reads_the_largest_file_that_the_bot_gets_there(
    settings: Settings, more: dict[str, object], megabytes: str
) -> None:
    with BotApi() as telegram:
        ada = telegram.person("Ada", language="en")
        chat = telegram.private(ada, started=True)
        async with telegram_rig(telegram, on_telegram(settings, telegram, **more)):
            chat.say(ada, text="hello")
            await telegram.eventually(lambda: chat.answers)
        assert f"of up to {megabytes} MB, and" in chat.answers[0].text


@pytest.mark.parametrize(("largest", "said"), [(2000, "10 MB (with Nitro more), and"), (4.5, "4.5 MB, and")])
async def test_a_user_of_discord_reads_the_largest_file_that_can_be_sent_and_is_taken(
    settings: Settings, largest: float, said: str
) -> None:
    with Discord() as discord:
        ada = discord.person("Ada")
        dm = discord.dm(ada)
        async with discord_rig(discord, on_discord(settings, discord, max_megabytes=largest)):
            dm.say(ada, "hello")
            await discord.eventually(lambda: dm.answers)
        assert f"of up to {said}" in plain(dm.answers[0].content)


@pytest.mark.parametrize(
    ("largest", "size", "said"),
    [
        (2000, 3_000_000_000, "Telegram gives bots files of at most 20 MB; this one has 2861 MB."),
        (5, 3_000_000_000, "This file is larger than the limit of 5 MB. Please send it compressed, or in parts."),
        (5, 6_000_000, "This file is larger than the limit of 5 MB. Please send it compressed, or in parts."),
    ],
)
async def test_a_file_that_is_too_large_is_refused_with_the_lower_of_the_two_limits(
    settings: Settings, largest: float, size: int, said: str
) -> None:
    with BotApi() as telegram:
        ada = telegram.person("Ada", language="en")
        chat = telegram.private(ada, started=True)
        async with telegram_rig(telegram, on_telegram(settings, telegram, max_megabytes=largest)) as rig:
            chat.say(ada, voice=VOICE, file_size=size)
            await rig.answers(chat, 1, said)
