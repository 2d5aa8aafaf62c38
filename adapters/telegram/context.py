"""What the handlers of Telegram's updates may reach: the bot, the core's doors, and what the operator decided."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from telegram import User
from telegram.ext import ExtBot

from adapters.telegram.rights import Rights
from adapters.telegram.sending import Sender
from bot.chat.core import ChatCore
from bot.chat.delivery import Delivery
from bot.chat.operator_commands import OperatorCommands
from bot.chat.posted_messages import PostedMessages
from bot.chat.queries import Queries
from bot.domain.catalog import Catalog
from bot.domain.money import Micros
from bot.domain.ports import Clock
from bot.notes.intake import Intake
from bot.people.access import People
from bot.people.preferences import Preferences
from bot.people.privacy import Privacy

Credit = Callable[[str, Micros, str, str], Awaitable[bool]]
"""Adds to an account (account, amount, ref, memo), once for each ref."""


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
    intake: Intake
    queries: Queries
    preferences: Preferences
    privacy: Privacy
    operators: OperatorCommands
    people: People
    posted: PostedMessages
    catalog: Catalog
    clock: Clock
    credit: Credit
    groups_pay: bool = False
    """Whether what is said in a group is paid from the group's account."""
    star: Micros | None = None
    """What one Telegram Star adds to a balance; None: nothing can be paid."""
    support: str = ""
    """Whom people write to about a payment."""
    megabytes: float = 20
    """The largest file that can be fetched."""
