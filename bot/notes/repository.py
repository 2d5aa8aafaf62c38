"""Writes to the tables of notes: note, transcript, submission. Nothing else in this package writes them but erasure."""

import re
from collections.abc import Collection
from dataclasses import asdict, replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.domain.errors import EarmarkError
from bot.domain.money import Micros
from bot.domain.note import FINAL, Note, NoteState, Progress, Stage, Ticket
from bot.domain.ports import Clock
from bot.domain.transcript import Transcript
from bot.domain.waiting import Wait, WaitReason
from bot.notes.twins import is_same_recording
from bot.notes.views import GIVEN_UP, Submission
from bot.notes.waiting_notes import waits_for
from bot.storage.database import Database, insert_new, is_set
from bot.storage.rows import body_of, row_of
from bot.storage.tables import note, submission, transcript

_LINKS_QUERY = re.compile(r"^(https?://[^?#]*)[?#].*$", re.IGNORECASE | re.DOTALL)


class NoteRepository:
    """Notes from their acceptance to their end, with their submissions and transcripts."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def add(self, new: Note) -> bool:
        """Write a note down; False if the same note is there already."""
        async with self._db.writing() as connection:
            return await insert_new(connection, note, row_of(new, self._clock())) == 1

    async def set_placeholder(self, note_id: str, placeholder: str) -> None:
        await self._change(note_id, placeholder=placeholder)

    async def keep_sound_hash(self, note_id: str, digest: str) -> None:
        await self._change(note_id, sound_hash=digest)

    async def show(self, note_id: str, progress: Progress) -> None:
        """Write down a note's progress; a note that has its end is left alone."""
        left = progress.seconds_left
        await self._change(
            note_id,
            state=NoteState.WORKING.value,
            stage=progress.stage.value,
            progress=progress.fraction,
            ready_at=None if left is None else self._clock() + timedelta(seconds=left),
        )

    async def pause(self, note_id: str, wait: Wait) -> None:
        """Write down that a note waits, why, and when it is to be resumed."""
        await self._put_off(note_id, Stage.WAITING, wait.until, waits_for=wait.code)

    async def ask(self, note_id: str, until: datetime) -> None:
        """Write down that a note waits for its sender's answer, and how long."""
        await self._put_off(note_id, Stage.ASKING, until)

    async def _put_off(self, note_id: str, stage: Stage, until: datetime, **values: object) -> None:
        state = NoteState.WORKING.value
        await self._change(note_id, state=state, stage=stage.value, progress=None, not_before=until, **values)

    async def resume_waiting(self, reasons: Collection[WaitReason]) -> None:
        """Have the notes that wait for one of these reasons resumed now."""
        waits = waits_for(reasons) & note.c.state.not_in(FINAL)
        query = sa.update(note).where(waits).values(not_before=self._clock(), waits_for=None)
        async with self._db.writing() as connection:
            await connection.execute(query)

    async def resume_twins(self, other: Note) -> bool:
        """Resume the notes that wait for another note of their recording, which is that one's; False without any."""
        waits = is_same_recording(other) & waits_for([WaitReason.SAME_RECORDING]) & note.c.state.not_in(FINAL)
        query = sa.update(note).where(waits, note.c.id != other.id).values(not_before=None)
        async with self._db.writing() as connection:
            return (await connection.execute(query)).rowcount > 0

    async def resume_asking(self, note_id: str) -> bool:
        """Resume a note whose question has become needless; False if it does not ask any more."""
        asks = (note.c.id == note_id) & (note.c.stage == Stage.ASKING.value) & note.c.state.not_in(FINAL)
        async with self._db.writing() as connection:
            return (await connection.execute(sa.update(note).where(asks).values(not_before=None))).rowcount == 1

    async def agree(self, note_id: str, price: Micros) -> bool:
        """Write down that a note's sender agreed to a price; False if the note does not ask any more."""
        asks = (note.c.id == note_id) & (note.c.stage == Stage.ASKING.value) & note.c.state.not_in(FINAL)
        query = sa.update(note).where(asks).values(agreed=price, stage=Stage.QUEUED.value, not_before=None)
        async with self._db.writing() as connection:
            return (await connection.execute(query)).rowcount == 1

    async def cancel_unsubmitted(self, note_id: str) -> bool:
        """Ask for a note to be cancelled, unless it has its end or a provider may charge for it."""
        unfinished = (note.c.id == note_id) & note.c.state.not_in(FINAL)
        may_be_charged = sa.exists().where(
            submission.c.note_id == note_id, submission.c.state != "failed", submission.c.cost > 0
        )
        query = sa.update(note).where(unfinished, ~may_be_charged).values(cancel_requested=True)
        async with self._db.writing() as connection:
            # First `intend` is waited for: PostgreSQL sees its submission only with a statement that begins afterwards.
            await connection.execute(sa.select(note.c.id).where(unfinished).with_for_update())
            return (await connection.execute(query)).rowcount == 1

    async def request_cancel(self, *note_ids: str) -> int:
        """Ask for notes to be cancelled; return how many have no end yet."""
        query = sa.update(note).where(note.c.id.in_(note_ids), note.c.state.not_in(FINAL))
        async with self._db.writing() as connection:
            return (await connection.execute(query.values(cancel_requested=True))).rowcount

    async def cancel_of(self, people: Collection[str]) -> int:
        """Ask for all notes of a person to be cancelled; return how many have no end yet."""
        query = sa.update(note).where(note.c.account.in_(people), note.c.state.not_in(FINAL))
        async with self._db.writing() as connection:
            return (await connection.execute(query.values(cancel_requested=True))).rowcount

    async def unfinished_about(self, platform: str, chat: str, message: str) -> list[str]:
        """Return the ids of a chat's notes without an end whose recording is in this message."""
        query = sa.select(note.c.id, note.c.details).where(
            note.c.platform == platform, note.c.chat == chat, note.c.state.not_in(FINAL)
        )
        async with self._db.reading() as connection:
            rows = (await connection.execute(query)).all()
        return [row.id for row in rows if row.details.get("message") == message]

    async def refuse(self, note_id: str, error: EarmarkError) -> None:
        """Write down the reason why a note is about to be refused."""
        await self._change(note_id, error=error.to_json())

    async def close(self, ended: Note, state: NoteState, error: EarmarkError | None) -> None:
        """Write down a note's end, once; a second end is ignored. Secrets that a link may hold are dropped."""
        await self._change(ended.id, **self._end(ended, state, error))

    async def close_unless_cancelled(self, ended: Note, state: NoteState, error: EarmarkError | None) -> bool:
        """Write down a note's end as `close` does; False if its cancel was requested before, and nothing is written."""
        has_no_end = (note.c.id == ended.id) & note.c.state.not_in(FINAL)
        query = sa.update(note).where(has_no_end, ~is_set(note.c.cancel_requested))
        async with self._db.writing() as connection:
            if (await connection.execute(query.values(**self._end(ended, state, error)))).rowcount:
                return True
            return not await connection.scalar(sa.select(note.c.cancel_requested).where(note.c.id == ended.id))

    def _end(self, ended: Note, state: NoteState, error: EarmarkError | None) -> dict[str, object]:
        return {
            "media": asdict(replace(ended.media, locator=_LINKS_QUERY.sub(r"\1", ended.media.locator))),
            "state": state.value,
            "stage": None,
            "progress": None,
            "error": None if error is None else error.to_json(),
            "finished_at": self._clock(),
        }

    async def keep_text(self, note_id: str, said: Transcript) -> None:
        """Keep a note's transcript, joined of its chunks or taken from another note.

        If there is one already, that stays. The note's submissions stay as they are, with what they cost.
        """
        async with self._db.writing() as connection:
            await insert_new(connection, transcript, self._row_of(note_id, said))

    async def keep_transcript(self, note_id: str, said: Transcript) -> None:
        """Keep a note's transcript, and with it that the provider answered. If there is one already, that stays."""
        async with self._db.writing() as connection:
            await insert_new(connection, transcript, self._row_of(note_id, said))
            await connection.execute(
                sa.update(submission)
                .where(submission.c.note_id == note_id, submission.c.state.in_(("intended", "ticket")))
                .values(state="answered", cost=said.cost)
            )

    async def rename_speaker(self, note_id: str, speaker: str, name: str) -> None:
        """Give a speaker another name; "" restores the original one."""
        which = transcript.c.note_id == note_id
        async with self._db.writing() as connection:
            names = await connection.scalar(sa.select(transcript.c.names).where(which)) or {}
            named = {who: called for who, called in {**names, speaker: name}.items() if called}
            await connection.execute(sa.update(transcript).where(which).values(names=named))

    async def intend(
        self, note_id: str, attempt: int, cost: Micros, chunk: int = 1, of: int = 1, start: float = 0.0
    ) -> bool:
        """Write down that a submit of a chunk is about to be sent, and its quote; not if the note is cancelled.

        False if it is. Earlier submits of the chunk without an answer are given up.
        """
        cancelled = sa.select(note.c.cancel_requested).where(note.c.id == note_id).with_for_update()
        async with self._db.writing() as connection:
            if await connection.scalar(cancelled):
                return False
            if attempt > 1:
                await connection.execute(
                    sa.update(submission)
                    .where(
                        submission.c.note_id == note_id,
                        submission.c.chunk == chunk,
                        submission.c.state == "intended",
                    )
                    .values(state="failed")
                )
            await connection.execute(
                sa.insert(submission).values(
                    note_id=note_id,
                    attempt=attempt,
                    chunk=chunk,
                    chunks=of,
                    start=start,
                    state="intended",
                    cost=cost,
                    intended_at=self._clock(),
                )
            )
        return True

    async def keep_ticket(self, note_id: str, attempt: int, ticket: Ticket) -> None:
        charged = {} if ticket.cost is None else {"cost": ticket.cost}
        await self._change_submission(note_id, attempt, state="ticket", ticket=dict(ticket.body), **charged)

    async def keep_chunk(self, note_id: str, attempt: int, said: Transcript) -> None:
        """Keep the transcript of one chunk of several."""
        await self._change_submission(note_id, attempt, state="answered", cost=said.cost, answer=body_of(said))

    async def close_submission(self, note_id: str, attempt: int) -> None:
        """Write down that nothing can come of a submission any more, and that the provider charges nothing."""
        await self._change_submission(note_id, attempt, state="failed", cost=0)

    async def give_up(self, note_id: str, given_up: Submission) -> None:
        """Write down that nothing can come of a submission any more, though the provider may charge it."""
        body = given_up.ticket.body if given_up.ticket else {}
        ticket = {**body, GIVEN_UP: given_up.memo} if given_up.memo else dict(body)
        await self._change_submission(note_id, given_up.attempt, state="failed", ticket=ticket)

    def _row_of(self, note_id: str, said: Transcript) -> dict[str, object]:
        return {
            "note_id": note_id,
            "body": body_of(said),
            "created_at": self._clock(),
            "names": dict(said.names) or None,
        }

    async def _change_submission(self, note_id: str, attempt: int, **values: object) -> None:
        which = (submission.c.note_id == note_id) & (submission.c.attempt == attempt)
        async with self._db.writing() as connection:
            await connection.execute(sa.update(submission).where(which).values(**values))

    async def _change(self, note_id: str, **values: object) -> None:
        """Change a note that has no end yet."""
        query = sa.update(note).where(note.c.id == note_id, note.c.state.not_in(FINAL)).values(**values)
        async with self._db.writing() as connection:
            await connection.execute(query)
