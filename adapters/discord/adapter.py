"""Discord as a platform: a placeholder for every voice note, which becomes its text."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import structlog
from discord.ui import View

from adapters.discord import pages
from adapters.discord.errors import AttachmentDown, MessageGone
from adapters.discord.files import Files, LeadsElsewhere
from adapters.discord.note_messages import Messages
from adapters.discord.pages import Page
from adapters.discord.places import PLATFORM, Handle, Place, place_of
from adapters.discord.sending import Sender
from adapters.discord.views import Views
from bot.chat import note_buttons
from bot.chat.placeholders import Placeholders, Shown
from bot.chat.posted_messages import PostedMessages
from bot.domain.errors import EarmarkError, NotNow, Undelivered
from bot.domain.money import Micros
from bot.domain.note import Answer, Note, Progress, Reply, Stage
from bot.domain.ports import Clock, Fetcher
from bot.locales import text

log = structlog.get_logger()

_EVERY_OWN, _EVERY_CHANNEL = 3.0, 5.0
"""Seconds between two edits of one placeholder, where one person reads it or where more do."""
_INSISTENT = frozenset({Stage.WAITING, Stage.ASKING})
"""What a sender must know."""
_FILE_AGAIN = timedelta(minutes=1)
_FILE_DOWN = "Discord does not hand out this file just now."
_LINKS = ("http://", "https://")
_LAST_MINUTE = 60.0
"""Seconds before its end in which an interaction's placeholder says where its text will come instead."""
_LOOK_EVERY = 5.0
"""Seconds."""
_TOGETHER = 8
"""Notes whose answers are given another place at the same time."""
_MOVE_SECONDS = 20.0
"""For one of them, before it is tried again."""


