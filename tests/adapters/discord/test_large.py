"""Attachments that are too large to be submitted: Discord's own link is used if the provider takes it."""

from pathlib import Path

import pytest

from bot.domain.audio import Accepts
from bot.media.ffmpeg import find_ffmpeg
from bot.settings import Settings
from tests.doubles.discord.server import Discord, Person
from tests.doubles.provider import PaidProvider
from tests.helpers.corpus import ffmpeg
from tests.helpers.discord import discord_rig, on_discord

SIX_HOURS = 6 * 3600
DAY = 24 * 3600


@pytest.fixture
def minute(voice: Path, tmp_path: Path) -> Path:
    target = tmp_path / "minute.ogg"
    ffmpeg(find_ffmpeg(None), "-stream_loop", "3", "-i", voice, "-c", "copy", target)
    return target


@pytest.fixture
def provider(settings: Settings) -> PaidProvider:
    provider = PaidProvider(settings.storage.data_dir.parent / "provider")
    provider.takes = Accepts(containers=frozenset({"ogg", "mp3"}), bytes=60_000, linked_bytes=10_000_000)
    return provider


async def test_the_attachment_s_own_link_goes_to_the_provider(
    discord: Discord, settings: Settings, provider: PaidProvider, ada: Person, minute: Path
) -> None:
    dm = discord.dm(ada)
    async with discord_rig(discord, on_discord(settings, discord, ask_above=""), provider) as rig:
        dm.say(ada, files=[minute])
        await rig.answers(dm, text="What was said in 64.")
    [link] = provider.links
    assert link is not None
    assert link.startswith(f"{discord.base}/cdn/attachments/")


async def test_a_link_that_ends_too_soon_is_renewed_first(
    discord: Discord, settings: Settings, provider: PaidProvider, ada: Person, minute: Path
) -> None:
    dm = discord.dm(ada)
    discord.limits.link_seconds = SIX_HOURS - 600
    async with discord_rig(discord, on_discord(settings, discord, ask_above=""), provider) as rig:
        sent = dm.say(ada, files=[minute])
        first = discord.link(sent.attachments[0])
        discord.limits.link_seconds = DAY
        await rig.answers(dm, text="What was said in 64.")
    [link] = provider.links
    assert link not in (None, first)


async def test_what_came_with_a_command_and_has_no_message_goes_in_chunks_once_its_link_ends_too_soon(
    discord: Discord, settings: Settings, provider: PaidProvider, ada: Person, minute: Path
) -> None:
    dm = discord.dm(ada)
    discord.limits.link_seconds = SIX_HOURS - 600
    async with discord_rig(discord, on_discord(settings, discord, ask_above=""), provider) as rig:
        await discord.eventually(lambda: discord.commands)
        use = ada.slash("transcribe", dm, file=minute)
        await discord.eventually(lambda: use.response and use.response.text.count("What was said") >= 3)
        await rig.idle()
    assert set(provider.links) == {None}
