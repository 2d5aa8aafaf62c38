"""Platforms report their state, and an operator sees it: in readiness, metrics and alerts."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from prometheus_client import REGISTRY

from bot.chat.listening import StateReport
from bot.domain.catalog import Catalog
from bot.domain.platform_state import SessionLimit
from bot.operations.alerts import Alerts
from bot.operations.platforms import LONGEST_AWAY, is_connected, look_at
from bot.people.preferences import Preferences
from bot.storage.database import Database
from tests.doubles.provider import MODELS
from tests.helpers.ledgers import Clock
from tests.helpers.owners import owners

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


@dataclass
class Writing:
    """A notifier that writes down what was told."""

    told: list[str]

    async def tell(self, _person: str, words: str) -> None:
        self.told.append(words)


def figure(name: str) -> float | None:
    return REGISTRY.get_sample_value(f"earmark_platform_{name}", {"platform": "discord"})


async def test_a_platform_is_ready_from_its_first_connection_and_through_short_breaks(clock: Clock) -> None:
    report = StateReport(clock)
    check = is_connected(report, clock)
    assert await check() == "not connected"
    report.connected()
    report.commands_synced()
    assert await check() == "ok, no update since the start"
    report.update_arrived()
    assert await check() == f"ok, last update {clock.now:%Y-%m-%dT%H:%M:%SZ}"
    report.lost()
    clock.now += LONGEST_AWAY
    report.lost()
    assert (await check()).startswith("ok")
    clock.now += SECOND
    assert await check() == "not connected"
    report.connected()
    assert (await check()).startswith("ok")


async def test_commands_that_are_not_synced_are_named_and_keep_nobody_from_being_served(clock: Clock) -> None:
    report = StateReport(clock)
    report.connected()
    assert await is_connected(report, clock)() == "ok, commands not synced, no update since the start"


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def alerts(database: Database, clock: Clock, told: list[str]) -> Alerts:
    preferences = Preferences(database, Catalog(MODELS), {})
    return Alerts(database, owners("discord:1"), {"discord": Writing(told)}, preferences, clock)


async def test_the_metrics_show_what_a_platform_reports(clock: Clock, alerts: Alerts) -> None:
    report = StateReport(clock)
    await look_at({"discord": report}, alerts, clock.now)
    assert (figure("connected"), figure("commands_synced")) == (0, 0)
    report.connected()
    report.commands_synced()
    report.update_arrived()
    report.sessions_left(SessionLimit(991, 1000, clock.now + DAY))
    await look_at({"discord": report}, alerts, clock.now)
    assert (figure("connected"), figure("commands_synced"), figure("sessions_left")) == (1, 1, 991)
    assert figure("last_update_timestamp_seconds") == clock.now.timestamp()
    report.commands_refused()
    report.lost()
    await look_at({"discord": report}, alerts, clock.now)
    assert (figure("connected"), figure("commands_synced")) == (0, 0)


async def test_the_owners_are_told_before_the_sessions_of_the_day_are_used_up(
    clock: Clock, alerts: Alerts, told: list[str]
) -> None:
    report = StateReport(clock)
    for left in (1000, 250):
        report.sessions_left(SessionLimit(left, 1000, clock.now + DAY))
        await look_at({"discord": report}, alerts, clock.now)
        await alerts.send_due()
    assert told == []
    report.sessions_left(SessionLimit(249, 1000, clock.now + DAY))
    await look_at({"discord": report}, alerts, clock.now)
    await alerts.send_due()
    assert told == [
        "Discord lets the bot connect only 249 more times today: its connection keeps failing. The log says why."
    ]
    clock.now += DAY
    await look_at({"discord": report}, alerts, clock.now)
    await alerts.send_due()
    assert told[1:] == ["The bot can connect often enough again."]
