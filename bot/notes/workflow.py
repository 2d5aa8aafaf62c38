"""The life of one note, top to bottom.

A step's result is recorded, so after a crash a note goes on with the first step that was not done. Each may run twice,
and is safe to: money is keyed by the note, a message is edited again, a file is made again, and what a provider was
paid for is kept before anything else happens. So a step ends only before something that must not be paid for again.
The placeholder is posted before the workflow is queued (intake.py), so that it never waits for a place.
"""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial

import structlog

from bot.domain.billing import AskPrice, Held, Quote
from bot.domain.catalog import Catalog
from bot.domain.errors import (
    Cancelled,
    Discarded,
    EarmarkError,
    NoSpeech,
    NotConfirmed,
    NotNow,
    NoWords,
    Undelivered,
    WaitedTooLong,
)
from bot.domain.money import Micros
from bot.domain.note import Answer, Note, NoteState, Progress, Refusal, Reply, Stage
from bot.domain.ports import Clock
from bot.domain.transcript import Transcript
from bot.domain.waiting import LONGEST_PAUSE, Wait, WaitReason
from bot.ledger.ledger import Ledger
from bot.notes.collection import Collector
from bot.notes.deduplication import Deduplication
from bot.notes.progress import ProgressReporter
from bot.notes.repository import NoteRepository
from bot.notes.steps import Ended, Paid, Prepared, PutOff, Submitted, run
from bot.notes.submission import Submitter
from bot.notes.views import BeforeSubmit, NoteViews, OpenNote
from bot.storage.outages import retry
from bot.support.metrics import NOTES, STEP_SECONDS

log = structlog.get_logger()

DELIVERY_SECONDS = 300.0
"""Limit of one attempt: a long text is several messages, and a platform may ask for a pause before each."""
UNDELIVERED_WAITS = timedelta(minutes=10)
"""Pause before a reply is delivered again that failed in an unforeseen way."""
_SILENT = "silent"
LONGEST_QUESTION = timedelta(days=1)
"""Time in which a note's sender may answer the question about the price, from the question on."""


