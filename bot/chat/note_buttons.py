"""The buttons under a note's placeholder, its price, and its text. Pure."""

from collections.abc import Sequence

from bot.chat.button_data import Action, ButtonData
from bot.chat.buttons import Button, Buttons, Entry, Look, Menu
from bot.domain.money import Micros
from bot.domain.note import FILE_FORMS, Note, Progress, Stage
from bot.domain.transcript import Transcript
from bot.locales import language_title, money, text


def cancel(locale: str, note_id: str) -> Buttons:
    """Return the buttons of a placeholder."""
    return ((_cancel(locale, note_id),),)


def agree(locale: str, note_id: str, price: Micros) -> Buttons:
    """Return the buttons of the question if a price is right."""
    label = text(locale, "button-agree", price=money(locale, price))
    yes = Button(label, ButtonData(Action.AGREE, note_id, str(price)), Look.PRIMARY)
    return ((yes, _cancel(locale, note_id)),)


def progress(locale: str, note_id: str, shown: Progress | None) -> Buttons:
    """Return the buttons below the news of a note; None: it was just taken."""
    if shown is not None and shown.stage is Stage.ASKING:
        return agree(locale, note_id, shown.price or Micros(0))
    return cancel(locale, note_id)


def result(locale: str, note: Note, transcript: Transcript, *, files: bool = True) -> Buttons:
    """Return the buttons of a text: its files (if they can be sent there), its speakers, another language."""
    other = "off" if note.options.speakers else "on"
    about = [Button(text(locale, f"button-speakers-{other}"), ButtonData(Action.SPEAKERS, note.id, other))]
    languages_ = Button(text(locale, "button-languages"), ButtonData(Action.LANGUAGES, note.id))
    if not files:
        return (tuple(about), (languages_,))
    forms = tuple(Button(form.upper(), ButtonData(Action.FILE, note.id, form)) for form in FILE_FORMS)
    if len({segment.speaker for segment in transcript.segments} - {None}) > 1:
        about.append(Button(text(locale, "button-names"), ButtonData(Action.NAMES, note.id)))
    return (forms, tuple(about), (languages_,))


def confirm(locale: str, note_id: str, argument: str, price: Micros) -> Buttons:
    """Return the button of another run's price; `argument` is the run's ("on", a language's code) and the price."""
    label = text(locale, "button-again", price=money(locale, price)) if price else text(locale, "button-again-free")
    return ((Button(label, ButtonData(Action.AGAIN, note_id, argument), Look.PRIMARY),),)


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


def _cancel(locale: str, note_id: str) -> Button:
    return Button(text(locale, "button-cancel"), ButtonData(Action.CANCEL, note_id), Look.DANGER)
