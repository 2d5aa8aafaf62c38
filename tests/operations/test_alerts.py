"""Alerts: told once when they begin and once when they are over, to the owners, in their own language."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from adapters.discord.adapter import DiscordNotifier
from adapters.telegram.adapter import TelegramNotifier
from bot.domain.catalog import Catalog
from bot.domain.errors import EarmarkError, NotNow, Undelivered
from bot.domain.ports import Notifier
from bot.locales import locales, text
from bot.operations.alerts import QUIET, Alerts, Kind
from bot.people.preferences import Choice, Preferences
from bot.storage.database import Database
from tests.doubles.provider import MODELS
from tests.doubles.telegram.server import BotApi
from tests.helpers.discord_out import Scene, scene
from tests.helpers.discord_out import outgoing as out_on_discord
from tests.helpers.ledgers import Clock
from tests.helpers.owners import owners
from tests.helpers.telegram_out import outgoing as out_on_telegram

ADA, BEA = "telegram:1", "discord:2"
DISK = "The disk is nearly full: 900 MB are left. No recordings are accepted when it is full."
DISK_OVER = "The disk has room again."
MINUTE = timedelta(minutes=1)


@dataclass
class Writing:
    """A teller that writes down what was told."""

    told: list[tuple[str, str]] = field(default_factory=list)
    fault: Exception | None = None

    async def tell(self, person: str, words: str) -> None:
        if self.fault is not None:
            raise self.fault
        self.told.append((person, words))


@dataclass
class Desk:
    """Alerts over one database; `start` makes those of another process."""

    clock: Clock
    preferences: Preferences
    start: Callable[[], Alerts]
    telegram: Writing
    discord: Writing

    @property
    def told(self) -> list[str]:
        """Return the messages that Ada got."""
        return [words for person, words in self.telegram.told if person == ADA]


@pytest.fixture
def desk(database: Database, clock: Clock) -> Desk:
    preferences = Preferences(database, Catalog(MODELS, "paid"), {})
    telegram, discord = Writing(), Writing()
    notifiers: dict[str, Notifier] = {"telegram": telegram, "discord": discord}

    def start() -> Alerts:
        return Alerts(database, owners(ADA, BEA, "api:nobody"), notifiers, preferences, clock)

    return Desk(clock, preferences, start, telegram, discord)


async def test_an_alert_is_told_once_when_it_begins_and_once_when_it_is_over(desk: Desk) -> None:
    alerts = desk.start()
    for _ in range(3):
        await alerts.raise_(Kind.DISK, megabytes=900)
        assert alerts.news.is_set() == (not desk.told)
        await alerts.send_due()
        desk.clock.now += MINUTE
    assert desk.told == [DISK]
    assert desk.discord.told == [(BEA, DISK)]
    desk.clock.now += QUIET
    for _ in range(3):
        await alerts.end(Kind.DISK)
        await alerts.send_due()
        desk.clock.now += QUIET
    assert desk.told == [DISK, DISK_OVER]


async def test_what_comes_and_goes_is_told_no_more_often_than_every_six_hours(desk: Desk) -> None:
    alerts = desk.start()
    began = desk.clock.now
    for _ in range(5):
        for change in (alerts.raise_(Kind.DISK, megabytes=900), alerts.end(Kind.DISK)):
            await change
            await alerts.send_due()
            desk.clock.now += 30 * MINUTE
    assert desk.told == [DISK]
    desk.clock.now = began + QUIET
    await alerts.send_due()
    assert desk.told == [DISK, DISK_OVER]
    desk.clock.now += MINUTE
    await alerts.raise_(Kind.DISK, megabytes=900)
    await alerts.send_due()
    assert len(desk.told) == 2
    desk.clock.now += QUIET
    await alerts.send_due()
    assert desk.told == [DISK, DISK_OVER, DISK]


async def test_each_long_outage_of_a_provider_is_told_and_each_end_of_one(desk: Desk) -> None:
    alerts = desk.start()
    for _ in range(2):
        for change in (alerts.raise_(Kind.PROVIDER, minutes=6), alerts.end(Kind.PROVIDER)):
            await change
            for _ in range(2):
                await alerts.send_due()
                desk.clock.now += MINUTE
    assert desk.told == 2 * [text("en", "alert-provider", minutes=6), text("en", "alert-provider-over")]


async def test_what_was_over_before_it_was_told_is_never_told(desk: Desk) -> None:
    alerts = desk.start()
    await alerts.raise_(Kind.KEY)
    await alerts.end(Kind.KEY)
    desk.clock.now += 2 * QUIET
    await alerts.send_due()
    assert desk.told == []


async def test_one_kind_does_not_keep_another_quiet(desk: Desk) -> None:
    alerts = desk.start()
    for kind, values in VALUES.items():
        await alerts.raise_(kind, **values)
    await alerts.send_due()
    assert len(desk.told) == len(Kind)


async def test_a_restart_repeats_nothing_and_forgets_nothing(desk: Desk) -> None:
    first = desk.start()
    await first.raise_(Kind.DISK, megabytes=900)
    await first.send_due()
    desk.clock.now += QUIET
    second = desk.start()
    await second.send_due()
    await second.raise_(Kind.DISK, megabytes=800)
    await second.send_due()
    assert desk.told == [DISK]
    await second.end(Kind.DISK)
    third = desk.start()
    await third.send_due()
    assert desk.told == [DISK, DISK_OVER]


async def test_two_processes_that_see_the_same_tell_it_once(desk: Desk) -> None:
    alerts = [desk.start(), desk.start()]
    for one in alerts:
        await one.raise_(Kind.BREAKER)
    for one in alerts:
        await one.send_due()
    assert len(desk.told) == 1


@pytest.mark.parametrize("fault", [Undelivered(reason="gone"), ConnectionResetError("of the network")])
async def test_an_owner_who_cannot_be_reached_keeps_no_other_from_being_told(desk: Desk, fault: Exception) -> None:
    desk.discord.fault = fault
    alerts = desk.start()
    await alerts.raise_(Kind.KEY)
    await alerts.send_due()
    assert len(desk.told) == 1
    desk.discord.fault = None
    await alerts.send_due()
    assert desk.discord.told == []


async def test_a_database_that_is_away_stops_nobody_who_raises_an_alert(desk: Desk, database: Database) -> None:
    async with database.writing() as connection:
        await connection.execute(sa.text("ALTER TABLE alert RENAME TO lost"))
    alerts = desk.start()
    await alerts.raise_(Kind.KEY)
    await alerts.send_due()
    await alerts.end(Kind.KEY)
    assert desk.told == []
    async with database.writing() as connection:
        await connection.execute(sa.text("ALTER TABLE lost RENAME TO alert"))
    await alerts.raise_(Kind.KEY)
    await alerts.send_due()
    assert len(desk.told) == 1


async def test_each_owner_is_told_in_the_language_that_they_chose(desk: Desk) -> None:
    await desk.preferences.choose(BEA, Choice.LOCALE, "de")
    alerts = desk.start()
    await alerts.raise_(Kind.HOLD, days=9)
    await alerts.send_due()
    assert desk.told == [text("en", "alert-hold", days=9)]
    assert desk.discord.told == [(BEA, text("de", "alert-hold", days=9))]


VALUES: dict[Kind, dict[str, str | int]] = {
    Kind.KEY: {},
    Kind.BALANCE: {"left": "$3.20"},
    Kind.BREAKER: {},
    Kind.LEDGER: {"findings": 2},
    Kind.UNAUDITED: {"hours": 26},
    Kind.DISK: {"megabytes": 900},
    Kind.QUEUE: {"minutes": 31},
    Kind.SESSIONS: {"platform": "Discord", "left": 200},
    Kind.HOLD: {"days": 9},
    Kind.LOSSES: {"lost": "$0.50"},
    Kind.REFUND: {"lost": "$0.16"},
    Kind.PROVIDER: {"minutes": 6},
    Kind.RECORDING: {"note": "0b0d8a34"},
}


@pytest.mark.parametrize("kind", Kind)
def test_every_alert_has_its_words_with_its_values_in_every_language(kind: Kind) -> None:
    for locale in locales():
        told = text(locale, f"alert-{kind.value}", **VALUES[kind])
        assert all(str(value) in told for value in VALUES[kind].values())
        assert text(locale, f"alert-{kind.value}-over") != told


async def test_telegram_tells_a_person_in_the_chat_with_the_bot(tmp_path: Path) -> None:
    with BotApi() as telegram:
        ada, stranger = telegram.person("Ada"), telegram.person("Stranger")
        chat = telegram.private(ada, started=True)
        async with out_on_telegram(telegram, tmp_path) as out:
            notifier = TelegramNotifier(out.sender)
            await notifier.tell(f"telegram:{ada.id}", "Mind the *disk*, @ada <b>")
            assert [seen.text for seen in chat.answers] == ["Mind the *disk*, @ada <b>"]
            for nobody in (f"telegram:{stranger.id}", "discord:5", "telegram:-100"):
                with pytest.raises(EarmarkError) as caught:
                    await notifier.tell(nobody, "Hello?")
                assert not isinstance(caught.value, NotNow)


@pytest.fixture
async def discord_scene() -> AsyncIterator[Scene]:
    async with scene() as found:
        yield found


async def test_discord_tells_a_person_in_the_chat_with_the_bot(discord_scene: Scene, tmp_path: Path) -> None:
    async with out_on_discord(discord_scene, tmp_path) as out:
        notifier = DiscordNotifier(out.sender, out.views)
        await notifier.tell(f"discord:{discord_scene.ada.id}", "Mind the *disk*, @everyone")
        assert [seen.text.replace("\\", "").replace("\u200b", "") for seen in discord_scene.own.answers] == [
            "Mind the *disk*, @everyone"
        ]
        assert discord_scene.discord.pings == []
        for nobody in ("discord:channel:5", "telegram:5"):
            with pytest.raises(Undelivered):
                await notifier.tell(nobody, "Hello?")
