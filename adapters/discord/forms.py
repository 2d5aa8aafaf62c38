"""The forms in which speakers get their names. Each field is known by its speaker's place among them, from 0."""

from collections.abc import Sequence

from discord.ui import Label, Modal, TextInput

from adapters.discord.views import Views
from bot.chat.button_data import Action, ButtonData
from bot.chat.reruns import LONGEST_NAME
from bot.locales import text

_LONGEST_TITLE = 45


def names_form(views: Views, locale: str, note_id: str, labels: Sequence[str], called: Sequence[str]) -> Modal:
    """For all of up to five speakers: what each is labelled, and what each is called now."""
    form = _form(views, locale, ButtonData(Action.NAMED, note_id, "all"))
    for number, (label, name) in enumerate(zip(labels, called, strict=True)):
        form.add_item(_field(number, label, name))
    return form


def name_form(views: Views, locale: str, note_id: str, number: int, label: str, called: str) -> Modal:
    """For one of many speakers."""
    form = _form(views, locale, ButtonData(Action.NAMED, note_id, "one"))
    form.add_item(_field(number, label, called))
    return form


def _form(views: Views, locale: str, press: ButtonData) -> Modal:
    form = Modal(title=text(locale, "button-names")[:_LONGEST_TITLE], timeout=None, custom_id=views.seal.close(press))
    form.stop()  # else discord.py keeps it in memory; what is written into it comes to buttons.py
    return form


def _field(number: int, label: str, called: str) -> "Label[Modal]":
    field: TextInput[Modal] = TextInput(
        custom_id=str(number), default=called[:LONGEST_NAME], required=False, max_length=LONGEST_NAME
    )
    return Label(text=label[:_LONGEST_TITLE].strip() or str(number + 1), component=field)
