"""The life of one note, top to bottom.

A step's result is recorded, so after a crash a note goes on with the first step that was not done. Each may run twice,
and is safe to: money is keyed by the note, a message is edited again, a file is made again, and what a provider was
paid for is kept before anything else happens. So a step ends only where doing it again would be dear.
The placeholder is posted before the workflow is queued (intake.py), so that it never waits for a place.
"""

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import stamina
import structlog

from bot.domain.billing import Plan, Quote
from bot.domain.catalog import Catalog
from bot.domain.errors import (
    AsksFirst,
    Cancelled,
    EarmarkError,
    HouseStops,
    NoSpeech,
    NotConfirmed,
    NotNow,
    Undelivered,
    WaitedTooLong,
)
from bot.domain.money import Micros
from bot.domain.note import Answer, NoteState, Progress, Refusal, Reply, Stage
from bot.domain.ports import Clock
from bot.domain.transcript import Transcript
from bot.ledger.ledger import Ledger
from bot.notes.deduplication import Deduplication
from bot.notes.durable import step
from bot.notes.progress import ProgressReporter
from bot.notes.repository import Notes, Task
from bot.notes.submission import Submitter
from bot.operations.alerts import Alerts, Kind
from bot.support.metrics import NOTES, STEP_SECONDS
from bot.support.retry import ATTEMPTS, may_pass, retry

log = structlog.get_logger()

DELIVERY_SECONDS = 300.0
"""Of one attempt: a long text is several messages, and a platform may ask for a pause before each."""
UNDELIVERED_WAITS = timedelta(minutes=10)
"""Before a reply is delivered again that failed in a way nobody foresaw."""
_SILENT = "its platform took no message for a week"
LONGEST_QUESTION = timedelta(days=1)
"""How long after it was taken a note's sender may think about its price."""
LONGEST_PAUSE = timedelta(days=7)
"""How long after it was taken a note may wait for what a person or the clock must bring."""


