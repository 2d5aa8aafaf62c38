"""Random lives of a ledger, with crashes at any statement and everything said twice, against a model of accounts.

The model keeps what an account was granted and what was paid in apart, and knows nothing of rows, locks or transfers.
People share accounts and part again; months pass; minutes are free; several notes race for the same money. After every
step the ledger must show what the model shows, and the audit must find nothing.
"""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
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
from bot.domain.waiting import Wait
from bot.ledger.accounts import CANCELLED, Terms
from bot.ledger.ledger import Ledger
from bot.people.access import Lists, People
from bot.storage.database import open_database
from bot.storage.migrations import migrate
from tests.helpers.ledger_model import ALLOWANCE, USER_NAMES, Model, Outcome
from tests.helpers.ledgers import IDENTITIES

T = TypeVar("T")

FREE = st.sampled_from([0, 0, 20, 90])
"""Seconds of each month that are free; every note is a minute long."""
USERS = st.sampled_from(USER_NAMES)
SMALL = st.integers(1, 250)
AMOUNTS = st.one_of(SMALL, SMALL, SMALL, st.sampled_from([0, ALLOWANCE, 10**12]), st.integers(0, 10**12))
PLANS = st.sampled_from([None, None, *Plan])
LOSS_LIMITS = st.sampled_from([None, None, 150])
CRASHES = st.one_of(st.none(), st.integers(1, 18))
"""Before which statement, counted with the commit, the process dies; None: it lives, and is asked twice."""


class Crash(BaseException):
    """The process dies here."""


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

    @initialize(
        plan=st.sampled_from([Plan.ALLOWANCE, Plan.ALLOWANCE, Plan.PREPAID, Plan.OPEN]), free=FREE, limit=LOSS_LIMITS
    )
    def open(self, plan: Plan, free: int, limit: int | None) -> None:
        self.model = Model(plan, free, limit)
        path = self.folder / "earmark.db"
        path.write_bytes(self._migrated())
        self.database = self.runner.run(self.stack.enter_async_context(open_database(f"sqlite:///{path}")))
        terms = Terms(
            plan,
            Micros(ALLOWANCE),
            markup=Decimal("1.15"),
            free_seconds=free,
            loss_limit=None if limit is None else Micros(limit),
        )
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

    @rule(crash=CRASHES, ref=st.sampled_from("abcd"))
    def undo_refund(self, crash: int | None, ref: str) -> None:
        undone = self._tell(crash, lambda: self.ledger.undo_refund(ref, "", f"undone:{ref}"))
        assert undone == self.model.undo_refund(ref)

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
        assert self._tell(crash, lambda: self._asked_to_hold(note, user, price)) is self.model.hold(note, user, price)

    async def _asked_to_hold(self, note: str, user: str, price: int) -> Outcome:
        quote = Quote("whisper-base", 60.0, Micros(price), Micros(price))
        try:
            held = await self.ledger.hold(note, user, "nanogpt", quote)
        except BudgetShort:
            return Outcome.SHORT
        return Outcome.WAITS if isinstance(held, Wait) else Outcome.HELD

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

        async def all_at_once() -> list[Outcome]:
            return await asyncio.gather(*(self._asked_to_hold(f"n{number}", user, price) for number in numbers))

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

    @rule(
        crash=CRASHES,
        note=notes,
        attempt=st.integers(1, 2),
        cost=AMOUNTS,
        memo=st.sampled_from(["", CANCELLED]),
    )
    def book_loss(self, crash: int | None, note: str, attempt: int, cost: int, memo: str) -> None:
        self._tell(crash, lambda: self.ledger.book_loss(note, attempt, Micros(cost), "nanogpt", memo))
        self.model.book_loss(note, attempt, cost, memo)

    @rule(crash=CRASHES, user=USERS, cost=SMALL)
    def cancel_what_the_provider_has(self, crash: int | None, user: str, cost: int) -> None:
        """The call is not interrupted: a text is settled, and can be released no more."""
        note = self._hold_new(None, user, cost)
        self._settle(crash, note, cost)
        settled = self.model.holds.get(note)
        assert self._tell(crash, lambda: self.ledger.release(note)) is (settled is None)

    @rule(crash=CRASHES, user=USERS, cost=SMALL)
    def cancel_what_is_never_answered(self, crash: int | None, user: str, cost: int) -> None:
        """The hold is released, never charged; the loss counts as the user's."""
        note = self._hold_new(None, user, cost)
        self._tell(None, lambda: self.ledger.book_loss(note, 1, Micros(cost), "nanogpt", CANCELLED))
        self.model.book_loss(note, 1, cost, CANCELLED)
        self._tell(crash, lambda: self.ledger.release(note))
        self.model.release(note)

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
