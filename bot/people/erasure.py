"""Erasure of what is stored about people beside their money. Every function runs in the caller's transaction.

The ledger keeps amounts, under an account's pseudonym. All that says whose it was is deleted, and all that was said.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.ledger.erasure import delete_identities
from bot.ledger.identities import Identities
from bot.people.access import CLAIMED
from bot.storage.tables import access_request, api_key, link_code, preference, switch, voice

People = Sequence[str]
"""All identities of one person."""
_REQUEST = "forget "
"""Prefix of the identity, in the name of a switch."""


@dataclass(frozen=True, slots=True)
class ErasureRequest:
    """A request to erase a person and everything up to its time. It is kept until it is completed."""

    people: People
    until: datetime


class NoteErasure(Protocol):
    """Erasure of notes, with all that was made of them; it runs in the caller's transaction."""

    async def cancel(self, connection: AsyncConnection, people: People) -> int:
        """Request the cancel of a person's notes; return how many have no end yet."""

    async def count_unfinished(self, connection: AsyncConnection, people: People, until: datetime) -> int:
        """Return how many of the notes that a person sent until then have no end yet."""

    async def delete_sent(self, connection: AsyncConnection, people: People, until: datetime, most: int) -> int:
        """Delete notes that a person sent until then and that have their end, but no more than `most` of them."""

    async def delete_ended(self, connection: AsyncConnection, before: datetime, most: int) -> int:
        """Delete notes that had their end before that time, but no more than `most` of them."""


async def request(connection: AsyncConnection, people: People, account_name: str, now: datetime) -> None:
    """Record a request for erasure; a later request replaces an earlier one."""
    rows = [{"name": f"{_REQUEST}{one}", "value": account_name, "at": now} for one in people]
    await connection.execute(sa.delete(switch).where(switch.c.name.in_([row["name"] for row in rows])))
    await connection.execute(sa.insert(switch).values(rows))


async def requests(connection: AsyncConnection) -> list[ErasureRequest]:
    """Return every open request, person by person."""
    query = sa.select(switch).where(switch.c.name.startswith(_REQUEST)).order_by(switch.c.name)
    found: dict[tuple[str, datetime], list[str]] = {}
    for row in await connection.execute(query):
        found.setdefault((row.value, row.at), []).append(row.name.removeprefix(_REQUEST))
    return [ErasureRequest(people, until) for (_, until), people in found.items()]


async def delete_choices(connection: AsyncConnection, people: People) -> None:
    """Delete settings, enrolled voices, link codes, requests to be let in, and revoked keys.

    The owner by a claim is none any more.
    """
    codes = link_code.c.identity.in_(people) | link_code.c.used_by.in_(people)
    dead_keys = api_key.c.account.in_(people) & api_key.c.revoked_at.is_not(None)
    await connection.execute(sa.delete(preference).where(preference.c.owner.in_(people)))
    await connection.execute(sa.delete(voice).where(voice.c.owner.in_(people)))
    await connection.execute(sa.delete(link_code).where(codes))
    await connection.execute(sa.delete(api_key).where(dead_keys))
    await connection.execute(sa.delete(access_request).where(access_request.c.identity.in_(people)))
    await connection.execute(sa.delete(switch).where(switch.c.name == CLAIMED, switch.c.value.in_(people)))


async def delete_people(connection: AsyncConnection, identities: Identities, people: People) -> None:
    """Delete a person's identities, and what was chosen for them."""
    await delete_identities(connection, identities, people)
    await delete_choices(connection, people)


async def complete(connection: AsyncConnection, wanted: ErasureRequest) -> None:
    """Delete a completed request, unless it was renewed since."""
    names = [f"{_REQUEST}{one}" for one in wanted.people]
    await connection.execute(sa.delete(switch).where(switch.c.name.in_(names), switch.c.at <= wanted.until))
