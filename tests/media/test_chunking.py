"""Recordings cut into chunks and joined again: real speech through the real engine, and every shape of transcript."""

import asyncio
import wave
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from random import Random

import numpy as np
import psutil
import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.audio import Audio
from bot.domain.money import Micros
from bot.domain.note import Options, Reached
from bot.domain.transcript import Segment, Transcript, Word
from bot.media.chunking import cut, join
from bot.media.ffmpeg import Conversion, expected_bytes, find_ffmpeg
from bot.media.pcm import RATE, SAMPLE_BYTES
from bot.media.prepare import Media
from bot.providers.embedded.hardware import Hardware
from bot.providers.embedded.transcriber import LocalTranscriber
from bot.providers.embedded.weights import ModelFolders
from tests.helpers.processes import running
from tests.helpers.speech import from_floats, pcm, reference, word_error_rate

EVERYTHING = Options("whisper-base", "en")


def bytes_for(seconds: float) -> int:
    return expected_bytes(Conversion("mp3", "mp3", 32_000), seconds)


def recording(folder: Path, sound: bytes) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / "recording.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, SAMPLE_BYTES, RATE, 0, "NONE", "not compressed"))
        file.writeframes(sound)
    return path


@pytest.fixture(scope="module")
def media() -> Media:
    return Media(find_ffmpeg(None), asyncio.Semaphore(2))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def local(media: Media, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LocalTranscriber]:
    """The engine at full precision: with int8 it hears a word or two in another way in a shorter piece of sound."""
    folders, precise = ModelFolders(tmp_path_factory.mktemp("data")), Hardware(compute_type="float32")
    async with LocalTranscriber("base", folders, listen=media.windows, hardware=precise) as opened:
        yield opened


async def nobody_asks(_reached: Reached) -> None:
    pass


# --- real speech ---


@pytest.mark.asyncio(loop_scope="module")
async def test_at_the_joints_no_word_is_lost_or_doubled(media: Media, local: LocalTranscriber, tmp_path: Path) -> None:
    """At most two words in a hundred differ from what the same engine hears in the whole, and from what was said."""
    pause = bytes(RATE * SAMPLE_BYTES)
    sound = pcm("voice-note.ogg") + pause + pcm("conversation.ogg")
    said = f"{reference('voice-note.ogg')['text']} {reference('conversation.ogg')['text']}"
    whole = await media.inspect(recording(tmp_path, sound))
    chunks = await cut(media, whole, bytes_for(14), tmp_path / "chunks")
    assert len(chunks) >= 4
    uncut = await _text_of(local, whole)
    joined = join([(chunk.start, await _text_of(local, chunk.audio)) for chunk in chunks])
    assert word_error_rate(uncut.text, joined.text) <= 0.02
    assert word_error_rate(said, joined.text) <= 0.02
    assert " ".join(word.text for word in joined.words) == joined.text
    assert [word.start for word in joined.words] == sorted(word.start for word in joined.words)
    assert joined.words[-1].end <= joined.seconds == pytest.approx(whole.seconds)
    _assert_words_are_at_their_time(uncut, joined)


async def _text_of(local: LocalTranscriber, audio: Audio) -> Transcript:
    said = await local.submit(audio, EVERYTHING, nobody_asks)
    assert isinstance(said, Transcript)
    return said


