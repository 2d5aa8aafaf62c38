"""Persons: the platforms that are theirs, what they may do, and the codes that bring two of their accounts together."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.errors import CodeUnknown, NoAccess
from bot.domain.ports import Clock
from bot.ledger.account_merge import join_people, part, who_leaves
from bot.ledger.accounts import Terms
from bot.ledger.identities import Identities, family, set_access, set_role
from bot.storage.database import Database, insert_new
from bot.storage.tables import account, identity, link_code

CODE_LIVES = timedelta(minutes=10)
_IS_UNUSED = link_code.c.used_by.is_(None)
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""None that could be read as another."""
_LET_IN = ("api:", "console:")
"""Whoever has a key of the HTTP API, or the data folder itself, was let in by that."""
_GROUPS, _GROUP = 3, 4
"""Of a code: 60 random bits, which nobody guesses in ten minutes."""


class Role(StrEnum):
    """What somebody may do."""

    USER = "user"
    OPERATOR = "operator"
    """Gives credit, blocks, sees what was spent."""
    OWNER = "owner"
    """Named by the settings: also makes operators, and is told when something is wrong."""


class Access(StrEnum):
    """What an operator decided about somebody."""

    ALLOWED = "allowed"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Lists:
    """Whom the settings name, as identities; a group of people may be named too."""

    owners: frozenset[str] = frozenset()
    allowed: frozenset[str] = frozenset()
    blocked: frozenset[str] = frozenset()
    strangers: bool = True
    """Whether those may use the service whom nobody named."""


