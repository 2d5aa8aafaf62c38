"""Tells Discord which commands there are, only when they are others than those that it was told last."""

import asyncio
import hashlib
import json
from pathlib import Path
from typing import Any

import structlog
from discord.app_commands import CommandTree

from adapters.discord.localization import Catalogs

log = structlog.get_logger()


async def tell_commands(tree: CommandTree[Any], application: int, remembered: Path) -> bool:
    """Whether Discord had to be told. The file `remembered` holds what it was told last.

    Raises discord.HTTPException, and what the network raises; it may be said again.
    """
    if tree.translator is None:
        await tree.set_translator(Catalogs())
    wanted = await _fingerprint(tree, application)
    if await asyncio.to_thread(_read, remembered) == wanted:
        return False
    await tree.sync()
    await asyncio.to_thread(remembered.write_text, wanted)
    log.info("discord_commands_told", commands=len(tree.get_commands()))
    return True


async def _fingerprint(tree: CommandTree[Any], application: int) -> str:
    assert tree.translator is not None, "set before"
    commands = tree._get_all_commands(guild=None)  # as sync() does: context menus are not among get_commands()
    payload = [await command.get_translated_payload(tree, tree.translator) for command in commands]
    return hashlib.sha256(json.dumps([application, payload], sort_keys=True).encode()).hexdigest()


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except OSError:
        return ""
