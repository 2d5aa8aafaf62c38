"""Discord as a platform for the conversation."""

from dataclasses import dataclass
from pathlib import Path

from discord.ui import Button, View

from adapters.discord.files import Files
from adapters.discord.note_messages import Posting
from adapters.discord.pages import destination_of
from adapters.discord.places import PLATFORM, Handle, Place, place_of
from adapters.discord.sending import Sender
from adapters.discord.views import Views
from bot.chat.buttons import Buttons
from bot.chat.pages import Page
from bot.chat.platform import Destination
from bot.domain.note import Note
from bot.locales import text

_LAST_ROW = 4
"""Of the buttons under a message, from 0."""


@dataclass(frozen=True, slots=True)
class DiscordAdapter:
    """Implements bot.chat.platform.Platform, LimitsRate and LinksMedia."""

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

    def has_room(self, handle: str) -> bool:
        return not self.sender.is_busy(Handle.parse(handle))

    async def download(self, note: Note, folder: Path, limit: int) -> Path:
        return await self.files.fetch(note.media, place_of(note), folder, limit)

    async def link(self, note: Note, seconds: float) -> str | None:
        return await self.files.link(note.media, place_of(note), seconds)


def _add_way_back(view: View, place: Place, handle: Handle) -> None:
    """Add a link to the recording, if it is not above and its server is known."""
    if handle.channel != place.source and place.message and place.source == place.channel:
        url = f"https://discord.com/channels/{place.guild or '@me'}/{place.source}/{place.message}"
        view.add_item(Button(label=text(place.locale, "button-recording"), url=url, row=_LAST_ROW))
