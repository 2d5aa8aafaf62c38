"""Buttons under messages, the data that they carry, and the rows of them that stand under a note."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID

from bot.domain.money import Micros
from bot.domain.note import FILE_FORMS, Note, Progress, Stage
from bot.domain.transcript import Transcript
from bot.locales import language_title, money, text

_MOST = 64


class Action(StrEnum):
    """The request that a press makes."""

    CANCEL = "x"
    """The argument is the price that its label named, in micro-dollars; "": it named none."""
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
    REMOVE = "e"
    """To delete a text from its chat."""
    RETRY = "q"
    """Another run of a recording whose run failed for a reason that passes."""
    VOICE = "v"
    """To enrol the presser's own voice, or to delete it; no note."""
    ASK_IN = "i"
    """To be let in; no note."""
    LET_IN = "o"
    """To let a stranger in; no note. The argument is their identity."""
    TURN_DOWN = "z"
    """To decline a stranger's request; no note. The argument is their identity."""
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


def cancel(locale: str, note_id: str, owed: Micros | None = None) -> Buttons:
    """Return the buttons of a placeholder; `owed` is what is paid even if the note is cancelled."""
    return ((_discard(locale, note_id, owed) if owed else _cancel(locale, note_id),),)


def show(locale: str, note_id: str) -> Buttons:
    """Return the button that shows its sender a text that was not posted."""
    return ((Button(text(locale, "button-show"), ButtonData(Action.SHOW, argument=note_id)),),)


def agree(locale: str, note_id: str, price: Micros) -> Buttons:
    """Return the buttons of the question if a price is right."""
    label = text(locale, "button-agree", price=money(locale, price))
    yes = Button(label, ButtonData(Action.AGREE, note_id, str(price)), Look.PRIMARY)
    return ((yes, _cancel(locale, note_id)),)


def progress(locale: str, note_id: str, shown: Progress | None) -> Buttons:
    """Return the buttons below the news of a note; None: it was just taken."""
    if shown is not None and shown.stage is Stage.ASKING:
        return agree(locale, note_id, shown.price or Micros(0))
    return cancel(locale, note_id, shown.owed if shown is not None else None)


def result(locale: str, note: Note, transcript: Transcript, *, files: bool = True) -> Buttons:
    """Return the buttons of a text: its files, its speakers, the spoken language, its end.

    `files`: if false, no message of the bot there holds a file, or can be deleted.
    """
    other = "off" if note.options.speakers else "on"
    about = [Button(text(locale, f"button-speakers-{other}"), ButtonData(Action.SPEAKERS, note.id, other))]
    languages_ = Button(text(locale, "button-languages"), ButtonData(Action.LANGUAGES, note.id))
    if not files:
        return (tuple(about), (languages_,))
    remove = Button(text(locale, "button-remove"), ButtonData(Action.REMOVE, note.id), Look.DANGER)
    forms = tuple(Button(form.upper(), ButtonData(Action.FILE, note.id, form)) for form in FILE_FORMS)
    if len({segment.speaker for segment in transcript.segments} - {None}) > 1:
        about.append(Button(text(locale, "button-names"), ButtonData(Action.NAMES, note.id)))
    return (forms, tuple(about), (languages_, remove))


def confirm(locale: str, note_id: str, argument: str, price: Micros) -> Buttons:
    """Return the button of another run's price; `argument` is the run's ("on", a language's code) and the price."""
    label = text(locale, "button-again", price=money(locale, price)) if price else text(locale, "button-again-free")
    return ((Button(label, ButtonData(Action.AGAIN, note_id, argument), Look.PRIMARY),),)


def retry(locale: str, note_id: str) -> Buttons:
    """Return the button below the reason of a failure that passes."""
    return ((Button(text(locale, "button-retry"), ButtonData(Action.RETRY, note_id), Look.PRIMARY),),)


def speakers(locale: str, note_id: str, labels: Sequence[str]) -> Buttons:
    """Return the menu that chooses the speaker to rename; each is known by its place in `labels`, from 0."""
    entries = tuple(Entry(label.strip() or str(number + 1), str(number)) for number, label in enumerate(labels))
    title = text(locale, "press-choose-speaker")
    return (Menu(title, ButtonData(Action.NAME, note_id), entries, in_a_row=1),)


def languages(locale: str, note_id: str, codes: Sequence[str]) -> Buttons:
    """Return the menu that chooses the language of another run."""
    entries = tuple(Entry(language_title(locale, code), code) for code in codes)
    return (Menu(text(locale, "press-choose-language"), ButtonData(Action.LANGUAGE, note_id), entries),)


def back(locale: str, note_id: str) -> Buttons:
    """Return the button that shows a text's own buttons again, in place of a menu."""
    return ((Button(text(locale, "button-back"), ButtonData(Action.BACK, note_id)),),)


def _discard(locale: str, note_id: str, owed: Micros) -> Button:
    label = text(locale, "button-discard", price=money(locale, owed))
    return Button(label, ButtonData(Action.CANCEL, note_id, str(owed)), Look.DANGER)


def _cancel(locale: str, note_id: str) -> Button:
    return Button(text(locale, "button-cancel"), ButtonData(Action.CANCEL, note_id), Look.DANGER)
