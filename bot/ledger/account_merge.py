"""Merging of two accounts, and separation of identities. Every step runs in the caller's transaction.

The account that stays takes over the other's balance, open holds and identities. The other is left empty, with its
history and the month of its last grant, so that linking and unlinking gives nobody two grants in a month.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.errors import NotLinked
from bot.domain.identity import AccountId
from bot.ledger.accounts import Account, Terms, lock_row, turn_month
from bot.ledger.identities import Identities
from bot.storage.database import insert_new
from bot.storage.tables import account as accounts
from bot.storage.tables import hold as holds
from bot.storage.tables import identity as identity_table
from bot.storage.tables import transfer

BLOCKED = "blocked"
"""An operator's decision about an account: see people.Access."""


async def join_people(
    connection: AsyncConnection, identities: Identities, keeps: str, comes: str, ref: str, terms: Terms, now: datetime
) -> None:
    """Merge the accounts of two identities into the first one's, if they differ. `ref`: as in `join`."""
    while True:
        stays, goes = [await identities.opened(connection, who, now) for who in (keeps, comes)]
        if stays == goes:
            return
        for name in sorted((stays, goes)):  # always in the same order, so that there is no deadlock
            await lock_row(connection, name, terms)
        # On PostgreSQL either may have been merged into another during the wait.
        if [stays, goes] == [await identities.account_of(connection, who) for who in (keeps, comes)]:
            await join(connection, stays, goes, ref, terms, now)
            return


async def join(
    connection: AsyncConnection, stays: AccountId, goes: AccountId, ref: str, terms: Terms, now: datetime
) -> None:
    """Make two locked accounts one. `ref` is what makes it the same joining when it is made again."""
    rows = [await lock_row(connection, name, terms) for name in (stays, goes)]
    keeper, goer = [await turn_month(connection, row, terms, now) for row in rows]
    await _take_money(connection, keeper, goer, ref, terms, now)
    await connection.execute(
        update(holds).where(holds.c.account == goes, holds.c.state == "open").values(account=stays)
    )
    await connection.execute(update(identity_table).where(identity_table.c.account == goes).values(account=stays))
    await connection.execute(update(accounts).where(accounts.c.joined_to == goes).values(joined_to=stays))


async def _take_money(
    connection: AsyncConnection, stays: Account, goes: Account, ref: str, terms: Terms, now: datetime
) -> None:
    own = (await connection.execute(select(accounts).where(accounts.c.id == goes.id))).one()
    kept = accounts.c
    months = [month for month in (stays.month, goes.month) if month is not None]
    await connection.execute(
        update(accounts).where(kept.id == goes.id).values(posted=0, held=0, granted=0, joined_to=stays.id)
    )
    await connection.execute(
        update(accounts)
        .where(kept.id == stays.id)
        .values(
            posted=kept.posted + goes.posted,
            held=kept.held + goes.held,
            granted=kept.granted + goes.granted,
            month=max(months, default=None),
            # An operator's decision about one holds for both; if both have one, that of the account that stays.
            plan=func.coalesce(kept.plan, own.plan),
            allowance=func.coalesce(kept.allowance, own.allowance),
            day_allowance=func.coalesce(kept.day_allowance, own.day_allowance),
            # A block holds for both, whatever else was decided about one of them.
            of_group=own.of_group or kept.of_group,
            access=own.access if own.access == BLOCKED else func.coalesce(kept.access, own.access),
        )
    )
    if goes.posted:
        row: dict[str, Any] = {"kind": "join", "debit": goes.id, "credit": stays.id, "amount": goes.posted}
        about = {"at": now, "month": terms.month(now), "account": stays.id, "ref": f"join:{ref}"}
        await connection.execute(transfer.insert().values(row | about))


async def part(connection: AsyncConnection, identities: Identities, identity: str, now: datetime) -> Sequence[str]:
    """Give an identity an account of its own again; return the identities that leave. Raises NotLinked."""
    shared = await identities.opened(connection, identity, now)
    leaving = await who_leaves(connection, identities, identity, shared)
    for one in leaving:
        await _leave(connection, identities, one, shared, now)
    return leaving


async def who_leaves(
    connection: AsyncConnection, identities: Identities, identity: str, shared: AccountId
) -> Sequence[str]:
    """Return the identities that get accounts of their own when one parts from the others. Raises NotLinked.

    The identity whose own account was shared keeps it, and its money; then the others leave.
    """
    people = await identities.sharing(connection, shared)
    if len(people) < 2:
        raise NotLinked
    return [one for one in people if one != identity] if identities.own(identity) == shared else [identity]


async def _leave(
    connection: AsyncConnection, identities: Identities, identity: str, shared: AccountId, now: datetime
) -> None:
    own = identities.own(identity)
    # It exists already, unless the secret behind its name was lost since.
    await insert_new(connection, accounts, {"id": own, "created_at": now})
    await hand_on(connection, shared, own)
    await connection.execute(update(accounts).where(accounts.c.id == own).values(joined_to=None))
    await connection.execute(update(identity_table).where(identity_table.c.id == identity).values(account=own))


async def hand_on(connection: AsyncConnection, shared: AccountId, own: AccountId) -> None:
    """Give the account that an identity goes back to the block and the month of the shared one.

    Otherwise linking and unlinking would lift a block, or bring a second grant in the same month.
    """
    left = (await connection.execute(select(accounts.c.access, accounts.c.month).where(accounts.c.id == shared))).one()
    had_less = (accounts.c.id == own) & (func.coalesce(accounts.c.month, "") < (left.month or ""))
    await connection.execute(update(accounts).where(had_less).values(month=left.month))
    if left.access == BLOCKED:
        await connection.execute(update(accounts).where(accounts.c.id == own).values(access=BLOCKED))
