"""Rights of users, from the permissions that Discord tells with every interaction. Pure."""

from dataclasses import dataclass

import discord

from adapters.discord.places import Place, account_of, place_of
from bot.domain.note import Note


def may_press(place: Place, user: int, permissions: discord.Permissions) -> bool:
    """Return True if a user may press a note's buttons: who asked for it, and moderators if others see it too."""
    if user == place.asker:
        return True
    return not place.private and place.guild != 0 and (permissions.manage_messages or permissions.administrator)


def may_set_channel(permissions: discord.Permissions) -> bool:
    """Return True if a user may choose the settings of a channel, or a thread."""
    return permissions.manage_channels or may_set_server(permissions)


def may_set_server(permissions: discord.Permissions) -> bool:
    """Return True if a user may choose the settings of a whole server."""
    return permissions.manage_guild or permissions.administrator


@dataclass(frozen=True, slots=True)
class PresserRights:
    """Rights of one presser about notes; implements `bot.chat.result_actions.Rights`."""

    user: int
    group: str
    """Identity of the server where they pressed; "": the bot is not in it."""
    permissions: discord.Permissions

    async def may_use(self, note: Note) -> bool:
        return may_press(place_of(note), self.user, self.permissions)

    async def may_cancel(self, note: Note) -> bool:
        return await self.may_use(note)

    async def may_pay(self, note: Note) -> bool:
        if note.payer:
            return note.payer == self.group and may_set_server(self.permissions)
        return note.user == account_of(self.user)
