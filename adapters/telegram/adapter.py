"""Telegram as a platform for the conversation."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import quote

import httpx
import structlog
from telegram.error import InvalidToken, TelegramError
from telegram.ext import ExtBot

from adapters.telegram.errors import FileDown, FileGone, TooLargeForTelegram, log_unknown_token, meaning
from adapters.telegram.pages import destination_of, plain
from adapters.telegram.places import PLATFORM, Handle, Place, person_of, place_of
from adapters.telegram.sending import Keep, Sender, own_chat
from bot.chat.button_rows import Buttons
from bot.chat.downloads import BrokeOff, download, stream
from bot.chat.note_messages import PostedMessages
from bot.chat.pages import Page
from bot.chat.platform import ASIDE, FIRST, Destination, MessageGone
from bot.domain.errors import NotFound, PerhapsPosted, Undelivered
from bot.domain.note import Note
from bot.support.files import Room, found

log = structlog.get_logger()

_TRIED = "tried"
"""Name of the part that tells that a placeholder may have been posted."""
_MEBIBYTE = 1024 * 1024
"""Telegram's apps show sizes in these, and call them MB."""
_LARGEST = 20 * _MEBIBYTE
"""Bytes that Telegram's own server gives to a bot."""


_SUPERGROUP = "-100"
"""Begins the numbers of supergroups and channels, not those of groups."""


@dataclass(frozen=True, slots=True)
class Files:
    """Fetches files by their ids."""

    bot: "ExtBot[None]" = field(repr=False)  # its repr shows the token
    http: httpx.AsyncClient
    base: str
    """Address of the files, without the token."""
    local: bool
    """If true, files lie on this disk already."""
    room: Room

    async def fetch(self, file_id: str, name: str, claimed: int | None, folder: Path, limit: int) -> Path:
        """Bring a file into `folder` and return its path; see `bot.chat.downloads`. `name` is its sender's word.

        Raises TooLarge, TooLargeForTelegram, FileGone (a NotFound), FileDown.
        """

        async def fetched(target: Path) -> Path:
            place = await self._place_of(file_id, name)
            if self.local:
                return await self._found(Path(place), name, limit)
            url = f"{self.base}{self.bot.token}/{quote(place)}"
            return await stream(self.http, url, target, limit, self.room, lambda answer: _check(answer, name))

        if claimed is not None and claimed > _LARGEST and limit > _LARGEST and not self.local:
            raise TooLargeForTelegram(size_mb=claimed / _MEBIBYTE)
        try:
            return await download(fetched, claimed, folder, limit)
        except BrokeOff:
            raise FileDown from None

    async def _found(self, path: Path, name: str, limit: int) -> Path:
        try:
            return await found(path, name, limit)
        except NotFound:
            log.warning("file_of_the_bot_api_server_not_found", what_to_do="let this process read that server's files")
            raise FileGone(name=name) from None

    async def _place_of(self, file_id: str, name: str) -> str:
        """Return the path of a file on the server, or on this disk: the library's address without what is secret."""
        try:
            file = await self.bot.get_file(file_id)
        except TelegramError as error:
            raise _fault(error, name) from None
        if not file.file_path:
            raise BrokeOff
        return file.file_path.removeprefix(f"{self.bot.base_file_url}/")


def _fault(error: TelegramError, name: str) -> Exception:
    """Return what keeps Telegram from telling where a file lies."""
    if isinstance(error, InvalidToken):
        log_unknown_token()
        return FileDown()
    told = meaning(error)
    if told is None:
        return BrokeOff()
    return told if isinstance(told, TooLargeForTelegram) else FileGone(name=name)


def _check(answer: httpx.Response, name: str) -> None:
    if answer.status_code in (httpx.codes.NOT_FOUND, httpx.codes.GONE, httpx.codes.BAD_REQUEST):
        raise FileGone(name=name)
    if answer.status_code != httpx.codes.OK:
        raise BrokeOff


