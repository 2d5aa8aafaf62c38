"""The durable engine as the rest of the program sees it; bot/notes/durable.py implements it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

_PRIORITIES = 2**31 - 1


class Engine(Protocol):
    """The starter of notes' workflows."""

    async def start(self, note_id: str, queue: str, share: str, taken_at: datetime) -> None:
        """Queue the note's workflow; the same id again changes nothing. Each share (a user) gets its turn.

        Within a share the note that was accepted first comes first, however late it is queued. There is a queue for
        each platform, so that only a process that has the platform works on its notes.
        """


@dataclass(frozen=True, slots=True)
class Recorded:
    """All that the engine's record says of a note itself."""

    note_id: str
    platform: str
    owner: str
    at: datetime
    """The time at which its workflow was queued."""


def priority_of(taken_at: datetime) -> int:
    """Return the hundredth of a second of a note's acceptance, as a number that the queue takes; small ones come first.

    The queue's own order has only seconds. The numbers begin anew every 248 days: notes that are queued just then may
    change places. Notes that an earlier release queued have no number and come first.
    """
    return 1 + round(taken_at.timestamp() * 100) % _PRIORITIES
