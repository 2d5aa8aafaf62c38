"""What the command line asks the books for. It takes seconds to load, so `earmark --help` does without it."""

import re
from collections.abc import Sequence
from uuid import uuid4

import structlog

from bot.chat.operator_commands import Request, Told
from bot.domain.billing import Balance, Plan
from bot.domain.errors import BadSettings
from bot.domain.money import Micros, micros
from bot.ledger.reports import By, Line, report
from bot.locales import ENGLISH
from bot.notes.records import Standing
from bot.people.api_keys import Key
from bot.service.core import open_core
from bot.settings import Settings

log = structlog.get_logger()

COMMAND_LINE = "command line"
"""Who says what is typed there, in the log."""


async def balance_of(settings: Settings, user: str) -> Balance:
    async with open_core(settings) as core:
        return await core.ledger.balance(user)


async def report_of(settings: Settings, by: Sequence[By], month: str | None) -> list[Line]:
    async with open_core(settings) as core:
        return await report(core.db, by, month)


async def credit(settings: Settings, user: str, amount: Micros) -> Balance:
    async with open_core(settings) as core:
        ref = str(uuid4())
        await core.ledger.credit(user, amount, ref, memo="earmark credit")
        log.info("operator_did", command="credit", by=COMMAND_LINE, ref=ref)
        return await core.ledger.balance(user)


async def jobs_of(settings: Settings, user: str | None, limit: int) -> list[Standing]:
    async with open_core(settings) as core:
        return await core.notes.recent(limit, None if user is None else await core.people.identities(user))


async def create_key(settings: Settings, name: str, allowance: str) -> tuple[str, str]:
    if not re.fullmatch(r"[\w.-]{1,64}", name, re.ASCII):
        raise BadSettings(reason="a key's name has letters, digits, dots, dashes and underscores, at most 64")
    try:
        monthly = micros(allowance) if allowance else None
    except ValueError as error:
        raise BadSettings(reason=str(error)) from error
    async with open_core(settings) as core:
        account = f"api:{name}"
        if monthly is not None:
            await core.ledger.set_plan(account, Plan.ALLOWANCE, monthly)
        return await core.keys.create(name, account)


async def keys_of(settings: Settings) -> list[Key]:
    async with open_core(settings) as core:
        return await core.keys.list()


async def revoke_key(settings: Settings, key_id: str) -> bool:
    async with open_core(settings) as core:
        return await core.keys.revoke(key_id)


async def obey(settings: Settings, command: str, words: Sequence[str], ref: str) -> Told:
    """What an operator wants, in the words of the chats."""
    async with open_core(settings) as core:
        return await core.operators.obey(command, Request(COMMAND_LINE, ENGLISH, ref, words))


async def link_code(settings: Settings, user: str) -> str:
    async with open_core(settings) as core:
        return await core.people.code(user)


async def link(settings: Settings, user: str, code: str) -> Sequence[str]:
    async with open_core(settings) as core:
        return await core.people.link(user, code)


async def unlink(settings: Settings, user: str) -> Sequence[str]:
    async with open_core(settings) as core:
        return await core.people.unlink(user)
