"""The book of notes: what was accepted, how far each is, what was said in it, what was handed to a provider."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter

from bot.domain.errors import EarmarkError
from bot.domain.money import Micros
from bot.domain.note import FINAL, MediaRef, Note, NoteKey, NoteState, Options, Progress, Stage, Ticket
from bot.domain.ports import Clock
from bot.domain.transcript import Transcript
from bot.storage.database import Database, insert_new
from bot.storage.tables import hold, note, submission, transcript

_TRANSCRIPT = TypeAdapter(Transcript)
_LINKS_QUERY = re.compile(r"^(https?://[^?#]*)[?#].*$", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a note is."""

    note_id: str
    account: str
    name: str
    """The file's name, as its sender called it."""
    state: NoteState
    stage: Stage | None
    progress: float | None
    """0 to 1, or None where nobody knows."""
    seconds: float | None
    error: EarmarkError | None
    created_at: datetime
    charged: Micros | None
    """What the user paid, once it is settled."""


@dataclass(frozen=True, slots=True)
class Order:
    """A note as it was accepted, and its price as far as it is known."""

    note: Note
    price: Micros | None
    """What was held for it, or charged once it is settled; None before that."""


@dataclass(slots=True)
class Task:
    """A note that is worked on."""

    note: Note
    taken_at: datetime
    placeholder: str | None = None
    """The handle of its placeholder, where one was posted."""
    transcript: Transcript | None = None
    """What was said in it, where this process knows; else it may be in the book."""
    cancelled: bool = False
    """Whether it was cancelled before its work began."""
    refusal: EarmarkError | None = None
    """Why it is refused, where an earlier run was saying so when it broke off."""
    paid: bool = False
    """Whether an earlier run settled it."""
    agreed: Micros | None = None
    """The price that its sender said yes to."""
    price: Micros | None = None
    """What is set aside for it, once that is known."""


@dataclass(frozen=True, slots=True)
class Submission:
    """One attempt to hand a note, or a piece of it, to a provider that cannot be asked twice for free."""

    attempt: int
    piece: int
    """Counted from 1."""
    state: str
    """intended, ticket, answered; failed where nothing more can come of it."""
    ticket: Ticket | None
    cost: Micros
    """What was charged; until the provider has said so, what was quoted."""

    @property
    def may_be_charged(self) -> bool:
        return self.state != "failed"

    @property
    def was_lost(self) -> bool:
        """Whether its answer never came. Of one that was refused the cost is 0."""
        return self.state == "intended" or (self.state == "failed" and self.cost > 0)


@dataclass(frozen=True, slots=True)
class BeforeSubmit:
    """What is known of a note that is about to be submitted."""

    cancelled: bool
    transcript: Transcript | None
    submissions: tuple[Submission, ...]
    """First to last."""

    @property
    def tickets(self) -> dict[int, Submission]:
        """What is promised and not there yet, by piece."""
        return {one.piece: one for one in self.submissions if one.state == "ticket"}

    @property
    def answered(self) -> set[int]:
        """The pieces whose text there is, of a note in several."""
        return {one.piece for one in self.submissions if one.state == "answered"}

    def attempts(self, piece: int) -> list[Submission]:
        return [one for one in self.submissions if one.piece == piece]

    @property
    def next_attempt(self) -> int:
        return len(self.submissions) + 1


