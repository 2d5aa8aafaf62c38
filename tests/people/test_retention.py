"""Data older than the operator's retention goes by itself, out of the files too; sound goes with its note's end."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from bot.domain.audio import Accepts
from bot.domain.errors import ProviderFailed
from bot.domain.money import Micros
from bot.domain.note import Note, NoteState
from bot.ledger.ledger import Ledger
from bot.media.publish import FolderStore
from bot.notes.durable import open_client
from bot.notes.erasure import NoteErasure
from bot.people.access import Lists, People, Role
from bot.people.preferences import Choice
from bot.people.privacy import Privacy
from bot.people.retention import Kept, Retention
from bot.service.databases import engine_url
from bot.settings import Settings
from bot.storage.database import Database
from bot.storage.tables import hold, identity, note, preference
from bot.support.clock import now
from tests.doubles.platform import FolderPlatform
from tests.doubles.provider import PaidProvider
from tests.helpers.api import Api, prepaid, served
from tests.helpers.ledgers import ANN, BOB, IDENTITIES, OPEN, Clock, allowance
from tests.helpers.ledgers import hold as held
from tests.helpers.remains import remains, until_gone
from tests.helpers.services import ADA, SAID, Application, opened
from tests.helpers.settings import changed
from tests.people.test_privacy import NoEngine

DAY = timedelta(days=1)
GROUP = "folder:group-5005"
WORDS = ("Erna-Sample", SAID, ADA, GROUP)
FOLDERS = ("spool", "links", "uploads")


# Out of the files.


async def test_when_its_time_is_over_nothing_of_a_note_or_its_person_is_in_any_file(
    settings: Settings, tmp_path: Path, voice: Path
) -> None:
    """While the service runs, the clock of its housekeeping is moved, and deleted data is overwritten."""
    async with _opened(settings, tmp_path) as rig, AsyncExitStack() as stack:
        await _erna(rig, tmp_path, voice)
        core = rig.service.core
        later = Clock(now() + 29 * DAY)
        retention = Retention(replace(core.privacy, clock=later), Kept(transcripts=30 * DAY, names=60 * DAY))
        engine = await stack.enter_async_context(open_client(engine_url(settings.storage)))
        assert await retention.tidy(engine)
        assert remains(settings.storage.data_dir, *WORDS) == set(WORDS)
        later.now += 2 * DAY
        assert await retention.tidy(engine)
        assert remains(settings.storage.data_dir, *WORDS) == {ADA, GROUP}, (
            "the books' personal parts are kept for longer"
        )
        later.now += 30 * DAY
        assert await retention.tidy(engine)
        assert remains(settings.storage.data_dir, *WORDS) == set()
        assert sum(row.charged for row in await core.ledger.statements.spend()) > 0
        await rig.money_is_right()


async def test_the_service_looks_by_itself_for_what_is_too_old(settings: Settings, tmp_path: Path, voice: Path) -> None:
    async with _opened(settings, tmp_path) as rig:
        await _erna(rig, tmp_path, voice)
        long_ago = datetime(2020, 1, 1, tzinfo=UTC)
        async with rig.service.core.db.writing() as connection:
            await connection.execute(sa.update(note).values(finished_at=long_ago, created_at=long_ago))
            await connection.execute(sa.update(hold).values(created_at=long_ago))
            await connection.execute(sa.update(identity).values(created_at=long_ago))
    keeping = changed(settings, keep_transcripts_days=30)
    async with _opened(keeping, tmp_path) as rig:
        await until_gone(settings.storage.data_dir, "Erna-Sample", SAID)
        assert remains(settings.storage.data_dir, ADA) == {ADA}


# What is too old.


async def test_only_what_ended_too_long_ago_is_deleted(database: Database, clock: Clock) -> None:
    """However many there are; what has no end yet stays, however old."""
    old, young = clock() - 31 * DAY, clock() - 29 * DAY
    rows = [_row(f"old {number}", "done", old) for number in range(230)]
    rows += [_row("young", "failed", young), {**_row("waits", "working", old), "finished_at": None}]
    async with database.writing() as connection:
        await connection.execute(sa.insert(note).values(rows))
    await _tidied(database, clock, transcripts=30 * DAY)
    assert await _column(database, note.c.id) == ["waits", "young"]


async def test_nothing_goes_where_nothing_was_said_about_it(database: Database, clock: Clock) -> None:
    await _used(database, clock, ANN)
    async with database.writing() as connection:
        await connection.execute(sa.insert(note).values(_row("old", "done", clock())))
    clock.now += 30_000 * DAY
    await _tidied(database, clock)
    assert await _column(database, note.c.id) == ["old"]
    assert await _column(database, identity.c.id) == [ANN]


async def test_who_has_not_come_for_long_is_forgotten_and_the_books_keep_the_amounts(
    database: Database, clock: Clock
) -> None:
    ledger = await _used(database, clock, ANN)
    clock.now += 20 * DAY
    await held(ledger, "of bob", 50, BOB)
    await ledger.settle("of bob", Micros(50))
    clock.now += 11 * DAY
    async with database.writing() as connection:
        await connection.execute(sa.insert(preference).values(owner=ANN, name="language", value="es"))
    await _tidied(database, clock, names=30 * DAY)
    assert await _column(database, identity.c.id) == [BOB]
    assert await _column(database, preference.c.owner) == []
    assert sum(row.charged for row in await ledger.statements.spend()) == 150
    assert await ledger.audit() == []


async def test_who_paid_in_or_keeps_notes_or_runs_the_service_stays_known(database: Database, clock: Clock) -> None:
    ledger = await _used(database, clock, ANN)
    await ledger.credit(ANN, Micros(1), "a cent")
    await _used(database, clock, BOB, "b")
    async with database.writing() as connection:
        await connection.execute(sa.insert(note).values({**_row("kept", "done", clock()), "account": BOB}))
    people = People(database, clock, allowance(1000), IDENTITIES, Lists())
    await people.appoint("telegram:9", Role.OPERATOR)
    await _used(database, clock, "telegram:3", "c")
    clock.now += 400 * DAY
    await _tidied(database, clock, names=30 * DAY)
    assert await _column(database, identity.c.id) == [BOB, ANN, "telegram:9"]


async def test_one_identity_that_came_lately_keeps_all_of_its_person(database: Database, clock: Clock) -> None:
    """Also if it came before the accounts were joined, and no money moved."""
    ledger = Ledger(database, clock, OPEN, IDENTITIES)
    for who in (ANN, BOB):
        await held(ledger, f"first of {who}", 50, who)
    clock.now += 20 * DAY
    await held(ledger, "again", 50, BOB)
    for note_id in (f"first of {ANN}", f"first of {BOB}", "again"):
        await ledger.settle(note_id, Micros(0))
    people = People(database, clock, OPEN, IDENTITIES, Lists())
    await people.link(BOB, await people.code(ANN))
    clock.now += 20 * DAY
    await _tidied(database, clock, names=30 * DAY)
    assert await _column(database, identity.c.id) == [BOB, ANN]
    clock.now += 20 * DAY
    await _tidied(database, clock, names=30 * DAY)
    assert await _column(database, identity.c.id) == []


async def test_where_something_was_said_is_forgotten_of_who_comes_every_day(database: Database, clock: Clock) -> None:
    ledger = Ledger(database, clock, allowance(1000), IDENTITIES)
    await held(ledger, "old", 10)
    clock.now += 31 * DAY
    await held(ledger, "new", 10)
    async with database.writing() as connection:
        await connection.execute(sa.update(hold).values(chat=GROUP))
    await _tidied(database, clock, names=30 * DAY)
    async with database.reading() as connection:
        found = {row.note_id: row.chat for row in await connection.execute(sa.select(hold))}
    assert found == {"old": None, "new": GROUP}


# Sound.


async def test_sound_is_deleted_however_its_note_ends(settings: Settings, tmp_path: Path, voice: Path) -> None:
    """It went by a link; one was transcribed, one failed, one was cancelled in work."""
    store = FolderStore(settings.storage.data_dir / "links", "https://ear.example", b"s" * 32, now)
    async with opened(settings, (FolderPlatform(tmp_path / "p"), PaidProvider(tmp_path / "q")), store) as rig:
        rig.provider.takes = Accepts(bytes=30_000, linked_bytes=10_000_000)
        assert await _ends(rig, rig.platform.note("1", voice)) is NoteState.DONE
        rig.provider.error = ProviderFailed(reason="too quiet")
        assert await _ends(rig, rig.platform.note("2", voice)) is NoteState.FAILED
        rig.provider.busy.clear()
        rig.provider.free.clear()
        cancelled = rig.platform.note("3", voice)
        await rig.take(cancelled)
        await rig.provider.busy.wait()
        assert {path.parts[-2] for path in _files(settings.storage.data_dir)} == {cancelled.id} | _link_folders(
            settings
        )
        await rig.service.intake.cancel(cancelled.id)
        rig.provider.free.set()
        assert (await rig.end_of(cancelled)).state is NoteState.CANCELLED
        assert _files(settings.storage.data_dir) == []


async def test_uploads_are_deleted_however_their_notes_end(tmp_path: Path, voice: Path) -> None:
    async with served(prepaid(tmp_path), tmp_path) as api, api.client(await api.join()) as client:
        audio = {"audio": ("memo.ogg", voice.read_bytes(), "audio/ogg")}
        for error in (None, ProviderFailed(reason="too quiet")):
            api.provider.error = error
            answer = await client.post("/api/transcribe", files=audio, data={"model": "Wizper"})
            assert answer.is_success is (error is None)
        api.provider.error = None
        api.provider.free.clear()
        api.provider.busy.clear()
        await client.post("/api/transcribe", files=audio, data={"model": "Elevenlabs-STT"})
        await api.provider.busy.wait()
        assert api.uploads() != []
        await _cancel_all(api)
        api.provider.free.set()
        await api.settled()
        assert api.uploads() == []
        assert _files(tmp_path / "data") == []


async def _cancel_all(api: Api) -> None:
    for note_id in await api.service.core.notes.unfinished():
        await api.service.intake.cancel(note_id)


@asynccontextmanager
async def _opened(settings: Settings, folder: Path) -> AsyncIterator[Application]:
    async with opened(settings, (FolderPlatform(folder / "platform"), PaidProvider(folder / "provider"))) as rig:
        yield rig


async def _erna(rig: Application, folder: Path, voice: Path) -> None:
    """A note whose file has a name, in a group, by a user who chose a language."""
    named = folder / "Befund-Erna-Sample.ogg"
    named.write_bytes(voice.read_bytes())
    assert await _ends(rig, replace(rig.platform.note("1", named), place=GROUP)) is NoteState.DONE
    await rig.service.core.preferences.choose(ADA, Choice.LANGUAGE, "es")


async def _ends(rig: Application, taken: Note) -> NoteState:
    await rig.take(taken)
    return (await rig.end_of(taken)).state


def _files(data: Path) -> list[Path]:
    return [path for name in FOLDERS for path in (data / name).rglob("*") if path.is_file()]


def _link_folders(settings: Settings) -> set[str]:
    return {path.name for path in (settings.storage.data_dir / "links").iterdir()}


async def _tidied(
    database: Database, clock: Clock, transcripts: timedelta | None = None, names: timedelta | None = None
) -> None:
    assert await Retention(Privacy(database, clock, IDENTITIES, NoteErasure()), Kept(transcripts, names)).tidy(
        NoEngine()
    )


async def _used(database: Database, clock: Clock, who: str, called: str = "a") -> Ledger:
    """A user with an allowance has spent of it."""
    ledger = Ledger(database, clock, allowance(1000), IDENTITIES)
    await held(ledger, called, 100, who)
    await ledger.settle(called, Micros(100))
    return ledger


async def _column(database: Database, column: sa.Column[str]) -> list[str]:
    async with database.reading() as connection:
        return sorted((await connection.scalars(sa.select(column))).all())


def _row(name: str, state: str, at: datetime) -> dict[str, object]:
    media = {"locator": "file", "name": "", "mime": ""}
    row = {"id": name, "platform": "telegram", "bot": "1", "chat": "1", "message": name, "account": ANN, "media": media}
    return {**row, "options": {}, "details": {}, "state": state, "created_at": at, "finished_at": at}
