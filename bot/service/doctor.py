"""What an operator asks first: does everything that Earmark needs work here, and what to do where it does not."""

import asyncio
import os
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from dotenv import dotenv_values
from sqlalchemy.exc import DBAPIError

from bot.domain.billing import Plan
from bot.domain.errors import EarmarkError
from bot.domain.money import dollars
from bot.locales import ENGLISH, error_text
from bot.media.ffmpeg import find_ffmpeg
from bot.providers.embedded.weights import model_folder
from bot.service.cloud import balance, bucket_of
from bot.service.core import make_data_folder, open_core
from bot.service.model_offer import catalog_of
from bot.settings import Settings
from bot.settings_files import SUFFIX

_SPARE_GIGABYTES = 1.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    what: str
    ok: bool
    says: str
    """What was found, or what to do."""


async def examine(settings: Settings) -> list[Finding]:
    """Look at everything; each fault becomes a finding, never an exception."""
    looks: list[tuple[str, Callable[[Settings], Awaitable[str]]]] = [
        ("settings", _settings),
        ("data folder", _data_folder),
        ("disk", _disk),
        ("database", _database),
        ("ffmpeg", _ffmpeg),
        ("model", _model),
        ("cloud", _cloud),
        ("large recordings", _links),
        ("telegram", _telegram),
        ("discord", _discord),
    ]
    return [await _look(what, look, settings) for what, look in looks]


async def _look(what: str, look: Callable[[Settings], Awaitable[str]], settings: Settings) -> Finding:
    try:
        return Finding(what, True, await look(settings))
    except TimeoutError:
        return Finding(what, False, "it took too long to answer: look at the load of this machine")
    except EarmarkError as error:
        return Finding(what, False, error_text(ENGLISH, error))
    except (_Advice, OSError) as error:
        return Finding(what, False, str(error))
    except DBAPIError as error:
        return Finding(what, False, f"it is damaged ({error.orig}): restore it from a backup")


class _Advice(Exception):
    """What to do about something that does not work."""


async def _settings(settings: Settings) -> str:
    names = {f"EARMARK_{name.upper()}" for name in type(settings).model_fields}
    known = names | {f"{name}{SUFFIX}" for name in names}
    written = {*os.environ, *dotenv_values(".env")}
    strangers = sorted(name for name in written if name.startswith("EARMARK_") and name not in known)
    if strangers:
        raise _Advice(f"nothing is called {', '.join(strangers)}: look for the right name in .env.example")
    return "all are valid"


async def _data_folder(settings: Settings) -> str:
    folder = make_data_folder(settings)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise _Advice(f"{folder} cannot be written to: change its owner, or set EARMARK_DATA_DIR")
    if os.name == "posix" and folder.stat().st_mode & 0o077:
        raise _Advice(f"{folder} can be read by others: chmod 700 {folder}")
    return str(folder)


async def _disk(settings: Settings) -> str:
    free = shutil.disk_usage(settings.data_dir).free / 1e9
    if free < _SPARE_GIGABYTES:
        raise _Advice(f"only {free:.1f} GB are free: make room, or set EARMARK_DATA_DIR to another disk")
    return f"{free:.0f} GB free"


async def _database(settings: Settings) -> str:
    async with open_core(settings) as core:
        faults = await core.ledger.audit()
    if faults:
        raise _Advice(f"the ledger does not add up: {faults[0]} ({len(faults)} in all)")
    return "opens, and the ledger adds up"


async def _ffmpeg(settings: Settings) -> str:
    program = find_ffmpeg(settings.ffmpeg or None)
    process = await asyncio.create_subprocess_exec(
        program, "-version", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        out, _ = await asyncio.wait_for(process.communicate(), timeout=10)
    except TimeoutError:
        process.kill()
        raise
    if process.returncode != 0:
        raise _Advice(f"{program} does not run: set EARMARK_FFMPEG to one that does")
    return out.decode(errors="replace").splitlines()[0]


async def _model(settings: Settings) -> str:
    return str(await model_folder(settings.local_model, settings.data_dir))


async def _cloud(settings: Settings) -> str:
    found = await balance(settings)
    if found is None:
        return "not used: no key is set"
    if found <= 0:
        raise _Advice("the account at the provider is empty: notes wait until it is topped up")
    return f"answers, and {dollars(found)} is in its account"


async def _links(settings: Settings) -> str:
    catalog_of(settings)
    if bucket_of(settings) is not None:
        return f"stand in the bucket {settings.bucket} meanwhile"
    if settings.public_url:
        return f"are fetched from {settings.public_url}/media"
    return "are cut into pieces (and speakers need EARMARK_PUBLIC_URL or EARMARK_BUCKET)"


async def _telegram(settings: Settings) -> str:
    """Asks only who the bot is: that disturbs no process that listens for it."""
    from adapters.telegram import (
        platform as telegram,
    )  # it takes a moment to load, which those without a bot should not wait

    if not settings.telegram_token.get_secret_value():
        return "not used: no token is set"
    if settings.telegram_star and settings.terms is Plan.OPEN:
        raise _Advice("EARMARK_TELEGRAM_STAR needs EARMARK_PLAN=prepaid or allowance: nobody pays in the open plan")
    async with telegram.open_bot(settings) as bot:
        me = await telegram.introduced(bot)
    hidden = "" if me.can_read_all_group_messages else "; groups must make it an admin, or BotFather's /setprivacy off"
    return f"@{me.username} answers{hidden}"


async def _discord(settings: Settings) -> str:
    """Asks only what the application is: that disturbs no process that listens for it."""
    from adapters.discord import platform as discord  # as above

    if not settings.discord_token.get_secret_value():
        return "not used: no token is set"
    me = await discord.introduced(settings)
    hidden = "" if me.sees_words else "; channels set to auto need the Message Content intent (developer portal, Bot)"
    return f"{me.name} answers, in {me.servers} server{'' if me.servers == 1 else 's'}{hidden}"
