"""The conversation's view of the service, the same for every chat platform."""

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from bot.chat.answer_links import AnswerLinks
from bot.chat.note_messages import PostedMessages
from bot.chat.operator_commands import OperatorCommands
from bot.chat.payments import Payments
from bot.chat.platform import WritesToUsers
from bot.chat.queries import Queries
from bot.chat.reruns import Reruns
from bot.chat.voice_enrolment import VoiceEnrolment
from bot.domain.catalog import Catalog
from bot.domain.ports import Clock
from bot.ledger.statements import Statements
from bot.notes.answered import AnsweredNotes
from bot.notes.intake import Intake
from bot.notes.views import NoteViews
from bot.people.access import People
from bot.people.access_requests import AccessRequests
from bot.people.owner_claim import OwnerClaim
from bot.people.preferences import Preferences
from bot.people.privacy import Privacy
from bot.people.retention import Kept


@dataclass(frozen=True, slots=True)
class ChatCore:
    """Given to a platform by the service's wiring."""

    intake: Intake
    notes: NoteViews
    answered: AnsweredNotes
    statements: Statements
    queries: Queries
    reruns: Reruns
    preferences: Preferences
    voices: VoiceEnrolment
    privacy: Privacy
    operators: OperatorCommands
    people: People
    requests: AccessRequests
    claim: OwnerClaim
    writers: Mapping[str, WritesToUsers]
    """Ways to users who did not ask for anything, by platform."""
    posted: PostedMessages
    links: AnswerLinks
    catalog: Catalog
    clock: Clock
    payments: Payments
    kept: Kept
    """Retention periods of the deployment."""
    timezone: ZoneInfo
    """Zone of the times that users read where their platform does not know theirs."""
    groups_pay: bool
    """If true, what is said in a group is paid from the group's account."""
    support: str
    """Contact for questions about a payment; "": none."""
