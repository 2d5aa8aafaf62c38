"""The life of one note, top to bottom.

A step's result is recorded, so after a crash a note goes on with the first step that was not done. Each may run twice,
and is safe to: money is keyed by the note, a message is edited again, a file is made again, and what a provider was
paid for is kept before anything else happens. So a step ends only where doing it again would be dear.
The placeholder is posted before the workflow is queued (intake.py), so that it never waits for a place.
"""

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import stamina
import structlog

from bot.cancelling import unless
from bot.catalog import Catalog
from bot.engine import step
from bot.errors import Cancelled, EarmarkError, InternalError, NoSpeech
from bot.ffmpeg import full_disk_is_told
from bot.ledger import Ledger
from bot.media import Media
from bot.model import Answer, Audio, Note, NoteState, Plan, Progress, Refusal, Reply, Stage, Ticket, Transcript
from bot.money import Micros
from bot.notes import Notes, Task
from bot.ports import Adapter, Transcriber

log = structlog.get_logger()

ATTEMPTS = 5
DELIVERY_SECONDS = 60.0
FETCH_SECONDS = 3600.0
SHOW_SECONDS = 5.0
PROVIDER_SECONDS = 6 * 3600.0  # the embedded engine works on one note at a time, and others may be before this one
T = TypeVar("T")
Meanwhile = Callable[[], Awaitable[None]]


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
        structlog.contextvars.bind_contextvars(note=note_id)
        task = await self.notes.task(note_id)
        if task is None:
            return
        prepared: Mapping[str, Any] = {}
        try:
            prepared = await step("prepare", lambda: self._prepare(task))
            paid = await step("transcribe", lambda: self._transcribe(task, prepared))
            if paid is None:
                paid = await step("collect", lambda: self._collect(task))
        except EarmarkError as error:
            await step("refuse", partial(self._insist, partial(self._refuse, task, error, prepared)))
        else:
            await step("answer", lambda: self._insist(lambda: self._answer(task, paid)))

    async def _prepare(self, task: Task) -> dict[str, Any]:
        """Bring the sound to disk in a form that the provider takes, and hold the price of its real length.

        A note whose last run broke off after its money was settled, or its refusal decided, goes on there.
        """
        if task.refusal is not None:
            raise task.refusal
        if task.paid:
            return {}
        if task.cancelled:
            raise Cancelled
        audio = await self._sound(task)
        provider = self._transcriber(task.note).name
        quote = self.catalog.quote(task.note.options, audio.seconds, self.markup)
        await self.ledger.hold(task.note.id, task.note.user, provider, quote)
        return {"audio": {**asdict(audio), "path": str(audio.path)}, "cost": quote.cost, "provider": provider}

    async def _transcribe(self, task: Task, prepared: Mapping[str, Any]) -> dict[str, Any] | None:
        """Hand the sound over, unless that was done before a crash; None where there is only a ticket yet."""
        note, transcriber = task.note, self._transcriber(task.note)
        before = await self.notes.before_submit(note.id)
        if before.transcript is not None:
            return await self._settle(task, before.transcript)
        if before.cancelled:
            raise Cancelled
        if before.ticket is not None:
            return None
        if transcriber.repeatable:
            outcome = await self._submit(task, prepared)
        else:
            for lost in before.unanswered:  # it may have arrived, and been charged: never the user's to pay
                await self.ledger.lose(note.id, lost.attempt, lost.cost, prepared["provider"])
            await self.notes.intend(note.id, before.next_attempt, Micros(prepared["cost"]))
            outcome = await self._submit_once(task, prepared, before.next_attempt)
        if isinstance(outcome, Ticket):
            await self.notes.keep_ticket(note.id, before.next_attempt, outcome)
            return None
        await self.notes.keep_transcript(note.id, outcome)
        return await self._settle(task, outcome)

    async def _submit_once(self, task: Task, prepared: Mapping[str, Any], attempt: int) -> Transcript | Ticket:
        try:
            return await self._submit(task, prepared)
        except Cancelled:  # it may be charged all the same
            raise
        except EarmarkError:
            await self.notes.close_submission(task.note.id, attempt)
            raise

    async def _submit(self, task: Task, prepared: Mapping[str, Any]) -> Transcript | Ticket:
        audio = Audio(**{**prepared["audio"], "path": Path(prepared["audio"]["path"])})
        if not await asyncio.to_thread(audio.path.is_file):  # as after a move to another machine
            audio = await self._sound(task)
        progress = _Progress()
        work = self._transcriber(task.note).submit(audio, task.note.options, progress.take)
        return await self._unless_cancelled(task, work, partial(self._show_how_far, task, progress))

    async def _collect(self, task: Task) -> dict[str, Any]:
        """Wait for the text that a ticket promises."""
        before = await self.notes.before_submit(task.note.id)
        transcript = before.transcript
        if transcript is None:
            assert before.ticket is not None, "the step before kept a ticket"
            progress = _Progress()
            work = self._transcriber(task.note).collect(before.ticket, task.note.options, progress.take)
            transcript = await self._unless_cancelled(task, work, partial(self._show_how_far, task, progress))
            await self.notes.keep_transcript(task.note.id, transcript)
        return await self._settle(task, transcript)

    async def _settle(self, task: Task, transcript: Transcript) -> dict[str, Any]:
        """Take what it really cost from what was held. Raises NoSpeech where there is no text to pay for."""
        if not transcript.text.strip():
            raise NoSpeech
        task.transcript = transcript
        settlement = await self.ledger.settle(task.note.id, transcript.cost)
        return {"charged": settlement.charged, "plan": settlement.plan, "available": settlement.available}

    async def _answer(self, task: Task, paid: Mapping[str, Any]) -> None:
        """Deliver the text. It is paid by now, so it is kept even where it cannot be delivered."""
        transcript = task.transcript or await self.notes.transcript(task.note.id)
        assert transcript is not None, "what is paid was kept before"
        answer = Answer(transcript, Micros(paid["charged"]), Plan(paid["plan"]), Micros(paid["available"]))
        undelivered = await self._post(task, answer)
        await self._close(task, NoteState.FAILED if undelivered else NoteState.DONE, undelivered)

    async def _refuse(self, task: Task, error: EarmarkError, prepared: Mapping[str, Any]) -> None:
        """Give the money back, then say in one sentence what happened."""
        await self.notes.refuse(task.note.id, error)
        if await self.ledger.release(task.note.id):
            log.info("note_refused", error=error.code)
            await self._bear_what_may_be_charged(task, prepared)
            await self._post(task, Refusal(code=error.code, sentence=str(error)))
            state = NoteState.CANCELLED if isinstance(error, Cancelled) else NoteState.FAILED
            await self._close(task, state, error)
        else:  # it is paid: all that failed was to hear so
            transcript = await self.notes.transcript(task.note.id)
            assert transcript is not None, "what is paid was kept before"
            await self._answer(task, await self._settle(task, transcript))

    async def _bear_what_may_be_charged(self, task: Task, prepared: Mapping[str, Any]) -> None:
        """What a provider may have charged for a note without an answer is the house's loss."""
        for one in (await self.notes.before_submit(task.note.id)).submissions:
            if one.may_be_charged:
                provider = prepared.get("provider") or self._transcriber(task.note).name
                await self.ledger.lose(task.note.id, one.attempt, one.cost, provider)

    async def _insist(self, do: Callable[[], Awaitable[None]]) -> None:
        """A note's end is tried again where the database was away for a moment: all that it does may be done twice."""
        async for attempt in stamina.retry_context(_may_pass, attempts=ATTEMPTS, timeout=None):
            with attempt:
                await do()

    async def _post(self, task: Task, reply: Reply) -> EarmarkError | None:
        """Turn the placeholder into the reply; the error where that cannot be done, however often it is tried."""
        try:
            adapter = self._adapter(task.note)
            async for attempt in stamina.retry_context(_may_pass, attempts=ATTEMPTS, timeout=None):
                with attempt:
                    async with asyncio.timeout(DELIVERY_SECONDS):
                        await adapter.deliver(task.note, task.placeholder, reply)
        except EarmarkError as error:
            log.warning("reply_not_delivered", error=error.code)
            return error
        except Exception:
            log.exception("reply_not_delivered")
            return InternalError(reference=task.note.id)
        return None

    async def _close(self, task: Task, state: NoteState, error: EarmarkError | None) -> None:
        """Leave nothing behind in the spool, then write down the end."""
        await asyncio.to_thread(shutil.rmtree, self._folder(task.note), ignore_errors=True)
        await self.notes.close(task.note.id, state, error)

    async def _sound(self, task: Task) -> Audio:
        """The note's media, fetched, looked at, converted where the provider needs it. Raises BadMedia, DiskFull."""
        stage = Stage.FETCHING
        folder = self._folder(task.note)

        async def prepare() -> Audio:
            nonlocal stage
            await asyncio.to_thread(folder.mkdir, mode=0o700, parents=True, exist_ok=True)
            async with asyncio.timeout(FETCH_SECONDS):
                path = await self._adapter(task.note).fetch(task.note, folder, self.largest)
            stage = Stage.PREPARING
            return await self.media.prepare(path, self._transcriber(task.note).accepts(task.note.options.model), folder)

        async def show() -> None:
            await self._show(task, Progress(stage))

        with full_disk_is_told():
            return await self._unless_cancelled(task, prepare(), show)

    async def _unless_cancelled(self, task: Task, work: Coroutine[Any, Any, T], meanwhile: Meanwhile) -> T:
        async with asyncio.timeout(PROVIDER_SECONDS):
            return await unless(partial(self._is_cancelled, task), work, meanwhile)

    async def _is_cancelled(self, task: Task) -> bool:
        try:
            return await self.notes.cancel_requested(task.note.id)
        except Exception as error:  # noqa: BLE001  # a look that fails is no reason to throw away what may be paid
            log.warning("cancel_not_looked_at", error=type(error).__name__)
            return False

    async def _show_how_far(self, task: Task, progress: "_Progress") -> None:
        await self._show(task, Progress(Stage.TRANSCRIBING, progress.fraction))

    async def _show(self, task: Task, progress: Progress) -> None:
        try:
            async with asyncio.timeout(SHOW_SECONDS):
                await self.notes.show(task.note.id, progress)
                await self._adapter(task.note).report(task.note, task.placeholder, progress)
        except Exception as error:  # noqa: BLE001  # a courtesy: its failure is no failure of the note
            log.debug("progress_not_shown", error=type(error).__name__)

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


def _may_pass(error: Exception) -> bool:
    """An EarmarkError was retried by whoever raised it, as far as that helps."""
    return not isinstance(error, EarmarkError)
