"""Enrolled voices: each user's own, under the name that the user gave it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.ports import Clock
from bot.domain.voice import KnownVoice, Voiceprint
from bot.ledger.identities import Identities
from bot.storage.database import Database, insert_new
from bot.storage.tables import voice

AWAITED_FOR = timedelta(minutes=15)
"""Time from the consent in which the next voice message is taken for the enrolment."""


@dataclass(frozen=True, slots=True)
class Voices:
    """Voices in the database. A person has one, on all linked platforms together."""

    db: Database
    clock: Clock
    identities: Identities

    async def agree(self, owner: str, name: str) -> None:
        """Write down that a user wants to enrol a voice under this name; an earlier voice is deleted."""
        now = self.clock()
        async with self.db.writing() as connection:
            await self.identities.opened(connection, owner, now)  # retention looks for people there
            await self._delete(connection, await self._people(connection, owner))
            await insert_new(connection, voice, {"owner": owner, "name": name, "agreed_at": now})

    async def awaited(self, owner: str) -> bool:
        """Return True if the user's next voice message is to be enrolled."""
        async with self.db.reading() as connection:
            return await connection.scalar(sa.select(voice.c.owner).where(self._is_awaited(owner))) is not None

    async def keep(self, owner: str, heard: Voiceprint) -> str | None:
        """Keep a voice that was awaited; return its name, None if it is not wanted any more."""
        values = {"model": heard.model, "vector": list(heard.vector)}
        query = sa.update(voice).where(self._is_awaited(owner)).values(**values).returning(voice.c.name)
        async with self.db.writing() as connection:
            name: str | None = await connection.scalar(query)
        return name

    async def of(self, who: str) -> KnownVoice | None:
        """Return the voice of a person, enrolled on any linked platform; None if there is none."""
        async with self.db.reading() as connection:
            its = voice.c.owner.in_(await self._people(connection, who)) & voice.c.model.is_not(None)
            query = sa.select(voice).where(its).order_by(voice.c.agreed_at.desc()).limit(1)
            row = (await connection.execute(query)).mappings().one_or_none()
        return None if row is None else KnownVoice(row["name"], Voiceprint(row["model"], tuple(row["vector"])))

    async def delete(self, who: str) -> None:
        """Delete the voice of a person, and the consent."""
        async with self.db.writing() as connection:
            await self._delete(connection, await self._people(connection, who))
        await self.db.checkpoint()  # not `wipe`: a press must not rebuild the file

    def _is_awaited(self, owner: str) -> sa.ColumnElement[bool]:
        return (voice.c.owner == owner) & voice.c.model.is_(None) & (voice.c.agreed_at > self.clock() - AWAITED_FOR)

    async def _delete(self, connection: AsyncConnection, people: Sequence[str]) -> None:
        await connection.execute(sa.delete(voice).where(voice.c.owner.in_(people)))

    async def _people(self, connection: AsyncConnection, who: str) -> Sequence[str]:
        return await self.identities.sharing(connection, await self.identities.account_of(connection, who)) or [who]
