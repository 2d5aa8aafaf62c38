"""Deduplication: the same recording, asked for with the same options, is answered from its transcript."""

from dataclasses import dataclass
from datetime import timedelta

from bot.domain.note import Note, Stage
from bot.domain.ports import Clock
from bot.domain.transcript import Transcript
from bot.domain.waiting import Wait, WaitReason
from bot.notes.repository import NoteRepository
from bot.notes.views import NoteViews, OpenNote, Twin

LOOK_AGAIN = timedelta(minutes=1)
"""The end of the note that is waited for wakes the others; this is for what a crash leaves asleep."""
_LOOKED_INTO = 3
"""Transcripts of a recording, at most: the first is as good as the others, if anything was said in it."""
_WAITS = (Stage.ASKING, Stage.WAITING)


@dataclass(frozen=True, slots=True)
class Deduplication:
    """Finds transcripts of a recording, and wakes the notes that wait for one."""

    notes: NoteRepository
    views: NoteViews
    clock: Clock

    async def find(self, opened: OpenNote) -> Transcript | Wait | None:
        """Return the transcript of the same recording, if an earlier note has one.

        Wait while an earlier note is being transcribed: all that wait for a recording get its text, and it is paid
        once. No note waits for one that itself waits for something.
        """
        if not opened.note.media.identity:
            return None
        wanted = opened.note.options.result
        twins = [twin for twin in await self.views.twins(opened) if twin.options.result == wanted]
        for twin in [twin for twin in twins if twin.has_transcript][:_LOOKED_INTO]:
            said = await self.views.transcript(twin.note_id)
            if said is not None and said.text.strip() and not said.partial:
                return said
        if any(not twin.has_transcript and self._is_at_work(twin) for twin in twins):
            return Wait(WaitReason.SAME_RECORDING, self.clock() + LOOK_AGAIN)
        return None

    async def wake(self, ended: Note) -> bool:
        """Resume the notes that wait for this recording, or ask for its price; False without any."""
        return await self._resume(ended, *_WAITS)

    async def let_go(self, asking: Note) -> bool:
        """Resume the notes that wait for one that itself waits for a user; False without any."""
        return await self._resume(asking, Stage.WAITING)

    async def _resume(self, other: Note, *stages: Stage) -> bool:
        identity = other.media.identity
        return bool(identity) and await self.notes.resume(identity, stages, but=other.id)

    def _is_at_work(self, twin: Twin) -> bool:
        """Return True if a note without a transcript is about to get one: it waits for no user and no later time."""
        return twin.stage not in _WAITS or twin.not_before is None or twin.not_before <= self.clock()
