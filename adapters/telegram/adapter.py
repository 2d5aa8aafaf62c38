"""Telegram as a platform: a placeholder under every voice note, which becomes its text."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

import structlog
from telegram import InlineKeyboardMarkup

from adapters.telegram import keyboards, pages
from adapters.telegram.errors import FileDown, IsFile
from adapters.telegram.files import Files
from adapters.telegram.pages import Page
from adapters.telegram.parts import Parts, parts_of
from adapters.telegram.places import PLATFORM, Place, place_of
from adapters.telegram.sending import Sender
from bot.errors import EarmarkError, NotNow
from bot.model import Answer, Note, Progress, Refusal, Reply, Stage
from bot.money import Micros
from bot.ports import Clock
from bot.posted import Posted
from bot.texts import say

log = structlog.get_logger()

_EVERY_PRIVATE, _EVERY_GROUP = 3.0, 15.0
"""Seconds between two edits of one placeholder."""
_MOST_NOTES = 4096
"""How many notes are remembered."""
_INSISTENT = frozenset({Stage.WAITING, Stage.ASKING})
"""What a sender must know."""
_FILE_AGAIN = timedelta(minutes=1)
_FILE_DOWN = "Telegram does not hand out this file just now."
_LINKS = ("http://", "https://")


class Fetcher(Protocol):
    """Somebody who brings what strangers link to, and nothing of this house's own network."""

    async def fetch(self, url: str, folder: Path, limit: int) -> Path:
        """Stream what a link leads to into the folder. Raises EarmarkError; more than `limit` bytes are TooLarge."""


@dataclass(slots=True)
class _Shown:
    """What a note's placeholder says, and since when. The lock keeps late news from being written over the answer."""

    text: str = ""
    at: datetime | None = None
    is_answered: bool = False
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class TelegramAdapter:
    """Implements bot.ports.Adapter. Raises NotNow (Telegram takes nothing for a while) and Undelivered (never will)."""

    def __init__(self, sender: Sender, files: Files, fetcher: Fetcher, posted: Posted, clock: Clock) -> None:
        self._sender = sender
        self._files = files
        self._fetcher = fetcher
        self._posted = posted
        self._clock = clock
        self._notes: OrderedDict[str, _Shown] = OrderedDict()

    @property
    def platform(self) -> str:
        return PLATFORM

    async def acknowledge(self, note: Note) -> str:
        shown = self._shown(note)
        async with shown.lock:
            place = place_of(note)
            parts = await self._parts(note, place, None)
            if parts.first is None:
                page = pages.placeholder(place.tongue, note, None)
                await parts.post(1, page, keyboards.cancel(place.tongue, note.id))
                shown.text, shown.at = page.text, self._clock()
            return str(parts.first)

    async def fetch(self, note: Note, folder: Path, limit: int) -> Path:
        media = note.media
        if media.locator.lower().startswith(_LINKS):
            return await self._fetcher.fetch(media.locator, folder, limit)
        try:
            return await self._files.fetch(media.locator, media.name, media.bytes, folder, limit)
        except FileDown:  # the network may be away for longer than the file was tried
            until = self._clock() + _FILE_AGAIN
            raise NotNow(reason=_FILE_DOWN, until=until.isoformat()) from None

    async def report(self, note: Note, placeholder: str | None, progress: Progress) -> None:
        """Edit the placeholder where that can be done at once and is not done too often.

        What its sender must know (ASKING, WAITING) is always shown, and posted where there is no placeholder.
        """
        shown = self._shown(note)
        async with shown.lock:
            place = place_of(note)
            page = pages.placeholder(place.tongue, note, progress)
            if shown.is_answered or shown.text == page.text:
                return
            if progress.stage in _INSISTENT:
                parts = await self._parts(note, place, placeholder)
                await parts.show([page], _buttons(place, note, progress))
                shown.text, shown.at = page.text, self._clock()
            elif not self._is_too_soon(place, shown):
                # Remembered first: one that fails is not tried again at every look.
                shown.text, shown.at = page.text, self._clock()
                await self._edit_if_easy(note, place, placeholder, page)

    async def deliver(self, note: Note, placeholder: str | None, reply: Reply) -> None:
        shown = self._shown(note)
        async with shown.lock:
            place = place_of(note)
            shown.is_answered = False
            parts = await self._parts(note, place, placeholder)
            if isinstance(reply, Refusal):
                await parts.show([pages.plain(reply.sentence)], None)
            else:
                await self._answer(note, place, parts, reply)
            shown.is_answered, shown.text = True, ""

    async def _answer(self, note: Note, place: Place, parts: Parts, answer: Answer) -> None:
        # Beside the loop: a day's text takes a while to be cut.
        buttons = await asyncio.to_thread(keyboards.result, place.tongue, note, answer.transcript)
        if place.guest:
            await parts.show([await asyncio.to_thread(pages.single_page, place.tongue, answer)], buttons)
            return None
        texts = await asyncio.to_thread(pages.answer_pages, place.tongue, answer)
        if texts:
            try:
                return await parts.show(texts, buttons)
            except IsFile:  # its text was longer before, as with longer names: a file stays one
                pass
        await self._answer_with_file(place, parts, answer, buttons)
        return None

    async def _answer_with_file(
        self, place: Place, parts: Parts, answer: Answer, buttons: InlineKeyboardMarkup
    ) -> None:
        tongue = place.tongue
        caption = await asyncio.to_thread(pages.beginning, tongue, answer, "answer-in-file", pages.CAPTION_UNITS)
        data = await asyncio.to_thread(pages.file_of, answer)
        await parts.show_file(f"{say(tongue, 'answer-file-name')}.txt", data, caption, buttons)

    async def _edit_if_easy(self, note: Note, place: Place, placeholder: str | None, page: Page) -> None:
        """News are not worth a wait, nor a new message where somebody deleted the placeholder."""
        first = (await self._parts(note, place, placeholder)).first
        if first is None or not self._sender.has_room(first):
            return
        try:
            await self._sender.edit(first, page, keyboards.cancel(place.tongue, note.id))
        except EarmarkError as error:  # one chat that is closed must not keep others from their news
            log.debug("progress_not_shown", error=error.code)

    def _is_too_soon(self, place: Place, shown: _Shown) -> bool:
        pause = _EVERY_PRIVATE if place.private else _EVERY_GROUP
        return shown.at is not None and (self._clock() - shown.at).total_seconds() < pause

    async def _parts(self, note: Note, place: Place, placeholder: str | None) -> Parts:
        return await parts_of(self._sender, self._posted, note, place, placeholder)

    def _shown(self, note: Note) -> _Shown:
        shown = self._notes.setdefault(note.id, _Shown())
        self._notes.move_to_end(note.id)
        if len(self._notes) > _MOST_NOTES:
            self._notes.popitem(last=False)
        return shown


def _buttons(place: Place, note: Note, progress: Progress) -> InlineKeyboardMarkup:
    if progress.stage is Stage.ASKING:
        return keyboards.agree(place.tongue, note.id, progress.price or Micros(0))
    return keyboards.cancel(place.tongue, note.id)
