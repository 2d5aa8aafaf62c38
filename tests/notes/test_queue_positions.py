"""Queue positions: users who wait are told their place."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.settings import Settings
from tests.doubles.platform import FolderPlatform
from tests.doubles.provider import PaidProvider
from tests.doubles.telegram.server import BotApi
from tests.helpers.services import opened
from tests.helpers.settings import changed
from tests.helpers.telegram import on_telegram, telegram_rig


@pytest.fixture
def telegram() -> Iterator[BotApi]:
    with BotApi() as telegram:
        yield telegram


async def test_a_place_counts_what_is_in_work_and_what_came_before(
    settings: Settings, tmp_path: Path, voice: Path
) -> None:
    one_by_one = changed(settings, notes_at_once=1)
    platform, provider = FolderPlatform(tmp_path / "platform"), PaidProvider(tmp_path / "provider")
    provider.free.clear()
    async with opened(one_by_one, (platform, provider)) as rig:
        queued = rig.service.core.notes.queued
        notes = [platform.note(str(number), voice, user=f"folder:{number}") for number in range(3)]
        await rig.take(notes[0])
        await provider.busy.wait()
        await rig.take(*notes[1:])
        async with asyncio.timeout(10):  # that a note is worked on is written down soon
            while [(one.note.key.message, one.place) for one in await queued("folder", 50)] != [
                ("1", 2),
                ("2", 3),
            ]:
                await asyncio.sleep(0.02)
        provider.free.set()
        for note in notes:
            await rig.end_of(note)
        assert await queued("folder", 50) == []


async def test_who_waits_on_telegram_sees_how_many_are_before(
    telegram: BotApi, settings: Settings, voice: Path
) -> None:
    crowded = on_telegram(settings, telegram, notes_at_once=1, notes_per_user=1, known_files=False)
    ada = telegram.person("Ada", language="en")
    chat = telegram.private(ada, started=True)
    async with telegram_rig(telegram, crowded) as rig:
        rig.provider.free.clear()
        chat.say(ada, voice=voice)
        await rig.provider.busy.wait()
        chat.say(ada, voice=voice)
        await telegram.eventually(
            lambda: any("Queued, 1 recording ahead" in one.text for one in chat.answers), seconds=15
        )
        rig.provider.free.set()
        await rig.answers(chat, 2)
