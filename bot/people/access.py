"""Users: linked platforms, roles, access, link codes, and the admission of new notes."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.errors import CodeUnknown, NoAccess, NotAdmitted, Paused
from bot.domain.ports import Clock
from bot.ledger.account_merge import join_people, part, who_leaves
from bot.ledger.accounts import Terms
from bot.ledger.identities import Identities, family, set_access, set_role
from bot.storage.database import Database, insert_new
from bot.storage.tables import account, identity, link_code, switch

CODE_LIVES = timedelta(minutes=10)
_IS_UNUSED = link_code.c.used_by.is_(None)
CLAIMED = "owner"
"""Name of the switch that holds the user who claimed a service without owners."""
_POLICY, _OPEN = "strangers", "open"
"""Name and value of the switch that tells if a data folder admits strangers."""
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Letters that cannot be confused."""
_LET_IN = ("api:", "console:")
"""A key of the HTTP API, or access to the data folder, includes admission."""
_GROUPS, _GROUP = 3, 4
"""Groups of a code: 60 random bits, which cannot be guessed in ten minutes."""


class Role(StrEnum):
    """Role of a user."""

    USER = "user"
    OPERATOR = "operator"
    """Gives credit, blocks users, sees the spending."""
    OWNER = "owner"
    """Named by the settings: also appoints operators, and receives alerts."""


class Access(StrEnum):
    """An operator's decision about an account."""

    ALLOWED = "allowed"
    BLOCKED = "blocked"


class _Standing(StrEnum):
    """Access of a user in a place, all rules together."""

    ADMITTED = "admitted"
    BLOCKED = "blocked"
    STRANGER = "stranger"


@dataclass(frozen=True, slots=True)
class Lists:
    """Identities that the settings name; groups may be named too."""

    owners: frozenset[str] = frozenset()
    allowed: frozenset[str] = frozenset()
    blocked: frozenset[str] = frozenset()
    strangers: bool = True
    """True if users may use the service about which no operator decided."""


