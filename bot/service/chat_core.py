"""The parts of a running service that the conversation of a chat platform reaches."""

from bot.chat.core import ChatCore
from bot.chat.posted_messages import PostedMessages
from bot.chat.reruns import Reruns
from bot.domain.ports import Clock
from bot.service.worker import Service
from bot.settings import Settings


def chat_core_of(service: Service, settings: Settings, clock: Clock) -> ChatCore:
    """Return the parts of a service that a platform hands to the conversation."""
    core = service.core
    return ChatCore(
        intake=service.intake,
        queries=core.queries,
        reruns=Reruns(core.queries, core.catalog, service.intake),
        preferences=core.preferences,
        privacy=core.privacy,
        operators=core.operators,
        people=core.people,
        posted=PostedMessages(core.db, clock),
        catalog=core.catalog,
        clock=clock,
        credit=core.ledger.credit,
        groups_pay=settings.groups_pay == "chat",
        support=settings.support,
    )
