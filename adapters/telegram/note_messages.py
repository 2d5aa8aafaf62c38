"""The messages that stand for one note: each is posted once, written down, and only then given what it is to say.

Part "1" is the placeholder, and then the text; "2" and "3" are what else of a long text there is. "owner 1" is what the
owner of a business account is told aside. A message is posted with nothing in it that matters, so a run that breaks
off anywhere is repeated by edits of what is there.
"""

from collections.abc import Awaitable, Callable

import structlog

from adapters.telegram import pages
from adapters.telegram.errors import MessageGone
from adapters.telegram.pages import Page
from adapters.telegram.places import Handle, Place
from adapters.telegram.sending import Sender, own_chat
from bot.chat.buttons import Buttons
from bot.chat.posted_messages import PostedMessages
from bot.domain.note import Note

log = structlog.get_logger()

_OWNER = "owner "
"""How those parts are called that stand in the owner's own chat."""


class Parts:
    """One note's messages. Everything raises what Sender raises, but no MessageGone: another is posted.

    Each is written down as its number, after the `called` that tells these parts of a note from others.
    """

    def __init__(
        self,
        sender: Sender,
        posted: PostedMessages,
        note: Note,
        place: Place,
        handles: dict[int, Handle],
        called: str = "",
    ) -> None:
        self._sender = sender
        self._posted = posted
        self._note = note
        self._place = place
        self._handles = handles
        self._called = called

    @property
    def first(self) -> Handle | None:
        """The placeholder."""
        return self._handles.get(1)

    async def post(self, number: int, page: Page, buttons: Buttons = ()) -> Handle:
        """Post a message and write it down; it takes the place of an earlier one of that number."""
        handle = await self._sender.post(self._place, page, buttons)
        await self._posted.keep(self._note.id, f"{self._called}{number}", str(handle))
        self._handles[number] = handle
        return handle

    async def show(self, texts: list[Page], buttons: Buttons) -> None:
        """Let these be the note's messages, and no others; the last bears the buttons. Of none, all are deleted."""
        for number, page in enumerate(texts, 1):
            under = buttons if number == len(texts) else ()
            await self._edit(number, len(texts), _edit_into(self._sender, page, under))
        await self._delete_beyond(len(texts))

    async def show_file(self, name: str, data: bytes, caption: Page, buttons: Buttons) -> None:
        """Let a file be the note's only message."""

        async def turn(handle: Handle) -> None:
            await self._sender.turn_into_file(handle, name, data, caption, buttons)

        await self._edit(1, 1, turn)
        await self._delete_beyond(1)

    async def _edit(self, number: int, of: int, edit: Callable[[Handle], Awaitable[None]]) -> None:
        handle = self._handles.get(number)
        if handle is not None:
            try:
                return await edit(handle)
            except MessageGone:
                log.info("message_gone", part=number)
        await edit(await self.post(number, pages.part(self._place.locale, number, of)))
        return None

    async def _delete_beyond(self, last: int) -> None:
        for number in sorted(number for number in self._handles if number > last):
            await self._sender.delete(self._handles.pop(number))
            await self._posted.forget(self._note.id, f"{self._called}{number}")


async def parts_of(sender: Sender, posted: PostedMessages, note: Note, place: Place, placeholder: str | None) -> Parts:
    """The messages of a note that were posted before. `placeholder` counts where none was written down."""
    kept = {"1": placeholder} if placeholder else {}
    kept |= await posted.parts(note.id)
    handles = {int(part): Handle.parse(handle) for part, handle in kept.items() if part.isdecimal()}
    return Parts(sender, posted, note, place, handles)


async def parts_aside(sender: Sender, posted: PostedMessages, note: Note, place: Place) -> Parts:
    """What its asker alone reads of a note, in the chat with the bot. Raises Undelivered where nobody asked."""
    kept = (await posted.parts(note.id)).items()
    told = {part.removeprefix(_OWNER): handle for part, handle in kept if part.startswith(_OWNER)}
    handles = {int(part): Handle.parse(handle) for part, handle in told.items()}
    return Parts(sender, posted, note, own_chat(place), handles, _OWNER)


def _edit_into(sender: Sender, page: Page, buttons: Buttons) -> Callable[[Handle], Awaitable[None]]:
    return lambda handle: sender.edit(handle, page, buttons)
