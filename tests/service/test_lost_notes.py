"""A database that lost its latest writes: what the engine knows of them is named at the start, and by the doctor."""

import shutil
from pathlib import Path

from structlog.testing import capture_logs

from bot.domain.note import Note
from bot.service.doctor import checks_of, finding_of
from bot.settings import Settings
from tests.doubles.platform import FolderPlatform
from tests.doubles.provider import PaidProvider
from tests.helpers.services import opened


async def lost(settings: Settings, tmp_path: Path, voice: Path) -> Note:
    """Have a note transcribed, then take the database back to the time before it, as if its log was deleted."""
    world = FolderPlatform(tmp_path / "platform"), PaidProvider(tmp_path / "provider")
    data = settings.storage.data_dir
    async with opened(settings, world):
        pass
    shutil.copy(data / "earmark.db", tmp_path / "before")
    note = world[0].note("1", voice)
    async with opened(settings, world) as rig:
        await rig.take(note)
        await rig.end_of(note)
    shutil.copy(tmp_path / "before", data / "earmark.db")
    for log in data.glob("earmark.db-*"):
        log.unlink()
    return note


async def start(settings: Settings, tmp_path: Path) -> list[dict[str, object]]:
    with capture_logs() as logs:
        async with opened(settings, (FolderPlatform(tmp_path / "platform"), PaidProvider(tmp_path / "provider"))):
            pass
    return [dict(one) for one in logs if one["event"] in ("notes_lost", "note_lost")]


async def test_a_start_names_the_notes_that_the_database_lost(settings: Settings, tmp_path: Path, voice: Path) -> None:
    note = await lost(settings, tmp_path, voice)
    folder = settings.storage.data_dir / "spool" / note.id
    folder.mkdir()
    summary, named = await start(settings, tmp_path)
    assert summary["count"] == 1
    assert "backup" in str(summary["what_to_do"])
    assert (named["note"], named["platform"], named["recording"]) == (note.id, "folder", str(folder))


async def test_the_doctor_names_them_with_their_owners(settings: Settings, tmp_path: Path, voice: Path) -> None:
    note = await lost(settings, tmp_path, voice)
    found = await finding_of("database", checks_of(())["database"], settings)
    assert not found.ok
    assert f"{note.id} of {note.user}" in found.says


async def test_a_start_after_which_nothing_is_missing_says_nothing(
    settings: Settings, tmp_path: Path, voice: Path
) -> None:
    world = FolderPlatform(tmp_path / "platform"), PaidProvider(tmp_path / "provider")
    note = world[0].note("1", voice)
    async with opened(settings, world) as rig:
        await rig.take(note)
        await rig.end_of(note)
    assert await start(settings, tmp_path) == []
    found = await finding_of("database", checks_of(())["database"], settings)
    assert found.ok
