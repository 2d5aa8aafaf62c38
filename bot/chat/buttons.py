"""Buttons and menus under a message, in the same form for every platform."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.chat.button_data import ButtonData


class Look(StrEnum):
    """Weight of a button. A platform without colours ignores it."""

    PLAIN = "plain"
    PRIMARY = "primary"
    DANGER = "danger"


@dataclass(frozen=True, slots=True)
class Button:
    """A button: its label, and the data that its press brings back."""

    label: str
    data: ButtonData
    look: Look = Look.PLAIN


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a menu."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Menu:
    """A choice of one entry. A platform without menus shows a button for each entry (`button_of`)."""

    title: str
    data: ButtonData
    entries: tuple[Entry, ...]
    selected: str = ""
    """Value of the entry that holds now; "": unknown."""
    in_a_row: int = 3
    """Buttons in a row on a platform without menus."""

    def button_of(self, entry: Entry) -> Button:
        """Return the button that stands for one entry."""
        label = f"✓ {entry.label}" if entry.value == self.selected and self.selected else entry.label
        return Button(label, with_value(self.data, entry.value))


Row = tuple[Button, ...] | Menu
Buttons = tuple[Row, ...]
"""Rows from top to bottom; empty: no buttons."""


def with_value(data: ButtonData, value: str) -> ButtonData:
    """Return the data of a menu's entry: its value is put behind the menu's own argument."""
    return replace(data, argument=f"{data.argument}={value}" if data.argument else value)


def rows_of(buttons: Sequence[Button], width: int) -> Buttons:
    """Arrange buttons in rows of at most `width`."""
    return tuple(tuple(buttons[start : start + width]) for start in range(0, len(buttons), width))
