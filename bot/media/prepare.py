"""Preparation of a recording: probe it, pass it through or convert it, and stream its audio in windows."""

import asyncio
import math
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

from bot.domain.audio import EVEN, Accepts, Audio, Mix
from bot.domain.errors import NotFound, TooLong, TooSlow, Truncated, Unreadable
from bot.media.ffmpeg import (
    Bounds,
    Complaints,
    Conversion,
    PassThrough,
    expected_bytes,
    finished,
    map_disk_full,
    plan,
    reading,
    run,
    started,
    writing,
)
from bot.media.formats import is_short_of
from bot.media.pcm import RATE, SAMPLE_BYTES, Window, from_pcm, has_speech
from bot.media.probe import probe

_ROUNDING = 0.5
"""Seconds by which decoding may differ from the measured length of an honest file."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of recordings, and of the resources for one file."""

    seconds: float = 4 * 3600.0
    """The longest recording."""
    bytes: int = 2 * 1024**3
    """The largest file."""
    time_limit: float = 900.0
    """Wall-clock seconds for one conversion, and for one window to arrive."""
    memory: int = 1024**3
    """Bytes of address space for one conversion."""


class Media:
    """Work on uploaded files. `cpu` limits concurrent conversions."""

    def __init__(self, ffmpeg: Path, cpu: asyncio.Semaphore | None = None, limits: Limits | None = None) -> None:
        self._ffmpeg = ffmpeg
        self._cpu = cpu
        self._limits = limits or Limits()

    async def inspect(self, path: Path) -> Audio:
        """Probe a file. Raises TooLong, TooLarge and the other kinds of BadMedia; NotFound."""
        audio = await probe(path, longest=self._limits.seconds, largest=self._limits.bytes)
        self._refuse_too_long(audio.seconds)
        return audio

    async def prepare(self, path: Path, accepts: Accepts, folder: Path) -> Audio:
        """Return the file in a form that the provider takes: itself if possible, else a new file in `folder`.

        The result may exceed `accepts.bytes` if no smaller form is good enough. Safe to run twice. Raises BadMedia,
        DiskFull.
        """
        audio = await self.inspect(path)
        match plan(audio, accepts):
            case PassThrough():
                return audio
            case Conversion() as conversion:
                return await self._convert(audio, conversion, folder / f"sound.{conversion.container}")

    async def _convert(self, audio: Audio, conversion: Conversion, target: Path) -> Audio:
        """Convert under a temporary name and rename at the end, so a crash leaves no partial file."""
        # A new name each time: a decoder that survived a killed service may still write to the last one, unseen.
        for left in target.parent.glob(f"{target.name}.*.part"):
            left.unlink(missing_ok=True)
        unfinished = target.with_name(f"{target.name}.{uuid4().hex}.part")
        try:
            await self._write(audio, conversion, unfinished)
            made = await self._check(unfinished, audio)
            with map_disk_full():
                unfinished.replace(target)
            return replace(made, path=target)
        finally:
            unfinished.unlink(missing_ok=True)

    async def _check(self, made: Path, source: Audio) -> Audio:
        """Check the converted length: ffmpeg exits with success on files that it could not read to the end."""
        try:
            audio = await probe(made)
        except (Unreadable, Truncated, NotFound) as error:
            raise Unreadable from error  # empty output
        if is_short_of(audio.seconds, source.seconds):
            raise Truncated
        self._refuse_too_long(audio.seconds - _ROUNDING)
        return audio

    async def _write(self, audio: Audio, conversion: Conversion, target: Path) -> None:
        most_bytes = 2 * expected_bytes(conversion, self._limits.seconds)
        bounds = self._bounds(audio, target)
        arguments = [*reading(audio, bounds), *writing(conversion, target, most_bytes)]
        with map_disk_full():
            target.parent.mkdir(parents=True, exist_ok=True)
        async with self._cpu or nullcontext():
            await run(self._ffmpeg, arguments, bounds)

    @asynccontextmanager
    async def windows(
        self, audio: Audio, seconds: float = 30.0, mix: Mix = EVEN
    ) -> AsyncIterator[AsyncIterator[Window]]:
        """Yield the audio of a file, `seconds` at a time (the last window shorter), decoded once during reading.

        `async with media.windows(audio) as windows: async for window in windows: ...`; leaving the block early ends the
        decoder. About one window is in memory. Iterating raises BadMedia; Truncated comes at the end. No place of `cpu`
        is held: the reader sets the pace, and may wait for such a place itself.
        """
        # Unflushed: else ffmpeg writes each frame by itself, and wakes this process forty times per second of audio.
        bounds = self._bounds(audio)
        arguments = [*reading(audio, bounds, mix), "-c:a", "pcm_s16le", "-flush_packets", "0", "-f", "s16le", "pipe:1"]
        async with (
            started(self._ffmpeg, arguments, bounds, piped=True) as (process, complaints),
            aclosing(self._cut(process, complaints, audio, seconds, len(mix) or 1)) as windows,
        ):
            yield windows

    async def has_speech(self, audio: Audio) -> bool:
        """Return True at the first speech. Raises BadMedia."""
        async with self._cpu or nullcontext(), self.windows(audio) as windows:
            return await has_speech(windows)

    async def _cut(
        self, process: asyncio.subprocess.Process, complaints: Complaints, audio: Audio, seconds: float, channels: int
    ) -> AsyncGenerator[Window]:
        assert process.stdout
        frame = channels * SAMPLE_BYTES
        size = max(1, int(seconds * RATE)) * frame
        done = 0
        while data := await self._read(process.stdout, size, frame):
            window, done = Window(done / RATE, from_pcm(data, channels)), done + len(data) // frame
            del data  # the next window is read while the reader still has this one: not three of them
            yield window
            del window
            self._refuse_too_long(done / RATE - _ROUNDING)
        await finished(process, complaints)
        if is_short_of(done / RATE, audio.seconds):
            raise Truncated

    async def _read(self, stream: asyncio.StreamReader, size: int, frame: int) -> bytes:
        """Return up to `size` bytes, fewer only at the end, and whole frames (a sample of each channel)."""
        try:
            async with asyncio.timeout(self._limits.time_limit):
                return await stream.readexactly(size)
        except asyncio.IncompleteReadError as error:
            return error.partial[: len(error.partial) // frame * frame]
        except TimeoutError as error:
            raise TooSlow from error

    def _bounds(self, audio: Audio, target: Path | None = None) -> Bounds:
        # More than allowed, so that a file over the limit differs from one at the limit.
        seconds = self._limits.seconds + 2 * _ROUNDING
        return Bounds(seconds, self._limits.time_limit, self._limits.memory, reads=audio.path, writes=target)

    def _refuse_too_long(self, seconds: float) -> None:
        if seconds > self._limits.seconds:
            raise TooLong(limit_minutes=math.floor(self._limits.seconds / 6) / 10)
