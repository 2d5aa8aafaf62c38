"""Notes that the engine knows and the database does not: the database lost its latest writes, as with its -wal file.

The engine's record of a note is its id, platform, owner and time, no more. So a lost note cannot be made again; it is
named, and its recording stays where it is, if it had arrived.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import structlog

from bot.notes.engine import Recorded
from bot.people import erasure
from bot.service.core import Core

log = structlog.get_logger()

WHAT_TO_DO = "put back the newest backup, or ask the senders to send them again; `earmark reconcile` shows their calls"
_MOST = 50
"""Notes that are named."""


class EngineRecords(Protocol):
    """The engine, as far as it knows notes."""

    async def recorded(self) -> list[Recorded]:
        """Return every note that the engine has a record of, the oldest first."""


async def lost_notes(core: Core, engine: EngineRecords) -> list[Recorded]:
    """Return the notes that are missing in the database. Notes of users who are being erased are not missing."""
    recorded = await engine.recorded()
    known = await core.notes.known([one.note_id for one in recorded])
    async with core.db.reading() as connection:
        erased = {person for request in await erasure.requests(connection) for person in request.people}
    return [one for one in recorded if one.note_id not in known and one.owner not in erased]


async def report_lost_notes(core: Core, engine: EngineRecords, spool: Path) -> None:
    """Name the lost notes in the log."""
    lost = await lost_notes(core, engine)
    if not lost:
        return
    log.error("notes_lost", count=len(lost), what_to_do=WHAT_TO_DO)
    for one in lost[:_MOST]:
        folder = spool / one.note_id
        recording = str(folder) if folder.is_dir() else "not here"
        log.error("note_lost", note=one.note_id, platform=one.platform, at=one.at.isoformat(), recording=recording)


def named(lost: Sequence[Recorded]) -> str:
    """Return lost notes with their owners, for the operator."""
    names = ", ".join(f"{one.note_id} of {one.owner} ({one.at:%Y-%m-%d %H:%M} UTC)" for one in lost[:_MOST])
    return names if len(lost) <= _MOST else f"{names}, and {len(lost) - _MOST} more"
