"""Layout of placeholders, refusals and texts as pages within the limits of the place where they are shown. Pure.

A text has several ways to be shown, the best first. Each later way needs less of the platform: no file, no room beside
the message, or no other text than the message's own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

from bot.chat import messages
from bot.chat.pages import File, Mark, Page, Style
from bot.chat.platform import Destination, Limits
from bot.domain.note import Answer, Note, Progress, Refusal
from bot.locales import text
from bot.rendering import cut, formats, is_readable, turns

Way = tuple[Page, ...]
"""The messages that show a text, from top to bottom."""

_LONG = 600
"""From so many units on a text is quoted, which a platform may fold."""
_BETWEEN = "\n\n"
_CUT = "… "
_LEAST_HEARD = 40
"""Characters of a text so far that are worth a message."""
_MOST_UNITS = 2
"""Of a character: beyond the first 65,536 it counts twice, and before others a platform may put a backslash."""
_FILLERS = "\u1100"
"""From here on there are letters that are invisible."""


def plain(words: str, limits: Limits) -> Page:
    """Return a message of plain words, cut if they are too long for one."""
    if _is_short(words, limits):
        return Page(words)
    # Cutting looks at every character, so it gets no more than can be used.
    head = next(iter(cut(words[: 2 * limits.text], limits.text, limits.length)), "")
    return Page(head if is_readable(head) else "…")


def fitting(page: Page, limits: Limits) -> Page:
    """Return a page as one message: cut if its words are too long, and without the last marks if those are."""
    words = plain(page.text, limits)
    kept = len(words.text) if page.text.startswith(words.text) else 0
    marks = tuple(mark for mark in page.marks if mark.begin + mark.length <= kept)
    while marks and limits.measure(Page(words.text, marks)) > limits.text:
        marks = marks[:-1]
    return replace(words, marks=marks, file=page.file)


def _is_short(words: str, limits: Limits) -> bool:
    """Return True for words that certainly fit, and certainly are visible: nearly all that a bot says."""
    first, last = words[:1], words[-1:]
    return _MOST_UNITS * len(words) <= limits.text and first.isalnum() and first < _FILLERS and not last.isspace()


def placeholder(to: Destination, note: Note, progress: Progress | None) -> Page:
    """Return the page of a note's progress, with the end of its text so far; None: it was just taken."""
    stage = messages.stage(to.locale, note, progress, to.audience)
    if progress is None or not progress.heard:
        return plain(stage, to.limits)
    head = _BETWEEN.join((stage, text(to.locale, "placeholder-heard")))
    room = to.limits.text // _MOST_UNITS - len(head) - len(_BETWEEN)
    return plain(_BETWEEN.join((head, _end_of(progress.heard, room))) if room >= _LEAST_HEARD else stage, to.limits)


def _end_of(words: str, room: int) -> str:
    """Return the last whole words that fit into so many characters."""
    if len(words) <= room:
        return words
    end = words[len(words) - room + len(_CUT) :]
    return _CUT + end.partition(" ")[2] if " " in end else _CUT + end


def part(to: Destination, number: int, of: int) -> Page:
    """Return the page of a further message before its text is in it."""
    return plain(text(to.locale, "placeholder-part", number=number, of=of), to.limits)


def refusal(to: Destination, refused: Refusal) -> Page:
    """Return the reason why there is no text."""
    return plain(messages.refusal(to.locale, refused, to.audience), to.limits)


def aside(to: Destination, words: str) -> Page:
    """Return what the asker is told about a note in a chat that others read."""
    return plain(text(to.locale, "aside-business", words=words), to.limits)


def aside_to_sender(to: Destination, words: str) -> Page:
    """Return what the sender of a file is told about it alone, in a chat that transcribes all."""
    return plain(text(to.locale, "aside-unasked", words=words), to.limits)


def title_of(locale: str, note: Note) -> str:
    """Return the name of a note's files, without the ending."""
    return PurePath(note.media.name).stem or text(locale, "answer-file-name")


def answer(to: Destination, note: Note, answer: Answer) -> list[Way]:
    """Return the ways to show a text, the best first. A text of hours takes a while."""
    said = _Said.of(to, note, answer)
    texts, file = said.as_texts(), said.with_file()
    if not to.limits.files:
        return texts or [(said.beginning("answer-cut", to.limits.text),)]
    if said.fits_beside_file:  # a message takes it as it is, whatever stood there before
        return [(file,), *texts] if said.comes_as_file else texts
    ways = [(file,), *texts] if said.comes_as_file else [*texts, (file,)]
    return [*ways, (said.beginning("answer-by-buttons", to.limits.text),)]


