"""Fixtures for tests of Telegram's double."""

from collections.abc import AsyncIterator, Iterator

import pytest
from telegram import (
    Bot,
)

from tests.doubles.telegram.server import (
    BotApi,
    Person,
    Private,
)
from tests.helpers.telegram_double import Clock, library


@pytest.fixture(autouse=True)
def _timedeltas(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library warns of the numbers that it gives otherwise."""
    monkeypatch.setenv("PTB_TIMEDELTA", "1")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def telegram(clock: Clock) -> Iterator[BotApi]:
    with BotApi(clock) as telegram:
        yield telegram


@pytest.fixture
async def bot(telegram: BotApi) -> AsyncIterator[Bot]:
    async with library(telegram) as bot:
        yield bot


@pytest.fixture
def ada(telegram: BotApi) -> Person:
    return telegram.person("Ada")


@pytest.fixture
def chat(telegram: BotApi, ada: Person) -> Private:
    telegram.limits.private_per_second = None
    return telegram.private(ada, started=True)
