"""Accuracy and cost of the embedded engine on real speech, with diarization and without.

`make bench PARTS=speech` prints the table (half an hour, most of it for the hours of speech). Each cost is taken
in a fresh process that has had one voice note before, as a running service has. Memory is the peak of all that process
holds, its models and its decoder too.
"""

import asyncio
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psutil

from bot.domain.note import Options, Reached
from bot.domain.transcript import Transcript
from bot.media.ffmpeg import find_ffmpeg
from bot.media.pcm import chunks, samples
from bot.media.prepare import Limits, Media
from bot.providers.embedded.speakers.diarizer import Diarizer
from bot.providers.embedded.transcriber import CHUNK_SECONDS, LocalTranscriber, open_embedder
from bot.providers.embedded.weights import ModelFolders
from tests.bench.table import Row
from tests.helpers.corpus import VOICE_NOTE, ffmpeg
from tests.helpers.diarization import diarization_error_rate, spoken, turns_of, word_speaker_errors
from tests.helpers.paths import SAMPLES
from tests.helpers.speech import reference, word_error_rate

_EXE = find_ffmpeg(None)
_SAMPLING = 0.1
_MODEL = "whisper-base"
_WORD_ERRORS = {"voice-note.ogg": 0.05, "conversation.ogg": 0.05, "spanish.ogg": 0.08, "russian.ogg": 0.06}
_LENGTHS = {"1 min": 60, "1 h": 3600}
_PLAIN, _TOLD, _VOICES = "words alone", "words and speakers", "speakers alone"


@dataclass(frozen=True)
class Cost:
    """The cost of one recording: seconds by the wall clock and of processors, and bytes at the peak."""

    wall: float
    processors: float
    memory: int


async def _nobody(_reached: Reached) -> None:
    """Nobody looks at the progress."""


# The work, done in a fresh process


async def _work(source: Path, folder: Path, what: str) -> None:
    """The child's side: say that it is ready, wait for a line, work, say what it took."""
    media = Media(_EXE, None, Limits())
    async with LocalTranscriber("base", ModelFolders(folder), listen=media.windows) as local:
        work = partial(_compare, media) if what == _VOICES else partial(_transcribe, local, media, what == _TOLD)
        await work(VOICE_NOTE)
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        wall, processors = time.perf_counter(), time.process_time()
        await work(source)
        print(json.dumps([time.perf_counter() - wall, time.process_time() - processors]), flush=True)


async def _transcribe(local: LocalTranscriber, media: Media, speakers: bool, source: Path) -> None:
    await local.submit(await media.inspect(source), Options(_MODEL, speakers=speakers), _nobody)


async def _compare(media: Media, source: Path) -> None:
    """Only what speakers cost: their voices are listened to and compared, and no word is recognised."""
    voices = Diarizer(open_embedder(""))
    async with media.windows(await media.inspect(source)) as windows:
        async for chunk in chunks(windows, CHUNK_SECONDS):
            for _ in voices.add_chunk(samples(chunk.sound), chunk.start):
                pass
    assert len({turn.voice for turn in voices.turns(None, lambda: None)}) in (1, 2)


# The measuring, from outside


def cost(source: Path, folder: Path, what: str) -> Cost:
    """Do it in a fresh process."""
    command = [sys.executable, "-m", "tests.bench.speech", str(source), str(folder), what]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        while process.stdout.readline() != "ready\n":
            assert process.poll() is None
        with _watched(process.pid) as peak:
            process.stdin.write("go\n")
            process.stdin.flush()
            while not (line := process.stdout.readline()).startswith("["):
                assert process.poll() is None
    assert process.returncode == 0
    wall, processors = json.loads(line)
    return Cost(wall, processors, max(peak))


def peak_memory(source: Path, folder: Path) -> int:
    """Return the most bytes that a fresh process holds which has this recording's text recognised."""
    return cost(source, folder, _PLAIN).memory


@contextmanager
def _watched(pid: int) -> Iterator[list[int]]:
    """The resident sizes of a process and its children, summed; seldom enough to cost next to nothing."""
    family, sizes, stop = psutil.Process(pid), [0], threading.Event()

    def look() -> None:
        while not stop.wait(_SAMPLING):
            try:
                sizes.append(sum(one.memory_info().rss for one in (family, *family.children(recursive=True))))
            except psutil.Error:
                continue  # one of them ended while it was looked at

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield sizes
    finally:
        stop.set()
        thread.join()


# The rows


def measure() -> Iterator[Row]:
    """Every row, as soon as it is known."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with asyncio.Runner() as runner:
            rows = quality(folder)
            while (row := runner.run(_next(rows))) is not None:
                yield row
        for length, seconds in _LENGTHS.items():
            yield from costs(length, joined(folder, seconds), folder, seconds)


async def _next(rows: AsyncIterator[Row]) -> Row | None:
    return await anext(rows, None)


async def quality(folder: Path) -> AsyncIterator[Row]:
    """Errors on the samples, through the decoder and the engine, with speakers told apart."""
    media = Media(_EXE, None, Limits())
    async with LocalTranscriber("base", ModelFolders(folder), listen=media.windows) as local:
        for name, most in _WORD_ERRORS.items():
            audio = await media.inspect(SAMPLES / name)
            transcript = await local.submit(audio, Options(_MODEL, speakers=True), _nobody)
            for row in _errors(name, most, transcript):
                yield row


def _errors(name: str, most: float, transcript: Transcript) -> Iterator[Row]:
    true = spoken(reference(name)["segments"])
    words = word_error_rate(reference(name)["text"], transcript.text)
    speakers = word_speaker_errors(true, transcript.words)
    yield f"{name}: word error rate", f"{words:.1%}", f"<= {most:.0%}"
    yield f"{name}: words of the wrong speaker", f"{speakers:.1%}", "<= 3%"
    yield f"{name}: diarization error rate", f"{diarization_error_rate(true, turns_of(transcript)):.1%}", "<= 8%"


def costs(length: str, source: Path, folder: Path, seconds: float) -> Iterator[Row]:
    """The same recording without and with speakers. What they alone cost is the best of three, in processor time."""
    plain, told = (cost(source, folder, what) for what in (_PLAIN, _TOLD))
    alone = min(cost(source, folder, _VOICES).processors for _ in range(3))
    for what, one in ((_PLAIN, plain), (_TOLD, told)):
        yield f"{length}: {what}", f"RTF {one.wall / seconds:.3f}, {one.memory / 1e6:.0f} MB", ""
    yield f"{length}: speakers alone, processors / length", f"{alone / seconds:.3f}", "<= 0.08"
    yield f"{length}: with speakers / without, memory", f"{told.memory / plain.memory:.2f}", "<= 1.2"


def joined(folder: Path, seconds: float) -> Path:
    """The conversation, again and again."""
    path = folder / f"conversation-{seconds:.0f}.ogg"
    ffmpeg(*(_EXE, "-stream_loop", "-1", "-i", SAMPLES / "conversation.ogg"), *("-t", str(seconds), "-c", "copy", path))
    return path


if __name__ == "__main__":
    asyncio.run(_work(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]))
