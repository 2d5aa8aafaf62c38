"""Those who wait for their turn are told how many are before them."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
import structlog

from bot.domain.note import Note, NoteState, Progress, Stage
from bot.domain.ports import Adapter
from bot.notes.repository import note_of
from bot.storage.database import Database
from bot.storage.tables import note

log = structlog.get_logger()

TELL_EVERY = 5.0
"""Seconds."""
_MOST = 50
"""Of one platform's notes at a time: those further back move by more than anybody follows."""
_SHOW_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Waiting:
    """A note that nobody works on yet."""

    note: Note
    placeholder: str
    place: int
    """How many of its platform's notes have their turn before it or with it."""


@dataclass(frozen=True, slots=True)
class Queue:
    """Notes in the order of their coming. Each user has a turn of their own, so a place is at most what is told."""

    db: Database

    async def waiting(self, platform: str) -> list[Waiting]:
        """The first of a platform's notes that wait and have a placeholder."""
        of_it = note.c.platform == platform
        working = of_it & (note.c.state == NoteState.WORKING.value) & note.c.not_before.is_(None)
        began = sa.select(sa.func.count()).where(working)
        query = (
            sa.select(note)
            .where(of_it, note.c.state == NoteState.ACCEPTED.value)
            .order_by(note.c.created_at, note.c.id)
            .limit(_MOST)
        )
        async with self.db.reading() as connection:
            before = await connection.scalar(began) or 0
            rows = (await connection.execute(query)).mappings().all()
        return [
            Waiting(note_of(row), row["placeholder"], before + place)
            for place, row in enumerate(rows, 1)
            if row["placeholder"] is not None
        ]


async def tell_places(queue: Queue, adapters: Mapping[str, Adapter], platforms: Iterable[str]) -> None:
    """Tell everybody who waits, again and again, until cancelled."""
    while True:
        await asyncio.sleep(TELL_EVERY)
        for platform in platforms:
            try:
                waiting = await queue.waiting(platform)
            except Exception as error:  # noqa: BLE001  # the database may be back the next time
                log.warning("places_not_looked_at", error=type(error).__name__)
                continue
            for one in waiting:
                await _tell(adapters[platform], one)


async def _tell(adapter: Adapter, one: Waiting) -> None:
    with structlog.contextvars.bound_contextvars(note=one.note.id):
        try:
            async with asyncio.timeout(_SHOW_SECONDS):
                await adapter.report(one.note, one.placeholder, Progress(Stage.QUEUED, place=one.place))
        except Exception as error:  # noqa: BLE001  # a courtesy: its failure is no failure of the note
            log.debug("place_not_told", error=type(error).__name__)
