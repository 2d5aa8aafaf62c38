"""The messages of one note: each is posted once, written down, and only then given its text.

Part "1" is the placeholder, and then the text; "2" and "3" are the rest of a long text. "owner 1" is what the asker is
told aside. A message is posted with nothing in it that matters, so a run that breaks off anywhere is repeated by edits
of what is there."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

import sqlalchemy as sa
import structlog

from bot.chat import answer_layout, button_rows
from bot.chat.answer_layout import Way
from bot.chat.button_rows import Buttons
from bot.chat.pages import Page
from bot.chat.platform import FIRST, REMOVED, DeletesMessages, Destination, MessageGone, PageRefused, Platform
from bot.domain.errors import Cancelled, EarmarkError, Undelivered
from bot.domain.note import FINAL, Note, Progress, Stage
from bot.domain.ports import Clock
from bot.storage.database import Database, insert_new
from bot.storage.tables import note, posted


@dataclass(frozen=True, slots=True)
class Message:
    """One message: its part of the note, and its handle. Both are the adapter's own words."""

    note_id: str
    part: str
    handle: str


class PostedMessages:
    """Messages by note and part, and by handle."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def keep(self, note_id: str, part: str, handle: str) -> None:
        """Write a message down; it takes the place of an earlier one that was the same part."""
        row = {"note_id": note_id, "part": part, "handle": handle, "at": self._clock()}
        async with self._db.writing() as connection:
            if not await insert_new(connection, posted, row):
                which = (posted.c.note_id == note_id) & (posted.c.part == part)
                await connection.execute(sa.update(posted).where(which).values(handle=handle, at=row["at"]))

    async def begin(self, note_id: str, part: str) -> bool:
        """Write down that a message is about to be posted that must not be there twice; False if it was before.

        The message has no handle until it is kept: after a crash, or if its answer is lost, it may be there or not.
        """
        async with self._db.writing() as connection:
            row = {"note_id": note_id, "part": part, "handle": "", "at": self._clock()}
            return bool(await insert_new(connection, posted, row))

    async def adopt(self, note_id: str, part: str, handle: str) -> bool:
        """Write down a message that was found; False if another is written down as that part."""
        async with self._db.writing() as connection:
            row = {"note_id": note_id, "part": part, "handle": handle, "at": self._clock()}
            await insert_new(connection, posted, row)
        return (await self.parts(note_id)).get(part) == handle

    async def keep_beside(self, platform: str, chat: str, handle: str) -> None:
        """Write down, for each note of a chat that has no end yet, a message there that is not the note's.

        It is never taken for a message of the note whose handle was lost.
        """
        under_way = (note.c.platform == platform) & (note.c.chat == chat) & note.c.state.not_in(FINAL)
        async with self._db.writing() as connection:
            notes = (await connection.scalars(sa.select(note.c.id).where(under_way))).all()
            other = {"part": f"{_BESIDE}{handle}", "handle": handle, "at": self._clock()}
            if notes:
                await insert_new(connection, posted, *({"note_id": note_id, **other} for note_id in notes))

    async def is_known(self, handle: str) -> bool:
        """Return True if a message is written down, as a note's or as one beside it."""
        async with self._db.reading() as connection:
            found = await connection.scalar(sa.select(posted.c.note_id).where(posted.c.handle == handle).limit(1))
        return found is not None

    async def asked_at(self, note_id: str) -> datetime | None:
        """Return the time at which a note was accepted, which no message of it changes; None if it was erased."""
        query = sa.select(note.c.created_at).where(note.c.id == note_id)
        async with self._db.reading() as connection:
            at: datetime | None = await connection.scalar(query)
        return at

    async def check_wanted(self, note_id: str) -> None:
        """Raise Cancelled if the cancel of a note was requested."""
        async with self._db.reading() as connection:
            if await connection.scalar(sa.select(note.c.cancel_requested).where(note.c.id == note_id)):
                raise Cancelled

    async def parts(self, note_id: str) -> dict[str, str]:
        """Return the handles of a note's messages, by part."""
        query = sa.select(posted.c.part, posted.c.handle).where(posted.c.note_id == note_id)
        async with self._db.reading() as connection:
            return {row.part: row.handle for row in await connection.execute(query)}

    async def is_removed(self, note_id: str) -> bool:
        """Return True if a user deleted a note's text in its chat."""
        return REMOVED in await self.parts(note_id)

    async def find(self, handle: str) -> Message | None:
        """Return the newest message of that handle that is a note's; None if there is none."""
        of_note = (posted.c.handle == handle) & posted.c.part.not_like(f"{_BESIDE}%")
        query = sa.select(posted).where(of_note).order_by(posted.c.at.desc()).limit(1)
        async with self._db.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else Message(row.note_id, row.part, row.handle)

    async def forget(self, note_id: str, part: str) -> None:
        """Forget a message, as one that was deleted."""
        async with self._db.writing() as connection:
            await connection.execute(sa.delete(posted).where(posted.c.note_id == note_id, posted.c.part == part))


_BESIDE = "beside "
"""Begins the names of parts that are other messages of the bot in the chat."""
_MOST_NOTES = 4096
"""Notes that are remembered."""