class People:
    """Persons in the database."""

    def __init__(self, db: Database, clock: Clock, terms: Terms, identities: Identities, lists: Lists) -> None:
        self._db = db
        self._clock = clock
        self._terms = terms
        self._identities = identities
        self._lists = lists

    @property
    def owners(self) -> frozenset[str]:
        return self._lists.owners

    async def role(self, who: str) -> Role:
        if who in self._lists.owners:
            return Role.OWNER
        async with self._db.reading() as connection:
            found = await connection.scalar(sa.select(identity.c.role).where(identity.c.id == who))
        return Role.USER if found is None else Role(found)

    async def is_operator(self, who: str) -> bool:
        """Whether somebody is an operator or an owner."""
        return await self.role(who) is not Role.USER

    async def operators(self) -> list[str]:
        """Everybody who runs the service, owners among them."""
        async with self._db.reading() as connection:
            found = await connection.scalars(sa.select(identity.c.id).where(identity.c.role.is_not(None)))
            return sorted({*self._lists.owners, *found})

    async def appoint(self, who: str, role: Role) -> None:
        """Make somebody an operator, or a user again; owners are named by the settings alone."""
        stored = None if role is Role.USER else Role.OPERATOR.value
        async with self._db.writing() as connection:
            await self._identities.opened(connection, who, self._clock())
            await set_role(connection, who, stored)

    async def decide(self, who: str, access: Access | None) -> None:
        """Block somebody, with everybody who shares the account, or let them in; None: as strangers are treated.

        What was decided before about accounts that were joined to this one holds no more.
        """
        async with self._db.writing() as connection:
            name = await self._identities.opened(connection, who, self._clock())
            concerned = await family(connection, name)
            value = None if access is None else access.value
            await set_access(connection, concerned, value)

    async def check(self, who: str, place: str = "") -> None:
        """Raises NoAccess for who may not use the service in a place ("": between one person and the bot).

        Who is blocked, or in a blocked place, is out, whatever else was decided; owners are never out.
        """
        if who in self._lists.owners:
            return
        concerned = {one for one in (who, place, *await self.identities(who)) if one}
        async with self._db.reading() as connection:
            decided = await self._decided(connection, *concerned)
        if Access.BLOCKED in decided or concerned & self._lists.blocked:
            raise NoAccess
        is_stranger = not (who.startswith(_LET_IN) or await self.is_operator(who))
        if is_stranger and not (self._lists.strangers or Access.ALLOWED in decided or concerned & self._lists.allowed):
            raise NoAccess

    async def _decided(self, connection: AsyncConnection, *concerned: str) -> set[Access]:
        """What was decided about the accounts that these use; also about those whose people were forgotten since."""
        used = [await self._identities.account_of(connection, one) for one in concerned]
        query = sa.select(account.c.access).where(account.c.id.in_(used), account.c.access.is_not(None))
        return {Access(found) for found in (await connection.scalars(query)).all()}

    async def identities(self, who: str) -> Sequence[str]:
        """All identities of the person, the one asked for among them."""
        async with self._db.reading() as connection:
            shared = await self._identities.sharing(connection, await self._identities.account_of(connection, who))
        return shared or [who]

    async def code(self, who: str) -> str:
        """A code that joins the account of whoever says it, within ten minutes, to this one's. Raises NoAccess.

        An earlier one of the same person is void.
        """
        await self.check(who)
        letters = "".join(secrets.choice(_LETTERS) for _ in range(_GROUPS * _GROUP))
        code = "-".join(letters[start : start + _GROUP] for start in range(0, len(letters), _GROUP))
        now = self._clock()
        row = {"hash": _hash(code), "identity": who, "until": now + CODE_LIVES}
        async with self._db.writing() as connection:
            stale = (link_code.c.until <= now) | ((link_code.c.identity == who) & link_code.c.used_by.is_(None))
            await connection.execute(sa.delete(link_code).where(stale))
            await insert_new(connection, link_code, row)
        return code

    async def offer(self, who: str, code: str) -> Sequence[str]:
        """The identities that somebody would share an account with by saying a code. Raises as `link` does."""
        async with self._db.reading() as connection:
            query = sa.select(link_code.c.identity).where(self._is_good(_hash(code), who))
            maker: str | None = await connection.scalar(query)
            await self._refuse_blocked(connection, who)
        if maker is None:
            raise CodeUnknown
        return await self.identities(maker)

    async def link(self, who: str, code: str) -> Sequence[str]:
        """Join an account to that of the code's maker; all identities that share it now.

        Said again by the same person, it changes nothing. Raises CodeUnknown, and NoAccess for who is blocked.
        """
        hashed, now = _hash(code), self._clock()
        async with self._db.writing() as connection:
            maker, is_new = await self._use(connection, hashed, who)
            await self._refuse_blocked(connection, who, maker)
            if is_new:
                await join_people(connection, self._identities, maker, who, hashed, self._terms, now)
            shared = await self._identities.sharing(connection, await self._identities.account_of(connection, who))
        if maker not in shared:  # they parted since
            raise CodeUnknown
        return shared

    async def unlink(self, who: str) -> Sequence[str]:
        """Part an identity from the others of its person; the identities that have accounts of their own now.

        Raises NotLinked.
        """
        async with self._db.writing() as connection:
            return await part(connection, self._identities, who, self._clock())

    async def leaving(self, who: str) -> Sequence[str]:
        """The identities that `unlink` would give accounts of their own. Raises NotLinked."""
        async with self._db.reading() as connection:
            shared = await self._identities.account_of(connection, who)
            return await who_leaves(connection, self._identities, who, shared)

    async def void(self, code: str) -> None:
        """A code was said where others read it: nobody can use it any more."""
        async with self._db.writing() as connection:
            is_it = (link_code.c.hash == _hash(code)) & link_code.c.used_by.is_(None)
            await connection.execute(sa.delete(link_code).where(is_it))

    async def move(self, old: str, new: str) -> None:
        """A group has another number now, and is the same group: its account goes with it. It may be said twice."""
        now = self._clock()
        async with self._db.writing() as connection:
            if await connection.scalar(sa.select(identity.c.id).where(identity.c.id == old)) is None:
                return
            await join_people(connection, self._identities, new, old, _hash(f"{old} {new}"), self._terms, now)

    def _is_good(self, hashed: str, who: str) -> sa.ColumnElement[bool]:
        """Whether a code is one, for somebody: not the own one, not too old, and nobody else's already."""
        is_it = (link_code.c.hash == hashed) & (link_code.c.until > self._clock()) & (link_code.c.identity != who)
        return is_it & (_IS_UNUSED | (link_code.c.used_by == who))

    async def _use(self, connection: AsyncConnection, hashed: str, who: str) -> tuple[str, bool]:
        """Take a code: who made it, and whether it is said for the first time. Raises CodeUnknown.

        Of all who say it at once the database takes one.
        """
        is_good = self._is_good(hashed, who)
        first = await connection.execute(sa.update(link_code).where(is_good, _IS_UNUSED).values(used_by=who))
        maker: str | None = await connection.scalar(sa.select(link_code.c.identity).where(is_good))
        if maker is None:
            raise CodeUnknown
        return maker, first.rowcount == 1

    async def _refuse_blocked(self, connection: AsyncConnection, *concerned: str) -> None:
        """Who was not let in yet may say a code: who made it lets them in. Who is blocked may not, nor be joined."""
        if {*concerned} & self._lists.blocked or Access.BLOCKED in await self._decided(connection, *concerned):
            raise NoAccess


def _hash(code: str) -> str:
    """People write codes as they like: with blanks, in small letters."""
    letters = "".join(letter for letter in code.upper() if letter.isalnum())
    return hashlib.sha256(letters.encode("utf-8", "surrogatepass")).hexdigest()
