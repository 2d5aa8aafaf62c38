"""The conversation's view of a running service."""

from bot.chat.answer_links import AnswerLinks, LinksAnswers
from bot.chat.core import ChatCore
from bot.chat.note_messages import PostedMessages
from bot.chat.platform import WritesToUsers
from bot.chat.reruns import Reruns
from bot.chat.voice_enrolment import VoiceEnrolment
from bot.domain.ports import Clock
from bot.notes.answered import AnsweredNotes
from bot.people.retention import Kept
from bot.service.worker import Service
from bot.settings import Settings


def chat_core_of(service: Service, settings: Settings, clock: Clock) -> ChatCore:
    """Return the parts of the service that the conversation of every chat platform uses."""
    core = service.core
    return ChatCore(
        intake=service.intake,
        notes=core.notes,
        answered=AnsweredNotes(core.db),
        statements=core.ledger.statements,
        queries=core.queries,
        reruns=Reruns(core.notes, core.queries, core.catalog, service.intake),
        preferences=core.preferences,
        voices=VoiceEnrolment(core.voices, core.people, service.reads_voices),
        privacy=core.privacy,
        operators=core.operators,
        people=core.people,
        requests=core.requests,
        claim=core.claim,
        writers={name: one for name, one in service.notifiers.items() if isinstance(one, WritesToUsers)},
        posted=PostedMessages(core.db, clock),
        links=AnswerLinks({name: one for name, one in service.adapters.items() if isinstance(one, LinksAnswers)}),
        catalog=core.catalog,
        clock=clock,
        payments=core.ledger,
        kept=Kept(transcripts=settings.retention.transcripts, names=settings.retention.ledger_names),
        timezone=settings.money.timezone,
        groups_pay=settings.money.from_group_account,
        support=settings.money.support,
    )
