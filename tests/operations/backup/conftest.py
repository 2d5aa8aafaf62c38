"""Fixtures for tests of backups."""

from pathlib import Path

import pytest

from bot.operations.backup_archive import Manifest
from bot.settings import Settings
from tests.doubles.platform import FolderPlatform
from tests.doubles.provider import PaidProvider
from tests.helpers.backups import World, small_backup


@pytest.fixture
def world(tmp_path: Path) -> World:
    return FolderPlatform(tmp_path / "platform"), PaidProvider(tmp_path / "provider")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "backup.zip"


@pytest.fixture
async def kept(settings: Settings, file: Path) -> Manifest:
    """A backup of a small data folder."""
    return await small_backup(settings, file)
