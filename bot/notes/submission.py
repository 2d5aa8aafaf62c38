"""Submission of a note's sound to a provider: whole, by a link, or in chunks.

A provider that is paid cannot be asked twice for free. So before each submit an intent is written down, and what comes
back is kept before anything else happens. From the intent on, a cancel does not interrupt the call: its result decides
who pays. A submit whose answer never came may have been charged: it is booked as a loss of the operator before the
chunk is submitted once more.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import structlog

from bot.domain.audio import Accepts, Audio, Chunk
from bot.domain.catalog import Catalog
from bot.domain.errors import (
    Cancelled,
    EarmarkError,
    NeedsLink,
    NoSpeech,
    NotNow,
    StoreDown,
    Unanswered,
)
from bot.domain.money import Micros
from bot.domain.note import Note, Progress, Stage, Ticket
from bot.domain.ports import Clock, MediaStore, Transcriber
from bot.domain.transcript import Transcript
from bot.domain.waiting import Wait, WaitReason
from bot.ledger.accounts import CANCELLED
from bot.ledger.ledger import Ledger
from bot.media.chunking import cut
from bot.media.ffmpeg import PassThrough, map_disk_full, plan
from bot.media.prepare import Media
from bot.notes.collection import Collector
from bot.notes.deaths import Deaths
from bot.notes.progress import ChunkProgress, ProgressReporter
from bot.notes.repository import NoteRepository
from bot.notes.steps import Prepared, QuotedChunk, Submitted
from bot.notes.views import BeforeSubmit, NoteViews, OpenNote
from bot.notes.waiting_notes import WaitingNotes
from bot.storage.outages import retry
from bot.support.files import Room, digest_of, private_folder
from bot.support.metrics import STEP_SECONDS

log = structlog.get_logger()

LINK_SECONDS = 6 * 3600.0
"""Life of a link to a recording: a provider fetches it soon, or never."""
ATTEMPTS = 3
"""Submits of a chunk that never gets an answer, restarts included; each may cost the operator its price."""
AGAIN_SECONDS = 2.0
"""Pause before the next of them: what lost the answer may be about to pass."""
_LINK_AGAIN = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Submitter:
    """Everything between a note and its provider."""

    notes: NoteRepository
    views: NoteViews
    waiting: WaitingNotes
    collector: Collector
    ledger: Ledger
    catalog: Catalog
    media: Media
    reporter: ProgressReporter
    transcribers: Mapping[str, Transcriber]
    store: MediaStore | None
    """The store of large media while a provider fetches it; None: it is cut into chunks instead."""
    spool: Path
    room: Room
    largest: int
    """Bytes; larger files are not fetched."""
    clock: Clock
    deaths: Deaths
    knife: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(2))
    """Recordings that are cut at once: each takes up to 90 MB of memory."""

    def transcriber(self, note: Note) -> Transcriber:
        return self.transcribers[self.catalog.find(note.options.model).provider]

    def folder(self, note: Note) -> Path:
        return self.spool / note.id

    async def prepare(self, opened: OpenNote) -> list[Chunk]:
        """Return the note's media on disk, probed, in a form that the provider takes; one chunk if that can be.

        Raises NotNow while the provider takes nothing, BadMedia, NeedsLink, DiskFull.
        """
        await self._queue_behind(opened)
        await self.transcriber(opened.note).check_open()
        return await self._on_disk(opened)

    async def _queue_behind(self, opened: OpenNote) -> None:
        """Raise NotNow for a new note whose user has earlier ones that wait for the provider: it waits with them."""
        if opened.waited or self.transcriber(opened.note).repeatable:  # what this machine does waits for no provider
            return
        wait = await self.waiting.before(opened.note, opened.taken_at)
        if wait is not None:
            raise NotNow(wait.reason, wait.until, wait.name)

    async def _on_disk(self, opened: OpenNote) -> list[Chunk]:
        note, transcriber = opened.note, self.transcriber(opened.note)
        stage = Stage.FETCHING
        folder = self.folder(note)

        async def work() -> list[Chunk]:
            nonlocal stage
            await asyncio.to_thread(private_folder, folder)
            await asyncio.to_thread(self.room.assign, folder, note.user)
            with STEP_SECONDS.labels("fetch").time():
                path = await self.reporter.adapter(note).fetch(note, folder, self.largest)
            if note.media.has_many_ids:
                await self.notes.keep_sound_hash(note.id, await asyncio.to_thread(digest_of, path))
            stage = Stage.PREPARING
            with STEP_SECONDS.labels("prepare").time():
                audio = await self._linked(note, path)
                if audio is None:
                    audio = await self.media.prepare(path, self._accepts(note), folder)
                if transcriber.charges_for_silence and not await self.media.has_speech(audio):
                    raise NoSpeech
                return await self._chunks(note, audio, folder)

        with map_disk_full():
            return await self.reporter.during(opened, work(), lambda: Progress(stage))

    async def _linked(self, note: Note, path: Path) -> Audio | None:
        """Return the file as it is, behind its platform's own link, if it is too large to be submitted directly and
        the provider fetches it from there as it is."""
        accepts = self.transcriber(note).accepts(note.options.model)
        size = (await asyncio.to_thread(path.stat)).st_size
        if accepts.linked_bytes is None or accepts.bytes is None or size <= accepts.bytes:
            return None
        link = await self.reporter.adapter(note).link(note, LINK_SECONDS)
        if link is None:
            return None
        audio = await self.media.inspect(path)
        is_taken = isinstance(plan(audio, replace(accepts, bytes=accepts.linked_bytes)), PassThrough)
        return replace(audio, link=link) if is_taken else None

    async def _chunks(self, note: Note, audio: Audio, folder: Path) -> list[Chunk]:
        accepts = self._accepts(note)
        if accepts.bytes is None or audio.bytes <= accepts.bytes or audio.link is not None:
            return [Chunk(0.0, audio)]
        if note.options.speakers:
            raise NeedsLink
        async with self.knife:
            return await cut(self.media, audio, accepts.bytes, folder)

    def quoted(self, note: Note, chunks: Sequence[Chunk]) -> tuple[QuotedChunk, ...]:
        """Return the chunks as they may be recorded, each with its price by the provider's list."""
        return tuple(
            QuotedChunk(
                chunk.start,
                replace(chunk.audio, link=None if chunk.audio.link is None else ""),
                self.catalog.quote(note.options, chunk.audio.seconds).cost,
            )
            for chunk in chunks
        )

    async def submit(self, opened: OpenNote, prepared: Prepared) -> Transcript | Submitted | Wait:
        """Submit what was not submitted before a crash. What was promised before a fault is collected all the same."""
        try:
            return await self._submit_all(opened, prepared)
        except NotNow:
            raise
        except EarmarkError as error:
            if not (await self.views.before_submit(opened.note.id)).tickets:
                raise
            return Submitted(error.to_json())

    async def _submit_all(self, opened: OpenNote, prepared: Prepared) -> Transcript | Submitted | Wait:
        note, of = opened.note, len(prepared.chunks)
        for number, chunk in enumerate(prepared.chunks, 1):
            before = await self.views.before_submit(note.id)
            if before.transcript is not None:
                return before.transcript
            if number in before.answered or number in before.tickets:
                continue
            progress = ChunkProgress(number - 1, of, prepared.price)
            outcome = await self._until_answered(opened, chunk, number, progress, before)
            if isinstance(outcome, Wait):
                return outcome
            if isinstance(outcome, Transcript) and of == 1:
                return await self.collector.keep(note, outcome)
        whole = await self.collector.joined(note, of)
        return Submitted() if whole is None else whole

    async def _until_answered(
        self, opened: OpenNote, chunk: QuotedChunk, number: int, progress: ChunkProgress, before: BeforeSubmit
    ) -> Transcript | Submitted | Wait:
        lost = sum(one.was_lost for one in before.attempts(number))
        while lost < ATTEMPTS:
            if before.cancelled:
                raise Cancelled
            try:
                return await self._submit_chunk(opened, chunk, number, progress, before)
            except Unanswered:
                lost += 1
                log.warning("submit_unanswered", attempt=before.next_attempt)
                await asyncio.sleep(AGAIN_SECONDS)
                before = await self.views.before_submit(opened.note.id)
        raise Unanswered

    async def _submit_chunk(
        self, opened: OpenNote, chunk: QuotedChunk, number: int, progress: ChunkProgress, before: BeforeSubmit
    ) -> Transcript | Submitted | Wait:
        note, transcriber = opened.note, self.transcriber(opened.note)
        audio = await self._to_submit(opened, chunk, number)
        if isinstance(audio, Wait):
            return audio
        if transcriber.repeatable:
            with STEP_SECONDS.labels("transcribe").time():
                work = self._counted_call(note, audio, progress)
                outcome = await self.reporter.during(opened, work, progress.shown)
            assert isinstance(outcome, Transcript), "a provider that can be asked again needs no tickets"
            return outcome
        for lost in before.attempts(number):
            if lost.state == "intended":  # it may have arrived, and been charged: never the user's to pay
                await self.ledger.book_loss(note.id, lost.attempt, lost.cost, transcriber.name)
        attempt = before.next_attempt
        committed = Micros(before.committed_beside(number) + chunk.cost)
        progress.owed = await self.ledger.statements.due(note.id, committed, progress.of)
        if not await self.notes.intend(note.id, attempt, chunk.cost, number, progress.of, chunk.start):
            raise Cancelled
        outcome = await self._outcome(opened, audio, progress, attempt, chunk.cost)
        if isinstance(outcome, Ticket):
            await retry(partial(self.notes.keep_ticket, note.id, attempt, outcome))
            return Submitted()
        if progress.of > 1:
            await retry(partial(self.notes.keep_chunk, note.id, attempt, outcome))
        return outcome

    async def _outcome(
        self, opened: OpenNote, audio: Audio, progress: ChunkProgress, attempt: int, cost: Micros
    ) -> Transcript | Ticket:
        """Make the call that was intended. A cancel does not stop it: its outcome decides who pays."""
        note = opened.note
        try:
            with STEP_SECONDS.labels("transcribe").time():
                return await self.reporter.to_the_end(opened, self._call(note, audio, progress), progress.shown)
        except Unanswered:  # it may be charged all the same
            if await self.reporter.is_cancelled(opened):
                name = self.transcriber(note).name
                await retry(partial(self.ledger.book_loss, note.id, attempt, cost, name, CANCELLED))
            raise
        except EarmarkError:
            await retry(partial(self.notes.close_submission, note.id, attempt))
            raise

    async def _to_submit(self, opened: OpenNote, chunk: QuotedChunk, number: int) -> Audio | Wait:
        """Return a chunk's sound, on this machine, and behind a link if it is too large to be submitted directly."""
        note, audio = opened.note, chunk.audio
        if not await asyncio.to_thread(audio.path.is_file):  # as after a move to another machine
            audio = (await self._on_disk(opened))[number - 1].audio
        direct = self.transcriber(note).accepts(note.options.model).bytes
        if direct is None or audio.bytes <= direct:
            return audio
        if audio.link is not None and (link := await self.reporter.adapter(note).link(note, LINK_SECONDS)):
            return replace(audio, link=link)
        if self.store is None:  # there was one when it was prepared; begun anew, it is prepared in another way
            return Wait(WaitReason.NO_LINK, self.clock() + _LINK_AGAIN)
        link = await self.store.publish(note.id, audio.path, audio.mime, LINK_SECONDS)
        return replace(audio, link=link)

    async def _call(self, note: Note, audio: Audio, progress: ChunkProgress) -> Transcript | Ticket:
        return await self.transcriber(note).submit(audio, note.options, progress.take, note.user)

    async def _counted_call(self, note: Note, audio: Audio, progress: ChunkProgress) -> Transcript | Ticket:
        """Make a call whose work is done in this process, which a recording may end."""
        async with self.deaths.counted(note.id):
            return await self._call(note, audio, progress)

    async def withdraw(self, note: Note) -> None:
        """Make the link to a note's media fail, if there is one."""
        if self.store is None:
            return
        try:
            await self.store.withdraw(note.id)
        except StoreDown:  # it expires, and is swept
            log.warning("link_not_withdrawn")

    def _accepts(self, note: Note) -> Accepts:
        """Return what can be submitted, directly or by a link."""
        accepts = self.transcriber(note).accepts(note.options.model)
        if self.store is None or accepts.linked_bytes is None or accepts.bytes is None:
            return accepts
        return replace(accepts, bytes=max(accepts.bytes, accepts.linked_bytes))
