"""A user's data is exported whole, and erased, on all of their platforms."""

import asyncio
import json
import sqlite3
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from bot.cli.main import whole
from bot.domain.errors import BadUsage, NoAccess
from bot.domain.money import Micros
from bot.domain.note import Note
from bot.ledger.ledger import Ledger
from bot.notes.erasure import NoteErasure
from bot.notes.views import Standing
from bot.people.access import Access, Lists, People, Role
from bot.people.api_keys import ApiKeys
from bot.people.preferences import Choice
from bot.people.privacy import Privacy
from bot.service import admin
from bot.settings import Settings
from bot.storage.database import Database
from bot.storage.tables import account, hold, identity, link_code, note, switch, transfer
from tests.doubles.platform import FolderPlatform
from tests.doubles.provider import PaidProvider
from tests.helpers.databases import fresh_database
from tests.helpers.ledgers import ANN, BOB, IDENTITIES, Clock, allowance, available
from tests.helpers.ledgers import hold as held
from tests.helpers.remains import remains, until_gone
from tests.helpers.services import ADA, PRICE, SAID, Application, opened
from tests.helpers.terminal import Terminal

BEA = "folder:bea"
ADA_TOO = "discord:7700070"
"""The same person elsewhere."""
GROUP = "folder:group-5005"


@pytest.fixture
async def rig(settings: Settings, tmp_path: Path, voice: Path) -> AsyncIterator[Application]:
    async with _opened(settings, tmp_path) as rig:
        taken = [rig.platform.note(str(number), voice, user=user) for number, user in enumerate((ADA, BEA, ADA_TOO))]
        taken = [replace(one, place=GROUP, details={"token": "T0KEN", "channel": "9"}) for one in taken]
        await rig.take(*taken)
        for one in taken:
            await rig.end_of(one)
            await rig.service.core.preferences.choose(one.user, Choice.LANGUAGE, "es")
        people = rig.service.core.people
        await people.link(ADA_TOO, await people.code(ADA))
        yield rig


@asynccontextmanager
async def _opened(settings: Settings, folder: Path) -> AsyncIterator[Application]:
    async with opened(settings, (FolderPlatform(folder / "platform"), PaidProvider(folder / "provider"))) as rig:
        yield rig


async def _ended(rig: Application, note: Note) -> Standing:
    await rig.take(note)
    return await rig.end_of(note)


async def _all_is_forgotten(rig: Application, *people: str) -> None:
    """The service does by itself what is left to be done."""
    async with asyncio.timeout(15):
        while set(await _column(rig.service.core.db, identity.c.id)) & set(people):
            await asyncio.sleep(0.02)


async def _column(db: Database, column: sa.Column[str]) -> list[str]:
    async with db.reading() as connection:
        return list((await connection.scalars(sa.select(column))).all())


