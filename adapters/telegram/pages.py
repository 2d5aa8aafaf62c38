"""Pages as messages of Telegram. Pure.

Text is marked by entities, never by markup: whatever was said, nothing in it is read as anything but text. Lengths and
offsets are UTF-16 units, as Telegram counts.
"""

from dataclasses import replace

from telegram import MessageEntity

from adapters.telegram.places import Place
from bot.chat import answer_layout
from bot.chat.messages import Audience
from bot.chat.pages import Mark, Page, Style
from bot.chat.platform import Destination, Limits
from bot.rendering import cut, utf16_units

TEXT_UNITS = 4096
CAPTION_UNITS = 1024
MOST_PAGES = 3
"""Messages for one note; a longer text is a file."""
# Telegram honours a hundred entities of a message; links and mentions that it finds by itself count too.
_PRIVATE = Limits(text=TEXT_UNITS, caption=CAPTION_UNITS, pages=MOST_PAGES, bold=90, pause=3)
_GROUP = replace(_PRIVATE, pause=15)
_KINDS = {Style.BOLD: MessageEntity.BOLD, Style.QUOTE: MessageEntity.EXPANDABLE_BLOCKQUOTE}


def plain(words: str) -> Page:
    """Return a message of plain words, cut if they are too long for one."""
    return answer_layout.plain(words, _PRIVATE)


def caption(words: str) -> Page:
    """Return plain words that go with a file, cut if they are too long."""
    return Page(next(iter(cut(words, CAPTION_UNITS, utf16_units)), ""))


def entities(page: Page) -> list[MessageEntity]:
    """Return a page's marks as Telegram wants them."""
    return [_entity(page.text, mark) for mark in page.marks]


def destination_of(place: Place) -> Destination:
    """Return the place for the conversation. A guest's message cannot become a file, and there is but one."""
    limits = _PRIVATE if place.private else _GROUP
    if place.guest:
        limits = replace(limits, pages=1, files=False)
    return Destination(place.locale, _audience_of(place), limits, has_aside=bool(place.business))


def _audience_of(place: Place) -> Audience:
    if place.business:
        return Audience.CUSTOMERS
    return Audience.OWNER if place.private and not place.guest else Audience.OTHERS


def _entity(text: str, mark: Mark) -> MessageEntity:
    begin, end = mark.begin, mark.begin + mark.length
    return MessageEntity(_KINDS[mark.style], utf16_units(text[:begin]), utf16_units(text[begin:end]))
