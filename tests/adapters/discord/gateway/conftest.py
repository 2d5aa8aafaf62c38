"""Fixtures for tests of Discord's gateway."""

from collections.abc import Iterator

import pytest

from bot.settings import Settings
from tests.doubles.discord.server import Discord, Dm, Guild, Person
from tests.helpers.discord import on_discord


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