def _assert_words_are_at_their_time(uncut: Transcript, joined: Transcript) -> None:
    """Of words that stand once in both, half are within a quarter of a second, and nearly all within one."""
    once = [
        {word.text: word.start for word in one.words if [other.text for other in one.words].count(word.text) == 1}
        for one in (uncut, joined)
    ]
    apart = sorted(abs(once[0][text] - once[1][text]) for text in once[0].keys() & once[1].keys())
    assert len(apart) >= 15
    assert apart[len(apart) // 2] <= 0.25
    assert apart[len(apart) * 9 // 10] <= 1


# --- cutting ---


def speechlike(seconds: float) -> bytes:
    """Bursts of noise with pauses between them."""
    time = np.arange(round(seconds * RATE)) / RATE
    chance = np.random.default_rng(5)
    return from_floats(0.3 * chance.standard_normal(len(time)) * (np.sin(2 * np.pi * time / 1.7) > -0.5))


@pytest.mark.parametrize("seconds", [0.2, 9.9, 12.0, 12.0 + 1 / RATE, 61.3])
async def test_chunks_are_the_whole_to_the_sample_and_fit(media: Media, tmp_path: Path, seconds: float) -> None:
    sound = speechlike(seconds)
    chunks = await cut(media, await media.inspect(recording(tmp_path, sound)), bytes_for(12), tmp_path / "new")
    lengths = [round(chunk.audio.seconds * RATE) for chunk in chunks]
    assert sum(lengths) == len(sound) // SAMPLE_BYTES
    assert [round(chunk.start * RATE) for chunk in chunks] == [sum(lengths[:number]) for number in range(len(chunks))]
    for chunk in chunks:
        made = await media.inspect(chunk.audio.path)
        assert (made.container, made.codec, made.rate, made.channels) == ("mp3", "mp3", RATE, 1)
        assert made.bytes == chunk.audio.bytes <= bytes_for(12)
        assert made.seconds == pytest.approx(max(chunk.audio.seconds, 0.5), abs=0.15)


async def test_cutting_twice_makes_the_same_files_and_leaves_nothing_else(media: Media, tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    (spool / "cutting.0123").mkdir(parents=True)
    (spool / "cutting.0123" / "chunk.wav").write_text("what a crash left behind")
    audio = await media.inspect(recording(tmp_path, speechlike(40)))
    first = await cut(media, audio, bytes_for(15), spool)
    contents = [chunk.audio.path.read_bytes() for chunk in first]
    assert await cut(media, audio, bytes_for(15), spool) == first
    assert [chunk.audio.path.read_bytes() for chunk in first] == contents
    assert sorted(path.name for path in spool.iterdir()) == [f"chunk-{number:03}.mp3" for number in range(len(first))]


async def test_a_cancel_leaves_no_process_and_no_half_of_a_chunk(media: Media, tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    audio = await media.inspect(recording(tmp_path, speechlike(600)))
    work = asyncio.create_task(cut(media, audio, bytes_for(15), spool))
    while not list(spool.glob("chunk-*")):
        await asyncio.sleep(0.005)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert not running()
    assert all(path.name.startswith("chunk-") for path in spool.iterdir())
    assert min([(await media.inspect(path)).seconds for path in spool.iterdir()]) > 10


async def test_memory_is_measured_by_a_chunk_and_not_by_the_recording(media: Media, tmp_path: Path) -> None:
    """Twelve minutes are 23 MB of sound; a chunk of one minute is 2 MB."""
    audio = await media.inspect(recording(tmp_path, bytes(720 * RATE * SAMPLE_BYTES)))
    process, most = psutil.Process(), 0

    async def watch() -> None:
        nonlocal most
        while True:
            most = max(most, process.memory_info().rss)
            await asyncio.sleep(0.002)

    watching, before = asyncio.create_task(watch()), process.memory_info().rss
    chunks = await cut(media, audio, bytes_for(60), tmp_path / "spool")
    watching.cancel()
    assert len(chunks) >= 12
    assert (most - before) / 1e6 < 12


async def test_the_limit_of_the_provider_makes_chunks_of_twelve_minutes(media: Media, tmp_path: Path) -> None:
    audio = await media.inspect(recording(tmp_path, bytes(13 * 60 * RATE * SAMPLE_BYTES)))
    chunks = await cut(media, audio, 3_000_000, tmp_path / "spool")
    assert [chunk.audio.seconds for chunk in chunks] == pytest.approx([720, 60], abs=1)
    assert all(chunk.audio.bytes <= 3_000_000 for chunk in chunks)


async def test_a_limit_that_would_cut_speech_to_shreds_is_refused(media: Media, tmp_path: Path, voice: Path) -> None:
    with pytest.raises(ValueError, match="shorter than 10 seconds"):
        await cut(media, await media.inspect(voice), 10_000, tmp_path)


# --- joining ---

PLACE = Path("chunk.mp3")
TEXTS = st.text("abc ", max_size=12)


@st.composite
def transcripts(draw: st.DrawFn, seconds: float) -> Transcript:
    """A provider's possible answer: times in order, which may be a little before the start or after the end."""
    times = sorted(draw(st.lists(st.floats(-1, seconds + 1), max_size=8)))
    spans = list(zip(times[::2], times[1::2], strict=False))
    words = tuple(
        Word(f"w{draw(st.integers(0, 99))}", start, end, draw(st.none() | st.just("s0"))) for start, end in spans
    )
    text = " ".join(word.text for word in words)
    segments = (Segment(text, spans[0][0], spans[-1][1]),) if spans else ()
    language, cost = draw(st.sampled_from(["", "en", "es"])), Micros(draw(st.integers(0, 10**9)))
    return Transcript(text, language, seconds, "m", segments, words, cost)


@st.composite
def answers(draw: st.DrawFn) -> Sequence[tuple[float, Transcript]]:
    """Chunks one after another, as cut makes them, each with its text."""
    samples = draw(st.lists(st.integers(1, 20 * RATE), min_size=1, max_size=5))
    starts = [sum(samples[:number]) / RATE for number in range(len(samples))]
    return [(start, draw(transcripts(n / RATE))) for start, n in zip(starts, samples, strict=True)]


@given(answers())
def test_nothing_is_lost_and_everything_is_in_order(said: Sequence[tuple[float, Transcript]]) -> None:
    joined = join(said)
    assert [word.text for word in joined.words] == [word.text for _, one in said for word in one.words]
    assert [one.text for one in joined.segments] == [segment.text for _, one in said for segment in one.segments]
    assert joined.text.split() == [word.text for word in joined.words]
    assert joined.cost == sum(one.cost for _, one in said)
    assert joined.seconds == pytest.approx(sum(one.seconds for _, one in said))
    for spans in (joined.words, joined.segments):
        moments = [moment for one in spans for moment in (one.start, one.end)]
        assert moments == sorted(moments)
        assert all(0 <= moment <= joined.seconds for moment in moments)
        assert {one.speaker for one in spans} <= {None}


@given(answers(), st.randoms(use_true_random=False))
def test_it_does_not_matter_which_text_came_first(said: Sequence[tuple[float, Transcript]], chance: Random) -> None:
    shuffled = list(said)
    chance.shuffle(shuffled)
    assert join(shuffled) == join(said)


@given(answers())
def test_each_time_is_moved_by_the_start_of_its_chunk(said: Sequence[tuple[float, Transcript]]) -> None:
    moved = iter(join(said).words)
    for start, transcript in said:
        for word in transcript.words:
            inside = min(max(word.start, 0), transcript.seconds)
            assert next(moved).start == pytest.approx(start + inside, abs=1e-6)


def spoken(text: str, language: str, seconds: float = 1.0) -> Transcript:
    return Transcript(text, language, seconds, "m", (Segment(text, 0.0, seconds),))


def test_the_language_is_that_of_most_of_the_sound() -> None:
    said = [
        (0, spoken("hi", "en", 10)),
        (10, spoken("hola", "es", 15)),
        (25, spoken("hi", "en", 6)),
    ]
    assert join(said).language == "en"
    silence = Transcript("", "ru", 100.0, "m", ())
    assert join([*said, (31, silence)]).language == "en"
    assert join([(0, silence)]).language == ""


def test_texts_are_joined_as_their_language_is_written() -> None:
    assert join([(0, spoken(" One. ", "en")), (1, spoken("Two.", "en"))]).text == "One. Two."
    assert join([(0, spoken("你好。", "zh")), (1, spoken("世界。", "zh"))]).text == "你好。世界。"


def test_of_nothing_there_is_nothing_to_join() -> None:
    with pytest.raises(ValueError, match="nothing to join"):
        join([])
