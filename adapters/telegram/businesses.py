"""The accounts that connected the bot to their chats."""

from collections import OrderedDict
from datetime import datetime, timedelta

from telegram import BusinessConnection
from telegram.error import BadRequest, Forbidden
from telegram.ext import ExtBot

from adapters.telegram.places import PLATFORM
from bot.domain.ports import Clock

KNOWN_FOR = timedelta(minutes=1)
_MOST_KNOWN = 1000


def owner_of(connection_id: str) -> str:
    """Whose choices hold in the chats of a connection."""
    return f"{PLATFORM}:business:{connection_id}"


def may_answer(connection: BusinessConnection) -> bool:
    """Whether the account lets the bot write in its name."""
    return connection.is_enabled and connection.rights is not None and bool(connection.rights.can_reply)


class Businesses:
    """Asks Telegram about connections, and about each at most once a minute."""

    def __init__(self, bot: "ExtBot[None]", clock: Clock) -> None:
        self._bot = bot
        self._clock = clock
        self._known: OrderedDict[str, tuple[datetime, BusinessConnection | None]] = OrderedDict()

    async def find(self, connection_id: str) -> BusinessConnection | None:
        """None for one that is no more."""
        until, connection = self._known.get(connection_id, (self._clock(), None))
        if until <= self._clock():
            connection = await self._asked(connection_id)
            self._known[connection_id] = (self._clock() + KNOWN_FOR, connection)
            self._known.move_to_end(connection_id)
            while len(self._known) > _MOST_KNOWN:
                self._known.popitem(last=False)
        return connection

    async def _asked(self, connection_id: str) -> BusinessConnection | None:
        try:
            return await self._bot.get_business_connection(connection_id)
        except (BadRequest, Forbidden):
            return None
