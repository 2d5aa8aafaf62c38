"""How the sound of a note comes to a provider, and its text back: whole, by a link, or in pieces.

A provider that is paid cannot be asked twice for free. So before each submit an intent is written down, and what comes
back is kept before anything else happens. A submit whose answer never came may have been charged: it is booked as the
house's loss before the piece is handed over once more.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import structlog

from bot.domain.audio import Accepts, Audio, Chunk
from bot.domain.catalog import Catalog
from bot.domain.errors import (
    Cancelled,
    EarmarkError,
    NeedsLink,
    NoSpeech,
    NotNow,
    ProviderFailed,
    StoreDown,
    Unanswered,
)
from bot.domain.money import Micros
from bot.domain.note import Note, Progress, Stage, Ticket
from bot.domain.ports import Clock, MediaStore, Transcriber
from bot.domain.transcript import Transcript
from bot.ledger.ledger import Ledger
from bot.media.chunking import cut, join
from bot.media.conversion import PassThrough, plan
from bot.media.ffmpeg import map_disk_full
from bot.media.prepare import Media
from bot.notes.progress import MOST_SECONDS, ProgressReporter
from bot.notes.repository import BeforeSubmit, Notes, Task
from bot.support.logs import STEP_SECONDS
from bot.support.retry import retry

log = structlog.get_logger()

FETCH_SECONDS = 3600.0
COLLECT_SECONDS = 5 * 24 * 3600.0
"""More than any transcriber waits for a ticket's text: it knows better how long that may take."""
ATTEMPTS = 3
"""How often a piece is handed over where no answer to it ever comes, restarts included; each may cost the house its
price."""
AGAIN_SECONDS = 2.0
"""Before the next of them: what lost the answer may be about to pass."""


