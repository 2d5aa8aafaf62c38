"""Periodic work of the process that has the lead."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import structlog

from bot.domain.ports import Clock, MediaStore
from bot.notes.durable import KEEP_FINISHED, RunningEngine
from bot.notes.intake import Intake
from bot.notes.repository import NoteRepository
from bot.notes.views import NoteViews
from bot.operations.readiness import Pulse
from bot.support.metrics import UNFINISHED

log = structlog.get_logger()

Keeper = Coroutine[Any, Any, None]
"""Work that goes on until it is cancelled."""
SWEEP_EVERY = timedelta(hours=1)
LINKS_LIVE = timedelta(days=1)
_SOON = timedelta(seconds=1)
_LOOKS_AFTER_RETURN = 2
"""A note may begin to wait at the moment in which its provider returns: it is found the second time."""


async def resume(notes: NoteViews, engine: RunningEngine, intake: Intake) -> None:
    """Begin with unfinished notes that are not in work: written down but never queued, or broken off by a fault."""
    waiting = await notes.unfinished()
    at_work = await engine.at_work(waiting) if waiting else set()
    UNFINISHED.set(len(waiting))
    await intake.resume(note_id for note_id in waiting if note_id not in at_work)


@dataclass(frozen=True, slots=True)
class Wakers:
    """Reasons to look for notes before the time."""

    now: asyncio.Event = field(default_factory=asyncio.Event)
    """Set if there are notes to resume at once."""
    provider_back: asyncio.Event = field(default_factory=asyncio.Event)
    """Set if a provider takes recordings again: the notes that wait for it are resumed."""

    def provider_is_back(self) -> None:
        self.provider_back.set()
        self.now.set()


@dataclass(frozen=True, slots=True)
class NoteKeeper:
    """Resumes notes, and deletes the engine's old records."""

    views: NoteViews
    notes: NoteRepository
    engine: RunningEngine
    intake: Intake
    wakers: Wakers
    pulse: Pulse
    every: timedelta
    clock: Clock

    async def keep(self) -> None:
        """Look repeatedly: at once if it is woken, and when the wait of a note ends."""
        pause, returned = self.every, 0
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.wakers.now.wait(), pause.total_seconds())
            self.wakers.now.clear()
            if self.wakers.provider_back.is_set():
                self.wakers.provider_back.clear()
                returned = _LOOKS_AFTER_RETURN
            pause = await self._looked(returned > 0)
            returned = max(returned - 1, 0)
            if returned:
                pause = min(pause, _SOON)

    async def _looked(self, provider_is_back: bool) -> timedelta:
        """Look once, and return the pause before the next look."""
        try:
            if provider_is_back:
                await self.notes.resume_for_provider()
            await self.engine.purge(self.clock() - KEEP_FINISHED)
            await resume(self.views, self.engine, self.intake)
            self.pulse.beat()
            due = await self.views.next_due()
        except Exception:  # a minute later the database may be back; nothing else depends on this
            log.exception("housekeeping_failed")
            return self.every
        return self.every if due is None else max(min(due - self.clock(), self.every), min(_SOON, self.every))


async def sweep_links(store: MediaStore, clock: Clock) -> None:
    """Delete published media that a crash left behind."""
    while True:
        try:
            await store.sweep(clock() - LINKS_LIVE)
        except Exception:  # an hour later it may be there again; the links have expired all the same
            log.exception("links_not_swept")
        await asyncio.sleep(SWEEP_EVERY.total_seconds())
