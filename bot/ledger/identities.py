"""Identities and the accounts that they use: a person's identities on several platforms may share one.

An account's name is a pseudonym that only this instance can make of an identity: once its identities are erased, the
ledger keeps amounts and no names. A person who comes back finds the same account.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.identity import AccountId, Identity, is_place
from bot.storage.database import insert_new
from bot.storage.tables import account as accounts
from bot.storage.tables import identity as identities

_LETTERS = 24


def pseudonym(secret: bytes, identity: str) -> AccountId:
    """Return the name of an identity's own account ("platform:id"). Raises ValueError for the operator's accounts."""
    Identity.parse(identity)
    return AccountId(f"p-{hmac.new(secret, f'account {identity}'.encode(), hashlib.sha256).hexdigest()[:_LETTERS]}")


@dataclass(frozen=True, slots=True)
class Identities:
    """Lookup of identities, and opening of accounts. Every method runs in the caller's transaction."""

    secret: bytes = field(repr=False)

    def own(self, identity: str) -> AccountId:
        """The account of its own, whether it uses that or shares another."""
        return pseudonym(self.secret, identity)

    async def account_of(self, connection: AsyncConnection, identity: str) -> AccountId:
        """The account that an identity uses, or would be given at its first use."""
        found: AccountId | None = await connection.scalar(
            select(identities.c.account).where(identities.c.id == identity)
        )
        return self.own(identity) if found is None else found

    async def opened(self, connection: AsyncConnection, identity: str, now: datetime) -> AccountId:
        """Return the account that an identity uses; open it if there is none. A place's account is marked as one."""
        found: AccountId | None = await connection.scalar(
            select(identities.c.account).where(identities.c.id == identity)
        )
        if found is not None:
            return found
        own = self.own(identity)
        await insert_new(connection, accounts, {"id": own, "created_at": now})
        await insert_new(connection, identities, {"id": identity, "account": own, "created_at": now})
        # A user who was erased while sharing another account returns to the own one.
        await connection.execute(update(accounts).where(accounts.c.id == own).values(joined_to=None))
        if is_place(identity):
            await connection.execute(update(accounts).where(accounts.c.id == own).values(of_group=True))
        return own

    async def sharing(self, connection: AsyncConnection, account: AccountId) -> Sequence[str]:
        """The identities that use an account, the first of it first."""
        query = select(identities.c.id).where(identities.c.account == account)
        return (await connection.scalars(query.order_by(identities.c.created_at, identities.c.id))).all()


async def set_role(connection: AsyncConnection, identity: str, role: str | None) -> None:
    """Give an identity that has an account a role; None: user."""
    await connection.execute(update(identities).where(identities.c.id == identity).values(role=role))


async def set_access(connection: AsyncConnection, names: Sequence[AccountId], access: str | None) -> None:
    """Decide about accounts: allowed or blocked; None: as the deployment treats strangers."""
    await connection.execute(update(accounts).where(accounts.c.id.in_(names)).values(access=access))


async def names(connection: AsyncConnection) -> dict[str, str]:
    """Return each account's identities for a reader: "api:ada + console:ada". Accounts of erased users are left out.

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


async def family(connection: AsyncConnection, account: AccountId) -> Sequence[AccountId]:
    """An account with those that were joined to it, whose history is its own now."""
    joined = await connection.scalars(select(accounts.c.id).where(accounts.c.joined_to == account))
    return [account, *joined]
