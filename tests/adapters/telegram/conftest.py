"""Fixtures for tests of Telegram: its double without limits of rate, and a user with a chat."""

from collections.abc import Iterator

import pytest

from tests.doubles.telegram.server import BotApi, Person, Private


@pytest.fixture
def telegram() -> Iterator[BotApi]:
    with BotApi() as telegram:
        telegram.limits.private_per_second = telegram.limits.group_per_minute = None
        yield telegram


@pytest.fixture
def ada(telegram: BotApi) -> Person:
    return telegram.person("Ada", language="en")


@pytest.fixture
def chat(telegram: BotApi, ada: Person) -> Private:
    return telegram.private(ada, started=True)
