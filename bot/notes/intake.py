"""Intake: a note is accepted, written down, and its workflow is started."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial

import structlog

from bot.domain.catalog import Catalog
from bot.domain.money import Micros
from bot.domain.note import Note
from bot.domain.ports import Adapter, Clock
from bot.notes.engine import Engine
from bot.notes.repository import NoteRepository
from bot.notes.views import NoteViews
from bot.people.access import Admission
from bot.storage.outages import until_back
from bot.support.files import Room
from bot.support.metrics import STEP_SECONDS

log = structlog.get_logger()

ACKNOWLEDGE_SECONDS = 30.0
_Begin = Callable[[Note, datetime], Awaitable[None]]


class Intake:
    """Accepts notes from adapters. When `accept` returns, the platform's event may be acknowledged."""

    def __init__(
        self,
        notes: NoteRepository,
        views: NoteViews,
        engine: Engine,
        catalog: Catalog,
        adapters: Mapping[str, Adapter],
        tasks: asyncio.TaskGroup,
        room: Room,
        admission: Admission,
        groups_pay: bool,
        clock: Clock,
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        """`groups_pay`: what is said in a group is paid from the group's own account, else by the note's owner.

        `wake` is called when notes that are not in work should be resumed soon.
        """
        self._notes = notes
        self._views = views
        self._engine = engine
        self._catalog = catalog
        self._adapters = adapters
        self._tasks = tasks
        self.room = room
        self._gate = admission
        self._groups_pay = groups_pay
        self._clock = clock
        self._wake = wake
        self._beginning: set[str] = set()

    async def accept(self, note: Note) -> bool:
        """Write the note down and begin with it; False if the same note was accepted before.

        Raises BadOptions if no model here can do it, NoAccess, Paused and DiskFull, before anything is written.
        """
        self._catalog.check(note.options)
        note = replace(note, options=self._catalog.understood(note.options))
        if self._groups_pay and not note.payer:
            note = replace(note, payer=note.place)
        await self._gate.check(note.user, note.place)
        await self.room.check()
        taken_at = self._clock()
        new = await self._notes.add(note)
        if new:
            self._begin_soon(note, taken_at)
        return new

    async def check_room(self) -> None:
        """Raise DiskFull if no further note would be taken for want of room: before its recording is written too."""
        await self.room.check()

    async def resume(self, note_ids: Iterable[str]) -> None:
        """Begin with notes that were written down but never queued, as after a crash, and with those that waited.

        They are queued one after the other, so that they keep their order.
        """
        for note_id in note_ids:
            opened = None if note_id in self._beginning else await self._views.open_note(note_id)
            # A note of a platform that is not here waits for a start that has it.
            if opened is None or opened.note.key.platform not in self._adapters:
                continue
            if opened.placeholder is None:
                self._begin_soon(opened.note, opened.taken_at)
            else:
                await self._or_leave(opened.note, self._queue, opened.taken_at)

    async def cancel(self, note_id: str) -> bool:
        """Request the cancel of a note; False if it has its end already."""
        cancelled = await self._notes.request_cancel(note_id) == 1
        self._wake()  # it may be one that waits, which is not in work
        return cancelled

    async def cancel_unsubmitted(self, note_id: str) -> bool:
        """Request the cancel of a note for which no provider charges yet; False if one may, or if it has its end."""
        cancelled = await self._notes.cancel_unsubmitted(note_id)
        self._wake()
        return cancelled

    async def cancel_about(self, platform: str, chat: str, message: str) -> None:
        """Request the cancel of the notes of a recording that was deleted: it was in this message of a chat."""
        for note_id in await self._notes.unfinished_about(platform, chat, message):
            await self.cancel(note_id)

    async def agree(self, note_id: str, price: Micros, by: str = "") -> bool:
        """Go on with a note that asked for this price; False if it does not ask any more.

        `by` is the identity that agrees; "": the note's owner. Raises NoAccess and Paused as `accept` does, because
        only now its work begins; it goes on asking then.
        """
        order = await self._views.order(note_id)
        if order is None:
            return False
        for who in {order.note.user, by or order.note.user}:
            await self._gate.check(who, order.note.place)
        agreed = await self._notes.agree(note_id, price)
        self._wake()
        return agreed

    def _begin_soon(self, note: Note, taken_at: datetime) -> None:
        self._beginning.add(note.id)
        beginning = self._or_leave(note, self._begin, taken_at)
        task = self._tasks.create_task(beginning, name=f"begin {note.id}")
        task.add_done_callback(lambda _: self._beginning.discard(note.id))

    async def _or_leave(self, note: Note, do: _Begin, taken_at: datetime) -> None:
        with structlog.contextvars.bound_contextvars(note=note.id):
            try:
                await until_back(partial(do, note, taken_at))
            except Exception:  # the note is written down: housekeeping takes it up again in a minute
                log.exception("note_not_begun")

    async def _begin(self, note: Note, taken_at: datetime) -> None:
        """Post the placeholder, then queue the workflow; a note goes on without its placeholder if it must."""
        try:
            with STEP_SECONDS.labels("acknowledge").time():
                async with asyncio.timeout(ACKNOWLEDGE_SECONDS):
                    placeholder = await self._adapters[note.key.platform].acknowledge(note)
        except Exception as error:  # noqa: BLE001  # whatever the platform has: the note is worth more than its placeholder
            log.warning("placeholder_not_posted", error=type(error).__name__)
        else:
            await self._notes.set_placeholder(note.id, placeholder)
        await self._queue(note, taken_at)

    async def _queue(self, note: Note, taken_at: datetime) -> None:
        await self._engine.start(note.id, note.key.platform, note.user, taken_at)
        log.debug("note_queued", platform=note.key.platform)
