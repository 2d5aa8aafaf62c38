"""Fixtures for tests of Telegram's adapter."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from adapters.telegram.places import Place
from bot.domain.note import Note
from tests.doubles.telegram.server import (
    BotApi,
    Person,
    Private,
)
from tests.helpers.telegram_adapter import MEDIA
from tests.helpers.telegram_out import Out, outgoing


@pytest.fixture
def telegram(monkeypatch: pytest.MonkeyPatch) -> Iterator[BotApi]:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")  # else RetryAfter warns that its type will change
    with BotApi() as telegram:
        yield telegram


@pytest.fixture
async def out(telegram: BotApi, tmp_path: Path) -> AsyncIterator[Out]:
    async with outgoing(telegram, tmp_path) as out:
        yield out


@pytest.fixture
def ada(telegram: BotApi) -> Person:
    return telegram.person("Ada")


@pytest.fixture
def place(chat: Private, ada: Person) -> Place:
    return Place(chat.id, chat.say(ada, text="a voice"), asker=ada.id)


@pytest.fixture
async def note(out: Out, place: Place) -> Note:
    return await out.note(place, MEDIA)
