"""What those may ask for in a chat who run the service: what was spent, and credit for others."""

import re
from dataclasses import dataclass
from itertools import groupby

from bot.ledger import Ledger
from bot.money import Micros, dollars, micros
from bot.ports import Clock
from bot.texts import say

_MOST_LINES = 20
_LONGEST_ACCOUNT = 100


@dataclass(frozen=True, slots=True)
class Operators:
    """The accounts that the settings name, and what they may do. Every answer is text for the one who asked."""

    accounts: frozenset[str]
    ledger: Ledger
    clock: Clock

    def has(self, account: str) -> bool:
        return account in self.accounts

    async def spend(self, tongue: str, month: str = "") -> str:
        """What was charged, what it cost and what was lost in a month ("2026-11"; "": this one), by account."""
        month = month.strip() or f"{self.clock():%Y-%m}"
        if not re.fullmatch(r"\d{4}-\d{2}", month):
            return say(tongue, "spend-how")
        rows = sorted(await self.ledger.spend(month), key=lambda row: row.account)
        sums = []
        for account, group in groupby(rows, key=lambda row: row.account):
            found = list(group)
            sums.append((sum(row.charged for row in found), account or "-", sum(row.notes for row in found)))
        lines = [
            say(tongue, "spend-line", account=account, notes=notes, charged=dollars(charged))
            for charged, account, notes in sorted(sums, reverse=True)[:_MOST_LINES]
        ]
        whole = say(
            tongue,
            "spend-whole",
            month=month,
            charged=dollars(sum(row.charged for row in rows)),
            cost=dollars(sum(row.cost for row in rows)),
            lost=dollars(sum(row.lost for row in rows)),
        )
        return "\n".join([whole, *lines])

    async def credit(self, tongue: str, account: str, amount: str, ref: str) -> str:
        """Add dollars to an account; `ref` tells this request from every other, so that it may come twice."""
        added = _amount(amount)
        if added is None or not _is_account(account):
            return say(tongue, "credit-how")
        await self.ledger.credit(account, added, ref, "by an operator")
        found = await self.ledger.balance(account)
        available = dollars(found.balance - found.held)
        return say(tongue, "credit-done", account=account, amount=dollars(added), available=available)


def _amount(text: str) -> Micros | None:
    try:
        return micros(text) or None
    except ValueError:
        return None


def _is_account(text: str) -> bool:
    """Whether it is written like an account of a person, and is none of the house's own."""
    platform, colon, name = text.partition(":")
    if platform in ("house", "provider") or len(text) > _LONGEST_ACCOUNT:
        return False
    return bool(colon and name) and platform.isalpha() and not re.search(r"\s", text)
