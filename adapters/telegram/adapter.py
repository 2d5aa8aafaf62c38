"""Telegram as a platform for the conversation."""

from dataclasses import dataclass
from pathlib import Path

from adapters.telegram.files import Files
from adapters.telegram.pages import destination_of, plain
from adapters.telegram.places import PLATFORM, Handle, Place, person_of, place_of
from adapters.telegram.sending import Sender, own_chat
from bot.chat.buttons import Buttons
from bot.chat.pages import Page
from bot.chat.platform import ASIDE, Destination
from bot.domain.errors import Undelivered
from bot.domain.note import Note


@dataclass(frozen=True, slots=True)
class TelegramAdapter:
    """Implements bot.chat.platform.Platform, DeletesMessages and LimitsRate.

    Telegram's links to files hold the bot's token, so no provider gets them.
    """

    sender: Sender
    files: Files

    @property
    def name(self) -> str:
        return PLATFORM

    def destination(self, note: Note) -> Destination:
        return destination_of(place_of(note))

    async def post(self, note: Note, part: str, page: Page, buttons: Buttons, gone: str | None) -> str:
        place = own_chat(place_of(note)) if part.startswith(ASIDE) else place_of(note)
        return str(await self.sender.post(place, page, buttons))

    async def edit(self, note: Note, handle: str, page: Page, buttons: Buttons) -> None:
        await self.sender.edit(Handle.parse(handle), page, buttons)

    async def delete(self, handle: str) -> None:
        await self.sender.delete(Handle.parse(handle))

    def has_room(self, handle: str) -> bool:
        return self.sender.has_room(Handle.parse(handle))

    async def download(self, note: Note, folder: Path, limit: int) -> Path:
        media = note.media
        return await self.files.fetch(media.locator, media.name, media.bytes, folder, limit)


@dataclass(frozen=True, slots=True)
class TelegramNotifier:
    """Implements bot.domain.ports.Notifier. Telegram lets a bot write only to users who wrote to it before."""

    sender: Sender

    async def tell(self, person: str, words: str) -> None:
        number = person_of(person)
        if number is None:
            raise Undelivered(reason="no-user")
        await self.sender.post(Place(chat=number, message=0, asker=number), plain(words))
