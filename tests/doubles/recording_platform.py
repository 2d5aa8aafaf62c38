"""A chat platform in memory, over the port: it keeps the messages that it was given, and records every call.

`RecordingPlatform` has only what every platform must have; `CapableRecordingPlatform` has all capabilities.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.chat.button_rows import Buttons, Menu
from bot.chat.messages import Audience
from bot.chat.pages import Page
from bot.chat.platform import (
    ASIDE,
    READY,
    Destination,
    LeadsElsewhere,
    Limits,
    MediaDown,
    MessageGone,
    PageRefused,
)
from bot.domain.errors import EarmarkError
from bot.domain.note import Note

SMALL = Limits(text=200, caption=100, pages=1)


@dataclass(frozen=True, slots=True)
class Message:
    """One message as its readers see it."""

    part: str
    page: Page
    buttons: Buttons = ()
    gone: str | None = None
    """The message that it took the place of."""

    @property
    def text(self) -> str:
        return self.page.text

    @property
    def labels(self) -> list[str]:
        return [button.label for row in self.buttons if not isinstance(row, Menu) for button in row]


@dataclass
class RecordingPlatform:
    """Each message is in its chat under a handle; a fault is raised at the call whose number from 0 it has."""

    to: Destination = field(default_factory=lambda: Destination("en", Audience.OWNER, SMALL))
    chat: dict[str, Message] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    """Calls in their order: "post 1", "edit m1", "delete m2"."""
    faults: dict[int, EarmarkError] = field(default_factory=dict)
    refuses: Callable[[Page], bool] = lambda _: False
    media: bytes | MediaDown | LeadsElsewhere = b"sound"

    @property
    def name(self) -> str:
        return "recorder"

    @property
    def answers(self) -> list[Message]:
        """The messages in the chat of the note."""
        return [message for message in self.chat.values() if not message.part.startswith(ASIDE)]

    @property
    def asides(self) -> list[Message]:
        """The messages in the asker's own chat."""
        return [message for message in self.chat.values() if message.part.startswith(ASIDE)]

    def destination(self, note: Note) -> Destination:
        del note
        return self.to

    async def post(self, note: Note, part: str, page: Page, buttons: Buttons, gone: str | None) -> str:
        del note
        self._record(f"post {part}")
        handle = f"m{sum(call.startswith('post') for call in self.calls)}"
        self.chat[handle] = Message(part, page, buttons, gone)
        return handle

    async def edit(self, note: Note, handle: str, page: Page, buttons: Buttons) -> None:
        del note
        self._record(f"edit {handle}")
        if handle not in self.chat:
            raise MessageGone
        if self.refuses(page):
            raise PageRefused
        self.chat[handle] = replace(self.chat[handle], page=page, buttons=buttons)

    async def download(self, note: Note, folder: Path, limit: int) -> Path:
        del note, limit
        if isinstance(self.media, Exception):
            raise self.media
        path = folder / "received"
        path.write_bytes(self.media)
        return path

    def remove(self, number: int) -> None:
        """Delete the n-th message of the chat, from 0, as a user does."""
        del self.chat[list(self.chat)[number]]

    def _record(self, call: str) -> None:
        self.calls.append(call)
        fault = self.faults.get(len(self.calls) - 1)
        if fault is not None:
            raise fault


@dataclass
class CapableRecordingPlatform(RecordingPlatform):
    """As above, with a way to delete and to notify, a pace, and links to its files."""

    is_full: bool = False
    link_to_media: str | MediaDown = "https://files.example/sound"

    async def delete(self, handle: str) -> None:
        self._record(f"delete {handle}")
        if self.chat.pop(handle, None) is None:
            raise MessageGone

    async def notify(self, note: Note, handle: str, page: Page) -> str:
        del note
        self._record(f"notify {handle}")
        self.chat["notice"] = Message(READY, page)
        return "notice"

    def has_room(self, handle: str) -> bool:
        del handle
        return not self.is_full

    def address_of(self, note: Note, handle: str) -> str | None:
        del note
        return f"https://recorder.example/{handle}"

    async def is_there(self, note: Note, handle: str, buttons: Buttons) -> bool:
        del note, buttons
        self._record(f"look at {handle}")
        return handle in self.chat

    async def link(self, note: Note, seconds: float) -> str | None:
        del note, seconds
        if isinstance(self.link_to_media, MediaDown):
            raise self.link_to_media
        return self.link_to_media
