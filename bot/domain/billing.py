"""Plans, quotes, balances and a provider's usage list. Money is integer micro-dollars."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from bot.domain.money import Micros


class Plan(StrEnum):
    """The three ways to run an account."""

    OPEN = "open"
    """Count only."""
    ALLOWANCE = "allowance"
    """So much a month."""
    PREPAID = "prepaid"
    """Spend what was credited, and no more."""


@dataclass(frozen=True, slots=True)
class Quote:
    """The most that a note will cost, known before any money is held."""

    model: str
    seconds: float
    cost: Micros
    """The provider's price."""
    price: Micros
    """The user's price: the cost times the operator's markup."""


@dataclass(frozen=True, slots=True)
class Held:
    """Answer to a hold: the price is held."""

    price: Micros


@dataclass(frozen=True, slots=True)
class AskPrice:
    """Answer to a hold: the price is more than the sender pays without being asked, so nothing is held."""

    price: Micros


@dataclass(frozen=True, slots=True)
class Settlement:
    """The result of a settlement."""

    charged: Micros
    """The user's charge; in the open plan the counted price."""
    lost: Micros
    """The operator's part of the price."""
    plan: Plan
    available: Micros
    """The user's available balance; in the open plan 0."""


@dataclass(frozen=True, slots=True)
class Reversal:
    """A credit whose money its payer got back; nothing moved if that was booked before."""

    taken: Micros
    """Amount that left the balance."""
    lost: Micros
    """Amount that was spent already: the operator's loss."""


@dataclass(frozen=True, slots=True)
class Balance:
    """One account as its owner may see it."""

    user: str
    plan: "Plan"
    balance: Micros
    """All money of the account, held money included. In the open plan 0: nothing has to be there."""
    held: Micros
    spent: Micros
    """Charged since the account began."""
    spent_this_month: Micros
    notes: int
    """Notes settled since the account began."""


@dataclass(frozen=True, slots=True)
class DayUse:
    """The use of one model by one account on one day, as a provider lists it."""

    day: date
    """In UTC."""
    model: str
    calls: int
    cost: Micros
    """The charge for them."""
    refunded: Micros = Micros(0)
    """The refunds, on the day under which the provider lists them."""

    @property
    def net(self) -> Micros:
        return Micros(self.cost - self.refunded)


@dataclass(frozen=True, slots=True)
class Listing:
    """A provider's list of usage."""

    lines: tuple[DayUse, ...] = ()
    missing: frozenset[date] = field(default_factory=frozenset)
    """Days whose figures it does not have yet."""
