"""Entries in the menu of every message, under Apps."""

from collections.abc import Callable, Coroutine
from typing import Any

import discord
from discord import app_commands

from adapters.discord.client import EarmarkClient
from adapters.discord.localization import told
from adapters.discord.notes import Taking
from adapters.discord.sound import sounds_in

EVERYWHERE = app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=True)
FOR_ALL = app_commands.AppInstallationType(guild=True, user=True)

_Used = discord.Interaction[EarmarkClient]
_Menu = Callable[[_Used, discord.Message], Coroutine[Any, Any, None]]


def add_menus(tree: app_commands.CommandTree[EarmarkClient], taking: Taking) -> None:
    """Add the two entries. A recording that a user asks for in them is taken, whatever the channel's mode is."""

    async def transcribe(interaction: _Used, message: discord.Message) -> None:
        await taking.take(interaction, sounds_in(message), message=message.id)

    async def transcribe_privately(interaction: _Used, message: discord.Message) -> None:
        await taking.take(interaction, sounds_in(message), message=message.id, private=True)

    tree.add_command(_menu("menu-transcribe", transcribe))
    tree.add_command(_menu("menu-transcribe-privately", transcribe_privately))


def _menu(key: str, callback: _Menu) -> app_commands.ContextMenu:
    return app_commands.ContextMenu(
        name=told(key), callback=callback, allowed_installs=FOR_ALL, allowed_contexts=EVERYWHERE
    )
