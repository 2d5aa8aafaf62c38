"""All that the handlers of Telegram's updates may reach: the bot, the conversation, and the operator's choices."""

from dataclasses import dataclass, field

from telegram import User
from telegram.ext import ExtBot

from adapters.telegram.rights import Rights
from adapters.telegram.sending import Sender
from bot.chat.caller import Capabilities
from bot.chat.core import ChatCore
from bot.chat.delivery import Delivery
from bot.domain.money import Micros


@dataclass(frozen=True, slots=True)
class Context:
    """Made when the platform listens."""

    bot: "ExtBot[None]" = field(repr=False)  # its repr shows the token
    me: User
    """The bot itself, with what it may read and join."""
    rights: Rights
    sender: Sender
    adapter: Delivery
    core: ChatCore
    can: Capabilities
    star: Micros | None = None
    """Worth that one Telegram Star adds to a balance; None: nothing can be paid."""
    megabytes: float = 20
    """The largest file that can be fetched."""
