"""What the handlers of Telegram's updates may reach: the bot, the core's doors, and what the operator decided."""

from dataclasses import dataclass, field

from telegram import User
from telegram.ext import ExtBot

from adapters.telegram.rights import Rights
from adapters.telegram.sending import Sender
from bot.chat.caller import Capabilities
from bot.chat.core import ChatCore
from bot.chat.delivery import Delivery
from bot.chat.posted_messages import PostedMessages
from bot.chat.queries import Queries
from bot.domain.catalog import Catalog
from bot.domain.money import Micros
from bot.domain.ports import Clock
from bot.notes.intake import Intake
from bot.people.preferences import Preferences


@dataclass(frozen=True, slots=True)
class Context:
    """Given by whoever opens the platform."""

    bot: "ExtBot[None]" = field(repr=False)  # its repr shows the token
    me: User
    """The bot itself, with what it may read and join."""
    rights: Rights
    sender: Sender
    adapter: Delivery
    core: ChatCore
    can: Capabilities
    intake: Intake
    queries: Queries
    preferences: Preferences
    posted: PostedMessages
    catalog: Catalog
    clock: Clock
    star: Micros | None = None
    """What one Telegram Star adds to a balance; None: nothing can be paid."""
    megabytes: float = 20
    """The largest file that can be fetched."""
