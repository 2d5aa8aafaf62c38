"""The permissions that matter here, by name, and those that people and commands have."""

from collections.abc import Iterable

PERMISSIONS = {
    "kick_members": 1 << 1,
    "administrator": 1 << 3,
    "manage_channels": 1 << 4,
    "manage_guild": 1 << 5,
    "view_channel": 1 << 10,
    "send_messages": 1 << 11,
    "manage_messages": 1 << 13,
    "embed_links": 1 << 14,
    "attach_files": 1 << 15,
    "read_message_history": 1 << 16,
    "mention_everyone": 1 << 17,
    "connect": 1 << 20,
    "use_application_commands": 1 << 31,
    "manage_threads": 1 << 34,
    "send_messages_in_threads": 1 << 38,
    "use_external_apps": 1 << 50,
}
_NEEDED = frozenset(
    {"view_channel", "send_messages", "send_messages_in_threads", "read_message_history", "embed_links", "attach_files"}
)
EVERYBODY = _NEEDED | {"connect", "use_application_commands", "use_external_apps"}
ALL = frozenset(PERMISSIONS)
ANYWHERE = frozenset({"attach_files", "embed_links", "mention_everyone"})
"""Permissions of a command in a place without the bot."""


def bits(permissions: Iterable[str]) -> str:
    return str(sum(PERMISSIONS[name] for name in permissions))
