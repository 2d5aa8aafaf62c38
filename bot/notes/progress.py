"""What is done for the people who wait while a note is worked on: their cancel is heard, and they see how far it is."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

import structlog

from bot.domain.errors import InternalError
from bot.domain.note import Note, Progress, Stage
from bot.domain.ports import Adapter
from bot.notes.repository import Notes, Task
from bot.support.cancellation import unless

log = structlog.get_logger()

SHOW_SECONDS = 5.0
MOST_SECONDS = 6 * 3600.0
"""Of one piece of work: the embedded engine works on one note at a time, and others may be before this one."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ProgressReporter:
    """Listens to those who wait for notes, and tells them."""

    notes: Notes
    adapters: Mapping[str, Adapter]

    def adapter(self, note: Note) -> Adapter:
        """Raises InternalError where this process does not have the note's platform."""
        try:
            return self.adapters[note.key.platform]
        except KeyError as error:
            raise InternalError(reference=f"no adapter for {note.key.platform}") from error

    async def during(
        self, task: Task, work: Coroutine[Any, Any, T], progress: Callable[[], Progress], most: float = MOST_SECONDS
    ) -> T:
        """Do the work, and show how far it is; stop it and raise Cancelled when the note is cancelled.

        Raises TimeoutError after `most` seconds.
        """

        async def show() -> None:
            await self.show(task, progress())

        async with asyncio.timeout(most):
            return await unless(partial(self._is_cancelled, task), work, show)

    async def show(self, task: Task, progress: Progress) -> None:
        """Write down and show how far a note is, and what it will cost at most. Best effort."""
        if progress.stage is Stage.TRANSCRIBING and task.price:
            progress = replace(progress, price=task.price)
        try:
            async with asyncio.timeout(SHOW_SECONDS):
                await self.notes.show(task.note.id, progress)
                await self.adapter(task.note).report(task.note, task.placeholder, progress)
        except Exception as error:  # noqa: BLE001  # a courtesy: its failure is no failure of the note
            log.debug("progress_not_shown", error=type(error).__name__)

    async def _is_cancelled(self, task: Task) -> bool:
        try:
            return await self.notes.cancel_requested(task.note.id)
        except Exception as error:  # noqa: BLE001  # a look that fails is no reason to throw away what may be paid
            log.warning("cancel_not_looked_at", error=type(error).__name__)
            return False
