"""Audit: every balance is rebuilt from the transfers, every hold is compared with its transfers.

It reads one moment of the database, so it may run while money moves.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, and_, case, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.identity import OPERATOR, PROVIDER
from bot.domain.money import dollars
from bot.domain.note import NoteState
from bot.ledger.accounts import FUNDING, OPEN
from bot.ledger.identities import names
from bot.storage.database import Database
from bot.storage.tables import account as accounts
from bot.storage.tables import hold as holds
from bot.storage.tables import identity as identities
from bot.storage.tables import note as notes
from bot.storage.tables import transfer

_BATCH = 1000
_OF_A_HOLD = {
    "charge": holds.c.charged,
    "loss": holds.c.lost,
    "cost": holds.c.cost,
    "free": holds.c.given,
    "return": holds.c.returned,
}
_IS_OF_A_PAYMENT = (transfer.c.kind == "loss") & (transfer.c.credit == FUNDING)
"""A payment was paid back after it was spent: that is no note's loss."""
_BOOKED_ON_IT = ("charge", "loss", "cost", "free")
"""Kinds that are booked on the hold's account; refunds go to the account that it was merged into."""


@dataclass
class _Rebuilt:
    """State by the transfers alone, in micro-dollars by account."""

    posted: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    granted: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))

    def move(self, kind: str, debit: str, credit: str, amount: int) -> None:
        self.posted[debit] -= amount
        self.posted[credit] += amount
        if kind == "grant":
            self.granted[credit] += amount
        elif kind in ("expire", "charge"):
            self.granted[debit] = max(0, self.granted[debit] - amount)
        elif kind == "join":
            self.granted[credit] += self.granted.pop(debit, 0)


async def audit(db: Database) -> list[str]:
    """Return a sentence for each fault; none if all is well."""
    async with db.reading() as connection:
        return [
            *await _wrong_balances(connection),
            *await _wrong_holds(connection),
            *await _transfers_without_hold(connection),
            *await _forgotten_holds(connection),
            *await _wrong_joins(connection),
        ]


async def _wrong_balances(connection: AsyncConnection) -> list[str]:
    rebuilt = await _rebuild(connection)
    held = {row.account: int(row.amount) for row in await connection.execute(_held_by_account())}
    rows = (await connection.execute(select(accounts).order_by(accounts.c.id))).all()
    known = {row.id for row in rows}
    called = await names(connection)
    wrong = [
        f"The transfers name {name}, which is no account."
        for name in sorted(rebuilt.posted.keys() - known)
        if not name.startswith((f"{OPERATOR}:", f"{PROVIDER}:"))
    ]
    for row in rows:
        wrong += _compare(row, called.get(row.id, row.id), rebuilt, held.get(row.id, 0))
    in_accounts = sum(row.posted for row in rows)
    elsewhere = sum(amount for name, amount in rebuilt.posted.items() if name not in known)
    if in_accounts + elsewhere:
        wrong.append(f"All accounts together make {dollars(in_accounts + elsewhere)} instead of nothing.")
    return wrong


async def _rebuild(connection: AsyncConnection) -> _Rebuilt:
    """Replay every transfer in order."""
    rebuilt = _Rebuilt()
    columns = (transfer.c.kind, transfer.c.debit, transfer.c.credit, transfer.c.amount)
    async with connection.stream(select(*columns).order_by(transfer.c.id)) as result:
        async for batch in result.partitions(_BATCH):
            for row in batch:
                rebuilt.move(*row)
    return rebuilt


def _held_by_account() -> Select[Any]:
    return (
        select(holds.c.account, func.sum(holds.c.amount).label("amount"))
        .where(holds.c.state == "open", holds.c.payer == "user")
        .group_by(holds.c.account)
    )


def _compare(row: Any, called: str, rebuilt: _Rebuilt, held: int) -> Iterator[str]:
    for name, says, makes in (
        ("balance", row.posted, rebuilt.posted[row.id]),
        ("rest of its grant", row.granted, rebuilt.granted[row.id]),
        ("held amount", row.held, held),
    ):
        if says != makes:
            source = "open holds" if name == "held amount" else "transfers"
            yield f"The {name} of {called} says {dollars(says)}, its {source} make {dollars(makes)}."
    if not 0 <= row.held <= row.posted or not 0 <= row.granted <= row.posted:
        yield (
            f"The amounts of {called} are out of bounds: {dollars(row.posted)} in it, {dollars(row.held)} held, "
            f"{dollars(row.granted)} of a grant."
        )


