"""Formats of the command line, and the places of its texts."""

import io
import json
from pathlib import Path

import pytest
from docx import Document

from bot.cli.outputs import Filed, Format, Printed, formats_of, output_of
from bot.domain.errors import BadUsage
from bot.domain.transcript import Segment, Transcript

SAID = Transcript("Good morning.", "en", 1.5, "whisper-base", (Segment("Good morning.", 0.0, 1.5),))


def test_formats_are_told_from_options_and_else_from_the_suffix_of_the_file() -> None:
    assert formats_of(["srt,docx", "SRT", "json"], "") == [Format.SRT, Format.DOCX, Format.JSON]
    assert formats_of([], "talk.vtt") == [Format.VTT]
    assert formats_of([], "talk.txt") == [Format.TXT]
    assert formats_of([], "texts/") == formats_of([], "") == [Format.TEXT]
    with pytest.raises(BadUsage, match="there is no format 'pdf'; there are: text, srt, vtt, txt, json, docx"):
        formats_of(["pdf"], "")


def test_each_recording_has_its_files_in_the_folder_also_if_two_have_one_name(tmp_path: Path) -> None:
    to = output_of(f"{tmp_path}/texts/", [Format.TXT, Format.SRT, Format.DOCX, Format.JSON], 2)
    for name in ("one/talk.ogg", "two/talk.ogg"):
        to.take(name, "talk", SAID)
    folder = tmp_path / "texts"
    assert {file.name for file in folder.iterdir()} == {
        f"talk{number}.{suffix}" for number in ("", "-2") for suffix in ("txt", "srt", "docx", "json")
    }
    assert (folder / "talk.txt").read_text() == "Good morning.\n"
    assert (folder / "talk.srt").read_text().startswith("1\n00:00:00,000 --> ")
    assert json.loads((folder / "talk-2.json").read_text())["file"] == "two/talk.ogg"
    assert "Good morning." in Document(io.BytesIO((folder / "talk.docx").read_bytes())).paragraphs[-1].text


def test_one_text_has_the_file_that_is_named_and_replaces_that_of_an_earlier_run(tmp_path: Path) -> None:
    target = tmp_path / "talk.srt"
    target.write_text("earlier")
    output_of(str(target), [Format.SRT], 1).take("talk.ogg", "talk", SAID)
    assert target.read_text().startswith("1\n")


@pytest.mark.parametrize(("formats", "count"), [([Format.SRT, Format.VTT], 1), ([Format.SRT], 2)])
def test_several_texts_need_a_folder(tmp_path: Path, formats: list[Format], count: int) -> None:
    with pytest.raises(BadUsage, match=r"must be a folder for several texts, and .*talk.srt is a file"):
        output_of(str(tmp_path / "talk.srt"), formats, count)
    assert isinstance(output_of(str(tmp_path), formats, count), Filed)


@pytest.mark.parametrize("formats", [[Format.DOCX], [Format.SRT, Format.VTT]])
def test_what_cannot_be_printed_needs_a_place(formats: list[Format]) -> None:
    with pytest.raises(BadUsage, match="need --output"):
        output_of("", formats, 1)
    assert isinstance(output_of("", [Format.JSON], 3), Printed)


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BadUsage, match="cannot be written"):
        output_of(f"{tmp_path}/file/texts/", [Format.TXT], 1).take("a.ogg", "a", SAID)