class Notes:
    """Notes, transcripts and submissions in the database."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def add(self, new: Note) -> bool:
        """Write a note down; False where the same note is there already."""
        row = {
            "id": new.id,
            **asdict(new.key),
            "account": new.user,
            "media": asdict(new.media),
            "identity": new.media.identity or None,
            "options": asdict(new.options),
            "details": dict(new.details),
            "place": new.place or None,
            "payer": new.payer or None,
            "state": NoteState.ACCEPTED.value,
            "cancel_requested": False,
            "created_at": self._clock(),
        }
        async with self._db.writing() as connection:
            return await insert_new(connection, note, row) == 1

    async def task(self, note_id: str) -> Task | None:
        """The note as it was accepted; None where it is unknown, or has its end."""
        query = (
            sa.select(note, hold.c.state.label("money"))
            .outerjoin(hold, hold.c.note_id == note.c.id)
            .where(note.c.id == note_id, note.c.state.not_in(FINAL))
        )
        async with self._db.reading() as connection:
            row = (await connection.execute(query)).mappings().one_or_none()
        if row is None:
            return None
        return Task(
            note_of(row),
            row["created_at"],
            row["placeholder"],
            cancelled=row["cancel_requested"],
            refusal=None if row["error"] is None else EarmarkError.from_json(row["error"]),
            paid=row["money"] == "settled",
            agreed=row["agreed"],
        )

    async def order(self, note_id: str) -> Order | None:
        """What was asked for, whether it has its end or not; None where there is no note of that id."""
        price = sa.case((hold.c.state == "settled", hold.c.charged), else_=hold.c.amount).label("price")
        query = sa.select(note, price).outerjoin(hold, hold.c.note_id == note.c.id).where(note.c.id == note_id)
        async with self._db.reading() as connection:
            row = (await connection.execute(query)).mappings().one_or_none()
        return None if row is None else Order(note_of(row), row["price"])

    async def find(self, beginning: str) -> str | None:
        """The id of the one note whose id begins like this (8 letters or more); None where it is not one."""
        if not re.fullmatch(r"[0-9a-f-]{8,36}", beginning):
            return None
        query = sa.select(note.c.id).where(note.c.id.startswith(beginning)).limit(2)
        async with self._db.reading() as connection:
            found = (await connection.scalars(query)).all()
        return found[0] if len(found) == 1 else None

    async def count_unfinished(self, account: str) -> int:
        """How many of an account's notes have no end yet."""
        query = sa.select(sa.func.count()).where(note.c.account == account, note.c.state.not_in(FINAL))
        return int(await self._one(query) or 0)

    async def unfinished_of(self, account: str, platform: str = "", chat: str = "") -> list[str]:
        """The ids of an account's notes without an end, the oldest first; only one chat's where it is named."""
        query = sa.select(note.c.id).where(note.c.account == account, note.c.state.not_in(FINAL))
        if chat:
            query = query.where(note.c.platform == platform, note.c.chat == chat)
        async with self._db.reading() as connection:
            return list((await connection.scalars(query.order_by(note.c.created_at, note.c.id))).all())

    async def placeholder(self, note_id: str) -> str | None:
        """The handle of a note's placeholder, also once it is its answer."""
        handle: str | None = await self._one(sa.select(note.c.placeholder).where(note.c.id == note_id))
        return handle

    async def standing(self, note_ids: list[str]) -> dict[str, Standing]:
        """How far these notes are, by id; unknown ids are left out."""
        return {found.note_id: found for found in await self._standings(note.c.id.in_(note_ids))}

    async def recent(self, limit: int, accounts: Sequence[str] | None = None) -> list[Standing]:
        """The newest notes first; None: everybody's."""
        return await self._standings(sa.true() if accounts is None else note.c.account.in_(accounts), limit)

    async def unfinished(self) -> list[str]:
        """The ids of all notes that have no end yet and do not wait for a later time, oldest first."""
        its_time = note.c.not_before.is_(None) | (note.c.not_before <= self._clock()) | note.c.cancel_requested
        query = sa.select(note.c.id).where(note.c.state.not_in(FINAL), its_time).order_by(note.c.created_at, note.c.id)
        async with self._db.reading() as connection:
            return list((await connection.scalars(query)).all())

    async def set_placeholder(self, note_id: str, placeholder: str) -> None:
        await self._change(note_id, placeholder=placeholder)

    async def show(self, note_id: str, progress: Progress) -> None:
        """Write down how far a note is; a note that has its end is left alone."""
        await self._change(
            note_id, state=NoteState.WORKING.value, stage=progress.stage.value, progress=progress.fraction
        )

    async def pause(self, note_id: str, until: datetime, stage: Stage = Stage.WAITING) -> None:
        """Write down that a note waits, and when it is to be taken up again."""
        await self._change(note_id, state=NoteState.WORKING.value, stage=stage.value, progress=None, not_before=until)

    async def agree(self, note_id: str, price: Micros) -> bool:
        """Write down that a note's sender said yes to a price; False where the note does not ask any more."""
        asks = (note.c.id == note_id) & (note.c.stage == Stage.ASKING.value) & note.c.state.not_in(FINAL)
        query = sa.update(note).where(asks).values(agreed=price, stage=Stage.QUEUED.value, not_before=None)
        async with self._db.writing() as connection:
            return (await connection.execute(query)).rowcount == 1

    async def request_cancel(self, *note_ids: str) -> int:
        """Ask for notes to be cancelled; say how many have no end yet."""
        query = sa.update(note).where(note.c.id.in_(note_ids), note.c.state.not_in(FINAL))
        async with self._db.writing() as connection:
            return (await connection.execute(query.values(cancel_requested=True))).rowcount

    async def refuse(self, note_id: str, error: EarmarkError) -> None:
        """Write down why a note is about to be refused."""
        await self._change(note_id, error=error.to_json())

    async def cancel_requested(self, note_id: str) -> bool:
        return bool(await self._one(sa.select(note.c.cancel_requested).where(note.c.id == note_id)))

    async def close(self, ended: Note, state: NoteState, error: EarmarkError | None) -> None:
        """Write down a note's end, once; a second end is ignored. What a link may hold of secrets is forgotten."""
        await self._change(
            ended.id,
            media=asdict(replace(ended.media, locator=_LINKS_QUERY.sub(r"\1", ended.media.locator))),
            state=state.value,
            stage=None,
            progress=None,
            error=None if error is None else error.to_json(),
            finished_at=self._clock(),
        )

    async def keep_transcript(self, note_id: str, said: Transcript) -> None:
        """Keep what was said, and with it that the provider answered. Where there is one already, that stays."""
        body = _TRANSCRIPT.dump_python(said, mode="json")
        async with self._db.writing() as connection:
            await insert_new(connection, transcript, {"note_id": note_id, "body": body, "created_at": self._clock()})
            await connection.execute(
                sa.update(submission)
                .where(submission.c.note_id == note_id, submission.c.state.in_(("intended", "ticket")))
                .values(state="answered", cost=said.cost)
            )

    async def keep_answer(self, note_id: str, attempt: int, said: Transcript) -> None:
        """Keep what was said in one piece of several."""
        body = _TRANSCRIPT.dump_python(said, mode="json")
        await self._change_submission(note_id, attempt, state="answered", cost=said.cost, answer=body)

    async def transcript(self, note_id: str) -> Transcript | None:
        return await transcript_of(await self._one(sa.select(transcript.c.body).where(transcript.c.note_id == note_id)))

    async def names(self, note_id: str) -> dict[str, str]:
        """Other names for the speakers of a note."""
        return await self._one(sa.select(transcript.c.names).where(transcript.c.note_id == note_id)) or {}

    async def rename(self, note_id: str, speaker: str, name: str) -> None:
        """Give a speaker another name; "": the one that he had."""
        which = transcript.c.note_id == note_id
        async with self._db.writing() as connection:
            names = await connection.scalar(sa.select(transcript.c.names).where(which)) or {}
            named = {who: called for who, called in {**names, speaker: name}.items() if called}
            await connection.execute(sa.update(transcript).where(which).values(names=named))

    async def before_submit(self, note_id: str) -> BeforeSubmit:
        """What is known of a note that is about to be submitted."""
        columns = [submission.c[name] for name in ("attempt", "piece", "state", "ticket", "cost")]
        attempts = sa.select(*columns).where(submission.c.note_id == note_id).order_by(submission.c.attempt)
        kept = (
            sa.select(note.c.cancel_requested, transcript.c.body)
            .outerjoin(transcript, transcript.c.note_id == note.c.id)
            .where(note.c.id == note_id)
        )
        async with self._db.reading() as connection:
            cancelled, body = (await connection.execute(kept)).one()
            rows = (await connection.execute(attempts)).mappings().all()
        return BeforeSubmit(
            cancelled=cancelled,
            transcript=None if body is None else _TRANSCRIPT.validate_python(body),
            submissions=tuple(
                Submission(
                    attempt=row["attempt"],
                    piece=row["piece"],
                    state=row["state"],
                    ticket=None if row["ticket"] is None else Ticket(body=row["ticket"], cost=row["cost"]),
                    cost=row["cost"],
                )
                for row in rows
            ),
        )

    async def answers(self, note_id: str) -> dict[int, Transcript]:
        """What was said, by piece, of a note in several."""
        query = sa.select(submission.c.piece, submission.c.answer).where(
            submission.c.note_id == note_id, submission.c.state == "answered"
        )
        async with self._db.reading() as connection:
            rows = (await connection.execute(query)).all()
        return {row.piece: _TRANSCRIPT.validate_python(row.answer) for row in rows if row.answer is not None}

    async def intend(self, note_id: str, attempt: int, cost: Micros, piece: int = 1) -> None:
        """Write down that a submit is about to be sent, and its quote. Earlier ones without an answer are given up."""
        async with self._db.writing() as connection:
            if attempt > 1:
                await connection.execute(
                    sa.update(submission)
                    .where(
                        submission.c.note_id == note_id,
                        submission.c.piece == piece,
                        submission.c.state == "intended",
                    )
                    .values(state="failed")
                )
            await connection.execute(
                sa.insert(submission).values(
                    note_id=note_id,
                    attempt=attempt,
                    piece=piece,
                    state="intended",
                    cost=cost,
                    intended_at=self._clock(),
                )
            )

    async def close_submission(self, note_id: str, attempt: int) -> None:
        """Write down that nothing can come of it any more, and that the provider charges nothing."""
        await self._change_submission(note_id, attempt, state="failed", cost=0)

    async def keep_ticket(self, note_id: str, attempt: int, ticket: Ticket) -> None:
        charged = {} if ticket.cost is None else {"cost": ticket.cost}
        await self._change_submission(note_id, attempt, state="ticket", ticket=dict(ticket.body), **charged)

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

    async def _one(self, query: sa.Select[Any]) -> Any:
        async with self._db.reading() as connection:
            return await connection.scalar(query)

    async def _change_submission(self, note_id: str, attempt: int, **values: object) -> None:
        which = (submission.c.note_id == note_id) & (submission.c.attempt == attempt)
        async with self._db.writing() as connection:
            await connection.execute(sa.update(submission).where(which).values(**values))

    async def _change(self, note_id: str, **values: object) -> bool:
        """Change a note that has no end yet; False where it has one."""
        query = sa.update(note).where(note.c.id == note_id, note.c.state.not_in(FINAL)).values(**values)
        async with self._db.writing() as connection:
            return (await connection.execute(query)).rowcount == 1


async def transcript_of(body: object) -> Transcript | None:
    """A transcript as it stands in the table."""
    # In a thread: hours of words take it a while.
    return None if body is None else await asyncio.to_thread(_TRANSCRIPT.validate_python, body)


def note_of(row: sa.RowMapping) -> Note:
    """A note as it stands in the table."""
    return Note(
        key=NoteKey(row["platform"], row["bot"], row["chat"], row["message"]),
        user=row["account"],
        media=MediaRef(**row["media"]),
        options=Options(**row["options"]),
        details=row["details"],
        place=row["place"] or "",
        payer=row["payer"] or "",
    )


def _standing(row: sa.RowMapping) -> Standing:
    return Standing(
        note_id=row["id"],
        account=row["account"],
        name=row["media"]["name"],
        state=NoteState(row["state"]),
        stage=None if row["stage"] is None else Stage(row["stage"]),
        progress=row["progress"],
        seconds=row["seconds"],
        error=None if row["error"] is None else EarmarkError.from_json(row["error"]),
        created_at=row["created_at"],
        charged=row["charged"],
    )
