"""Queries of users about their notes, the same on all platforms."""

from dataclasses import dataclass, replace
from decimal import Decimal

from bot.chat.note_messages import PostedMessages
from bot.domain.billing import Plan, Quote
from bot.domain.catalog import Catalog
from bot.domain.money import Micros
from bot.domain.note import Answer, Note, NoteState, Options
from bot.ledger.statements import Statements
from bot.notes.repository import NoteRepository
from bot.notes.views import NoteViews, Standing
from bot.people.access import People


@dataclass(frozen=True, slots=True)
class Result:
    """A note's transcript, with the note and its options."""

    note: Note
    answer: Answer
    placeholder: str | None
    """The handle of the message that shows it."""
    is_discarded: bool = False
    """If true, its sender cancelled it when it was paid: it is shown to them alone, and has no buttons."""
    is_removed: bool = False
    """If true, a user deleted it in its chat: it is shown to its sender alone, and has no buttons."""


class Queries:
    """Queries of users, and the changes that they may make to their own notes."""

    def __init__(
        self,
        notes: NoteViews,
        repository: NoteRepository,
        posted: PostedMessages,
        statements: Statements,
        people: People,
        catalog: Catalog,
        markup: Decimal,
    ) -> None:
        self._notes = notes
        self._repository = repository
        self._posted = posted
        self._statements = statements
        self._people = people
        self._catalog = catalog
        self._markup = markup

    async def own(self, note_id: str, user: str) -> Standing | None:
        """Return a note's standing for its owner; None for every other user, as if there were no such note."""
        standing = await self._notes.standing(note_id)
        return standing if standing is not None and standing.account == user else None

    async def is_of(self, note_id: str, user: str) -> bool:
        """Return True if there is such a note and it belongs to the user, on any of their platforms."""
        standing = await self._notes.standing(note_id)
        return standing is not None and standing.account in await self._people.identities(user)

    async def result(self, note_id: str) -> Result | None:
        """Return a note's text as it was answered, with the newest names of its speakers; None if there is no text."""
        order, said = await self._notes.order(note_id), await self._notes.transcript(note_id)
        standing = await self._notes.standing(note_id)
        if order is None or said is None or standing is None or standing.charged is None:
            return None
        balance = await self._statements.balance(order.note.paid_by)
        names = await self._notes.names(note_id)
        available = Micros(0 if balance.plan is Plan.OPEN else balance.balance - balance.held)
        cut_short = standing.error.code if said.partial and standing.error else ""
        answer = Answer(said, standing.charged, balance.plan, available, names=names, cut_short=cut_short)
        is_discarded = standing.state is NoteState.CANCELLED
        is_removed = await self._posted.is_removed(note_id)
        return Result(order.note, answer, await self._notes.placeholder(note_id), is_discarded, is_removed)

    async def owed(self, note_id: str) -> Micros:
        """Return the price of what a provider has of a note in work: its sender pays it also after a cancel."""
        standing = await self._notes.standing(note_id)
        if standing is None or standing.state.is_final:
            return Micros(0)
        before = await self._notes.before_submit(note_id)
        return await self._statements.due(note_id, before.committed, before.of)

    async def rename(self, note_id: str, speaker: str, name: str) -> None:
        """Give a speaker of a note another name; "" restores the label."""
        await self._repository.rename_speaker(note_id, speaker, name)

    def quote(self, options: Options, seconds: float) -> Quote:
        """Return the most that so many seconds would cost. Raises BadOptions."""
        self._catalog.check(options)
        return self._catalog.quote(options, seconds, self._markup)


def again(note: Note, options: Options, message: str) -> Note:
    """Return the same recording as another note; `message` tells it from the first, the same for the same request."""
    return replace(note, key=replace(note.key, message=message), options=options)
