"""A model of accounts for the ledger's machine, in the plainest words: it knows nothing of rows, locks or transfers.

What an account was granted and what was paid in are kept apart.
"""

from copy import deepcopy
from dataclasses import dataclass, field
from enum import Enum

from bot.domain.billing import Plan

ALLOWANCE = 500
USER_NAMES = ["telegram:1", "discord:2", "api:3"]


class Outcome(Enum):
    """The result of a request to hold."""

    HELD = "held"
    SHORT = "short"
    WAITS = "waits"


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

    def __init__(self, plan: Plan, free: int, loss_limit: int | None) -> None:
        self.default = plan
        self.free = free
        self.loss_limit = loss_limit
        self.caused: list[tuple[str, int, int]] = []
        """Losses that users caused: the account, the month (in which all happens on one day), the amount."""
        self.month = 1
        self.accounts = {name: Funds() for name in USER_NAMES}
        self.uses = {name: name for name in USER_NAMES}
        self.joined: dict[str, str] = {}
        self.holds: dict[str, Held] = {}
        self.credits: set[str] = set()
        self.refunds: dict[str, tuple[str, int]] = {}
        """Account and amount."""
        self.undone: set[str] = set()
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

    def caused_today(self, account: str) -> int:
        its = {account, *(one for one, to in self.joined.items() if to == account)}
        return sum(amount for who, month, amount in self.caused if who in its and month == self.month)

    def hold(self, note: str, user: str, price: int) -> Outcome:
        """Return what comes of it: if there is not enough, or after too many losses, nothing at all has happened."""
        account = self.uses[user]
        funds, by_operator = self.turned(account), self.plan(account) is Plan.OPEN
        if note not in self.holds:
            free = self.free_seconds(account, price)
            due = price - free_part(price, free)
            if not by_operator and funds.free < due:
                return Outcome.SHORT
            if price and self.loss_limit is not None and self.caused_today(account) > self.loss_limit:
                return Outcome.WAITS
            self.holds[note] = Held(account, account, by_operator, self.month, free)
            if not by_operator:
                funds.held[note] = due
        self.accounts[account] = funds
        return Outcome.HELD

    def settle(self, note: str, cost: int) -> tuple[int, int] | None:
        """Return charge and loss; None if there is nothing to settle."""
        held = self.holds.get(note)
        if held is None or held.state == "released":
            return None
        owner = held.account if held.state == "open" else self.joined.get(held.account, held.account)
        funds = self.accounts[owner] = self.turned(owner)
        if held.state == "open":
            price = -(-cost * 115 // 100)
            due = price - free_part(price, held.free)
            charged, held.granted = (due, 0) if held.by_operator else funds.pay(note, due)
            held.settled_in = self.month
            held.state, held.figures = "settled", (charged, due - charged)
            self.caused.append((held.account, self.month, due - charged))
            funds.spent += charged
            funds.notes += 1
        return held.figures

    def book_loss(self, note: str, attempt: int, cost: int, memo: str) -> None:
        if not cost or (note, attempt) in self.strays:
            return
        self.strays[note, attempt] = cost
        held = self.holds.get(note)
        if memo and held is not None:
            self.caused.append((held.account, self.month, cost))

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
        self.refunds[ref] = self.uses[user], amount
        funds.paid -= amount
        return True

    def undo_refund(self, ref: str) -> int:
        account, amount = self.refunds.get(ref, ("", 0))
        if amount and ref not in self.undone:
            self.undone.add(ref)
            self.accounts[self.joined.get(account, account)].paid += amount
        return amount

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
