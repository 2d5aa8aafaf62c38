"""The commands that people have, once for all platforms: each platform's own list is made from this table."""

from dataclasses import dataclass
from enum import StrEnum

from bot.texts import say


class Where(StrEnum):
    """Where a command makes sense."""

    PRIVATE = "private"
    """Between one person and the bot."""
    GROUP = "group"
    """Among several."""
    ADMIN = "admin"
    """Among several, for those who run the place."""


_EVERYWHERE = frozenset(Where)
_PRIVATE = frozenset({Where.PRIVATE})
_RUN_BY = frozenset({Where.PRIVATE, Where.ADMIN})


@dataclass(frozen=True, slots=True)
class Command:
    """One command; what it does is said by `command-<name>` in the catalogs."""

    name: str
    where: frozenset[Where] = _EVERYWHERE
    payment: bool = False
    """Whether it is there only where people can pay."""

    def says(self, tongue: str) -> str:
        return say(tongue, f"command-{self.name}")


COMMANDS = (
    Command("transcribe"),
    Command("language", _RUN_BY),
    Command("model", _RUN_BY),
    Command("speakers", _RUN_BY),
    Command("settings", _RUN_BY),
    Command("balance"),
    Command("usage", _PRIVATE),
    Command("cancel"),
    Command("export", _PRIVATE),
    Command("forget", _PRIVATE),
    Command("topup", _PRIVATE, payment=True),
    Command("paysupport", _PRIVATE, payment=True),
    Command("help"),
    Command("start", _PRIVATE),
)


def commands_for(where: Where, payment: bool) -> list[Command]:
    """The commands of one kind of place, in the order in which they are shown."""
    return [one for one in COMMANDS if where in one.where and (payment or not one.payment)]
