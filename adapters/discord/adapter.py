"""Discord as a platform for the conversation."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from discord.ui import Button, View

from adapters.discord.files import Files
from adapters.discord.note_messages import Posting
from adapters.discord.pages import Views, destination_of, plain
from adapters.discord.places import PLATFORM, Handle, Place, person_of, place_of
from adapters.discord.sending import Sender
from bot.chat.button_rows import Buttons
from bot.chat.message_mover import Moved
from bot.chat.pages import Page
from bot.chat.platform import ASIDE, Destination, MessageGone
from bot.domain.errors import Undelivered
from bot.domain.note import Note
from bot.locales import text

_LAST_ROW = 4
"""Of the buttons under a message, from 0."""
_LAST_MINUTE = 60.0
"""Seconds before its end in which an interaction's placeholder says where its text will come instead."""


@dataclass(frozen=True, slots=True)
class DiscordAdapter:
    """Implements bot.chat.platform.Platform and all its capabilities, and MovesMessages of bot.chat.message_mover."""

    sender: Sender
    files: Files
    posting: Posting
    views: Views

    @property
    def name(self) -> str:
        return PLATFORM

    def destination(self, note: Note) -> Destination:
        return destination_of(note)

    async def post(self, note: Note, part: str, page: Page, buttons: Buttons, gone: str | None) -> str:
        if part.startswith(ASIDE):
            return str(await self.sender.write_to(place_of(note).asker, page))
        view = self.views.of(buttons)
        if gone is None:
            return str(await self.posting.post(note, page, view))
        return str(await self.posting.post_anew(note, page, view, Handle.parse(gone)))

    async def edit(self, note: Note, handle: str, page: Page, buttons: Buttons) -> None:
        """Edit a message, with a way to the recording if that is elsewhere."""
        at = Handle.parse(handle)
        view = self.views.of(buttons)
        _add_way_back(view, place_of(note), at)
        await self.sender.edit(at, page, view)

    async def delete(self, handle: str) -> None:
        await self.sender.delete(Handle.parse(handle))

    async def notify(self, note: Note, handle: str, page: Page) -> str:
        return str(await self.posting.notify(note, Handle.parse(handle), page))

    def has_room(self, handle: str) -> bool:
        return not self.sender.is_busy(Handle.parse(handle))

    def is_about_to_end(self, note: Note) -> bool:
        ticket = place_of(note).ticket
        return ticket is not None and 0 < self.sender.seconds_left(ticket) <= _LAST_MINUTE

    async def move(self, note: Note, handle: str, page: Page, buttons: Buttons) -> Moved | None:
        """Edit an interaction's answer as the bot whose message it is, or post another message."""
        at, place, view = Handle.parse(handle), place_of(note), self.views.of(buttons)
        if at.ticket is None:
            return None
        if not at.ticket.private:
            own = Handle(at.channel, at.message)
            with suppress(MessageGone, Undelivered):
                await self.sender.edit(own, page, view)
                return Moved(str(own))
        try:
            moved = await self.posting.post_anew(note, page, view, at)
        except Undelivered:
            return Moved(handle, text(place.locale, "ticket-over"))
        is_own = place.own or moved.channel != place.channel
        return Moved(str(moved), text(place.locale, "ticket-moved-own" if is_own else "ticket-moved-channel"))

    def address_of(self, note: Note, handle: str) -> str | None:
        """Return the address of a message that others can read as well."""
        at, place = Handle.parse(handle), place_of(note)
        if place.private or (at.ticket is not None and at.ticket.private):
            return None
        return _address(place.guild if at.channel == place.channel else 0, at.channel, at.message)

    async def is_there(self, note: Note, handle: str, buttons: Buttons) -> bool:
        """Return False for an answer that went to the asker's own chat: others of the note's chat cannot read it."""
        at = Handle.parse(handle)
        return at.channel == place_of(note).channel and await self.sender.is_there(at)

    async def download(self, note: Note, folder: Path, limit: int) -> Path:
        return await self.files.fetch(note.media, place_of(note), folder, limit)

    async def link(self, note: Note, seconds: float) -> str | None:
        return await self.files.link(note.media, place_of(note), seconds)


def _address(guild: int, channel: int, message: int) -> str:
    return f"https://discord.com/channels/{guild or '@me'}/{channel}/{message}"


def _add_way_back(view: View, place: Place, handle: Handle) -> None:
    """Add a link to the recording, if it is not above and its server is known."""
    if handle.channel != place.source and place.message and place.source == place.channel:
        url = _address(place.guild, place.source, place.message)
        view.add_item(Button(label=text(place.locale, "button-recording"), url=url, row=_LAST_ROW))


@dataclass(frozen=True, slots=True)
class DiscordNotifier:
    """Implements bot.domain.ports.Notifier and bot.chat.platform.WritesToUsers.

    It reaches users who share a server with the bot, or have it installed.
    """

    sender: Sender
    views: Views

    async def tell(self, person: str, words: str) -> None:
        await self.write(person, Page(words), ())

    async def write(self, person: str, page: Page, buttons: Buttons) -> None:
        number = person_of(person)
        if number is None:
            raise Undelivered(reason="no-user")
        await self.sender.write_to(number, plain(page.text), self.views.of(buttons))
