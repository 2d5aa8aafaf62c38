"""Preparing files for a provider, and the processes that do it."""

import asyncio
import errno
import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from bot.domain.audio import Accepts, Audio
from bot.domain.errors import BadSettings, DiskFull, OperatorError, TooSlow, Truncated, Unreadable
from bot.media.ffmpeg import Bounds, Conversion, find_ffmpeg, map_disk_full, reading, run, writing
from bot.media.prepare import Limits, Media
from tests.helpers.corpus import VOICE_NOTE, VOICE_NOTE_SECONDS, Corpus, ffmpeg
from tests.helpers.processes import running

EXE = find_ffmpeg(None)
MP3_ONLY = Accepts(containers=frozenset({"mp3"}), video=False)


@pytest.fixture
def media() -> Media:
    return Media(EXE, asyncio.Semaphore(1))


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return Corpus(tmp_path_factory.mktemp("corpus"), EXE)


def script(path: Path, body: str) -> Path:
    """A program that stands in for ffmpeg."""
    path.write_text(f"#!{sys.executable}\nimport os, sys, time, signal\n{body}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def left_in(folder: Path) -> list[str]:
    return [path.name for path in folder.glob("*")]


def nothing_runs() -> bool:
    return not running()


async def test_a_voice_note_is_not_touched(media: Media, tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    audio = await media.prepare(VOICE_NOTE, Accepts(frozenset({"ogg"}), 3_000_000, video=False), spool)
    assert audio.path == VOICE_NOTE
    assert not spool.exists()


async def test_a_film_becomes_a_small_sound_file(media: Media, corpus: Corpus, tmp_path: Path) -> None:
    film = corpus.make("film.mp4")
    audio = await media.prepare(film, Accepts(video=False), tmp_path / "new" / "spool")
    assert audio.path == tmp_path / "new" / "spool" / "sound.mp3"
    assert (audio.container, audio.codec, audio.rate, audio.channels) == ("mp3", "mp3", 16_000, 1)
    assert audio.seconds == pytest.approx(VOICE_NOTE_SECONDS, abs=0.2)
    assert audio.bytes < VOICE_NOTE_SECONDS * 4_200


async def test_what_is_too_large_as_mp3_becomes_opus(media: Media, corpus: Corpus, tmp_path: Path) -> None:
    audio = await media.prepare(corpus.make("whole.wav"), Accepts(frozenset({"mp3", "ogg"}), 60_000), tmp_path)
    assert (audio.path.name, audio.codec) == ("sound.ogg", "opus")
    assert audio.bytes <= 60_000
    assert audio.seconds == pytest.approx(VOICE_NOTE_SECONDS, abs=0.1)


async def test_preparing_twice_gives_the_same(media: Media, corpus: Corpus, tmp_path: Path) -> None:
    (tmp_path / "sound.mp3.0123.part").write_text("what a crash left behind")
    first = await media.prepare(corpus.make("whole.wav"), MP3_ONLY, tmp_path)
    once = first.path.read_bytes()
    second = await media.prepare(corpus.make("whole.wav"), MP3_ONLY, tmp_path)
    assert first == second
    assert second.path.read_bytes() == once
    assert left_in(tmp_path) == ["sound.mp3"]


async def test_leaving_the_windows_early_ends_the_decoder(media: Media, corpus: Corpus) -> None:
    audio = await media.inspect(corpus.make("whole.wav"))
    async with media.windows(audio, 0.1) as windows:
        async for window in windows:
            assert window.seconds == 0.1
            break
    assert nothing_runs()


async def test_never_looking_at_a_window_ends_the_decoder_too(media: Media) -> None:
    async with media.windows(await media.inspect(VOICE_NOTE)):
        pass
    assert nothing_runs()


async def test_windows_start_where_the_last_one_ended(media: Media) -> None:
    async with media.windows(await media.inspect(VOICE_NOTE), 5) as windows:
        places = [(window.start, window.seconds) async for window in windows]
    assert places == [(0.0, 5.0), (5.0, 5.0), (10.0, 5.0), (15.0, pytest.approx(1.14))]


async def test_a_reader_that_takes_its_time_is_waited_for(corpus: Corpus) -> None:
    """The decoder's time runs only while it is asked for a window."""
    media = Media(EXE, None, Limits(time_limit=1))
    async with media.windows(await media.inspect(corpus.make("whole.wav")), 1) as windows:
        assert (await anext(aiter(windows))).start == 0.0
        await asyncio.sleep(1.2)
        assert len([window async for window in windows]) == 16


async def test_cancelling_a_conversion_leaves_no_process_and_no_file(tmp_path: Path) -> None:
    """A program that ignores every polite signal, and has a child of its own."""
    stubborn = script(tmp_path / "stubborn", "signal.signal(15, signal.SIG_IGN); os.fork(); time.sleep(60)")
    spool = tmp_path / "spool"
    task = asyncio.create_task(Media(stubborn).prepare(VOICE_NOTE, MP3_ONLY, spool))
    while len(running()) < 2:
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert nothing_runs()
    assert left_in(spool) == []


async def test_a_conversion_that_hangs_is_given_up(tmp_path: Path) -> None:
    hangs = script(tmp_path / "hangs", "time.sleep(60)")
    with pytest.raises(TooSlow):
        await Media(hangs, None, Limits(time_limit=0.3)).prepare(VOICE_NOTE, MP3_ONLY, tmp_path / "spool")
    assert nothing_runs()


async def test_windows_that_never_come_are_given_up(tmp_path: Path) -> None:
    hangs = script(tmp_path / "hangs", "time.sleep(60)")
    media = Media(hangs, None, Limits(time_limit=0.3))
    with pytest.raises(TooSlow):
        async with media.windows(await media.inspect(VOICE_NOTE)) as windows:
            await anext(aiter(windows))
    assert nothing_runs()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can limit a process that runs")
async def test_a_conversion_that_eats_memory_or_time_is_stopped(tmp_path: Path) -> None:
    greedy = script(tmp_path / "greedy", "time.sleep(0.2); kept = bytearray(2 << 30)")
    with pytest.raises(Unreadable):
        await Media(greedy).prepare(VOICE_NOTE, MP3_ONLY, tmp_path)
    busy = script(tmp_path / "busy", "while True: pass")
    with pytest.raises(TooSlow):
        await Media(busy, None, Limits(time_limit=1)).prepare(VOICE_NOTE, MP3_ONLY, tmp_path)


async def test_a_program_that_complains_without_end_is_read_and_forgotten(tmp_path: Path) -> None:
    noisy = script(tmp_path / "noisy", "sys.stderr.write('x' * 5_000_000); sys.exit(1)")
    with pytest.raises(Unreadable):
        await Media(noisy).prepare(VOICE_NOTE, MP3_ONLY, tmp_path)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no disk that is always full")
async def test_a_full_disk_is_the_operators_business(media: Media, corpus: Corpus, tmp_path: Path) -> None:
    audio = await media.inspect(corpus.make("whole.wav"))
    bounds = Bounds(60, 60, 1024**3, reads=audio.path, writes=Path("/dev/full"))
    mp3 = Conversion("mp3", "mp3", 32_000)
    with pytest.raises(DiskFull):
        await run(EXE, [*reading(audio, bounds), *writing(mp3, Path("/dev/full"), 1_000_000)], bounds)


@pytest.mark.parametrize("codec", ["tta", "wavpack", "dca"])
async def test_a_decoder_that_no_recording_needs_is_not_used(tmp_path: Path, codec: str) -> None:
    """Whatever a header claimed: the last one to look is ffmpeg itself."""
    path, bounds = tmp_path / "odd.mkv", Bounds(60, 60, 1024**3, tmp_path / "odd.mkv", tmp_path / "made.mp3")
    ffmpeg(EXE, "-i", VOICE_NOTE, "-ac", "2", "-c:a", codec, "-strict", "-2", path)
    claimed = Audio(path, "matroska", codec, 16.14, 48_000, 2, path.stat().st_size)
    mp3 = Conversion("mp3", "mp3", 32_000)
    with pytest.raises(Unreadable):
        await run(EXE, [*reading(claimed, bounds), *writing(mp3, tmp_path / "made.mp3", 1_000_000)], bounds)


async def test_ffmpeg_sees_none_of_our_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROVIDER_KEY", "secret")
    seen = tmp_path / "seen"
    curious = script(
        tmp_path / "curious",
        f"import json; json.dump([list(os.environ), os.listdir(), os.getcwd()], open({str(seen)!r}, 'w'))",
    )
    with pytest.raises(Unreadable):
        await Media(curious).prepare(VOICE_NOTE, MP3_ONLY, tmp_path)
    names, files, place = json.loads(seen.read_text())
    assert set(names) <= {"LC_CTYPE"}  # Python sets this one for itself
    assert files == []
    assert place != str(Path.cwd())
    assert not Path(place).exists()  # it is swept away afterwards


async def test_one_conversion_at_a_time_where_there_is_one_processor(
    media: Media, corpus: Corpus, tmp_path: Path
) -> None:
    path, most = corpus.make("whole.wav"), 0

    async def watch() -> None:
        nonlocal most
        while True:
            most = max(most, len(running()))
            await asyncio.sleep(0.002)

    watching = asyncio.create_task(watch())
    await asyncio.gather(*(media.prepare(path, MP3_ONLY, tmp_path / str(turn)) for turn in range(4)))
    watching.cancel()
    assert most == 1


async def test_an_ffmpeg_that_ends_well_and_made_nothing_is_not_believed(tmp_path: Path) -> None:
    idle = script(tmp_path / "idle", "sys.exit(0)")
    media = Media(idle)
    with pytest.raises(Unreadable):
        await media.prepare(VOICE_NOTE, MP3_ONLY, tmp_path)
    with pytest.raises(Truncated):
        async with media.windows(await media.inspect(VOICE_NOTE)) as windows:
            assert [window async for window in windows] == []


async def test_an_ffmpeg_that_lost_some_is_noticed(corpus: Corpus, tmp_path: Path) -> None:
    """It hands over a shorter file, with every sign of success."""
    short = tmp_path / "short.mp3"
    ffmpeg(EXE, "-t", "10", "-i", corpus.make("whole.mp3"), "-c", "copy", short)
    lossy = script(
        tmp_path / "lossy", f"import shutil; shutil.copy({str(short)!r}, sys.argv[-1].removeprefix('file:'))"
    )
    with pytest.raises(Truncated):
        await Media(lossy).prepare(VOICE_NOTE, MP3_ONLY, tmp_path / "spool")
    assert left_in(tmp_path / "spool") == []


async def test_any_name_will_do(media: Media, corpus: Corpus, tmp_path: Path) -> None:
    """A name with every character that a shell or ffmpeg might take for something else."""
    path = tmp_path / "a %03d 'b' [c];*?#ü.wav"
    path.write_bytes(corpus.make("whole.wav").read_bytes())
    audio = await media.prepare(path, MP3_ONLY, tmp_path)
    assert audio.seconds == pytest.approx(VOICE_NOTE_SECONDS, abs=0.2)


async def test_an_ffmpeg_that_went_away_is_the_operators_business(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="could not be started"):
        await Media(tmp_path / "gone").prepare(VOICE_NOTE, MP3_ONLY, tmp_path)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_disk_without_room_is_told_as_what_it_is(number: int) -> None:
    with pytest.raises(DiskFull), map_disk_full():
        raise OSError(number, "No space left on device")


def test_another_fault_of_the_disk_stays_what_it_is() -> None:
    with pytest.raises(OSError, match="Input/output"), map_disk_full():
        raise OSError(errno.EIO, "Input/output error")


def test_an_ffmpeg_that_is_not_there_is_a_matter_of_settings(tmp_path: Path) -> None:
    with pytest.raises(BadSettings):
        find_ffmpeg(str(tmp_path / "no-such-ffmpeg"))


def test_the_bundled_ffmpeg_is_found_without_a_word(capfd: pytest.CaptureFixture[str]) -> None:
    assert find_ffmpeg(None).is_file()
    assert find_ffmpeg(str(EXE)) == EXE
    assert capfd.readouterr() == ("", "")


def test_pydub_is_imported_without_a_warning() -> None:
    """In a fresh interpreter, where every warning is an error."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", "import bot.media.pcm"], check=False, capture_output=True
    )
    assert (done.returncode, done.stderr) == (0, b"")
