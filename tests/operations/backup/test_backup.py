"""Operators back a service up while it works, restore it, upgrade it, stop it. It goes on."""

import asyncio
import shutil
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import timedelta
from pathlib import Path

from adapters.api import ApiAdapter
from bot.domain.errors import NotFound
from bot.domain.money import Micros
from bot.domain.note import MediaRef, Note, NoteKey, NoteState, Options
from bot.operations.backup import backup
from bot.operations.backup_archive import BOOKS, ENGINE, Manifest
from bot.operations.restore import restore
from bot.service.worker import Parts, Service, open_service
from bot.settings import Settings
from tests.doubles.provider import MODELS, PaidProvider
from tests.helpers.backups import VOICE, World, elsewhere, until
from tests.helpers.services import ADA, PRICE, SAID, Application, opened


async def stage_of(rig: Application, note: Note) -> str:
    standing = (await rig.service.core.notes.standings([note.id]))[note.id]
    return str(standing.stage or standing.state)


async def until_stage(rig: Application, note: Note, stage: str) -> None:
    async with asyncio.timeout(20):
        while await stage_of(rig, note) != stage:
            await asyncio.sleep(0.01)


def age(engine: Path, by: timedelta) -> None:
    """Let the engine's records look as if they were made earlier."""
    with closing(sqlite3.connect(engine)) as connection, connection:
        connection.execute(
            "UPDATE workflow_status SET created_at = created_at - :by, updated_at = updated_at - :by",
            {"by": int(by.total_seconds() * 1000)},
        )


async def at_every_stage(rig: Application) -> list[Note]:
    """A note that is done, one with a ticket, one at the provider, one that waits in line, one that asks."""
    platform, provider = rig.platform, rig.provider
    done, later, asking, submitted, queued = notes = [
        platform.note("done", VOICE),
        platform.note("later", VOICE, model="paid-later"),
        platform.note("asking", VOICE, ask_above=Micros(1)),
        platform.note("submitted", VOICE),
        platform.note("queued", VOICE),
    ]
    await rig.take(done)
    await rig.end_of(done)
    provider.later.clear()
    await rig.take(later, asking)
    await until(lambda: len(provider.calls()) == 2)
    await until_stage(rig, asking, "asking")
    provider.free.clear()
    provider.busy.clear()
    await rig.take(submitted)
    await asyncio.wait_for(provider.busy.wait(), 20)
    await rig.take(queued)
    return notes


async def let_end(rig: Application, notes: list[Note]) -> None:
    rig.provider.free.set()
    rig.provider.later.set()
    for note in notes:
        if note.key.message == "asking":
            await until_stage_or_end(rig, note)
            await rig.service.intake.agree(note.id, PRICE)
    for note in notes:
        assert (await rig.end_of(note)).state == NoteState.DONE, note.key.message
        assert rig.platform.messages()[note.key.message][-1] == SAID
    await rig.money_is_right()


async def until_stage_or_end(rig: Application, note: Note) -> None:
    async with asyncio.timeout(20):
        while await stage_of(rig, note) not in ("asking", "done"):
            await asyncio.sleep(0.01)


async def test_notes_in_flight_at_a_backup_end_in_text_after_it_is_restored(
    settings: Settings, world: World, file: Path
) -> None:
    async with opened(settings, world) as rig:
        notes = await at_every_stage(rig)
        made = await backup(settings.storage.data_dir, file)
        assert made.unfinished == 4
        await let_end(rig, notes)
    there = elsewhere(settings)
    await restore(there.storage.data_dir, file)
    age(there.storage.data_dir / ENGINE, timedelta(days=3))
    async with opened(there, world) as rig:
        await let_end(rig, notes)
        balance = await rig.service.core.ledger.statements.balance(ADA)
        assert (balance.notes, balance.spent) == (5, 5 * PRICE)
        booked = sum(row.cost for row in await rig.service.core.ledger.statements.spend())
    assert booked == 6 * PRICE, "the one at the provider may have been charged: it was, and then once more"


async def test_an_upload_is_kept_as_long_as_its_note_has_no_end(
    settings: Settings, world: World, file: Path, voice: Path
) -> None:
    provider = world[1]
    notes = [Note(NoteKey("api", "", "", name), ADA, MediaRef("", "v.ogg"), Options(model="paid")) for name in "ab"]
    async with with_api(settings, provider) as (service, api):
        await api.sweep(service.core.notes)  # makes the folder
        for note in notes:
            shutil.copy(voice, api.place_of(note.id))
        await service.intake.accept(notes[0])
        await until(lambda: not api.place_of(notes[0].id).exists())
        provider.free.clear()
        provider.busy.clear()
        await service.intake.accept(notes[1])
        await asyncio.wait_for(provider.busy.wait(), 20)
        made = await backup(settings.storage.data_dir, file)
        assert [one.name for one in made.files if "/" in one.name] == [f"uploads/{notes[1].id}"]
        provider.free.set()
        await until(lambda: not api.place_of(notes[1].id).exists())
    there = elsewhere(settings)
    await restore(there.storage.data_dir, file)
    async with with_api(there, provider) as (service, api):
        await until(lambda: not api.place_of(notes[1].id).exists())
        said = await service.core.notes.transcript(notes[1].id)
        assert said is not None
        assert said.text == SAID


class Nowhere:
    """For an API that follows no links."""

    async def fetch(self, url: str, folder: Path, limit: int) -> Path:
        raise NotFound(name=url)


@asynccontextmanager
async def with_api(settings: Settings, provider: PaidProvider) -> AsyncIterator[tuple[Service, ApiAdapter]]:
    api = ApiAdapter(settings.storage.data_dir / "uploads", Nowhere())
    async with open_service(settings, Parts([api], [provider], MODELS)) as service:
        yield service, api


