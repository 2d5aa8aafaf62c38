"""The bot comes into a server: what it says then."""

import discord

from adapters.discord.context import Context
from adapters.discord.places import Place
from bot.locales import locale_of, text


async def greet(context: Context, guild: discord.Guild) -> None:
    """Say how it is used, and how it is set up, where the bot may write; nothing where it may write nowhere."""
    channel = _where_to_speak(guild)
    if channel is not None:
        locale = locale_of(guild.preferred_locale.value)
        await context.sender.tell(Place(channel.id, guild=guild.id, locale=locale), text(locale, "server-hello"))


def _where_to_speak(guild: discord.Guild) -> discord.TextChannel | None:
    """The channel for such news, else the first."""
    first = [guild.system_channel] if guild.system_channel is not None else []
    for channel in [*first, *guild.text_channels]:
        rights = channel.permissions_for(guild.me)
        if rights.view_channel and rights.send_messages:
            return channel
    return None
