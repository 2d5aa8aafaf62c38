"""The choice of a conversion, and guarded runs of ffmpeg on uploaded files.

Each run names its demuxer and its decoders, and may open only the one file. It works in an empty folder with an empty
environment, under limits of memory, CPU time and wall clock; on Linux it gives up all other rights first
(bot/media/confined.py). Its process group is always killed at the end. Exit code 0 is no proof: callers compare
lengths.
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

from bot.domain.audio import EVEN, Accepts, Audio, Mix
from bot.domain.errors import BadSettings, DiskFull, OperatorError, TooSlow, Unreadable
from bot.media.formats.codecs import DECODERS


@dataclass(frozen=True, slots=True)
class PassThrough:
    """Hand over the file unchanged: over a thousand times cheaper than any conversion, and lossless."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """Make a new file: 16 kHz, mono, audio only."""

    container: str
    """mp3 or ogg."""
    codec: str
    """mp3 or opus."""
    bitrate: int
    """Bits per second."""
    fits: bool = True
    """False if even this conversion exceeds the provider's limit: the file must go by URL or in chunks."""


Plan = PassThrough | Conversion

# In speech recognition these equal higher bitrates; MP3 takes a third of Opus's CPU time, Opus is smaller.
_CHOICES = (Conversion("mp3", "mp3", 32_000), Conversion("ogg", "opus", 24_000))
_SLACK = 1.03  # variable bitrate and container overhead
_HEADER = 4096  # bytes


def plan(audio: Audio, accepts: Accepts) -> Plan:
    """Choose pass-through if the provider takes the file, else the cheapest conversion within its size limit.

    Raises ValueError if the provider takes neither MP3 nor Ogg.
    """
    if _is_taken(audio, accepts):
        return PassThrough()
    choices = [choice for choice in _CHOICES if accepts.containers is None or choice.container in accepts.containers]
    if not choices:
        raise ValueError("a provider must take mp3 or ogg")
    for choice in choices:
        if accepts.bytes is None or expected_bytes(choice, audio.seconds) <= accepts.bytes:
            return choice
    smallest = choices[-1]
    return Conversion(smallest.container, smallest.codec, smallest.bitrate, fits=False)


def expected_bytes(conversion: Conversion, seconds: float) -> int:
    """Return the largest expected size of the converted file."""
    return int(seconds * conversion.bitrate / 8 * _SLACK) + _HEADER


def _is_taken(audio: Audio, accepts: Accepts) -> bool:
    return (
        (accepts.containers is None or audio.container in accepts.containers)
        and (accepts.bytes is None or audio.bytes <= accepts.bytes)
        and (accepts.video or not audio.has_video)
    )


_DEMUXERS = {"mp4": "mov"}  # demuxers that ffmpeg names differently
# A recording cut off within its last frame, or with a tag behind its audio, is still usable; missing audio shows
# in the length. For other formats the first error ends the run.
_FRAMES_STAND_ALONE = ("mp3", "aac", "amr", "mpegts", "wav", "caf", "aiff")
_LARGEST_BLOCK = 256 * 1024 * 1024
_READ_AHEAD = 256 * 1024
"""Bytes of a pipe's buffer; asyncio holds twice that. Keeps ffmpeg busy while a window is processed."""
_MOST_STDERR = 16 * 1024
_NO_SPACE = (b"No space left on device", b"Disk quota exceeded")
_CONFINED = Path(__file__).with_name("confined.py")
_NOT_STARTED = 126
"""The exit code of confined.py if the program could not be started."""
_MOST_FILES = 64
_OUT_OF_TIME = {-int(getattr(signal, name, 0)) for name in ("SIGXCPU", "SIGKILL")} - {0}


@dataclass(frozen=True, slots=True)
class Bounds:
    """Limits of one run."""

    seconds: float
    """Length of the audio that it may write."""
    time_limit: float
    """Wall-clock seconds, and CPU seconds too."""
    memory: int
    """Bytes of address space."""
    reads: Path | None = None
    """The recording."""
    writes: Path | None = None
    """The file that is made."""


