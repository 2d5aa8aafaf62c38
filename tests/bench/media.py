"""The cost of sound here, against one bare ffmpeg doing the same, and against pydub used as its manual says.

`make bench PARTS=media` prints the table. Each figure is taken in a fresh process that has had one voice note
before, as a running service has. Memory is the peak of the resident sizes of that process and all that it starts, less
what it held before the work began; the service is there anyway, and the bare ffmpeg's own size counts in full.
"""

import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psutil

from bot.domain.audio import Accepts
from bot.media.ffmpeg import find_ffmpeg
from bot.media.prepare import Limits, Media
from tests.bench.table import Row
from tests.helpers.corpus import VOICE_NOTE, ffmpeg

_EXE = find_ffmpeg(None)
_ENCODER = ("-c:a", "libmp3lame", "-compression_level", "9", "-b:a", "32000", "-f", "mp3")
_ONE_VOICE = ("-ac", "1", "-ar", "16000")
_SAMPLING = 0.005


@dataclass(frozen=True)
class Cost:
    """The cost of one run: seconds by the wall clock, and bytes at the peak."""

    wall: float
    memory: int


# The work, done in a fresh process


async def prepare(source: Path, folder: Path) -> None:
    """The service's way: one guarded ffmpeg, file to file, and a look at what came out. Half the size forces it."""
    accepts = Accepts(frozenset({"mp3"}), source.stat().st_size // 2, video=False)
    made = await _media().prepare(source, accepts, folder)
    assert made.path != source


async def through_windows(source: Path, folder: Path) -> None:
    """Decoded once, looked at in windows of 10 s, and written by one encoder, which so gets to work sooner."""
    media = _media()
    encoder = await asyncio.create_subprocess_exec(
        *(_EXE, "-v", "error", "-y", "-f", "s16le", *("-ar", "16000", "-ac", "1"), "-i", "pipe:0"),
        *(*_ENCODER, folder / "windows.mp3"),
        stdin=asyncio.subprocess.PIPE,
    )
    assert encoder.stdin
    async with media.windows(await media.inspect(source), 10) as windows:
        async for window in windows:
            assert window.sound.max_dBFS > -90
            assert window.sound.rms >= 0
            encoder.stdin.write(window.sound.raw_data)
            await encoder.stdin.drain()
    encoder.stdin.close()
    assert await encoder.wait() == 0


async def pass_through(source: Path, folder: Path) -> None:
    """A voice note that the provider takes as it is."""
    made = await _media().prepare(source, Accepts(frozenset({"ogg"})), folder)
    assert made.path == source


async def naive(source: Path, folder: Path) -> None:
    """pydub as its manual says. It asks ffprobe first, which the bundled ffmpeg lacks: here it gets no answer for free,
    which spares it a process of its own. So pydub is measured at its best."""
    from pydub import AudioSegment, audio_segment

    AudioSegment.converter = str(_EXE)
    audio_segment.mediainfo_json = lambda *_args, **_more: {}
    sound = AudioSegment.from_file(source, format="ogg")
    sound.set_channels(1).set_frame_rate(16_000).export(folder / "naive.mp3", format="mp3", bitrate="32k")


def _media() -> Media:
    return Media(_EXE, None, Limits())


_WORK: dict[str, Callable[[Path, Path], Awaitable[None]]] = {
    work.__name__: work for work in (prepare, through_windows, pass_through, naive)
}


async def _work(name: str, source: Path, folder: Path, turns: int) -> None:
    """The child's side: say that it is ready, wait for a line, work, say how long one turn took."""
    if name != "naive":
        await prepare(VOICE_NOTE, folder)
        await through_windows(VOICE_NOTE, folder)
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    walls = []
    for _ in range(turns):
        started = time.perf_counter()
        await _WORK[name](source, folder)
        walls.append(time.perf_counter() - started)
    print(json.dumps(statistics.median(walls)), flush=True)


# The measuring, from outside


def ours(name: str, source: Path, folder: Path, *, turns: int = 1, watched: bool = False) -> Cost:
    """Run a piece of work in a fresh process. With many turns the wall time is the median of one."""
    command = [sys.executable, "-m", "tests.bench.media", name, str(source), str(folder), str(turns)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        process.stdout.readline()
        idle = psutil.Process(process.pid).memory_info().rss
        with Sampler(process.pid, watched=watched) as sampler:
            process.stdin.write("go\n")
            process.stdin.flush()
            wall = float(process.stdout.readline())
    assert process.returncode == 0
    return Cost(wall, sampler.peak - idle)


def bare(source: Path, folder: Path, *, watched: bool = False) -> Cost:
    """One ffmpeg, file to file, with the same encoder."""
    started = time.perf_counter()
    plain = (_EXE, "-v", "error", "-nostdin", "-y", "-i", source, "-vn", *_ONE_VOICE, *_ENCODER, folder / "bare.mp3")
    with subprocess.Popen([str(word) for word in plain]) as process, Sampler(process.pid, watched=watched) as sampler:
        assert process.wait() == 0
        wall = time.perf_counter() - started
    return Cost(wall, sampler.peak)


class Sampler:
    """Watches the resident size of a process and its children, summed. That takes much of a processor, so wall times
    are taken unwatched."""

    def __init__(self, pid: int, *, watched: bool) -> None:
        self._watched = watched
        self._process = psutil.Process(pid)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self.peak = 0

    def _watch(self) -> None:
        while not self._stop.wait(_SAMPLING):
            try:
                # A child that has not become ffmpeg yet shares our own memory: it would be counted twice.
                children = [one for one in self._process.children(recursive=True) if "ffmpeg" in one.name()]
                family = [self._process, *children]
                self.peak = max(self.peak, sum(one.memory_info().rss for one in family))
            except psutil.Error:
                continue  # one of them ended while it was looked at

    def __enter__(self) -> "Sampler":
        if self._watched:
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._watched:
            self._stop.set()
            self._thread.join()


# The rows


def measure() -> Iterator[Row]:
    """Every row, as soon as it is known."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        yield from voice_note(folder)
        short = make(folder, ".mp3")
        yield from ten_minutes(short, folder)
        yield from ten_minutes(make(folder, ".mp4"), folder)
        yield from three_hours(short, folder)


def voice_note(folder: Path) -> Iterator[Row]:
    """Pass-through of a 10 s voice note against naive pydub; both warm, in one process each."""
    note = folder / "note.ogg"
    ffmpeg(_EXE, "-i", VOICE_NOTE, "-t", "10", "-c", "copy", note)
    through = ours("pass_through", note, folder, turns=200).wall
    converted = ours("naive", note, folder, turns=15).wall
    yield "10 s voice note: pass-through", f"{through * 1000:.2f} ms", ""
    yield "10 s voice note: naive pydub", f"{converted * 1000:.1f} ms", ""
    yield "10 s voice note: pass-through / naive pydub", f"{through / converted:.4f}", "<= 0.02"


def ten_minutes(source: Path, folder: Path, turns: int = 5) -> Iterator[Row]:
    """Ten minutes against one bare ffmpeg. The runs take turns, so that a busy moment hits all of them."""
    ways = (bare, partial(ours, "prepare"), partial(ours, "through_windows"))
    reruns = [[way(source, folder) for way in ways] for _ in range(turns)]
    looks = [[way(source, folder, watched=True) for way in ways] for _ in range(3)]
    walls = [statistics.median(run[place].wall for run in reruns) for place in range(3)]
    memories = [statistics.median(look[place].memory for look in looks) for place in range(3)]
    kind = f"10 min stereo {source.suffix.removeprefix('.')}"
    yield f"{kind}: bare ffmpeg", f"{walls[0]:.2f} s, {memories[0] / 1e6:.0f} MB", ""
    yield f"{kind}: normalise / bare, wall", f"{walls[1] / walls[0]:.2f}", "<= 1.15"
    yield f"{kind}: normalise / bare, memory", f"{memories[1] / memories[0]:.2f}", "<= 1.3"
    yield f"{kind}: windows / bare, wall", f"{walls[2] / walls[0]:.2f}", "<= 1.35"
    yield f"{kind}: windows / bare, memory", f"{memories[2] / memories[0]:.2f}", "<= 2.0"


def three_hours(short: Path, folder: Path) -> Iterator[Row]:
    """Measure if memory grows with length."""
    long = folder / "three-hours.mp3"
    ffmpeg(_EXE, "-stream_loop", "17", "-i", short, "-c", "copy", long)
    for name in ("prepare", "through_windows"):
        usual = statistics.median(ours(name, short, folder, watched=True).memory for _ in range(3))
        ratio = ours(name, long, folder, watched=True).memory / usual
        yield f"3 h / 10 min: {name}, memory", f"{ratio:.2f}", "<= 1.2"


def make(folder: Path, suffix: str) -> Path:
    """Ten minutes in stereo; in an MP4 with pictures."""
    path = folder / f"stereo{suffix}"
    pictures = ("-f", "lavfi", "-i", "testsrc2=s=320x240:r=10:d=600", "-map", "0:a", "-map", "1:v")
    ffmpeg(
        *(_EXE, "-stream_loop", "-1", "-i", VOICE_NOTE, *(pictures if suffix == ".mp4" else ())),
        *("-t", "600", "-ac", "2", "-ar", "44100", "-preset", "ultrafast", path),
    )
    return path


if __name__ == "__main__":
    asyncio.run(_work(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4])))
