"""Metrics of a service for Prometheus, and alerts about them to its owners."""

import asyncio
import subprocess
import sys
from collections import namedtuple
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from prometheus_client import REGISTRY, generate_latest

from bot.domain.catalog import Catalog
from bot.domain.errors import KeyRefused, ProviderDown
from bot.domain.money import Micros
from bot.domain.note import MediaRef, Note, NoteKey, NoteState, Options, Progress, Stage
from bot.domain.waiting import Wait, WaitReason
from bot.ledger.accounts import CANCELLED
from bot.ledger.ledger import Ledger
from bot.notes.repository import NoteRepository
from bot.operations.alerts import Alerts, Kind
from bot.operations.monitor import (
    LONGEST_HOLD,
    LONGEST_UNAUDITED,
    LONGEST_WAIT,
    Auditor,
    Watch,
    check_balance,
    measure_lag,
)
from bot.operations.queue_metrics import Figures, Line, figures_of
from bot.people.preferences import Preferences
from bot.settings import Settings
from bot.storage.database import Database
from bot.storage.tables import alert
from tests.doubles.platform import FolderPlatform
from tests.doubles.provider import MODELS, PaidProvider
from tests.helpers.ledgers import IDENTITIES, OPEN, Clock, Opened, hold
from tests.helpers.owners import owners
from tests.helpers.services import opened as rig_opened
from tests.helpers.settings import changed

MINUTE = timedelta(minutes=1)
SPARE = 200_000_000
Disk = namedtuple("Disk", "total used free")


def figure(name: str, **labels: str) -> float:
    """A metric as it stands now; 0 if it was never touched."""
    return REGISTRY.get_sample_value(name, labels) or 0.0


def note(message: str, platform: str = "telegram") -> Note:
    return Note(NoteKey(platform, "bot", "chat", message), f"{platform}:1", MediaRef("file", "name"), Options("paid"))


async def test_waiting_notes_are_counted_by_platform_and_the_oldest_is_as_old_as_its_wait(
    database: Database, clock: Clock
) -> None:
    notes = NoteRepository(database, clock)
    waits, works, sleeps, woken, agreed, ended = map(note, ("waits", "works", "sleeps", "woken", "agreed", "ended"))
    assert await figures_of(database, clock.now) == Figures()
    for one in (works, sleeps, woken, agreed, ended):
        await notes.add(one)
    await notes.show(works.id, Progress(Stage.TRANSCRIBING))
    await notes.close(ended, NoteState.DONE, None)
    await notes.pause(sleeps.id, Wait(WaitReason.PROVIDER_BUSY, clock.now + timedelta(hours=9)))
    await notes.pause(woken.id, Wait(WaitReason.PROVIDER_BUSY, clock.now + 50 * MINUTE))
    await notes.ask(agreed.id, clock.now + timedelta(hours=9))
    assert await notes.agree(agreed.id, Micros(1))
    clock.now += timedelta(hours=1)
    await notes.add(waits)
    await notes.add(note("other", "discord"))
    clock.now += 5 * MINUTE
    found = await figures_of(database, clock.now)
    assert found.lines == {"telegram": Line(3, 15 * MINUTE), "discord": Line(1, 5 * MINUTE)}
    assert found.longest_wait(["discord", "folder"]) == 5 * MINUTE


async def test_open_holds_are_counted_summed_and_the_oldest_is_told(
    opened: Opened, database: Database, clock: Clock
) -> None:
    ledger = opened(OPEN)
    await hold(ledger, "first", 100)
    clock.now += timedelta(days=2)
    await hold(ledger, "second", 50)
    found = await figures_of(database, clock.now)
    assert (found.holds, found.held, found.oldest_hold) == (2, 150, timedelta(days=2))
    await ledger.release("first")
    await ledger.settle("second", Micros(50))
    assert (await figures_of(database, clock.now)).holds == 0


@dataclass
class Audit:
    """Finds what it is told to."""

    findings: list[str] = field(default_factory=list)
    times: int = 0
    hangs: bool = False

    async def __call__(self) -> list[str]:
        self.times += 1
        if self.hangs:
            await asyncio.Event().wait()
        return self.findings


