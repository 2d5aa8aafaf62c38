"""Telegram as a platform: a placeholder under every voice note, which becomes its text."""

import asyncio
from datetime import timedelta
from pathlib import Path

import structlog

from adapters.telegram import pages
from adapters.telegram.errors import FileDown, IsFile
from adapters.telegram.files import Files
from adapters.telegram.note_messages import Parts, parts_aside, parts_of
from adapters.telegram.pages import Page
from adapters.telegram.places import PLATFORM, Place, place_of
from adapters.telegram.sending import Sender
from bot.chat import note_buttons
from bot.chat.buttons import Buttons
from bot.chat.placeholders import Placeholders, Shown
from bot.chat.posted_messages import PostedMessages
from bot.domain.errors import EarmarkError, NotNow, Undelivered
from bot.domain.money import Micros
from bot.domain.note import Answer, Note, Progress, Refusal, Reply, Stage
from bot.domain.ports import Clock, Fetcher
from bot.rendering.formats import is_file

log = structlog.get_logger()

_EVERY_PRIVATE, _EVERY_GROUP = 3.0, 15.0
"""Seconds between two edits of one placeholder."""
_INSISTENT = frozenset({Stage.WAITING, Stage.ASKING})
"""What a sender must know."""
_FILE_AGAIN = timedelta(minutes=1)
_FILE_DOWN = "Telegram does not hand out this file just now."
_LINKS = ("http://", "https://")


class TelegramAdapter:
    """Implements bot.domain.ports.Adapter. Raises NotNow (Telegram takes nothing for a while) and Undelivered (never will)."""

    def __init__(
        self,
        sender: Sender,
        files: Files,
        fetcher: Fetcher,
        posted: PostedMessages,
        clock: Clock,
        placeholders: Placeholders | None = None,
    ) -> None:
        self._sender = sender
        self._files = files
        self._fetcher = fetcher
        self._posted = posted
        self._clock = clock
        self._placeholders = placeholders or Placeholders()

    @property
    def platform(self) -> str:
        return PLATFORM

    async def acknowledge(self, note: Note) -> str:
        async with self._placeholders.locked(note) as shown:
            place = place_of(note)
            parts = await self._parts(note, place, None)
            if parts.first is None:
                page = pages.placeholder(place, note, None)
                await parts.post(1, page, note_buttons.cancel(place.locale, note.id))
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

    async def link(self, note: Note, seconds: float) -> str | None:
        """Telegram's links hold the bot's token."""
        return None

    async def report(self, note: Note, placeholder: str | None, progress: Progress) -> None:
        """Edit the placeholder where that can be done at once and is not done too often.

        What its sender must know (ASKING, WAITING) is always shown, and posted where there is no placeholder. The owner
        of a business account is told aside: the placeholder is read by somebody else.
        """
        async with self._placeholders.locked(note) as shown:
            place = place_of(note)
            page = pages.placeholder(place, note, progress)
            if shown.is_answered or shown.text == page.text:
                return
            if progress.stage in _INSISTENT:
                await self._tell(note, place, placeholder, page, _buttons(place, note, progress))
                shown.text, shown.at = page.text, self._clock()
            elif not self._is_too_soon(place, shown):
                # Remembered first: one that fails is not tried again at every look.
                shown.text, shown.at = page.text, self._clock()
                await self._edit_if_easy(note, place, placeholder, page)

    async def deliver(self, note: Note, placeholder: str | None, reply: Reply) -> None:
        async with self._placeholders.locked(note) as shown:
            place = place_of(note)
            shown.is_answered = False
            parts = await self._parts(note, place, placeholder)
            if place.business:
                await self._deliver_in_business(note, place, parts, reply)
            elif isinstance(reply, Refusal):
                await parts.show([pages.refusal(place, reply)], ())
            else:
                await self._answer(note, place, parts, reply)
            shown.is_answered, shown.text = True, ""

    async def _deliver_in_business(self, note: Note, place: Place, parts: Parts, reply: Reply) -> None:
        """A customer reads the text and nothing else; what there was to ask its owner, or why there is no text, is
        between the owner and the bot."""
        aside = await self._aside(note, place)
        if isinstance(reply, Refusal):
            await _clear(parts)
            await aside.show([pages.aside(place.locale, pages.plain(reply.sentence))], ())
        else:
            await self._answer(note, place, parts, reply)
            await _clear(aside)

    async def _answer(self, note: Note, place: Place, parts: Parts, answer: Answer) -> None:
        # Beside the loop: a day's text takes a while to be cut.
        buttons = note_buttons.result(place.locale, note, answer.transcript, files=not place.guest)
        form = note.options.format
        if place.guest:  # whose message cannot become a file
            await parts.show([await asyncio.to_thread(pages.single_page, place, answer, form)], buttons)
            return None
        texts = [] if is_file(form) else await asyncio.to_thread(pages.answer_pages, place, answer, form)
        if texts:
            try:
                return await parts.show(texts, buttons)
            except IsFile:  # its text was longer before, as with longer names: a file stays one
                pass
        caption = await asyncio.to_thread(pages.with_file, place, answer, form)
        name, data = await asyncio.to_thread(pages.file_of, place, note, answer)
        await parts.show_file(name, data, caption, buttons)
        return None

    async def _tell(self, note: Note, place: Place, placeholder: str | None, page: Page, buttons: Buttons) -> None:
        """What is not news but a question, or the reason of a wait; it is read by whom it concerns."""
        if place.business:
            aside = await self._aside(note, place)
            await aside.show([pages.aside(place.locale, page)], buttons)
        else:
            parts = await self._parts(note, place, placeholder)
            await parts.show([page], buttons)

    async def _edit_if_easy(self, note: Note, place: Place, placeholder: str | None, page: Page) -> None:
        """News are not worth a wait, nor a new message where somebody deleted the placeholder."""
        first = (await self._parts(note, place, placeholder)).first
        if first is None or not self._sender.has_room(first):
            return
        try:
            await self._sender.edit(first, page, note_buttons.cancel(place.locale, note.id))
        except EarmarkError as error:  # one chat that is closed must not keep others from their news
            log.debug("progress_not_shown", error=error.code)

    def _is_too_soon(self, place: Place, shown: Shown) -> bool:
        pause = _EVERY_PRIVATE if place.private else _EVERY_GROUP
        return shown.is_newer_than(pause, self._clock())

    async def _parts(self, note: Note, place: Place, placeholder: str | None) -> Parts:
        return await parts_of(self._sender, self._posted, note, place, placeholder)

    async def _aside(self, note: Note, place: Place) -> Parts:
        return await parts_aside(self._sender, self._posted, note, place)


async def _clear(parts: Parts) -> None:
    """Delete messages that have done their work. Where Telegram refuses that for good, they stay."""
    try:
        await parts.show([], ())
    except Undelivered as error:
        log.info("messages_not_deleted", error=error.code)


def _buttons(place: Place, note: Note, progress: Progress) -> Buttons:
    if progress.stage is Stage.ASKING:
        return note_buttons.agree(place.locale, note.id, progress.price or Micros(0))
    return note_buttons.cancel(place.locale, note.id)
