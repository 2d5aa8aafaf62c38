"""What is stored about people beside their money, and how it goes. Every function runs in the caller's transaction.

The books keep amounts, under an account's pseudonym. What is deleted here is all that says whose it was, and all that
was said.
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
"""Before the identity, in the name of a switch."""


@dataclass(frozen=True, slots=True)
class Wish:
    """That a person be forgotten, with all that came until then. It is kept until that is done."""

    people: People
    until: datetime


async def wish(connection: AsyncConnection, people: People, account_name: str, now: datetime) -> None:
    """Write down that a person is to be forgotten; a later wish takes the place of an earlier one."""
    rows = [{"name": f"{_WISH}{one}", "value": account_name, "at": now} for one in people]
    await connection.execute(sa.delete(switch).where(switch.c.name.in_([row["name"] for row in rows])))
    await connection.execute(sa.insert(switch).values(rows))


async def wishes(connection: AsyncConnection) -> list[Wish]:
    """Every wish that is not fulfilled yet, person by person."""
    query = sa.select(switch).where(switch.c.name.startswith(_WISH)).order_by(switch.c.name)
    found: dict[tuple[str, datetime], list[str]] = {}
    for row in await connection.execute(query):
        found.setdefault((row.value, row.at), []).append(row.name.removeprefix(_WISH))
    return [Wish(people, until) for (_, until), people in found.items()]


async def cancel_notes(connection: AsyncConnection, people: People) -> int:
    """Ask for what is in work to be given up; say how many notes have no end yet."""
    query = sa.update(note).where(note.c.account.in_(people), note.c.state.not_in(FINAL))
    return (await connection.execute(query.values(cancel_requested=True))).rowcount


async def count_unfinished(connection: AsyncConnection, wanted: Wish) -> int:
    """How many of the notes that came until then have no end yet."""
    query = sa.select(sa.func.count()).select_from(note).where(_is_meant(wanted), note.c.state.not_in(FINAL))
    return await connection.scalar(query) or 0


async def delete_notes(connection: AsyncConnection, wanted: Wish, most: int) -> int:
    """Delete notes that came until then and have their end, with all that was made of them; no more than that many."""
    some = sa.select(note.c.id).where(_is_meant(wanted), note.c.state.in_(FINAL)).limit(most)
    return (await connection.execute(sa.delete(note).where(note.c.id.in_(some)))).rowcount


async def delete_choices(connection: AsyncConnection, people: People) -> None:
    """Delete what was chosen, codes for linking, and keys that open nothing any more."""
    codes = link_code.c.identity.in_(people) | link_code.c.used_by.in_(people)
    dead_keys = api_key.c.account.in_(people) & api_key.c.revoked_at.is_not(None)
    await connection.execute(sa.delete(preference).where(preference.c.owner.in_(people)))
    await connection.execute(sa.delete(link_code).where(codes))
    await connection.execute(sa.delete(api_key).where(dead_keys))


async def blank_places(connection: AsyncConnection, accounts: Sequence[str]) -> None:
    """Forget in which groups it was said what these accounts have holds for."""
    said_somewhere = hold.c.account.in_(accounts) & hold.c.chat.is_not(None)
    await connection.execute(sa.update(hold).where(said_somewhere).values(chat=None))


async def delete_people(connection: AsyncConnection, identities: Identities, people: People) -> None:
    """Delete a person's identities: nothing says any more whose account it was.

    Whoever comes back finds the account that was made for that identity, as it was left. It is blocked where the person
    was, and has had the grants that the person had: nothing is to be gained by being forgotten.
    """
    query = sa.select(identity.c.id, identity.c.account).where(identity.c.id.in_(people))
    for who, shared in (await connection.execute(query)).all():
        if identities.own(who) != shared:
            await hand_on(connection, shared, identities.own(who))
        await blank_places(connection, await family(connection, shared))
    await delete_choices(connection, people)
    await connection.execute(sa.delete(identity).where(identity.c.id.in_(people)))


async def fulfil(connection: AsyncConnection, wanted: Wish) -> None:
    """Have a wish no more, unless it was said again since."""
    names = [f"{_WISH}{one}" for one in wanted.people]
    await connection.execute(sa.delete(switch).where(switch.c.name.in_(names), switch.c.at <= wanted.until))


def _is_meant(wanted: Wish) -> sa.ColumnElement[bool]:
    return note.c.account.in_(wanted.people) & (note.c.created_at <= wanted.until)
