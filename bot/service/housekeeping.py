"""Periodic work of the process that has the lead."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from datetime import timedelta
from typing import Any

import structlog

from bot.domain.ports import Clock, MediaStore
from bot.notes.durable import KEEP_FINISHED, RunningEngine
from bot.notes.intake import Intake
from bot.notes.views import NoteViews
from bot.operations.readiness import Pulse
from bot.support.metrics import UNFINISHED

log = structlog.get_logger()

Keeper = Coroutine[Any, Any, None]
"""Work that goes on until it is cancelled."""
SWEEP_EVERY = timedelta(hours=1)
LINKS_LIVE = timedelta(days=1)


async def resume(notes: NoteViews, engine: RunningEngine, intake: Intake) -> None:
    """Begin with unfinished notes that are not in work: written down but never queued, or broken off by a fault."""
    waiting = await notes.unfinished()
    at_work = await engine.at_work(waiting) if waiting else set()
    UNFINISHED.set(len(waiting))
    await intake.resume(note_id for note_id in waiting if note_id not in at_work)


async def keep_notes_going(
    notes: NoteViews,
    engine: RunningEngine,
    intake: Intake,
    wake: asyncio.Event,
    pulse: Pulse,
    every: timedelta,
    clock: Clock,
) -> None:
    """Resume notes, and delete the engine's old records, repeatedly; at once if `wake` is set."""
    while True:
        with suppress(TimeoutError):
            await asyncio.wait_for(wake.wait(), every.total_seconds())
        wake.clear()
        try:
            await engine.purge(clock() - KEEP_FINISHED)
            await resume(notes, engine, intake)
            pulse.beat()
        except Exception:  # a minute later the database may be back; nothing else depends on this
            log.exception("housekeeping_failed")


async def sweep_links(store: MediaStore, clock: Clock) -> None:
    """Delete published media that a crash left behind."""
    while True:
        try:
            await store.sweep(clock() - LINKS_LIVE)
        except Exception:  # an hour later it may be there again; the links have expired all the same
            log.exception("links_not_swept")
        await asyncio.sleep(SWEEP_EVERY.total_seconds())
