"""Rights of users: of admins in their chat, and of the user who asked for a note."""

from dataclasses import dataclass

from telegram import ChatMember
from telegram.error import BadRequest, Forbidden
from telegram.ext import ExtBot

from adapters.telegram.places import place_of
from bot.domain.note import Note
from bot.domain.ports import Clock
from bot.support.remembered import Remembered

_RUNS = frozenset({ChatMember.OWNER, ChatMember.ADMINISTRATOR})


class Rights:
    """One for each bot."""

    def __init__(self, bot: "ExtBot[None]", clock: Clock) -> None:
        self._bot = bot
        self._admins = Remembered(self._is_admin, clock)
        self._linked = Remembered(self._linked_to, clock)

    async def is_chat_admin(self, chat: int, user: int) -> bool:
        """Return True if a user is an admin of a chat, or its only person. An anonymous admin speaks as the chat.

        For a user who writes as a chat, `user` is that chat's number. An answer is up to a minute old.
        """
        if user == chat:
            return True
        if chat > 0 or user < 0:  # another user's own chat; a channel that speaks in another chat
            return False
        return await self._admins.of((chat, user))

    async def is_linked_channel(self, group: int, channel: int) -> bool:
        """Return True if a channel is the one whose discussion a group is."""
        return await self._linked.of(group) == channel

    async def _linked_to(self, group: int) -> int | None:
        try:
            return (await self._bot.get_chat(group)).linked_chat_id
        except (BadRequest, Forbidden):  # the bot is not there any more
            return None

    async def _is_admin(self, which: tuple[int, int]) -> bool:
        chat, user = which
        try:
            member = await self._bot.get_chat_member(chat, user)
        except (BadRequest, Forbidden):  # no such user, or the bot is not there any more
            return False
        return member.status in _RUNS


@dataclass(frozen=True, slots=True)
class PresserRights:
    """Rights of one presser about notes; implements `bot.chat.result_actions.Rights`."""

    rights: Rights
    user: int
    chat: int
    """The chat in which they pressed or wrote."""

    async def may_use(self, note: Note) -> bool:
        """Return True for who asked for the note, and in a group for its admins."""
        place = place_of(note)
        if self.user == place.asker:
            return True
        if place.private or place.guest or place.business:
            return False
        return await self.rights.is_chat_admin(place.chat, self.user)

    async def may_read(self, note: Note) -> bool:
        """Return True for the readers of the group or channel of the answer: they pressed there.

        A channel's direct messages are one chat, in which each user reads their own topic.
        """
        place = place_of(note)
        has_readers = bool(place.group) and not place.direct
        return await self.may_use(note) or (has_readers and self.chat == place.chat)

    async def may_cancel(self, note: Note) -> bool:
        """Return True for who asked; if the chat itself asked, for its admins."""
        place = place_of(note)
        if place.asker > 0:
            return self.user == place.asker
        return await self.rights.is_chat_admin(place.asker or place.chat, self.user)

    async def may_pay(self, note: Note) -> bool:
        if note.payer:
            return await self.rights.is_chat_admin(place_of(note).chat, self.user)
        return await self.may_cancel(note)
