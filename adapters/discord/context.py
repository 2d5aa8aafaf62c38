"""What the handlers of Discord's events may reach: the client, the core's doors, and what the operator decided."""

from dataclasses import dataclass

from adapters.discord.sending import Sender
from adapters.discord.tickets import Tickets
from adapters.discord.views import Views
from bot.chat.core import ChatCore
from bot.chat.delivery import Delivery
from bot.chat.queries import Queries
from bot.chat.read_marker import ReadMarker
from bot.domain.catalog import Catalog
from bot.domain.ports import Clock
from bot.notes.intake import Intake
from bot.people.preferences import Preferences


@dataclass(frozen=True, slots=True)
class Context:
    """Given by whoever opens the platform."""

    sender: Sender
    adapter: Delivery
    tickets: Tickets
    views: Views
    core: ChatCore
    intake: Intake
    queries: Queries
    preferences: Preferences
    catalog: Catalog
    heard: ReadMarker
    clock: Clock
    megabytes: float
    """The largest file that is taken."""
