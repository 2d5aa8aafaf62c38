"""Ledgers for tests: a clock that stands still, amounts in short, and an audit at the end of every test."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from sqlalchemy import select

from bot.domain.billing import Held, Plan, Quote
from bot.domain.money import Micros
from bot.ledger.accounts import Terms
from bot.ledger.identities import Identities, names
from bot.ledger.ledger import Ledger
from bot.storage.database import Database
from bot.storage.tables import transfer

ANN = "telegram:1"
BOB = "discord:2"
PREPAID = Terms(Plan.PREPAID)
OPEN = Terms(Plan.OPEN)

IDENTITIES = Identities(b"a secret of tests")

Opened = Callable[[Terms], Ledger]


class Clock:
    """Stands still until it is moved."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def mid_november() -> Clock:
    return Clock(datetime(2026, 11, 15, 12, tzinfo=UTC))


@asynccontextmanager
async def audited(database: Database, clock: Clock) -> AsyncIterator[Opened]:
    """Ledgers over one database; whatever a test did, the audit finds nothing wrong at its end."""
    ledgers: list[Ledger] = []

    def open_ledger(terms: Terms) -> Ledger:
        ledgers.append(Ledger(database, clock, terms, IDENTITIES))
        return ledgers[-1]

    yield open_ledger
    for ledger in ledgers:
        assert await ledger.audit() == []


def quote(price: int, seconds: float = 60.0) -> Quote:
    return Quote("whisper-base", seconds, cost=Micros(price), price=Micros(price))


def allowance(amount: int) -> Terms:
    return Terms(Plan.ALLOWANCE, allowance=Micros(amount))


async def hold(ledger: Ledger, note_id: str, price: int, account: str = ANN) -> None:
    assert isinstance(await ledger.hold(note_id, account, "nanogpt", quote(price)), Held)


async def available(ledger: Ledger, account: str = ANN) -> int:
    balance = await ledger.statements.balance(account)
    return balance.balance - balance.held


async def transfers(database: Database) -> list[tuple[str, str, str, int]]:
    """Return all transfers in order: kind, debit, credit (by people's names), and amount."""
    columns = (transfer.c.kind, transfer.c.debit, transfer.c.credit, transfer.c.amount)
    async with database.reading() as connection:
        called = await names(connection)
        rows = (await connection.execute(select(*columns).order_by(transfer.c.id))).all()
    return [(kind, called.get(debit, debit), called.get(credit, credit), sum_) for kind, debit, credit, sum_ in rows]
