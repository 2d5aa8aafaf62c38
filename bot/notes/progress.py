"""Progress of a note for the users who wait: it is shown to them, and their cancel is noticed."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

import structlog

from bot.domain.errors import InternalError
from bot.domain.money import Micros
from bot.domain.note import Note, Progress, Reached, Stage
from bot.domain.ports import Adapter
from bot.notes.repository import NoteRepository
from bot.notes.views import NoteViews, OpenNote
from bot.support.cancellation import unless

log = structlog.get_logger()

SHOW_SECONDS = 5.0
T = TypeVar("T")


@dataclass(slots=True)
class ChunkProgress:
    """The newest that a provider said about how far it is with one of several chunks."""

    done: int
    of: int
    price: Micros | None
    """The hold for the whole note."""
    owed: Micros = Micros(0)
    """The price of what the provider has already."""
    reached: Reached = field(default_factory=Reached)

    async def take(self, reached: Reached) -> None:
        self.reached = reached

    def shown(self) -> Progress:
        """Return a note's progress: queued until the first of its sound has its turn.

        The text so far is shown only if it costs nothing: it could be read, and cancelled before it is paid.
        """
        price, owed = self.price or None, self.owed or None
        reached = self.reached
        if reached.before is not None and not self.done:
            return Progress(Stage.QUEUED, place=reached.before + 1, price=price, owed=owed)
        if reached.fraction is None and not self.done:
            return Progress(Stage.TRANSCRIBING, price=price, owed=owed)
        fraction = (self.done + (reached.fraction or 0.0)) / self.of
        left = reached.seconds_left if self.done + 1 == self.of else None
        heard = reached.heard if price is None and self.of == 1 else ""
        return Progress(Stage.TRANSCRIBING, fraction, seconds_left=left, price=price, owed=owed, heard=heard)


@dataclass(frozen=True, slots=True)
class ProgressReporter:
    """Shows users the progress of their notes, and notices that they cancel one."""

    notes: NoteRepository
    views: NoteViews
    adapters: Mapping[str, Adapter]

    def adapter(self, note: Note) -> Adapter:
        """Return the adapter of a note. Raises InternalError if this process does not have the note's platform."""
        try:
            return self.adapters[note.key.platform]
        except KeyError as error:
            raise InternalError(reference=f"no adapter for {note.key.platform}") from error

    async def during(
        self,
        opened: OpenNote,
        work: Coroutine[Any, Any, T],
        progress: Callable[[], Progress],
    ) -> T:
        """Do the work, and show its progress; stop it and raise Cancelled when the note is cancelled.

        It has no limit of time here: the note may wait for its turn in it, so the work is limited where it begins.
        """

        async def show() -> None:
            await self.show(opened, progress())

        return await unless(partial(self.is_cancelled, opened), work, show)

    async def to_the_end(
        self,
        opened: OpenNote,
        work: Coroutine[Any, Any, T],
        progress: Callable[[], Progress],
    ) -> T:
        """Do work that a provider charges for, and show its progress; a cancel of the note does not stop it.

        As in `during`, the work is limited where it begins.
        """

        async def show() -> None:
            await self.show(opened, progress())

        return await unless(_never, work, show)

    async def show(self, opened: OpenNote, progress: Progress) -> None:
        """Write down and show a note's progress. Best effort."""
        try:
            async with asyncio.timeout(SHOW_SECONDS):
                await self.notes.show(opened.note.id, progress)
                await self.adapter(opened.note).report(opened.note, opened.placeholder, progress)
        except Exception as error:  # noqa: BLE001  # a courtesy: its failure is no failure of the note
            log.debug("progress_not_shown", error=type(error).__name__)

    async def is_cancelled(self, opened: OpenNote) -> bool:
        """Return True if the note's cancel was requested, as far as that can be found out."""
        try:
            return await self.views.cancel_requested(opened.note.id)
        except Exception as error:  # noqa: BLE001  # a failed check is no reason to throw away what may be paid
            log.warning("cancel_not_checked", error=type(error).__name__)
            return False


async def _never() -> bool:
    return False
