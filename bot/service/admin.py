"""The operator's commands on the core. The module loads slowly, so the command line imports it when a command runs.

What only one of them needs is imported there: the durable engine and a provider's client take as long as all the rest.
"""

import asyncio
import re
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import structlog

from bot.chat.operator_commands import Answer, Request
from bot.domain.billing import Balance, Plan
from bot.domain.errors import BadSettings, BadUsage
from bot.domain.money import Micros, micros
from bot.ledger.reports import By, Line, report
from bot.locales import ENGLISH
from bot.notes.views import Standing
from bot.people.access_requests import AccessRequest, Decided, Decision
from bot.people.api_keys import Key
from bot.people.privacy import Forgotten
from bot.service.core import open_core
from bot.service.databases import engine_url, has_engine
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.ledger.reconciliation import Comparison

log = structlog.get_logger()

COMMAND_LINE = "command line"
"""Name of the actor in the log."""


async def balance_of(settings: Settings, user: str) -> Balance:
    async with open_core(settings) as core:
        return await core.ledger.statements.balance(user)


async def report_of(settings: Settings, by: Sequence[By], month: str | None) -> list[Line]:
    async with open_core(settings) as core:
        return await report(core.db, by, month)


async def credit(settings: Settings, user: str, amount: Micros) -> Balance:
    async with open_core(settings) as core:
        ref = str(uuid4())
        await core.ledger.credit(user, amount, ref, memo="earmark credit")
        log.info("operator_did", command="credit", by=COMMAND_LINE, ref=ref)
        return await core.ledger.statements.balance(user)


async def jobs_of(settings: Settings, user: str | None, limit: int) -> list[Standing]:
    async with open_core(settings) as core:
        return await core.notes.recent(limit, None if user is None else await core.people.identities(user))


async def create_key(settings: Settings, name: str, allowance: str) -> tuple[str, str]:
    if not re.fullmatch(r"[\w.-]{1,64}", name, re.ASCII):
        raise BadUsage(reason="a key's name has letters, digits, dots, dashes and underscores, at most 64")
    try:
        monthly = micros(allowance) if allowance else None
    except ValueError as error:
        raise BadUsage(reason=str(error)) from error
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


async def obey(settings: Settings, command: str, words: Sequence[str], ref: str) -> Answer:
    """Carry out an operator's command as in a chat."""
    async with open_core(settings) as core:
        return await core.operators.obey(command, Request(COMMAND_LINE, ENGLISH, ref, words))


async def access_requests(settings: Settings) -> Sequence[AccessRequest]:
    async with open_core(settings) as core:
        return await core.requests.waiting()


async def decide_about(settings: Settings, who: str, decision: Decision) -> Decided | None:
    """Decide about a request; None: there is none. The user is not told, as no platform is open here."""
    async with open_core(settings) as core:
        log.info("access_decided", decision=decision.value, by=COMMAND_LINE)
        return await core.requests.decide(who, decision, COMMAND_LINE)


async def link_code(settings: Settings, user: str) -> str:
    async with open_core(settings) as core:
        return await core.people.code(user)


async def link(settings: Settings, user: str, code: str) -> Sequence[str]:
    async with open_core(settings) as core:
        return await core.people.link(user, code)


async def unlink(settings: Settings, user: str) -> Sequence[str]:
    async with open_core(settings) as core:
        return await core.people.unlink(user)


async def export(settings: Settings, user: str, path: Path) -> int:
    """Write all that is stored about a user into a new file; return its number of notes. Raises BadUsage."""
    async with open_core(settings) as core:
        try:
            return await core.privacy.export(user, path)
        except OSError as error:
            raise BadUsage(reason=f"{path} cannot be written ({error.strerror})") from error


async def forget(settings: Settings, user: str) -> tuple[Forgotten, bool]:
    """Erase a user's data; return what was erased, and True if that is all (else the running service does the rest)."""
    from bot.notes.durable import open_client

    async with AsyncExitStack() as stack:
        core = await stack.enter_async_context(open_core(settings))
        forgotten = await core.privacy.forget(user)
        is_there = await asyncio.to_thread(has_engine, settings.storage)
        engine = await stack.enter_async_context(open_client(engine_url(settings.storage))) if is_there else None
        return forgotten, await core.privacy.finish(engine)


async def reconcile(settings: Settings, first: date, last: date) -> "Comparison":
    """Compare our ledger with the cloud provider's list. Both are read with a day more at each end."""
    from bot.ledger.reconciliation import booked, compared
    from bot.providers.nanogpt.wire import run_of
    from bot.service.cloud import open_cloud

    async with open_core(settings) as core, open_cloud(settings.cloud, core.catalog) as providers:
        now = core.clock()
        since, until = first - timedelta(days=1), min(last + timedelta(days=1), now.date())
        if not providers:
            raise BadSettings(reason="there is no cloud provider to compare with: EARMARK_NANOGPT_API_KEY is not set")
        listing = await providers[0].usage(since, until)  # first, so that our ledger has all that theirs has
        calls = await booked(core.db, providers[0].name, since, until, run_of)
    return compared(calls, listing, first, last, now)
