"""`earmark watch`: each recording that is put into a folder is transcribed once."""

import asyncio
import os
import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from bot.cli.outputs import Format
from bot.cli.watching import Look, Texts, Watching
from bot.domain.note import Options
from bot.domain.transcript import Transcript
from bot.service.batch import Ending
from tests.helpers.paths import SAMPLES
from tests.helpers.settings import make_settings
from tests.helpers.terminal import Terminal

VOICE = SAMPLES / "voice-note.ogg"
SAID = "He was not an ill-disposed young man."
TEXT = Transcript("Hello.", "en", 1.0, "base", ())


def look_at(folder: Path, *formats: Format, output: Path | None = None) -> Look:
    return Look(folder, Texts(formats or (Format.TEXT,), output))


def settled(look: Look) -> list[str]:
    return [one.path.name for one in look.settled()[0]]


def test_a_file_is_taken_when_it_stays_as_it_is_and_once(tmp_path: Path) -> None:
    look, file = look_at(tmp_path), tmp_path / "talk.ogg"
    file.write_bytes(b"1")
    assert look.settled() == ([], True), "it may still be written"
    file.write_bytes(b"12")
    assert look.settled() == ([], True), "it is"
    (version,), is_unsettled = look.settled()
    assert not is_unsettled
    look.done(version)
    assert look.settled() == ([], False)
    file.write_bytes(b"123")
    assert settled(look) == []
    assert settled(look) == ["talk.ogg"], "another recording of that name"


def test_a_renamed_file_counts_and_what_is_no_recording_does_not(tmp_path: Path) -> None:
    look = look_at(tmp_path)
    for name in ("talk.ogg.part", ".hidden.ogg", "talk.txt", "empty.ogg"):
        (tmp_path / name).write_bytes(b"" if name == "empty.ogg" else b"1")
    (tmp_path / "folder.ogg").mkdir()
    os.mkfifo(tmp_path / "pipe.ogg")
    (tmp_path / "gone.ogg").symlink_to(tmp_path / "nowhere")
    assert look.settled() == ([], False)
    (tmp_path / "talk.ogg.part").rename(tmp_path / "talk.ogg")
    settled(look)
    assert settled(look) == ["talk.ogg"]


@pytest.mark.parametrize(
    "name", ["a b.ogg", "new\nline.ogg", "\x1b[2J.ogg", "no\udcffunicode.ogg", "-rf.ogg", "x.ogg.ogg"]
)
def test_a_recording_with_its_texts_is_done_whatever_its_name_is(tmp_path: Path, name: str) -> None:
    output = tmp_path / "texts"
    look, file = look_at(tmp_path, Format.TEXT, Format.SRT, output=output), tmp_path / name
    file.write_bytes(b"1")
    settled(look)
    assert settled(look) == [name]
    look.texts.write(file, TEXT)
    assert settled(look_at(tmp_path, Format.TEXT, Format.SRT, output=output)) == settled(look) == []
    assert sorted(one.name for one in output.iterdir()) == sorted([f"{name}.txt", f"{name}.srt"])
    (output / f"{name}.srt").unlink()
    assert settled(look) == [name], "a text that is missing is made again"


def test_the_same_content_is_the_same_request_and_another_is_not(tmp_path: Path) -> None:
    look, file = look_at(tmp_path), tmp_path / "talk.ogg"
    file.write_bytes(b"1")
    look.settled()
    ((first,), _), ((again,), _) = look.settled(), look.settled()
    assert first.request(1) == again.request(1) != first.request(2)
    file.write_bytes(b"12")
    look.settled()
    ((other,), _) = look.settled()
    assert other.request(1) != first.request(1)


async def test_what_is_put_into_a_folder_is_transcribed_and_a_fault_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    told: dict[str, str] = {}

    def tell(path: Path, words: str) -> None:
        told[path.name] = words

    def sentence(ending: Ending) -> str:
        return "done" if ending.error is None else ending.error.code

    settings = make_settings(tmp_path / "data", stop_seconds=0)
    options = Options(model="whisper-base")
    watching = Watching(settings, look_at(folder), options, "console:ada", tell, sentence, pause=0.05)
    task = asyncio.create_task(watching.run())
    try:
        (folder / "broken.ogg").write_bytes(b"no sound")
        shutil.copy(VOICE, folder / "talk.part")
        (folder / "talk.part").rename(folder / "talk.ogg")
        async with asyncio.timeout(50):
            while len(told) < 2:
                await asyncio.sleep(0.05)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert told == {"broken.ogg": "Unreadable", "talk.ogg": "done"}
    assert (folder / "talk.ogg.txt").read_text().startswith(SAID)
    assert sorted(one.name for one in folder.iterdir()) == ["broken.ogg", "talk.ogg", "talk.ogg.txt"]


def test_after_a_kill_the_same_note_goes_on_and_is_paid_once(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    shutil.copy(VOICE, folder / "talk.ogg")
    terminal, text = Terminal(tmp_path / "data", {}), folder / "talk.ogg.txt"
    process = terminal.start("watch", folder)
    terminal.wait_for("transcribing")
    process.kill()
    process.communicate()
    assert not text.exists()
    process = terminal.start("watch", folder)
    end = time.monotonic() + 50
    while not text.exists():
        assert time.monotonic() < end
        time.sleep(0.05)
    process.kill()
    process.communicate()
    assert text.read_text().startswith(SAID)
    with closing(sqlite3.connect(tmp_path / "data" / "earmark.db")) as database:
        assert database.execute("SELECT count(*), count(DISTINCT id) FROM note").fetchone() == (1, 1)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    said = Terminal(tmp_path / "data", {}).earmark("watch", tmp_path / "nowhere")
    assert (said.code, "there is no folder" in said.err) == (2, True)
