"""Files that try to break, fool or exhaust the service: each ends in the right sentence, soon, and leaves nothing."""

import asyncio
import resource
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.audio import Accepts, Audio
from bot.domain.errors import (
    EarmarkError,
    NoSound,
    NotFound,
    TooLarge,
    TooLong,
    TooSlow,
    Truncated,
    Unreadable,
    UnsafeMedia,
)
from bot.media.ffmpeg import find_ffmpeg
from bot.media.prepare import Limits, Media
from bot.media.probe import probe
from tests.helpers.corpus import VOICE_NOTE, VOICE_NOTE_SECONDS, Corpus
from tests.helpers.processes import running

MP3_ONLY = Accepts(containers=frozenset({"mp3"}))
OGG_ONLY = Accepts(containers=frozenset({"ogg"}))
REFUSED = [
    ("empty.ogg", Unreadable),
    ("text.ogg", Unreadable),
    ("noise-bytes.ogg", Unreadable),
    ("image.jpg", Unreadable),
    ("headers-only.ogg", Unreadable),
    ("folder-named.ogg", Unreadable),
    ("pipe.ogg", UnsafeMedia),
    ("link.ogg", UnsafeMedia),
    ("silent-film.mp4", NoSound),
    ("cut.ogg", Truncated),
    ("cut.opus", Truncated),
    ("cut.m4a", Truncated),
    ("cut-index-first.m4a", Truncated),
    ("cut.mp3", Truncated),
    ("cut.wav", Truncated),
    ("cut.webm", Truncated),
    ("cut.flac", Truncated),
    ("cut.aiff", Truncated),
    ("cut.caf", Truncated),
    ("cut.avi", Truncated),
    ("cut.wma", Truncated),
    ("playlist.mp3", UnsafeMedia),
    ("tagged-playlist.mp3", UnsafeMedia),
    ("concat.ogg", UnsafeMedia),
    ("session.ogg", UnsafeMedia),
    ("reference.m4a", UnsafeMedia),
    ("one-hertz.wav", UnsafeMedia),
    ("two-gigahertz.wav", UnsafeMedia),
    ("owns-up-to-little.wav", Unreadable),
    ("day-of-silence.flac", TooLong),
    ("many-tracks.m4a", UnsafeMedia),
    ("many-tracks.mkv", UnsafeMedia),
    ("endless-index.m4a", UnsafeMedia),
    ("endless-fragment.mp4", UnsafeMedia),
    ("long.ogg", TooLong),
]
ODD_BUT_GOOD = {
    "cover.mp3": 16.14,
    "attachment.mkv": 16.14,
    "tail.mp3": 16.14,
    "chained.ogg": 32.28,
    "future.ogg": 16.14,
    "live.webm": 16.14,
    "live.wav": 16.14,
    "live.mp3": 16.14,
    "fragmented.mp4": 16.14,
    "index-last.m4a": 16.14,
    "index-first.m4a": 16.14,
    "cut.aac": 8.1,  # each frame stands alone, and nothing says that there were more
    "cut.amr": 8.08,
}