@dataclass(frozen=True, slots=True)
class _Said:
    """An answer's text, and what stands below it."""

    to: Destination
    note: Note
    answer: Answer
    whole: str
    labels: tuple[Mark, ...]
    footer: str

    @staticmethod
    def of(to: Destination, note: Note, answer: Answer) -> "_Said":
        form = note.options.format
        whole, labels = formats.written(answer, form), () if formats.has_times(form) else tuple(_labels(answer))
        if not is_readable(whole):
            whole, labels = text(to.locale, "answer-nothing"), ()
        return _Said(to, note, answer, whole, labels, messages.footer(to.locale, answer, to.audience, note.options))

    @property
    def comes_as_file(self) -> bool:
        return formats.is_file(self.note.options.format)

    @property
    def fits_beside_file(self) -> bool:
        """Return True if all of the text has room in a message with a file."""
        return self._in_one(self.to.limits.caption) is not None

    def as_texts(self) -> list[Way]:
        """Return the ways to show all of the text without a file; none if it is too long for them."""
        in_one = self._in_one(self.to.limits.text)
        if in_one is not None:
            return [(in_one,)]
        several = self._in_several()
        if several:
            return [several]
        folded = self._folded()
        return [] if folded is None else [(folded,)]

    def with_file(self) -> Page:
        """Return the page with the file, and as much of the text as there is room for."""
        limit = self.to.limits.caption
        page = self._in_one(limit) or self.beginning("answer-in-file", limit)
        return replace(page, file=self._file())

    def beginning(self, key: str, limit: int) -> Page:
        """Return the first words, a sentence that says where the rest is (`key`: in the catalogs), and the footer."""
        limits = self.to.limits
        ending = _BETWEEN + text(self.to.locale, key) + "\n" + self.footer
        room = limit - limits.measure(Page("…" + ending))
        head = next(iter(cut(self.whole[: 2 * room], room, limits.length)), "")
        shown = (head if is_readable(head) else "") + "…"
        return Page(shown + ending, self._quote(shown))

    def _file(self) -> File:
        """Return the text as the file that was chosen, else as it would stand in messages."""
        form, title = self.note.options.format, title_of(self.to.locale, self.note)
        ending = messages.cut_short(self.to.locale, self.answer)
        chosen = formats.file_of(self.answer, form, title, ending)
        if chosen is not None:
            return File(f"{title}.{form}", chosen)
        return File(f"{text(self.to.locale, 'answer-file-name')}.txt", formats.as_txt(self.whole, ending))

    def _in_one(self, limit: int) -> Page | None:
        """Return text and footer in one message; None if there is no room for them."""
        if len(self.whole) > limit:
            return None
        return self._within(limit, self._page(self.whole, self.labels, _BETWEEN + self.footer))

    def _in_several(self) -> Way:
        """Return the text in as many messages as there may be, the last with the footer; none if that is too few."""
        limits, ending = self.to.limits, _BETWEEN + self.footer
        room = limits.text - limits.measure(Page(ending))
        if limits.pages == 1 or len(self.whole) > limits.pages * room:
            return ()
        pieces = formats.pieces(self.answer, self.note.options.format, room, limits.length)
        readable = [piece for piece in pieces if is_readable(piece)]
        if not 0 < len(readable) <= limits.pages:
            return ()
        *first, (last, labels) = _with_labels(readable, self.whole, self.labels)
        pages = [*(self._page(piece, own) for piece, own in first), self._page(last, labels, ending)]
        return tuple(self._within(limits.text, page) or page for page in pages)

    def _folded(self) -> Page | None:
        """Return the text to be shown beside the footer; None if the platform cannot, or has no room for it."""
        if len(self.whole) > self.to.limits.folded:
            return None
        said = self._within(self.to.limits.folded, self._page(self.whole, self.labels))
        return said and replace(said, text=said.text + _BETWEEN + self.footer)

    def _within(self, limit: int, page: Page) -> Page | None:
        """Return the page, without emphasis if there is no room for it; None if there is none for the text."""
        bare = replace(page, marks=tuple(mark for mark in page.marks if mark.style is not Style.BOLD))
        return next((one for one in (page, bare) if self.to.limits.measure(one) <= limit), None)

    def _page(self, said: str, labels: Sequence[Mark], ending: str = "") -> Page:
        return Page(said + ending, (*self._quote(said), *labels[: self.to.limits.bold]))

    def _quote(self, said: str) -> tuple[Mark, ...]:
        return (Mark(0, len(said), Style.QUOTE),) if self.to.limits.length(said) >= _LONG else ()


def _labels(answer: Answer) -> Iterator[Mark]:
    """Yield the places of the speakers in the whole text: each turn begins with its speaker and a colon."""
    at = 0
    for turn in turns(answer.transcript, answer.names):
        if turn.speaker is not None:
            yield Mark(at, len(turn.speaker) + 1)
            at += len(turn.speaker) + 2
        at += sum(len(paragraph) + len(_BETWEEN) for paragraph in turn.paragraphs)


def _with_labels(pieces: Sequence[str], whole: str, labels: Sequence[Mark]) -> Iterator[tuple[str, Sequence[Mark]]]:
    """Yield each piece of the whole with the labels in it, counted from its own beginning."""
    at = 0
    for piece in pieces:
        begin = max(whole.find(piece, at), at)
        at = begin + len(piece)
        yield piece, [replace(mark, begin=mark.begin - begin) for mark in labels if begin <= mark.begin < at]
