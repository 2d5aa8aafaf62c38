"""Replies of the conversation: values that a platform carries out in its own manner."""

from dataclasses import dataclass

from bot.chat.button_rows import Buttons
from bot.chat.caller import Caller
from bot.chat.pages import File, Page
from bot.chat.queries import Result
from bot.domain.money import Micros
from bot.domain.note import Note
from bot.locales import text


@dataclass(frozen=True, slots=True)
class Reply:
    """A message for the user who asked: ephemeral or in their own chat if it is private, else in the chat."""

    page: Page
    buttons: Buttons = ()


@dataclass(frozen=True, slots=True)
class Notice:
    """A short text for the presser alone, beside the message; "": the press is taken, and nothing is said."""

    text: str = ""


@dataclass(frozen=True, slots=True)
class Overwrite:
    """Write this over the message whose button was pressed, then tell the presser `notice`."""

    page: Page
    buttons: Buttons = ()
    notice: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """Further buttons about a note's text (a menu, a price): below it in place of its own, or in a private message."""

    text: str
    buttons: Buttons
    result: Result
    private: bool = False
    """If true, other readers of the text must not see it (a price)."""

    @property
    def note(self) -> Note:
        return self.result.note


@dataclass(frozen=True, slots=True)
class Confirm:
    """Ask the presser once more, by other buttons of a note in work: in place of its own, or in a private message.

    Other readers of the placeholder must not see the text (a price).
    """

    text: str
    buttons: Buttons
    note: Note
    private: bool = True


@dataclass(frozen=True, slots=True)
class Redraw:
    """Show a note's text anew where it stands."""

    result: Result


@dataclass(frozen=True, slots=True)
class ShowAgain:
    """Send a note's text once more, for the presser alone, wherever it was answered before."""

    result: Result


@dataclass(frozen=True, slots=True)
class SendFile:
    """Send a file of a note's text to the presser, beside it."""

    result: Result
    file: File
    private: bool = False
    """If true, the presser is a reader of the text and did not ask for it: nobody else gets to see the file."""


@dataclass(frozen=True, slots=True)
class AskNames:
    """Ask for other names of a text's speakers: in a form, or one by one."""

    result: Result
    labels: tuple[str, ...]
    """The speakers by their labels, in order of their first words; those whose names are asked for."""
    called: tuple[str, ...]
    """The current name of each."""
    numbers: tuple[int, ...]
    """The place of each among all speakers of the text, from 0."""


@dataclass(frozen=True, slots=True)
class Renamed:
    """Tell the presser that speakers have other names, then show the text anew where it stands, if it can be reached.

    The press was not under the text itself, but in a form that came from a menu.
    """

    result: Result
    notice: str


@dataclass(frozen=True, slots=True)
class Restore:
    """Put a text's own buttons under it again, in place of a menu."""

    result: Result


@dataclass(frozen=True, slots=True)
class Discard:
    """Delete the message that was pressed, which is left over, then tell the presser `notice`."""

    notice: str


@dataclass(frozen=True, slots=True)
class Remove:
    """Delete a note's text from the chat, then tell the presser `notice`."""

    result: Result
    notice: str


@dataclass(frozen=True, slots=True)
class Rerun:
    """Transcribe the recording again, answered where the platform can answer the presser."""

    result: Result
    wanted: str
    """"on" (speakers told apart) or the code of another language."""
    price: Micros
    """The price that the presser agreed to."""
    presser: str
    """Identity of the presser."""
    group_limit: Micros | None
    """The price above which the admins of a group that pays must confirm; None: they never must."""

    @property
    def needs_admin(self) -> bool:
        """Return True if an admin must confirm the run, should the group pay for it."""
        return self.group_limit is not None and self.price > self.group_limit


def only_in_private(caller: Caller) -> Reply:
    """Return the refusal of a request whose answer other users would read."""
    return Reply(Page(text(caller.locale, "only-in-private", bot=caller.can.address)))
