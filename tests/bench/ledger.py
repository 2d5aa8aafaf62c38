"""Notes a second that the ledger can carry: `make bench PARTS=ledger`.

Fifty users at once, each holding and settling note after note on a SQLite file with every commit on the disk
(synchronous=FULL). EARMARK_TEST_POSTGRES_URL adds the same on PostgreSQL.
"""

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bot.domain.billing import Plan, Quote
from bot.domain.money import Micros
from bot.ledger.accounts import Terms
from bot.ledger.ledger import Ledger
from bot.storage.database import Database
from tests.bench.table import Row
from tests.helpers.databases import STORES, fresh_database
from tests.helpers.ledgers import IDENTITIES

USERS = 50
NOTES_A_USER = 6
RUNS = 5
TARGET = 100
QUOTE = Quote("whisper-base", 60.0, Micros(100), Micros(100))


def measure() -> Iterator[Row]:
    """Medians of several runs."""
    for store in STORES:
        yield from asyncio.run(_measure(store))


async def _measure(store: str) -> list[Row]:
    rates, lost = [], 0
    for _ in range(RUNS):
        with TemporaryDirectory() as folder:
            async with fresh_database(store, Path(folder)) as database:
                rate, missing = await _run(database)
        rates.append(rate)
        lost += missing
    return [
        (f"hold and settle on {store}, {USERS} users at once", f"{median(rates):.0f} pairs/s", f">= {TARGET}"),
        (f"updates lost on {store}, of {RUNS * USERS * NOTES_A_USER} pairs", f"{lost}", "0"),
    ]


async def _run(database: Database) -> tuple[float, int]:
    """Pairs a second, and how many of them the balances do not show."""
    ledger = Ledger(database, lambda: datetime.now(UTC), Terms(Plan.PREPAID), IDENTITIES)
    users = [f"telegram:{number}" for number in range(USERS)]
    for user in users:
        await ledger.credit(user, Micros(1_000_000), f"bench {user}")
    begun = time.perf_counter()
    await asyncio.gather(*(_talk(ledger, user) for user in users))
    seconds = time.perf_counter() - begun
    balances = await ledger.statements.balances()
    paid = sum(1_000_000 - balance.balance for balance in balances) // 90
    assert await ledger.audit() == []
    return USERS * NOTES_A_USER / seconds, USERS * NOTES_A_USER - paid


async def _talk(ledger: Ledger, user: str) -> None:
    for number in range(NOTES_A_USER):
        note_id = f"{user}/{number}"
        await ledger.hold(note_id, user, "nanogpt", QUOTE)
        await ledger.settle(note_id, Micros(90))
