"""The life of one note, top to bottom.

Each step's result is recorded, so after a crash the note goes on where it stood; each may run twice, and is safe to.
The placeholder is posted before the workflow is queued (intake.py), so that it never waits for a place.
"""

import asyncio
import errno
import shutil
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import structlog

from bot.cancelling import unless
from bot.catalog import Catalog
from bot.engine import step
from bot.errors import Cancelled, DiskFull, EarmarkError, InternalError, NoSpeech
from bot.ledger import Ledger
from bot.media import Media
from bot.model import Answer, Audio, Note, NoteState, Plan, Progress, Refusal, Stage, Ticket, Transcript
from bot.money import Micros
from bot.notes import Notes
from bot.ports import Adapter, Transcriber

log = structlog.get_logger()

DELIVERY_ATTEMPTS = 5
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Workflow:
    """Everything that a note's life needs, given by app.py."""

    notes: Notes
    ledger: Ledger
    catalog: Catalog
    media: Media
    adapters: Mapping[str, Adapter]
    transcribers: Mapping[str, Transcriber]
    spool: Path
    largest: int
    """Bytes; larger files are not fetched."""
    markup: Decimal

    async def transcribe(self, note_id: str) -> None:
        """Turn a note that was accepted into its answer, or into one sentence why not."""
        note = await self.notes.get(note_id)
        structlog.contextvars.bind_contextvars(note=note_id)
        quote = None
        try:
            audio = await step("prepare", lambda: self._prepare(note))
            quote = await step("hold", lambda: self._hold(note, audio))
            submitted = await step("submit", lambda: self._submit(note, audio, quote))
            if submitted["waiting"]:
                submitted = await step("collect", lambda: self._collect(note))
            settled = await step("settle", lambda: self._settle(note, submitted))
        except EarmarkError as error:
            await self._refuse(note, error, quote)
        else:
            await self._answer(note, settled)

    async def _prepare(self, note: Note) -> dict[str, Any]:
        """Bring the sound to disk, in a form that the provider takes; its real length is known then."""
        folder = self._folder(note)
        await asyncio.to_thread(folder.mkdir, mode=0o700, parents=True, exist_ok=True)

        stage = Stage.FETCHING

        async def prepare() -> Audio:
            nonlocal stage
            path = await self._adapter(note).fetch(note, folder, self.largest)
            stage = Stage.PREPARING
            return await self.media.prepare(path, self._transcriber(note).accepts, folder)

        async def show() -> None:
            await self._show(note, Progress(stage))

        try:
            audio = await self._unless_cancelled(note, prepare(), show)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise DiskFull from error
            raise
        return {**asdict(audio), "path": str(audio.path)}

    async def _hold(self, note: Note, audio: Mapping[str, Any]) -> dict[str, Any]:
        """Set the money aside before anything is spent."""
        quote = self.catalog.quote(note.options, audio["seconds"], self.markup)
        provider = self._transcriber(note).name
        await self.ledger.hold(note.id, note.user, provider, quote)
        return {"cost": quote.cost, "provider": provider}

    async def _submit(self, note: Note, audio: Mapping[str, Any], quote: Mapping[str, Any]) -> dict[str, Any]:
        """Hand the sound over, unless that was done before a crash; keep the text, or the ticket for it."""
        if (kept := await self.notes.transcript(note.id)) is not None:
            return _heard(kept)
        transcriber = self._transcriber(note)
        if transcriber.repeatable:
            return await self._keep(note, await self._hear(note, audio))
        earlier = await self.notes.submissions(note.id)
        if any(one.ticket for one in earlier):
            return {"waiting": True}
        for lost in earlier:  # it may have arrived, and been charged: the house's loss, never the user's
            await self.ledger.lose(note.id, lost.attempt, Micros(quote["cost"]), quote["provider"])
        attempt = len(earlier) + 1
        await self.notes.intend(note.id, attempt)
        try:
            outcome = await self._hear(note, audio)
        except Cancelled:  # it may be charged all the same
            raise
        except EarmarkError:
            await self.notes.close_submission(note.id, attempt)
            raise
        if isinstance(outcome, Ticket):
            await self.notes.keep_ticket(note.id, attempt, outcome)
            return {"waiting": True}
        return await self._keep(note, outcome)

    async def _hear(self, note: Note, audio: Mapping[str, Any]) -> Transcript | Ticket:
        sound = await self._sound(note, audio)
        progress = _Progress()
        work = self._transcriber(note).submit(sound, note.options, progress.take)
        return await self._unless_cancelled(note, work, partial(self._show_how_far, note, progress))

    async def _collect(self, note: Note) -> dict[str, Any]:
        """Wait for the text that a ticket promises."""
        if (kept := await self.notes.transcript(note.id)) is not None:
            return _heard(kept)
        ticket = next(one.ticket for one in await self.notes.submissions(note.id) if one.ticket is not None)
        progress = _Progress()
        work = self._transcriber(note).collect(ticket, note.options, progress.take)
        outcome = await self._unless_cancelled(note, work, partial(self._show_how_far, note, progress))
        return await self._keep(note, outcome)

    async def _keep(self, note: Note, transcript: Transcript | Ticket) -> dict[str, Any]:
        assert isinstance(transcript, Transcript), "only providers that charge give tickets"
        await self.notes.keep_transcript(note.id, transcript)
        return _heard(transcript)

    async def _settle(self, note: Note, submitted: Mapping[str, Any]) -> dict[str, Any]:
        """Take what it really cost from what was held."""
        settlement = await self.ledger.settle(note.id, Micros(submitted["cost"]))
        return {"charged": settlement.charged, "plan": settlement.plan, "available": settlement.available}

    async def _answer(self, note: Note, settled: Mapping[str, Any]) -> None:
        """Deliver the text. It is paid by now, so it is kept even where it cannot be delivered."""
        try:
            await step("deliver", lambda: self._deliver(note, settled), attempts=DELIVERY_ATTEMPTS)
        except EarmarkError as error:
            log.warning("answer_not_delivered", error=error.code)
            await step("close", partial(self._close, note, NoteState.FAILED, error))
        else:
            await step("close", partial(self._close, note, NoteState.DONE, None))

    async def _deliver(self, note: Note, settled: Mapping[str, Any]) -> None:
        transcript = await self.notes.transcript(note.id)
        assert transcript is not None, "a settled note has its transcript"
        answer = Answer(
            transcript=transcript,
            charged=Micros(settled["charged"]),
            plan=Plan(settled["plan"]),
            available=Micros(settled["available"]),
        )
        await self._adapter(note).deliver(note, await self.notes.placeholder(note.id), answer)

    async def _refuse(self, note: Note, error: EarmarkError, quote: Mapping[str, Any] | None) -> None:
        """Give the money back, then say in one sentence what happened."""
        log.info("note_refused", error=error.code)
        await step("release", lambda: self._release(note, quote), attempts=DELIVERY_ATTEMPTS)
        try:
            await step("refuse", lambda: self._say(note, error), attempts=DELIVERY_ATTEMPTS)
        except EarmarkError as undelivered:
            log.warning("refusal_not_delivered", error=undelivered.code)
        state = NoteState.CANCELLED if isinstance(error, Cancelled) else NoteState.FAILED
        await step("close", lambda: self._close(note, state, error))

    async def _release(self, note: Note, quote: Mapping[str, Any] | None) -> None:
        """Give the hold back. What a provider may have charged for a note without an answer is the house's loss."""
        await self.ledger.release(note.id)
        if quote is not None:
            for one in await self.notes.submissions(note.id):
                if one.may_be_charged:
                    cost = Micros(quote["cost"]) if one.cost is None else one.cost
                    await self.ledger.lose(note.id, one.attempt, cost, quote["provider"])

    async def _say(self, note: Note, error: EarmarkError) -> None:
        refusal = Refusal(code=error.code, sentence=str(error))
        await self._adapter(note).deliver(note, await self.notes.placeholder(note.id), refusal)

    async def _close(self, note: Note, state: NoteState, error: EarmarkError | None) -> None:
        """Leave nothing behind in the spool, then write down the end."""
        await asyncio.to_thread(shutil.rmtree, self._folder(note), ignore_errors=True)
        await self.notes.close(note.id, state, error)

    async def _sound(self, note: Note, audio: Mapping[str, Any]) -> Audio:
        """The prepared file; it is prepared again where it is gone, as after a move to another machine."""
        known = Audio(**{**audio, "path": Path(audio["path"])})
        if not await asyncio.to_thread(known.path.is_file):
            again = await self._prepare(note)
            known = Audio(**{**again, "path": Path(again["path"])})
        return known

    async def _unless_cancelled(
        self, note: Note, work: Coroutine[Any, Any, T], meanwhile: Callable[[], Awaitable[None]]
    ) -> T:
        return await unless(lambda: self.notes.cancel_requested(note.id), work, meanwhile)

    async def _show_how_far(self, note: Note, progress: "_Progress") -> None:
        await self._show(note, Progress(Stage.TRANSCRIBING, progress.fraction))

    async def _show(self, note: Note, progress: Progress) -> None:
        await self.notes.show(note.id, progress)
        try:
            await self._adapter(note).report(note, await self.notes.placeholder(note.id), progress)
        except EarmarkError as error:  # progress is a courtesy: its failure is no failure of the note
            log.debug("progress_not_shown", error=error.code)

    def _adapter(self, note: Note) -> Adapter:
        try:
            return self.adapters[note.key.platform]
        except KeyError as error:
            raise InternalError(reference=f"no adapter for {note.key.platform}") from error

    def _transcriber(self, note: Note) -> Transcriber:
        return self.transcribers[self.catalog.find(note.options.model).provider]

    def _folder(self, note: Note) -> Path:
        return self.spool / note.id


@dataclass(slots=True)
class _Progress:
    """The newest that a provider said about how far it is."""

    fraction: float | None = None

    async def take(self, fraction: float) -> None:
        self.fraction = fraction


def _heard(transcript: Transcript) -> dict[str, Any]:
    """What a step tells of a transcript that is kept. Raises NoSpeech for an empty one."""
    if not transcript.text.strip():
        raise NoSpeech
    return {"waiting": False, "cost": transcript.cost}