@dataclass(frozen=True, slots=True)
class Submitter:
    """Everything that stands between a note and its provider."""

    notes: Notes
    ledger: Ledger
    catalog: Catalog
    media: Media
    reporter: ProgressReporter
    transcribers: Mapping[str, Transcriber]
    store: MediaStore | None
    """Where large media stands while a provider fetches it; None: it is cut into pieces instead."""
    spool: Path
    largest: int
    """Bytes; larger files are not fetched."""
    clock: Clock
    knife: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(2))
    """How many recordings are cut at once: each takes up to 90 MB of memory."""

    def transcriber(self, note: Note) -> Transcriber:
        return self.transcribers[self.catalog.find(note.options.model).provider]

    def folder(self, note: Note) -> Path:
        return self.spool / note.id

    async def ready(self, task: Task) -> list[Chunk]:
        """The note's media on disk, looked at, in a form that the provider takes; one piece wherever that can be.

        Raises NotNow while the provider takes nothing, BadMedia, NeedsLink, DiskFull.
        """
        await self.transcriber(task.note).check_open()
        return await self._made(task)

    async def _made(self, task: Task) -> list[Chunk]:
        note, transcriber = task.note, self.transcriber(task.note)
        stage = Stage.FETCHING
        folder = self.folder(note)

        async def work() -> list[Chunk]:
            nonlocal stage
            await asyncio.to_thread(folder.mkdir, mode=0o700, parents=True, exist_ok=True)
            with STEP_SECONDS.labels("fetch").time():
                async with asyncio.timeout(FETCH_SECONDS):
                    path = await self.reporter.adapter(note).fetch(note, folder, self.largest)
            stage = Stage.PREPARING
            with STEP_SECONDS.labels("prepare").time():
                audio = await self._as_it_is(note, path)
                if audio is None:
                    audio = await self.media.prepare(path, self._accepts(note), folder)
                if transcriber.charges_for_silence and not await self.media.has_speech(audio):
                    raise NoSpeech
                return await self._pieces(note, audio, folder)

        with map_disk_full():
            return await self.reporter.during(task, work(), lambda: Progress(stage))

    async def _as_it_is(self, note: Note, path: Path) -> Audio | None:
        """The very file, behind its platform's own link: where it is too large to be handed over, and the provider
        fetches it from there as it is."""
        accepts = self.transcriber(note).accepts(note.options.model)
        size = (await asyncio.to_thread(path.stat)).st_size
        if accepts.linked_bytes is None or accepts.bytes is None or size <= accepts.bytes:
            return None
        link = await self.reporter.adapter(note).link(note, MOST_SECONDS)
        if link is None:
            return None
        audio = await self.media.inspect(path)
        is_taken = isinstance(plan(audio, replace(accepts, bytes=accepts.linked_bytes)), PassThrough)
        return replace(audio, link=link) if is_taken else None

    async def _pieces(self, note: Note, audio: Audio, folder: Path) -> list[Chunk]:
        accepts = self._accepts(note)
        if accepts.bytes is None or audio.bytes <= accepts.bytes or audio.link is not None:
            return [Chunk(0.0, audio)]
        if note.options.speakers:
            raise NeedsLink
        async with self.knife:
            return await cut(self.media, audio, accepts.bytes, folder)

    async def hand_over(self, task: Task, pieces: list[dict[str, Any]]) -> Transcript | None:
        """Submit what was not submitted before a crash; None where there are only tickets yet for some of it."""
        for number, piece in enumerate(pieces, 1):
            before = await self.notes.before_submit(task.note.id)
            if before.transcript is not None:
                return before.transcript
            if number in before.answered or number in before.tickets:
                continue
            progress = _Progress(done=number - 1, of=len(pieces))
            transcript = await self._text_of(task, piece, number, progress, before)
            if transcript is not None and len(pieces) == 1:
                return await self._keep(task, transcript)
        return await self._put_together(task, pieces)

    async def _keep(self, task: Task, transcript: Transcript) -> Transcript:
        await retry(lambda: self.notes.keep_transcript(task.note.id, transcript))
        return transcript

    async def _text_of(
        self, task: Task, piece: dict[str, Any], number: int, progress: "_Progress", before: BeforeSubmit
    ) -> Transcript | None:
        lost = sum(one.was_lost for one in before.attempts(number))
        while lost < ATTEMPTS:
            if before.cancelled:
                raise Cancelled
            try:
                return await self._hand_over(task, piece, number, progress, before)
            except Unanswered:
                lost += 1
                log.warning("submit_unanswered", attempt=before.next_attempt)
                await asyncio.sleep(AGAIN_SECONDS)
                before = await self.notes.before_submit(task.note.id)
        raise Unanswered

    async def _hand_over(
        self, task: Task, piece: dict[str, Any], number: int, progress: "_Progress", before: BeforeSubmit
    ) -> Transcript | None:
        """Submit one piece; its text, or None where there is only a ticket."""
        note, transcriber = task.note, self.transcriber(task.note)
        audio = await self._placed(task, piece, number)
        if transcriber.repeatable:
            outcome = await self._submit(task, audio, progress)
            assert isinstance(outcome, Transcript), "who can be asked again needs no tickets"
            return outcome
        for lost in before.attempts(number):
            if lost.state == "intended":  # it may have arrived, and been charged: never the user's to pay
                await self.ledger.book_loss(note.id, lost.attempt, lost.cost, transcriber.name)
        attempt = before.next_attempt
        await self.notes.intend(note.id, attempt, Micros(piece["cost"]), number)
        try:
            outcome = await self._submit(task, audio, progress)
        except (Cancelled, Unanswered):  # it may be charged all the same
            raise
        except EarmarkError:
            await self.notes.close_submission(note.id, attempt)
            raise
        if isinstance(outcome, Ticket):
            ticket = outcome
            await retry(lambda: self.notes.keep_ticket(note.id, attempt, ticket))
            return None
        transcript = outcome
        if progress.of > 1:
            await retry(lambda: self.notes.keep_answer(note.id, attempt, transcript))
        return transcript

    async def _placed(self, task: Task, piece: dict[str, Any], number: int) -> Audio:
        """The sound of a piece, on this machine, and behind a link where it is too large to be handed over directly."""
        note = task.note
        audio = Audio(**{**piece["audio"], "path": Path(piece["audio"]["path"])})
        if not await asyncio.to_thread(audio.path.is_file):  # as after a move to another machine
            audio = (await self._made(task))[number - 1].audio
        direct = self.transcriber(note).accepts(note.options.model).bytes
        if direct is None or audio.bytes <= direct:
            return audio
        if audio.link is not None and (link := await self.reporter.adapter(note).link(note, MOST_SECONDS)):
            return replace(audio, link=link)
        if self.store is None:  # there was one when it was made ready; anew, it is made ready in another way
            until = self.clock() + timedelta(minutes=1)
            raise NotNow(reason="This recording waits until it can be given a link.", until=until.isoformat())
        link = await self.store.publish(note.id, audio.path, audio.mime, MOST_SECONDS)
        return replace(audio, link=link)

    async def _submit(self, task: Task, audio: Audio, progress: "_Progress") -> Transcript | Ticket:
        work = self.transcriber(task.note).submit(audio, task.note.options, progress.take)
        with STEP_SECONDS.labels("transcribe").time():
            return await self.reporter.during(task, work, progress.shown)

    async def collect(self, task: Task, pieces: list[dict[str, Any]]) -> Transcript:
        """Wait for the texts that tickets promise. Raises ProviderFailed where one of them will never come."""
        note = task.note
        before = await self.notes.before_submit(note.id)
        if before.transcript is not None:
            return before.transcript
        transcriber = await self._holder(note)
        for number, promise in sorted(before.tickets.items()):
            assert promise.ticket is not None, "that is what its state says"
            progress = _Progress(done=number - 1, of=len(pieces))
            work = transcriber.collect(promise.ticket, note.options, progress.take)
            try:
                with STEP_SECONDS.labels("collect").time():
                    transcript = await self.reporter.during(task, work, progress.shown, COLLECT_SECONDS)
            except ProviderFailed:
                await retry(partial(self.notes.close_submission, note.id, promise.attempt))
                raise
            if len(pieces) == 1:
                return await self._keep(task, transcript)
            await retry(partial(self.notes.keep_answer, note.id, promise.attempt, transcript))
        transcript_of_all = await self._put_together(task, pieces)
        if transcript_of_all is None:  # an earlier run was told so, and broke off before the note was refused
            raise ProviderFailed(reason="it gave up")
        return transcript_of_all

    async def _put_together(self, task: Task, pieces: list[dict[str, Any]]) -> Transcript | None:
        """The text of a note in several pieces; None while one is missing."""
        answers = await self.notes.answers(task.note.id)
        if len(pieces) == 1 or len(answers) < len(pieces):
            return None
        whole = join([(_piece(pieces[number - 1]), said) for number, said in sorted(answers.items())])
        return await self._keep(task, whole)

    async def bear_what_may_be_charged(self, note: Note) -> None:
        """What a provider may have charged for a note without an answer is the house's loss."""
        for one in (await self.notes.before_submit(note.id)).submissions:
            if one.may_be_charged:
                await self.ledger.book_loss(note.id, one.attempt, one.cost, await self._holder_name(note))

    async def withdraw(self, note: Note) -> None:
        """Make the link to a note's media fail, where there is one."""
        if self.store is None:
            return
        try:
            await self.store.withdraw(note.id)
        except StoreDown:  # it expires, and is swept
            log.warning("link_not_withdrawn")

    def record(self, note: Note, pieces: list[Chunk]) -> list[dict[str, Any]]:
        """The pieces as plain JSON, each with what it costs by the provider's list."""
        return [
            {
                "start": piece.start,
                # That there is a link is worth knowing; what it is, is asked for when it is needed.
                "audio": {
                    **asdict(piece.audio),
                    "path": str(piece.audio.path),
                    "link": None if piece.audio.link is None else "",
                },
                "cost": self.catalog.quote(note.options, piece.audio.seconds).cost,
            }
            for piece in pieces
        ]

    async def _holder(self, note: Note) -> Transcriber:
        """Who has the note, also where its model was taken out of the catalog since. Raises NotNow where he is gone."""
        name = await self._holder_name(note)
        if name not in self.transcribers:
            until = self.clock() + timedelta(minutes=10)
            raise NotNow(reason=f"The speech service {name} is not set up here just now.", until=until.isoformat())
        return self.transcribers[name]

    async def _holder_name(self, note: Note) -> str:
        return await self.ledger.provider_of(note.id) or self.transcriber(note).name

    def _accepts(self, note: Note) -> Accepts:
        """What can be handed over, by whichever way."""
        accepts = self.transcriber(note).accepts(note.options.model)
        if self.store is None or accepts.linked_bytes is None or accepts.bytes is None:
            return accepts
        return replace(accepts, bytes=max(accepts.bytes, accepts.linked_bytes))


def _piece(recorded: dict[str, Any]) -> Chunk:
    return Chunk(recorded["start"], Audio(**{**recorded["audio"], "path": Path(recorded["audio"]["path"])}))


@dataclass(slots=True)
class _Progress:
    """The newest that a provider said about how far it is with one of several pieces."""

    done: int
    of: int
    fraction: float | None = None

    async def take(self, fraction: float) -> None:
        self.fraction = fraction

    def shown(self) -> Progress:
        if self.fraction is None and not self.done:
            return Progress(Stage.TRANSCRIBING)
        return Progress(Stage.TRANSCRIBING, (self.done + (self.fraction or 0.0)) / self.of)
