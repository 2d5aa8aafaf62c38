"""Whether notes are taken at all, and from whom."""

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
    """Stands before everything that begins work. What is in work already passes it no more."""

    db: Database
    clock: Clock
    people: People

    async def check(self, who: str, place: str = "") -> None:
        """Raises NoAccess for who may not use the service there, and Paused while it takes nothing new."""
        await self.people.check(who, place)
        words = await self.paused()
        if words is not None:
            raise Paused(words=words)

    async def paused(self) -> str | None:
        """What an operator said when the service was paused, perhaps nothing; None where it is not."""
        async with self.db.reading() as connection:
            found: str | None = await connection.scalar(sa.select(switch.c.value).where(switch.c.name == _PAUSED))
        return found

    async def pause(self, words: str = "") -> None:
        """Take nothing new, also after a restart, until `resume`; what is taken already goes on."""
        row = {"name": _PAUSED, "value": words, "at": self.clock()}
        async with self.db.writing() as connection:
            await connection.execute(sa.delete(switch).where(switch.c.name == _PAUSED))
            await insert_new(connection, switch, row)

    async def resume(self) -> bool:
        """Take notes again; False where that was so already."""
        async with self.db.writing() as connection:
            return (await connection.execute(sa.delete(switch).where(switch.c.name == _PAUSED))).rowcount == 1
