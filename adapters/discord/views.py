"""Buttons and menus as Discord's views.

Every view is stopped at once: discord.py would keep it in memory for ever to hand presses to it, and they come to
buttons.py by their custom ids.
"""

import discord
from discord.ui import Button as DiscordButton
from discord.ui import Select, View

from adapters.discord.signed_ids import SignedIds
from bot.chat.button_data import ButtonData
from bot.chat.buttons import Button, Buttons, Look, Menu

MOST_CHOICES = 25
"""Entries of one menu, which Discord sets."""
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


class Views:
    """Makes views whose custom ids are signed."""

    def __init__(self, seal: SignedIds) -> None:
        self.seal = seal

    def open(self, custom_id: str) -> ButtonData | None:
        """Return the data behind a custom id; None if this deployment did not make it."""
        return self.seal.open(custom_id)

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

    def custom_id(self, button: Button) -> str:
        """Return the signed id that a button bears."""
        return self.seal.close(button.data)

    def _button(self, button: Button) -> DiscordButton[View] | Select[View]:
        style = _STYLES[button.look]
        return DiscordButton(label=button.label[:_LONGEST_LABEL], custom_id=self.seal.close(button.data), style=style)

    def _menu(self, menu: Menu) -> DiscordButton[View] | Select[View]:
        """The chosen value comes beside the menu's data."""
        options = [
            discord.SelectOption(
                label=entry.label[:_LONGEST_ENTRY],
                value=entry.value,
                default=bool(menu.selected) and entry.value == menu.selected,
            )
            for entry in menu.entries[:MOST_CHOICES]
            if len(entry.value) <= _LONGEST_ENTRY
        ]
        return Select(custom_id=self.seal.close(menu.data), placeholder=menu.title[:_LONGEST_TITLE], options=options)
