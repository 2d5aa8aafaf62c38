"""Changes of a finished text: hide its labels, rename its speakers, transcribe the recording once more."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.chat.queries import Queries, Result, again
from bot.domain.billing import Quote
from bot.domain.catalog import Catalog
from bot.domain.money import Micros
from bot.domain.note import INSTEAD, UNASKED, Note, NoteState, Options
from bot.domain.transcript import Transcript
from bot.notes.intake import Intake
from bot.notes.views import NoteViews
from bot.people.preferences import with_speakers

LONGEST_NAME = 40
"""Characters of a speaker's name."""
_RETRY = "/retry"
"""Tells the run of a retry from the first in the note's key."""
_MOST_RUNS = 100
"""Attempts at one run that keeps failing."""


@dataclass(frozen=True, slots=True)
class Reruns:
    """Further runs of recordings. `wanted` is "on" (speakers told apart), or the code of another language."""

    notes: NoteViews
    queries: Queries
    catalog: Catalog
    intake: Intake

    def options(self, note: Note, wanted: str) -> Options:
        """Return the options of another run."""
        if wanted != "on":
            return replace(note.options, language=wanted)
        options = with_speakers(note.options, self.catalog)
        return options if options.speakers else replace(options, speakers=True)  # refused with the reason

    def quote(self, result: Result, wanted: str) -> Quote:
        """Return the most that it would cost. Raises BadOptions."""
        return self.queries.quote(self.options(result.note, wanted), result.answer.transcript.seconds)

    async def begin(self, note: Note, wanted: str, price: Micros, message: str) -> bool:
        """Transcribe a recording again; False if the same was asked for before and has not failed.

        `note` is the first, with its user, place and details as they are to be for this run, and no payer; `price` is
        the agreed one; `message` tells the run from the first in the note's key. Raises what Intake.accept does.
        """
        options = replace(self.options(note, wanted), ask_above=price)
        fresh = replace(note, details=_without(note.details, INSTEAD))  # it stands beside the first
        return await self.intake.accept(again(fresh, options, await self._free_key(fresh, message)))

    async def retry(self, note: Note, instead: str) -> bool:
        """Transcribe a recording whose run failed once more, as it was asked for; False if that was begun before.

        The run is asked for, also if the first was not. Its placeholder takes the place of the message `instead`, if
        there is one. Raises what Intake.accept does.
        """
        details = _without(note.details, UNASKED, INSTEAD)
        if instead:
            details[INSTEAD] = instead
        asked = replace(note, details=details, payer="")
        message = note.key.message.partition(_RETRY)[0] + _RETRY
        return await self.intake.accept(again(asked, note.options, await self._free_key(asked, message)))

    async def _free_key(self, note: Note, message: str) -> str:
        """Return the key of a run: the same for the same request, unless that failed before."""
        for number in range(1, _MOST_RUNS):
            tried = message if number == 1 else f"{message}/{number}"
            standing = await self.notes.standing(again(note, note.options, tried).id)
            if standing is None or standing.state not in (NoteState.FAILED, NoteState.CANCELLED):
                return tried
        return message

    async def rename(self, note_id: str, speaker: str, called: str) -> Result | None:
        """Rename a speaker and return the new text. An empty name, or the label itself, restores the label."""
        name = " ".join(called.split())[:LONGEST_NAME]
        await self.queries.rename(note_id, speaker, "" if name == speaker else name)
        return await self.queries.result(note_id)


def _without(details: Mapping[str, str], *keys: str) -> dict[str, str]:
    return {key: value for key, value in details.items() if key not in keys}


def labels_in(said: Transcript) -> list[str]:
    """Return the speakers in order of their first words."""
    return list(dict.fromkeys(segment.speaker for segment in said.segments if segment.speaker))


def without_labels(result: Result) -> Result:
    """Return the same text as one speaker's."""
    said = result.answer.transcript
    plain_segments = tuple(replace(segment, speaker=None) for segment in said.segments)
    note = replace(result.note, options=replace(result.note.options, speakers=False))
    return replace(result, note=note, answer=replace(result.answer, transcript=replace(said, segments=plain_segments)))
