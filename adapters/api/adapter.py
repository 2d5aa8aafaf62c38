"""The API as a platform: uploads and links come in, and answers wake the waiting requests.

An answer is stored, and can be read at any time. So delivery only wakes the requests that wait for it, and an upload is
deleted as soon as its note has ended.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from bot.domain.note import Note, Progress, Reply
from bot.domain.ports import Fetcher
from bot.notes.views import NoteViews
from bot.support.files import found, private_folder

log = structlog.get_logger()

PLATFORM = "api"
_LINKS = ("http://", "https://")

Expected = asyncio.Future[Reply | None]
"""A note's answer; None once waiting is over."""


class ApiAdapter:
    """Adapter of the API. Uploads wait in a folder of their own until their notes have ended."""

    def __init__(self, uploads: Path, fetcher: Fetcher) -> None:
        self.uploads = uploads
        self._fetcher = fetcher
        self._expected: dict[str, list[Expected]] = defaultdict(list)

    @property
    def platform(self) -> str:
        return PLATFORM

    async def acknowledge(self, note: Note) -> str:
        return note.id

    async def fetch(self, note: Note, folder: Path, limit: int) -> Path:
        if is_link(note.media.locator):
            return await self._fetcher.fetch(note.media.locator, folder, limit)
        return await found(self.place_of(note.id), note.media.name, limit)

    async def link(self, note: Note, seconds: float) -> str | None:
        """Return None: a client's link may be secret, so the recording is submitted as a file."""
        return None

    async def report(self, note: Note, placeholder: str | None, progress: Progress) -> None:
        """Do nothing: progress is read from the database on request."""

    async def deliver(self, note: Note, placeholder: str | None, reply: Reply) -> None:
        for expected in self._expected.get(note.id, ()):
            if not expected.done():
                expected.set_result(reply)
        await asyncio.to_thread(self.place_of(note.id).unlink, missing_ok=True)

    def place_of(self, note_id: str) -> Path:
        """Return the path of a note's upload."""
        return self.uploads / note_id

    @contextmanager
    def expecting(self, note_id: str) -> Iterator[Expected]:
        """Yield a future of a note's answer. Begin before the note is submitted: earlier answers are not kept."""
        expected: Expected = asyncio.get_running_loop().create_future()
        waiting = self._expected[note_id]
        waiting.append(expected)
        try:
            yield expected
        finally:
            waiting.remove(expected)
            if not waiting:
                self._expected.pop(note_id, None)

    def release_waiting(self) -> None:
        """End all waiting before a stop; the requests get the current state."""
        for expected in [one for waiting in self._expected.values() for one in waiting]:
            if not expected.done():
                expected.set_result(None)

    async def sweep(self, notes: NoteViews) -> int:
        """Delete uploads without an unfinished note, as after a crash; return their number. Only before any are
        accepted.
        """
        await asyncio.to_thread(private_folder, self.uploads)
        swept = 0
        for path in await asyncio.to_thread(lambda: list(self.uploads.iterdir())):
            standing = await notes.standing(path.name)
            if standing is None or standing.state.is_final:
                await asyncio.to_thread(path.unlink, missing_ok=True)
                swept += 1
        return swept


def is_link(locator: str) -> bool:
    return locator.lower().startswith(_LINKS)
