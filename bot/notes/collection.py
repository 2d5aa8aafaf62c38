"""Collection of a note's text: what tickets promise is waited for, chunks are joined, and what never comes is booked.

What comes is kept before anything else happens. A ticket whose text never comes may have been charged: it is booked as
a loss of the operator.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

import structlog

from bot.domain.catalog import Catalog
from bot.domain.errors import EarmarkError, NotNow, ProviderFailed, Unanswered
from bot.domain.money import Micros
from bot.domain.note import Note
from bot.domain.ports import Clock, Transcriber
from bot.domain.transcript import Transcript
from bot.domain.waiting import Wait, WaitReason
from bot.ledger.accounts import CANCELLED
from bot.ledger.ledger import Ledger
from bot.media.chunking import join
from bot.notes.progress import ChunkProgress, ProgressReporter
from bot.notes.repository import NoteRepository
from bot.notes.steps import Prepared, Submitted
from bot.notes.views import BeforeSubmit, NoteViews, OpenNote, Submission
from bot.storage.outages import retry
from bot.support.metrics import STEP_SECONDS

log = structlog.get_logger()

_PROVIDER_AGAIN = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Collector:
    """Everything between a provider's answers and the note's transcript."""

    notes: NoteRepository
    views: NoteViews
    ledger: Ledger
    catalog: Catalog
    reporter: ProgressReporter
    transcribers: Mapping[str, Transcriber]
    clock: Clock

    async def collect(self, opened: OpenNote, prepared: Prepared, submitted: Submitted) -> Transcript | Wait:
        """Wait for the texts that tickets promise, also for a cancelled note.

        Raises the reason why there is not all of the text, when all that can come has come.
        """
        note = opened.note
        before = await self.views.before_submit(note.id)
        if before.transcript is not None:
            return before.transcript
        of = len(prepared.chunks) or before.of
        fault = None if submitted.fault is None else EarmarkError.from_json(dict(submitted.fault))
        transcriber = self.transcribers.get(name := await self.provider_of(note))
        if transcriber is None:
            return Wait(WaitReason.PROVIDER_MISSING, self.clock() + _PROVIDER_AGAIN, name)
        failed = await self._collect_all(opened, before, transcriber, of, prepared.price)
        if of == 1 and (said := await self.views.transcript(note.id)) is not None:
            return said
        whole = await self.joined(note, of)
        if whole is None:  # without a fault an earlier run was told so, and broke off before the note was refused
            raise fault or failed or ProviderFailed(reason="gave-up")
        return whole

    async def collect_promised(self, opened: OpenNote) -> None:
        """Wait for the texts that tickets promise, of a note that waits before the rest of it is submitted.

        Raises the reason why one of them never comes: the note need not wait for the rest.
        """
        before = await self.views.before_submit(opened.note.id)
        if not (before.tickets and before.is_counted) or before.is_submitted:  # what is submitted whole waits for them
            return
        transcriber = self.transcribers.get(await self.provider_of(opened.note))
        if transcriber is None:
            return
        try:
            failed = await self._collect_all(opened, before, transcriber, before.of)
        except NotNow as pause:  # they are collected after the wait
            log.info("tickets_not_collected", reason=pause.wait.reason.value)
            return
        if failed is not None:
            raise failed

    async def _collect_all(
        self, opened: OpenNote, before: BeforeSubmit, transcriber: Transcriber, of: int, price: Micros | None = None
    ) -> EarmarkError | None:
        """Wait for the texts of all tickets, and keep them; return the first reason why one of them never comes."""
        note, failed = opened.note, None
        owed = await self.ledger.statements.due(note.id, before.committed, of)
        for number, promise in sorted(before.tickets.items()):
            assert promise.ticket is not None, "that is what its state says"
            progress = ChunkProgress(number - 1, of, price, owed)
            work = transcriber.collect(promise.ticket, note.options, progress.take)
            try:
                with STEP_SECONDS.labels("collect").time():
                    said = await self.reporter.to_the_end(opened, work, progress.shown)
            except NotNow:
                raise
            except EarmarkError as error:
                await retry(partial(self._give_up, note, promise, error))
                failed = failed or error
            else:
                await self._keep_one(note, promise, said, of)
        return failed

    async def _keep_one(self, note: Note, promise: Submission, said: Transcript, of: int) -> None:
        if of == 1:
            await self.keep(note, said)
        else:
            await retry(partial(self.notes.keep_chunk, note.id, promise.attempt, said))

    async def _give_up(self, note: Note, promise: Submission, error: EarmarkError) -> None:
        """Book a ticket whose text never comes: the provider may have charged it, which is never the user's to pay."""
        is_cancelled = isinstance(error, Unanswered) and await self.views.cancel_requested(note.id)
        given_up = replace(promise, memo=CANCELLED if is_cancelled else "")
        await self.notes.give_up(note.id, given_up)  # first: an open ticket may be collected, and settled
        await self._book(note, [given_up])

    async def answered(self, note: Note) -> Transcript | None:
        """Keep and return what was transcribed of a note that ends early; None if there is nothing, or no price."""
        before = await self.views.before_submit(note.id)
        if before.transcript is not None or not before.is_held:
            return before.transcript if before.is_held else None
        said = await self.views.chunk_transcripts(note.id)
        if not said:
            return None
        joined = replace(join(said), partial=len(said) < before.of)
        await self.notes.keep_text(note.id, joined)
        return joined

    async def is_payable(self, note: Note, said: Transcript) -> bool:
        """Return True for a text, and for a charged call without one whose sound has speech by our own check."""
        if said.text.strip():
            return True
        transcriber = self.transcribers.get(await self.provider_of(note))
        return bool(said.cost) and transcriber is not None and transcriber.charges_for_silence

    async def joined(self, note: Note, of: int) -> Transcript | None:
        """Keep and return the transcript of a note in several chunks; None while one is missing."""
        said = await self.views.chunk_transcripts(note.id)
        if of == 1 or len(said) < of:
            return None
        whole = join(said)
        await retry(partial(self.notes.keep_text, note.id, whole))
        return whole

    async def keep(self, note: Note, said: Transcript) -> Transcript:
        """Keep and return the transcript of a note that is one chunk."""
        await retry(lambda: self.notes.keep_transcript(note.id, said))
        return said

    async def book_losses(self, note: Note) -> None:
        """Book all that a provider may have charged for a note that is not paid as a loss of the operator."""
        await self._book(note, (await self.views.before_submit(note.id)).submissions)

    async def book_unanswered(self, note: Note) -> None:
        """Book what a provider may have charged for calls without an answer, of a note that is paid otherwise."""
        before = await self.views.before_submit(note.id)
        await self._book(note, [one for one in before.submissions if one.state != "answered"])

    async def _book(self, note: Note, submissions: Sequence[Submission]) -> None:
        for one in submissions:
            if one.may_be_charged or one.was_lost:
                provider = await self.provider_of(note)
                await self.ledger.book_loss(note.id, one.attempt, one.cost, provider, one.memo)

    async def provider_of(self, note: Note) -> str:
        """Return the name of the provider that holds the note, also if its model left the catalog since."""
        held_by = await self.ledger.statements.provider_of(note.id)
        return held_by or self.catalog.find(note.options.model).provider
