"""The user who asks for something through an interaction, the place, and what holds there."""

from dataclasses import replace
from typing import Any

import discord

from adapters.discord.context import Context
from adapters.discord.places import PLATFORM, TICKET_SECONDS, Place, Ticket, account_of, channel_owner, server_owner
from adapters.discord.rights import may_set_channel, may_set_server
from bot.chat.caller import Caller, Capabilities, Scope
from bot.chat.command_table import Feature
from bot.locales import locale_of

FEATURES = frozenset({Feature.SERVERS})
_NOT_A_MANAGER = "setup-managers-only"

_Used = discord.Interaction[Any]


async def caller_of(context: Context, interaction: _Used) -> Caller:
    """Return the user of a command or a button, who is spoken to in their own language, which Discord tells."""
    account, guild = account_of(interaction.user.id), interaction.guild_id or 0
    chats = _chats(interaction) if guild else ()
    server = server_owner(guild) if guild else ""
    chosen = await context.core.preferences.of(account, *chats, server=server)
    own = await context.core.preferences.of(account)
    scopes = [Scope("own", account, "settings-own", user=account)]
    if guild:
        scopes += _scopes_of_place(interaction, chats, server)
    return Caller(
        account=account,
        locale=locale_of(own.locale or interaction.locale.value),
        chosen=chosen,
        private=True,  # no other user sees the answer
        group=group_of(interaction),
        scopes=tuple(scopes),
        ref=f"{PLATFORM}:{interaction.id}",
        can=_capabilities(interaction),
        language=interaction.locale.value,
    )


def taken_in(context: Context, interaction: _Used, message: int = 0, *, private: bool = False) -> Place:
    """Return the place where an interaction is answered; `message`: the one with the sound, if there is one."""
    until = int(context.core.clock().timestamp()) + TICKET_SECONDS
    return Place(
        channel=interaction.channel_id or 0,
        message=message,
        guild=interaction.guild_id or 0,
        asker=interaction.user.id,
        own=interaction.context.dm_channel,
        ticket=Ticket(interaction.token, until, private),
    )


def group_of(interaction: _Used) -> str:
    """Return the server that an interaction comes from, as an identity; "" if the bot is not installed in it."""
    return server_owner(interaction.guild_id or 0) if interaction.is_guild_integration() else ""


def _chats(interaction: _Used) -> tuple[str, ...]:
    """Return the identities of a channel, or of a thread and the channel that it belongs to."""
    channel = interaction.channel
    parent = channel.parent_id if isinstance(channel, discord.Thread) else 0
    return tuple(channel_owner(one) for one in (interaction.channel_id or 0, parent) if one)


def _scopes_of_place(interaction: _Used, chats: tuple[str, ...], server: str) -> list[Scope]:
    rights = interaction.permissions
    channel = Scope("channel", channel_owner(interaction.channel_id or 0), "settings-channel", "", chats, server)
    whole = Scope("server", server, "settings-server", server=server)
    return [
        replace(channel, may_change=may_set_channel(rights), refusal=_NOT_A_MANAGER),
        replace(whole, may_change=may_set_server(rights), refusal=_NOT_A_MANAGER),
    ]


def _capabilities(interaction: _Used) -> Capabilities:
    me = interaction.client.user
    name = me.name if me is not None else ""
    return Capabilities(name, name, interaction.filesize_limit, menus=True, features=FEATURES, help="help-discord")
