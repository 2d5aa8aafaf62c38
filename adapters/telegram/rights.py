"""Who may decide what: whoever runs a chat, and whoever asked for a note."""

from collections import OrderedDict
from datetime import datetime, timedelta
from weakref import WeakKeyDictionary

from telegram import ChatMember
from telegram.error import BadRequest, Forbidden
from telegram.ext import ExtBot

from adapters.telegram.doors import Doors
from adapters.telegram.places import place_of
from bot.model import Note

KNOWN_FOR = timedelta(minutes=1)
_MOST_KNOWN = 1000
_RUNS = frozenset({ChatMember.OWNER, ChatMember.ADMINISTRATOR})

_Known = OrderedDict[tuple[int, int], tuple[datetime, bool]]
# Telegram is not asked again for every press. What is known goes with its bot.
_known: "WeakKeyDictionary[ExtBot[None], _Known]" = WeakKeyDictionary()


async def runs_chat(doors: Doors, chat: int, user: int) -> bool:
    """Whether a user is an admin of a chat, or its only person. An anonymous admin speaks as the chat itself.

    For somebody who writes as a chat, `user` is that chat's number. An answer is up to a minute old.
    """
    if user == chat:
        return True
    if chat > 0 or user < 0:  # another's own chat; a channel that speaks in somebody else's chat
        return False
    known = _known.setdefault(doors.bot, OrderedDict())
    until, runs = known.get((chat, user), (doors.clock(), False))
    if until <= doors.clock():
        runs = await _is_admin(doors, chat, user)
        known[chat, user] = (doors.clock() + KNOWN_FOR, runs)
        known.move_to_end((chat, user))
        while len(known) > _MOST_KNOWN:
            known.popitem(last=False)
    return runs


async def may_press(doors: Doors, note: Note, user: int) -> bool:
    """Whether a user may press the buttons of a note: who asked for it may, and in a group whoever runs it."""
    place = place_of(note)
    if user == place.asker:
        return True
    if place.private or place.guest or place.business:
        return False
    return await runs_chat(doors, place.chat, user)


async def _is_admin(doors: Doors, chat: int, user: int) -> bool:
    try:
        member = await doors.bot.get_chat_member(chat, user)
    except (BadRequest, Forbidden):  # nobody of that number, or the bot is not there any more
        return False
    return member.status in _RUNS