@dataclass
class Application:
    """A watch over one database, whose disk and audit say what they are told to."""

    watch: Watch
    auditor: Auditor
    database: Database
    clock: Clock
    audit: Audit

    async def alerts(self) -> set[str]:
        """Return the alerts that last."""
        async with self.database.reading() as connection:
            return set(await connection.scalars(sa.select(alert.c.kind).where(alert.c.over_at.is_(None))))


@pytest.fixture
def rig(database: Database, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Application:
    preferences = Preferences(database, Catalog(MODELS), {})
    audit, alerts, zone = Audit(), Alerts(database, owners(), {}, preferences, clock), ZoneInfo("Asia/Tokyo")
    watch = Watch(
        db=database,
        alerts=alerts,
        clock=clock,
        zone=zone,
        platforms=["telegram", "discord"],
        connections={},
        folder=tmp_path,
        spare=SPARE,
        lost_to_refunds=no_losses,
        loaded=lambda: {"speech": True, "voices": False},
        lost=Ledger(database, clock, OPEN, IDENTITIES).statements.lost_calls_today,
    )
    has_free(monkeypatch, 100 * SPARE)
    return Application(watch, Auditor(audit, alerts, clock, zone, seconds=0.05), database, clock, audit)


async def no_losses() -> Micros:
    return Micros(0)


def has_free(monkeypatch: pytest.MonkeyPatch, free: int) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _folder: Disk(free, 0, free))


async def test_a_look_sets_every_figure(rig: Application) -> None:
    await NoteRepository(rig.database, rig.clock).add(note("waits"))
    rig.clock.now += MINUTE
    await rig.watch.check()
    assert figure("earmark_queue_notes", platform="telegram") == 1
    assert figure("earmark_queue_oldest_seconds", platform="telegram") == 60
    assert REGISTRY.get_sample_value("earmark_queue_notes", {"platform": "discord"}) == 0
    assert figure("earmark_disk_free_bytes") == 100 * SPARE
    assert (figure("earmark_model_loaded", model="speech"), figure("earmark_model_loaded", model="voices")) == (1, 0)
    assert rig.audit.times == 0, "nothing waits for an audit"
    assert await rig.alerts() == set()


