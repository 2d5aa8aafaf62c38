"""The command line, in processes of its own, with real speech and the real engine."""

import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from imageio_ffmpeg import get_ffmpeg_exe

from tests.helpers.forked import Command
from tests.helpers.paths import SAMPLES
from tests.helpers.speech import plain, reference, word_error_rate
from tests.helpers.terminal import Terminal

VOICE = SAMPLES / "voice-note.ogg"
ALL = sorted(SAMPLES.glob("*.ogg"))
CONVERSIONS = {
    "mp3": ["-b:a", "192k"],
    "m4a": ["-b:a", "192k"],
    "wav": [],
    "webm": ["-c:a", "libopus", "-b:a", "128k"],
    "mp4": ["-b:a", "192k"],
}
"""Rates that keep the sound."""
STOPPING = "earmark: stopping, which takes a moment. Ctrl-C once more ends it at once.\n"


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    return Terminal(tmp_path_factory.mktemp("terminal") / "data", {})


@pytest.fixture
def fresh(tmp_path: Path) -> Terminal:
    """A terminal with books of its own."""
    return Terminal(tmp_path / "data", {})


def converted(sample: Path, ending: str, folder: Path) -> Path:
    target = folder / f"{sample.stem}.{ending}"
    picture = ["-f", "lavfi", "-i", "color=black:s=64x64:r=5", "-shortest"] if ending == "mp4" else []
    command = [get_ffmpeg_exe(), "-v", "error", "-y", "-i", str(sample), *picture, *CONVERSIONS[ending], str(target)]
    subprocess.run(command, check=True)
    return target


def test_the_demo_prints_who_said_what_the_cost_and_the_balance(terminal: Terminal) -> None:
    said = terminal.earmark("demo")
    assert said.code == 0, said.err
    first, second = (reference(name) for name in ("voice-note.ogg", "conversation.ogg"))
    asked, name, text, cost, another, *turns, of_another, balance = [line for line in said.out.splitlines() if line]
    assert asked == "$ earmark transcribe --speakers voice-note.ogg conversation.ogg"
    assert (name, another) == ("== voice-note.ogg", "== conversation.ogg")
    assert word_error_rate(first["text"], text) <= 0.05, "one voice has no label"
    assert cost == "voice-note.ogg: 16.1 s, English, whisper-base, cost $0.00"
    labels = [turn.partition(": ")[0] for turn in turns]
    assert labels == ["Speaker 1", "Speaker 2"] * 3
    assert len({(label, part["speaker"]) for label, part in zip(labels, second["segments"], strict=True)}) == 2
    assert of_another.startswith("conversation.ogg: 27.8 s, English")
    assert "spent $0.00 on 2 notes" in balance


def test_a_number_of_speakers_that_cannot_be_is_refused(terminal: Terminal) -> None:
    said = terminal.earmark("transcribe", VOICE, "--speakers", "33")
    assert said.code == 2
    assert "--speakers takes a number from 1 to 32, or none" in said.err


def test_json_has_the_whole_shape(terminal: Terminal) -> None:
    said = terminal.earmark("transcribe", VOICE, "--format", "json", "--language", "en")
    (found,) = said.objects
    assert list(found) == [
        "file",
        "text",
        "language",
        "seconds",
        "model",
        "cost_micros",
        "partial",
        "segments",
        "words",
    ]
    assert found["file"] == str(VOICE)
    assert (found["language"], found["model"], found["cost_micros"]) == ("en", "whisper-base", 0)
    assert found["seconds"] == pytest.approx(16.14, abs=0.1)
    assert all(
        [*segment] == ["speaker", "start", "end", "language", "confidence", "text"] for segment in found["segments"]
    )
    assert all([*word] == ["text", "start", "end", "confidence"] for word in found["words"])
    assert all(0 < part["confidence"] <= 1 for part in found["segments"] + found["words"])
    assert plain(" ".join(word["text"] for word in found["words"])) == plain(found["text"])


@pytest.mark.parametrize(
    ("form", "begins"),
    [
        ("srt", "1\n00:00:00"),
        pytest.param("vtt", "WEBVTT\n", marks=pytest.mark.slow),
        pytest.param("txt", "He was", marks=pytest.mark.slow),
    ],
)
def test_a_transcript_is_printed_in_each_format(terminal: Terminal, form: str, begins: str) -> None:
    said = terminal.earmark("transcribe", VOICE, "--format", form)
    assert said.code == 0
    assert said.out.startswith(begins)


