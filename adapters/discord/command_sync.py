"""The bot's commands as Discord is told them: in all languages, and only if they changed since."""

import asyncio
import hashlib
import json
from pathlib import Path
from typing import Any

import structlog
from discord import Locale
from discord.app_commands import CommandTree, TranslationContextTypes, Translator, locale_str

from bot.locales import ENGLISH, locale_of, text

log = structlog.get_logger()


def told(key: str) -> locale_str:
    """Return the text of a key: in English, and translated by `Catalogs`."""
    return locale_str(text(ENGLISH, key), key=key)


class Catalogs(Translator):
    """Answers from the catalogs. Names of commands stay as they are: users type them and read about them."""

    async def translate(self, string: locale_str, locale: Locale, context: TranslationContextTypes) -> str | None:
        key = string.extras.get("key")
        spoken = locale_of(locale.value)
        if key is None or (spoken == ENGLISH and not locale.value.startswith(ENGLISH)):
            return None
        return text(spoken, key)


async def tell_commands(tree: CommandTree[Any], application: int, remembered: Path) -> None:
    """Tell Discord the commands of a tree that has a translator. The file `remembered` holds what it was told last.

    Raises discord.HTTPException, and what the network raises; safe to repeat.
    """
    wanted = await _fingerprint(tree, application)
    if await asyncio.to_thread(_read, remembered) == wanted:
        return
    await tree.sync()
    await asyncio.to_thread(remembered.write_text, wanted)
    log.info("discord_commands_told", commands=len(tree.get_commands()))


async def _fingerprint(tree: CommandTree[Any], application: int) -> str:
    assert tree.translator is not None, "EventDispatch sets it"
    commands = tree._get_all_commands(guild=None)  # as sync() does: context menus are not among get_commands()
    payload = [await command.get_translated_payload(tree, tree.translator) for command in commands]
    return hashlib.sha256(json.dumps([application, payload], sort_keys=True).encode()).hexdigest()


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except OSError:
        return ""
