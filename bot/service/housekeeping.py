"""Periodic work of the process that has the lead."""

import asyncio
from collections.abc import Collection, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import structlog

from bot.domain.ports import Clock, MediaStore
from bot.domain.waiting import OF_PROVIDER
from bot.notes.durable import KEEP_FINISHED, RunningEngine
from bot.notes.intake import Intake
from bot.notes.repository import NoteRepository
from bot.notes.waiting_notes import Unfinished, WaitingNotes
from bot.operations.readiness import Pulse
from bot.support.metrics import UNFINISHED
from bot.support.tracebacks import report

log = structlog.get_logger()

Keeper = Coroutine[Any, Any, None]
"""Work that goes on until it is cancelled."""
SWEEP_EVERY = timedelta(hours=1)
LINKS_LIVE = timedelta(days=1)
_SOON = timedelta(seconds=1)
_AFTER_FAULT = timedelta(seconds=5)
"""Notes go on soon after the database is back."""
_LOOKS_AFTER_RETURN = 2
"""A note may begin to wait at the moment in which its provider returns: it is found the second time."""


async def resume(waiting: WaitingNotes, engine: RunningEngine, intake: Intake) -> bool:
    """Begin with unfinished notes that are not in work: written down but never queued, broken off by a fault, or due
    after a wait. Return True if some of them are held back until others of their users are out of work.
    """
    unfinished = await waiting.unfinished()
    due = [one.note_id for one in unfinished if one.is_due]
    at_work = await engine.at_work(due) if due else set()
    UNFINISHED.set(len(due))
    begun, held = _in_order(unfinished, at_work)
    await intake.resume(begun)
    return held


def _in_order(unfinished: Sequence[Unfinished], at_work: Collection[str]) -> tuple[list[str], bool]:
    """Return the notes to begin with, and if others are held back behind one in work.

    Notes that waited keep the order of their user: none is begun while an earlier one is about to end its run. Of
    those that wait for what passes for all at once, the first tries alone.
    """
    begun, in_work, trying = list[str](), set[tuple[str, str]](), set[tuple[str, str]]()
    held = False
    for one in unfinished:
        if one.note_id in at_work:
            in_work.update([one.share] if one.waits else [])
        elif one.tries_for_others and one.share in trying:
            continue
        elif one.waits and one.share in in_work:
            held = True
        elif one.is_due:
            begun.append(one.note_id)
        trying.update([one.share] if one.tries_for_others else [])
    return begun, held


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

    waiting: WaitingNotes
    notes: NoteRepository
    engine: RunningEngine
    intake: Intake
    wakers: Wakers
    pulse: Pulse
    every: timedelta
    clock: Clock

    async def keep(self) -> None:
        """Look repeatedly: at once if it is woken, and when the wait of a note ends."""
        pause, returned = min(_SOON, self.every), 0
        while True:
            with suppress(TimeoutError):  # not wait_for: until Python 3.12 it loses a cancellation that meets the wake
                async with asyncio.timeout(pause.total_seconds()):
                    await self.wakers.now.wait()
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
                await self.notes.resume_waiting(OF_PROVIDER)
            is_held_back = await resume(self.waiting, self.engine, self.intake)
            await self.engine.purge(self.clock() - KEEP_FINISHED)
            self.pulse.beat()
            due = self.clock() if is_held_back else await self.waiting.next_due()
        except Exception as error:  # noqa: BLE001  # the database may be back soon; nothing else depends on this
            report("housekeeping_failed", error)
            return min(_AFTER_FAULT, self.every)
        return self.every if due is None else max(min(due - self.clock(), self.every), min(_SOON, self.every))


async def sweep_links(store: MediaStore, clock: Clock) -> None:
    """Delete published media that a crash left behind."""
    while True:
        try:
            await store.sweep(clock() - LINKS_LIVE)
        except Exception:  # an hour later it may be there again; the links have expired all the same
            log.exception("links_not_swept")
        await asyncio.sleep(SWEEP_EVERY.total_seconds())
