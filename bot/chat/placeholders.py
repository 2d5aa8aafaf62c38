"""What the placeholders of notes say just now, so that news come in order, seldom, and never over an answer."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from bot.domain.note import Note, Progress

_MOST_NOTES = 4096
"""How many notes are remembered."""


@dataclass(slots=True)
class Shown:
    """What a note's placeholder says, and since when. The lock keeps late news from being written over the answer."""

    note: Note
    progress: Progress | None = None
    text: str = ""
    at: datetime | None = None
    is_answered: bool = False
    is_moved: bool = False
    """Whether nothing more is said where it stands: the text comes elsewhere."""
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    users: int = 0
    """How many have the lock, or wait for it."""

    def is_newer_than(self, seconds: float, now: datetime) -> bool:
        return self.at is not None and (now - self.at).total_seconds() < seconds


class Placeholders:
    """Those of an adapter's notes."""

    def __init__(self, most: int = _MOST_NOTES) -> None:
        self._most = most
        self._notes: OrderedDict[str, Shown] = OrderedDict()

    def all(self) -> list[Shown]:
        return list(self._notes.values())

    @asynccontextmanager
    async def locked(self, note: Note) -> AsyncIterator[Shown]:
        """What a note's placeholder says, for one at a time."""
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
        """Keep the number of notes down. Who waits for one's lock must meet those who have it, so that one stays."""
        if len(self._notes) > self._most:
            idle = (note_id for note_id, shown in self._notes.items() if not shown.users)
            for note_id in list(islice(idle, len(self._notes) - self._most)):
                del self._notes[note_id]
