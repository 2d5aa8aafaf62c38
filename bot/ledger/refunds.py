"""Payments that go back to their payers, and refunds that came to nothing. Each runs in a transaction of the ledger."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.billing import Reversal
from bot.domain.money import Micros
from bot.ledger.accounts import (
    FUNDING,
    LOSS,
    Terms,
    change,
    details,
    is_refunded,
    lock_now,
    refundable,
    sides,
    turn_month,
)
from bot.storage.database import insert_new
from bot.storage.tables import account as accounts
from bot.storage.tables import transfer


async def reverse(
    connection: AsyncConnection, terms: Terms, credit: str, ref: str, memo: str, now: datetime
) -> Reversal | None:
    """Take a credit back as far as it is there; the rest is the operator's loss."""
    columns = (transfer.c.amount, transfer.c.credit)
    row = (await connection.execute(select(*columns).where(transfer.c.ref == f"credit:{credit}"))).one_or_none()
    if row is None:
        return None
    owner = await turn_month(connection, await lock_now(connection, row.credit, terms), terms, now)
    if await is_refunded(connection, ref):
        return Reversal(Micros(0), Micros(0))
    taken = Micros(min(row.amount, refundable(owner)))
    reversal = Reversal(taken, Micros(row.amount - taken))
    common = details(terms, owner.id, None, now) | {"memo": memo}
    moved = [
        common | sides("refund", owner.id, FUNDING, f"refund:{ref}") | {"amount": reversal.taken},
        common | sides("loss", LOSS, FUNDING, f"refund_loss:{ref}") | {"amount": reversal.lost},
    ]
    await connection.execute(transfer.insert(), [one for one in moved if one["amount"]])
    await change(connection, owner.id, posted=accounts.c.posted - taken)
    return reversal


async def undo(
    connection: AsyncConnection, terms: Terms, refund: str, booked_as: str, memo: str, ref: str, now: datetime
) -> Micros:
    """Credit back what the refund with that ref and that memo took; its account may have been joined to another."""
    columns = (transfer.c.amount, transfer.c.debit)
    is_it = (transfer.c.ref == f"refund:{refund}") & (transfer.c.memo == booked_as)
    row = (await connection.execute(select(*columns).where(is_it))).one_or_none()
    if row is None:
        return Micros(0)
    owner = await lock_now(connection, row.debit, terms)
    common = details(terms, owner.id, None, now) | {"memo": memo, "amount": row.amount}
    if await insert_new(connection, transfer, common | sides("credit", FUNDING, owner.id, f"credit:{ref}")):
        await change(connection, owner.id, posted=accounts.c.posted + row.amount)
    return Micros(row.amount)
