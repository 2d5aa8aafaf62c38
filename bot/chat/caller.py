"""The user who asks for something in a chat, and what holds for them there."""

from dataclasses import dataclass

from bot.people.preferences import Chosen


@dataclass(frozen=True, slots=True)
class Scope:
    """Something whose settings a caller may look at: the user, a chat, or all chats of a server."""

    name: str
    """As it stands in button data: "own", "chat", "channel", "server"."""
    owner: str
    """Identity that the choices belong to."""
    title: str
    """Key of the heading in the catalogs."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A user in a chat, or a chat that speaks for itself, as through an anonymous admin or a channel."""

    account: str
    """Identity of the user (or of the chat that speaks)."""
    locale: str
    chosen: Chosen
    private: bool
    """If true, replies are read by the caller alone."""
    group: str
    """Identity of the group or server that the caller is in; "": none, or the bot is not in it."""
    scopes: tuple[Scope, ...]
    """Settings that can be shown here; the first is meant if a command names none."""
    ref: str
    """Id of this request on its platform; the same if the platform sends it again."""
