"""Helpers for tests of backups."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from bot.domain.money import Micros
from bot.operations.backup import backup
from bot.operations.backup_archive import Manifest
from bot.service.core import open_core
from bot.settings import Settings
from tests.doubles.platform import FolderPlatform
from tests.doubles.provider import PaidProvider
from tests.helpers.databases import put_migrated
from tests.helpers.paths import SAMPLES
from tests.helpers.services import ADA
from tests.helpers.settings import changed

VOICE = SAMPLES / "voice-note.ogg"


World = tuple[FolderPlatform, PaidProvider]


async def small_backup(settings: Settings, file: Path) -> Manifest:
    await put_migrated(settings.storage.data_dir / "earmark.db")  # it ran commands only: there is no engine yet
    async with open_core(settings) as core:
        await core.ledger.credit(ADA, Micros(1_000_000), "first")
    (settings.storage.data_dir / "models.json").write_text('{"Wizper": 100}')
    return await backup(settings.storage.data_dir, file)


def elsewhere(settings: Settings, name: str = "elsewhere") -> Settings:
    return changed(settings, data_dir=settings.storage.data_dir.with_name(name))


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not true():
            await asyncio.sleep(0.01)
