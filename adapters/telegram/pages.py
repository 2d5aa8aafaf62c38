"""What Earmark says, as messages of Telegram. Pure.

Text is marked by entities, never by markup: whatever somebody said, nothing in it is read as anything but text.
Lengths and offsets are UTF-16 units, as Telegram counts.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePath

from telegram import MessageEntity

from adapters.telegram.places import Place
from bot.chat import messages
from bot.chat.messages import Audience
from bot.domain.note import Answer, Note, Progress, Refusal
from bot.locales import text
from bot.rendering import cut, formats, is_readable, turns, utf16_units

TEXT_UNITS = 4096
CAPTION_UNITS = 1024
MOST_PAGES = 3
"""Messages for one note; a longer text is a file."""
_LONG = 600
"""From so many units a text is folded up."""
_MOST_MARKS = 90
"""Telegram honours a hundred entities of a message; links and mentions that it finds by itself count too."""
_BETWEEN = "\n\n"


@dataclass(frozen=True, slots=True)
class Page:
    """One message: its text, and what stands out in it."""

    text: str
    entities: tuple[MessageEntity, ...] = ()


def plain(words: str) -> Page:
    """A message of plain words, cut where it is too long for one."""
    return Page(next(iter(cut(words, TEXT_UNITS, utf16_units)), "…"))


def caption(words: str) -> Page:
    """Plain words with a file, cut where they are too long."""
    return Page(next(iter(cut(words, CAPTION_UNITS, utf16_units)), ""))


def placeholder(place: Place, note: Note, progress: Progress | None) -> Page:
    """How far a note is; None: it was just taken."""
    return plain(messages.stage(place.locale, note, progress, _audience_of(place)))


def refusal(place: Place, refused: Refusal) -> Page:
    """Why there is no text. What is left to spend is told in its owner's own chat alone."""
    return plain(messages.refusal(place.locale, refused, _audience_of(place)))


def aside(locale: str, page: Page) -> Page:
    """What the owner of a business account is told about a note in one of their chats."""
    return plain(text(locale, "aside-business", words=page.text))


def part(locale: str, number: int, of: int) -> Page:
    """What stands in a further message before its text does."""
    return Page(text(locale, "placeholder-part", number=number, of=of))


def answer_pages(place: Place, answer: Answer, form: str = "text") -> list[Page]:
    """The answer as at most MOST_PAGES messages; none where it is too long for them."""
    whole = formats.written(answer, form)
    footer = _footer(place, answer)
    room = TEXT_UNITS - utf16_units(_BETWEEN + footer)
    if utf16_units(whole) > MOST_PAGES * room:
        return []
    said = _readable(formats.pieces(answer, form, room, utf16_units)) or [text(place.locale, "answer-nothing")]
    if len(said) > MOST_PAGES:
        return []
    labels = [] if formats.has_times(form) else list(_labels(answer))
    pages = [_page(piece, own) for piece, own in _with_labels(said, whole, labels)]
    return [*pages[:-1], _with_footer(pages[-1], footer)]


def beginning(place: Place, answer: Answer, note: str, limit: int, form: str = "text") -> Page:
    """The first words of the answer, a sentence on where the rest is (`note`: its key in the catalogs), the footer."""
    ending = _BETWEEN + text(place.locale, note) + "\n" + _footer(place, answer)
    room = limit - utf16_units(ending)
    # Cutting looks at every character, so it gets no more than can be used.
    head = cut(formats.written(answer, form)[: 2 * room], room - 1, utf16_units)
    said = (_readable(head[:1]) or [""])[0]
    return Page(f"{said}…{ending}", _quote(said + "…"))


def with_file(place: Place, answer: Answer, form: str = "text") -> Page:
    """What stands under a file: its text where there is room for all of it, else its beginning."""
    whole, ending = formats.written(answer, form), _BETWEEN + _footer(place, answer)
    if is_readable(whole) and utf16_units(whole + ending) <= CAPTION_UNITS:
        return Page(whole + ending, _quote(whole))
    return beginning(place, answer, "answer-in-file", CAPTION_UNITS, form)


def single_page(place: Place, answer: Answer, form: str = "text") -> Page:
    """The answer as one message, cut where it is longer."""
    pages = answer_pages(place, answer, form)
    return pages[0] if len(pages) == 1 else beginning(place, answer, "answer-cut", TEXT_UNITS, form)


def file_of(place: Place, note: Note, answer: Answer) -> tuple[str, bytes]:
    """The text in whole as a file (name and bytes): of the form that was chosen, else as it would stand in messages."""
    title, form = title_of(place, note), note.options.format
    chosen = formats.file_of(answer, form, title)
    if chosen is not None:
        return f"{title}.{form}", chosen
    return f"{text(place.locale, 'answer-file-name')}.txt", (formats.written(answer, form) + "\n").encode()


def title_of(place: Place, note: Note) -> str:
    """What a note's files are called, before the ending."""
    return PurePath(note.media.name).stem or text(place.locale, "answer-file-name")


def _footer(place: Place, answer: Answer) -> str:
    return messages.footer(place.locale, answer, _audience_of(place))


def _audience_of(place: Place) -> Audience:
    """Who reads there besides the one who asks, and the bot."""
    if place.business:
        return Audience.CUSTOMERS
    return Audience.OWNER if place.private and not place.guest else Audience.OTHERS


def _readable(pieces: Iterable[str]) -> list[str]:
    """Those in which there is something to see: Telegram takes no others."""
    return [piece for piece in pieces if is_readable(piece)]


def _with_labels(
    pieces: list[str], whole: str, labels: list[tuple[int, int]]
) -> Iterator[tuple[str, list[tuple[int, int]]]]:
    """Each piece of the whole, with the places in it (begin, length; in characters) where speakers are named."""
    at = 0
    for piece in pieces:
        begin = max(whole.find(piece, at), at)
        at = begin + len(piece)
        yield piece, [(place - begin, length) for place, length in labels if begin <= place < at]


def _labels(answer: Answer) -> Iterator[tuple[int, int]]:
    """Where speakers are named in the whole text: each turn begins with its speaker and a colon."""
    at = 0
    for turn in turns(answer.transcript, answer.names):
        if turn.speaker is not None:
            yield at, len(turn.speaker) + 1
            at += len(turn.speaker) + 2
        at += sum(len(paragraph) + len(_BETWEEN) for paragraph in turn.paragraphs)


def _page(piece: str, labels: list[tuple[int, int]]) -> Page:
    bold = [
        MessageEntity(MessageEntity.BOLD, utf16_units(piece[:at]), utf16_units(piece[at : at + length]))
        for at, length in labels[:_MOST_MARKS]
    ]
    return Page(piece, (*_quote(piece), *bold))


def _quote(said: str) -> tuple[MessageEntity, ...]:
    """A long text is folded up."""
    size = utf16_units(said)
    return (MessageEntity(MessageEntity.EXPANDABLE_BLOCKQUOTE, 0, size),) if size >= _LONG else ()


def _with_footer(page: Page, footer: str) -> Page:
    return Page(page.text + _BETWEEN + footer, page.entities)
