"""Who may decide what, from the rights that Discord tells with every interaction. Pure."""

import discord

from adapters.discord.places import Place


def may_press(place: Place, user: int, permissions: discord.Permissions) -> bool:
    """Whether a user may press the buttons of a note: who asked for it may, and moderators where others see it too."""
    if user == place.asker:
        return True
    return not place.private and place.guild != 0 and (permissions.manage_messages or permissions.administrator)


def may_set_channel(permissions: discord.Permissions) -> bool:
    """Whether somebody may choose what happens in a channel, or a thread."""
    return permissions.manage_channels or may_set_server(permissions)


def may_set_server(permissions: discord.Permissions) -> bool:
    """Whether somebody may choose what happens in all channels of a server."""
    return permissions.manage_guild or permissions.administrator
