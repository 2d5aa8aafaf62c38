"""Pages as messages of Discord, and buttons, menus and forms as its views.

All text is escaped: nothing in it is read as anything but text. A quoted text that is too long for
the content is an embed. Lengths are UTF-16 units: Discord counts characters, of which there are never more.

Every view is stopped at once: discord.py would keep it in memory for ever to hand presses to it, and they come to
buttons.py by their custom ids.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from io import BytesIO
from typing import Any

import discord
from discord import AllowedMentions, Embed
from discord.ui import Button as DiscordButton
from discord.ui import Label, Modal, Select, TextInput, View
from itsdangerous import BadSignature, Signer

from adapters.discord.places import place_of
from bot.chat import answer_layout
from bot.chat.button_rows import Action, Button, ButtonData, Buttons, Look, Menu
from bot.chat.messages import Audience
from bot.chat.pages import File, Mark, Page, Style
from bot.chat.platform import Destination, Limits, utf16_units
from bot.chat.replies import AskNames
from bot.chat.reruns import LONGEST_NAME
from bot.chat.result_actions import ALL_NAMES, ONE_NAME, Press
from bot.domain.note import Note
from bot.locales import text

CONTENT_UNITS = 2000
EMBED_UNITS = 4096
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
_MARKED = {Style.BOLD: "**{0}**", Style.LINK: "[{0}](<{1}>)", Style.TIME: "<t:{1}:f>"}
"""Markup around a span, and its target. An address in angle brackets shows no preview."""
MOST_FIELDS = 5
"""Fields of one form, which Discord sets."""
_LONGEST_LINE = 45
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_ANYWHERE = re.compile(r"[\\`*_~|<\[\]]")
_BEGINS_LINE = re.compile(r"^([^\S\n]*)([#>+-])", re.MULTILINE)
_NUMBERS_LINE = re.compile(r"^([^\S\n]*\d+)([.)])", re.MULTILINE)
_BEGINS_EMOJI = re.compile(r":(?=[^\s:]+:)")
_BEGINS_ADDRESS = re.compile(r":(?=//)")
_CALLS_ALL = re.compile(r"@(?=everyone|here)", re.IGNORECASE)
_AFTER = (_BEGINS_EMOJI, _BEGINS_ADDRESS, _CALLS_ALL)
_MAY_GET_ONE = re.compile(r"[\\`*_~|<\[\]#>+\-.):@]")


def escape(said: str) -> str:
    """Return a text that Discord shows letter for letter: no markup, mention, emoji's code, or link with other words.

    Only signs that could mean something get a backslash: the notices of a telephone show backslashes too. Characters
    that no message can hold (control characters, halves of characters) are left out.
    """
    clean = _CONTROL.sub("", said.replace("\r\n", "\n"))
    clean = _ANYWHERE.sub(r"\\\g<0>", clean)
    clean = _BEGINS_LINE.sub(r"\1\\\2", clean)
    clean = _NUMBERS_LINE.sub(r"\1\\\2", clean)
    for sign in _AFTER:
        clean = sign.sub(r"\\\g<0>", clean)
    return clean


def escaped_units(said: str) -> int:
    """Return at least as many UTF-16 units as `escape` makes of a text, in whole or in any of its pieces.

    The length of a whole is the sum of its parts' lengths, as cutting needs it.
    """
    return utf16_units(said) + len(_MAY_GET_ONE.findall(said))


@dataclass(frozen=True, slots=True)
class Rendered:
    """One message: its content, the description of its embed, its file."""

    content: str = ""
    embed: str = ""
    file: File | None = None


def render(page: Page) -> Rendered:
    """Return the page with escapes and emphasis, and its quote in an embed if there is no other room for it."""
    content = _escaped(page.text, page.marks)
    quote = next((mark for mark in page.marks if mark.style is Style.QUOTE), None)
    if quote is None or utf16_units(content) <= CONTENT_UNITS:
        return Rendered(content, "", page.file)
    begin, end = quote.begin, quote.begin + quote.length
    inside = [replace(mark, begin=mark.begin - begin) for mark in page.marks if begin <= mark.begin < end]
    rest = (page.text[:begin] + page.text[end:]).strip()
    return Rendered(escape(rest), _escaped(page.text[begin:end], inside), page.file)


def _measure(page: Page) -> int:
    return utf16_units(_escaped(page.text, page.marks))


REPLY = Limits(
    text=CONTENT_UNITS,
    caption=CONTENT_UNITS,
    folded=EMBED_UNITS,
    bold=CONTENT_UNITS,
    length=escaped_units,
    measure=_measure,
    pause=3,
)
_CHANNEL = replace(REPLY, pause=5)


def plain(words: str) -> Page:
    """Return a message of plain words, cut if they are too long for one."""
    return answer_layout.plain(words, REPLY)


def fitting(page: Page) -> Page:
    """Return a page as one message, cut if its words are too long."""
    return answer_layout.fitting(page, REPLY)


def destination_of(note: Note) -> Destination:
    """Return the place for the conversation. The balance of a server is not for each of its users."""
    place = place_of(note)
    audience = Audience.OWNER if place.private and not note.payer else Audience.OTHERS
    limits = REPLY if place.private or place.ticket is not None else _CHANNEL
    return Destination(place.locale, audience, limits, is_own_chat=place.own)


def new(page: Page, view: View | None) -> dict[str, Any]:
    """Return a message as discord.py wants it. It is made anew for each try: discord.py closes files."""
    shown = render(page)
    made: dict[str, Any] = {"content": shown.content or None, "allowed_mentions": AllowedMentions.none()}
    if shown.embed:
        made["embed"] = Embed(description=shown.embed)
    if shown.file is not None:
        made["file"] = _file(shown.file)
    if view is not None:
        made["view"] = view
    return made


def changed(page: Page, view: View | None) -> dict[str, Any]:
    """Return the same for a message that is there: what the page does not have, goes."""
    shown = render(page)
    return {
        "content": shown.content or None,
        "embeds": [Embed(description=shown.embed)] if shown.embed else [],
        "attachments": [_file(shown.file)] if shown.file is not None else [],
        "view": view,
        "allowed_mentions": AllowedMentions.none(),
    }


def _file(file: File) -> discord.File:
    return discord.File(BytesIO(file.data), file.name)


def _escaped(said: str, marks: Sequence[Mark]) -> str:
    parts, at = [], 0
    for mark in marks:
        if mark.style in _MARKED:
            end = mark.begin + mark.length
            shown = _MARKED[mark.style].format(escape(said[mark.begin : end]), mark.target)
            parts += [escape(said[at : mark.begin]), shown]
            at = end
    return "".join([*parts, escape(said[at:])])


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


def names_form(views: Views, locale: str, ask: AskNames, press: Press) -> Modal:
    """Return the form that a press opens, with a field for each speaker, whose id is the speaker's number."""
    argument = ALL_NAMES if press.data.action is Action.NAMES else ONE_NAME
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
