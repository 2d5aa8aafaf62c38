"""A folder whose recordings are transcribed as they are put there: each once, whatever crashes in between.

A recording is known by its path, its size and its time, which make the key of its note: after a crash the same note
goes on, or has its text already. Its texts are written whole or not at all, and a recording with all of them is done.
"""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from watchfiles import awatch

from bot.cli.inputs import SOUND_SUFFIXES
from bot.cli.outputs import Format, written
from bot.domain.errors import BadUsage, Cancelled
from bot.domain.note import Options
from bot.domain.transcript import Transcript
from bot.service.batch import submit_files
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.service.batch import Ending

SETTLE_SECONDS = 2.0
"""Time for which a file must stay as it is: it may still be written."""
_LOOK_SECONDS = 60.0
"""Longest time between two looks: some network drives tell of no change."""
_MOST_AT_ONCE = 100
_LONGEST_ATTEMPTS = 1000


@dataclass(frozen=True, slots=True)
class Version:
    """A file as it was at one look."""

    path: Path
    size: int
    changed: int
    """Nanoseconds."""

    def request(self, attempt: int) -> str:
        """Return the name of its request: the same for the same content, so that it is transcribed once."""
        said = os.fsencode(self.path.absolute()) + f"\0{self.size}\0{self.changed}".encode()
        digest = hashlib.sha256(said).hexdigest()
        return f"watch-{digest}" if attempt == 1 else f"watch-{digest}-{attempt}"


@dataclass(frozen=True, slots=True)
class Texts:
    """The files with the texts of recordings: talk.ogg.txt beside talk.ogg, or in another folder."""

    formats: Sequence[Format]
    folder: Path | None

    def of(self, recording: Path) -> list[tuple[Format, Path]]:
        folder = self.folder or recording.parent
        return [(form, folder / f"{recording.name}{form.suffix}") for form in self.formats]

    def are_there(self, version: Version) -> bool:
        """Return True if every text is there, and not older than the recording."""
        return all(_changed(path) >= version.changed for _, path in self.of(version.path))

    def write(self, recording: Path, said: Transcript) -> None:
        """Write the texts, each whole or not at all. Raises OSError."""
        for form, path in self.of(recording):
            path.parent.mkdir(parents=True, exist_ok=True)
            unfinished = path.with_name(f".{path.name}.part")
            with unfinished.open("wb") as file:
                file.write(written(said, form, recording.name))
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(path)


@dataclass(slots=True)
class Look:
    """The recordings of a folder at one look after another."""

    folder: Path
    texts: Texts
    _seen: dict[Path, Version] = field(default_factory=dict)
    _done: set[Version] = field(default_factory=set)

    def settled(self) -> tuple[list[Version], bool]:
        """Return the recordings that stayed as they were since the last look, and True if others did not."""
        now = {one.path: one for one in _versions(self.folder)}
        new = [one for one in now.values() if one not in self._done and not self.texts.are_there(one)]
        settled = [one for one in new if self._seen.get(one.path) == one]
        self._seen = now
        self._done &= {*now.values()}
        return settled[:_MOST_AT_ONCE], len(settled[:_MOST_AT_ONCE]) < len(new)

    def done(self, version: Version) -> None:
        """Leave a recording alone as long as it stays as it is: it has its text, or its error was told."""
        self._done.add(version)


def _versions(folder: Path) -> Iterator[Version]:
    for entry in sorted(folder.iterdir()):
        if entry.suffix.lower() in SOUND_SUFFIXES and not entry.name.startswith("."):
            try:
                about = entry.stat()
                if entry.is_file() and about.st_size:
                    yield Version(entry, about.st_size, about.st_mtime_ns)
            except OSError:  # it was taken away
                continue


def _changed(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return -1


Tell = Callable[[Path, str], None]
"""Takes a file, and a sentence about it."""
Sentences = Callable[["Ending"], str]
"""Returns the sentence about an ending."""


@dataclass(frozen=True, slots=True)
class Watching:
    """Transcribes what is put into a folder, until it is cancelled."""

    settings: Settings
    look: Look
    options: Options
    user: str
    tell: Tell
    sentence: Sentences
    pause: float = SETTLE_SECONDS

    async def run(self) -> None:
        """Raises BadUsage if the folder is taken away."""
        async with _changes(self.look.folder) as changed:
            while True:
                changed.clear()
                try:
                    versions, is_unsettled = await asyncio.to_thread(self.look.settled)
                except OSError as error:
                    raise BadUsage(reason=f"{self.look.folder} cannot be read ({error.strerror})") from error
                await self._transcribe({one.path.absolute(): one for one in versions}, attempt=1)
                if is_unsettled:
                    await asyncio.sleep(self.pause)
                elif not versions:
                    await _either(changed, _LOOK_SECONDS)

    async def _transcribe(self, versions: Mapping[Path, Version], attempt: int) -> None:
        """Transcribe recordings; those that an earlier stop cancelled once more, as another request."""
        if not versions or attempt > _LONGEST_ATTEMPTS:
            return
        cancelled: dict[Path, Version] = {}

        def request(file: Path) -> str:
            return versions[file].request(attempt)

        files = [*versions]
        async with aclosing(
            submit_files(self.settings, files, self.user, self.options, _ignore, request_of=request)
        ) as endings:
            async for ending in endings:
                version = versions[ending.file]
                if isinstance(ending.error, Cancelled) and ending.transcript is None:
                    cancelled[ending.file] = version
                else:
                    await self._end(version, ending)
        await self._transcribe(cancelled, attempt + 1)

    async def _end(self, version: Version, ending: "Ending") -> None:
        self.look.done(version)
        if ending.transcript is not None:
            try:
                await asyncio.to_thread(self.look.texts.write, version.path, ending.transcript)
            except OSError as error:
                self.tell(version.path, f"its text cannot be written ({error.strerror})")
                return
        self.tell(version.path, self.sentence(ending))


def _ignore(*_: object) -> None:
    pass


async def _either(changed: asyncio.Event, seconds: float) -> None:
    """Wait until something changed, or for so long."""
    try:
        async with asyncio.timeout(seconds):
            await changed.wait()
    except TimeoutError:
        pass


@asynccontextmanager
async def _changes(folder: Path) -> AsyncIterator[asyncio.Event]:
    """Yield an event that is set when something in the folder changes."""
    changed, stop = asyncio.Event(), asyncio.Event()

    async def watch() -> None:
        async for _ in awatch(folder, recursive=False, stop_event=stop, step=200, raise_interrupt=False):
            changed.set()

    task = asyncio.create_task(watch(), name="changes of a folder")
    try:
        yield changed
    finally:
        stop.set()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