def _read(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


# What is stored is given out.


async def test_an_export_holds_all_platforms_of_the_person_and_nothing_of_others(
    rig: Application, tmp_path: Path
) -> None:
    core = rig.service.core
    await core.people.appoint(ADA, Role.OPERATOR)
    await core.people.decide(ADA, Access.ALLOWED)
    await core.ledger.credit(ADA_TOO, Micros(5_000_000), "gift")
    assert await core.privacy.export(ADA_TOO, tmp_path / "export.zip") == 2
    read = _read(tmp_path / "export.zip")
    notes = json.loads(read["notes.json"])
    assert [(one["message"], one["account"], one["state"]) for one in notes] == [
        ("0", ADA, "done"),
        ("2", ADA_TOO, "done"),
    ]
    assert read[f"transcripts/{notes[0]['id']}.txt"] == f"{SAID}\n"
    assert json.loads(read[f"transcripts/{notes[1]['id']}.json"])["text"] == SAID
    person = json.loads(read["person.json"])
    assert [(one["id"], one["role"]) for one in person["identities"]] == [(ADA_TOO, None), (ADA, "operator")]
    assert {(one["owner"], one["value"]) for one in person["preferences"]} == {(ADA, "es"), (ADA_TOO, "es")}
    money = json.loads(read["money.json"])
    assert [(one["charged"], one["chat"]) for one in money["notes"]] == [(PRICE, GROUP)] * 2
    assert [one["amount"] for one in money["transfers"] if one["kind"] == "credit"] == [5_000_000]
    assert "allowed" in [one["access"] for one in money["accounts"]]
    assert [one["details"] for one in notes] == [{"channel": "9"}] * 2
    assert not [content for content in read.values() if BEA in content or "T0KEN" in content]
    assert (tmp_path / "export.zip").stat().st_mode & 0o777 == 0o600


async def test_an_export_of_more_than_a_batch_misses_nothing(database: Database, clock: Clock, tmp_path: Path) -> None:
    """Also if many notes came at the same moment."""
    rows = [_row(f"note-{number:04}", "done", clock) for number in range(250)]
    async with database.writing() as connection:
        await connection.execute(sa.insert(note).values(rows))
    assert await Privacy(database, clock, IDENTITIES, NoteErasure()).export(ANN, tmp_path / "all.zip") == 250
    told = json.loads(_read(tmp_path / "all.zip")["notes.json"])
    assert [one["id"] for one in told] == [row["id"] for row in rows]


async def test_an_export_overwrites_no_file(database: Database, clock: Clock, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("mine")
    with pytest.raises(FileExistsError):
        await Privacy(database, clock, IDENTITIES, NoteErasure()).export(ANN, tmp_path / "taken")
    assert (tmp_path / "taken").read_text() == "mine"


# Forgetting.


async def test_who_is_forgotten_leaves_no_word_on_any_platform_and_the_books_still_add_up(rig: Application) -> None:
    core = rig.service.core
    spent = sum(row.charged for row in await core.ledger.statements.spend())
    forgotten = await core.privacy.forget(ADA_TOO)
    assert (forgotten.notes, forgotten.unfinished, set(forgotten.identities)) == (2, 0, {ADA, ADA_TOO})
    await _all_is_forgotten(rig, ADA, ADA_TOO)
    async with core.db.reading() as connection:
        kept = (await connection.execute(sa.text("SELECT owner FROM preference"))).scalars().all()
        assert await connection.scalar(sa.select(sa.func.count()).select_from(link_code)) == 0
        places = (await connection.execute(sa.select(hold.c.chat).where(hold.c.chat.is_not(None)))).all()
    assert kept == [BEA]
    assert await _column(core.db, note.c.account) == [BEA]
    assert len(places) == 1, "the other's"
    assert sum(row.charged for row in await core.ledger.statements.spend()) == spent
    await rig.money_is_right()


async def test_nothing_of_who_is_forgotten_is_in_any_file(settings: Settings, tmp_path: Path, voice: Path) -> None:
    """Looked at while the service runs, with its logs: what was deleted is overwritten."""
    named = tmp_path / "Befund-Erna-Sample.ogg"
    named.write_bytes(voice.read_bytes())
    broken = tmp_path / "Kaputt-Erna-Sample.ogg"
    broken.write_text("no sound")
    words = ("Erna-Sample", ADA, SAID, GROUP, "T0KEN")
    async with _opened(settings, tmp_path) as rig:
        details = {"token": "T0KEN"}
        for number, path in enumerate((named, broken)):
            taken = rig.platform.note(str(number), path)
            await _ended(rig, replace(taken, place=GROUP, details=details))
        await rig.service.core.preferences.choose(ADA, Choice.LANGUAGE, "es")
        assert remains(settings.storage.data_dir, *words) == set(words)
        await rig.service.core.privacy.forget(ADA)
        await until_gone(settings.storage.data_dir, *words)
        await rig.money_is_right()


async def test_what_sqlite_left_in_the_file_goes_too(tmp_path: Path, clock: Clock) -> None:
    """As if it moved rows about, or an earlier release deleted them without overwriting them."""
    async with fresh_database("sqlite", tmp_path) as database:
        await _used(database, clock)
        async with database.writing() as connection:
            await connection.execute(sa.insert(note).values(_row("Erna-Sample", "done", clock)))
        with closing(sqlite3.connect(tmp_path / "earmark.db")) as carelessly:
            carelessly.execute("PRAGMA secure_delete = OFF")
            carelessly.execute("DELETE FROM note")
            carelessly.commit()
        assert await database.checkpoint()
        assert remains(tmp_path, "Erna-Sample")
        await _forgotten(database, clock, ANN)
        assert not remains(tmp_path, "Erna-Sample", ANN)


async def test_what_is_in_work_is_cancelled_and_goes_by_itself(rig: Application, voice: Path) -> None:
    rig.provider.busy.clear()
    rig.provider.free.clear()
    taken = rig.platform.note("4", voice)
    await rig.take(taken)
    await rig.provider.busy.wait()
    privacy = rig.service.core.privacy
    forgotten = await privacy.forget(ADA)
    assert (forgotten.notes, forgotten.unfinished) == (2, 1)
    rig.provider.free.set()
    await _all_is_forgotten(rig, ADA, ADA_TOO)
    assert await _column(rig.service.core.db, note.c.account) == [BEA]
    await rig.money_is_right()


async def test_a_request_for_erasure_outlives_a_crash(settings: Settings, tmp_path: Path, voice: Path) -> None:
    """The process that took it ends before anything more than the wish is written down."""
    async with _opened(settings, tmp_path) as rig:
        rig.provider.free.clear()
        await rig.take(rig.platform.note("1", voice))
        await rig.provider.busy.wait()
        await rig.service.core.privacy.forget(ADA)
    async with _opened(settings, tmp_path) as rig:
        await until_gone(settings.storage.data_dir, ADA)
        await rig.money_is_right()


async def test_what_comes_after_the_request_is_not_erased(database: Database, clock: Clock) -> None:
    privacy = Privacy(database, clock, IDENTITIES, NoteErasure())
    async with database.writing() as connection:
        await connection.execute(sa.insert(note).values(_row("before", "working", clock)))
    assert (await privacy.forget(ANN)).unfinished == 1
    clock.now = clock.now.replace(hour=13)
    async with database.writing() as connection:
        await connection.execute(sa.insert(note).values(_row("after", "done", clock)))
        await connection.execute(sa.update(note).where(note.c.id == "before").values(state="cancelled"))
    assert await privacy.finish(NoEngine())
    assert await _column(database, note.c.id) == ["after"]


async def test_an_erasure_waits_for_the_engine(database: Database, clock: Clock) -> None:
    """While a workflow still runs, its traces cannot go; the wish is kept until they can."""
    engine, privacy = NoEngine(ready=False), Privacy(database, clock, IDENTITIES, NoteErasure())
    await _used(database, clock)
    await privacy.forget(ANN)
    assert not await privacy.finish(engine)
    assert sorted(await _column(database, switch.c.name)) == [f"forget {ANN}", "strangers"]
    engine.ready = True
    assert await privacy.finish(engine)
    assert await _column(database, switch.c.name) == ["strangers"]
    assert await _column(database, identity.c.id) == []


# By the operator.


async def test_an_operator_exports_and_forgets_for_who_asked_by_mail(
    settings: Settings, tmp_path: Path, voice: Path
) -> None:
    """With no service running: then the command itself has nothing left in any file."""
    async with _opened(settings, tmp_path) as rig:
        await _ended(rig, rig.platform.note("1", voice))
    assert await admin.export(settings, ADA, tmp_path / "ada.zip") == 1
    with pytest.raises(BadUsage):
        await admin.export(settings, ADA, tmp_path / "ada.zip")
    assert any(SAID in content for content in _read(tmp_path / "ada.zip").values())
    terminal = Terminal(settings.storage.data_dir, {})
    said = await asyncio.to_thread(terminal.earmark, "forget", ADA, "--yes")
    assert (said.out.splitlines()[0], said.code) == (f"{ADA}: deleted, with 1 recording.", 0)
    if "still holds" in said.out:  # another process was reading just then: the same is asked for again
        await asyncio.to_thread(terminal.earmark, "forget", ADA, "--yes")
    assert remains(settings.storage.data_dir, ADA, SAID) == set()


def test_the_command_asks_before_it_forgets() -> None:
    asked = CliRunner().invoke(whole(), ["forget", ADA], input="n\n")
    assert "Delete all that is stored about folder:ada for good?" in asked.output
    assert asked.exit_code == 1


async def test_a_key_that_works_is_told_of_and_a_dead_one_goes(database: Database, clock: Clock) -> None:
    keys, privacy = ApiKeys(database, clock), Privacy(database, clock, IDENTITIES, NoteErasure())
    dead, _ = await keys.create("erna", "api:erna")
    alive, secret = await keys.create("erna", "api:erna")
    await keys.revoke(dead)
    assert list((await privacy.forget("api:erna")).keys) == [alive]
    assert await privacy.finish(NoEngine())
    assert [key.id for key in await keys.list()] == [alive]
    assert await keys.account_of(secret) == "api:erna"


# Who comes back.


async def test_who_comes_back_finds_the_balance_and_gets_no_second_grant(database: Database, clock: Clock) -> None:
    ledger = await _used(database, clock)
    left = await available(ledger)
    await _forgotten(database, clock, ANN)
    assert await available(ledger) == left
    await held(ledger, "another", 100)
    assert await available(ledger) == left - 100
    async with database.reading() as connection:
        grants = await connection.scalar(sa.select(sa.func.count()).where(transfer.c.kind == "grant"))
    assert grants == 1
    assert await ledger.audit() == []


async def test_who_linked_and_is_forgotten_gets_no_second_grant_elsewhere(database: Database, clock: Clock) -> None:
    """Joined in one month and forgotten in the next: the grant of the next was the joined account's."""
    ledger, people = await _used(database, clock), _people(database, clock)
    await held(ledger, "bobs", 100, BOB)
    await people.link(BOB, await people.code(ANN))
    clock.now = clock.now.replace(month=12)
    await held(ledger, "december", 100)
    await _forgotten(database, clock, BOB)
    await ledger.release("december")
    async with database.writing() as connection:
        await IDENTITIES.opened(connection, BOB, clock())
    async with database.reading() as connection:
        own = IDENTITIES.own(BOB)
        assert await connection.scalar(sa.select(account.c.month).where(account.c.id == own)) == "2026-12"
    assert await available(ledger, BOB) == 0
    assert await ledger.audit() == []


@pytest.mark.parametrize("comes_back_as", [ANN, BOB])
async def test_who_is_blocked_stays_blocked_on_every_platform(
    database: Database, clock: Clock, comes_back_as: str
) -> None:
    await _used(database, clock)
    people = _people(database, clock)
    await people.link(BOB, await people.code(ANN))
    await people.decide(ANN, Access.BLOCKED)
    await _forgotten(database, clock, BOB)
    async with database.writing() as connection:
        await IDENTITIES.opened(connection, comes_back_as, clock())
    with pytest.raises(NoAccess):
        await people.check(comes_back_as)


async def test_an_operator_who_is_forgotten_is_none_any_more(database: Database, clock: Clock) -> None:
    people = _people(database, clock)
    await people.appoint(ANN, Role.OPERATOR)
    await _forgotten(database, clock, ANN)
    assert await people.role(ANN) is Role.USER


class NoEngine:
    """An engine that has nothing to forget, once it is ready."""

    def __init__(self, *, ready: bool = True) -> None:
        self.ready = ready

    async def forget(self, kept: object) -> bool:
        return self.ready


async def _used(database: Database, clock: Clock) -> Ledger:
    """Ann has an allowance and a note."""
    ledger = Ledger(database, clock, allowance(1000), IDENTITIES)
    await held(ledger, "anns", 100)
    await ledger.settle("anns", Micros(100))
    return ledger


def _people(database: Database, clock: Clock) -> People:
    return People(database, clock, allowance(1000), IDENTITIES, Lists())


async def _forgotten(database: Database, clock: Clock, who: str) -> None:
    privacy = Privacy(database, clock, IDENTITIES, NoteErasure())
    await privacy.forget(who)
    assert await privacy.finish(NoEngine())
    assert await _column(database, identity.c.id) == []


def _row(name: str, state: str, clock: Clock) -> dict[str, object]:
    media = {"locator": "file", "name": "", "mime": ""}
    row = {"id": name, "platform": "telegram", "bot": "1", "chat": "1", "message": name, "account": ANN, "media": media}
    return {**row, "options": {}, "details": {}, "state": state, "created_at": clock()}
