"""The conversation's view of the service, the same for every chat platform."""

from dataclasses import dataclass

from bot.chat.note_messages import PostedMessages
from bot.chat.operator_commands import OperatorCommands
from bot.chat.payments import Payments
from bot.chat.queries import Queries
from bot.chat.reruns import Reruns
from bot.domain.catalog import Catalog
from bot.domain.ports import Clock
from bot.ledger.statements import Statements
from bot.notes.intake import Intake
from bot.notes.views import NoteViews
from bot.people.access import People
from bot.people.preferences import Preferences
from bot.people.privacy import Privacy


@dataclass(frozen=True, slots=True)
class ChatCore:
    """Given to a platform by the service's wiring."""

    intake: Intake
    notes: NoteViews
    statements: Statements
    queries: Queries
    reruns: Reruns
    preferences: Preferences
    privacy: Privacy
    operators: OperatorCommands
    people: People
    posted: PostedMessages
    catalog: Catalog
    clock: Clock
    payments: Payments
    groups_pay: bool
    """If true, what is said in a group is paid from the group's account."""
    support: str
    """Contact for questions about a payment; "": none."""
