"""Payments of users, as a platform that takes them books them."""

from collections.abc import Sequence
from typing import Protocol

from bot.domain.billing import Reversal
from bot.domain.money import Micros


class Payments(Protocol):
    """Payments of users in the ledger."""

    async def credited(self, ref: str) -> tuple[Sequence[str], Micros] | None:
        """Return the identities of the account that a payment was credited to, and its amount."""

    async def credit(self, identity: str, amount: Micros, ref: str, memo: str = "") -> bool:
        """Add to an account, once for each ref."""

    async def refund(self, identity: str, amount: Micros, ref: str, memo: str = "") -> bool:
        """Take from an account, once for each ref."""

    async def reverse(self, credit: str, ref: str, memo: str = "") -> Reversal | None:
        """Take a credit back whose money its payer has again, as far as it is there, once for each ref of a refund.

        None if there is no such credit.
        """

    async def undo_refund(self, refund: str, booked_as: str, ref: str, memo: str = "") -> Micros:
        """Credit back exactly what a refund took that was booked with this memo, once for each ref; return it."""
