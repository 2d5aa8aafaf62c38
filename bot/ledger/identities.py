"""Owners of accounts. A person's identities on several platforms may share one account.

An account's name is a pseudonym that only this deployment can compute from an identity, so that the books keep amounts
and no names after an erasure. A returning user finds the same account.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.database import insert_new
from bot.storage.tables import account as accounts
from bot.storage.tables import identity as identities

_LETTERS = 24


def pseudonym(secret: bytes, identity: str) -> str:
    """Return the name of an identity's own account ("platform:id"). Raises ValueError for the operator's accounts."""
    if identity.startswith(("house:", "provider:")) or not identity:
        raise ValueError(f"{identity!r} is no identity of a person")
    return f"p-{hmac.new(secret, f'account {identity}'.encode(), hashlib.sha256).hexdigest()[:_LETTERS]}"


@dataclass(frozen=True, slots=True)
class Identities:
    """Lookup of identities, and opening of accounts. Every method runs in the caller's transaction."""

    secret: bytes = field(repr=False)

    def own(self, identity: str) -> str:
        """Return the identity's own account, even if it shares another."""
        return pseudonym(self.secret, identity)

    async def account_of(self, connection: AsyncConnection, identity: str) -> str:
        """Return the account that an identity uses, or would get at its first use."""
        found = await connection.scalar(select(identities.c.account).where(identities.c.id == identity))
        return self.own(identity) if found is None else found

    async def opened(self, connection: AsyncConnection, identity: str, now: datetime) -> str:
        """Return the account that an identity uses; open one if there is none."""
        found: str | None = await connection.scalar(select(identities.c.account).where(identities.c.id == identity))
        if found is not None:
            return found
        own = self.own(identity)
        await insert_new(connection, accounts, {"id": own, "created_at": now})
        await insert_new(connection, identities, {"id": identity, "account": own, "created_at": now})
        # A user who was erased while sharing another account returns to the own one.
        await connection.execute(update(accounts).where(accounts.c.id == own).values(joined_to=None))
        return own

    async def sharing(self, connection: AsyncConnection, account: str) -> Sequence[str]:
        """Return the identities that use an account, the oldest first."""
        query = select(identities.c.id).where(identities.c.account == account)
        return (await connection.scalars(query.order_by(identities.c.created_at, identities.c.id))).all()


async def names(connection: AsyncConnection) -> dict[str, str]:
    """Return each account's name for people: its identities, "discord:2 + telegram:1". Erased ones are left out.

    A merged account has the name of its target.
    """
    found: dict[str, list[str]] = {}
    for row in await connection.execute(select(identities.c.id, identities.c.account).order_by(identities.c.id)):
        found.setdefault(row.account, []).append(row.id)
    called = {account: " + ".join(shared) for account, shared in found.items()}
    joined = select(accounts.c.id, accounts.c.joined_to).where(accounts.c.joined_to.is_not(None))
    for row in await connection.execute(joined):
        if row.joined_to in called:
            called.setdefault(row.id, called[row.joined_to])
    return called


async def family(connection: AsyncConnection, account: str) -> Sequence[str]:
    """Return an account and those that were merged into it, whose history it took over."""
    joined = await connection.scalars(select(accounts.c.id).where(accounts.c.joined_to == account))
    return [account, *joined]