@pytest.mark.parametrize(
    "sample", [pytest.param(one, marks=[] if one == VOICE else pytest.mark.slow, id=one.stem) for one in ALL]
)
def test_a_sample_in_every_format_gives_the_same_words(terminal: Terminal, tmp_path: Path, sample: Path) -> None:
    files = [sample, *(converted(sample, ending, tmp_path) for ending in CONVERSIONS)]
    said = terminal.earmark("transcribe", *files, "--format", "json")
    assert said.code == 0, said.err
    assert [found["file"] for found in said.objects] == [str(file) for file in files]
    words = {plain(found["text"]) for found in said.objects}
    assert words == {plain(said.objects[0]["text"])}


def test_one_bad_file_does_not_stop_the_others_and_all_end_in_order(terminal: Terminal, tmp_path: Path) -> None:
    letter = tmp_path / "letter.ogg"
    letter.write_text("Dear reader,")
    said = terminal.earmark("transcribe", tmp_path / "gone.ogg", VOICE, letter, "--format", "json")
    assert said.code == 1
    assert [found["file"] for found in said.objects] == [str(VOICE)]
    gone, told, bad = said.err.splitlines()
    assert gone == f"{tmp_path / 'gone.ogg'}: There is no file {tmp_path / 'gone.ogg'}."
    assert told.startswith("voice-note.ogg: 16.1 s")
    assert bad.startswith(f"{letter}: This file")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--model", "clairvoyance"], "There is no model 'clairvoyance'; there are: whisper-base."),
        (["--language", "klingon"], "There is no language 'klingon'"),
    ],
)
def test_what_cannot_be_asked_for_is_one_sentence(terminal: Terminal, words: list[str], sentence: str) -> None:
    said = terminal.earmark("transcribe", VOICE, *words)
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith(f"earmark: {sentence}")
    assert said.err.count("\n") == 1


def test_a_missing_model_is_one_sentence_that_says_what_to_do(fresh: Terminal) -> None:
    said = fresh.earmark("transcribe", VOICE, EARMARK_LOCAL_MODEL="/nowhere/whisper")
    assert said.code == 1
    assert "The speech model /nowhere/whisper is not available:" in said.err
    assert "Traceback" not in said.err


def test_a_full_disk_is_one_sentence_before_anything_is_written(fresh: Terminal) -> None:
    said = fresh.earmark("transcribe", VOICE, EARMARK_SPARE_MEGABYTES="1e12")
    assert said.code == 1
    assert said.err.startswith("earmark: The disk is full")
    assert "voice-note" not in fresh.earmark("jobs").out


def test_a_wrong_setting_is_one_sentence(fresh: Terminal) -> None:
    said = fresh.earmark("balance", EARMARK_PLAN="free")
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("earmark: The settings are not right: EARMARK_PLAN")


def test_money_is_added_and_seen(fresh: Terminal) -> None:
    assert "console:ada: balance $2.50" in fresh.earmark("credit", "ada", "2.5", EARMARK_PLAN="prepaid").out
    (balance,) = fresh.earmark("balance", "--user", "ada", "--json", EARMARK_PLAN="prepaid").objects
    assert balance["user"] == "console:ada"
    assert (balance["balance_micros"], balance["held_micros"], balance["spent_micros"]) == (2_500_000, 0, 0)


@pytest.mark.parametrize("amount", ["-1", "much", "0", "1e99", "1_000", "1e3", "\u0665"])
def test_an_amount_that_is_none_is_one_sentence(fresh: Terminal, amount: str) -> None:
    said = fresh.earmark("credit", "ada", "--", amount)
    assert said.code == 2
    assert said.err.startswith("earmark: ")
    assert said.err.count("\n") == 1


def test_what_was_done_is_listed_and_counted(fresh: Terminal) -> None:
    fresh.earmark("transcribe", VOICE, "--user", "ada")
    jobs = fresh.earmark("jobs").out
    assert "console:ada" in jobs
    assert "voice-note.ogg" in jobs
    assert "done" in jobs
    rows = fresh.earmark("spend", "--json").rows
    assert [(row["user"], row["model"], row["notes"], row["charged_micros"]) for row in rows] == [
        ("console:ada", "whisper-base", 1, 0)
    ]
    table = fresh.earmark("spend", "--by", "platform,user", "--format", "csv").out.splitlines()
    assert table[0].startswith("platform,user,notes,seconds,charged_micros,")
    assert table[1].startswith("console,console:ada,1,16.")
    assert "console:ada minutes" in fresh.earmark("spend", "--by", "user", "--plot").out
    assert fresh.earmark("spend", "2026-13").code == 2


def test_the_doctor_finds_everything_in_order(terminal: Terminal) -> None:
    said = terminal.earmark("doctor")
    assert said.code == 0, said.out
    assert [line.split("]")[0] for line in said.out.splitlines()] == ["[ok"] * 12


