"""Random lives of a ledger, with crashes at any statement and everything said twice, against a model of accounts.

The model keeps what an account was granted and what was paid in apart, and knows nothing of rows, locks or transfers.
People share accounts and part again; months pass; minutes are free; several notes race for the same money. After every
step the ledger must show what the model shows, and the audit must find nothing.
"""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, MultipleResults, RuleBasedStateMachine, initialize, invariant, multiple, rule
from sqlalchemy import event

from bot.domain.billing import Plan, Quote
from bot.domain.errors import BudgetShort, CodeUnknown, InternalError, NotLinked, RefundShort
from bot.domain.money import Micros
from bot.ledger.accounts import Terms
from bot.ledger.ledger import Ledger
from bot.people.access import Lists, People
from bot.storage.database import open_database
from bot.storage.migrations import migrate
from tests.helpers.ledgers import IDENTITIES

T = TypeVar("T")

ALLOWANCE = 500
FREE = st.sampled_from([0, 0, 20, 90])
"""Seconds of each month that are free; every note is a minute long."""
USER_NAMES = ["telegram:1", "discord:2", "api:3"]
USERS = st.sampled_from(USER_NAMES)
SMALL = st.integers(1, 250)
AMOUNTS = st.one_of(SMALL, SMALL, SMALL, st.sampled_from([0, ALLOWANCE, 10**12]), st.integers(0, 10**12))
PLANS = st.sampled_from([None, None, *Plan])
CRASHES = st.one_of(st.none(), st.integers(1, 18))
"""Before which statement, counted with the commit, the process dies; None: it lives, and is asked twice."""


class Crash(BaseException):
    """The process dies here."""


@dataclass
class Funds:
    """One account's money."""

    plan: Plan | None = None
    allowance: int | None = None
    granted: int = 0
    paid: int = 0
    month: int = 0
    held: dict[str, int] = field(default_factory=dict)
    spent: int = 0
    notes: int = 0

    @property
    def free(self) -> int:
        return self.granted + self.paid - sum(self.held.values())

    def turn(self, plan: Plan, month: int) -> None:
        if plan is Plan.OPEN or month <= self.month:
            return
        self.granted -= min(self.granted, self.free)
        if plan is Plan.ALLOWANCE:
            self.granted += ALLOWANCE if self.allowance is None else self.allowance
            self.month = month

    def take_over(self, other: "Funds") -> None:
        """All of another account, which is left empty."""
        self.plan = self.plan or other.plan
        self.allowance = other.allowance if self.allowance is None else self.allowance
        self.month = max(self.month, other.month)
        self.granted += other.granted
        self.paid += other.paid
        self.held |= other.held
        other.granted, other.paid, other.held = 0, 0, {}

    def pay(self, note: str, price: int) -> tuple[int, int]:
        """Return the real payment (the hold and the money beyond it, the grant first), and the granted part of it."""
        del self.held[note]
        amount = min(price, self.free)
        from_grant = min(self.granted, amount)
        self.granted -= from_grant
        self.paid -= amount - from_grant
        return amount, from_grant


@dataclass
class Held:
    account: str
    opened_by: str
    by_operator: bool
    month: int
    free: int
    """Seconds."""
    state: str = "open"
    figures: tuple[int, int] = (0, 0)
    granted: int = 0
    settled_in: int = 0
    returned: bool = False


def free_part(amount: int, free: int) -> int:
    """Return the reduction of a minute's price by so many free seconds."""
    return amount * free // 60


