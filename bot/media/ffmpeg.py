"""Running ffmpeg on what strangers send.

Every run is told which demuxer to use and that it may open nothing but the one file; it works in an empty folder with
an empty environment, against limits of memory, processor time and wall clock, and its process group is killed
whatever happens. What a run of ffmpeg claims (exit code 0) is not proof: callers compare lengths.
"""

import asyncio
import errno
import os
import shutil
import signal
import sys
import tempfile
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bot.domain.audio import Audio
from bot.domain.errors import BadSettings, DiskFull, OperatorError, TooSlow, Unreadable
from bot.media.conversion import Conversion

_DEMUXERS = {"mp4": "mov"}  # where ffmpeg's name is not ours
# A recording that was cut off within its last frame, or has a tag behind its sound, is no reason to refuse the rest;
# what is missing shows in the length. Elsewhere the first error ends the run.
_FRAMES_STAND_ALONE = ("mp3", "aac", "amr", "mpegts", "wav", "caf", "aiff")
_LARGEST_BLOCK = 256 * 1024 * 1024
_READ_AHEAD = 256 * 1024
"""Of a pipe, in bytes; asyncio holds twice that. It keeps ffmpeg at work while somebody looks at a window."""
_MOST_STDERR = 16 * 1024
_NO_SPACE = (b"No space left on device", b"Disk quota exceeded")
_OUT_OF_TIME = {-int(getattr(signal, name, 0)) for name in ("SIGXCPU", "SIGKILL")} - {0}


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one run may use."""

    seconds: float
    """Length of the sound that it may write."""
    patience: float
    """Wall-clock seconds, and the processor seconds too."""
    memory: int
    """Bytes of address space."""


def find_ffmpeg(setting: str | None) -> Path:
    """The ffmpeg to use: the operator's, or the one that came with the package. Raises BadSettings where none is."""
    if setting:
        found = shutil.which(setting)
        if not found:
            raise BadSettings(reason=f"there is no ffmpeg at {setting}")
        return Path(found).absolute()
    import imageio_ffmpeg  # only where it is needed: an operator's own ffmpeg may stand in for the package

    try:
        found = shutil.which(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError:
        found = None
    if not found:
        raise BadSettings(reason="there is no ffmpeg; install one and set its path")
    return Path(found).absolute()


def reading(audio: Audio, bounds: Bounds) -> list[str]:
    """The arguments that open one file, guarded, and take its first sound track as 16 kHz mono."""
    demuxer = _DEMUXERS.get(audio.container, audio.container)
    return [
        *("-v", "error", "-nostdin", "-hide_banner", "-y", "-filter_threads", "1"),
        *(() if audio.container in _FRAMES_STAND_ALONE else ("-xerror",)),
        *("-max_alloc", str(_LARGEST_BLOCK), "-protocol_whitelist", "file", "-format_whitelist", demuxer),
        *("-threads", "1", "-f", demuxer, "-i", f"file:{audio.path.absolute()}"),
        *("-map", "0:a:0", "-vn", "-sn", "-dn", "-map_metadata", "-1", "-map_chapters", "-1"),
        *("-ac", "1", "-ar", "16000", "-t", f"{bounds.seconds:.3f}"),
    ]


def writing(conversion: Conversion, target: Path, most_bytes: int) -> list[str]:
    """The arguments that write the converted file."""
    encoders = {"mp3": ("libmp3lame", "-compression_level", "9"), "opus": ("libopus",)}
    return [
        *("-c:a", *encoders[conversion.codec], "-b:a", str(conversion.bitrate), "-threads", "1"),
        *("-fs", str(most_bytes), "-f", conversion.container, f"file:{target.absolute()}"),
    ]


async def run(ffmpeg: Path, arguments: Sequence[str], bounds: Bounds) -> None:
    """Run ffmpeg to its end. Raises Unreadable, DiskFull, TooSlow."""
    try:
        async with asyncio.timeout(bounds.patience), started(ffmpeg, arguments, bounds) as (process, complaints):
            await finished(process, complaints)
    except TimeoutError as error:
        raise TooSlow from error


async def finished(process: Process, complaints: "Complaints") -> None:
    """Wait for the end. Raises DiskFull, TooSlow or Unreadable when it was not a good one."""
    code = await process.wait()
    said = await complaints.read()
    if any(sentence in said for sentence in _NO_SPACE):
        raise DiskFull
    if code in _OUT_OF_TIME:
        raise TooSlow
    if code != 0:
        raise Unreadable


class Complaints:
    """What ffmpeg writes to stderr: read all the time so that it cannot block, but only the last of it is kept."""

    def __init__(self, stream: asyncio.StreamReader) -> None:
        self._stream = stream
        self._kept = b""
        self._task = asyncio.create_task(self._collect())

    async def _collect(self) -> None:
        while part := await self._stream.read(4096):
            self._kept = (self._kept + part)[-_MOST_STDERR:]

    async def read(self) -> bytes:
        """Everything that was kept, once the process has closed its end."""
        await self._task
        return self._kept

    async def close(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


@contextmanager
def map_disk_full() -> Iterator[None]:
    """Turn the system's error into ours."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull from error
        raise


@asynccontextmanager
async def started(
    ffmpeg: Path, arguments: Sequence[str], bounds: Bounds, *, piped: bool = False
) -> AsyncIterator[tuple[Process, Complaints]]:
    """A running ffmpeg; on the way out it, and whatever it started, is gone. Raises OperatorError, DiskFull."""
    with map_disk_full():
        empty = tempfile.mkdtemp(prefix="earmark-")
    try:
        process = await _start(ffmpeg, arguments, Path(empty), piped=piped)
        assert process.stderr
        _limit(process.pid, bounds)
        complaints = Complaints(process.stderr)
        try:
            yield process, complaints
        finally:
            await _end(process)
            await complaints.close()
    finally:
        shutil.rmtree(empty, ignore_errors=True)


async def _start(ffmpeg: Path, arguments: Sequence[str], folder: Path, *, piped: bool) -> Process:
    try:
        return await asyncio.create_subprocess_exec(
            ffmpeg,
            *arguments,
            stdin=DEVNULL,
            stdout=PIPE if piped else DEVNULL,
            stderr=PIPE,
            cwd=folder,
            env=_environment(),
            limit=_READ_AHEAD,
            start_new_session=True,  # a group of its own, so that it can be killed as one
        )
    except OSError as error:
        raise OperatorError(reason=f"ffmpeg could not be started ({error.strerror})") from error


def _environment() -> dict[str, str]:
    """Nothing of ours; Windows starts no program without SYSTEMROOT."""
    return {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}


def _limit(pid: int, bounds: Bounds) -> None:
    """Limit a process that has just started.

    Not by preexec_fn: that runs Python between fork and exec, which may deadlock in a program with threads, and it
    forces the slow fork. Not by a shell's ulimit: a bare container has no shell. In the instant before this the
    process is still being loaded, and -max_alloc is on its command line already. Only Linux can do it; elsewhere
    -max_alloc and the wall clock remain.
    """
    if sys.platform != "linux":
        return
    import resource

    seconds = max(1, int(bounds.patience))
    with suppress(ProcessLookupError):  # it may be through already
        resource.prlimit(pid, resource.RLIMIT_AS, (bounds.memory, bounds.memory))
        resource.prlimit(pid, resource.RLIMIT_CPU, (seconds, seconds + 1))
        resource.prlimit(pid, resource.RLIMIT_CORE, (0, 0))


async def _end(process: Process) -> None:
    """Kill the process group if it still runs, and wait for it even when cancelled again meanwhile."""
    if process.returncode is None:
        with suppress(ProcessLookupError, PermissionError):
            _kill(process)
    if process.stdout:
        await _drain(process.stdout)
    await asyncio.shield(process.wait())


def _kill(process: Process) -> None:
    if sys.platform == "win32":
        process.kill()
    else:
        os.killpg(process.pid, signal.SIGKILL)


async def _drain(stream: asyncio.StreamReader) -> None:
    """Let the pipe reach its end, or asyncio waits for it for ever (what is left is less than its buffer)."""
    while await stream.read(1 << 16):
        pass
