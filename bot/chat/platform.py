"""The port to a chat platform: few methods that each platform must have, and capabilities that it may have.

A platform names its messages by handles: plain text that it makes, keeps in no memory, and understands after a restart.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from bot.chat.button_rows import Buttons
from bot.chat.messages import Audience
from bot.chat.pages import Page
from bot.domain.errors import EarmarkError, Remedy
from bot.domain.note import Note
from bot.rendering import Length

FIRST = "1"
"""Name of the part of a note that is its placeholder, and later its text."""
READY = "ready"
"""Name of the part that tells that the text is there, by a message that notifies."""
REMOVED = "removed"
"""Name of the part that tells that a user deleted the text in its chat: nothing leads to it, or posts it again."""
ASIDE = "owner "
"""Begins the names of parts that the asker alone reads, in their own chat."""


class MessageGone(EarmarkError):
    """The message to edit was deleted, or cannot be edited any more: it is posted anew."""


class PageRefused(EarmarkError):
    """The page has something in it that the platform does not take in that message: too much text, a file, an embed."""


class MediaDown(EarmarkError):
    """The platform does not hand out a file just now."""

    remedy = Remedy.TIME


class LeadsElsewhere(Exception):
    """A note's file is at an address that is not the platform's own: it is followed like strangers' links."""

    def __init__(self, link: str) -> None:
        super().__init__("a link that is none of the platform's own")
        self.link = link


def utf16_units(text: str) -> int:
    """Return the length in UTF-16 units: characters beyond the first 65,536 count twice."""
    return len(text) + sum(character > "\uffff" for character in text)


def megabytes(size: int) -> float:
    """Return bytes in the MB that chat platforms show to their users, which are 2**20 bytes."""
    return round(size / 2**20, 1)


def length_of_text(page: Page) -> int:
    """Return the UTF-16 units of a page's text, for platforms that count neither emphasis nor escapes."""
    return utf16_units(page.text)


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one place of a platform. Lengths are in the units of `measure`."""

    text: int
    """Most of a message."""
    caption: int
    """Most of a message with a file."""
    folded: int = 0
    """Most of a quoted text that is shown beside the message's own text; 0: there is no such thing."""
    pages: int = 1
    """Messages for one text; a longer one becomes a file."""
    files: bool = True
    """If false, a message there cannot hold a file."""
    bold: int = 90
    """Bold spans in one message."""
    length: Length = utf16_units
    """At least the length of a plain text, the sum of its parts' lengths: what text is cut by."""
    measure: Callable[[Page], int] = length_of_text
    """The length of a page's text as it is sent, emphasis and escapes included."""
    pause: float = 3.0
    """Seconds between two edits that show progress."""


@dataclass(frozen=True, slots=True)
class Destination:
    """The place where a note is answered, as far as the conversation depends on it."""

    locale: str
    audience: Audience
    limits: Limits
    is_own_chat: bool = False
    """If true, it is the chat of one user and the bot."""
    has_aside: bool = False
    """If true, others read the answer there: questions and refusals go to the asker's own chat (see ASIDE)."""


class Platform(Protocol):
    """A chat platform.

    All methods raise NotNow (the platform takes nothing for a while) and Undelivered (it will never take this).
    """

    @property
    def name(self) -> str:
        """Return the platform's name, as in NoteKey.platform."""

    def destination(self, note: Note) -> Destination:
        """Return the place where the note is answered."""

    async def post(self, note: Note, part: str, page: Page, buttons: Buttons, gone: str | None) -> str:
        """Post a message of the note and return its handle.

        The message may be found again by its part and its buttons if its handle was lost; it takes the place of `gone`.
        If it may have been posted, though the platform's answer was lost, it is not posted again.
        """

    async def edit(self, note: Note, handle: str, page: Page, buttons: Buttons) -> None:
        """Let a message of the note be this page, and nothing else. Safe to run twice.

        Raises MessageGone, and PageRefused if a plainer page could be shown there.
        """

    async def download(self, note: Note, folder: Path, limit: int) -> Path:
        """Stream the note's media into the folder. Raises TooLarge (above `limit` bytes), MediaDown, LeadsElsewhere."""


@runtime_checkable
class DeletesMessages(Protocol):
    """A platform that can delete its messages. On one that cannot, they are emptied."""

    async def delete(self, handle: str) -> None:
        """Delete a message. Safe to run twice; raises MessageGone if it was gone."""


@runtime_checkable
class WritesToUsers(Protocol):
    """A platform that can write to users who did not ask for anything, with buttons."""

    async def write(self, person: str, page: Page, buttons: Buttons) -> None:
        """Write to a user (platform:id), in the chat of that user and the bot alone. Raises NotNow and Undelivered."""


@runtime_checkable
class Notifies(Protocol):
    """A platform that notifies users of a new message, and not of an edit."""

    async def notify(self, note: Note, handle: str, page: Page) -> str:
        """Post a short reply to a message of the note, of which its user is notified, and return its handle.

        It is called once for each note, whatever comes of it. All other messages of a note are posted silently.
        """


@runtime_checkable
class LimitsRate(Protocol):
    """A platform that takes so many calls at a time, so that news wait for what matters more."""

    def has_room(self, handle: str) -> bool:
        """Return True if a message could be edited at once."""


@runtime_checkable
class LinksMessages(Protocol):
    """A platform on which a message that several users read has an address."""

    def address_of(self, note: Note, handle: str) -> str | None:
        """Return the address of a note's message; None if it has none there, as in a user's own chat."""

    async def is_there(self, note: Note, handle: str, buttons: Buttons) -> bool:
        """Return True if a message of the note stands in the note's chat. These are its buttons."""


@runtime_checkable
class LinksMedia(Protocol):
    """A platform whose files others can fetch."""

    async def link(self, note: Note, seconds: float) -> str | None:
        """Return an https link to the note's media for so many seconds; None if there is none. Raises MediaDown."""
