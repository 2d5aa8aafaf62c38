"""Interactions that are about to end: their notes get another message before, which can be edited for longer."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog
from discord.ui import View

from adapters.discord.note_messages import Posting
from adapters.discord.pages import destination_of, plain
from adapters.discord.places import Handle, Place, place_of
from adapters.discord.sending import Sender
from adapters.discord.views import Views
from bot.chat import answer_layout, note_buttons
from bot.chat.pages import Page
from bot.chat.placeholders import Placeholders, Shown
from bot.chat.platform import FIRST, MessageGone
from bot.chat.posted_messages import PostedMessages
from bot.domain.errors import NotNow, Undelivered
from bot.domain.note import Note
from bot.domain.ports import Clock
from bot.locales import text

log = structlog.get_logger()

_LAST_MINUTE = 60.0
"""Seconds before its end in which an interaction's placeholder says where its text will come instead."""
_LOOK_EVERY = 5.0
"""Seconds."""
_TOGETHER = 8
"""Notes whose answers are given another place at the same time."""
_MOVE_SECONDS = 20.0
"""For one of them, before it is tried again."""


@dataclass(frozen=True, slots=True)
class Tickets:
    """Watches the interactions of the notes that this process acknowledged, reported on or answered.

    Others that slept through a restart are told nothing beforehand: their answers find another place when they come.
    """

    placeholders: Placeholders
    posting: Posting
    sender: Sender
    posted: PostedMessages
    views: Views
    clock: Clock

    def deferred(self, token: str) -> None:
        """Let those go on who wait for the deferral of an interaction's response: it is made, or never will be."""
        self.posting.deferred(token)

    async def watch(self, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """Look at the interactions that are about to end, for ever."""
        while True:
            await sleep(_LOOK_EVERY)
            await self.look()

    async def look(self) -> None:
        """If an interaction is about to end and its note has no answer yet, give the answer another place, and say
        there where that is."""
        turns = asyncio.Semaphore(_TOGETHER)
        async with asyncio.TaskGroup() as group:
            for shown in self.placeholders.all():
                if self._is_about_to_end(shown):
                    group.create_task(self._try_to_move(shown, turns), name=f"move {shown.note.id}")

    def _is_about_to_end(self, shown: Shown) -> bool:
        if shown.is_answered or shown.is_moved:
            return False
        ticket = place_of(shown.note).ticket
        return ticket is not None and 0 < ticket.until - self.clock().timestamp() <= _LAST_MINUTE

    async def _try_to_move(self, shown: Shown, turns: asyncio.Semaphore) -> None:
        """Move one note; its failure must not keep the others from being moved."""
        structlog.contextvars.bind_contextvars(note=shown.note.id)
        async with turns:
            try:
                async with asyncio.timeout(_MOVE_SECONDS):
                    await self._move(shown.note)
            except (NotNow, TimeoutError) as error:
                log.info("ticket_not_moved", error=type(error).__name__)
            except Exception:
                log.exception("ticket_not_moved")
                shown.is_moved = True

    async def _move(self, note: Note) -> None:
        async with self.placeholders.locked(note) as shown:
            handle = await self.posting.of(note)
            if shown.is_answered or shown.is_moved or handle is None or handle.ticket is None:
                return
            page = answer_layout.placeholder(destination_of(note), note, shown.progress)
            if not handle.ticket.private and await self._is_kept(shown, handle, page):
                return
            words = await self._post_elsewhere(shown, handle, page)
            shown.is_moved = True
            try:
                await self.sender.edit(handle, plain(words))
            except MessageGone:
                log.info("message_gone")

    async def _is_kept(self, shown: Shown, handle: Handle, page: Page) -> bool:
        """Edit an interaction's answer as the bot whose message it is, from now on; return if that can be done."""
        own = Handle(handle.channel, handle.message)
        try:
            await self.sender.edit(own, page, self._view(shown))
        except (MessageGone, Undelivered):
            return False
        await self.posted.keep(shown.note.id, FIRST, str(own))
        return True

    async def _post_elsewhere(self, shown: Shown, handle: Handle, page: Page) -> str:
        """Post another message for the note, and return the words that say where it is."""
        place = place_of(shown.note)
        try:
            moved = await self.posting.post_anew(shown.note, page, self._view(shown), handle)
        except Undelivered:
            return text(place.locale, "ticket-over")
        await self.posted.keep(shown.note.id, FIRST, str(moved))
        return _where(place, moved)

    def _view(self, shown: Shown) -> View:
        locale = place_of(shown.note).locale
        return self.views.of(note_buttons.progress(locale, shown.note.id, shown.progress))


def _where(place: Place, moved: Handle) -> str:
    if place.own or moved.channel != place.channel:
        return text(place.locale, "ticket-moved-own")
    return text(place.locale, "ticket-moved-channel")
