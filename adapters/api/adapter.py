"""The API as a platform: uploads and links come in, and answers go to whoever waits for them.

Nobody has to wait: the answer of a note is its transcript in the book, from which it can be read at any time. So
delivering it means no more than to wake those who wait, and an upload is deleted as soon as its note has an end.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import structlog

from bot.chat.queries import Queries
from bot.domain.note import Note, Progress, Reply
from bot.support.files import found

log = structlog.get_logger()

PLATFORM = "api"
_LINKS = ("http://", "https://")

Expected = asyncio.Future[Reply | None]
"""A note's answer; None once nobody can wait for it any longer."""


class Fetcher(Protocol):
    """Somebody who brings what strangers link to, and nothing of this house's own network."""

    async def fetch(self, url: str, folder: Path, limit: int) -> Path:
        """Stream what a link leads to into the folder. Raises EarmarkError; more than `limit` bytes are TooLarge."""


class ApiAdapter:
    """Uploads wait in a folder of their own until their notes have an end."""

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
        """What came by a link may be anybody's secret: it is handed on as a file."""
        return None

    async def report(self, note: Note, placeholder: str | None, progress: Progress) -> None:
        """Nothing is to be done: those who ask how far a note is are answered from the book."""

    async def deliver(self, note: Note, placeholder: str | None, reply: Reply) -> None:
        for expected in self._expected.get(note.id, ()):
            if not expected.done():
                expected.set_result(reply)
        await asyncio.to_thread(self.place_of(note.id).unlink, missing_ok=True)

    def place_of(self, note_id: str) -> Path:
        """Where a note's upload lies."""
        return self.uploads / note_id

    @contextmanager
    def expecting(self, note_id: str) -> Iterator[Expected]:
        """A note's answer for somebody who waits. Begin before the note is handed in: what was delivered is gone."""
        expected: Expected = asyncio.get_running_loop().create_future()
        waiting = self._expected[note_id]
        waiting.append(expected)
        try:
            yield expected
        finally:
            waiting.remove(expected)
            if not waiting:
                self._expected.pop(note_id, None)

    def let_go(self) -> None:
        """Let nobody wait any longer, as before a stop: they hear what is known by now."""
        for expected in [one for waiting in self._expected.values() for one in waiting]:
            if not expected.done():
                expected.set_result(None)

    async def sweep(self, queries: Queries) -> int:
        """Delete uploads that no unfinished note needs, as after a crash; say how many. Only before any are taken."""
        await asyncio.to_thread(self.uploads.mkdir, mode=0o700, parents=True, exist_ok=True)
        swept = 0
        for path in await asyncio.to_thread(lambda: list(self.uploads.iterdir())):
            standing = await queries.standing(path.name)
            if standing is None or standing.state.is_final:
                await asyncio.to_thread(path.unlink, missing_ok=True)
                swept += 1
        return swept


def is_link(locator: str) -> bool:
    return locator.lower().startswith(_LINKS)