def test_the_doctor_says_what_to_do(fresh: Terminal) -> None:
    said = fresh.earmark("doctor", EARMARK_FFMPEG="/nowhere/ffmpeg", EARMARK_LANGUAGES="en")
    assert said.code == 1
    assert "[!!] ffmpeg:" in said.out
    assert "EARMARK_LANGUAGES" in said.out


def test_the_models_are_listed(terminal: Terminal) -> None:
    assert "whisper-base" in terminal.earmark("models").out


@pytest.fixture
def long_recording(tmp_path: Path) -> Path:
    """Two minutes of speech: nobody is done with it at once."""
    target = tmp_path / "long.ogg"
    command = [get_ffmpeg_exe(), "-v", "error", "-stream_loop", "7", "-i", str(VOICE), "-c", "copy", str(target)]
    subprocess.run(command, check=True)
    return target


def test_ctrl_c_cancels_the_note_and_gives_the_money_back(fresh: Terminal, long_recording: Path) -> None:
    process = fresh.start("transcribe", long_recording, "--user", "ada")
    fresh.wait_for("transcribing")
    process.send_signal(signal.SIGINT)
    pressed = time.monotonic()
    assert process.stderr.readline() == STOPPING
    assert time.monotonic() - pressed < 1.5, "a second, and the load of this machine"
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out == ""
    assert (
        err
        == "earmark: stopped; what was not finished was cancelled. Only what a provider had already costs something.\n"
    )
    assert "Cancelled" in fresh.earmark("jobs").out
    (balance,) = fresh.earmark("balance", "--user", "ada", "--json").objects
    assert (balance["held_micros"], balance["spent_micros"]) == (0, 0)
    assert not any((fresh.data / "spool").iterdir())


def test_a_second_ctrl_c_ends_it_at_once_and_the_next_start_does_the_rest(
    fresh: Terminal, long_recording: Path
) -> None:
    process = fresh.start("transcribe", long_recording, "--user", "ada")
    fresh.wait_for("transcribing")
    process.send_signal(signal.SIGINT)
    assert process.stderr.readline() == STOPPING
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=5)
    assert process.returncode in (-signal.SIGINT, 130)


@pytest.fixture
def service(fresh: Terminal) -> Iterator[Command]:
    process = fresh.start("run")
    assert process.stderr.readline().startswith("earmark: the HTTP API listens at http://127.0.0.1:")
    assert process.stderr.readline().startswith("earmark: running")
    yield process
    process.kill()
    process.communicate()


def test_a_running_service_transcribes_for_other_terminals(fresh: Terminal, service: Command) -> None:
    said = fresh.earmark("transcribe", VOICE)
    assert said.code == 0, said.err
    assert word_error_rate(reference("voice-note.ogg")["text"], said.out) <= 0.05
    second = fresh.earmark("run", EARMARK_STOP_SECONDS="0")
    assert second.code == 1
    assert "works on" in second.err
    assert "waiting_for_another_earmark" in second.err, "it says at once what it waits for"
    assert "lead.lock" in second.err
    assert "EARMARK_DATA_DIR" in second.err, "and what to do"
    service.send_signal(signal.SIGTERM)
    _, err = service.communicate(timeout=30)
    assert service.returncode == 0
    assert "stopping" in err


@pytest.mark.slow
def test_a_terminal_takes_over_from_a_service_that_was_killed(
    fresh: Terminal, service: Command, long_recording: Path
) -> None:
    waiting = fresh.start("transcribe", long_recording, "--format", "json")
    fresh.wait_for("transcribing")
    service.kill()
    out, err = waiting.communicate(timeout=100)
    assert waiting.returncode == 0, err
    assert out.count("\n") == 1
    rows = fresh.earmark("spend", "--json").rows
    assert [row["notes"] for row in rows] == [1]


def test_a_german_terminal_reads_errors_and_the_balance_in_german(fresh: Terminal, tmp_path: Path) -> None:
    lost = tmp_path / "verloren.ogg"
    said = fresh.earmark("transcribe", lost, LC_ALL="de_DE.UTF-8")
    assert (said.code, said.err) == (1, f"{lost}: Die Datei {lost} gibt es nicht.\n")
    wrong = fresh.earmark("transcribe", VOICE, "--language", "klingon", LC_ALL="", LC_MESSAGES="de")
    assert wrong.err.startswith("earmark: Die Sprache „klingon“ gibt es nicht;")
    balance = fresh.earmark("balance", "--user", "ada", LC_ALL="", LC_MESSAGES="", LANG="de_AT")
    assert balance.out.startswith("console:ada: Guthaben 0,00\N{NO-BREAK SPACE}$, zurückgelegt 0,00")
    assert "Kosten" in fresh.earmark("transcribe", VOICE, LC_ALL="de").err
