"""A ticket that is given up: its possible charge is booked once, and its text is never settled besides."""

import asyncio
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa

from bot.domain.billing import Plan
from bot.domain.errors import Unanswered
from bot.domain.money import Micros
from bot.domain.note import Options, Ticket
from bot.domain.ports import Report
from bot.domain.transcript import Transcript
from bot.ledger.accounts import CANCELLED
from bot.settings import Settings
from bot.storage import tables
from tests.doubles.platform import FolderPlatform
from tests.doubles.provider import PaidProvider
from tests.helpers.services import ADA, PRICE, Application, opened
from tests.helpers.settings import changed
from tests.helpers.triggers import allow, forbid


class Refused(NamedTuple):
    """A write that the database does not take for a while."""

    verb: str
    table: str
    when: str


FAILED_CALL = Refused("UPDATE", "submission", "NEW.state = 'failed'")
LOSS = Refused("INSERT", "transfer", "NEW.kind = 'stray_loss'")


async def begun(rig: Application, refused: Refused, voice: Path, collecting: asyncio.Event) -> str:
    """Have a ticket given up while the database does not take a part of it; return the note's id."""
    async with rig.service.core.db.writing() as connection:
        await forbid(connection, "broken", f"{refused.verb} ON {refused.table}", refused.when)
    await rig.service.core.ledger.credit(ADA, Micros(1_000_000), "first")
    note = rig.platform.note("1", voice, model="paid-later")
    await rig.take(note)
    await asyncio.wait_for(collecting.wait(), 20)
    await asyncio.sleep(0.2)
    return note.id


async def ended(rig: Application, note_id: str) -> None:
    async with asyncio.timeout(30):
        while True:
            standing = await rig.service.core.notes.standing(note_id)
            if standing is not None and standing.state.is_final:
                return
            await asyncio.sleep(0.02)


async def lost(rig: Application) -> int:
    return sum(row.lost for row in await rig.service.core.ledger.statements.spend())


async def stopped_and_repaired(
    settings: Settings, tmp_path: Path, voice: Path, refused: Refused
) -> tuple[int, int, int]:
    """Stop the service in the middle, repair the database, start again; return calls, the user's charge, the loss."""
    collecting = asyncio.Event()

    def moment(name: str) -> None:
        if name == "collecting":
            collecting.set()

    world = FolderPlatform(tmp_path / "platform"), PaidProvider(tmp_path / "provider", moment)
    world[1].job_fails = True
    async with opened(settings, world) as rig:
        note_id = await begun(rig, refused, voice, collecting)
    world[1].job_fails = False
    async with opened(settings, world) as rig:
        async with rig.service.core.db.writing() as connection:
            await allow(connection, "broken", refused.table)
        await ended(rig, note_id)
        await rig.money_is_right()
        spent = (await rig.service.core.ledger.statements.balance(ADA)).spent
        return len(rig.provider.calls()), spent, await lost(rig)


async def test_a_ticket_that_is_still_open_has_no_loss_booked(settings: Settings, tmp_path: Path, voice: Path) -> None:
    prepaid = changed(settings, plan=Plan.PREPAID)
    assert await stopped_and_repaired(prepaid, tmp_path, voice, FAILED_CALL) == (1, PRICE, 0)


async def test_a_ticket_that_was_closed_has_its_loss_booked_later(
    settings: Settings, tmp_path: Path, voice: Path
) -> None:
    prepaid = changed(settings, plan=Plan.PREPAID)
    assert await stopped_and_repaired(prepaid, tmp_path, voice, LOSS) == (1, 0, PRICE)


class Silent(PaidProvider):
    """Gives a ticket, and never its text."""

    async def collect(self, ticket: Ticket, options: Options, report: Report) -> Transcript:
        await super().collect(ticket, options, report)
        raise Unanswered


async def test_a_loss_that_its_user_caused_is_booked_as_such_though_the_service_stops_before(
    settings: Settings, tmp_path: Path, voice: Path
) -> None:
    collecting = asyncio.Event()

    def moment(name: str) -> None:
        if name == "collecting":
            collecting.set()

    prepaid = changed(settings, plan=Plan.PREPAID)
    world = FolderPlatform(tmp_path / "platform"), Silent(tmp_path / "provider", moment)
    world[1].later.clear()
    async with opened(prepaid, world) as rig:
        note_id = await begun(rig, LOSS, voice, collecting)
        await rig.service.intake.cancel(note_id)
        world[1].later.set()
        async with asyncio.timeout(10):
            while (await rig.service.core.notes.before_submit(note_id)).tickets:
                await asyncio.sleep(0.01)
    async with opened(prepaid, world) as rig:
        async with rig.service.core.db.writing() as connection:
            await allow(connection, "broken", LOSS.table)
        await ended(rig, note_id)
        memo = sa.select(tables.transfer.c.memo).where(tables.transfer.c.kind == "stray_loss")
        async with rig.service.core.db.reading() as connection:
            assert list(await connection.scalars(memo)) == [CANCELLED]
        assert await lost(rig) == PRICE