@dataclass(frozen=True, slots=True)
class TelegramAdapter:
    """Implements bot.chat.platform.Platform, DeletesMessages, Notifies, LimitsRate and LinksMessages.

    Telegram's links to files hold the bot's token, so no provider gets them.
    """

    sender: Sender
    files: Files
    posted: PostedMessages

    @property
    def name(self) -> str:
        return PLATFORM

    def destination(self, note: Note) -> Destination:
        return destination_of(place_of(note))

    async def post(self, note: Note, part: str, page: Page, buttons: Buttons, gone: str | None) -> str:
        if part.startswith(ASIDE):
            return str(await self.sender.post(own_chat(place_of(note)), page, buttons))
        place = place_of(note)
        if part == FIRST and gone is None:
            return str(await self._post_placeholder(note, place, page, buttons))
        return str(await self.sender.post_silently(place, page, buttons))

    async def _post_placeholder(self, note: Note, place: Place, page: Page, buttons: Buttons) -> Handle:
        """Post a placeholder, unless one is found that a crash, or a confirmation that was lost, left behind."""
        is_first_try = await self.posted.begin(note.id, _TRIED)
        found = None if is_first_try else await self.sender.find(place, buttons, self._is_written_down)
        if found is not None:
            return found
        try:
            return await self.sender.post_silently(place, page, buttons)
        except PerhapsPosted:
            if (found := await self.sender.find(place, buttons, self._is_written_down)) is None:
                raise
            return found

    async def _is_written_down(self, handle: Handle) -> bool:
        return await self.posted.is_known(str(handle))

    async def notify(self, note: Note, handle: str, page: Page) -> str:
        return str(await self.sender.post(replace(place_of(note), message=Handle.parse(handle).message), page))

    async def edit(self, note: Note, handle: str, page: Page, buttons: Buttons) -> None:
        await self.sender.edit(Handle.parse(handle), page, buttons)

    async def delete(self, handle: str) -> None:
        await self.sender.delete(Handle.parse(handle))

    def address_of(self, note: Note, handle: str) -> str | None:
        """Return the address of a message in a supergroup or a channel: Telegram has none in other chats.

        Among a channel's direct messages, other users have no way to it.
        """
        at, place = Handle.parse(handle), place_of(note)
        number = str(at.chat)
        if at.business or place.direct or not place.group or not number.startswith(_SUPERGROUP):
            return None
        return f"https://t.me/c/{number.removeprefix(_SUPERGROUP)}/{at.message}"

    async def is_there(self, note: Note, handle: str, buttons: Buttons) -> bool:
        """Return True if a message takes its buttons: Telegram shows a bot none of its messages."""
        try:
            await self.sender.edit_buttons(Handle.parse(handle), buttons)
        except MessageGone:
            return False
        return True

    def has_room(self, handle: str) -> bool:
        return self.sender.has_room(Handle.parse(handle))

    async def download(self, note: Note, folder: Path, limit: int) -> Path:
        media = note.media
        return await self.files.fetch(media.locator, media.name, media.bytes, folder, limit)


def keeping(posted: PostedMessages) -> Keep:
    """Return the way to write a message down that is no note's: it is not taken for a placeholder."""

    async def keep(handle: Handle) -> None:
        await posted.keep_beside(PLATFORM, str(handle.chat), str(handle))

    return keep


@dataclass(frozen=True, slots=True)
class TelegramNotifier:
    """Implements bot.domain.ports.Notifier and bot.chat.platform.WritesToUsers.

    Telegram lets a bot write only to users who wrote to it before."""

    sender: Sender

    async def tell(self, person: str, words: str) -> None:
        await self.write(person, Page(words), ())

    async def write(self, person: str, page: Page, buttons: Buttons) -> None:
        number = person_of(person)
        if number is None:
            raise Undelivered(reason="no-user")
        await self.sender.tell(Place(chat=number, message=0, asker=number), plain(page.text), buttons)
