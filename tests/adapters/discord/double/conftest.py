"""Fixtures for tests of Discord's double."""

from collections.abc import Iterator

import httpx
import pytest

from tests.doubles.discord.server import Channel, Discord, Guild, Person
from tests.helpers.discord_double import SLASH, TRANSCRIBE, Api, Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def discord(clock: Clock) -> Iterator[Discord]:
    with Discord(clock) as discord:
        yield discord


@pytest.fixture(scope="module")
def http() -> Iterator[httpx.Client]:
    with httpx.Client(verify=False) as http:
        yield http


@pytest.fixture
def api(discord: Discord, http: httpx.Client) -> Api:
    return Api(discord, http)


@pytest.fixture
def ada(discord: Discord) -> Person:
    return discord.person("Ada", locale="de")


@pytest.fixture
def guild(discord: Discord, ada: Person) -> Guild:
    return discord.guild("Home", owner=ada)


@pytest.fixture
def channel(guild: Guild) -> Channel:
    return guild.channel("general")


@pytest.fixture
def commands(discord: Discord, api: Api) -> None:
    assert api("PUT", f"/applications/{discord.application_id}/commands", [TRANSCRIBE, SLASH]).status_code == 200