class Listener:
    """A server that nobody may call."""

    port: int
    calls = 0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("corpus")


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    listener = Listener()

    def called(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        listener.calls += 1
        writer.close()

    async with await asyncio.start_server(called, "127.0.0.1", 0) as server:
        listener.port = server.sockets[0].getsockname()[1]
        yield listener


@pytest.fixture
def corpus(folder: Path, listener: Listener) -> Corpus:
    for fresh in ("playlist.mp3", "tagged-playlist.mp3"):  # they name the listener's port
        (folder / fresh).unlink(missing_ok=True)
    return Corpus(folder, find_ffmpeg(None), listener.port)


@pytest.fixture
def media() -> Media:
    return Media(find_ffmpeg(None), asyncio.Semaphore(2), Limits(seconds=60, bytes=80_000_000))


@asynccontextmanager
async def harmless(spool: Path, listener: Listener) -> AsyncIterator[None]:
    """Check that the block is over soon, takes little memory, leaves no process behind, and opens no connection."""
    started, before = time.monotonic(), _peak_bytes()
    yield
    assert time.monotonic() - started < 5
    assert _peak_bytes() - before < 100_000_000
    assert not running()
    assert listener.calls == 0
    assert left_in(spool) == []


def left_in(spool: Path) -> list[str]:
    return [path.name for path in spool.glob("*")]


def _peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


@pytest.mark.parametrize(("name", "error"), REFUSED)
async def test_a_bad_file_is_refused_for_the_right_reason(
    name: str, error: type[EarmarkError], corpus: Corpus, listener: Listener, media: Media, tmp_path: Path
) -> None:
    path, spool = corpus.make(name), tmp_path / "spool"
    async with harmless(spool, listener):
        with pytest.raises(error) as caught:
            await media.prepare(path, MP3_ONLY if path.suffix != ".mp3" else OGG_ONLY, spool)
        assert type(caught.value) is error


@pytest.mark.parametrize("name", ODD_BUT_GOOD)
async def test_an_odd_file_is_heard_whole(name: str, corpus: Corpus, media: Media, tmp_path: Path) -> None:
    path = corpus.make(name)
    audio = await media.inspect(path)
    assert audio.seconds == pytest.approx(ODD_BUT_GOOD[name], abs=0.1)
    assert not audio.has_video
    async with media.windows(audio) as windows:
        heard = sum([window.seconds async for window in windows])
    assert heard == pytest.approx(ODD_BUT_GOOD[name], abs=0.2)
    made = await media.prepare(path, OGG_ONLY if audio.container == "mp3" else MP3_ONLY, tmp_path)
    assert made.seconds == pytest.approx(ODD_BUT_GOOD[name], abs=0.2)
    assert left_in(tmp_path) in ([f"sound.{made.container}"], [])


@pytest.mark.parametrize("name", ["playlist.mp3", "concat.ogg", "session.ogg", "reference.m4a"])
@pytest.mark.parametrize("container", ["mp3", "ogg", "mp4"])
async def test_a_list_that_got_past_the_probe_still_opens_nothing(
    name: str, container: str, corpus: Corpus, listener: Listener, media: Media, tmp_path: Path
) -> None:
    fooled = Audio(corpus.make(name), container, "mp3", 16.0, 48_000, 1, 1000)
    async with harmless(tmp_path, listener):
        with pytest.raises((Unreadable, Truncated)):
            async with media.windows(fooled) as windows:
                assert [window async for window in windows] == []


async def test_a_day_of_silence_that_got_past_the_probe_is_stopped(
    corpus: Corpus, listener: Listener, media: Media, tmp_path: Path
) -> None:
    fooled = Audio(corpus.make("day-of-silence.flac"), "flac", "flac", 10.0, 8_000, 1, 1000)
    async with harmless(tmp_path, listener):
        with pytest.raises(TooLong):
            async with media.windows(fooled) as windows:
                assert [window async for window in windows]


async def test_an_endless_index_that_got_past_the_probe_is_stopped(
    corpus: Corpus, listener: Listener, media: Media, tmp_path: Path
) -> None:
    fooled = Audio(corpus.make("endless-index.m4a"), "mp4", "aac", 10.0, 48_000, 1, 1000)
    async with harmless(tmp_path, listener):
        with pytest.raises((Unreadable, Truncated)):
            async with media.windows(fooled) as windows:
                assert sum([window.seconds async for window in windows]) < 16


async def test_a_file_over_the_limit_is_too_large(tmp_path: Path) -> None:
    with pytest.raises(TooLarge) as caught:
        await Media(find_ffmpeg(None), None, Limits(bytes=50_000)).inspect(VOICE_NOTE)
    assert caught.value.fields == {"limit_mb": 0.05}


async def test_a_missing_file_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        await probe(tmp_path / "gone.ogg")


async def test_a_file_that_takes_too_long_to_read_is_given_up() -> None:
    with pytest.raises(TooSlow):
        await probe(VOICE_NOTE, time_limit=-1)


@pytest.mark.parametrize("suffix", ["ogg", "m4a", "wav", "mp3", "webm", "flac", "caf", "avi"])
@given(data=st.data())
@settings(
    max_examples=25, deadline=5000, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_a_damaged_file_never_ends_in_anything_but_a_sentence(suffix: str, data: st.DataObject, folder: Path) -> None:
    whole = bytearray(Corpus(folder, find_ffmpeg(None)).make(f"whole.{suffix}").read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        # Headers are where the lies are: the first kilobytes, and of an MP4 the last.
        at = data.draw(st.integers(-3000, 3000)) % len(whole)
        damage = data.draw(st.one_of(st.binary(min_size=1, max_size=8), st.just(b"\xff" * 8), st.just(bytes(8))))
        whole[at : at + len(damage)] = damage
    path = folder / f"damaged.{suffix}"
    path.write_bytes(whole)
    with suppress(EarmarkError):  # whatever else it may raise is a failure of this test
        assert asyncio.run(probe(path, longest=3600, time_limit=4)).seconds > 0


def test_the_voice_note_is_what_the_tests_think(tmp_path: Path) -> None:
    assert asyncio.run(probe(VOICE_NOTE)).seconds == VOICE_NOTE_SECONDS
