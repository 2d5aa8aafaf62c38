"""The user who asks for something in a chat, with the settings and rights that hold there."""

from dataclasses import dataclass

from bot.chat.command_table import Feature
from bot.chat.platform import Limits
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
    user: str = ""
    """Identity of the user whose choices hold in it; "": none."""
    chats: tuple[str, ...] = ()
    """Identities of the chats whose choices hold in it, the nearest first."""
    server: str = ""
    """Identity of the server whose choices hold in it; "": none."""
    may_change: bool = True
    """If true, the caller may change its settings."""
    refusal: str = "press-unknown"
    """Key of the sentence for a caller who may not."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """Traits of a platform at the place where a caller asks."""

    name: str
    """Name by which the bot introduces itself."""
    address: str
    """Name by which users find the bot's own chat, without "@"."""
    largest_file: int
    """Bytes of the largest file that can be sent there."""
    limits: Limits
    """The limits of one reply."""
    menus: bool = False
    """If true, one message can show several menus; else each entry of a menu is a button."""
    features: frozenset[Feature] = frozenset()
    help: str = "help"
    """Key of the introduction to /help in the catalogs."""


@dataclass(frozen=True, slots=True)
class RepliedTo:
    """The message that a command replies to."""

    message: str
    """Its id, as it stands among a note's details."""
    handle: str
    """Its handle, as it is kept of posted messages."""


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
    can: Capabilities
    language: str | None = None
    """Language of the caller's app, which is spoken if none was chosen."""
    chat: str = ""
    """Id of the chat, as it stands in a note's key, if /cancel is about this chat alone; "": about all of them."""
    replied_to: RepliedTo | None = None
    name: str = ""
    """Name of the user as the platform shows it; "": unknown."""
