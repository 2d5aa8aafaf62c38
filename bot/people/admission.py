"""Admission: notes are accepted unless the user has no access or the service is paused."""

from dataclasses import dataclass

import sqlalchemy as sa

from bot.domain.errors import Paused
from bot.domain.ports import Clock
from bot.people.access import People
from bot.storage.database import Database, insert_new
from bot.storage.tables import switch

_PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class Admission:
    """Check before all work that begins. Work in progress does not pass it again."""

    db: Database
    clock: Clock
    people: People

    async def check(self, who: str, place: str = "") -> None:
        """Raise NoAccess if the user may not use the service in this place, and Paused during a pause."""
        await self.people.check(who, place)
        words = await self.paused()
        if words is not None:
            raise Paused(words=words)

    async def paused(self) -> str | None:
        """Return the operator's words during a pause, possibly empty; None otherwise."""
        async with self.db.reading() as connection:
            found: str | None = await connection.scalar(sa.select(switch.c.value).where(switch.c.name == _PAUSED))
        return found

    async def pause(self, words: str = "") -> None:
        """Refuse new notes, also after a restart, until `resume`; accepted ones continue."""
        row = {"name": _PAUSED, "value": words, "at": self.clock()}
        async with self.db.writing() as connection:
            await connection.execute(sa.delete(switch).where(switch.c.name == _PAUSED))
            await insert_new(connection, switch, row)

    async def resume(self) -> bool:
        """Accept notes again; False if they were accepted already."""
        async with self.db.writing() as connection:
            return (await connection.execute(sa.delete(switch).where(switch.c.name == _PAUSED))).rowcount == 1
