"""Parts that the handlers of Discord's events may use; the user who asks, with the place and the rights there.

Discord tells a user's permissions with every interaction.
"""

from dataclasses import dataclass
from typing import Any

import discord

from adapters.discord.note_messages import Posting
from adapters.discord.pages import REPLY, Views
from adapters.discord.places import (
    PLATFORM,
    TICKET_SECONDS,
    Place,
    Ticket,
    account_of,
    channel_owner,
    place_of,
    server_owner,
)
from adapters.discord.sending import Sender
from bot.chat.caller import Caller, Capabilities, Scope
from bot.chat.command_table import Feature
from bot.chat.core import ChatCore
from bot.chat.delivery import Delivery
from bot.chat.message_mover import MessageMover
from bot.chat.read_marker import ReadMarker
from bot.chat.update_handling import UpdateInbox
from bot.domain.note import Note
from bot.locales import locale_of

FEATURES = frozenset({Feature.SERVERS})

_Used = discord.Interaction[Any]


@dataclass(frozen=True, slots=True)
class Context:
    """Made once Discord has told which bot this is."""

    sender: Sender
    adapter: Delivery
    posting: Posting
    mover: MessageMover
    views: Views
    megabytes: float
    """Largest file that is taken."""
    core: ChatCore
    heard: ReadMarker
    typed: UpdateInbox
    """Operators' commands that were typed: each is answered once, also if it is read again after a time away."""


async def caller_of(context: Context, interaction: _Used) -> Caller:
    """Return the user of a command or a button, who is spoken to in their own language, which Discord tells."""
    account, guild = account_of(interaction.user.id), interaction.guild_id or 0
    chats = chats_of(interaction.channel_id or 0, interaction.channel) if guild else ()
    server = server_owner(guild)
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
        name=interaction.user.display_name,
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


def chats_of(number: int, channel: object) -> tuple[str, ...]:
    """Return the identities of a channel, or of a thread and the channel that it belongs to."""
    parent = channel.parent_id if isinstance(channel, discord.Thread) else 0
    return tuple(channel_owner(one) for one in (number, parent) if one)


def _scopes_of_place(interaction: _Used, chats: tuple[str, ...], server: str) -> list[Scope]:
    rights, channel, refusal = (
        interaction.permissions,
        channel_owner(interaction.channel_id or 0),
        "setup-managers-only",
    )
    return [
        Scope("channel", channel, "settings-channel", "", chats, server, may_set_channel(rights), refusal),
        Scope("server", server, "settings-server", "", (), server, may_set_server(rights), refusal),
    ]


def _capabilities(interaction: _Used) -> Capabilities:
    me = interaction.client.user
    name = me.name if me is not None else ""
    return Capabilities(
        name, name, interaction.filesize_limit, REPLY, menus=True, features=FEATURES, help="help-discord"
    )


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

    async def may_read(self, note: Note) -> bool:
        """Return True for a public answer: its buttons are signed, and stand under it alone."""
        return await self.may_use(note) or not place_of(note).private

    async def may_cancel(self, note: Note) -> bool:
        return await self.may_use(note)

    async def may_pay(self, note: Note) -> bool:
        if note.payer:
            return note.payer == self.group and may_set_server(self.permissions)
        return note.user == account_of(self.user)
