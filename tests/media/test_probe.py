"""A file's real type and length, against its own claims."""

import asyncio
import time
from pathlib import Path

import pytest

from bot.domain.errors import TooLong, Unreadable
from bot.media.ffmpeg import find_ffmpeg
from bot.media.formats.mpeg import frames_in, mpeg_frame
from bot.media.prepare import Limits, Media
from bot.media.probe import probe
from tests.helpers.corpus import VOICE_NOTE, VOICE_NOTE_SECONDS, Corpus, ffmpeg, wav

EXE = find_ffmpeg(None)
GOOD = [
    # name, container, codec, has video
    ("whole.opus", "ogg", "opus", False),
    ("whole.ogg", "ogg", "vorbis", False),
    ("whole.mp3", "mp3", "mp3", False),
    ("whole.m4a", "mp4", "aac", False),
    ("whole.wav", "wav", "pcm_s16le", False),
    ("whole.webm", "matroska", "opus", False),
    ("whole.amr", "amr", "amr_nb", False),
    ("whole.aac", "aac", "aac", False),
    ("whole.flac", "flac", "flac", False),
    ("whole.caf", "caf", "pcm_s16be", False),
    ("whole.aiff", "aiff", "pcm_s16be", False),
    ("whole.wma", "asf", "wmav2", False),
    ("whole.3gp", "mp4", "amr_nb", False),
    ("film.mp4", "mp4", "aac", True),
    ("film.mov", "mp4", "aac", True),
    ("film.mkv", "matroska", "vorbis", True),
    ("film.webm", "matroska", "opus", True),
    ("film.avi", "avi", "mp3", True),
    ("film.ts", "mpegts", "mp2", True),
    ("film.flv", "flv", "mp3", True),
]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return Corpus(tmp_path_factory.mktemp("corpus"), EXE)


@pytest.mark.parametrize(("name", "container", "codec", "has_video"), GOOD)
async def test_a_good_file_is_known_for_what_it_is(
    name: str, container: str, codec: str, has_video: bool, corpus: Corpus
) -> None:
    path = corpus.make(name)
    audio = await probe(path)
    assert (audio.container, audio.codec, audio.has_video) == (container, codec, has_video)
    assert audio.seconds == pytest.approx(VOICE_NOTE_SECONDS, abs=0.1)
    assert audio.bytes == path.stat().st_size
    assert audio.channels in (1, 2)
    assert audio.rate in (8_000, 44_100, 48_000)


@pytest.mark.parametrize(("name", "container", "codec", "has_video"), GOOD)
async def test_windows_hold_as_much_sound_as_was_promised(
    name: str, container: str, codec: str, has_video: bool, corpus: Corpus
) -> None:
    media = Media(EXE)
    async with media.windows(await media.inspect(corpus.make(name)), 4) as windows:
        lengths = [window.seconds async for window in windows]
    assert sum(lengths) == pytest.approx(VOICE_NOTE_SECONDS, abs=0.1)
    assert lengths[:-1] == [4.0] * 4


async def test_the_name_of_a_file_means_nothing(tmp_path: Path) -> None:
    disguised = tmp_path / "holiday.jpg"
    disguised.write_bytes(VOICE_NOTE.read_bytes())
    assert (await probe(disguised)).container == "ogg"


async def test_the_voice_note_of_a_chat_costs_next_to_nothing_to_look_at() -> None:
    await probe(VOICE_NOTE)
    started = time.perf_counter()
    for _ in range(20):
        await probe(VOICE_NOTE)
    assert (time.perf_counter() - started) / 20 < 0.005


async def test_probing_a_long_file_does_not_hold_up_the_loop(corpus: Corpus, tmp_path: Path) -> None:
    path = tmp_path / "long.mp3"
    ffmpeg(EXE, "-stream_loop", "100", "-i", corpus.make("whole.mp3"), "-c", "copy", path)
    worst = 0.0

    async def tick() -> None:
        nonlocal worst
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.001)
            worst = max(worst, time.perf_counter() - before)

    ticking = asyncio.create_task(tick())
    assert (await probe(path)).seconds == pytest.approx(101 * VOICE_NOTE_SECONDS, rel=0.01)
    ticking.cancel()
    assert worst < 0.25


async def test_counting_stops_once_the_file_is_too_long(corpus: Corpus) -> None:
    audio = await probe(corpus.make("whole.mp3"), longest=5)
    assert 5 < audio.seconds < 6
    with pytest.raises(TooLong):
        await Media(EXE, None, Limits(seconds=5)).inspect(corpus.make("whole.mp3"))


async def test_a_cut_made_on_a_phone_counts_as_shown(corpus: Corpus, tmp_path: Path) -> None:
    """An edit list shows less than the file holds."""
    cut = tmp_path / "cut.m4a"
    ffmpeg(EXE, "-ss", "5", "-t", "6", "-i", corpus.make("whole.m4a"), "-c", "copy", cut)
    media = Media(EXE)
    audio = await media.inspect(cut)
    async with media.windows(audio) as windows:
        heard = sum([window.seconds async for window in windows])
    assert audio.seconds == pytest.approx(heard, abs=0.1)


@pytest.mark.parametrize("bits", ["pcm_u8", "pcm_s24le", "pcm_f32le", "pcm_alaw", "adpcm_ms", "adpcm_ima_wav"])
async def test_wav_files_of_every_kind_are_measured(bits: str, tmp_path: Path) -> None:
    path = tmp_path / "kind.wav"
    ffmpeg(EXE, "-i", VOICE_NOTE, "-c:a", bits, path)
    audio = await probe(path)
    assert audio.codec == bits
    assert audio.seconds == pytest.approx(VOICE_NOTE_SECONDS, abs=0.1)


@pytest.mark.parametrize("claimed", [0, 0xFFFF_FFFF, 0x7FFF_FFFF])
async def test_a_wav_that_does_not_know_its_size_is_as_long_as_its_samples(claimed: int, tmp_path: Path) -> None:
    path = tmp_path / "recorder.wav"
    path.write_bytes(wav(16_000, bytes(64_000), claimed=claimed))
    assert (await probe(path)).seconds == 2.0


async def test_a_wav_of_no_samples_is_no_sound(tmp_path: Path) -> None:
    path = tmp_path / "nothing.wav"
    path.write_bytes(wav(16_000, b""))
    with pytest.raises(Unreadable):
        await probe(path)


def test_frame_headers_are_read_as_the_standard_has_them() -> None:
    frame = mpeg_frame(bytes.fromhex("fffb9064"))
    assert frame is not None
    assert (frame.size, frame.samples, frame.rate) == (417, 1152, 44_100)
    assert mpeg_frame(b"\xff\xfe\x00\x00") is None  # the first bytes of text in UTF-16
    assert frames_in(b"\xff\xd8\xff\xe0" * 100) is None  # and of a picture
