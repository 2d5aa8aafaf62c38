"""Writes of the ledger: the two sides of a transfer, and the statements that move an account's balance.

Each runs in the caller's transaction, with the account locked.
"""

from typing import Any

from sqlalchemy import ColumnElement, Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.errors import BudgetShort, RefundShort
from bot.domain.identity import AccountId
from bot.domain.money import MOST, Micros
from bot.ledger.accounts import Account
from bot.storage.tables import account as accounts
from bot.storage.tables import hold as holds

REVENUE = "house:revenue"
LOSS = "house:loss"
COSTS = "house:costs"
OPEN = "house:open"
FREE = "house:free"


def sides(kind: str, debit: str, credit: str, ref: str) -> dict[str, Any]:
    return {"kind": kind, "debit": debit, "credit": credit, "ref": ref}


def check_amount(amount: Micros) -> None:
    if not 0 <= amount <= MOST:
        raise ValueError(f"{amount} is not an amount between 0 and {MOST} micro-dollars")


async def held_of(connection: AsyncConnection, note_id: str) -> Row[Any] | None:
    return (await connection.execute(select(holds).where(holds.c.note_id == note_id))).one_or_none()


async def set_aside(connection: AsyncConnection, owner: Account, amount: Micros) -> None:
    """Hold an amount. The database alone decides if there is enough, in one statement."""
    is_enough = accounts.c.posted - accounts.c.held >= amount
    done = await connection.execute(
        update(accounts).where(accounts.c.id == owner.id, is_enough).values(held=accounts.c.held + amount)
    )
    if done.rowcount != 1:
        raise BudgetShort(price=amount, available=owner.available)


async def take_back(connection: AsyncConnection, owner: Account, amount: Micros) -> None:
    """Take back an amount in the same way, without touching holds and allowances."""
    is_left = (accounts.c.posted - accounts.c.granted >= amount) & (accounts.c.posted - accounts.c.held >= amount)
    done = await connection.execute(
        update(accounts).where(accounts.c.id == owner.id, is_left).values(posted=accounts.c.posted - amount)
    )
    if done.rowcount != 1:
        left = Micros(owner.posted - max(owner.held, owner.granted))
        raise RefundShort(amount=amount, available=left)


async def pay(connection: AsyncConnection, held: Row[Any], charged: Micros, granted: int) -> None:
    """Turn a hold into its charge; `granted` is the part that an allowance pays."""
    await change(
        connection,
        held.account,
        posted=accounts.c.posted - charged,
        held=accounts.c.held - held.amount,
        granted=accounts.c.granted - granted,
    )


async def change(connection: AsyncConnection, account: AccountId, **values: ColumnElement[int] | object) -> None:
    await connection.execute(update(accounts).where(accounts.c.id == account).values(**values))