@dataclass(slots=True)
class Shown:
    """A placeholder's text and buttons, and their time.

    The lock keeps late progress from being written over the answer.
    """

    note: Note
    progress: Progress | None = None
    text: str = ""
    buttons: Buttons = ()
    at: datetime | None = None
    is_answered: bool = False
    is_moved: bool = False
    """If true, the text comes elsewhere and this message is not edited again."""
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    users: int = 0
    """Tasks that have the lock, or wait for it."""

    def is_newer_than(self, seconds: float, now: datetime) -> bool:
        return self.at is not None and (now - self.at).total_seconds() < seconds


class Placeholders:
    """The placeholders of one adapter's notes."""

    def __init__(self, most: int = _MOST_NOTES) -> None:
        self._most = most
        self._notes: OrderedDict[str, Shown] = OrderedDict()

    def all(self) -> list[Shown]:
        return list(self._notes.values())

    @asynccontextmanager
    async def locked(self, note: Note) -> AsyncIterator[Shown]:
        """Give out a note's placeholder, to one task at a time."""
        shown = self._notes.setdefault(note.id, Shown(note))
        self._notes.move_to_end(note.id)
        shown.users += 1
        try:
            self._forget_oldest()
            async with shown.lock:
                yield shown
        finally:
            shown.users -= 1

    def _forget_oldest(self) -> None:
        """Keep the number of notes down. One whose lock is taken stays: all tasks must wait for the same lock."""
        if len(self._notes) > self._most:
            idle = (note_id for note_id, shown in self._notes.items() if not shown.users)
            for note_id in list(islice(idle, len(self._notes) - self._most)):
                del self._notes[note_id]


log = structlog.get_logger()

Check = Callable[[], Awaitable[None]]
"""Raises an error if no more may be shown."""


async def in_any_case() -> None:
    """Let everything be shown."""


@dataclass(slots=True)
class NoteMessages:
    """A note's messages at one destination, known by their numbers. Raises NotNow and Undelivered only, and what a
    check raises.
    """

    platform: Platform
    posted: PostedMessages
    note: Note
    to: Destination
    prefix: str
    """Begins the names of these parts; "": the note's own, else ASIDE."""
    handles: dict[int, str]
    is_removed: bool
    """If true, a user deleted the text: its message is not to be posted again."""
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
        return NoteMessages(platform, posted, note, platform.destination(note), prefix, handles, REMOVED in kept)

    @property
    def first(self) -> str | None:
        """Return the handle of the placeholder."""
        return self.handles.get(1)

    async def post(self, number: int, page: Page, buttons: Buttons = ()) -> str:
        """Post a message and write it down; it takes the place of an earlier one of that number."""
        part = f"{self.prefix}{number}"
        gone = self._gone.get(number)
        handle = await self.platform.post(self.note, part, page, buttons, gone)
        await self.posted.keep(self.note.id, part, handle)
        self.handles[number] = handle
        self._fresh.add(number)
        if gone is not None:
            await self._delete_if_easy(gone)
        return handle

    async def begin(self, page: Page, buttons: Buttons, instead: str | None) -> str:
        """Post the placeholder, or make it of another message that it takes the place of; return its handle."""
        if instead is None:
            return await self.post(1, page, buttons)
        if self.first is None:
            await self.posted.keep(self.note.id, FIRST, instead)
            self.handles[1] = instead
        await self.show([(page,)], buttons)
        return self.handles[1]

    async def show(self, ways: Sequence[Way], buttons: Buttons, check: Check = in_any_case) -> None:
        """Let the first of these ways that the platform takes be the messages, and no others; the last has the buttons.

        A message that is gone is posted anew, once, and then all ways are tried again: it may be elsewhere. `check` is
        called before each message, and raises if no more of them may be shown.
        """
        while True:
            try:
                return await self._show_one_of(ways, buttons, check)
            except MessageGone:
                log.info("message_gone")

    async def clear(self) -> None:
        """Delete messages that have done their work. If the platform refuses that for good, they stay."""
        try:
            await self._delete_beyond(0)
        except Undelivered as error:
            log.info("messages_not_deleted", error=error.code)

    async def _show_one_of(self, ways: Sequence[Way], buttons: Buttons, check: Check) -> None:
        for way in ways:
            try:
                for number, page in enumerate(way, 1):
                    await check()
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
        return await self.post(number, page, button_rows.cancel(self.to.locale, self.note.id))

    async def _delete_beyond(self, last: int) -> None:
        for number in sorted(number for number in self.handles if number > last):
            await self.delete(self.handles.pop(number))
            await self.posted.forget(self.note.id, f"{self.prefix}{number}")

    async def _delete_if_easy(self, handle: str) -> None:
        """Delete a message that could not be edited, and may be there all the same."""
        try:
            await self.delete(handle)
        except EarmarkError as error:
            log.info("message_not_deleted", error=error.code)

    async def delete(self, handle: str) -> None:
        """Delete a message, or empty it if the platform deletes none; one that is gone is all right."""
        try:
            if isinstance(self.platform, DeletesMessages):
                await self.platform.delete(handle)
            else:
                await self.platform.edit(self.note, handle, Page("…"), ())
        except MessageGone:
            log.info("message_gone")
