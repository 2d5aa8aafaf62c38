"""The buttons under messages. A language and a note in, a view out.

Every view is stopped at once: discord.py would keep it in memory for ever to hand presses to it, and they come to
buttons.py by their custom ids.
"""

from collections.abc import Iterable, Sequence
from itertools import islice

import discord
from discord.ui import Button, Select, View

from adapters.discord.signed_ids import SignedIds
from bot.chat.button_data import Action, ButtonData
from bot.domain.languages import language_name
from bot.domain.money import Micros, dollars
from bot.domain.note import FILE_FORMS, Note, Transcript
from bot.locales import text

MOST_CHOICES = 25
"""Entries of one menu, which Discord sets."""
_LONGEST_LABEL = 80
_LONGEST_ENTRY = 100
_LONGEST_TITLE = 150
_IN_A_ROW = 5
_ROWS = 5


class Views:
    """Makes buttons with signed custom ids."""

    def __init__(self, seal: SignedIds) -> None:
        self.seal = seal

    def open(self, custom_id: str) -> ButtonData | None:
        """What stands behind a custom id; None for what we did not make."""
        return self.seal.open(custom_id)

    def cancel(self, locale: str, note_id: str) -> View:
        """Under a placeholder."""
        return _view([[self._cancel(locale, note_id)]])

    def agree(self, locale: str, note_id: str, price: Micros) -> View:
        """Under the question whether a price is right."""
        yes = text(locale, "button-agree", price=dollars(price))
        press = ButtonData(Action.AGREE, note_id, str(price))
        return _view([[self._button(yes, press, discord.ButtonStyle.primary), self._cancel(locale, note_id)]])

    def result(self, locale: str, note: Note, transcript: Transcript) -> View:
        """Under a text: its files, its speakers, another language."""
        files = [self._button(form.upper(), ButtonData(Action.FILE, note.id, form)) for form in FILE_FORMS]
        other = "off" if note.options.speakers else "on"
        more = [self._button(text(locale, f"button-speakers-{other}"), ButtonData(Action.SPEAKERS, note.id, other))]
        if len({segment.speaker for segment in transcript.segments} - {None}) > 1:
            more.append(self._button(text(locale, "button-names"), ButtonData(Action.NAMES, note.id)))
        more.append(self._button(text(locale, "button-languages"), ButtonData(Action.LANGUAGES, note.id)))
        return _view([files, more])

    def confirm(self, locale: str, note_id: str, argument: str, price: Micros) -> View:
        """Under the price of another run; `argument` is the run's: "on", "off" or a language's code, and the price."""
        label = text(locale, "button-again", price=dollars(price)) if price else text(locale, "button-again-free")
        return _view([[self._button(label, ButtonData(Action.AGAIN, note_id, argument), discord.ButtonStyle.primary)]])

    def speakers(self, locale: str, note_id: str, labels: Sequence[str]) -> View:
        """To choose the speaker who is to be renamed; they are known by their places in `labels`."""
        entries = [(label.strip() or str(number + 1), str(number)) for number, label in enumerate(labels)]
        return _view([[self._menu(ButtonData(Action.NAME, note_id), entries, text(locale, "press-choose-speaker"))]])

    def languages(self, locale: str, note_id: str, codes: Sequence[str]) -> View:
        """To choose the language of another run from."""
        entries = [(language_name(code), code) for code in codes]
        return _view(
            [[self._menu(ButtonData(Action.LANGUAGE, note_id), entries, text(locale, "press-choose-language"))]]
        )

    def one(self, label: str, press: ButtonData, style: discord.ButtonStyle = discord.ButtonStyle.secondary) -> View:
        """A single button."""
        return _view([[self._button(label, press, style)]])

    def menus(self, menus: Iterable[tuple[ButtonData, Sequence[tuple[str, str]], str]]) -> View:
        """Up to five menus below each other: for each a press, its entries (label, value), and its title."""
        return _view([[self._menu(press, entries, title)] for press, entries, title in islice(menus, _ROWS)])

    def with_button(self, view: View, label: str, press: ButtonData) -> View:
        """The same with a button below."""
        below = [self._button(label, press)]
        return _view([*([item] for item in view.children if isinstance(item, Select)), below])

    def _cancel(self, locale: str, note_id: str) -> Button[View]:
        return self._button(
            text(locale, "button-cancel"), ButtonData(Action.CANCEL, note_id), discord.ButtonStyle.danger
        )

    def _button(
        self, label: str, press: ButtonData, style: discord.ButtonStyle = discord.ButtonStyle.secondary
    ) -> Button[View]:
        return Button(label=label[:_LONGEST_LABEL], custom_id=self.seal.close(press), style=style)

    def _menu(self, press: ButtonData, entries: Sequence[tuple[str, str]], title: str) -> Select[View]:
        """What is chosen comes as the press's argument."""
        options = [
            discord.SelectOption(label=label[:_LONGEST_ENTRY], value=value) for label, value in entries[:MOST_CHOICES]
        ]
        return Select(custom_id=self.seal.close(press), placeholder=title[:_LONGEST_TITLE], options=options)


def _view(rows: Sequence[Sequence[Button[View] | Select[View]]]) -> View:
    view = View(timeout=None)
    for number, row in enumerate(rows):
        for item in row[:_IN_A_ROW]:
            item.row = number
            view.add_item(item)
    view.stop()
    return view