def find_ffmpeg(setting: str | None) -> Path:
    """Return the ffmpeg to use: the operator's, or the included one. Raises BadSettings if there is none."""
    if setting:
        found = shutil.which(setting)
        if not found:
            raise BadSettings(reason=f"there is no ffmpeg at {setting}")
        return Path(found).absolute()
    import imageio_ffmpeg  # imported only here: an operator's own ffmpeg can replace the package

    try:
        found = shutil.which(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError:
        found = None
    if not found:
        raise BadSettings(reason="there is no ffmpeg; install one and set its path")
    return Path(found).absolute()


def reading(audio: Audio, bounds: Bounds, mix: Mix = EVEN) -> list[str]:
    """Return the arguments that open one file, guarded, and read its first audio track, mixed, at 16 kHz."""
    demuxer = _DEMUXERS.get(audio.container, audio.container)
    return [
        *("-v", "error", "-nostdin", "-hide_banner", "-y", "-filter_threads", "1"),
        *(() if audio.container in _FRAMES_STAND_ALONE else ("-xerror",)),
        *("-max_alloc", str(_LARGEST_BLOCK), "-protocol_whitelist", "file", "-format_whitelist", demuxer),
        *("-codec_whitelist", ",".join(DECODERS)),
        *("-threads", "1", "-f", demuxer, "-i", f"file:{audio.path.absolute()}"),
        *("-map", "0:a:0", "-vn", "-sn", "-dn", "-map_metadata", "-1", "-map_chapters", "-1"),
        *_mixing(mix),
        *("-ar", "16000", "-t", f"{bounds.seconds:.3f}"),
    ]


def _mixing(mix: Mix) -> Sequence[str]:
    """Return the arguments that mix the channels. A channel that the file turns out not to have is silent."""
    if mix == EVEN:
        return "-ac", "1"
    outputs = (
        f"c{output}=" + "+".join(f"{share:g}*c{channel}" for channel, share in enumerate(shares) if share)
        for output, shares in enumerate(mix)
    )
    return "-af", "|".join((f"pan={len(mix)}c", *outputs))


def writing(conversion: Conversion, target: Path, most_bytes: int) -> list[str]:
    """Return the arguments that write the converted file."""
    encoders = {"mp3": ("libmp3lame", "-compression_level", "9"), "opus": ("libopus",)}
    return [
        *("-c:a", *encoders[conversion.codec], "-b:a", str(conversion.bitrate), "-threads", "1"),
        *("-fs", str(most_bytes), "-f", conversion.container, f"file:{target.absolute()}"),
    ]


async def run(ffmpeg: Path, arguments: Sequence[str], bounds: Bounds) -> None:
    """Run ffmpeg to its end. Raises Unreadable, DiskFull, TooSlow."""
    try:
        async with asyncio.timeout(bounds.time_limit), started(ffmpeg, arguments, bounds) as (process, complaints):
            await finished(process, complaints)
    except TimeoutError as error:
        raise TooSlow from error


async def finished(process: Process, complaints: "Complaints") -> None:
    """Wait for the end of a run. Raises DiskFull, TooSlow or Unreadable if it failed."""
    code = await process.wait()
    said = await complaints.read()
    if any(sentence in said for sentence in _NO_SPACE):
        raise DiskFull
    if code == _NOT_STARTED:
        raise OperatorError(reason=f"ffmpeg could not be started ({said.decode(errors='replace').strip()})")
    if code in _OUT_OF_TIME:
        raise TooSlow
    if code != 0:
        raise Unreadable


class Complaints:
    """The end of ffmpeg's stderr, which is read all the time so that ffmpeg does not block."""

    def __init__(self, stream: asyncio.StreamReader) -> None:
        self._stream = stream
        self._kept = b""
        self._task = asyncio.create_task(self._collect())

    async def _collect(self) -> None:
        while part := await self._stream.read(4096):
            self._kept = (self._kept + part)[-_MOST_STDERR:]

    async def read(self) -> bytes:
        """Return the kept output, after the process has closed its end."""
        await self._task
        return self._kept

    async def close(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


@contextmanager
def map_disk_full() -> Iterator[None]:
    """Map the system's "disk full" to DiskFull."""
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
    """Yield a running ffmpeg; kill it and its children on exit. Raises OperatorError, DiskFull."""
    with map_disk_full():
        empty = tempfile.mkdtemp(prefix="earmark-")
    try:
        process = await _start(confined(ffmpeg, arguments, bounds), Path(empty), piped=piped)
        assert process.stderr
        complaints = Complaints(process.stderr)
        try:
            yield process, complaints
        finally:
            await _end(process)
            await complaints.close()
    finally:
        shutil.rmtree(empty, ignore_errors=True)


def confined(ffmpeg: Path, arguments: Sequence[str], bounds: Bounds) -> list[str]:
    """Return the command line of a run with no right that it does not need. Only Linux can take them away.

    Not by preexec_fn: it runs Python between fork and exec, which can deadlock with threads, and forces the slow fork.
    Not by a shell's ulimit: a bare container has no shell. The other program costs about 20 ms.
    """
    if sys.platform != "linux":
        return [str(ffmpeg), *arguments]
    rights = [
        f"parent:{os.getpid()}",
        *(f"limit:{name}:{soft}:{hard}" for name, soft, hard in _limits(bounds)),
        *(f"read:{path.absolute()}" for path in (bounds.reads,) if path),
        *(f"write:{path.absolute()}" for path in (bounds.writes,) if path),
    ]
    return [sys.executable, "-I", "-S", str(_CONFINED), *rights, "--", str(ffmpeg), *arguments]


def _limits(bounds: Bounds) -> Iterator[tuple[str, int, int]]:
    seconds = max(1, int(bounds.time_limit))
    yield "RLIMIT_AS", bounds.memory, bounds.memory
    yield "RLIMIT_CPU", seconds, seconds + 1
    yield "RLIMIT_CORE", 0, 0
    yield "RLIMIT_NOFILE", _MOST_FILES, _MOST_FILES
    if bounds.writes is None:
        yield "RLIMIT_FSIZE", 0, 0


async def _start(command: Sequence[str], folder: Path, *, piped: bool) -> Process:
    try:
        return await asyncio.create_subprocess_exec(
            *command,
            stdin=DEVNULL,
            stdout=PIPE if piped else DEVNULL,
            stderr=PIPE,
            cwd=folder,
            env=_environment(),
            limit=_READ_AHEAD,
            start_new_session=True,  # a process group of its own, so that all of it can be killed
        )
    except OSError as error:
        raise OperatorError(reason=f"ffmpeg could not be started ({error.strerror})") from error


def _environment() -> dict[str, str]:
    """Return an empty environment; Windows needs SYSTEMROOT to start a program."""
    return {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}


async def _end(process: Process) -> None:
    """Kill the process group if it still runs, and wait for it even during another cancellation."""
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
    """Read the pipe to its end, or asyncio waits for it for ever (the rest is less than its buffer)."""
    while await stream.read(1 << 16):
        pass
