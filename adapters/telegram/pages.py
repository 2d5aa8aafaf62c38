"""Pages as messages of Telegram, and buttons as its inline keyboards. Pure.

Text is marked by entities, never by markup: nothing that was said is read as anything but text. Lengths and
offsets are UTF-16 units, as Telegram counts.
"""

from dataclasses import replace

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, MessageEntity

from adapters.telegram.places import Place
from bot.chat import answer_layout
from bot.chat.button_rows import Button, Buttons, Menu
from bot.chat.messages import Audience
from bot.chat.pages import Mark, Page, Style
from bot.chat.platform import Destination, Limits, utf16_units
from bot.rendering import cut

TEXT_UNITS = 4096
CAPTION_UNITS = 1024
MOST_PAGES = 3
"""Messages for one note; a longer text is a file."""
_MOST_BUTTONS = 100
"""In one keyboard; Telegram refuses more."""
_LONGEST_LABEL = 40
# Telegram honours a hundred entities of a message; links and mentions that it finds by itself count too.
REPLY = Limits(text=TEXT_UNITS, caption=CAPTION_UNITS, pages=MOST_PAGES, bold=90, pause=3)
_GROUP = replace(REPLY, pause=15)
_KINDS = {
    Style.BOLD: MessageEntity.BOLD,
    Style.QUOTE: MessageEntity.EXPANDABLE_BLOCKQUOTE,
    Style.LINK: MessageEntity.TEXT_LINK,
}


def plain(words: str) -> Page:
    """Return a message of plain words, cut if they are too long for one."""
    return answer_layout.plain(words, REPLY)


def fitting(page: Page) -> Page:
    """Return a page as one message, cut if its words are too long."""
    return answer_layout.fitting(page, REPLY)


def caption(words: str) -> Page:
    """Return plain words that go with a file, cut if they are too long."""
    return Page(next(iter(cut(words, CAPTION_UNITS, utf16_units)), ""))


def entities(page: Page) -> list[MessageEntity]:
    """Return a page's marks as Telegram wants them."""
    return [_entity(page.text, mark) for mark in page.marks if mark.style in _KINDS]


def destination_of(place: Place) -> Destination:
    """Return the place for the conversation. A guest's message cannot become a file, and there is but one."""
    limits = REPLY if place.private else _GROUP
    if place.guest:
        limits = replace(limits, pages=1, files=False)
    is_own = place.private and not place.guest and not place.business
    return Destination(place.locale, _audience_of(place), limits, is_own_chat=is_own, has_aside=bool(place.business))


def markup(buttons: Buttons) -> InlineKeyboardMarkup | None:
    """Return the keyboard; None without buttons. Telegram has no menus: each entry becomes a button.

    Buttons whose data does not fit, and entries of menus beyond Telegram's limit, are left out.
    Rows of single buttons are never cut: a way back stays.
    """
    if not buttons:
        return None
    room = _MOST_BUTTONS - sum(len(row) for row in buttons if not isinstance(row, Menu))
    rows: list[list[InlineKeyboardButton]] = []
    for row in buttons:
        if isinstance(row, Menu):
            entries = [made for entry in row.entries[:room] if (made := _button(row.button_of(entry))) is not None]
            room -= len(entries)
            rows += [entries[start : start + row.in_a_row] for start in range(0, len(entries), row.in_a_row)]
        else:
            rows.append([made for button in row if (made := _button(button)) is not None])
    return InlineKeyboardMarkup(rows)


def _audience_of(place: Place) -> Audience:
    if place.business:
        return Audience.CUSTOMERS
    return Audience.OWNER if place.private and not place.guest else Audience.OTHERS


def _entity(text: str, mark: Mark) -> MessageEntity:
    begin, end = mark.begin, mark.begin + mark.length
    at, length = utf16_units(text[:begin]), utf16_units(text[begin:end])
    return MessageEntity(_KINDS[mark.style], at, length, url=mark.target or None)


def _button(button: Button) -> InlineKeyboardButton | None:
    try:
        return InlineKeyboardButton(button.label[:_LONGEST_LABEL], callback_data=button.data.pack())
    except ValueError:
        return None
