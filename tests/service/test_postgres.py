"""The service on PostgreSQL: one database holds the books and the engine's tables."""

import asyncio
import gc
from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest

from bot.domain.errors import BadSettings
from bot.domain.note import NoteState
from bot.service import admin
from bot.service.lead import lead, lead_is_free
from bot.service.worker import open_service
from bot.settings import Settings
from tests.doubles.platform import FolderPlatform
from tests.doubles.provider import PaidProvider
from tests.helpers.postgres import empty_database
from tests.helpers.services import PRICE, SAID, opened
from tests.helpers.settings import changed
from tests.helpers.terminal import Terminal

World = tuple[FolderPlatform, PaidProvider]
# DBOS leaves connections of its threads to the garbage collector, which is called below, when it ends.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture
async def url() -> AsyncIterator[str]:
    """An empty database."""
    async with empty_database() as url:
        yield url
    gc.collect()


@pytest.fixture
def on(settings: Settings, url: str) -> Settings:
    return changed(settings, database_url=url)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return FolderPlatform(tmp_path / "platform"), PaidProvider(tmp_path / "provider")


async def rows_of(url: str, query: str) -> list[tuple[object, ...]]:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        return await (await connection.execute(query)).fetchall()


async def cut_connections(url: str, of: str = "") -> None:
    """End the connections to a database, as the end of the server does; `of`: those of one application."""
    which = f"AND application_name = '{of}'" if of else ""
    await rows_of(
        url,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        f"WHERE datname = current_database() AND pid <> pg_backend_pid() {which}",
    )


async def ended(url: str) -> None:
    """Wait until the engine has written down that the only note is done."""
    async with asyncio.timeout(20):
        while await rows_of(url, "SELECT status FROM dbos.workflow_status") != [("SUCCESS",)]:
            await asyncio.sleep(0.02)


async def test_a_note_is_answered_and_paid_on_an_empty_database(
    on: Settings, url: str, world: World, voice: Path
) -> None:
    note = world[0].note("1", voice)
    async with opened(on, world) as rig:
        await rig.take(note)
        standing = await rig.end_of(note)
        assert (standing.state, standing.charged) == (NoteState.DONE, PRICE)
        await rig.money_is_right()
        await ended(url)
    assert SAID in str(world[0].events())
    assert not list(on.storage.data_dir.glob("*.db")), "nothing is stored beside it"


async def test_a_start_goes_on_with_what_an_earlier_one_left(on: Settings, world: World, voice: Path) -> None:
    platform, provider = world
    note = platform.note("1", voice)
    provider.free.clear()
    async with opened(on, world) as rig:
        await rig.take(note)
        await asyncio.wait_for(provider.busy.wait(), 20)
    provider.free.set()
    async with opened(on, world) as rig:
        assert (await rig.end_of(note)).state is NoteState.DONE
        await rig.money_is_right()


async def test_a_second_process_queues_for_the_first(on: Settings, world: World, voice: Path, tmp_path: Path) -> None:
    elsewhere = changed(on, data_dir=tmp_path / "elsewhere")
    async with opened(on, world) as rig:
        assert not await lead_is_free(elsewhere.storage)
        async with open_service(elsewhere) as follower:
            assert not follower.leads
            assert rig.service.leads
    assert await lead_is_free(elsewhere.storage)


async def test_who_is_erased_leaves_nothing_in_either_schema(on: Settings, url: str, world: World, voice: Path) -> None:
    note = world[0].note("1", voice)
    async with opened(on, world) as rig:
        await rig.take(note)
        await ended(url)
    _, is_all = await admin.forget(on, note.user)
    assert is_all
    assert await rows_of(url, "SELECT count(*) FROM note") == [(0,)]
    assert await rows_of(url, "SELECT count(*) FROM dbos.workflow_status") == [(0,)]


async def test_a_lead_whose_connection_breaks_is_taken_again(on: Settings, url: str) -> None:
    async with lead(on.storage) as keep:
        assert keep is not None
        keeping = asyncio.create_task(keep())
        await cut_connections(url, of="earmark-lease")
        async with asyncio.timeout(10):
            while await lead_is_free(on.storage):
                await asyncio.sleep(0.05)
        assert not keeping.done()
        keeping.cancel()


async def test_a_lead_that_another_process_took_meanwhile_ends_this_one(on: Settings, url: str, tmp_path: Path) -> None:
    async with lead(on.storage) as keep:
        assert keep is not None
        await cut_connections(url, of="earmark-lease")
        async with lead(changed(on, data_dir=tmp_path / "elsewhere").storage) as other:
            assert other is not None
            with pytest.raises(BadSettings, match="another Earmark took over the work"):
                await asyncio.wait_for(keep(), 10)


async def test_notes_in_work_end_in_text_when_every_connection_breaks(
    on: Settings, url: str, world: World, voice: Path
) -> None:
    platform, _ = world
    notes = [platform.note(str(number), voice) for number in range(6)]
    async with opened(on, world) as rig:
        await rig.take(*notes)
        for _ in range(3):
            await cut_connections(url)
            await asyncio.sleep(0.2)
        ends = [(await rig.end_of(note)).state for note in notes]
        assert ends == [NoteState.DONE] * 6
        await rig.money_is_right()


async def test_the_command_line_reads_it_and_leaves_backups_to_its_own_programs(
    on: Settings, url: str, world: World, voice: Path, tmp_path: Path
) -> None:
    note = world[0].note("1", voice)
    async with opened(on, world) as rig:
        await rig.take(note)
        await rig.end_of(note)
    terminal = Terminal(on.storage.data_dir, {"EARMARK_DATABASE_URL": url})
    assert note.user in (await asyncio.to_thread(terminal.earmark, "jobs")).out
    for command in ("backup", "restore"):
        said = await asyncio.to_thread(terminal.earmark, command, tmp_path / "copy.zip")
        assert said.code == 1
        assert "pg_dump" in said.err


async def test_a_database_that_cannot_be_reached_is_one_sentence_without_its_password(settings: Settings) -> None:
    away = changed(settings, database_url="postgresql://earmark:hunter2@127.0.0.1:1/earmark")
    with pytest.raises(BadSettings) as fault:
        async with open_service(away):
            pass
    assert "the database cannot be opened" in str(fault.value)
    assert "hunter2" not in str(fault.value)
