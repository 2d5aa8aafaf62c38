"""What Earmark says, as messages of Discord. Pure.

All text is escaped: whatever somebody said, nothing in it is read as anything but text. One note has one message, so a
long text moves from the content into an embed, and from there into a file. Lengths are UTF-16 units: Discord counts
characters, of which there are never more.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath

from adapters.discord.escaping import escape, escaped_units
from adapters.discord.places import Place, place_of
from bot.chat import messages
from bot.chat.messages import Audience
from bot.domain.note import Answer, Note, Progress, Refusal
from bot.locales import text
from bot.rendering import cut, formats, is_readable, turns, utf16_units

CONTENT_UNITS = 2000
EMBED_UNITS = 4096
_BETWEEN = "\n\n"


@dataclass(frozen=True, slots=True)
class Page:
    """One message: its content, the description of its embed, its file (name and bytes)."""

    content: str = ""
    embed: str = ""
    file: tuple[str, bytes] | None = None


def plain(words: str) -> Page:
    """A message of plain words, cut where it is too long for one."""
    # Cutting looks at every character, so it gets no more than can be used.
    said = escape(next(iter(cut(words[: 2 * CONTENT_UNITS], CONTENT_UNITS, escaped_units)), ""))
    return Page(said if is_readable(said) else "…")


def placeholder(place: Place, note: Note, progress: Progress | None) -> Page:
    """How far a note is; None: it was just taken."""
    return plain(messages.stage(place.locale, note, progress, audience_of(note)))


def refusal(note: Note, refused: Refusal) -> Page:
    """Why there is no text. What is left to spend is told where its owner alone reads it."""
    return plain(messages.refusal(place_of(note).locale, refused, audience_of(note)))


def answer(note: Note, answer: Answer) -> list[Page]:
    """The ways to show an answer, the best first: each later one needs less room, or fewer permissions."""
    place, form = place_of(note), note.options.format
    whole = formats.written(answer, form)
    if not is_readable(whole):
        whole = text(place.locale, "answer-nothing")
    footer = escape(messages.footer(place.locale, answer, audience_of(note)))
    labels = [] if formats.has_times(form) else list(_labels(answer))
    title = title_of(place, note)
    chosen = formats.file_of(answer, form, title)
    in_content = _within(whole, labels, CONTENT_UNITS - utf16_units(_BETWEEN + footer))
    if in_content is not None:
        words = in_content + _BETWEEN + footer
        return [*([Page(words, file=(f"{title}.{form}", chosen))] if chosen is not None else []), Page(words)]
    beginning = _beginning(place, whole, footer, "answer-in-file")
    in_embed = _within(whole, labels, EMBED_UNITS)
    as_embed = [] if in_embed is None else [Page(footer, embed=in_embed)]
    if chosen is not None:
        ways = [Page(beginning, file=(f"{title}.{form}", chosen)), *as_embed]
    else:
        name = f"{text(place.locale, 'answer-file-name')}.txt"
        ways = [*as_embed, Page(beginning, file=(name, (whole + "\n").encode()))]
    return [*ways, Page(_beginning(place, whole, footer, "answer-by-buttons"))]


def title_of(place: Place, note: Note) -> str:
    """What a note's files are called, before the ending."""
    return PurePath(note.media.name).stem or text(place.locale, "answer-file-name")


def audience_of(note: Note) -> Audience:
    """Who reads there besides the one who asks, and the bot. What a server has left is not for each of its people."""
    return Audience.OWNER if place_of(note).private and not note.payer else Audience.OTHERS


def _beginning(place: Place, whole: str, footer: str, note: str) -> str:
    """The first words, a sentence on where the rest is (`note`: its key in the catalogs), the footer."""
    ending = _BETWEEN + escape(text(place.locale, note)) + "\n" + footer
    room = CONTENT_UNITS - utf16_units("…" + ending)
    head = cut(whole[: 2 * room], room, escaped_units)[0]
    said = escape(head) if is_readable(head) else ""
    return f"{said}…{ending}"


def _within(whole: str, labels: list[tuple[int, int]], room: int) -> str | None:
    """The text escaped, with its speakers in bold where there is room for that too; None where there is none for it."""
    if len(whole) > room:
        return None
    for shown in (_with_bold(whole, labels), escape(whole)):
        if utf16_units(shown) <= room:
            return shown
    return None


def _with_bold(whole: str, labels: list[tuple[int, int]]) -> str:
    parts, at = [], 0
    for begin, length in labels:
        parts += [escape(whole[at:begin]), f"**{escape(whole[begin : begin + length])}**"]
        at = begin + length
    return "".join([*parts, escape(whole[at:])])


def _labels(answer: Answer) -> Iterator[tuple[int, int]]:
    """Where speakers are named in the whole text (begin, length): each turn begins with its speaker and a colon."""
    at = 0
    for turn in turns(answer.transcript, answer.names):
        if turn.speaker is not None:
            yield at, len(turn.speaker) + 1
            at += len(turn.speaker) + 2
        at += sum(len(paragraph) + len(_BETWEEN) for paragraph in turn.paragraphs)
