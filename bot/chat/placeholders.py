"""The texts that placeholders show now, so that progress comes in order, not too often, and never over an answer."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from bot.domain.note import Note, Progress

_MOST_NOTES = 4096
"""Notes that are remembered."""


@dataclass(slots=True)
class Shown:
    """A placeholder's text, and its time. The lock keeps late progress from being written over the answer."""

    note: Note
    progress: Progress | None = None
    text: str = ""
    at: datetime | None = None
    is_answered: bool = False
    is_moved: bool = False
    """If true, the text comes elsewhere and this message is not edited again."""
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    users: int = 0
    """Tasks that have the lock, or wait for it."""

    def is_newer_than(self, seconds: float, now: datetime) -> bool:
        return self.at is not None and (now - self.at).total_seconds() < seconds


class Placeholders:
    """The placeholders of one adapter's notes."""

    def __init__(self, most: int = _MOST_NOTES) -> None:
        self._most = most
        self._notes: OrderedDict[str, Shown] = OrderedDict()

    def all(self) -> list[Shown]:
        return list(self._notes.values())

    @asynccontextmanager
    async def locked(self, note: Note) -> AsyncIterator[Shown]:
        """Give out a note's placeholder, to one task at a time."""
        shown = self._notes.setdefault(note.id, Shown(note))
        self._notes.move_to_end(note.id)
        shown.users += 1
        try:
            self._forget_oldest()
            async with shown.lock:
                yield shown
        finally:
            shown.users -= 1

    def _forget_oldest(self) -> None:
        """Keep the number of notes down. One whose lock is taken stays: all tasks must wait for the same lock."""
        if len(self._notes) > self._most:
            idle = (note_id for note_id, shown in self._notes.items() if not shown.users)
            for note_id in list(islice(idle, len(self._notes) - self._most)):
                del self._notes[note_id]
