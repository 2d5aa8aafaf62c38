"""Pages: the content of one message, in the same form for every platform."""

from dataclasses import dataclass
from enum import StrEnum


class Style(StrEnum):
    """Emphasis of a span. A platform without it shows plain text."""

    BOLD = "bold"
    QUOTE = "quote"
    """A long text that may be shown folded."""
    LINK = "link"
    """A way to the address in `target`."""
    TIME = "time"
    """A moment, `target` seconds after 1970; a platform may show it in each reader's own zone and language."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A span of a page's text that stands out. Offsets count characters (code points) from the start of the text."""

    begin: int
    length: int
    style: Style = Style.BOLD
    target: str = ""


@dataclass(frozen=True, slots=True)
class File:
    """A file that goes with a message."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Page:
    """One message. `text` is plain: a platform escapes it, so nothing in it is read as markup."""

    text: str = ""
    marks: tuple[Mark, ...] = ()
    file: File | None = None