class People:
    """Users in the database."""

    def __init__(self, db: Database, clock: Clock, terms: Terms, identities: Identities, lists: Lists) -> None:
        self._db = db
        self._clock = clock
        self._terms = terms
        self._identities = identities
        self._lists = lists

    @property
    def admits_strangers(self) -> bool:
        return self._lists.strangers

    async def owners(self) -> frozenset[str]:
        """Return the owners that the settings name; if they name none, the user who claimed the service."""
        if self._lists.owners:
            return self._lists.owners
        async with self._db.reading() as connection:
            found: str | None = await connection.scalar(sa.select(switch.c.value).where(switch.c.name == CLAIMED))
        return frozenset() if found is None else frozenset({found})

    async def is_unclaimed(self) -> bool:
        """Return True if no chat user may use the service: it has no owners, and no user was let in."""
        if self._lists.strangers or self._lists.allowed or await self.operators():
            return False
        is_allowed = sa.select(sa.exists().where(account.c.access == Access.ALLOWED.value))
        async with self._db.reading() as connection:
            return not await connection.scalar(is_allowed)

    async def claim(self, who: str) -> bool:
        """Make a user the owner of a service that has none; False if there is one. A blocked user cannot be it."""
        if not await self.is_unclaimed() or await self._standing(who) is _Standing.BLOCKED:
            return False
        async with self._db.writing() as connection:
            await self._identities.opened(connection, who, self._clock())
            row = {"name": CLAIMED, "value": who, "at": self._clock()}
            return bool(await insert_new(connection, switch, row))

    async def role(self, who: str) -> Role:
        if who in await self.owners():
            return Role.OWNER
        async with self._db.reading() as connection:
            found = await connection.scalar(sa.select(identity.c.role).where(identity.c.id == who))
        return Role.USER if found is None else Role(found)

    async def is_operator(self, who: str) -> bool:
        """Return True for operators and owners."""
        return await self.role(who) is not Role.USER

    async def operators(self) -> list[str]:
        """Return all operators, owners included."""
        async with self._db.reading() as connection:
            found = (await connection.scalars(sa.select(identity.c.id).where(identity.c.role.is_not(None)))).all()
        return sorted({*await self.owners(), *found})

    async def appoint(self, who: str, role: Role) -> None:
        """Appoint an operator, or make one a user again; only the settings name owners."""
        stored = None if role is Role.USER else Role.OPERATOR.value
        async with self._db.writing() as connection:
            await self._identities.opened(connection, who, self._clock())
            await set_role(connection, who, stored)

    async def decide(self, who: str, access: Access | None) -> None:
        """Block an account, with everybody who shares it, or admit it; None: the default for strangers.

        Earlier decisions about accounts that were merged into this one are dropped.
        """
        async with self._db.writing() as connection:
            name = await self._identities.opened(connection, who, self._clock())
            concerned = await family(connection, name)
            value = None if access is None else access.value
            await set_access(connection, concerned, value)

    async def check(self, who: str, place: str = "") -> None:
        """Raise NoAccess if an identity may not use the service in a place ("": a private chat).

        A block of the user or the place overrides everything else; owners are never blocked. Raises NotAdmitted, which
        is a NoAccess, for a user about which no operator decided.
        """
        match await self._standing(who, place):
            case _Standing.BLOCKED:
                raise NoAccess
            case _Standing.STRANGER:
                raise NotAdmitted

    async def is_stranger(self, who: str) -> bool:
        """Return True if a user may not use the service in a private chat, and is not blocked."""
        return await self._standing(who) is _Standing.STRANGER

    async def admit_place(self, place: str) -> None:
        """Admit a group, unless an operator decided about it, or it needs no admission."""
        if self._lists.strangers or await self._standing(place) is not _Standing.STRANGER:
            return
        await self.decide(place, Access.ALLOWED)

    async def _standing(self, who: str, place: str = "") -> "_Standing":
        if who in await self.owners():
            return _Standing.ADMITTED
        concerned = {one for one in (who, place, *await self.identities(who)) if one}
        async with self._db.reading() as connection:
            decided = await self._decided(connection, *concerned)
        if Access.BLOCKED in decided or concerned & self._lists.blocked:
            return _Standing.BLOCKED
        is_named = who.startswith(_LET_IN) or await self.is_operator(who)
        if is_named or self._lists.strangers or Access.ALLOWED in decided or concerned & self._lists.allowed:
            return _Standing.ADMITTED
        return _Standing.STRANGER

    async def _decided(self, connection: AsyncConnection, *concerned: str) -> set[Access]:
        """Return the decisions about the accounts of these identities, erased users included."""
        used = [await self._identities.account_of(connection, one) for one in concerned]
        query = sa.select(account.c.access).where(account.c.id.in_(used), account.c.access.is_not(None))
        return {Access(found) for found in (await connection.scalars(query)).all()}

    async def identities(self, who: str) -> Sequence[str]:
        """Return all identities of the person, the given one included."""
        async with self._db.reading() as connection:
            shared = await self._identities.sharing(connection, await self._identities.account_of(connection, who))
        return shared or [who]

    async def code(self, who: str) -> str:
        """Return a code that links another account to this one's, within ten minutes. Raises NoAccess.

        An earlier code of the same person becomes invalid.
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
        """Return the identities that a code would link. Raises as `link` does."""
        async with self._db.reading() as connection:
            query = sa.select(link_code.c.identity).where(self._is_good(_hash(code), who))
            maker: str | None = await connection.scalar(query)
            await self._refuse_blocked(connection, who)
        if maker is None:
            raise CodeUnknown
        return await self.identities(maker)

    async def link(self, who: str, code: str) -> Sequence[str]:
        """Link an account to that of the code's creator; return all identities that share it now.

        A repetition by the same person changes nothing. Raises CodeUnknown, and NoAccess for blocked users.
        """
        hashed, now = _hash(code), self._clock()
        async with self._db.writing() as connection:
            maker, is_new = await self._use(connection, hashed, who)
            await self._refuse_blocked(connection, who, maker)
            if is_new:
                await join_people(connection, self._identities, maker, who, hashed, self._terms, now)
            shared = await self._identities.sharing(connection, await self._identities.account_of(connection, who))
        if maker not in shared:  # they were separated since
            raise CodeUnknown
        return shared

    async def unlink(self, who: str) -> Sequence[str]:
        """Separate an identity from the others; return the identities that have accounts of their own now.

        Raises NotLinked.
        """
        async with self._db.writing() as connection:
            return await part(connection, self._identities, who, self._clock())

    async def leaving(self, who: str) -> Sequence[str]:
        """Return the identities that `unlink` would give accounts of their own. Raises NotLinked."""
        async with self._db.reading() as connection:
            shared = await self._identities.account_of(connection, who)
            return await who_leaves(connection, self._identities, who, shared)

    async def void(self, code: str) -> None:
        """Invalidate a code that was posted in public."""
        async with self._db.writing() as connection:
            is_it = (link_code.c.hash == _hash(code)) & link_code.c.used_by.is_(None)
            await connection.execute(sa.delete(link_code).where(is_it))

    async def move(self, old: str, new: str) -> None:
        """Move a group's account to the group's new id. Safe to repeat."""
        now = self._clock()
        async with self._db.writing() as connection:
            if await connection.scalar(sa.select(identity.c.id).where(identity.c.id == old)) is None:
                return
            await join_people(connection, self._identities, new, old, _hash(f"{old} {new}"), self._terms, now)

    def _is_good(self, hashed: str, who: str) -> sa.ColumnElement[bool]:
        """Return the condition of a valid code: of another user, not expired, not used by another."""
        is_it = (link_code.c.hash == hashed) & (link_code.c.until > self._clock()) & (link_code.c.identity != who)
        return is_it & (_IS_UNUSED | (link_code.c.used_by == who))

    async def _use(self, connection: AsyncConnection, hashed: str, who: str) -> tuple[str, bool]:
        """Use a code; return its creator, and True at the first use. Raises CodeUnknown.

        Of concurrent users the database accepts one.
        """
        is_good = self._is_good(hashed, who)
        first = await connection.execute(sa.update(link_code).where(is_good, _IS_UNUSED).values(used_by=who))
        maker: str | None = await connection.scalar(sa.select(link_code.c.identity).where(is_good))
        if maker is None:
            raise CodeUnknown
        return maker, first.rowcount == 1

    async def _refuse_blocked(self, connection: AsyncConnection, *concerned: str) -> None:
        """Raise NoAccess for blocked accounts. A stranger may use a code: its creator admits them."""
        if {*concerned} & self._lists.blocked or Access.BLOCKED in await self._decided(connection, *concerned):
            raise NoAccess


async def admits_strangers(db: Database) -> bool:
    """Return True if a data folder was made by a release that admitted every user."""
    async with db.reading() as connection:
        return await connection.scalar(sa.select(switch.c.value).where(switch.c.name == _POLICY)) == _OPEN


def _hash(code: str) -> str:
    """Hash a code, ignoring blanks and case."""
    letters = "".join(letter for letter in code.upper() if letter.isalnum())
    return hashlib.sha256(letters.encode("utf-8", "surrogatepass")).hexdigest()


_PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class Admission:
    """Check before all work that begins. Work in progress does not pass it again."""

    db: Database
    clock: Clock
    people: People

    async def check(self, who: str, place: str = "") -> None:
        """Raise NoAccess if the user may not use the service in this place, and Paused during a pause."""
        await self.people.check(who, place)
        words = await self.paused()
        if words is not None:
            raise Paused(words=words)

    async def paused(self) -> str | None:
        """Return the operator's words during a pause, possibly empty; None otherwise."""
        async with self.db.reading() as connection:
            found: str | None = await connection.scalar(sa.select(switch.c.value).where(switch.c.name == _PAUSED))
        return found

    async def pause(self, words: str = "") -> None:
        """Refuse new notes, also after a restart, until `resume`; accepted ones continue."""
        row = {"name": _PAUSED, "value": words, "at": self.clock()}
        async with self.db.writing() as connection:
            await connection.execute(sa.delete(switch).where(switch.c.name == _PAUSED))
            await insert_new(connection, switch, row)

    async def resume(self) -> bool:
        """Accept notes again; False if they were accepted already."""
        async with self.db.writing() as connection:
            return (await connection.execute(sa.delete(switch).where(switch.c.name == _PAUSED))).rowcount == 1
