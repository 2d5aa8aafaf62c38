"""The messages of one note: each is posted once, written down, and only then given its text.

Part "1" is the placeholder, and then the text; "2" and "3" are the rest of a long text. "owner 1" is what the asker is
told aside. A message is posted with nothing in it that matters, so a run that breaks off anywhere is repeated by edits
of what is there.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog

from bot.chat import answer_layout, note_buttons
from bot.chat.answer_layout import Way
from bot.chat.buttons import Buttons
from bot.chat.pages import Page
from bot.chat.platform import FIRST, DeletesMessages, Destination, MessageGone, PageRefused, Platform
from bot.chat.posted_messages import PostedMessages
from bot.domain.errors import Undelivered
from bot.domain.note import Note, Progress, Stage

log = structlog.get_logger()


@dataclass(slots=True)
class NoteMessages:
    """A note's messages at one destination, known by their numbers. Raises NotNow and Undelivered only."""

    platform: Platform
    posted: PostedMessages
    note: Note
    to: Destination
    prefix: str
    """Begins the names of these parts; "": the note's own, else ASIDE."""
    handles: dict[int, str]
    _gone: dict[int, str] = field(default_factory=dict)
    """Messages that were to be edited, and are not there any more."""
    _fresh: set[int] = field(default_factory=set)
    """Numbers of messages that were posted just now."""

    @staticmethod
    async def of(
        platform: Platform, posted: PostedMessages, note: Note, placeholder: str | None = None, prefix: str = ""
    ) -> "NoteMessages":
        """Return the messages that were posted before. `placeholder` counts if none was written down."""
        kept = {FIRST: placeholder} if placeholder and not prefix else {}
        kept |= await posted.parts(note.id)
        numbers = {part.removeprefix(prefix): handle for part, handle in kept.items() if part.startswith(prefix)}
        handles = {int(number): handle for number, handle in numbers.items() if number.isdecimal()}
        return NoteMessages(platform, posted, note, platform.destination(note), prefix, handles)

    @property
    def first(self) -> str | None:
        """Return the handle of the placeholder."""
        return self.handles.get(1)

    async def post(self, number: int, page: Page, buttons: Buttons = ()) -> str:
        """Post a message and write it down; it takes the place of an earlier one of that number."""
        part = f"{self.prefix}{number}"
        handle = await self.platform.post(self.note, part, page, buttons, self._gone.get(number))
        await self.posted.keep(self.note.id, part, handle)
        self.handles[number] = handle
        self._fresh.add(number)
        return handle

    async def show(self, ways: Sequence[Way], buttons: Buttons) -> None:
        """Let the first of these ways that the platform takes be the messages, and no others; the last has the buttons.

        A message that is gone is posted anew, once, and then all ways are tried again: it may be elsewhere.
        """
        while True:
            try:
                return await self._show_one_of(ways, buttons)
            except MessageGone:
                log.info("message_gone")

    async def clear(self) -> None:
        """Delete messages that have done their work. If the platform refuses that for good, they stay."""
        try:
            await self._delete_beyond(0)
        except Undelivered as error:
            log.info("messages_not_deleted", error=error.code)

    async def _show_one_of(self, ways: Sequence[Way], buttons: Buttons) -> None:
        for way in ways:
            try:
                for number, page in enumerate(way, 1):
                    await self._edit(number, len(way), page, buttons if number == len(way) else ())
            except PageRefused:
                log.info("page_refused")
            else:
                return await self._delete_beyond(len(way))
        raise Undelivered(reason="refused")

    async def _edit(self, number: int, of: int, page: Page, buttons: Buttons) -> None:
        handle = self.handles.get(number) or await self._post_empty(number, of)
        try:
            await self.platform.edit(self.note, handle, page, buttons)
        except MessageGone:
            if number in self._fresh:
                raise Undelivered(reason="deleted") from None
            self._gone[number] = self.handles.pop(number)
            raise

    async def _post_empty(self, number: int, of: int) -> str:
        if self.prefix or number > 1:
            return await self.post(number, answer_layout.part(self.to, number, of))
        page = answer_layout.placeholder(self.to, self.note, Progress(Stage.DELIVERING))
        return await self.post(number, page, note_buttons.cancel(self.to.locale, self.note.id))

    async def _delete_beyond(self, last: int) -> None:
        for number in sorted(number for number in self.handles if number > last):
            await self._delete(self.handles.pop(number))
            await self.posted.forget(self.note.id, f"{self.prefix}{number}")

    async def _delete(self, handle: str) -> None:
        try:
            if isinstance(self.platform, DeletesMessages):
                await self.platform.delete(handle)
            else:
                await self.platform.edit(self.note, handle, Page("…"), ())
        except MessageGone:
            log.info("message_gone")
