"""The commands that users have: each platform's own list is made from this table."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum

from bot.locales import text


class Where(StrEnum):
    """Kind of chat in which a command makes sense."""

    PRIVATE = "private"
    """Between one user and the bot."""
    GROUP = "group"
    """Among several users."""
    ADMIN = "admin"
    """Among several, for the admins of the place."""
    OPERATOR = "operator"
    """Between the bot and an operator of the service."""


class Feature(StrEnum):
    """Trait that only some platforms have, and without which a command makes no sense."""

    START = "start"
    """Every chat with the bot begins with /start."""
    SERVERS = "servers"
    """Chats belong to servers, and have settings apart from their users'."""
    PAYMENT = "payment"
    """Users can add to their balance."""


_EVERYWHERE = frozenset(Where)
_PRIVATE = frozenset({Where.PRIVATE, Where.OPERATOR})
_RUN_BY = frozenset({Where.PRIVATE, Where.ADMIN, Where.OPERATOR})
_ADMIN = frozenset({Where.ADMIN})
_OPERATOR = frozenset({Where.OPERATOR})


@dataclass(frozen=True, slots=True)
class Command:
    """One command; `command-<name>` in the catalogs describes it."""

    name: str
    where: frozenset[Where] = _EVERYWHERE
    needs: Feature | None = None

    def says(self, locale: str) -> str:
        """Return the description that users read."""
        return text(locale, f"command-{self.name}")


COMMANDS = (
    Command("transcribe"),
    Command("language", _RUN_BY),
    Command("model", _RUN_BY),
    Command("speakers", _RUN_BY),
    Command("format", _RUN_BY),
    Command("settings", _RUN_BY),
    Command("setup", _ADMIN, Feature.SERVERS),
    Command("balance"),
    Command("usage", _PRIVATE),
    Command("jobs", _PRIVATE),
    Command("cancel"),
    Command("link", _PRIVATE),
    Command("unlink", _PRIVATE),
    Command("voice", _PRIVATE),
    Command("export", _PRIVATE),
    Command("forget", _PRIVATE),
    Command("privacy", _PRIVATE),
    Command("topup", _PRIVATE, Feature.PAYMENT),
    Command("paysupport", _PRIVATE, Feature.PAYMENT),
    Command("help"),
    Command("start", _PRIVATE, Feature.START),
    Command("spend", _OPERATOR),
    Command("credit", _OPERATOR),
    Command("refund", _OPERATOR),
    Command("allowance", _OPERATOR),
    Command("allow", _OPERATOR),
    Command("block", _OPERATOR),
    Command("unblock", _OPERATOR),
    Command("role", _OPERATOR),
    Command("pause", _OPERATOR),
    Command("resume", _OPERATOR),
    Command("queue", _OPERATOR),
)
"""In the order in which they are shown."""

OPERATOR_COMMANDS = tuple(one.name for one in COMMANDS if one.where == _OPERATOR)


def commands_of(features: AbstractSet[Feature]) -> list[Command]:
    """Return all commands of a platform with these features."""
    return [one for one in COMMANDS if one.needs is None or one.needs in features]


def commands_for(features: AbstractSet[Feature], *where: Where) -> list[Command]:
    """Return the commands of some kinds of chat on a platform with these features."""
    return [one for one in commands_of(features) if one.where & {*where}]
