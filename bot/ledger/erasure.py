"""Erasure of what the ledger says about people; amounts stay. Every function runs in the caller's transaction."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.identity import AccountId
from bot.ledger.account_merge import hand_on
from bot.ledger.identities import Identities, family
from bot.storage.tables import hold, identity


async def blank_places(connection: AsyncConnection, accounts: Sequence[AccountId]) -> None:
    """Erase in which groups the notes were said that these accounts have holds for."""
    said_somewhere = hold.c.account.in_(accounts) & hold.c.chat.is_not(None)
    await connection.execute(sa.update(hold).where(said_somewhere).values(chat=None))


async def blank_places_of(connection: AsyncConnection, note_ids: Sequence[str]) -> None:
    """Erase in which groups these notes were said."""
    await connection.execute(sa.update(hold).where(hold.c.note_id.in_(note_ids)).values(chat=None))


async def delete_identities(connection: AsyncConnection, identities: Identities, people: Sequence[str]) -> None:
    """Delete a person's identities: nothing says any more whose account it was.

    A person who comes back finds the account that was made for that identity, as it was left. It is blocked if the
    person was, and has had the grants that the person had: nothing is to be gained by being erased.
    """
    query = sa.select(identity.c.id, identity.c.account).where(identity.c.id.in_(people))
    for who, shared in (await connection.execute(query)).all():
        if identities.own(who) != shared:
            await hand_on(connection, shared, identities.own(who))
        await blank_places(connection, await family(connection, shared))
    await connection.execute(sa.delete(identity).where(identity.c.id.in_(people)))
