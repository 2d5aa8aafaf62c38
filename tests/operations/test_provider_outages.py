"""Outages of a provider: the owners are told of one that lasts, and of its end."""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.catalog import Catalog
from bot.domain.errors import NotNow
from bot.locales import text
from bot.operations.alerts import Alerts
from bot.operations.providers import look_at
from bot.people.preferences import Preferences
from bot.providers.nanogpt.outage_breaker import OutageBreaker
from bot.storage.database import Database
from tests.doubles.provider import MODELS
from tests.helpers.ledgers import Clock
from tests.helpers.owners import owners

ADA = "telegram:1"
BACK = text("en", "alert-provider-over")


@dataclass
class Writing:
    told: list[str] = field(default_factory=list)

    async def tell(self, person: str, words: str) -> None:
        assert person == ADA
        self.told.append(words)


@dataclass
class Watched:
    """A service whose provider is looked at; `start` begins it anew."""

    database: Database
    clock: Clock
    owner: Writing = field(default_factory=Writing)

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        preferences = Preferences(self.database, Catalog(MODELS, "paid"), {})
        self.alerts = Alerts(self.database, owners(ADA), {"telegram": self.owner}, preferences, self.clock)
        self.breaker = OutageBreaker(self.clock, self.seconds)

    def seconds(self) -> float:
        return self.clock.now.timestamp()

    def fails(self) -> None:
        """Have a recording that may try fail, as soon as one may."""
        recording = Path("voice.ogg")
        while True:
            try:
                self.breaker.check_open()
                self.breaker.check(recording)
            except NotNow as pause:
                self.clock.now = pause.wait.until
            else:
                self.breaker.failed(recording, is_reached=False)
                return

    async def told(self) -> list[str]:
        await look_at([self.breaker], self.alerts)
        await self.alerts.send_due()
        return self.owner.told


@pytest.fixture
def watched(database: Database, clock: Clock) -> Watched:
    return Watched(database, clock)


async def test_an_outage_of_more_than_five_minutes_is_told_once_and_so_is_its_end(watched: Watched) -> None:
    began = watched.clock.now
    while watched.clock.now - began <= timedelta(minutes=5):
        assert await watched.told() == []
        watched.fails()
    minutes = (watched.clock.now - began) // timedelta(minutes=1)
    for _ in range(3):
        assert await watched.told() == [text("en", "alert-provider", minutes=minutes)]
        watched.fails()
    watched.breaker.works(Path("voice.ogg"))
    for _ in range(2):
        assert (await watched.told())[1:] == [BACK]


async def test_an_outage_is_not_longer_than_the_failures_show(watched: Watched) -> None:
    watched.fails()
    watched.clock.now += timedelta(hours=3)
    assert await watched.told() == []


async def test_a_restart_in_an_outage_is_not_its_end(watched: Watched) -> None:
    for _ in range(7):
        watched.fails()
    assert len(await watched.told()) == 1
    watched.clock.now += timedelta(minutes=1)
    watched.start()
    assert len(await watched.told()) == 1
    watched.fails()
    assert len(await watched.told()) == 1
    watched.breaker.works(Path("voice.ogg"))
    assert (await watched.told())[1:] == [BACK]
