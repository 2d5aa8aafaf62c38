"""Who asks for something through an interaction, where, and what they chose."""

from dataclasses import dataclass
from typing import Any

import discord

from adapters.discord.context import Context
from adapters.discord.places import account_of, channel_owner, server_owner
from bot.locales import locale_of
from bot.people.preferences import Chosen


@dataclass(frozen=True, slots=True)
class Caller:
    """A person in a channel."""

    user: int
    channel: int
    guild: int
    chosen: Chosen
    locale: str
    largest_file: int
    """Bytes that can be sent there."""
    chats: tuple[str, ...]
    """Whose choices hold there besides: the thread's, its channel's; none among people."""
    group: str = ""
    """The server, as an identity; "" where the bot is not in it, and among people."""

    @property
    def account(self) -> str:
        return account_of(self.user)


async def caller_of(context: Context, interaction: discord.Interaction[Any]) -> Caller:
    """Who used a command or a button. They are spoken to in their own language, which Discord tells."""
    user, channel, guild = interaction.user.id, interaction.channel_id or 0, interaction.guild_id or 0
    chats = tuple(channel_owner(one) for one in (channel, _parent_of(interaction)) if guild and one)
    chosen = await context.preferences.of(account_of(user), *chats, server=server_owner(guild) if guild else "")
    own = await context.preferences.of(account_of(user))
    locale = locale_of(own.locale or interaction.locale.value)
    return Caller(user, channel, guild, chosen, locale, interaction.filesize_limit, chats, group_of(interaction))


def group_of(interaction: discord.Interaction[Any]) -> str:
    """The server that an interaction comes from, as an identity; "" where the bot itself is not installed in it."""
    return server_owner(interaction.guild_id or 0) if interaction.is_guild_integration() else ""


def _parent_of(interaction: discord.Interaction[Any]) -> int:
    """The channel that a thread belongs to; 0 for what is no thread."""
    channel = interaction.channel
    return channel.parent_id if isinstance(channel, discord.Thread) else 0
