"""Who may decide what: whoever runs a chat, and whoever asked for a note."""

from collections import OrderedDict
from datetime import datetime, timedelta

from telegram import ChatMember
from telegram.error import BadRequest, Forbidden
from telegram.ext import ExtBot

from adapters.telegram.places import place_of
from bot.domain.note import Note
from bot.domain.ports import Clock

KNOWN_FOR = timedelta(minutes=1)
"""Telegram is not asked again for every press."""
_MOST_KNOWN = 1000
_RUNS = frozenset({ChatMember.OWNER, ChatMember.ADMINISTRATOR})


class Rights:
    """One for each bot."""

    def __init__(self, bot: "ExtBot[None]", clock: Clock) -> None:
        self._bot = bot
        self._clock = clock
        self._known: OrderedDict[tuple[int, int], tuple[datetime, bool]] = OrderedDict()

    async def is_chat_admin(self, chat: int, user: int) -> bool:
        """Whether a user is an admin of a chat, or its only person. An anonymous admin speaks as the chat itself.

        For somebody who writes as a chat, `user` is that chat's number. An answer is up to a minute old.
        """
        if user == chat:
            return True
        if chat > 0 or user < 0:  # another's own chat; a channel that speaks in somebody else's chat
            return False
        until, is_admin = self._known.get((chat, user), (self._clock(), False))
        if until <= self._clock():
            is_admin = await self._is_admin(chat, user)
            self._known[chat, user] = (self._clock() + KNOWN_FOR, is_admin)
            self._known.move_to_end((chat, user))
            while len(self._known) > _MOST_KNOWN:
                self._known.popitem(last=False)
        return is_admin

    async def may_press(self, note: Note, user: int) -> bool:
        """Whether a user may press the buttons of a note: who asked for it may, and in a group whoever runs it."""
        place = place_of(note)
        if user == place.asker:
            return True
        if place.private or place.guest or place.business:
            return False
        return await self.is_chat_admin(place.chat, user)

    async def _is_admin(self, chat: int, user: int) -> bool:
        try:
            member = await self._bot.get_chat_member(chat, user)
        except (BadRequest, Forbidden):  # nobody of that number, or the bot is not there any more
            return False
        return member.status in _RUNS
