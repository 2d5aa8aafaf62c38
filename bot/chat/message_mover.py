"""Placeholders that soon cannot be edited any more: their notes get other messages before, which last."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

import structlog

from bot.chat import answer_layout, button_rows
from bot.chat.button_rows import Buttons
from bot.chat.note_messages import Placeholders, PostedMessages, Shown
from bot.chat.pages import Page
from bot.chat.platform import FIRST, MessageGone, Platform
from bot.domain.errors import NotNow
from bot.domain.note import Note

log = structlog.get_logger()

_LOOK_EVERY = 5.0
"""Seconds."""
_TOGETHER = 8
"""Notes that are moved at the same time."""
_MOVE_SECONDS = 20.0
"""For one of them, before it is tried again."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A message of a note after its move."""

    handle: str
    """The message that can be edited from now on."""
    farewell: str = ""
    """Words for the old message that tell where the text comes; "": the message stays where it is."""


class MovesMessages(Platform, Protocol):
    """A platform some of whose messages can be edited for a while only."""

    def is_about_to_end(self, note: Note) -> bool:
        """Return True if the note's message cannot be edited for much longer."""

    async def move(self, note: Note, handle: str, page: Page, buttons: Buttons) -> Moved | None:
        """Let a message that lasts be this page, in place of the note's one; return None if that one lasts."""


@dataclass(frozen=True, slots=True)
class MessageMover:
    """Watches the placeholders of the notes that this process acknowledged, reported on or answered.

    Others that slept through a restart are told nothing beforehand: their answers find another place when they come.
    """

    platform: MovesMessages
    posted: PostedMessages
    placeholders: Placeholders

    async def watch(self, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """Look at the messages that are about to end, for ever."""
        while True:
            await sleep(_LOOK_EVERY)
            await self.look()

    async def look(self) -> None:
        """Move the messages that are about to end, if their notes have no answer yet."""
        turns = asyncio.Semaphore(_TOGETHER)
        async with asyncio.TaskGroup() as group:
            for shown in self.placeholders.all():
                if self._is_to_move(shown) and self.platform.is_about_to_end(shown.note):
                    group.create_task(self._try_to_move(shown, turns), name=f"move {shown.note.id}")

    @staticmethod
    def _is_to_move(shown: Shown) -> bool:
        return not (shown.is_answered or shown.is_moved)

    async def _try_to_move(self, shown: Shown, turns: asyncio.Semaphore) -> None:
        """Move one note; its failure must not keep the others from being moved."""
        structlog.contextvars.bind_contextvars(note=shown.note.id)
        async with turns:
            try:
                async with asyncio.timeout(_MOVE_SECONDS):
                    await self._move(shown.note)
            except (NotNow, TimeoutError) as error:
                log.info("message_not_moved", error=type(error).__name__)
            except Exception:
                log.exception("message_not_moved")
                shown.is_moved = True

    async def _move(self, note: Note) -> None:
        async with self.placeholders.locked(note) as shown:
            handle = (await self.posted.parts(note.id)).get(FIRST)
            if handle is None or not self._is_to_move(shown):
                return
            to = self.platform.destination(note)
            page = answer_layout.placeholder(to, note, shown.progress)
            buttons = button_rows.progress(to.locale, note.id, shown.progress)
            moved = await self.platform.move(note, handle, page, buttons)
            if moved is None:
                return
            await self.posted.keep(note.id, FIRST, moved.handle)
            if not moved.farewell:
                return
            shown.is_moved = True
            try:
                await self.platform.edit(note, handle, answer_layout.plain(moved.farewell, to.limits), ())
            except MessageGone:
                log.info("message_gone")
