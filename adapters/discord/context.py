"""What the handlers of Discord's events may reach: the client, the core's doors, and what the operator decided."""

from dataclasses import dataclass

from adapters.discord.sending import Sender
from adapters.discord.tickets import Tickets
from adapters.discord.views import Views
from bot.chat.core import ChatCore
from bot.chat.delivery import Delivery
from bot.chat.operator_commands import OperatorCommands
from bot.chat.queries import Queries
from bot.chat.read_marker import ReadMarker
from bot.domain.catalog import Catalog
from bot.domain.ports import Clock
from bot.notes.intake import Intake
from bot.people.access import People
from bot.people.preferences import Preferences
from bot.people.privacy import Privacy


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
    privacy: Privacy
    catalog: Catalog
    heard: ReadMarker
    clock: Clock
    operators: OperatorCommands
    people: People
    megabytes: float
    """The largest file that is taken."""
    groups_pay: bool = False
    """Whether what is said in a server is paid from the server's account."""