async def test_a_disk_that_is_nearly_full_is_an_alert_until_it_has_room(
    rig: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    has_free(monkeypatch, 4 * SPARE)
    await rig.watch.check()
    assert await rig.alerts() == {Kind.DISK}
    has_free(monkeypatch, 6 * SPARE)
    await rig.watch.check()
    assert await rig.alerts() == set()


async def test_a_note_that_waits_for_half_an_hour_is_an_alert_unless_its_platform_is_not_here(rig: Application) -> None:
    notes = NoteRepository(rig.database, rig.clock)
    await notes.add(note("waits", "matrix"))
    await notes.add(note("waits"))
    rig.clock.now += LONGEST_WAIT
    await rig.watch.check()
    assert await rig.alerts() == set()
    rig.clock.now += MINUTE
    await rig.watch.check()
    assert await rig.alerts() == {Kind.QUEUE}
    await notes.show(note("waits").id, Progress(Stage.FETCHING))
    await rig.watch.check()
    assert await rig.alerts() == set()


async def test_a_hold_that_is_older_than_any_note_is_an_alert(rig: Application, opened: Opened) -> None:
    ledger = opened(OPEN)
    await hold(ledger, "forgotten", 100)
    rig.clock.now += LONGEST_HOLD + MINUTE
    await rig.watch.check()
    assert await rig.alerts() == {Kind.HOLD}
    await ledger.release("forgotten")
    await rig.watch.check()
    assert await rig.alerts() == set()


async def test_a_lost_call_that_no_user_cancelled_is_an_alert_for_its_day(rig: Application, opened: Opened) -> None:
    ledger = opened(OPEN)
    await hold(ledger, "cancelled", 100)
    await ledger.release("cancelled")
    await ledger.book_loss("cancelled", 1, Micros(100), "nanogpt", CANCELLED)
    await rig.watch.check()
    assert await rig.alerts() == set()
    await ledger.book_loss("cancelled", 2, Micros(100), "nanogpt")
    await rig.watch.check()
    assert await rig.alerts() == {Kind.LOSSES}
    rig.clock.now += timedelta(days=1)
    await rig.watch.check()
    assert await rig.alerts() == set()


async def test_the_ledger_is_audited_at_the_start_and_each_night_and_what_is_found_is_an_alert(
    rig: Application,
) -> None:
    rig.clock.now = datetime(2026, 11, 15, 14, 0, tzinfo=UTC)  # an hour before midnight in Tokyo
    rig.audit.findings = ["All accounts together make $0.01 instead of nothing."]
    for minutes, audits in ((0, 1), (59, 1), (2, 2), (600, 2), (24 * 60, 3)):
        rig.clock.now += minutes * MINUTE
        await rig.auditor.audit_if_due()
        assert rig.audit.times == audits
    assert figure("earmark_ledger_findings") == 1
    assert figure("earmark_ledger_audit_timestamp_seconds") == rig.clock.now.timestamp()
    assert await rig.alerts() == {Kind.LEDGER}
    rig.audit.findings = []
    rig.clock.now += timedelta(days=1)
    await rig.auditor.audit_if_due()
    assert figure("earmark_ledger_findings") == 0
    assert await rig.alerts() == set()


async def test_an_audit_that_does_not_end_is_tried_each_hour_and_is_an_alert_after_26_hours(rig: Application) -> None:
    rig.audit.hangs = True
    for minutes, audits in ((0, 1), (59, 1), (1, 2), (1, 2), (59, 3)):
        rig.clock.now += minutes * MINUTE
        await rig.auditor.audit_if_due()
        assert rig.audit.times == audits
    rig.clock.now += LONGEST_UNAUDITED - timedelta(hours=2)
    await rig.auditor.audit_if_due()
    assert await rig.alerts() == set()
    rig.clock.now += MINUTE
    await rig.auditor.audit_if_due()
    assert await rig.alerts() == {Kind.UNAUDITED}
    # A start proves nothing: only an audit does.
    await replace(rig.auditor).audit_if_due()
    assert await rig.alerts() == {Kind.UNAUDITED}
    rig.audit.hangs = False
    rig.clock.now += timedelta(hours=1)
    await rig.auditor.audit_if_due()
    assert await rig.alerts() == set()


def test_before_the_first_audit_nobody_is_told_that_the_ledger_adds_up() -> None:
    """Asked of a process that has not audited anything."""
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            "import bot.support.metrics, prometheus_client as p; print(p.generate_latest().decode())",
        ],
        check=True,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert "\nearmark_ledger_findings NaN\n" in told.stdout


async def test_the_breaker_is_an_alert_until_the_next_day_unless_it_stops_notes_again(rig: Application) -> None:
    rig.clock.now = datetime(2026, 11, 15, 14, 0, tzinfo=UTC)  # an hour before midnight in Tokyo
    await rig.watch.alerts.raise_(Kind.BREAKER)
    lasts = []
    for minutes in (59, 2, 1):
        rig.clock.now += minutes * MINUTE
        await rig.watch.check()
        lasts.append(await rig.alerts() == {Kind.BREAKER})
        if lasts == [True]:
            rig.clock.now += MINUTE
            await rig.watch.alerts.raise_(Kind.BREAKER)
    assert lasts == [True, True, True]
    rig.clock.now += timedelta(days=1)
    await rig.watch.check()
    assert await rig.alerts() == set()


