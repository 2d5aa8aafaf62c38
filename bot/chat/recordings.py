"""The list of a user's recordings: each by its first words, with the way to its answer, in the reader's own time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from bot.chat.core import ChatCore
from bot.chat.pages import Mark, Page, Style
from bot.chat.platform import Limits
from bot.locales import money, text
from bot.notes.views import Standing
from bot.rendering import timestamp

_LONGEST_TITLE = 40
_BULLET, _BETWEEN = "• ", " · "


@dataclass(frozen=True, slots=True)
class Recording:
    """A note as it stands in a list."""

    standing: Standing
    beginning: str = ""
    """The first words of its text; "": it has none."""
    address: str | None = None
    """The address of its answer; None: there is none."""

    @property
    def title(self) -> str:
        """Return its first words in one line, else the name of its file."""
        words = " ".join(self.beginning.split()) or self.standing.name
        return words if len(words) <= _LONGEST_TITLE else words[:_LONGEST_TITLE].rstrip() + "…"


async def recent(core: ChatCore, account: str, most: int) -> list[Recording]:
    """Return a user's newest recordings, of all their platforms, the newest first."""
    standings = await core.notes.recent(most, await core.people.identities(account))
    beginnings = await core.answered.beginnings([one.note_id for one in standings])
    return [Recording(one, beginnings.get(one.note_id, ""), await _address_of(core, one.note_id)) for one in standings]


def line(locale: str, zone: ZoneInfo, one: Recording) -> str:
    """Return a recording's time, title, length, state and price, in one line."""
    return _BETWEEN.join([_when(zone, one), one.title, *_facts(locale, one.standing)])


def listed(locale: str, zone: ZoneInfo, recordings: Sequence[Recording], limits: Limits, above: str = "") -> Page:
    """Return a title and a line for each recording, below other words; the words alone if there are no recordings.

    A list that is too long for one message ends earlier, with the number of those that it leaves out.
    """
    for shown in range(len(recordings), 0, -1):
        page = _below(above, _lines(locale, zone, recordings[:shown]))
        if shown < len(recordings):
            page = replace(page, text=f"{page.text}\n{text(locale, 'balance-more', left=len(recordings) - shown)}")
        if limits.measure(page) <= limits.text:
            return page
    return Page(above)


def _lines(locale: str, zone: ZoneInfo, recordings: Sequence[Recording]) -> Page:
    said, marks = text(locale, "balance-recent"), list[Mark]()
    for one in recordings:
        said += f"\n{_BULLET}"
        when = _when(zone, one)
        marks.append(Mark(len(said), len(when), Style.TIME, str(int(one.standing.created_at.timestamp()))))
        if one.address:
            at = len(said) + len(when) + len(_BETWEEN)
            marks.append(Mark(at, len(one.title), Style.LINK, one.address))
        said += line(locale, zone, one)
    return Page(said, tuple(marks))


def _below(words: str, page: Page) -> Page:
    """Return a page that begins with other words, if there are any."""
    head = f"{words}\n\n" if words else ""
    moved = (Mark(mark.begin + len(head), mark.length, mark.style, mark.target) for mark in page.marks)
    return Page(head + page.text, tuple(moved))


async def _address_of(core: ChatCore, note_id: str) -> str | None:
    order = await core.notes.order(note_id)
    return None if order is None else await core.links.of(order.note, await core.notes.placeholder(note_id))


def _when(zone: ZoneInfo, one: Recording) -> str:
    return one.standing.created_at.astimezone(zone).strftime("%Y-%m-%d %H:%M")


def _facts(locale: str, note: Standing) -> list[str]:
    length = "" if note.seconds is None else timestamp(note.seconds)
    price = money(locale, note.charged) if note.charged else ""
    return [fact for fact in (length, text(locale, f"state-{note.state.value}"), price) if fact]
