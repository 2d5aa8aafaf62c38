"""Deduplication: the same recording, asked for with the same options, is answered from its transcript."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from bot.domain.note import Note, NoteState, Progress, Stage
from bot.domain.ports import Clock
from bot.domain.transcript import Transcript
from bot.domain.waiting import Wait, WaitReason
from bot.notes.repository import NoteRepository
from bot.notes.twins import Twin, Twins
from bot.notes.views import NoteViews, OpenNote
from bot.people.access import People
from bot.support.remembered import Bounded

T = TypeVar("T")

LOOK_AGAIN = timedelta(minutes=1)
"""The end of the note that is waited for wakes the others; this is for what a crash leaves asleep."""
LONGEST_WAIT = timedelta(minutes=2)
"""From the hold of the note that is waited for, or the start of the service, and from the first look of the one that
waits."""
_FORGOTTEN_AFTER = timedelta(minutes=10)
"""A note that looks again after so long has waited for something else meanwhile."""
_MOST_WAITING = 10_000
_LOOKED_INTO = 3
"""Transcripts of a recording, at most: the first is as good as the others, if anything was said in it."""


class Scope(StrEnum):
    """The notes whose transcripts answer a note."""

    OWN = "own"
    """Texts of the same account, and those whose answer stands in the same chat."""
    ALL = "all"
    """Texts of all users."""


@dataclass(frozen=True, slots=True)
class Deduplication:
    """Finds transcripts of a recording, and wakes the notes that wait for one."""

    notes: NoteRepository
    views: NoteViews
    twins: Twins
    people: People
    scope: Scope
    clock: Clock
    since: datetime
    """Start of the service: whatever is in work now began after it."""
    _claiming: asyncio.Lock = field(default_factory=asyncio.Lock)
    _waiting_since: Bounded[str, datetime] = field(default_factory=lambda: Bounded(_MOST_WAITING))

    async def begin(self, note: Note) -> None:
        """Write down that a note is about to be transcribed, so that later ones of the same recording wait for it."""
        if note.media.identity:
            await self.notes.show(note.id, Progress(Stage.PREPARING))

    async def find(self, opened: OpenNote) -> Transcript | Wait | None:
        """Return the transcript of the same recording, if an earlier note has one.

        Wait for a while if another note of it is in work: all that wait get its text, and it is paid once. No note
        waits for one that is queued, or waits itself: that may take as long as its user likes.
        """
        if not opened.note.media.identity:
            return None
        twins = await self._twins_of(opened)
        said = await self._said_of(twins)
        return said or self._wait_for(opened.note, [twin for twin in twins if twin.is_in_work])

    async def claim(self, opened: OpenNote, hold: Callable[[], Awaitable[T]]) -> Transcript | Wait | T:
        """Hold a note's price, unless another note of its recording has a text, or is in work: the look and the hold
        are one step, so that of two notes that begin at the same moment the second sees the hold of the first.
        """
        async with self._claiming:
            return await self.find(opened) or await hold()

    async def wake(self, ended: Note) -> bool:
        """Resume the notes that wait for this one, and those that ask for a price which its text spares; False without
        any.

        A question that stays keeps its day.
        """
        is_any = await self.let_go(ended)
        for note_id in await self.twins.asking(ended) if ended.media.identity else ():
            opened = await self.views.open_note(note_id)
            if opened is not None and await self._said_of(await self._twins_of(opened)) is not None:
                is_any |= await self.notes.resume_asking(note_id)
        return is_any

    async def let_go(self, other: Note) -> bool:
        """Resume the notes that wait for one that ended, or itself waits for its user; False without any."""
        return bool(other.media.identity) and await self.notes.resume_twins(other)

    async def _twins_of(self, opened: OpenNote) -> list[Twin]:
        """Return the notes of the same recording, asked for with the same options, that may answer this one."""
        wanted = opened.note.options.result
        twins = [twin for twin in await self.twins.of(opened) if twin.note.options.result == wanted]
        return await self._within_scope(opened.note, twins)

    async def _said_of(self, twins: Sequence[Twin]) -> Transcript | None:
        """Return the first whole text of these notes."""
        for twin in [twin for twin in twins if twin.has_transcript][:_LOOKED_INTO]:
            said = await self.views.transcript(twin.note.id)
            if said is not None and said.text.strip() and not said.partial:
                return said
        return None

    async def _within_scope(self, own: Note, twins: Sequence[Twin]) -> list[Twin]:
        users = await self.people.identities(own.user) if twins else ()
        return [twin for twin in twins if twin.note.user in users or self._is_shared(own, twin)]

    def _is_shared(self, own: Note, twin: Twin) -> bool:
        """Return True if a note of another user may answer this one; a text that was never answered is its user's."""
        if twin.has_transcript and twin.state is not NoteState.DONE:
            return False
        return self.scope is Scope.ALL or (own.is_in_chat_of(twin.note) and twin.note.is_public and twin.is_posted)

    def _wait_for(self, note: Note, in_work: Sequence[Twin]) -> Wait | None:
        """Return the wait for one of these notes; None without any, and if that has taken too long."""
        if not in_work:
            return None
        now = self.clock()
        until = max(max(twin.held_at or now, self.since) + LONGEST_WAIT for twin in in_work)
        until = min(until, self._first_look(note.id, now) + LONGEST_WAIT, now + LOOK_AGAIN)
        return Wait(WaitReason.SAME_RECORDING, until) if until > now else None

    def _first_look(self, note_id: str, now: datetime) -> datetime:
        """Return the time since which a note waits for others; a restart of the service begins anew."""
        since = self._waiting_since.get(note_id)
        if since is None or now - since > _FORGOTTEN_AFTER:
            since = self._waiting_since[note_id] = now
        return since
