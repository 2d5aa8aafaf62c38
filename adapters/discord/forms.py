"""Forms in which speakers get their names. Each field is known by its speaker's place among them, from 0."""

from discord.ui import Label, Modal, TextInput

from adapters.discord.views import Views
from bot.chat.button_data import Action, ButtonData
from bot.chat.replies import AskNames
from bot.chat.reruns import LONGEST_NAME
from bot.locales import text

MOST_FIELDS = 5
"""Fields of one form, which Discord sets."""
_LONGEST_TITLE = 45


def names_form(views: Views, locale: str, ask: AskNames, argument: str) -> Modal:
    """Return the form with a field for each speaker; `argument` comes back with what is written into it."""
    data = ButtonData(Action.NAMED, ask.result.note.id, argument)
    form = Modal(title=text(locale, "button-names")[:_LONGEST_TITLE], timeout=None, custom_id=views.seal.close(data))
    for number, label, called in zip(ask.numbers, ask.labels, ask.called, strict=True):
        form.add_item(_field(number, label, called))
    form.stop()  # else discord.py keeps it in memory; what is written into it comes to buttons.py
    return form


def _field(number: int, label: str, called: str) -> "Label[Modal]":
    field: TextInput[Modal] = TextInput(
        custom_id=str(number), default=called[:LONGEST_NAME], required=False, max_length=LONGEST_NAME
    )
    return Label(text=label[:_LONGEST_TITLE].strip() or str(number + 1), component=field)