@dataclass(frozen=True, slots=True)
class Workflow:
    """Everything that a note's life needs, given by app.py."""

    notes: Notes
    ledger: Ledger
    catalog: Catalog
    reporter: ProgressReporter
    submitter: Submitter
    markup: Decimal
    clock: Clock
    alerts: Alerts
    look: Callable[[], None]
    """Called where notes that nobody works on should be looked at soon."""
    deduplication: Deduplication | None = None
    """None: every recording is transcribed anew."""

    async def transcribe(self, note_id: str) -> None:
        """Turn a note that was accepted into its answer, or into one sentence why not.

        A note that has to wait for something ends here without either, and is begun anew when its time has come.
        """
        task = await self.notes.task(note_id)
        if task is None:
            return
        try:
            prepared = await step("prepare", lambda: self._prepare(task))
            paid = await step("transcribe", lambda: self._transcribe(task, prepared))
            if paid is None:
                paid = await step("collect", lambda: self._collect(task, prepared))
        except NotNow as pause:
            if not await step("pause", partial(retry, partial(self._pause, task, pause))):
                await self._end(task, "refuse", partial(self._refuse, task, WaitedTooLong()))
        except AsksFirst as question:
            await self._end(task, "ask", partial(self._ask, task, question))
        except EarmarkError as error:
            await self._end(task, "refuse", partial(self._refuse, task, error))
        else:
            await self._end(task, "answer", partial(self._answer, task, paid))

    async def _end(self, task: Task, name: str, do: Callable[[], Awaitable[None]]) -> None:
        """Tell a note's sender. Where the platform cannot take it for now, that too is tried again later."""
        try:
            await step(name, partial(retry, do))
        except NotNow as pause:
            if not await step("put off", partial(retry, partial(self._put_off, task, pause))):
                await step(
                    "close", partial(retry, partial(self._close, task, NoteState.FAILED, Undelivered(reason=_SILENT)))
                )

    async def _prepare(self, task: Task) -> dict[str, Any]:
        """Bring the sound to disk in a form that the provider takes, and hold the price of its real length.

        A note whose last run broke off after its money was settled, or its refusal decided, goes on there.
        """
        note = task.note
        if task.refusal is not None:
            raise task.refusal
        if task.paid:
            return {"pieces": []}
        if task.cancelled:
            raise Cancelled
        known = await self.deduplication.known(task) if self.deduplication else None
        if known is not None:
            return await self._take_over(task, known)
        pieces = await self.submitter.ready(task)
        seconds = sum(piece.audio.seconds for piece in pieces)
        quote = self.catalog.quote(note.options, seconds, self.markup)
        price = await self._hold(task, quote)
        return {"pieces": self.submitter.record(note, pieces), "price": price}

    async def _hold(self, task: Task, quote: Quote) -> Micros:
        """Set the price aside. Raises AsksFirst where it is more than its sender has said yes to, or pays unasked."""
        note, above = task.note, task.note.options.ask_above
        return await self.ledger.hold(
            note.id,
            note.paid_by,
            self.submitter.transcriber(note).name,
            quote,
            platform=note.key.platform,
            chat=note.place or None,
            ask_above=None if above is None else max(above, task.agreed or Micros(0)),
        )

    async def _take_over(self, task: Task, known: Transcript) -> dict[str, Any]:
        """Take what was said in the same recording before; nothing is paid for it again."""
        note, nothing = task.note, Micros(0)
        task.transcript = replace(known, cost=nothing)
        await self.notes.keep_transcript(note.id, task.transcript)
        quote = Quote(note.options.model, known.seconds, nothing, nothing)
        await self._hold(task, quote)
        return {"pieces": [], "known": True}

    async def _transcribe(self, task: Task, prepared: Mapping[str, Any]) -> dict[str, Any] | None:
        """Hand the sound over, unless that was done before a crash; None where there is only a ticket yet."""
        if task.paid or prepared.get("known"):
            settled = await self._settle(task, await self._kept(task))
            return {**settled, "known": prepared.get("known", False)}
        task.price = prepared.get("price")
        transcript = await self.submitter.hand_over(task, prepared["pieces"])
        return None if transcript is None else await self._settle(task, transcript)

    async def _collect(self, task: Task, prepared: Mapping[str, Any]) -> dict[str, Any]:
        """Wait for the text that a ticket promises."""
        task.price = prepared.get("price")
        return await self._settle(task, await self.submitter.collect(task, prepared["pieces"]))

    async def _settle(self, task: Task, transcript: Transcript) -> dict[str, Any]:
        """Take what it really cost from what was held. Raises NoSpeech where there is no text to pay for."""
        if not transcript.text.strip():
            raise NoSpeech
        task.transcript = transcript
        settlement = await retry(lambda: self.ledger.settle(task.note.id, transcript.cost))
        return {"charged": settlement.charged, "plan": settlement.plan, "available": settlement.available}

    async def _answer(self, task: Task, paid: Mapping[str, Any]) -> None:
        """Deliver the text. It is paid by now, so it is kept even where it cannot be delivered."""
        transcript = task.transcript or await self._kept(task)
        answer = Answer(
            transcript, Micros(paid["charged"]), Plan(paid["plan"]), Micros(paid["available"]), paid.get("known", False)
        )
        undelivered = await self._post(task, answer)
        await self._close(task, NoteState.FAILED if undelivered else NoteState.DONE, undelivered)

    async def _kept(self, task: Task) -> Transcript:
        transcript = await self.notes.transcript(task.note.id)
        assert transcript is not None, "what is paid was kept before"
        return transcript

    async def _pause(self, task: Task, pause: NotNow) -> bool:
        """Tell the sender what the note waits for, and keep it for later. False where it waited long enough."""
        if isinstance(pause, HouseStops):
            await self.alerts.raise_(Kind.BREAKER)
        if not await self._put_off(task, pause):
            return False
        await self.reporter.show(task, Progress(Stage.WAITING, why=str(pause)))
        return True

    async def _put_off(self, task: Task, pause: NotNow) -> bool:
        """Keep the note and its money for later: housekeeping takes it up again. False where it waited long enough."""
        if self.clock() - task.taken_at > LONGEST_PAUSE:
            return False
        log.info("note_waits", until=pause.fields["until"])
        await self._empty(task)
        await self.notes.pause(task.note.id, datetime.fromisoformat(str(pause.fields["until"])))
        return True

    async def _ask(self, task: Task, question: AsksFirst) -> None:
        """Ask the sender whether the price is right, and wait for his answer as long as there is time."""
        until = task.taken_at + LONGEST_QUESTION
        if self.clock() >= until:
            await self._refuse(task, NotConfirmed())
            return
        await self._empty(task)
        progress = Progress(Stage.ASKING, price=Micros(int(question.fields["price"])))
        # Written down first: the answer may come at once.
        await self.notes.pause(task.note.id, until, Stage.ASKING)
        if self.deduplication and await self.deduplication.let_go(task.note):
            self.look()
        try:
            await self.reporter.adapter(task.note).report(task.note, task.placeholder, progress)
        except Undelivered as error:
            await self._refuse(task, error)

    async def _refuse(self, task: Task, error: EarmarkError) -> None:
        """Give the money back, then say in one sentence what happened."""
        await self.notes.refuse(task.note.id, error)
        if await self.ledger.release(task.note.id):
            log.info("note_refused", error=error.code)
            await self.submitter.bear_what_may_be_charged(task.note)
            await self._post(task, Refusal(code=error.code, sentence=str(error)))
            state = NoteState.CANCELLED if isinstance(error, Cancelled) else NoteState.FAILED
            await self._close(task, state, error)
        else:  # it is paid: all that failed was to hear so
            await self._answer(task, await self._settle(task, await self._kept(task)))

    async def _post(self, task: Task, reply: Reply) -> EarmarkError | None:
        """Turn the placeholder into the reply; the error where that cannot be done, however often it is tried."""
        with STEP_SECONDS.labels("deliver").time():
            return await self._posted(task, reply)

    async def _posted(self, task: Task, reply: Reply) -> EarmarkError | None:
        try:
            adapter = self.reporter.adapter(task.note)
            async for attempt in stamina.retry_context(may_pass, attempts=ATTEMPTS, timeout=None):
                with attempt:
                    async with asyncio.timeout(DELIVERY_SECONDS):
                        await adapter.deliver(task.note, task.placeholder, reply)
        except NotNow:
            raise
        except EarmarkError as error:
            log.warning("reply_not_delivered", error=error.code)
            return error
        except Exception as error:
            # Whatever the platform has, it may be over by then; the text is paid, and is kept meanwhile.
            log.exception("reply_not_delivered")
            until = self.clock() + UNDELIVERED_WAITS
            raise NotNow(reason="The answer could not be delivered.", until=until.isoformat()) from error
        return None

    async def _empty(self, task: Task) -> None:
        """Leave nothing in the spool: what waits may wait for long, and its files are made again."""
        await asyncio.to_thread(shutil.rmtree, self.submitter.folder(task.note), ignore_errors=True)

    async def _close(self, task: Task, state: NoteState, error: EarmarkError | None) -> None:
        """Leave nothing behind in the spool or behind a link, then write down the end."""
        await self.submitter.withdraw(task.note)
        await self._empty(task)
        await self.notes.close(task.note, state, error)
        if self.deduplication and await self.deduplication.wake(task.note):
            self.look()
        code = error.code if error else ""
        log.info("note_ended", state=state.value, error=code)
        NOTES.labels(task.note.key.platform, state.value, code).inc()
