"""A running Earmark with a platform and a provider that tests can look into."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from bot.domain.money import Micros
from bot.domain.note import Note
from bot.domain.ports import MediaStore
from bot.notes.views import Standing
from bot.service.worker import Parts, Service, open_service
from bot.settings import Settings
from tests.doubles.platform import FolderPlatform
from tests.doubles.provider import MODELS, PaidProvider
from tests.helpers.databases import put_databases
from tests.helpers.triggers import allow, forbid

SAID = "What was said in 16.14 seconds."
PRICE = Micros(161_400)
ADA = "folder:ada"


@dataclass
class Pauses:
    """In the place of asyncio.sleep: it writes down how long was to be waited, and waits no longer than a blink."""

    asked: list[float] = field(default_factory=list)

    async def __call__(self, seconds: float) -> None:
        self.asked.append(seconds)
        await asyncio.sleep(0.02)


@dataclass
class Application:
    """A running Earmark with its platform and its provider."""

    service: Service
    platform: FolderPlatform
    provider: PaidProvider
    forbidden: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, *notes: Note) -> None:
        for note in notes:
            await self.service.intake.accept(note)

    async def end_of(self, note: Note) -> Standing:
        async with asyncio.timeout(30):
            while True:
                standing = await self.service.core.notes.standing(note.id)
                if standing is not None and standing.state.is_final:
                    return standing
                await asyncio.sleep(0.01)

    async def forbid_writing(self) -> None:
        """From now on nothing can be written to the notes, as if the database is away."""
        self.forbidden.set()
        async with self.service.core.db.writing() as connection:  # a fault from below
            await allow(connection, "no_end", "note")
            await forbid(connection, "no_end", "UPDATE OF finished_at ON note")

    async def until_forbidden(self) -> None:
        """Wait until it was tried in vain, then let writing be possible again."""
        await asyncio.wait_for(self.forbidden.wait(), 20)
        await asyncio.sleep(1)
        async with self.service.core.db.writing() as connection:  # as above
            await allow(connection, "no_end", "note")

    async def money_is_right(self) -> None:
        assert await self.service.core.ledger.audit() == []
        assert await self.service.core.ledger.statements.holds_open() == []


@asynccontextmanager
async def opened(
    settings: Settings, world: tuple[FolderPlatform, PaidProvider], store: MediaStore | None = None
) -> AsyncIterator[Application]:
    await put_databases(settings)
    async with open_service(
        settings, Parts([world[0]], [world[1]], MODELS, store, look_every=timedelta(seconds=0.2))
    ) as service:
        yield Application(service, *world)