async def test_a_note_that_the_operator_cannot_bear_today_raises_the_breaker_s_alert(
    settings: Settings, tmp_path: Path, voice: Path
) -> None:
    platform = FolderPlatform(tmp_path / "platform")
    settings = changed(settings, day_budget="0.20", day_share="1")
    async with rig_opened(settings, (platform, PaidProvider(tmp_path / "provider"))) as rig:
        await rig.take(platform.note("first", voice), platform.note("second", voice))
        async with asyncio.timeout(20):
            while True:
                async with rig.service.core.db.reading() as connection:
                    if list(await connection.scalars(sa.select(alert.c.kind))) == [Kind.BREAKER]:
                        break
                await asyncio.sleep(0.01)


async def test_what_cannot_be_looked_at_keeps_nothing_else_from_being_looked_at(
    rig: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_folder: object) -> Disk:
        raise OSError("away")

    monkeypatch.setattr("shutil.disk_usage", broken)
    async with rig.database.writing() as connection:
        await connection.execute(sa.text("ALTER TABLE hold RENAME TO lost"))
    await rig.watch.alerts.raise_(Kind.KEY)
    await rig.watch.check()
    assert not rig.watch.alerts.news.is_set(), "and what there is to tell is told"


@dataclass
class AccountBreaker:
    """A provider's account."""

    holds: Micros | Exception
    name: str = "provider"

    async def balance(self) -> Micros:
        if isinstance(self.holds, Exception):
            raise self.holds
        return self.holds


async def test_a_key_that_is_refused_and_a_balance_that_is_low_are_alerts_until_they_are_not(rig: Application) -> None:
    low = Micros(5_000_000)
    seen = []
    for holds in (KeyRefused(), ProviderDown(), Micros(4_999_999), ProviderDown(), Micros(5_000_000)):
        await check_balance(AccountBreaker(holds), rig.watch.alerts, low)
        seen.append(await rig.alerts())
    assert seen == [{Kind.KEY}, {Kind.KEY}, {Kind.BALANCE}, {Kind.BALANCE}, set()]
    assert figure("earmark_provider_balance_dollars", provider="provider") == 5
    await check_balance(AccountBreaker(Micros(0)), rig.watch.alerts, None)
    assert await rig.alerts() == set(), "nobody wants to know"


async def test_the_lag_of_the_loop_is_measured() -> None:
    before = figure("earmark_loop_lag_seconds_count")
    task = asyncio.create_task(measure_lag(0.01))
    async with asyncio.timeout(5):
        while figure("earmark_loop_lag_seconds_count") == before:
            await asyncio.sleep(0.01)
    task.cancel()


async def test_a_service_tells_its_notes_by_platform_state_and_error_each_step_s_seconds_and_no_name(
    settings: Settings, tmp_path: Path, voice: Path
) -> None:
    failed = {"platform": "folder", "state": "failed", "error": "NotFound"}
    done = {"platform": "folder", "state": "done", "error": ""}
    before = figure("earmark_notes_total", **failed), figure("earmark_notes_total", **done)
    steps = ("acknowledge", "fetch", "prepare", "transcribe", "deliver")
    counts = [figure("earmark_step_seconds_count", step=step) for step in steps]
    platform = FolderPlatform(tmp_path / "platform")
    began = datetime.now(UTC).timestamp()
    diary = tmp_path / "my diary.ogg"
    diary.write_bytes(voice.read_bytes())
    async with rig_opened(settings, (platform, PaidProvider(tmp_path / "provider"))) as rig:
        good, bad = platform.note("good", diary), platform.note("bad", tmp_path / "gone.ogg")
        await rig.take(good, bad)
        await rig.end_of(good)
        await rig.end_of(bad)
        async with asyncio.timeout(20):
            while figure("earmark_ledger_audit_timestamp_seconds") < began:
                await asyncio.sleep(0.01)
        told = generate_latest().decode()
    assert (figure("earmark_notes_total", **failed), figure("earmark_notes_total", **done)) == (
        before[0] + 1,
        before[1] + 1,
    )
    after = [figure("earmark_step_seconds_count", step=step) for step in steps]
    assert [now - then for now, then in zip(after, counts, strict=True)] == [2, 2, 1, 1, 2]
    assert not any(word in told for word in ("diary", good.id, "folder:ada", "was said"))
