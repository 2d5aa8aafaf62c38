"""What the command line asks the books for. It takes seconds to load, so `earmark --help` does without it."""

import re
from typing import Any
from uuid import uuid4

from bot.books import open_books
from bot.errors import BadSettings
from bot.keys import Key
from bot.model import Balance, Plan
from bot.money import Micros, micros
from bot.notes import Standing
from bot.settings import Settings


async def balance_of(settings: Settings, user: str) -> Balance:
    async with open_books(settings) as books:
        return await books.ledger.balance(user)


async def spend_of(settings: Settings, month: str | None) -> list[dict[str, Any]]:
    async with open_books(settings) as books:
        return [
            {
                "user": row.account,
                "month": row.month,
                "provider": row.provider,
                "model": row.model,
                "notes": row.notes,
                "seconds": round(row.seconds, 3),
                "charged_micros": row.charged,
                "cost_micros": row.cost,
                "lost_micros": row.lost,
            }
            for row in await books.ledger.spend(month)
        ]


async def credit(settings: Settings, user: str, amount: Micros) -> Balance:
    async with open_books(settings) as books:
        await books.ledger.credit(user, amount, ref=f"credit:{uuid4()}", memo="earmark credit")
        return await books.ledger.balance(user)


async def jobs_of(settings: Settings, user: str | None, limit: int) -> list[Standing]:
    async with open_books(settings) as books:
        return await books.notes.recent(limit, None if user is None else await books.people.identities(user))


async def create_key(settings: Settings, name: str, allowance: str) -> tuple[str, str]:
    if not re.fullmatch(r"[\w.-]{1,64}", name, re.ASCII):
        raise BadSettings(reason="a key's name has letters, digits, dots, dashes and underscores, at most 64")
    try:
        monthly = micros(allowance) if allowance else None
    except ValueError as error:
        raise BadSettings(reason=str(error)) from error
    async with open_books(settings) as books:
        account = f"api:{name}"
        if monthly is not None:
            await books.ledger.set_plan(account, Plan.ALLOWANCE, monthly)
        return await books.keys.create(name, account)


async def keys_of(settings: Settings) -> list[Key]:
    async with open_books(settings) as books:
        return await books.keys.list()


async def revoke_key(settings: Settings, key_id: str) -> bool:
    async with open_books(settings) as books:
        return await books.keys.revoke(key_id)