async def test_backups_at_any_moment_of_busy_notes_lose_double_and_mischarge_nothing(
    settings: Settings, world: World, tmp_path: Path
) -> None:
    platform, provider = world
    platform.seconds_to_fetch = provider.seconds_of_work = 0.02
    models = ("paid", "paid-later")
    notes = [
        platform.note(str(number), VOICE, user=f"folder:{number % 4}", model=models[number % 2]) for number in range(12)
    ]
    files: list[Path] = []
    async with opened(settings, world) as rig:
        taking = asyncio.create_task(rig.take(*notes))
        while not taking.done() or await rig.service.core.notes.unfinished():
            files.append(tmp_path / f"{len(files)}.zip")
            await backup(settings.storage.data_dir, files[-1])
        await taking
        await rig.money_is_right()
    unfinished = {}
    for number, file in enumerate(files[1 :: max(1, len(files) // 2)]):
        there = elsewhere(settings, str(number))
        unfinished[number] = (await restore(there.storage.data_dir, file)).unfinished
        async with opened(there, world) as rig:
            taken = [note for note in notes if await rig.service.core.notes.order(note.id)]
            for note in taken:
                assert (await rig.end_of(note)).state == NoteState.DONE
            spent = [(await rig.service.core.ledger.statements.balance(f"folder:{user}")).spent for user in range(4)]
            assert sum(spent) == len(taken) * PRICE
            await rig.money_is_right()
    assert any(unfinished.values()), "some were in flight"
    assert all(texts and set(texts) == {SAID} for texts in platform.messages().values())


async def test_an_engine_that_is_older_than_the_books_does_its_steps_again(
    settings: Settings, world: World, tmp_path: Path
) -> None:
    platform, provider = world
    note = platform.note("1", VOICE, model="paid-later")
    files = [tmp_path / f"{moment}.zip" for moment in ("submitting", "promised", "done")]
    provider.free.clear()
    provider.later.clear()
    async with opened(settings, world) as rig:
        await rig.take(note)
        await asyncio.wait_for(provider.busy.wait(), 20)
        await backup(settings.storage.data_dir, files[0])
        provider.free.set()
        await until(lambda: recorded(settings.storage.data_dir / ENGINE) == 2)
        await backup(settings.storage.data_dir, files[1])
        provider.later.set()
        await rig.end_of(note)
        await backup(settings.storage.data_dir, files[2])
    for older, newer in ((0, 1), (0, 2), (1, 2)):
        there = await put_together(settings, engine=files[older], core=files[newer])
        async with opened(there, world) as rig:
            assert (await rig.end_of(note)).state == NoteState.DONE
            assert (await rig.service.core.ledger.statements.balance(ADA)).spent == PRICE
            await rig.money_is_right()
    assert len(provider.calls()) == 1
    assert set(platform.messages()["1"]) == {SAID}
    # And this is why it must never be the other way round: the engine knows of a ticket that the books do not have.
    there = await put_together(settings, engine=files[1], core=files[0])
    async with opened(there, world) as rig:
        assert (await rig.end_of(note)).state == NoteState.FAILED


def recorded(engine: Path) -> int:
    with closing(sqlite3.connect(f"file:{engine}?mode=ro", uri=True)) as connection:
        ((count,),) = connection.execute("SELECT count(*) FROM operation_outputs").fetchall()
    return int(count)


async def put_together(settings: Settings, engine: Path, core: Path) -> Settings:
    """A data folder of which one database is of another moment than the other."""
    there, other = (
        elsewhere(settings, f"{engine.stem} {core.stem}"),
        elsewhere(settings, f"only {engine.stem} {core.stem}"),
    )
    await restore(there.storage.data_dir, core)
    await restore(other.storage.data_dir, engine)
    (other.storage.data_dir / ENGINE).replace(there.storage.data_dir / ENGINE)
    return there


async def test_the_engine_in_a_backup_is_never_newer_than_the_books(
    settings: Settings, kept: Manifest, tmp_path: Path
) -> None:
    """Write to the ledger's database, then to the engine's, as fast as possible."""
    stop = threading.Event()

    def write() -> None:
        with (
            closing(sqlite3.connect(settings.storage.data_dir / BOOKS, isolation_level=None, timeout=10)) as core,
            closing(sqlite3.connect(settings.storage.data_dir / ENGINE, isolation_level=None, timeout=10)) as engine,
        ):
            for connection in (core, engine):
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = OFF")  # much can happen between two looks
                connection.execute("CREATE TABLE step (number INTEGER)")
                connection.execute("INSERT INTO step VALUES (0)")
            while not stop.is_set():
                for connection in (core, engine):
                    connection.execute("UPDATE step SET number = number + 1")

    writing = asyncio.create_task(asyncio.to_thread(write))
    try:
        await until(
            lambda: (
                (settings.storage.data_dir / ENGINE).exists() and (settings.storage.data_dir / f"{ENGINE}-wal").exists()
            )
        )
        await asyncio.sleep(0.1)
        for number in range(12):
            there = elsewhere(settings, str(number))
            await backup(settings.storage.data_dir, tmp_path / f"{number}.zip")
            await restore(there.storage.data_dir, tmp_path / f"{number}.zip")
            core, engine = step_in(there.storage.data_dir / BOOKS), step_in(there.storage.data_dir / ENGINE)
            assert engine <= core <= engine + 1, "one that was written down, and not recorded yet"
            assert core > number
    finally:
        stop.set()
        await writing


def step_in(database: Path) -> int:
    with closing(sqlite3.connect(database)) as connection:
        ((number,),) = connection.execute("SELECT number FROM step").fetchall()
    return int(number)