async def _wrong_holds(connection: AsyncConnection) -> list[str]:
    """Report holds that differ from their transfers: none before settlement, then exactly their figures."""
    rows = await connection.execute(_moved_by_hold())
    return [
        f"The {row.state} hold of note {row.note_id} says {dollars(row.says_charge or 0)} charged, "
        f"{dollars(row.says_loss or 0)} lost and {dollars(row.says_cost or 0)} of cost; its transfers say "
        f"{dollars(int(row.charge))}, {dollars(int(row.loss))} and {dollars(int(row.cost))}"
        f"{_also(row)}{', from another account' if row.strange else ''}."
        for row in rows
    ]


def _also(row: Any) -> str:
    """Compare the rare parts: a free part of the price, and a refunded charge."""
    return "".join(
        f", {dollars(says)} of it {what} where they say {dollars(moved)}"
        for what, says, moved in (
            ("free", row.says_free or 0, int(row.free)),
            ("given back", row.says_return or 0, int(getattr(row, "return"))),
        )
        if says != moved
    )


def _moved_by_hold() -> Select[Any]:
    kind = transfer.c.kind
    payer = case((holds.c.payer == OPERATOR, OPEN), else_=holds.c.account)
    moved = {name: func.coalesce(func.sum(case((kind == name, transfer.c.amount), else_=0)), 0) for name in _OF_A_HOLD}
    is_strange = or_(
        and_(kind == "charge", transfer.c.debit != payer),
        and_(kind.in_(_BOOKED_ON_IT), transfer.c.account != holds.c.account),
    )
    strange = func.sum(case((is_strange, 1), else_=0))
    says = {name: func.coalesce(column, 0) for name, column in _OF_A_HOLD.items()}
    return (
        select(
            holds.c.note_id,
            holds.c.state,
            *(column.label(f"says_{name}") for name, column in _OF_A_HOLD.items()),
            *(column.label(name) for name, column in moved.items()),
            strange.label("strange"),
        )
        .select_from(holds.outerjoin(transfer, transfer.c.note_id == holds.c.note_id))
        .group_by(holds.c.note_id)
        .having(or_(strange > 0, *(moved[name] != says[name] for name in _OF_A_HOLD)))
        .order_by(holds.c.note_id)
    )


async def _transfers_without_hold(connection: AsyncConnection) -> list[str]:
    rows = await connection.execute(
        select(transfer.c.id, transfer.c.kind, transfer.c.note_id)
        .select_from(transfer.outerjoin(holds, holds.c.note_id == transfer.c.note_id))
        .where(transfer.c.kind.in_(_OF_A_HOLD), holds.c.note_id.is_(None), ~_IS_OF_A_PAYMENT)
        .order_by(transfer.c.id)
    )
    return [f"Transfer {row.id} is a {row.kind} of note {row.note_id}, which has no hold." for row in rows]


async def _forgotten_holds(connection: AsyncConnection) -> list[str]:
    final = [state.value for state in NoteState if state.is_final]
    rows = await connection.execute(
        select(holds.c.note_id, holds.c.account, holds.c.amount, notes.c.state)
        .join(notes, notes.c.id == holds.c.note_id)
        .where(holds.c.state == "open", notes.c.state.in_(final))
        .order_by(holds.c.note_id)
    )
    called = await names(connection)
    return [
        f"Note {row.note_id} is {row.state}, but still holds {dollars(row.amount)} of "
        f"{called.get(row.account, row.account)}."
        for row in rows
    ]


async def _wrong_joins(connection: AsyncConnection) -> list[str]:
    """Report merged accounts that are not empty or still in use, and targets that were merged themselves."""
    other = accounts.alias("other")
    used = exists().where(identities.c.account == accounts.c.id)
    is_wrong = (accounts.c.posted != 0) | used | (other.c.joined_to.is_not(None)) | (other.c.id == accounts.c.id)
    rows = await connection.execute(
        select(accounts.c.id, accounts.c.joined_to)
        .join(other, other.c.id == accounts.c.joined_to)
        .where(is_wrong)
        .order_by(accounts.c.id)
    )
    return [f"Account {row.id} was joined to {row.joined_to}, and yet is in use." for row in rows]
