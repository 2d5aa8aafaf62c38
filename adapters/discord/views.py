"""Buttons, menus and forms as Discord's views.

Every view is stopped at once: discord.py would keep it in memory for ever to hand presses to it, and they come to
buttons.py by their custom ids.
"""

from hashlib import sha256

import discord
from discord.ui import Button as DiscordButton
from discord.ui import Label, Modal, Select, TextInput, View
from itsdangerous import BadSignature, Signer

from bot.chat.button_rows import Action, Button, ButtonData, Buttons, Look, Menu
from bot.chat.replies import AskNames
from bot.chat.reruns import LONGEST_NAME
from bot.locales import text

MOST_CHOICES = 25
"""Entries of one menu, which Discord sets."""
_LONGEST_ID = 100
_LONGEST_LABEL = 80
_LONGEST_ENTRY = 100
_LONGEST_TITLE = 150
_IN_A_ROW = 5
_ROWS = 5
_STYLES = {
    Look.PLAIN: discord.ButtonStyle.secondary,
    Look.PRIMARY: discord.ButtonStyle.primary,
    Look.DANGER: discord.ButtonStyle.danger,
}


MOST_FIELDS = 5
"""Fields of one form, which Discord sets."""
_LONGEST_LINE = 45


class Views:
    """Makes views whose custom ids are signed, so that only this deployment's own come back to it.

    Its key outlives a restart, and so do the buttons.
    """

    def __init__(self, secret: bytes) -> None:
        self._signer = Signer(sha256(b"discord buttons" + secret).digest(), sep="|")

    def close(self, data: ButtonData) -> str:
        """Return the data as a signed custom id. Raises ValueError if it is too long."""
        signed = self._signer.sign(data.pack()).decode()
        if len(signed) > _LONGEST_ID:
            raise ValueError(f"a button cannot hold {data.argument!r}")
        return signed

    def open(self, custom_id: str) -> ButtonData | None:
        """Return the data behind a custom id; None if this deployment did not make it."""
        try:
            return ButtonData.unpack(self._signer.unsign(custom_id).decode())
        except (BadSignature, UnicodeDecodeError):
            return None

    def of(self, buttons: Buttons) -> View:
        """Return the view. A row beyond the fifth, and what is too much for a row or a menu, is left out."""
        view = View(timeout=None)
        for number, row in enumerate(buttons[:_ROWS]):
            items = [self._menu(row)] if isinstance(row, Menu) else [self._button(one) for one in row[:_IN_A_ROW]]
            for item in items:
                item.row = number
                view.add_item(item)
        view.stop()
        return view

    def _button(self, button: Button) -> DiscordButton[View] | Select[View]:
        style = _STYLES[button.look]
        return DiscordButton(label=button.label[:_LONGEST_LABEL], custom_id=self.close(button.data), style=style)

    def _menu(self, menu: Menu) -> DiscordButton[View] | Select[View]:
        """Return the menu; the chosen value comes beside its data."""
        options = [
            discord.SelectOption(
                label=entry.label[:_LONGEST_ENTRY],
                value=entry.value,
                default=bool(menu.selected) and entry.value == menu.selected,
            )
            for entry in menu.entries[:MOST_CHOICES]
            if len(entry.value) <= _LONGEST_ENTRY
        ]
        return Select(custom_id=self.close(menu.data), placeholder=menu.title[:_LONGEST_TITLE], options=options)


def names_form(views: Views, locale: str, ask: AskNames, argument: str) -> Modal:
    """Return the form with a field for each speaker, whose id is the speaker's number.

    `argument` comes back with the names that are written into it.
    """
    data = ButtonData(Action.NAMED, ask.result.note.id, argument)
    form = Modal(title=text(locale, "button-names")[:_LONGEST_LINE], timeout=None, custom_id=views.close(data))
    for number, label, called in zip(ask.numbers, ask.labels, ask.called, strict=True):
        form.add_item(_field(number, label, called))
    form.stop()  # else discord.py keeps it in memory; the names come to buttons.py
    return form


def _field(number: int, label: str, called: str) -> "Label[Modal]":
    field: TextInput[Modal] = TextInput(
        custom_id=str(number), default=called[:LONGEST_NAME], required=False, max_length=LONGEST_NAME
    )
    return Label(text=label[:_LONGEST_LINE].strip() or str(number + 1), component=field)
