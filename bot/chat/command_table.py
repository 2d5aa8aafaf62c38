"""The commands that people have, once for all platforms: each platform's own list is made from this table."""

from dataclasses import dataclass
from enum import StrEnum

from bot.locales import text


class Where(StrEnum):
    """Where a command makes sense."""

    PRIVATE = "private"
    """Between one person and the bot."""
    GROUP = "group"
    """Among several."""
    ADMIN = "admin"
    """Among several, for those who run the place."""
    OPERATOR = "operator"
    """Between the bot and one who runs the service."""


TELEGRAM, DISCORD = "telegram", "discord"
_PLATFORMS = frozenset({TELEGRAM, DISCORD})

_EVERYWHERE = frozenset(Where)
_PRIVATE = frozenset({Where.PRIVATE, Where.OPERATOR})
_RUN_BY = frozenset({Where.PRIVATE, Where.ADMIN, Where.OPERATOR})
_ADMIN = frozenset({Where.ADMIN})
_OPERATOR = frozenset({Where.OPERATOR})


@dataclass(frozen=True, slots=True)
class Command:
    """One command; what it does is said by `command-<name>` in the catalogs."""

    name: str
    where: frozenset[Where] = _EVERYWHERE
    payment: bool = False
    """Whether it is there only where people can pay."""
    platforms: frozenset[str] = _PLATFORMS
    """Where there is need of it."""

    def says(self, locale: str) -> str:
        return text(locale, f"command-{self.name}")


COMMANDS = (
    Command("transcribe"),
    Command("language", _RUN_BY),
    Command("model", _RUN_BY),
    Command("speakers", _RUN_BY),
    Command("format", _RUN_BY),
    Command("settings", _RUN_BY),
    # Telegram's groups are one chat each, and /settings there is theirs.
    Command("setup", _ADMIN, platforms=frozenset({DISCORD})),
    Command("balance"),
    Command("usage", _PRIVATE),
    Command("jobs", _PRIVATE),
    Command("cancel"),
    Command("link", _PRIVATE),
    Command("unlink", _PRIVATE),
    Command("export", _PRIVATE),
    Command("forget", _PRIVATE),
    # People pay in Stars, and those are Telegram's.
    Command("topup", _PRIVATE, payment=True, platforms=frozenset({TELEGRAM})),
    Command("paysupport", _PRIVATE, payment=True, platforms=frozenset({TELEGRAM})),
    Command("help"),
    # Telegram begins every chat with it.
    Command("start", _PRIVATE, platforms=frozenset({TELEGRAM})),
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


def commands_for(where: Where, payment: bool, platform: str) -> list[Command]:
    """The commands of one kind of place on a platform, in the order in which they are shown."""
    return [one for one in commands_of(platform) if where in one.where and (payment or not one.payment)]


def operators_commands(platform: str) -> list[Command]:
    """Those of a platform that are for operators alone."""
    return [one for one in commands_of(platform) if one.where == _OPERATOR]


def commands_of(platform: str) -> list[Command]:
    """All commands of a platform."""
    return [one for one in COMMANDS if platform in one.platforms]
