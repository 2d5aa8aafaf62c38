"""Checks of `earmark doctor`: each thing that Earmark needs, and the remedy if it does not work."""

import asyncio
import os
import shlex
import shutil
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import DBAPIError

from bot.chat.plugin import Advice, PlatformPlugin
from bot.domain.errors import EarmarkError
from bot.domain.money import dollars
from bot.locales import ENGLISH, error_text
from bot.media.ffmpeg import Bounds, confined, find_ffmpeg
from bot.notes.durable import open_client
from bot.notes.engine import Recorded
from bot.service.cloud import balance, bucket_of
from bot.service.core import Core, make_data_folder, open_core
from bot.service.databases import engine_url, has_engine
from bot.service.lost_notes import WHAT_TO_DO, lost_notes, named
from bot.service.model_check import check_models
from bot.service.model_offer import catalog_of
from bot.service.platforms import deployment_of
from bot.settings import Settings
from bot.settings.files import env_files
from bot.settings.origin import unknown_sentence, unknown_settings

_SPARE_GIGABYTES = 1.0
_FFMPEG_BOUNDS = Bounds(seconds=1, time_limit=10, memory=1024**3)


@dataclass(frozen=True, slots=True)
class Finding:
    """Result of one check."""

    what: str
    ok: bool
    says: str
    """The finding, or what to do."""


Check = Callable[[Settings], Awaitable[str]]
"""Returns a sentence about something that works. Raises Advice, EarmarkError, OSError."""


async def examine(settings: Settings, platforms: Sequence[PlatformPlugin[Any]]) -> list[Finding]:
    """Run all checks; each fault becomes a finding, never an exception."""
    return [await finding_of(what, check, settings) for what, check in checks_of(platforms).items()]


def checks_of(platforms: Sequence[PlatformPlugin[Any]]) -> dict[str, Check]:
    """Return the checks by what they look at, in the order in which they are shown."""
    return {
        "settings": _settings,
        ".env": _env_file,
        "data folder": _data_folder,
        "disk": _disk,
        "database": _database,
        "access": _access,
        "ffmpeg": _ffmpeg,
        "model": check_models,
        "cloud": _cloud,
        "large recordings": _links,
        **{platform.name: _check_of(platform) for platform in platforms},
    }


def _check_of(platform: PlatformPlugin[Any]) -> Check:
    async def check(settings: Settings) -> str:
        section = settings.platforms[platform.name]
        if not platform.is_on(section):
            return "not used: no token is set"
        return await platform.check(section, deployment_of(settings))

    return check


async def finding_of(what: str, check: Check, settings: Settings) -> Finding:
    """Run one check; its fault becomes the finding."""
    try:
        return Finding(what, True, await check(settings))
    except TimeoutError:
        return Finding(what, False, "it took too long to answer: look at the load of this machine")
    except EarmarkError as error:
        return Finding(what, False, error_text(ENGLISH, error))
    except (Advice, OSError) as error:
        return Finding(what, False, str(error))
    except DBAPIError as error:
        return Finding(what, False, f"it is damaged ({error.orig}): restore it from a backup")


async def _settings(settings: Settings) -> str:
    if unknown := unknown_settings(settings.sections()):
        raise Advice(unknown_sentence(unknown))
    return "all are valid"


async def _env_file(_: Settings) -> str:
    there = [file.absolute() for file in env_files() if file.exists()]
    if not there:
        return "not used: there is none in this folder"
    for file in there:
        if os.name == "posix" and file.stat().st_mode & 0o077:
            raise Advice(f"it holds secrets, and others can read it: chmod 600 {shlex.quote(str(file))}")
    return ", then ".join(map(str, there))


async def _data_folder(settings: Settings) -> str:
    folder = make_data_folder(settings.storage)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise Advice(f"{folder} cannot be written to: change its owner, or set EARMARK_DATA_DIR")
    if os.name == "posix" and folder.stat().st_mode & 0o077:
        raise Advice(f"{folder} can be read by others: chmod 700 {folder}")
    return str(folder)


async def _disk(settings: Settings) -> str:
    free = shutil.disk_usage(settings.storage.data_dir).free / 1e9
    if free < _SPARE_GIGABYTES:
        raise Advice(f"only {free:.1f} GB are free: make room, or set EARMARK_DATA_DIR to another disk")
    return f"{free:.0f} GB free"


async def _database(settings: Settings) -> str:
    async with open_core(settings) as core:
        faults = await core.ledger.audit()
        lost = await _lost_notes(core, settings)
    if faults:
        raise Advice(f"the ledger does not add up: {faults[0]} ({len(faults)} in all)")
    if lost:
        raise Advice(f"it lost notes that the engine knows ({named(lost)}): {WHAT_TO_DO}")
    return "opens, and the ledger adds up"


async def _access(settings: Settings) -> str:
    async with open_core(settings) as core:
        is_open, owners = core.people.admits_strangers, await core.people.owners()
    if is_open:
        return "open: every user of a platform may use the service (EARMARK_STRANGERS=false closes it)"
    if not owners:
        return "closed, and without an owner: `earmark run` prints a word that makes its first sender the owner"
    return f"closed: {', '.join(sorted(owners))} may let users in"


async def _lost_notes(core: Core, settings: Settings) -> list[Recorded]:
    if not await asyncio.to_thread(has_engine, settings.storage):
        return []
    async with open_client(engine_url(settings.storage)) as engine:
        return await lost_notes(core, engine)


async def _ffmpeg(settings: Settings) -> str:
    program = find_ffmpeg(settings.media.ffmpeg or None)
    process = await asyncio.create_subprocess_exec(
        *confined(program, ["-version"], _FFMPEG_BOUNDS),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        out, _ = await asyncio.wait_for(process.communicate(), timeout=10)
    except TimeoutError:
        process.kill()
        raise
    if process.returncode != 0:
        raise Advice(
            f"{program} does not run, confined to its files: set EARMARK_FFMPEG to a program that does (no wrapper)"
        )
    return out.decode(errors="replace").splitlines()[0]


async def _cloud(settings: Settings) -> str:
    found = await balance(settings)
    if found is None:
        return "not used: no key is set"
    if found <= 0:
        raise Advice("the account at the provider is empty: notes wait until it is topped up")
    return f"answers, and {dollars(found)} is in its account"


async def _links(settings: Settings) -> str:
    catalog_of(settings)
    if bucket_of(settings.bucket) is not None:
        return f"stand in the bucket {settings.bucket.name} meanwhile"
    if settings.http.public_url:
        return f"are fetched from {settings.http.public_url}/media"
    return "are cut into pieces (and speakers need EARMARK_PUBLIC_URL or EARMARK_BUCKET)"
