"""Button data: an action, the note that it is about, and an argument, in at most 64 bytes.

A platform hands it back unchanged, for every user who can see the message: the right to press is checked at the press.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

_MOST = 64


class Action(StrEnum):
    """The request that a press makes."""

    CANCEL = "x"
    AGREE = "y"
    """To the price; the argument is micro-dollars."""
    FILE = "f"
    """The transcript as a file; the argument is txt, srt, vtt or docx."""
    SPEAKERS = "s"
    """A run with speakers told apart (on), or without (off)."""
    LANGUAGES = "l"
    """To choose another language from."""
    LANGUAGE = "g"
    """A run in another language; the argument is its code."""
    AGAIN = "a"
    """Yes to the price of another run; the argument is "on", "off" or a language's code."""
    BACK = "b"
    """To the buttons of the result."""
    NAMES = "n"
    """To choose a speaker who is to be renamed."""
    NAME = "m"
    """A new name for a speaker; the argument is the speaker's number, from 0."""
    NAMED = "r"
    """A form with speakers' names came back; the argument is the platform's own."""
    CHOOSE = "c"
    """A setting; no note. The argument is the platform's own."""
    FORGET = "d"
    """To delete everything; no note."""
    LINK = "k"
    """To share one account; no note. The argument is the code."""
    UNLINK = "u"
    """To part from the other platforms; no note."""
    TOPUP = "t"
    """To pay; no note. The argument is how many Stars."""
    SHOW = "w"
    """A text that was answered before, once more, for its asker alone."""


@dataclass(frozen=True, slots=True)
class ButtonData:
    """The request that a button carries."""

    action: Action
    note_id: str = ""
    argument: str = ""

    def pack(self) -> str:
        """Return the data as text. Raises ValueError if it does not fit."""
        note = urlsafe_b64encode(UUID(self.note_id).bytes).decode().rstrip("=") if self.note_id else ""
        packed = f"{self.action.value}:{note}:{self.argument}"
        if len(packed.encode()) > _MOST:
            raise ValueError(f"a button cannot hold {self.argument!r}")
        return packed

    @staticmethod
    def unpack(packed: str) -> "ButtonData | None":
        """Return the data of a button's text; None if no button of ours has that text."""
        action, _, rest = packed.partition(":")
        note, _, argument = rest.partition(":")
        try:
            note_id = str(UUID(bytes=urlsafe_b64decode(note + "=="))) if note else ""
            return ButtonData(Action(action), note_id, argument)
        except ValueError:
            return None
