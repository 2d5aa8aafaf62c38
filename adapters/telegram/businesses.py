"""Accounts that connected the bot to their chats, and their owners' choices for the voice messages there."""

from telegram import BusinessConnection
from telegram.error import BadRequest, Forbidden
from telegram.ext import ExtBot

from adapters.telegram.context import Caller, Context
from adapters.telegram.pages import plain
from adapters.telegram.places import PLATFORM, Handle
from bot.chat.button_rows import Action, Button, ButtonData, Buttons
from bot.domain.ports import Clock
from bot.locales import text
from bot.people.preferences import Choice, Mode
from bot.support.remembered import Remembered

_ARGUMENT = "business="
"""Before the connection and the mode."""
_MODES = (Mode.AUTO, Mode.OFF)


def owner_of(connection_id: str) -> str:
    """Return the identity whose choices hold in the chats of a connection."""
    return f"{PLATFORM}:business:{connection_id}"


def may_answer(connection: BusinessConnection) -> bool:
    """Return True if the account lets the bot write in its name."""
    return connection.is_enabled and connection.rights is not None and bool(connection.rights.can_reply)


class Businesses:
    """Asks Telegram about connections, and about each at most once a minute."""

    def __init__(self, bot: "ExtBot[None]", clock: Clock) -> None:
        self._bot = bot
        self._connections = Remembered(self._asked, clock)

    async def find(self, connection_id: str) -> BusinessConnection | None:
        """Return a connection; None if it has ended."""
        return await self._connections.of(connection_id)

    async def _asked(self, connection_id: str) -> BusinessConnection | None:
        try:
            return await self._bot.get_business_connection(connection_id)
        except (BadRequest, Forbidden):
            return None


def business_choices(locale: str, connection_id: str) -> Buttons:
    """Return the choices for voice messages in the chats of a connection."""
    labels = {mode: text(locale, f"value-mode-{mode.value}") for mode in _MODES}
    data = {mode: ButtonData(Action.CHOOSE, argument=f"{_ARGUMENT}{connection_id}={mode.value}") for mode in _MODES}
    return (tuple(Button(labels[mode], data[mode]) for mode in _MODES),)


def is_business(data: ButtonData) -> bool:
    """Return True for the data of one of these choices."""
    return data.action is Action.CHOOSE and data.argument.startswith(_ARGUMENT)


async def pressed_business(context: Context, caller: Caller, handle: Handle, argument: str) -> str:
    """Take a choice of the user who connected the bot, and of no other user. Returns the notice for the presser."""
    connection_id, _, mode = argument.removeprefix(_ARGUMENT).rpartition("=")
    connection = await Businesses(context.bot, context.core.clock).find(connection_id)
    if connection is None or connection.user.id != caller.user or mode not in _MODES:
        return text(caller.locale, "press-unknown")
    await context.core.preferences.choose(owner_of(connection_id), Choice.MODE, mode)
    words = f"{text(caller.locale, 'setting-mode-business')}: {text(caller.locale, f'value-mode-{mode}')}"
    await context.sender.edit(handle, plain(words), business_choices(caller.locale, connection_id))
    return ""
