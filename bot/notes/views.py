"""Values that the database holds about notes, and the queries for them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.errors import EarmarkError
from bot.domain.money import Micros
from bot.domain.note import FINAL, Note, NoteState, Stage, Ticket
from bot.domain.ports import Clock
from bot.domain.transcript import Transcript
from bot.domain.waiting import Wait
from bot.notes.waiting_notes import is_due, wait_in
from bot.storage.database import Database
from bot.storage.rows import note_of, transcript_of
from bot.storage.tables import hold, note, submission, transcript

_BATCH = 500
"""Ids in one query."""
GIVEN_UP = "given_up"
"""Key in the stored ticket of a submission that was given up: the memo of its loss."""


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
    wait: Wait | None = None
    """Why a waiting note waits, and until when."""
    ready_at: datetime | None = None
    """The time at which its text is expected; None: unknown."""


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
    waited: bool = False
    """An earlier run put it off."""
    asked_until: datetime | None = None
    """The end of the time in which its sender may agree, if the question was asked by an earlier run."""


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
    start: float | None = None
    """Seconds from the start of the note; None: written down by an earlier release."""
    of: int | None = None
    """The number of chunks of the note; None: written down by an earlier release."""
    memo: str = ""
    """The memo of its loss, if it was given up."""

    @property
    def may_be_charged(self) -> bool:
        return self.state != "failed"

    @property
    def was_lost(self) -> bool:
        """True if its answer or its text never came. The cost of a refused one is 0."""
        return self.state == "intended" or (self.state == "failed" and self.cost > 0)


@dataclass(frozen=True, slots=True)
class BeforeSubmit:
    """All that is known of a note that is about to be submitted."""

    cancelled: bool
    transcript: Transcript | None
    submissions: tuple[Submission, ...]
    """First to last."""
    is_held: bool = False
    """True if its price is held or settled."""

    @property
    def tickets(self) -> dict[int, Submission]:
        """Submissions whose text is promised and not there yet, by chunk."""
        return {one.chunk: one for one in self.submissions if one.state == "ticket"}

    @property
    def answered(self) -> set[int]:
        """Chunks whose text is there, of a note in several."""
        return {one.chunk for one in self.submissions if one.state == "answered"}

    @property
    def of(self) -> int:
        """The number of chunks, as far as it is known."""
        return max((one.of or one.chunk for one in self.submissions), default=1)

    @property
    def is_counted(self) -> bool:
        """True if the number of chunks is known: an earlier release did not write it down."""
        return all(one.of is not None for one in self.submissions)

    @property
    def is_submitted(self) -> bool:
        """True if each chunk has its text or a ticket."""
        return bool(self.tickets) and self.is_counted and len(self.answered | self.tickets.keys()) == self.of

    @property
    def committed(self) -> Micros:
        """The cost of all calls that the provider may charge, or has charged, for their answers."""
        return Micros(sum(one.cost for one in self.submissions if one.may_be_charged))

    def committed_beside(self, chunk: int) -> Micros:
        """Return that cost without the calls for one chunk."""
        return Micros(sum(one.cost for one in self.submissions if one.may_be_charged and one.chunk != chunk))

    def attempts(self, chunk: int) -> list[Submission]:
        return [one for one in self.submissions if one.chunk == chunk]

    @property
    def next_attempt(self) -> int:
        return len(self.submissions) + 1


class NoteViews:
    """Notes, transcripts and submissions as users, operators and the workflow need to see them."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def open_note(self, note_id: str) -> OpenNote | None:
        """Return a note that is to be worked on; None if it is unknown or has its end."""
        query = (
            sa.select(note, hold.c.state.label("money"))
            .outerjoin(hold, hold.c.note_id == note.c.id)
            .where(note.c.id == note_id, note.c.state.not_in(FINAL))
        )
        row = await self._row(query)
        if row is None:
            return None
        return OpenNote(
            note_of(row),
            row["created_at"],
            row["placeholder"],
            cancelled=row["cancel_requested"],
            refusal=None if row["error"] is None else EarmarkError.from_json(row["error"]),
            paid=row["money"] == "settled",
            agreed=row["agreed"],
            waited=row["stage"] == Stage.WAITING.value,
            asked_until=row["not_before"] if row["stage"] == Stage.ASKING.value else None,
        )

    async def order(self, note_id: str) -> Order | None:
        """Return a note with its options, ended or not; None if there is no note of that id."""
        price = sa.case((hold.c.state == "settled", hold.c.charged), else_=hold.c.amount).label("price")
        query = sa.select(note, price).outerjoin(hold, hold.c.note_id == note.c.id).where(note.c.id == note_id)
        row = await self._row(query)
        return None if row is None else Order(note_of(row), row["price"])

    async def find(self, beginning: str) -> str | None:
        """Return the id of the one note whose id begins so (8 letters or more); None unless it is exactly one."""
        if not re.fullmatch(r"[0-9a-f-]{8,36}", beginning):
            return None
        found = await self._ids(sa.select(note.c.id).where(note.c.id.startswith(beginning)).limit(2))
        return found[0] if len(found) == 1 else None

    async def count_unfinished(self, account: str) -> int:
        """Return the number of an account's unfinished notes."""
        query = sa.select(sa.func.count()).where(note.c.account == account, note.c.state.not_in(FINAL))
        return int(await self._one(query) or 0)

    async def unfinished_of(self, account: str, platform: str = "", chat: str = "") -> list[str]:
        """Return the ids of an account's notes without an end, the oldest first; of one chat only if it is named."""
        query = sa.select(note.c.id).where(note.c.account == account, note.c.state.not_in(FINAL))
        if chat:
            query = query.where(note.c.platform == platform, note.c.chat == chat)
        return await self._ids(query.order_by(note.c.created_at, note.c.id))

    async def unfinished(self) -> list[str]:
        """Return the ids of all notes without an end that do not wait for a later time, the oldest first."""
        query = sa.select(note.c.id).where(note.c.state.not_in(FINAL), is_due(self._clock()))
        return await self._ids(query.order_by(note.c.created_at, note.c.id))

    async def placeholder(self, note_id: str) -> str | None:
        """Return the handle of a note's placeholder, also once it is its answer."""
        handle: str | None = await self._one(sa.select(note.c.placeholder).where(note.c.id == note_id))
        return handle

    async def known(self, note_ids: Sequence[str]) -> set[str]:
        """Return those of these notes that are there, ended or not."""
        found: set[str] = set()
        for start in range(0, len(note_ids), _BATCH):
            found.update(await self._ids(sa.select(note.c.id).where(note.c.id.in_(note_ids[start : start + _BATCH]))))
        return found

    async def standing(self, note_id: str) -> Standing | None:
        """Return a note's standing; None if there is no note of that id."""
        return (await self.standings([note_id])).get(note_id)

    async def standings(self, note_ids: list[str]) -> dict[str, Standing]:
        """Return the standing of these notes, by id; unknown ids are left out."""
        return {found.note_id: found for found in await self._standings(note.c.id.in_(note_ids))}

    async def recent(self, limit: int, accounts: Sequence[str] | None = None) -> list[Standing]:
        """Return the newest notes first, of all accounts if none are named."""
        return await self._standings(sa.true() if accounts is None else note.c.account.in_(accounts), limit)

    async def queued(self, platform: str, most: int) -> list[Queued]:
        """Return the first of a platform's notes that wait for a worker and have a placeholder."""
        of_it = note.c.platform == platform
        working = of_it & (note.c.state == NoteState.WORKING.value) & note.c.not_before.is_(None)
        began = sa.select(sa.func.count()).where(working)
        query = (
            sa.select(note)
            .where(of_it, note.c.state == NoteState.ACCEPTED.value)
            .order_by(note.c.created_at, note.c.id)
            .limit(most)
        )
        async with self._db.reading() as connection:
            before = await connection.scalar(began) or 0
            rows = (await connection.execute(query)).mappings().all()
        return [
            Queued(note_of(row), row["placeholder"], before + place)
            for place, row in enumerate(rows, 1)
            if row["placeholder"] is not None
        ]

    async def cancel_requested(self, note_id: str) -> bool:
        return bool(await self._one(sa.select(note.c.cancel_requested).where(note.c.id == note_id)))

    async def transcript(self, note_id: str) -> Transcript | None:
        return await transcript_of(await self._one(sa.select(transcript.c.body).where(transcript.c.note_id == note_id)))

    async def names(self, note_id: str) -> dict[str, str]:
        """Return the names that users gave to the speakers of a note."""
        return await self._one(sa.select(transcript.c.names).where(transcript.c.note_id == note_id)) or {}

    async def before_submit(self, note_id: str) -> BeforeSubmit:
        """Return all that is known of a note that is about to be submitted."""
        attempts = sa.select(submission).where(submission.c.note_id == note_id).order_by(submission.c.attempt)
        kept = (
            sa.select(note.c.cancel_requested, transcript.c.body, hold.c.state.in_(("open", "settled")).label("held"))
            .outerjoin(transcript, transcript.c.note_id == note.c.id)
            .outerjoin(hold, hold.c.note_id == note.c.id)
            .where(note.c.id == note_id)
        )
        async with self._db.reading() as connection:
            cancelled, body, held = (await connection.execute(kept)).one()
            rows = (await connection.execute(attempts)).mappings().all()
        return BeforeSubmit(cancelled, await transcript_of(body), tuple(map(_submission, rows)), bool(held))

    async def chunk_transcripts(self, note_id: str) -> list[tuple[float, Transcript]]:
        """Return the transcripts of a note in several chunks, each with its start, in order."""
        columns = (submission.c.chunk, submission.c.start, submission.c.answer)
        query = sa.select(*columns).where(submission.c.note_id == note_id, submission.c.state == "answered")
        async with self._db.reading() as connection:
            rows = (await connection.execute(query.order_by(submission.c.chunk))).all()
        found: list[tuple[float, Transcript]] = []
        for row in rows:
            said = await transcript_of(row.answer)
            if said is not None:
                # An earlier release wrote no starts down: there it follows the one before.
                begins = row.start if row.start is not None else sum(before.seconds for _, before in found)
                found.append((begins, said))
        return found

    async def _standings(self, which: sa.ColumnElement[bool], limit: int | None = None) -> list[Standing]:
        query = (
            sa.select(note, hold.c.charged, hold.c.seconds)
            .outerjoin(hold, hold.c.note_id == note.c.id)
            .where(which)
            .order_by(note.c.created_at.desc(), note.c.id)
            .limit(limit)
        )
        async with self._db.reading() as connection:
            rows = (await connection.execute(query)).mappings().all()
        return [_standing(row) for row in rows]

    async def _ids(self, query: sa.Select[tuple[str]]) -> list[str]:
        async with self._db.reading() as connection:
            return list((await connection.scalars(query)).all())

    async def _row(self, query: sa.Select[Any]) -> sa.RowMapping | None:
        async with self._db.reading() as connection:
            return (await connection.execute(query)).mappings().one_or_none()

    async def _one(self, query: sa.Select[Any]) -> Any:
        async with self._db.reading() as connection:
            return await connection.scalar(query)


def _standing(row: sa.RowMapping) -> Standing:
    return Standing(
        note_id=row["id"],
        account=row["account"],
        name=row["media"]["name"],
        state=NoteState(row["state"]),
        stage=stage_of(row),
        progress=row["progress"],
        seconds=row["seconds"],
        error=None if row["error"] is None else EarmarkError.from_json(row["error"]),
        created_at=row["created_at"],
        charged=row["charged"],
        wait=wait_in(row),
        ready_at=row["ready_at"],
    )


def stage_of(row: sa.RowMapping) -> Stage | None:
    return None if row["stage"] is None else Stage(row["stage"])


def _submission(row: sa.RowMapping) -> Submission:
    return Submission(
        attempt=row["attempt"],
        chunk=row[submission.c.chunk],
        state=row["state"],
        ticket=None if row["ticket"] is None else Ticket(body=row["ticket"], cost=row["cost"]),
        cost=row["cost"],
        start=row["start"],
        of=row["chunks"],
        memo=(row["ticket"] or {}).get(GIVEN_UP, ""),
    )
