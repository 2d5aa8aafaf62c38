"""Delivery of notes on any chat platform: a placeholder under every recording, which becomes its text."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import structlog

from bot.chat import answer_layout, button_rows
from bot.chat.button_rows import Buttons
from bot.chat.messages import Audience
from bot.chat.note_messages import Check, NoteMessages, Placeholders, PostedMessages, in_any_case
from bot.chat.pages import Page
from bot.chat.platform import (
    ASIDE,
    READY,
    REMOVED,
    Destination,
    LeadsElsewhere,
    LimitsRate,
    LinksMedia,
    LinksMessages,
    MediaDown,
    Notifies,
    PageRefused,
    Platform,
)
from bot.chat.queries import Result
from bot.domain.errors import (
    Discarded,
    EarmarkError,
    NoSound,
    NotNow,
    Remedy,
    Truncated,
    Undelivered,
    Unreadable,
    UnsafeMedia,
)
from bot.domain.note import INSTEAD, UNASKED, Answer, Note, Progress, Refusal, Reply, Stage
from bot.domain.ports import Clock, Fetcher
from bot.domain.waiting import WaitReason
from bot.locales import text

log = structlog.get_logger()

_NEVER_SKIPPED = frozenset({Stage.WAITING, Stage.ASKING})
"""Stages that the asker must know of."""
_MEDIA_AGAIN = timedelta(minutes=1)
LONG_WAIT = timedelta(seconds=20)
"""Time after which a user no longer looks at the chat, and is notified of the text."""
_UNREADABLE = (Unreadable, Truncated, NoSound, UnsafeMedia)
_LINKS = ("http://", "https://")


class Delivery:
    """Implements bot.domain.ports.Adapter. Raises NotNow (the platform takes nothing for a while) and Undelivered.

    No further part of a text is delivered once the note's cancel is requested: Cancelled.
    """

    def __init__(
        self,
        platform: Platform,
        fetcher: Fetcher,
        posted: PostedMessages,
        clock: Clock,
        placeholders: Placeholders | None = None,
    ) -> None:
        self._platform = platform
        self._fetcher = fetcher
        self._posted = posted
        self._clock = clock
        self._placeholders = placeholders or Placeholders()

    @property
    def platform(self) -> str:
        return self._platform.name

    async def acknowledge(self, note: Note) -> str:
        async with self._placeholders.locked(note) as shown:
            messages = await self._messages(note)
            instead = note.details.get(INSTEAD)
            if messages.first is not None and instead is None:
                return messages.first
            page = answer_layout.placeholder(messages.to, note, None)
            buttons = button_rows.cancel(messages.to.locale, note.id)
            handle = await messages.begin(page, buttons, instead)
            shown.text, shown.buttons, shown.at = page.text, buttons, self._clock()
            return handle

    async def fetch(self, note: Note, folder: Path, limit: int) -> Path:
        if _is_link(note):
            return await self._fetcher.fetch(note.media.locator, folder, limit)
        try:
            return await self._platform.download(note, folder, limit)
        except LeadsElsewhere as found:
            return await self._fetcher.fetch(found.link, folder, limit)
        except MediaDown:  # the network may be away for longer than the file was tried
            until = self._clock() + _MEDIA_AGAIN
            raise NotNow(WaitReason.FILE_DOWN, until, self.platform.capitalize()) from None

    async def link(self, note: Note, seconds: float) -> str | None:
        if _is_link(note) or not isinstance(self._platform, LinksMedia):
            return None
        try:
            return await self._platform.link(note, seconds)
        except MediaDown:
            return None

    async def report(self, note: Note, placeholder: str | None, progress: Progress) -> None:
        """Edit the placeholder if that can be done at once and is not done too often.

        What the asker must know (ASKING, WAITING) is always shown, and posted if there is no placeholder.
        """
        async with self._placeholders.locked(note) as shown:
            shown.progress = progress
            to = self._platform.destination(note)
            page, buttons = answer_layout.placeholder(to, note, progress), self._buttons(to, note, progress)
            if shown.is_answered or (shown.text, shown.buttons) == (page.text, buttons):
                return
            if progress.stage in _NEVER_SKIPPED:
                await self._show_to_asker(note, placeholder, page, progress)
                shown.text, shown.buttons, shown.at = page.text, buttons, self._clock()
            elif not shown.is_moved and not shown.is_newer_than(to.limits.pause, self._clock()):
                # Remembered first: one that fails is not tried again at every look.
                shown.text, shown.buttons, shown.at = page.text, buttons, self._clock()
                await self._edit_if_easy(note, placeholder, page, buttons)

    async def deliver(self, note: Note, placeholder: str | None, reply: Reply) -> None:
        since = await self._posted.asked_at(note.id)
        check = partial(self._posted.check_wanted, note.id)
        await self._show(note, placeholder, reply, check)
        if isinstance(reply, Answer):
            await check()
            if since is not None and self._clock() - since > LONG_WAIT:
                await self._notify(note)

    async def show(self, note: Note, placeholder: str | None, reply: Reply) -> None:
        """Let the note's messages be its reply, which notifies no user if they are there. A removed text stays so."""
        await self._show(note, placeholder, reply, in_any_case)

    async def _show(self, note: Note, placeholder: str | None, reply: Reply, check: Check) -> None:
        async with self._placeholders.locked(note) as shown:
            messages = await self._messages(note, placeholder)
            if messages.is_removed:
                return
            shown.is_answered = False
            if isinstance(reply, Answer):
                await self._answer(messages, reply, check)
            else:
                await self._refuse(messages, reply)
                await self._take_notice_back(messages)
            shown.is_answered, shown.text = True, ""

    async def rewrite(self, note: Note, handle: str, answer: Answer) -> None:
        """Write a text anew over one message, wherever that is, as after the press of a button below it."""
        to = self._platform.destination(note)
        buttons = button_rows.result(to.locale, note, answer.transcript, files=to.limits.files)
        for [page, *more] in await asyncio.to_thread(answer_layout.answer, to, note, answer):
            if not more:
                try:
                    return await self._platform.edit(note, handle, page, buttons)
                except PageRefused:
                    log.info("page_refused")
        raise Undelivered(reason="refused")

    async def remove(self, note: Note, placeholder: str | None, pressed: str) -> None:
        """Delete the message that was pressed, and all others that show the note's text or tell of it."""
        async with self._placeholders.locked(note):
            messages = await self._messages(note, placeholder)
            await messages.delete(pressed)
            await self._posted.keep(note.id, REMOVED, "")
            await messages.clear()
            await self._take_notice_back(messages)

    async def handle_of(self, note: Note, placeholder: str | None) -> str | None:
        """Return the handle of the message that stands for a note now; None if there is none, or it was removed."""
        messages = await self._messages(note, placeholder)
        return None if messages.is_removed else messages.first

    async def address_of(self, note: Note, placeholder: str | None) -> str | None:
        """Return the address of a note's answer; None if it has none. The message may be gone."""
        handle = await self.handle_of(note, placeholder) if isinstance(self._platform, LinksMessages) else None
        return None if handle is None else self._address(note, handle)

    async def standing_address_of(self, result: Result) -> str | None:
        """Return the address of an answer that still stands; None if it is gone, has none, or cannot be looked at."""
        note = result.note
        messages = await self._messages(note, result.placeholder)
        handle, to = None if messages.is_removed else messages.first, messages.to
        address = None if handle is None else self._address(note, handle)
        if handle is None or address is None or not isinstance(self._platform, LinksMessages):
            return None
        below = button_rows.result(to.locale, note, result.answer.transcript, files=to.limits.files)
        buttons = below if len(messages.handles) == 1 else ()  # those of several messages stand below the last
        try:
            return address if await self._platform.is_there(note, handle, buttons) else None
        except EarmarkError as error:
            log.info("answer_not_looked_at", error=error.code)
            return None

    def _address(self, note: Note, handle: str) -> str | None:
        return self._platform.address_of(note, handle) if isinstance(self._platform, LinksMessages) else None

    async def _answer(self, messages: NoteMessages, answer: Answer, check: Check) -> None:
        note, to = messages.note, messages.to
        # Beside the loop: a day's text takes a while to be cut.
        ways = await asyncio.to_thread(answer_layout.answer, to, note, answer)
        buttons = button_rows.result(to.locale, note, answer.transcript, files=to.limits.files)
        await messages.show(ways, buttons, check)
        if to.has_aside:
            await (await self._aside(note)).clear()

    async def _refuse(self, messages: NoteMessages, refused: Refusal) -> None:
        """Send the reason why there is no text; customers of the asker get none, and the asker gets it aside."""
        to, words = messages.to, answer_layout.refusal(replace(messages.to, audience=Audience.OWNER), refused).text
        if to.has_aside:
            await messages.clear()
            await self._tell_aside(messages.note, answer_layout.aside(to, words), _retry(messages, refused))
        elif _is_noise(messages, refused):
            await messages.clear()
            with suppress(Undelivered):  # not everybody can be written to, and nobody asked
                await self._tell_aside(messages.note, answer_layout.aside_to_sender(to, words))
        else:
            await messages.show([(answer_layout.refusal(to, refused),)], _below(messages, refused))

    async def _tell_aside(self, note: Note, page: Page, buttons: Buttons = ()) -> None:
        """Show a page to the asker alone."""
        await (await self._aside(note)).show([(page,)], buttons)

    async def _show_to_asker(self, note: Note, placeholder: str | None, page: Page, progress: Progress) -> None:
        """Show a question, or the reason of a wait, to the asker."""
        messages = await self._messages(note, placeholder)
        buttons = button_rows.progress(messages.to.locale, note.id, progress)
        if messages.to.has_aside:
            page, messages = answer_layout.aside(messages.to, page.text), await self._aside(note)
        await messages.show([(page,)], buttons)

    def _buttons(self, to: Destination, note: Note, progress: Progress) -> Buttons:
        """Return the buttons below the news; customers are not told the price."""
        shown = replace(progress, owed=None) if to.audience is Audience.CUSTOMERS else progress
        return button_rows.progress(to.locale, note.id, shown)

    async def _edit_if_easy(self, note: Note, placeholder: str | None, page: Page, buttons: Buttons) -> None:
        """Edit a placeholder if it is there: news are not worth a wait, nor a new message."""
        messages = await self._messages(note, placeholder)
        if messages.first is None or not self._has_room(messages.first):
            return
        try:
            await self._platform.edit(note, messages.first, page, buttons)
        except EarmarkError as error:  # one chat that is closed must not keep others from their news
            log.debug("progress_not_shown", error=error.code)

    def _has_room(self, handle: str) -> bool:
        return not isinstance(self._platform, LimitsRate) or self._platform.has_room(handle)

    async def _messages(self, note: Note, placeholder: str | None = None) -> NoteMessages:
        return await NoteMessages.of(self._platform, self._posted, note, placeholder)

    async def _notify(self, note: Note) -> None:
        """Tell a user in their own chat that the text is there, at most once: in doubt they were told."""
        messages = await self._messages(note)
        if messages.first is None or not messages.to.is_own_chat or not isinstance(self._platform, Notifies):
            return
        if not await self._posted.begin(note.id, READY):
            return
        page = answer_layout.plain(text(messages.to.locale, "answer-ready"), messages.to.limits)
        try:
            handle = await self._platform.notify(note, messages.first, page)
        except EarmarkError as error:
            log.info("user_not_notified", error=error.code)
        else:
            await self._posted.keep(note.id, READY, handle)

    async def _take_notice_back(self, messages: NoteMessages) -> None:
        """Delete the message that told the user of a text which is not there any more."""
        note_id = messages.note.id
        if told := (await self._posted.parts(note_id)).get(READY):
            await messages.delete(told)
            await self._posted.keep(note_id, READY, "")

    async def _aside(self, note: Note) -> NoteMessages:
        return await NoteMessages.of(self._platform, self._posted, note, prefix=ASIDE)


def _retry(messages: NoteMessages, refused: Refusal) -> Buttons:
    """Return the button for another run, if the user can do nothing else."""
    is_of_use = refused.error.remedy is not Remedy.USER
    return button_rows.retry(messages.to.locale, messages.note.id) if is_of_use else ()


def _below(messages: NoteMessages, refused: Refusal) -> Buttons:
    """Return the buttons under a refusal: the way to a text that was paid, in its owner's chat, or to another run."""
    if refused.code == Discarded.__name__ and messages.to.audience is Audience.OWNER:
        return button_rows.show(messages.to.locale, messages.note.id)
    return _retry(messages, refused)


def _is_noise(messages: NoteMessages, refused: Refusal) -> bool:
    """Return True for a file that cannot be read, in a chat where nobody asked for its text."""
    is_unasked = messages.note.details.get(UNASKED) == "yes" and messages.to.audience is Audience.OTHERS
    return is_unasked and isinstance(refused.error, _UNREADABLE)


def _is_link(note: Note) -> bool:
    return note.media.locator.lower().startswith(_LINKS)