@dataclass(frozen=True, slots=True)
class Workflow:
    """The steps of a note, and all that they need."""

    notes: NoteRepository
    views: NoteViews
    ledger: Ledger
    catalog: Catalog
    reporter: ProgressReporter
    submitter: Submitter
    collector: Collector
    markup: Decimal
    clock: Clock
    budget_is_spent: Callable[[], Awaitable[None]]
    """Called when the day's budget makes a note wait; it raises nothing."""
    wake: Callable[[], None]
    """Called when notes that are not in work should be resumed soon."""
    deduplication: Deduplication | None = None
    """None: every recording is transcribed anew."""

    async def transcribe(self, note_id: str) -> None:
        """Turn an accepted note into its answer, or into a refusal of one sentence.

        A note that has to wait ends here without either, and is begun anew when its time has come.
        """
        opened = await self.views.open_note(note_id)
        if opened is None:
            return
        try:
            result = await self._transcribed(opened)
        except EarmarkError as error:
            await self._end(opened, "refuse", partial(self._refuse, opened, error))
            return
        match result:
            case Wait():
                await self._wait(opened, result)
            case AskPrice():
                await self._end(opened, "ask", partial(self._ask, opened, result.price))
            case Paid():
                await self._end(opened, "answer", partial(self._answer, opened, result))

    async def _transcribed(self, opened: OpenNote) -> Paid | AskPrice | Wait:
        prepared = await run("prepare", partial(self._prepare, opened))
        if not isinstance(prepared, Prepared):
            return prepared
        submitted = await run("transcribe", partial(self._transcribe, opened, prepared))
        if not isinstance(submitted, Submitted):
            return submitted
        return await run("collect", partial(self._collect, opened, prepared, submitted))

    async def _wait(self, opened: OpenNote, wait: Wait) -> None:
        """Put the note off; end it if it waited long enough, or if a part of its text never comes."""
        try:
            paused = await run("pause", partial(retry, partial(self._pause, opened, wait)))
        except EarmarkError as error:
            await self._end(opened, "refuse", partial(self._refuse, opened, error))
            return
        if paused == PutOff(waits=False):
            await self._end(opened, "refuse", partial(self._refuse, opened, WaitedTooLong()))

    async def _end(self, opened: OpenNote, name: str, do: Callable[[], Awaitable[Ended | Wait]]) -> None:
        """Tell a note's sender. If the platform cannot take it for now, that too is tried again later."""
        wait = await run(name, partial(retry, do))
        if not isinstance(wait, Wait):
            return
        if await run("put off", partial(retry, partial(self._put_off, opened, wait))) == PutOff(waits=False):
            silent = Undelivered(reason=_SILENT)
            await run("close", partial(retry, partial(self._close, opened.note, NoteState.FAILED, silent)))

    async def _prepare(self, opened: OpenNote) -> Prepared | AskPrice | Wait:
        """Bring the sound to disk in a form that the provider takes, and hold the price of its real length.

        A note whose last run broke off after its money was settled, or its refusal decided, goes on there.
        """
        if opened.refusal is not None:
            raise opened.refusal
        if opened.paid:
            return Prepared()
        before = await self.views.before_submit(opened.note.id)
        if before.is_submitted:
            return Prepared()
        try:
            return await self._prepare_anew(opened, before)
        except NotNow:
            raise
        except EarmarkError as error:
            if not before.tickets:
                raise
            return Prepared(fault=error.to_json())

    async def _prepare_anew(self, opened: OpenNote, before: BeforeSubmit) -> Prepared | AskPrice | Wait:
        if opened.cancelled:
            raise Cancelled
        if (known := await self._known(opened, before)) is not None:
            return known
        chunks = await self.submitter.prepare(opened)
        if self.deduplication:
            await self.deduplication.begin(opened.note)
        quote = self.catalog.quote(opened.note.options, sum(chunk.audio.seconds for chunk in chunks), self.markup)
        held = await self._claim(opened, before, quote)  # by now the sound may be known by its hash
        if isinstance(held, Transcript):
            return await self._reuse(opened, held)
        return Prepared(self.submitter.quoted(opened.note, chunks), held.price) if isinstance(held, Held) else held

    async def _claim(self, opened: OpenNote, before: BeforeSubmit, quote: Quote) -> Held | AskPrice | Wait | Transcript:
        """Hold the price, or return the text of another note of the recording, or the wait for it.

        If a part of the note may be charged already, no other's text answers it: its user would not pay that part.
        """
        hold = partial(self._hold, opened, quote)
        if self.deduplication is None or before.committed:
            return await hold()
        return await self.deduplication.claim(opened, hold)

    async def _known(self, opened: OpenNote, before: BeforeSubmit) -> Prepared | AskPrice | Wait | None:
        """Return the note with the transcript of the same recording, or the wait for it; None if there is none.

        None also if a part of the note may be charged already: with another note's text its user would not pay it.
        """
        if before.committed:
            return None
        found = await self.deduplication.find(opened) if self.deduplication else None
        return await self._reuse(opened, found) if isinstance(found, Transcript) else found

    async def _hold(self, opened: OpenNote, quote: Quote) -> Held | AskPrice | Wait:
        """Hold the price, unless it is more than the sender agreed to or pays without being asked."""
        note, above = opened.note, opened.note.options.ask_above
        return await self.ledger.hold(
            note.id,
            note.paid_by,
            self.submitter.transcriber(note).name,
            quote,
            platform=note.key.platform,
            chat=note.place or None,
            ask_above=None if above is None else max(above, opened.agreed or Micros(0)),
        )

    async def _reuse(self, opened: OpenNote, known: Transcript) -> Prepared | AskPrice | Wait:
        """Take the transcript of the same recording; nothing is paid for it again."""
        note, nothing = opened.note, Micros(0)
        await self.notes.keep_text(note.id, replace(known, cost=nothing))
        held = await self._hold(opened, Quote(note.options.model, known.seconds, nothing, nothing))
        return Prepared() if isinstance(held, Held) else held

    async def _transcribe(self, opened: OpenNote, prepared: Prepared) -> Paid | Submitted | Wait:
        """Submit the sound, unless that was done before a crash."""
        if not prepared.chunks:
            kept = await self.views.transcript(opened.note.id)
            return Submitted(prepared.fault) if kept is None else await self._settle(opened.note, kept)
        said = await self.submitter.submit(opened, prepared)
        return await self._settle(opened.note, said) if isinstance(said, Transcript) else said

    async def _collect(self, opened: OpenNote, prepared: Prepared, submitted: Submitted) -> Paid | Wait:
        """Wait for the text that a ticket promises."""
        said = await self.collector.collect(opened, prepared, submitted)
        return await self._settle(opened.note, said) if isinstance(said, Transcript) else said

    async def _settle(self, note: Note, said: Transcript) -> Paid:
        """Settle the hold to the real cost. Raises NoSpeech if there is nothing to pay for."""
        if not await self.collector.is_payable(note, said):
            raise NoSpeech
        seconds = await self._answered_seconds(note) if said.partial else None
        settlement = await retry(lambda: self.ledger.settle(note.id, said.cost, seconds))
        return Paid(settlement.charged, settlement.plan, settlement.available)

    async def _answered_seconds(self, note: Note) -> float:
        """Return the length of those chunks of a note that have their text."""
        return sum(said.seconds for _, said in await self.views.chunk_transcripts(note.id))

    async def _answer(self, opened: OpenNote, paid: Paid) -> Ended | Wait:
        """Deliver the text, unless its sender cancelled it. It is paid by now, so it is kept in any case."""
        said = await self._kept(opened.note)
        if await self.views.cancel_requested(opened.note.id):
            return await self._discard(opened, paid)
        if not said.text.strip():
            return await self._say(opened, NoWords(charged=paid.shown) if paid.shown else NoSpeech())
        return await self._deliver_text(opened, paid, said, None)

    async def _deliver_text(
        self, opened: OpenNote, paid: Paid, said: Transcript, cut_short: EarmarkError | None
    ) -> Ended | Wait:
        note, code = opened.note, cut_short.code if cut_short else ""
        names = await self.views.names(note.id)
        answer = Answer(said, paid.charged, paid.plan, paid.available, names, code)
        failed = await self._post(opened, answer)
        if isinstance(failed, Wait):
            return failed
        state, error = NoteState.FAILED if failed else NoteState.DONE, failed or cut_short
        await self._leave_nothing(note)
        if not await self.notes.close_unless_cancelled(note, state, error):
            return await self._discard(opened, paid)
        return await self._closed(note, state, error)

    async def _discard(self, opened: OpenNote, paid: Paid) -> Ended | Wait:
        """Close a cancelled note whose text is paid: in place of what was posted of it the sender reads its price."""
        return await self._say(opened, Discarded(charged=paid.shown) if paid.shown else Cancelled())

    async def _kept(self, note: Note) -> Transcript:
        said = await self.views.transcript(note.id)
        assert said is not None, "what is paid was kept before"
        return said

    async def _pause(self, opened: OpenNote, wait: Wait) -> PutOff:
        """Show the sender the reason of the wait, and keep the note for later, unless it waited long enough.

        What a provider promised is collected first: it keeps that for a while only. Raises the reason why it never
        comes.
        """
        await self.collector.collect_promised(opened)
        if wait.reason is WaitReason.DAY_BUDGET:
            await self.budget_is_spent()
        put_off = await self._put_off(opened, wait)
        if put_off.waits:
            await self.reporter.show(opened, Progress(Stage.WAITING, wait=wait))
            if wait.reason is WaitReason.SAME_RECORDING and await self._waits_for_nothing(opened):
                await self._put_off(opened, replace(wait, until=self.clock()))
        return put_off

    async def _waits_for_nothing(self, opened: OpenNote) -> bool:
        """Return True if the note that this one waits for ended, or asks, before the wait was written down."""
        return self.deduplication is not None and not isinstance(await self.deduplication.find(opened), Wait)

    async def _put_off(self, opened: OpenNote, wait: Wait) -> PutOff:
        """Keep the note and its money for later, unless it waited long enough: housekeeping resumes it."""
        if self.clock() - opened.taken_at > LONGEST_PAUSE:
            return PutOff(waits=False)
        until = min(wait.until, self.clock() + LONGEST_PAUSE)
        log.info("note_waits", reason=wait.reason.value, until=until.isoformat())
        await self._empty(opened.note)
        await self.notes.pause(opened.note.id, replace(wait, until=until))
        self.wake()  # so that the end of this wait is planned for
        return PutOff(waits=True)

    async def _ask(self, opened: OpenNote, price: Micros) -> Ended | Wait:
        """Ask the sender to agree to the price, and wait for the answer as long as there is time."""
        if opened.asked_until is not None and self.clock() >= opened.asked_until:
            return await self._refuse(opened, NotConfirmed())
        until = min(opened.asked_until or datetime.max.replace(tzinfo=UTC), self.clock() + LONGEST_QUESTION)
        await self._empty(opened.note)
        # Written down first: the answer may come at once.
        await self.notes.ask(opened.note.id, until)
        if self.deduplication and await self.deduplication.let_go(opened.note):
            self.wake()
        try:
            adapter = self.reporter.adapter(opened.note)
            await adapter.report(opened.note, opened.placeholder, Progress(Stage.ASKING, price=price))
        except Undelivered as error:
            return await self._refuse(opened, error)
        return Ended()

    async def _refuse(self, opened: OpenNote, error: EarmarkError) -> Ended | Wait:
        """End a note early: settle what was answered and deliver it; without that, release the money and say why."""
        note = opened.note
        await self.notes.refuse(note.id, error)
        log.info("note_refused", error=error.code)
        said = await self.collector.answered(note)
        if said is not None and await self.collector.is_payable(note, said):
            return await self._answer_early(opened, said, error)
        await self.ledger.release(note.id)
        await self.collector.book_losses(note)
        is_cancelled = await self.views.cancel_requested(note.id)
        return await self._say(opened, Cancelled() if is_cancelled else error)

    async def _answer_early(self, opened: OpenNote, said: Transcript, error: EarmarkError) -> Ended | Wait:
        """Settle and deliver the text of a note that ends early, as far as it goes."""
        paid = await self._settle(opened.note, said)
        await self.collector.book_unanswered(opened.note)
        if said.partial and said.text.strip() and not await self.views.cancel_requested(opened.note.id):
            return await self._deliver_text(opened, paid, said, error)
        return await self._answer(opened, paid)

    async def _say(self, opened: OpenNote, error: EarmarkError) -> Ended | Wait:
        """Say in one sentence why there is no text, and close the note."""
        await self.notes.refuse(opened.note.id, error)
        failed = await self._post(opened, Refusal(error.code, error.fields))
        if isinstance(failed, Wait):
            return failed
        state = NoteState.CANCELLED if isinstance(error, Cancelled) else NoteState.FAILED
        return await self._close(opened.note, state, error)

    async def _post(self, opened: OpenNote, reply: Reply) -> EarmarkError | Wait | None:
        """Turn the placeholder into the reply; return the error if the platform did not take it in all attempts."""
        with STEP_SECONDS.labels("deliver").time():
            try:
                await retry(partial(self._deliver, opened, reply))
            except NotNow as pause:
                return pause.wait
            except EarmarkError as error:
                log.warning("reply_not_delivered", error=error.code)
                return error
            except Exception:
                # Whatever the platform has, it may be over by then; the text is paid, and is kept meanwhile.
                log.exception("reply_not_delivered")
                return Wait(WaitReason.UNDELIVERED, self.clock() + UNDELIVERED_WAITS)
            return None

    async def _deliver(self, opened: OpenNote, reply: Reply) -> None:
        """Make one attempt. Raises Cancelled instead of posting a text whose cancel was requested."""
        if isinstance(reply, Answer) and await self.views.cancel_requested(opened.note.id):
            raise Cancelled
        adapter = self.reporter.adapter(opened.note)
        async with asyncio.timeout(DELIVERY_SECONDS):
            await adapter.deliver(opened.note, opened.placeholder, reply)

    async def _empty(self, note: Note) -> None:
        """Leave nothing in the spool: a wait may be long, and the files are made again."""
        await asyncio.to_thread(shutil.rmtree, self.submitter.folder(note), ignore_errors=True)

    async def _close(self, note: Note, state: NoteState, error: EarmarkError | None) -> Ended:
        """Leave nothing behind, then write down the end."""
        await self._leave_nothing(note)
        await self.notes.close(note, state, error)
        return await self._closed(note, state, error)

    async def _leave_nothing(self, note: Note) -> None:
        """Leave nothing behind in the spool or behind a link."""
        await self.submitter.withdraw(note)
        await self._empty(note)

    async def _closed(self, note: Note, state: NoteState, error: EarmarkError | None) -> Ended:
        """Resume the notes that waited for this one, and count it."""
        if self.deduplication and await self.deduplication.wake(note):
            self.wake()
        code = error.code if error else ""
        log.info("note_ended", state=state.value, error=code)
        NOTES.labels(note.key.platform, state.value, code).inc()
        return Ended()
