"""Fixtures for tests of Discord: its double, a user with a chat and a server, and a service for each file."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from bot.settings import Settings
from tests.doubles.discord.server import Discord, Dm, Guild, Person
from tests.helpers.discord import Home, on_discord, shared_home


@pytest.fixture
def discord() -> Iterator[Discord]:
    with Discord() as discord:
        yield discord


@pytest.fixture
def ada(discord: Discord) -> Person:
    return discord.person("Ada")


@pytest.fixture
def dm(discord: Discord, ada: Person) -> Dm:
    return discord.dm(ada)


@pytest.fixture
def guild(discord: Discord, ada: Person) -> Guild:
    return discord.guild("Home", owner=ada)


@pytest.fixture
def on(settings: Settings, discord: Discord) -> Settings:
    return on_discord(settings, discord)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def home(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Home]:
    async with shared_home(tmp_path_factory.mktemp("discord") / "data") as home:
        yield home
