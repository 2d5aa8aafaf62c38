"""Values that the database returns about notes."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.errors import EarmarkError
from bot.domain.money import Micros
from bot.domain.note import Note, NoteState, Options, Stage, Ticket
from bot.domain.transcript import Transcript


@dataclass(frozen=True, slots=True)
class Standing:
    """A note's progress."""

    note_id: str
    account: str
    name: str
    """The file's name, as its sender called it."""
    state: NoteState
    stage: Stage | None
    progress: float | None
    """0 to 1, or None if it is unknown."""
    seconds: float | None
    error: EarmarkError | None
    created_at: datetime
    charged: Micros | None
    """The user's charge, once it is settled."""


@dataclass(frozen=True, slots=True)
class Order:
    """A note as it was accepted, and its price as far as it is known."""

    note: Note
    price: Micros | None
    """The hold, or the charge once it is settled; None before that."""


@dataclass(frozen=True, slots=True)
class OpenNote:
    """A note without an end, as a run of its workflow finds it."""

    note: Note
    taken_at: datetime
    placeholder: str | None = None
    """The handle of its placeholder, if one was posted."""
    cancelled: bool = False
    """Its cancel was requested before this run."""
    refusal: EarmarkError | None = None
    """The reason of its refusal, if an earlier run broke off while it said so."""
    paid: bool = False
    """An earlier run settled it."""
    agreed: Micros | None = None
    """The price that its sender agreed to."""


@dataclass(frozen=True, slots=True)
class Twin:
    """Another note of the same recording."""

    note_id: str
    options: Options
    stage: Stage | None
    not_before: datetime | None
    has_transcript: bool


@dataclass(frozen=True, slots=True)
class Queued:
    """A note that no worker has begun."""

    note: Note
    placeholder: str
    place: int
    """Its place in the queue among its platform's notes, from 1."""


@dataclass(frozen=True, slots=True)
class Submission:
    """One attempt to submit a note, or a chunk of it, to a provider that charges for each."""

    attempt: int
    chunk: int
    """Counted from 1."""
    state: str
    """intended, ticket, answered; failed if nothing more can come of it."""
    ticket: Ticket | None
    cost: Micros
    """The charge; until the provider has named it, the quote."""

    @property
    def may_be_charged(self) -> bool:
        return self.state != "failed"

    @property
    def was_lost(self) -> bool:
        """True if its answer never came. The cost of a refused one is 0."""
        return self.state == "intended" or (self.state == "failed" and self.cost > 0)


@dataclass(frozen=True, slots=True)
class BeforeSubmit:
    """All that is known of a note that is about to be submitted."""

    cancelled: bool
    transcript: Transcript | None
    submissions: tuple[Submission, ...]
    """First to last."""

    @property
    def tickets(self) -> dict[int, Submission]:
        """Submissions whose text is promised and not there yet, by chunk."""
        return {one.chunk: one for one in self.submissions if one.state == "ticket"}

    @property
    def answered(self) -> set[int]:
        """Chunks whose text is there, of a note in several."""
        return {one.chunk for one in self.submissions if one.state == "answered"}

    def attempts(self, chunk: int) -> list[Submission]:
        return [one for one in self.submissions if one.chunk == chunk]

    @property
    def next_attempt(self) -> int:
        return len(self.submissions) + 1
