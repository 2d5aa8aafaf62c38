"""What is stored about a person is given out whole, and forgotten."""

import json
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.preferences import Choice
from bot.settings import Settings
from tests.doubles.platform import FolderPlatform
from tests.doubles.provider import PaidProvider
from tests.houses import ADA, PRICE, SAID, House, opened

BEA = "folder:bea"


@pytest.fixture
async def house(settings: Settings, tmp_path: Path, voice: Path) -> AsyncIterator[House]:
    async with opened(settings, (FolderPlatform(tmp_path / "platform"), PaidProvider(tmp_path / "provider"))) as house:
        for user, message in ((ADA, "1"), (BEA, "2")):
            note = house.platform.note(message, voice, user=user)
            await house.take(note)
            await house.end_of(note)
            await house.service.books.preferences.choose(user, Choice.LANGUAGE, "es")
        yield house


async def test_an_export_holds_all_that_is_stored_and_nothing_of_others(house: House, tmp_path: Path) -> None:
    assert await house.service.books.privacy.export(ADA, tmp_path / "export.zip") == 1
    with zipfile.ZipFile(tmp_path / "export.zip") as archive:
        read = {name: archive.read(name).decode() for name in archive.namelist()}
    notes = json.loads(read["notes.json"])
    assert [(one["message"], one["state"]) for one in notes] == [("1", "done")]
    assert read[f"transcripts/{notes[0]['id']}.txt"] == f"{SAID}\n"
    assert json.loads(read[f"transcripts/{notes[0]['id']}.json"])["text"] == SAID
    assert json.loads(read["preferences.json"]) == [{"name": "language", "value": "es"}]
    assert [one["charged"] for one in json.loads(read["money.json"])["notes"]] == [PRICE]
    assert BEA not in "".join(read.values())


async def test_who_is_forgotten_leaves_no_word_and_the_books_still_add_up(house: House, tmp_path: Path) -> None:
    books = house.service.books
    spent = await books.ledger.spend()
    forgotten = await books.privacy.forget(ADA)
    assert (forgotten.notes, forgotten.unfinished) == (1, 0)
    assert await books.privacy.export(ADA, tmp_path / "after.zip") == 0
    async with books.db.reading() as connection:
        kept = [str(row) for row in await connection.execute(sa.text("SELECT body FROM transcript"))]
        preferences = [row.owner for row in await connection.execute(sa.text("SELECT owner FROM preference"))]
    assert len(kept) == 1, "the other's"
    assert preferences == [BEA]
    assert await books.ledger.spend() == spent
    await house.money_is_right()


async def test_what_is_in_work_is_cancelled_first(house: House, voice: Path) -> None:
    house.provider.busy.clear()
    house.provider.free.clear()
    note = house.platform.note("3", voice)
    await house.take(note)
    await house.provider.busy.wait()
    forgotten = await house.service.books.privacy.forget(ADA)
    assert (forgotten.notes, forgotten.unfinished) == (1, 1)
    await house.end_of(note)
    assert (await house.service.books.privacy.forget(ADA)).notes == 1
    await house.money_is_right()
