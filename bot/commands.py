"""What a user can ask for, once for all platforms: how a note is, what was said in it, what is left to spend."""

from dataclasses import dataclass

import sqlalchemy as sa

from bot.db import Database
from bot.ledger import Ledger
from bot.model import Balance, MediaRef, Note, NoteKey, NoteState, Options, Transcript
from bot.money import Micros
from bot.notes import Notes, Standing
from bot.tables import hold, note

_FINAL = [state.value for state in NoteState if state.is_final]


@dataclass(frozen=True, slots=True)
class Order:
    """A note as it was accepted, and its price as far as it is known."""

    note: Note
    price: Micros | None
    """What was held for it, or charged once it is settled; None before that."""


class Commands:
    """Questions of users. Nothing here changes anything."""

    def __init__(self, db: Database, notes: Notes, ledger: Ledger) -> None:
        self._db = db
        self._notes = notes
        self._ledger = ledger

    async def balance(self, user: str) -> Balance:
        """The user's account; one that was never used has what it would have at its first note."""
        return await self._ledger.balance(user)

    async def standing(self, note_id: str) -> Standing | None:
        """How far a note is; None where there is none of that id."""
        return (await self._notes.standing([note_id])).get(note_id)

    async def own(self, note_id: str, user: str) -> Standing | None:
        """How far a note is, for its owner; None for everybody else, as if there were none."""
        standing = await self.standing(note_id)
        return standing if standing is not None and standing.account == user else None

    async def transcript(self, note_id: str) -> Transcript | None:
        """What was said in a note, once a provider has told."""
        return await self._notes.transcript(note_id)

    async def order(self, note_id: str) -> Order | None:
        """What was asked for, whether it has its end or not; None where there is no note of that id."""
        price = sa.case((hold.c.state == "settled", hold.c.charged), else_=hold.c.amount).label("price")
        query = sa.select(note, price).outerjoin(hold, hold.c.note_id == note.c.id).where(note.c.id == note_id)
        async with self._db.reading() as connection:
            row = (await connection.execute(query)).mappings().one_or_none()
        if row is None:
            return None
        taken = Note(
            key=NoteKey(row["platform"], row["bot"], row["chat"], row["message"]),
            user=row["account"],
            media=MediaRef(**row["media"]),
            options=Options(**row["options"]),
            details=row["details"],
        )
        return Order(taken, None if row["price"] is None else Micros(row["price"]))

    async def unfinished(self, user: str) -> int:
        """How many of a user's notes have no end yet."""
        query = sa.select(sa.func.count()).where(note.c.account == user, note.c.state.not_in(_FINAL))
        async with self._db.reading() as connection:
            return int(await connection.scalar(query) or 0)
