"""Servers: who is in them, with what permissions, and their channels."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tests.doubles.discord.permissions import ALL, EVERYBODY, bits
from tests.doubles.discord.places import IN_VOICE, TEXT, Channel, Thread
from tests.doubles.discord.rules import Json
from tests.doubles.discord.world import Author, World, stamp

_NEVER_SET = (
    *("application_id", "banner", "description", "discovery_splash", "home_header", "incidents_data", "max_presences"),
    *("public_updates_channel_id", "rules_channel_id", "safety_alerts_channel_id", "splash"),
    *("vanity_url_code", "widget_channel_id"),
)


@dataclass(slots=True)
class Member:
    person: Author
    role: int
    permissions: frozenset[str]
    joined_at: float


class Guild:
    """A server. `present` says whether the bot is in it."""

    def __init__(self, world: World, name: str, owner: Author, *, present: bool) -> None:
        self.world = world
        self.id = world.snowflake()
        self.name = name
        self.owner = owner
        self.present = present
        self.members: dict[int, Member] = {}
        self.channels: list[Channel] = []
        self.system_channel: Channel | None = None
        self.bot_role = world.snowflake()
        self.everybody: frozenset[str] = EVERYBODY
        self.bot_permissions: frozenset[str] = EVERYBODY
        self._bot_joined_at = world.now
        world.guilds[self.id] = self
        self.join(owner)
        if present:
            self._tell("GUILD_CREATE", self.told())

    def join(self, person: Author, *permissions: str) -> Member:
        """With a role of these permissions, beside what everybody may. Gives the membership."""
        with self.world.lock:
            role = self.world.snowflake()
            member = Member(person, role, frozenset(permissions), self.world.now)
            self.members[person.id] = member
            if self.present and permissions:
                told = {"guild_id": str(self.id), "role": _role(role, f"role of {person.id}", permissions)}
                self._tell("GUILD_ROLE_CREATE", told)
            return member

    def leave(self, person: Author) -> None:
        with self.world.lock:
            del self.members[person.id]

    def channel(self, name: str) -> Channel:
        return self._opened(Channel(self.world, self, name, TEXT), "CHANNEL_CREATE")

    def voice(self, name: str) -> Channel:
        """A voice channel, which has a chat too."""
        return self._opened(Channel(self.world, self, name, IN_VOICE), "CHANNEL_CREATE")

    def _opened(self, channel: Channel, event: str) -> Channel:
        with self.world.lock:
            self.channels.append(channel)
            self._tell(event, channel.told())
            return channel

    def thread(self, parent: Channel, name: str) -> Thread:
        thread = Thread(self.world, parent, name)
        self._opened(thread, "THREAD_CREATE")
        return thread

    def kick_bot(self) -> None:
        with self.world.lock:
            self._tell("GUILD_DELETE", {"id": str(self.id)})
            self.present = False

    def add_bot(self) -> None:
        with self.world.lock:
            self.present = True
            self._tell("GUILD_CREATE", self.told())

    def deny(self, *permissions: str) -> None:
        """Neither the bot nor everybody may do so in the whole server."""
        with self.world.lock:
            self.everybody -= set(permissions)
            self.bot_permissions -= set(permissions)
            for role in self.roles()[:2]:
                self._tell("GUILD_ROLE_UPDATE", {"guild_id": str(self.id), "role": role})

    def place(self, channel: Channel) -> int:
        return self.channels.index(channel) if channel in self.channels else len(self.channels)

    def may(self, person: Author) -> frozenset[str]:
        member = self.members.get(person.id)
        if member is None:
            return frozenset()
        if person is self.owner or "administrator" in member.permissions:
            return ALL
        return self.everybody | member.permissions

    def _tell(self, kind: str, told: Json) -> None:
        if self.present:
            self.world.tell(kind, lambda _sees: told, guild=self.id, intent="guilds")

    def member_raw(self, author: Author, *, whole: bool = False) -> Json | None:
        """Return the member, or None for a person who is none. `whole` includes the user."""
        if author is self.world.bot:
            roles, joined = [str(self.bot_role)], self._bot_joined_at
        elif author.id in self.members:
            member = self.members[author.id]
            roles, joined = [str(member.role)] if member.permissions else [], member.joined_at
        else:
            return None
        told: Json = {"roles": roles, "joined_at": stamp(joined), "deaf": False, "mute": False, "flags": 0}
        told |= {"nick": None, "avatar": None, "banner": None, "premium_since": None, "pending": False}
        told["communication_disabled_until"] = None
        return told | ({"user": author.raw} if whole else {})

    def roles(self) -> list[Json]:
        made = [_role(one.role, f"role of {one.person.id}", one.permissions) for one in self.members.values()]
        kept = [role for role, one in zip(made, self.members.values(), strict=True) if one.permissions]
        bot = _role(self.bot_role, "Earmark", self.bot_permissions) | {"managed": True}
        bot["tags"] = {"bot_id": str(self.world.bot_id)}
        return [_role(self.id, "@everyone", self.everybody), bot, *kept]

    def raw(self) -> Json:
        """As the API tells of it."""
        return {
            "id": str(self.id),
            "name": self.name,
            "owner_id": str(self.owner.id),
            "icon": None,
            "features": [],
            "roles": self.roles(),
            "emojis": [],
            "stickers": [],
            "preferred_locale": "en-US",
            "system_channel_id": str(self.system_channel.id) if self.system_channel else None,
            "system_channel_flags": 0,
            "premium_tier": 0,
            "verification_level": 0,
            "default_message_notifications": 0,
            "explicit_content_filter": 0,
            "mfa_level": 0,
            "nsfw_level": 0,
            "afk_timeout": 300,
            "afk_channel_id": None,
            "nsfw": False,
            "region": "deprecated",
            "widget_enabled": False,
            "premium_subscription_count": 0,
            "premium_progress_bar_enabled": False,
            "max_members": 500_000,
            "max_video_channel_users": 25,
            "max_stage_video_channel_users": 50,
        } | dict.fromkeys(_NEVER_SET)

    def told(self) -> Json:
        """As GUILD_CREATE tells of it."""
        there = [channel for channel in self.channels if not channel.removed]
        bot = self.member_raw(self.world.bot, whole=True)
        return self.raw() | {
            "joined_at": stamp(self._bot_joined_at),
            "large": False,
            "member_count": len(self.members) + 1,
            "members": [bot],
            "channels": [channel.told() for channel in there if not isinstance(channel, Thread)],
            "threads": [one.told() for one in there if isinstance(one, Thread) and not one.archived],
            "voice_states": [],
            "presences": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "soundboard_sounds": [],
        }


def _role(number: int, name: str, permissions: Iterable[str]) -> Json:
    told: dict[str, Any] = {"id": str(number), "name": name, "permissions": bits(permissions), "position": 1}
    told |= {"color": 0, "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None}}
    return told | {
        "hoist": False,
        "icon": None,
        "unicode_emoji": None,
        "managed": False,
        "mentionable": False,
        "flags": 0,
    }