class Model:
    """The model, in the plainest words. An account is called like the person that it was opened for."""

    def __init__(self, plan: Plan, free: int) -> None:
        self.default = plan
        self.free = free
        self.month = 1
        self.accounts = {name: Funds() for name in USER_NAMES}
        self.uses = {name: name for name in USER_NAMES}
        self.joined: dict[str, str] = {}
        self.holds: dict[str, Held] = {}
        self.credits: set[str] = set()
        self.refunds: set[str] = set()
        self.strays: dict[tuple[str, int], int] = {}

    def plan(self, account: str) -> Plan:
        return self.accounts[account].plan or self.default

    def turned(self, account: str) -> Funds:
        """An account's money as it will be at the next use."""
        funds = deepcopy(self.accounts[account])
        funds.turn(self.plan(account), self.month)
        return funds

    def free_seconds(self, account: str, price: int) -> int:
        if self.plan(account) is Plan.OPEN or not price:
            return 0
        its = [one for one in self.holds.values() if account in (one.account, one.opened_by)]
        used = sum(one.free for one in its if one.month == self.month and one.state != "released")
        return min(60, max(0, self.free - used))

    def hold(self, note: str, user: str, price: int) -> bool:
        """Return True if there is enough; if not, nothing at all has happened."""
        account = self.uses[user]
        funds, by_operator = self.turned(account), self.plan(account) is Plan.OPEN
        if note not in self.holds:
            free = self.free_seconds(account, price)
            due = price - free_part(price, free)
            if not by_operator and funds.free < due:
                return False
            self.holds[note] = Held(account, account, by_operator, self.month, free)
            if not by_operator:
                funds.held[note] = due
        self.accounts[account] = funds
        return True

    def settle(self, note: str, cost: int) -> tuple[int, int] | None:
        """Return charge and loss; None if there is nothing to settle."""
        held = self.holds.get(note)
        if held is None or held.state == "released":
            return None
        funds = self.accounts[held.account] = self.turned(held.account)
        if held.state == "open":
            price = -(-cost * 115 // 100)
            due = price - free_part(price, held.free)
            charged, held.granted = (due, 0) if held.by_operator else funds.pay(note, due)
            held.settled_in = self.month
            held.state, held.figures = "settled", (charged, due - charged)
            funds.spent += charged
            funds.notes += 1
        return held.figures

    def release(self, note: str) -> None:
        held = self.holds.get(note)
        if held is not None and held.state == "open":
            held.state = "released"
            self.accounts[held.account].held.pop(note, None)

    def refund_charge(self, note: str) -> int:
        held = self.holds.get(note)
        if held is None or held.by_operator or held.state != "settled":
            return 0
        charged = held.figures[0]
        if charged and not held.returned:
            held.returned = True
            self.accounts[held.account].spent -= charged
            owner = self.joined.get(held.account, held.account)
            funds = self.accounts[owner] = self.turned(owner)
            funds.paid += charged - held.granted
            if held.settled_in == funds.month == self.month:
                funds.granted += held.granted
        return charged

    def credit(self, user: str, amount: int, ref: str) -> bool:
        if is_new := ref not in self.credits:
            self.credits.add(ref)
            self.accounts[self.uses[user]].paid += amount
        return is_new

    def refund(self, user: str, amount: int, ref: str) -> bool | None:
        """None if there is not enough that was paid in and is not held."""
        funds = self.accounts[self.uses[user]]
        if ref in self.refunds:
            return False
        if funds.paid < amount or funds.free < amount:
            return None
        self.refunds.add(ref)
        funds.paid -= amount
        return True

    def link(self, maker: str, user: str) -> set[str]:
        """Return the users of the account now."""
        stays, goes = self.uses[maker], self.uses[user]
        if stays != goes:
            for account in (stays, goes):
                self.accounts[account] = self.turned(account)
            self.accounts[stays].take_over(self.accounts[goes])
            for held in self.holds.values():
                if held.account == goes and held.state == "open":
                    held.account = stays
            self.uses = {who: stays if account == goes else account for who, account in self.uses.items()}
            self.joined = {one: stays if to == goes else to for one, to in self.joined.items()} | {goes: stays}
        return self.sharing(stays)

    def unlink(self, user: str) -> set[str] | None:
        """Return the users with an account of their own now; None if this one was not shared."""
        shared = self.uses[user]
        others = self.sharing(shared) - {user}
        if not others:
            return None
        leaving = others if shared == user else {user}
        for one in leaving:
            self.uses[one] = one
            self.joined.pop(one, None)
            self.accounts[one].month = max(self.accounts[one].month, self.accounts[shared].month)
        return leaving

    def sharing(self, account: str) -> set[str]:
        return {who for who, used in self.uses.items() if used == account}

    def history(self, account: str) -> list[Funds]:
        return [self.accounts[account], *(self.accounts[one] for one, to in self.joined.items() if to == account)]

    @property
    def lost(self) -> int:
        return sum(held.figures[1] for held in self.holds.values()) + sum(self.strays.values())


def without_waiting_for_the_disk(connection: Any, _record: object) -> None:
    """A process that dies loses nothing that the system has; only a power cut would, and none is played here."""
    connection.cursor().execute("PRAGMA synchronous = OFF")


class LedgerLives(RuleBasedStateMachine):
    """Each rule is told to the model once and to the ledger twice: after a crash, or simply again."""

    template = b""
    notes: Bundle[str] = Bundle("notes")

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.folder = Path(mkdtemp())
        self.crash_at = 0
        self.asked = 0

    @initialize(plan=st.sampled_from([Plan.ALLOWANCE, Plan.ALLOWANCE, Plan.PREPAID, Plan.OPEN]), free=FREE)
    def open(self, plan: Plan, free: int) -> None:
        self.model = Model(plan, free)
        path = self.folder / "earmark.db"
        path.write_bytes(self._migrated())
        self.database = self.runner.run(self.stack.enter_async_context(open_database(f"sqlite:///{path}")))
        terms = Terms(plan, Micros(ALLOWANCE), markup=Decimal("1.15"), free_seconds=free)
        self.ledger = Ledger(self.database, self._now, terms, IDENTITIES)
        self.people = People(self.database, self._now, terms, IDENTITIES, Lists())
        event.listen(self.database.writer.sync_engine, "connect", without_waiting_for_the_disk)
        self.runner.run(self.database.writer.dispose())
        for user in USER_NAMES:
            self._credit(None, user, 300, f"first of {user}")
        for moment in ("before_cursor_execute", "commit"):
            event.listen(self.database.writer.sync_engine, moment, self._step)

    def _migrated(self) -> bytes:
        """An empty database, made once."""
        if not LedgerLives.template:
            path = self.folder / "template.db"
            self.runner.run(migrate(f"sqlite:///{path}"))
            LedgerLives.template = path.read_bytes()
        return LedgerLives.template

    def _now(self) -> datetime:
        years, months = divmod(self.model.month - 1, 12)
        return datetime(2026 + years, 1 + months, 15, tzinfo=UTC)

    def _step(self, *_: object) -> None:
        self.crash_at -= 1
        if self.crash_at == 0:
            raise Crash

    def _tell(self, crash: int | None, act: Callable[[], Awaitable[T]]) -> T:
        """Tell the ledger; return what it answered the first time that it lived to answer."""

        async def told() -> T:
            return await act()

        self.crash_at = crash or 0
        try:
            answer = self.runner.run(told())
        except Crash:
            assert self.runner.run(self.ledger.audit()) == []
            return self.runner.run(told())
        finally:
            self.crash_at = 0
        self.runner.run(told())
        return answer

    @rule(crash=CRASHES, user=USERS, amount=AMOUNTS.filter(bool), ref=st.sampled_from("abcd"))
    def credit(self, crash: int | None, user: str, amount: int, ref: str) -> None:
        self._credit(crash, user, amount, ref)

    def _credit(self, crash: int | None, user: str, amount: int, ref: str) -> None:
        answer = self._tell(crash, lambda: self.ledger.credit(user, Micros(amount), ref))
        assert answer is self.model.credit(user, amount, ref)

    @rule(crash=CRASHES, user=USERS, amount=AMOUNTS.filter(bool), ref=st.sampled_from("abcd"))
    def refund(self, crash: int | None, user: str, amount: int, ref: str) -> None:
        async def refund() -> bool | None:
            try:
                return await self.ledger.refund(user, Micros(amount), ref)
            except RefundShort:
                return None

        assert self._tell(crash, refund) is self.model.refund(user, amount, ref)

    @rule(target=notes, crash=CRASHES, user=USERS, price=AMOUNTS)
    def hold(self, crash: int | None, user: str, price: int) -> str:
        return self._hold_new(crash, user, price)

    @rule(crash=CRASHES, note=notes, user=USERS, price=AMOUNTS)
    def hold_once_more(self, crash: int | None, note: str, user: str, price: int) -> None:
        self._hold(crash, note, user, price)

    def _hold_new(self, crash: int | None, user: str, price: int) -> str:
        self.asked += 1
        self._hold(crash, f"n{self.asked}", user, price)
        return f"n{self.asked}"

    def _hold(self, crash: int | None, note: str, user: str, price: int) -> None:
        async def hold() -> bool:
            quote = Quote("whisper-base", 60.0, Micros(price), Micros(price))
            try:
                await self.ledger.hold(note, user, "nanogpt", quote)
            except BudgetShort:
                return False
            return True

        assert self._tell(crash, hold) is self.model.hold(note, user, price)

    @rule(target=notes, crash=CRASHES, user=USERS, price=AMOUNTS, cost=AMOUNTS, months=st.sampled_from([0, 0, 1]))
    def hold_and_settle(self, crash: int | None, user: str, price: int, cost: int, months: int) -> str:
        """The common life of a note, perhaps over the end of a month."""
        note = self._hold_new(None, user, price)
        self.model.month += months
        self._settle(crash, note, cost)
        return note

    @rule(target=notes, crash=CRASHES, user=USERS, cost=SMALL)
    def settle_and_give_back(self, crash: int | None, user: str, cost: int) -> str:
        note = self._hold_new(None, user, cost)
        self._settle(None, note, cost)
        self._give_back(crash, note)
        return note

    @rule(
        target=notes,
        crash=CRASHES,
        people=st.permutations(USER_NAMES),
        paid=st.integers(1, 400),
        prices=st.tuples(SMALL, SMALL),
        months=st.sampled_from([0, 0, 1]),
    )
    def share_while_notes_are_on_their_way(
        self, crash: int | None, people: list[str], paid: int, prices: tuple[int, int], months: int
    ) -> MultipleResults[str]:
        """Two with money of their own and a note each become one, and then pay for both notes together."""
        maker, user, _ = people
        for who in (maker, user):
            self._credit(None, who, paid, f"{who} before {self.asked}")
        notes = self._hold_new(None, maker, prices[0]), self._hold_new(None, user, prices[1])
        self.model.month += months
        self._link(crash, maker, user)
        self._settle(None, notes[1], sum(prices))
        return multiple(*notes)

    @rule(target=notes, user=USERS, price=AMOUNTS, other=AMOUNTS, months=st.sampled_from([0, 1]))
    def hold_two(self, user: str, price: int, other: int, months: int) -> MultipleResults[str]:
        """Two notes at once, which share what is there."""
        first = self._hold_new(None, user, price)
        self.model.month += months
        return multiple(first, self._hold_new(None, user, other))

    @rule(crash=CRASHES, note=notes, cost=AMOUNTS)
    def settle(self, crash: int | None, note: str, cost: int) -> None:
        self._settle(crash, note, cost)

    def _settle(self, crash: int | None, note: str, cost: int) -> None:
        async def settle() -> tuple[int, int] | None:
            try:
                settlement = await self.ledger.settle(note, Micros(cost))
            except InternalError:
                return None
            return settlement.charged, settlement.lost

        assert self._tell(crash, settle) == self.model.settle(note, cost)

    @rule(crash=CRASHES, note=notes)
    def release(self, crash: int | None, note: str) -> None:
        self._tell(crash, lambda: self.ledger.release(note))
        self.model.release(note)

    @rule(crash=CRASHES, note=notes)
    def refund_charge(self, crash: int | None, note: str) -> None:
        self._give_back(crash, note)

    def _give_back(self, crash: int | None, note: str) -> None:
        assert self._tell(crash, lambda: self.ledger.refund_charge(note)) == self.model.refund_charge(note)

    @rule(user=USERS, price=SMALL, cost=SMALL)
    def race(self, user: str, price: int, cost: int) -> None:
        """Five notes at once: turns at the database are taken in order, so those that win are the first."""
        numbers = range(self.asked + 1, self.asked + 6)
        self.asked += 5

        async def hold(note: str) -> bool:
            try:
                await self.ledger.hold(note, user, "nanogpt", Quote("m", 60.0, Micros(price), Micros(price)))
            except BudgetShort:
                return False
            return True

        async def all_at_once() -> list[bool]:
            return await asyncio.gather(*(hold(f"n{number}") for number in numbers))

        assert self.runner.run(all_at_once()) == [self.model.hold(f"n{number}", user, price) for number in numbers]
        for number in numbers:
            self._settle(None, f"n{number}", cost)

    @rule(crash=CRASHES, maker=USERS, user=USERS)
    def link(self, crash: int | None, maker: str, user: str) -> None:
        self._link(crash, maker, user)

    def _link(self, crash: int | None, maker: str, user: str) -> None:
        code = self.runner.run(self.people.code(maker))
        if maker == user:
            with pytest.raises(CodeUnknown):
                self.runner.run(self.people.link(user, code))
            return
        answer = self._tell(crash, lambda: self.people.link(user, code))
        assert set(answer) == self.model.link(maker, user)
        for other in {*USER_NAMES} - {user}:
            with pytest.raises(CodeUnknown):
                self.runner.run(self.people.link(other, code))

    @rule(crash=CRASHES, user=USERS)
    def unlink(self, crash: int | None, user: str) -> None:
        async def unlink() -> set[str] | None:
            try:
                return {*await self.people.unlink(user)}
            except NotLinked:
                return None

        assert self._tell(crash, unlink) == self.model.unlink(user)

    @rule(crash=CRASHES, note=notes, attempt=st.integers(1, 2), cost=AMOUNTS)
    def book_loss(self, crash: int | None, note: str, attempt: int, cost: int) -> None:
        self._tell(crash, lambda: self.ledger.book_loss(note, attempt, Micros(cost), "nanogpt"))
        if cost:
            self.model.strays.setdefault((note, attempt), cost)

    @rule(crash=CRASHES, user=USERS, plan=PLANS, allowance=st.sampled_from([None, None, 0, 70]))
    def set_plan(self, crash: int | None, user: str, plan: Plan | None, allowance: int | None) -> None:
        amount = None if allowance is None else Micros(allowance)
        self._tell(crash, lambda: self.ledger.set_plan(user, plan, amount))
        funds = self.model.accounts[self.model.uses[user]]
        funds.plan, funds.allowance = plan, allowance

    @rule(months=st.sampled_from([1, 1, 12]))
    def let_months_pass(self, months: int) -> None:
        self.model.month += months

    @invariant()
    def the_ledger_shows_what_the_model_shows(self) -> None:
        if not hasattr(self, "model"):
            return
        for user in USER_NAMES:
            shown = self.runner.run(self.ledger.statements.balance(user))
            account = self.model.uses[user]
            plan, funds, history = self.model.plan(account), self.model.turned(account), self.model.history(account)
            counts_only = plan is Plan.OPEN
            assert shown.plan is plan
            assert shown.balance == (0 if counts_only else funds.granted + funds.paid)
            assert shown.held == (0 if counts_only else sum(funds.held.values()))
            assert (shown.spent, shown.notes) == (sum(o.spent for o in history), sum(o.notes for o in history))

    @invariant()
    def the_audit_finds_nothing(self) -> None:
        if not hasattr(self, "model"):
            return
        assert self.runner.run(self.ledger.audit()) == []

    def teardown(self) -> None:
        if hasattr(self, "model"):
            spends = self.runner.run(self.ledger.statements.spend())
            assert sum(spend.lost for spend in spends) == self.model.lost
            assert sum(spend.charged for spend in spends) == sum(one.figures[0] for one in self.model.holds.values())
            still_open = sum(held.state == "open" for held in self.model.holds.values())
            assert len(self.runner.run(self.ledger.statements.holds_open())) == still_open
        self.runner.run(self.stack.aclose())
        self.runner.close()
        shutil.rmtree(self.folder)


TestLedgerLives = LedgerLives.TestCase
TestLedgerLives.settings = settings(
    max_examples=25,
    stateful_step_count=30,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],  # every step is several transactions on a real file
)
