"""Fixtures for tests of Discord's adapter."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.storage.database import Database
from tests.helpers.databases import fresh_database
from tests.helpers.discord_out import Out, Scene, over, scene


@pytest.fixture
async def here() -> AsyncIterator[Scene]:
    async with scene() as here:
        yield here
        assert here.discord.pings == []


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with fresh_database("sqlite", tmp_path) as database:
        yield database


@pytest.fixture
async def out(here: Scene, database: Database) -> AsyncIterator[Out]:
    async with over(here, database) as out:
        yield out
