"""Accounts, holds and transfers: money is held before it is spent, and settled on the real cost.

Every movement is a transfer from a debit account to a credit account, and is never changed again. A user's account
keeps its balance in a row that moves in the same transaction; the accounts of the operator and of providers are sums
of transfers.

    credit   operator:funding   -> the user           a user's payment, or a refund that came to nothing
    refund   the user           -> operator:funding   the part of it that was paid back
    grant    operator:allowance -> the user           a month's allowance
    expire   the user           -> operator:allowance its unspent rest
    charge   the user           -> operator:revenue   a note's price; in the open plan from operator:open
    free     operator:free      -> operator:revenue   the part of the price within the free minutes
    return   operator:revenue   -> the user           a refunded charge; the part of an allowance returns to
                                                      operator:allowance
    join     one user           -> another            the balance of a merged account
    loss     operator:loss      -> operator:revenue   the part of the price that the user could not pay
    loss     operator:loss      -> operator:funding   the part of a payment that was spent before it was paid back
    cost     operator:costs     -> provider:<name>    the provider's charge
    stray_loss, stray_cost                            the same two, for a call that the provider may have charged twice

A hold is a row that is resolved exactly once, by `settle` or by `release`. Every method may be called again after a
crash: the second call moves nothing.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.billing import AskPrice, Held, Plan, Quote, Reversal, Settlement
from bot.domain.errors import BudgetShort, InternalError
from bot.domain.identity import OPERATOR, AccountId, is_place, platform_of
from bot.domain.money import Micros, part
from bot.domain.ports import Clock
from bot.domain.waiting import Wait
from bot.ledger import audit, refunds
from bot.ledger.accounts import (
    ALLOWANCE,
    COSTS,
    FREE,
    FUNDING,
    LOSS,
    OPEN,
    REVENUE,
    Account,
    Terms,
    change,
    check_amount,
    details,
    held_of,
    is_refunded,
    lock_account,
    lock_group,
    lock_now,
    lock_payer,
    pay,
    price_of,
    set_aside,
    settlement_of,
    sides,
    take_back,
    turn_month,
)
from bot.ledger.identities import Identities
from bot.ledger.limits import check_day, check_day_budget, check_day_share, check_losses, free_seconds
from bot.ledger.statements import Statements
from bot.storage.database import Database, insert_new
from bot.storage.tables import account as accounts
from bot.storage.tables import hold as holds
from bot.storage.tables import transfer


class Ledger:
    """The only class that moves money."""

    def __init__(self, db: Database, clock: Clock, terms: Terms, identities: Identities) -> None:
        self._db = db
        self._clock = clock
        self._terms = terms
        self._identities = identities
        self.statements = Statements(db, identities, terms, clock)

    async def hold(
        self,
        note_id: str,
        payer: str,
        provider: str,
        quote: Quote,
        *,
        platform: str = "",
        chat: str | None = None,
        ask_above: Micros | None = None,
    ) -> Held | AskPrice | Wait:
        """Hold a note's price, and return it: free minutes make it less than the quote's.

        A note that has a hold already, in whatever state, keeps it as it is. Nothing is held for a price above
        `ask_above` (AskPrice), nor if it exceeds what is left of the deployment's budget of the day or of the account's
        share of it, nor after losses that the account caused (Wait). Raises BudgetShort when less than the price is
        available, DayShort when less is left of the account's day, TooDear.
        """
        now = self._clock()
        async with self._db.writing() as connection:
            lock = lock_group if payer == chat or is_place(payer) else lock_account
            owner = await lock(connection, self._identities, payer, self._terms, now)
            owner = await turn_month(connection, owner, self._terms, now)
            seconds = quote.seconds if quote.price else 0.0  # a price of 0 uses up no free minutes
            free = await free_seconds(connection, owner, seconds, self._terms, now)
            price = Micros(quote.price - part(quote.price, free, quote.seconds)) if free else quote.price
            row = {
                "note_id": note_id,
                "account": owner.id,
                "opened_by": owner.id,
                "payer": OPERATOR if owner.plan is Plan.OPEN else "user",
                "provider": provider,
                "model": quote.model,
                "seconds": quote.seconds,
                "amount": price,
                "state": "open",
                "created_at": now,
                "platform": platform or platform_of(payer),
                "chat": chat,
                "quoted": quote.cost,
                "free_seconds": free,
            }
            before = await held_of(connection, note_id)
            if before is not None:
                return Held(Micros(before.amount))
            obstacle = await self._check(connection, owner, price, quote.cost, ask_above, now)
            if obstacle is not None:
                return obstacle
            if await insert_new(connection, holds, row) and owner.plan is not Plan.OPEN:
                await set_aside(connection, owner, price)
        return Held(price)

    async def settle(self, note_id: str, cost: Micros, seconds: float | None = None) -> Settlement:
        """Settle a note's hold: `cost` is the provider's charge, before the operator's markup.

        `seconds` were transcribed (None: all); free minutes pay for them first, and those that are left stay free.
        The user pays at most the hold and what is available beyond it; the rest of the price is the operator's loss.
        Settling again moves nothing, and returns the same figures with the current available balance. Raises
        InternalError if the note has no hold, or a released one.
        """
        check_amount(cost)
        now = self._clock()
        async with self._db.writing() as connection:
            owner = await lock_payer(connection, note_id, self._terms)
            held = await held_of(connection, note_id)
            if owner is None or held is None or held.state == "released":
                raise InternalError(reference=f"settling {note_id}, which has no open hold")
            if held.state == "settled":  # its account may have been joined to another since, and moves no more
                owner = await lock_now(connection, held.account, self._terms)
            owner = await turn_month(connection, owner, self._terms, now)
            if held.state == "open":
                return await self._settle_now(connection, held, owner, cost, seconds, now)
        return settlement_of(held, owner, held.charged, held.lost, owner.available)

    async def release(self, note_id: str) -> bool:
        """Release a note's hold. False if it is settled: then it is paid, and nothing happens.

        True also if there is no hold, or if it was released before.
        """
        now = self._clock()
        async with self._db.writing() as connection:
            await lock_payer(connection, note_id, self._terms)
            held = await held_of(connection, note_id)
            if held is None or held.state != "open":
                return held is None or held.state != "settled"
            await self._resolve(connection, note_id, now, state="released")
            if held.payer == "user":
                await change(connection, held.account, held=accounts.c.held - held.amount)
        return True

    async def book_loss(self, note_id: str, attempt: int, cost: Micros, provider: str, memo: str = "") -> None:
        """Book a call without an answer that the provider may have charged, as the operator's loss.

        Booked again it moves nothing, and keeps the first `memo` (CANCELLED: its user caused it).
        """
        check_amount(cost)
        async with self._db.writing() as connection:
            owner = await connection.scalar(select(holds.c.account).where(holds.c.note_id == note_id))
            common = self._about(owner, note_id, self._clock()) | {"amount": cost, "memo": memo}
            rows = [
                common | sides("stray_loss", LOSS, REVENUE, f"stray_loss:{note_id}:{attempt}"),
                common | sides("stray_cost", COSTS, f"provider:{provider}", f"stray_cost:{note_id}:{attempt}"),
            ]
            if cost:
                await insert_new(connection, transfer, *rows)

    async def credit(self, account: str, amount: Micros, ref: str, memo: str = "") -> bool:
        """Add money to an account; False if a credit with this `ref` was booked already.

        Raises ValueError if the amount is not above 0, or absurdly large.
        """
        if not amount:
            raise ValueError("a credit must be more than nothing")
        check_amount(amount)
        now = self._clock()
        async with self._db.writing() as connection:
            owner = await lock_account(connection, self._identities, account, self._terms, now)
            row = self._about(owner.id, None, now) | sides("credit", FUNDING, owner.id, f"credit:{ref}")
            is_new = await insert_new(connection, transfer, row | {"amount": amount, "memo": memo})
            if is_new:
                await change(connection, owner.id, posted=accounts.c.posted + amount)
        return bool(is_new)

    async def credited(self, ref: str) -> tuple[Sequence[str], Micros] | None:
        """Return the identities that share the account that got the credit with this `ref`, and how much it was.

        None if there is no such credit; no identities if its people were erased.
        """
        joined = select(transfer.c.amount, transfer.c.credit, accounts.c.joined_to)
        query = joined.join(accounts, accounts.c.id == transfer.c.credit).where(transfer.c.ref == f"credit:{ref}")
        async with self._db.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
            if row is None:
                return None
            return await self._identities.sharing(connection, row.joined_to or row.credit), Micros(row.amount)

    async def refund(self, account: str, amount: Micros, ref: str, memo: str = "") -> bool:
        """Take back paid-in money; False if a refund with this `ref` was booked already, by `reverse` or here.

        Held money and allowances cannot be taken back. Raises RefundShort if there is less, and ValueError if the
        amount is not above 0, or absurdly large.
        """
        if not amount:
            raise ValueError("a refund must be more than nothing")
        check_amount(amount)
        now = self._clock()
        async with self._db.writing() as connection:
            owner = await lock_account(connection, self._identities, account, self._terms, now)
            if await is_refunded(connection, ref):
                return False
            row = self._about(owner.id, None, now) | sides("refund", owner.id, FUNDING, f"refund:{ref}")
            is_new = await insert_new(connection, transfer, row | {"amount": amount, "memo": memo})
            if is_new:
                await take_back(connection, owner, amount)
        return bool(is_new)

    async def reverse(self, credit: str, ref: str, memo: str = "") -> Reversal | None:
        """Take back the credit with the ref `credit`, whose money its payer has again, as far as it is there.

        The rest is the operator's loss: a balance is never below 0. Nothing moves if a refund with this `ref` was
        booked already, by `refund` or here. None if there is no such credit.
        """
        async with self._db.writing() as connection:
            return await refunds.reverse(connection, self._terms, credit, ref, memo, self._clock())

    async def undo_refund(self, refund: str, booked_as: str, ref: str, memo: str = "") -> Micros:
        """Credit back exactly what `refund` took with the ref `refund` and the memo `booked_as`; return it.

        Undone again with this `ref` it moves nothing, and returns the same. 0 if that refund took nothing: what
        `reverse` took under its ref is with its payer, and stays there.
        """
        async with self._db.writing() as connection:
            return await refunds.undo(connection, self._terms, refund, booked_as, memo, ref, self._clock())

    async def refund_charge(self, note_id: str) -> Micros:
        """Refund a note's charge to its payer and return the amount; a repetition moves nothing and returns the same.

        The part of an allowance returns to the allowance: it can only be spent in the same month. 0 if nothing was
        charged.
        """
        now = self._clock()
        async with self._db.writing() as connection:
            await lock_payer(connection, note_id, self._terms)
            held = await held_of(connection, note_id)
            if held is None or held.payer != "user" or not held.charged:
                return Micros(0)
            if held.returned is None:
                await self._return(connection, held, now)
        return Micros(held.charged)

    async def _return(self, connection: AsyncConnection, held: Row[Any], now: datetime) -> None:
        note, granted, month = held.note_id, held.granted or 0, self._terms.month(now)
        owner = await turn_month(connection, await lock_now(connection, held.account, self._terms), self._terms, now)
        again = granted if month == held.month == owner.month else 0
        rows = {
            f"return:{note}": ("return", REVENUE, owner.id, held.charged - granted),
            f"return:{note}:granted": ("return", REVENUE, ALLOWANCE, granted),
            f"grant:{note}": ("grant", ALLOWANCE, owner.id, again),
        }
        common = self._about(owner.id, note, now)
        moved = [
            common | sides(kind, debit, credit, ref) | {"amount": amount}
            for ref, (kind, debit, credit, amount) in rows.items()
            if amount
        ]
        await connection.execute(transfer.insert().values(moved))
        await connection.execute(update(holds).where(holds.c.note_id == note).values(returned=held.charged))
        back = held.charged - granted + again
        await change(connection, owner.id, posted=accounts.c.posted + back, granted=accounts.c.granted + again)

    async def set_plan(
        self,
        account: str,
        plan: Plan | None,
        allowance: Micros | None = None,
        day_allowance: Micros | None = None,
    ) -> None:
        """Set an account's own terms; None: the deployment's.

        A different allowance counts from the next grant.
        """
        now = self._clock()
        async with self._db.writing() as connection:
            owner = await lock_account(connection, self._identities, account, self._terms, now)
            await change(
                connection,
                owner.id,
                plan=None if plan is None else plan.value,
                allowance=allowance,
                day_allowance=day_allowance,
            )

    async def audit(self) -> list[str]:
        """Rebuild every balance from the transfers; return a sentence for each fault."""
        return await audit.audit(self._db)

    async def _check(
        self,
        connection: AsyncConnection,
        owner: Account,
        price: Micros,
        cost: Micros,
        ask_above: Micros | None,
        now: datetime,
    ) -> AskPrice | Wait | None:
        """Return what keeps a price from being held. The user is not asked about what they cannot pay, or not today."""
        if owner.plan is not Plan.OPEN and price > owner.available:
            raise BudgetShort(price=price, available=owner.available)
        await check_day(connection, owner, price, self._terms, now)
        terms = self._terms
        if (wait := await check_losses(connection, owner, cost, terms, now)) is not None:
            return wait
        if (wait := await check_day_budget(connection, cost, terms, now)) is not None:
            return wait
        if (wait := await check_day_share(connection, self._identities, owner, price, cost, terms, now)) is not None:
            return wait
        return AskPrice(price) if ask_above is not None and price > ask_above else None

    async def _settle_now(
        self,
        connection: AsyncConnection,
        held: Row[Any],
        owner: Account,
        cost: Micros,
        seconds: float | None,
        now: datetime,
    ) -> Settlement:
        spoken = held.seconds if seconds is None else min(seconds, held.seconds)
        due, given = price_of(held, cost, self._terms, spoken)
        charged = due if held.payer == OPERATOR else Micros(min(due, held.amount + owner.available))
        lost = Micros(due - charged)
        figures = {"charged": charged, "given": given, "lost": lost, "cost": cost}
        granted = min(owner.granted, charged) if held.payer == "user" else 0  # spent before credit
        free = min(held.free_seconds, spoken)
        await self._resolve(
            connection, held.note_id, now, state="settled", **figures, granted=granted, free_seconds=free
        )
        available = owner.available
        if held.payer == "user":
            await pay(connection, held, charged, granted)
            available = Micros(owner.available + held.amount - charged)
        await self._book(connection, held, now, **figures)
        return settlement_of(held, owner, charged, lost, available)

    async def _resolve(self, connection: AsyncConnection, note_id: str, now: datetime, **values: object) -> None:
        still_open = (holds.c.note_id == note_id) & (holds.c.state == "open")
        values |= {"resolved_at": now, "month": self._terms.month(now)}
        done = await connection.execute(update(holds).where(still_open).values(**values))
        if done.rowcount != 1:
            raise InternalError(reference=f"resolving {note_id} twice at once")

    async def _book(self, connection: AsyncConnection, held: Row[Any], now: datetime, **amounts: int) -> None:
        payer = OPEN if held.payer == OPERATOR else held.account
        note = held.note_id
        booked = {
            "charged": sides("charge", payer, REVENUE, f"charge:{note}"),
            "given": sides("free", FREE, REVENUE, f"free:{note}"),
            "lost": sides("loss", LOSS, REVENUE, f"loss:{note}"),
            "cost": sides("cost", COSTS, f"provider:{held.provider}", f"cost:{note}"),
        }
        common = self._about(held.account, note, now)
        rows = [common | booked[what] | {"amount": amount} for what, amount in amounts.items() if amount]
        if rows:
            await connection.execute(transfer.insert().values(rows))

    def _about(self, account: AccountId | None, note_id: str | None, now: datetime) -> dict[str, Any]:
        return details(self._terms, account, note_id, now)