class DiscordAdapter:
    """Implements bot.domain.ports.Adapter. Raises NotNow (Discord takes nothing for a while) and Undelivered (never will)."""

    def __init__(
        self,
        sender: Sender,
        files: Files,
        fetcher: Fetcher,
        posted: PostedMessages,
        views: Views,
        clock: Clock,
        placeholders: Placeholders | None = None,
    ) -> None:
        self._sender = sender
        self._files = files
        self._fetcher = fetcher
        self._views = views
        self._clock = clock
        self._messages = Messages(sender, posted, views, clock)
        self._placeholders = placeholders or Placeholders()

    @property
    def platform(self) -> str:
        return PLATFORM

    def deferred(self, token: str) -> None:
        """An interaction's response was deferred, or never will be: what waited for that may go on."""
        self._messages.deferred(token)

    async def handle_of(self, note: Note, placeholder: str | None) -> Handle | None:
        """The message that stands for a note now; None where there is none."""
        return await self._messages.of(note, placeholder)

    async def acknowledge(self, note: Note) -> str:
        async with self._placeholders.locked(note) as shown:
            place = place_of(note)
            handle = await self._messages.of(note, None)
            if handle is None:
                page = pages.placeholder(place, note, None)
                handle = await self._messages.post(note, page)
                shown.text, shown.at = page.content, self._clock()
            return str(handle)

    async def fetch(self, note: Note, folder: Path, limit: int) -> Path:
        media = note.media
        if media.locator.lower().startswith(_LINKS):
            return await self._fetcher.fetch(media.locator, folder, limit)
        try:
            return await self._files.fetch(media, place_of(note), folder, limit)
        except LeadsElsewhere as led:
            return await self._fetcher.fetch(led.link, folder, limit)
        except AttachmentDown:  # the network may be away for longer than the file was tried
            until = self._clock() + _FILE_AGAIN
            raise NotNow(reason=_FILE_DOWN, until=until.isoformat()) from None

    async def link(self, note: Note, seconds: float) -> str | None:
        """Where anybody can fetch the note's attachment for so many seconds more; None where there is no such link."""
        if note.media.locator.lower().startswith(_LINKS):
            return None
        try:
            return await self._files.link(note.media, place_of(note), seconds)
        except AttachmentDown:
            return None

    async def report(self, note: Note, placeholder: str | None, progress: Progress) -> None:
        """Edit the placeholder where that can be done at once and is not done too often.

        What its sender must know (ASKING, WAITING) is always shown, and posted where there is no placeholder.
        """
        async with self._placeholders.locked(note) as shown:
            place = place_of(note)
            shown.progress = progress
            page = pages.placeholder(place, note, progress)
            if shown.is_answered or shown.text == page.content:
                return
            if progress.stage in _INSISTENT:
                await self._messages.show(note, placeholder, [page], self._buttons(place, note, progress))
                shown.text, shown.at = page.content, self._clock()
            elif not shown.is_moved and not self._is_too_soon(place, shown):
                # Remembered first: one that fails is not tried again at every look.
                shown.text, shown.at = page.content, self._clock()
                await self._edit_if_easy(note, place, placeholder, page)

    async def deliver(self, note: Note, placeholder: str | None, reply: Reply) -> None:
        async with self._placeholders.locked(note) as shown:
            place = place_of(note)
            shown.is_answered = False
            if isinstance(reply, Answer):
                # Beside the loop: a day's text takes a while to be cut.
                ways = await asyncio.to_thread(pages.answer, note, reply)
                buttons = self._views.of(note_buttons.result(place.locale, note, reply.transcript))
                await self._messages.show(note, placeholder, ways, buttons)
            else:
                await self._messages.show(note, placeholder, [pages.refusal(note, reply)], None)
            shown.is_answered, shown.text = True, ""

    async def watch(self, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """Look at the interactions that are about to end, for ever."""
        while True:
            await sleep(_LOOK_EVERY)
            await self.look()

    async def look(self) -> None:
        """Where an interaction is about to end and its note has no answer yet, see to it that the answer has a place
        to go to, and say where that is.

        Only notes that this process acknowledged, reported on or answered are known here. Others that slept through a
        restart are told nothing beforehand: their answers find another place when they come.
        """
        turns = asyncio.Semaphore(_TOGETHER)
        async with asyncio.TaskGroup() as group:
            for shown in self._placeholders.all():
                if self._is_about_to_end(shown):
                    group.create_task(self._try_to_move(shown, turns), name=f"move {shown.note.id}")

    async def _try_to_move(self, shown: Shown, turns: asyncio.Semaphore) -> None:
        """One note's failure must not keep the others from being moved."""
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

    def _is_about_to_end(self, shown: Shown) -> bool:
        if shown.is_answered or shown.is_moved:
            return False
        ticket = place_of(shown.note).ticket
        return ticket is not None and 0 < ticket.until - self._clock().timestamp() <= _LAST_MINUTE

    async def _move(self, note: Note) -> None:
        async with self._placeholders.locked(note) as shown:
            handle = await self._messages.of(note, None)
            if shown.is_answered or shown.is_moved or handle is None or handle.ticket is None:
                return
            place = place_of(note)
            page = pages.placeholder(place, note, shown.progress)
            buttons = self._buttons(place, note, shown.progress)
            if not handle.ticket.private and await self._messages.keep_without_ticket(note, handle, page, buttons):
                return
            try:
                moved = await self._messages.post_anew(note, page, buttons, handle)
            except Undelivered:
                words = text(place.locale, "ticket-over")
            else:
                words = _where(place, moved)
            shown.is_moved = True
            try:
                await self._sender.edit(handle, [pages.plain(words)])
            except MessageGone:
                log.info("message_gone")

    async def _edit_if_easy(self, note: Note, place: Place, placeholder: str | None, page: Page) -> None:
        """News are not worth a wait, nor a new message where somebody deleted the placeholder."""
        handle = await self._messages.of(note, placeholder)
        if handle is None or self._sender.is_busy(handle):
            return
        try:
            await self._messages.edit(note, handle, [page], self._views.of(note_buttons.cancel(place.locale, note.id)))
        except EarmarkError as error:  # one chat that is closed must not keep others from their news
            log.debug("progress_not_shown", error=error.code)

    def _is_too_soon(self, place: Place, shown: Shown) -> bool:
        pause = _EVERY_OWN if place.private or place.ticket is not None else _EVERY_CHANNEL
        return shown.is_newer_than(pause, self._clock())

    def _buttons(self, place: Place, note: Note, progress: Progress | None) -> View:
        if progress is not None and progress.stage is Stage.ASKING:
            return self._views.of(note_buttons.agree(place.locale, note.id, progress.price or Micros(0)))
        return self._views.of(note_buttons.cancel(place.locale, note.id))


def _where(place: Place, moved: Handle) -> str:
    """Where a text comes that cannot come where it was asked for."""
    if place.own or moved.channel != place.channel:
        return text(place.locale, "ticket-moved-own")
    return text(place.locale, "ticket-moved-channel")
