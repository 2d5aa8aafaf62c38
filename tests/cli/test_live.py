"""Texts that are printed as they come, and the progress beside them."""

import io
import os
import pty
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from rich.console import Console

from bot.cli.inputs import Input
from bot.cli.live import Live, news_in
from bot.cli.outputs import Format, Printed
from bot.cli.transcribe import Consoles, Shown
from bot.domain.errors import NoSpeech
from bot.domain.note import NoteState, Stage
from bot.domain.transcript import Segment, Transcript
from bot.domain.waiting import Wait, WaitReason
from bot.notes.views import Standing
from bot.support.clock import now
from tests.helpers.paths import SAMPLES
from tests.helpers.terminal import Terminal


@pytest.mark.parametrize(
    ("before", "after", "new"),
    [
        ("", "One two.", "One two."),
        ("One two.", "One two. Three.", " Three."),
        ("One two. Three.", "Three. Four.", " Four."),
        ("One.", "One.", ""),
        ("One.", "Two.", "Two."),
    ],
)
def test_what_is_new_in_the_end_of_a_text(before: str, after: str, new: str) -> None:
    assert news_in(before, after) == new


def said(text: str, speaker: str | None = None) -> Transcript:
    return Transcript(text, "en", 9.0, "base", (Segment(text, 0.0, 9.0, speaker=speaker),))


def test_a_text_is_printed_once_piece_by_piece(capsys: pytest.CaptureFixture[str]) -> None:
    live = Live(Printed(Format.TEXT, headings=False), several=False)
    for heard in ("One.", "One. Two.", "Two. Three."):
        live.hear("a.ogg", heard)
    live.take("a.ogg", "a", said("One. Two.  Three. Four."))
    assert capsys.readouterr().out == "One.\nTwo.\nThree.\nFour.\n"


def test_a_text_with_speakers_is_printed_whole_at_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    live = Live(Printed(Format.TEXT, headings=False), several=False)
    live.hear("a.ogg", "One.")
    live.take("a.ogg", "a", said("One. Two.", "A"))
    assert capsys.readouterr().out == "One.\nOne. Two.\n"


def test_pieces_of_several_recordings_bear_their_names_and_json_is_lines(capsys: pytest.CaptureFixture[str]) -> None:
    Live(Printed(Format.TEXT, headings=True), several=True).hear("a\x1b.ogg", "One.")
    Live(Printed(Format.JSON, headings=False), several=True).hear("b.ogg", "Two.")
    assert capsys.readouterr().out == 'a\\u001b.ogg: One.\n{"file": "b.ogg", "part": "Two."}\n'


def test_a_row_tells_the_time_left_what_it_waits_for_and_why_it_failed() -> None:
    screen = Console(record=True, width=200, force_terminal=True, file=io.StringIO())
    shown = Shown("en", [Input("a.ogg", Path("a.ogg"))], lambda *_: None, Consoles(screen, screen, screen))
    standing = Standing("1", "console:ada", "a.ogg", NoteState.WORKING, Stage.TRANSCRIBING, 0.5, 9.0, None, now(), None)
    waiting = replace(standing, stage=Stage.WAITING, wait=Wait(WaitReason.PROVIDER_AWAY, now(), ""))
    failed = replace(standing, state=NoteState.FAILED, error=NoSpeech())
    for one, words in (
        (replace(standing, ready_at=now() + timedelta(seconds=62.4)), ("50%", "1:02", "transcribing")),
        (waiting, ("The speech service does not answer at the moment.",)),
        (failed, ("No speech was found",)),
    ):
        shown.watch(Path("a.ogg"), one)
        screen.print(shown.bars.get_renderable())
        row = screen.export_text()
        assert all(word in row for word in words), row


def test_a_text_goes_to_its_file_though_bars_are_drawn_on_a_terminal(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    shown: list[bytes] = []

    def read() -> None:
        try:
            while part := os.read(ours, 65536):
                shown.append(part)
        except OSError:  # the other end was closed
            pass

    reader = threading.Thread(target=read)
    reader.start()
    with (tmp_path / "text").open("wb") as text:
        words = [sys.executable, "-m", "bot", "transcribe", "--live", str(SAMPLES / "voice-note.ogg")]
        environment = Terminal(tmp_path / "data", {}).environment(TERM="xterm")
        done = subprocess.run(words, stdout=text, stderr=theirs, env=environment, check=False, timeout=100)
    os.close(theirs)
    reader.join(10)
    os.close(ours)
    assert done.returncode == 0, shown
    assert "He was not an ill-disposed young man." in (tmp_path / "text").read_text()
    assert b"ill-disposed" not in b"".join(shown)
    assert b"voice-note.ogg" in b"".join(shown)
