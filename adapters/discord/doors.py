"""What the handlers of Discord's events may reach: the client, the core's doors, and what the operator decided."""

from dataclasses import dataclass

from adapters.discord.adapter import DiscordAdapter
from adapters.discord.sending import Sender
from adapters.discord.views import Views
from bot.catalog import Catalog
from bot.commands import Commands
from bot.heard import Heard
from bot.intake import Intake
from bot.operators import Operators
from bot.people import People
from bot.ports import Clock
from bot.preferences import Preferences
from bot.privacy import Privacy
from bot.runs import Runs


@dataclass(frozen=True, slots=True)
class Doors:
    """Given by whoever opens the platform."""

    sender: Sender
    adapter: DiscordAdapter
    views: Views
    intake: Intake
    commands: Commands
    runs: Runs
    preferences: Preferences
    privacy: Privacy
    catalog: Catalog
    heard: Heard
    clock: Clock
    operators: Operators
    people: People
    megabytes: float
    """The largest file that is taken."""
    groups_pay: bool = False
    """Whether what is said in a server is paid from the server's account."""
