"""Erasure of personal data beside the money. Every function runs in the caller's transaction.

The books keep amounts, under an account's pseudonym. These functions delete the identities and the contents.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.note import FINAL
from bot.ledger.account_merge import hand_on
from bot.ledger.identities import Identities, family
from bot.storage.tables import api_key, hold, identity, link_code, note, preference, switch

People = Sequence[str]
"""All identities of one person."""
_WISH = "forget "
"""Prefix of the identity, in the name of a switch."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A request to erase a person and everything up to its time. It is kept until it is completed."""

    people: People
    until: datetime


async def wish(connection: AsyncConnection, people: People, account_name: str, now: datetime) -> None:
    """Record a request for erasure; a later request replaces an earlier one."""
    rows = [{"name": f"{_WISH}{one}", "value": account_name, "at": now} for one in people]
    await connection.execute(sa.delete(switch).where(switch.c.name.in_([row["name"] for row in rows])))
    await connection.execute(sa.insert(switch).values(rows))


async def wishes(connection: AsyncConnection) -> list[Wish]:
    """Return every open request, person by person."""
    query = sa.select(switch).where(switch.c.name.startswith(_WISH)).order_by(switch.c.name)
    found: dict[tuple[str, datetime], list[str]] = {}
    for row in await connection.execute(query):
        found.setdefault((row.value, row.at), []).append(row.name.removeprefix(_WISH))
    return [Wish(people, until) for (_, until), people in found.items()]


async def cancel_notes(connection: AsyncConnection, people: People) -> int:
    """Request the cancellation of notes in progress; return the number of unfinished notes."""
    query = sa.update(note).where(note.c.account.in_(people), note.c.state.not_in(FINAL))
    return (await connection.execute(query.values(cancel_requested=True))).rowcount


async def count_unfinished(connection: AsyncConnection, wanted: Wish) -> int:
    """Return the number of unfinished notes among those of the request."""
    query = sa.select(sa.func.count()).select_from(note).where(_is_meant(wanted), note.c.state.not_in(FINAL))
    return await connection.scalar(query) or 0


async def delete_notes(connection: AsyncConnection, wanted: Wish, most: int) -> int:
    """Delete finished notes of the request with all their data, at most `most`."""
    some = sa.select(note.c.id).where(_is_meant(wanted), note.c.state.in_(FINAL)).limit(most)
    return (await connection.execute(sa.delete(note).where(note.c.id.in_(some)))).rowcount


async def delete_choices(connection: AsyncConnection, people: People) -> None:
    """Delete settings, link codes, and revoked keys."""
    codes = link_code.c.identity.in_(people) | link_code.c.used_by.in_(people)
    dead_keys = api_key.c.account.in_(people) & api_key.c.revoked_at.is_not(None)
    await connection.execute(sa.delete(preference).where(preference.c.owner.in_(people)))
    await connection.execute(sa.delete(link_code).where(codes))
    await connection.execute(sa.delete(api_key).where(dead_keys))


async def blank_places(connection: AsyncConnection, accounts: Sequence[str]) -> None:
    """Erase the groups from the holds of these accounts."""
    said_somewhere = hold.c.account.in_(accounts) & hold.c.chat.is_not(None)
    await connection.execute(sa.update(hold).where(said_somewhere).values(chat=None))


async def delete_people(connection: AsyncConnection, identities: Identities, people: People) -> None:
    """Delete a person's identities.

    A returning user finds the own account of that identity as it was left, with the same block and grants: erasure must
    not gain anything.
    """
    query = sa.select(identity.c.id, identity.c.account).where(identity.c.id.in_(people))
    for who, shared in (await connection.execute(query)).all():
        if identities.own(who) != shared:
            await hand_on(connection, shared, identities.own(who))
        await blank_places(connection, await family(connection, shared))
    await delete_choices(connection, people)
    await connection.execute(sa.delete(identity).where(identity.c.id.in_(people)))


async def fulfil(connection: AsyncConnection, wanted: Wish) -> None:
    """Delete a completed request, unless it was renewed since."""
    names = [f"{_WISH}{one}" for one in wanted.people]
    await connection.execute(sa.delete(switch).where(switch.c.name.in_(names), switch.c.at <= wanted.until))


def _is_meant(wanted: Wish) -> sa.ColumnElement[bool]:
    return note.c.account.in_(wanted.people) & (note.c.created_at <= wanted.until)
