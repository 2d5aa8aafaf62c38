"""Requests become notes: authentication, options, waiting for the result."""

import asyncio
import hashlib
import json
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from urllib.parse import unquote, urlsplit
from uuid import UUID, uuid4

from aiolimiter import AsyncLimiter
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request

from adapters.api.adapter import PLATFORM, ApiAdapter, Expected, is_link
from adapters.api.context import Context, Limits, ModelNames
from adapters.api.errors import IdempotencyKeyReused, KeyUnknown, RunUnknown, TooMany, TooOften, passes
from adapters.http.errors import BadRequest
from adapters.http.uploads import Form, Landing, Upload, file_name
from bot.domain.errors import EarmarkError, InternalError
from bot.domain.money import Micros
from bot.domain.note import AUTO, Answer, MediaRef, Note, NoteKey, NoteState, Options, Reply, Stage
from bot.domain.transcript import Transcript
from bot.locales import ENGLISH, text
from bot.notes.views import Order, Standing
from bot.people.api_keys import Key

LOOK_EVERY = 1.0
"""Seconds between looks into the database, because another process may do the work."""
_FIRST_LOOK = 0.02
_LONGEST_KEY = 255
_LONGEST_LINK = 4096
_REQUEST = "request"
"""The detail of a note that tells a repeat of its request from another request with the same key."""
_REPEAT = "\x1f"
"""Stands in no client's key."""


class SubmissionOptions(BaseModel):
    """Options of a submission. Other fields are ignored, a claimed length too."""

    model_config = ConfigDict(extra="ignore", str_max_length=_LONGEST_LINK)

    model: str = ""
    language: str = AUTO
    diarize: bool = False
    events: bool = Field(default=False, validation_alias="tagAudioEvents")
    link: str = ""


@dataclass(frozen=True, slots=True)
class Done:
    """A note that ended in a transcript."""

    order: Order
    transcript: Transcript
    charged: Micros


@dataclass(frozen=True, slots=True)
class Pending:
    """A note that has not ended, or that was not waited for."""

    order: Order
    seconds: float | None
    """Length, if known."""
    parked: bool = False
    """True if the note waits for something, so that the request should not."""


class Submissions:
    """Submission of notes; one for each app."""

    def __init__(self, adapter: ApiAdapter, context: Context, limits: Limits) -> None:
        self.adapter = adapter
        self.context = context
        self.limits = limits
        self.names = ModelNames(context.aliases, context.catalog)
        self._accepting = asyncio.Lock()
        self._arriving: Counter[str] = Counter()
        self._rates: dict[str, AsyncLimiter] = {}

    async def caller(self, secret: str) -> Key:
        """Return the key of a secret. Raises KeyUnknown, and TooOften."""
        key = await self.context.keys.find(secret)
        if key is None:
            raise KeyUnknown
        most = self.limits.requests_per_second
        rate = self._rates.setdefault(key.id, AsyncLimiter(max(most, 1), max(1 / most, 1)))
        if not rate.has_capacity():
            raise TooOften(limit=most)
        await rate.acquire()
        return key

    @asynccontextmanager
    async def place(self, note_key: NoteKey, account: str) -> AsyncIterator[None]:
        """Reserve a place for one more upload of the account. Raises TooMany, DiskFull.

        The unfinished notes of the account count too, unless the upload repeats one that was accepted.
        """
        self._arriving[account] += 1
        try:
            known = await self.context.notes.standing(note_key.id) is not None
            unfinished = 0 if known else await self.context.notes.count_unfinished(account)
            if unfinished + self._arriving[account] > self.limits.unfinished:
                raise TooMany(limit=self.limits.unfinished)
            await self.context.intake.check_room()
            yield
        finally:
            self._arriving[account] -= 1

    def landing(self, account: str) -> Landing:
        """Return the place where an account's uploads arrive."""
        return Landing(self.adapter.uploads, self.context.intake.room, account)

    async def note_key(self, key: Key, request: Request) -> NoteKey:
        """Return the request's note key: the same for equal Idempotency-Keys, until the note failed for a reason that
        passes. Raises BadRequest.
        """
        told = request.headers.get("idempotency-key", "")
        if len(told) > _LONGEST_KEY or not told.isprintable():
            raise BadRequest(reason="the Idempotency-Key is too long, or has signs that nobody can read")
        # A client's key never equals a generated one.
        note_key = NoteKey(PLATFORM, key.id, "", f"key:{told}" if told else str(uuid4()))
        return await self._tried_anew(note_key) if told else note_key

    async def _tried_anew(self, first: NoteKey) -> NoteKey:
        """Return the first key among this one and its repeats whose note may still succeed."""
        note_key, attempt = first, 1
        while await self._failed_for_now(note_key):
            attempt += 1
            note_key = replace(first, message=f"{first.message}{_REPEAT}{attempt}")
        return note_key

    async def _failed_for_now(self, note_key: NoteKey) -> bool:
        standing = await self.context.notes.standing(note_key.id)
        if standing is None or standing.state is not NoteState.FAILED or standing.error is None:
            return False
        return standing.charged is None and passes(standing.error)

    def _note_of(self, note_key: NoteKey, account: str, form: Form, wanted: SubmissionOptions) -> Note:
        """Return the note of a request. Raises BadOptions."""
        alias = self.names.find(wanted.model)
        options = Options(
            model=alias.model,
            language=wanted.language,
            speakers=wanted.diarize,
            events=wanted.events,
            vocabulary=self.context.vocabulary,
        )
        later = "yes" if alias.asynchronous or wanted.diarize else "no"
        details = {"model": alias.name, "later": later, _REQUEST: _fingerprint(form, wanted)}
        return Note(note_key, account, _media(form.upload, wanted.link), options, details)

    async def submit(self, note_key: NoteKey, account: str, form: Form, wanted: SubmissionOptions) -> Note:
        """Accept the note of a request, and return it; if it was accepted before, as it is stored.

        Raises IdempotencyKeyReused if another request was accepted with this key; BadOptions, DiskFull.
        """
        async with self._accepting:  # two uploads with the same key may arrive at once, and only one takes the place
            before = await self.context.notes.order(note_key.id)
            if before is not None:
                _check_repeat(before.note, form, wanted)
                return before.note
            note = self._note_of(note_key, account, form, wanted)
            await self._accept(note, form.upload)
            return note

    async def _accept(self, note: Note, upload: Upload | None) -> None:
        place = self.adapter.place_of(note.id)
        if upload is not None:
            await asyncio.to_thread(self.landing(note.user).keep, upload, place)
        try:
            await self.context.intake.accept(note)
        except Exception as error:
            if isinstance(error, EarmarkError) or await self.context.notes.standing(note.id) is None:
                await asyncio.to_thread(place.unlink, missing_ok=True)
            raise

    async def end_of(self, note_id: str, expected: Expected, seconds: float) -> Done | Pending:
        """Wait up to `seconds` for a note's end. Raises the EarmarkError that it ended with."""
        end = time.monotonic() + seconds
        pause = _FIRST_LOOK
        while True:
            left = end - time.monotonic()
            await asyncio.wait([expected], timeout=max(0.0, min(pause, left)))
            pause = min(pause * 4, LOOK_EVERY)
            told = expected.done()  # read at once: it may arrive during the query
            try:
                found = await self._found(note_id, expected.result() if told else None)
            except Exception as error:  # the note goes on, and is paid once: its client had better not send it again
                if left <= 0 or not self.context.is_outage(error):
                    raise
                await asyncio.sleep(pause)
                continue
            if isinstance(found, Done) or found.parked or told or left <= 0:
                return found

    async def ticket_for(self, note_id: str, expected: Expected) -> Pending:
        """Wait until the note's money is held. Raises the EarmarkError of a note that ended by then."""
        end = time.monotonic() + self.limits.hold_seconds
        pause = _FIRST_LOOK
        while True:
            told = expected.done()
            found = await self._found(note_id, expected.result() if told else None)
            if isinstance(found, Done):
                return Pending(found.order, found.transcript.seconds)
            if found.seconds is not None or found.parked or told or time.monotonic() > end:
                return found
            await asyncio.wait([expected], timeout=pause)
            pause = min(pause * 1.5, 0.5)

    async def own(self, run_id: str, account: str) -> Standing:
        """Return a run of the account. Raises RunUnknown."""
        try:
            standing = await self.context.queries.own(str(UUID(run_id)), account)
        except ValueError:
            standing = None
        if standing is None:
            raise RunUnknown
        return standing

    async def known_end(self, standing: Standing) -> Done | Pending:
        """Return the stored result of a note. Raises the EarmarkError that it ended with."""
        order = await self.context.notes.order(standing.note_id)
        assert order is not None, "what has a standing was accepted"
        if not standing.state.is_final:
            return Pending(order, standing.seconds, parked=standing.stage is Stage.WAITING)
        transcript = await self.context.notes.transcript(standing.note_id)
        # Even if it could not be delivered, or was cancelled: it is paid.
        if transcript is not None and transcript.text.strip() and standing.charged is not None:
            code = standing.error.code if transcript.partial and standing.error else ""
            return Done(order, _with_reason(transcript, code), standing.charged)
        raise standing.error or InternalError(reference=standing.note_id)

    async def _found(self, note_id: str, reply: Reply | None) -> Done | Pending:
        if isinstance(reply, Answer):
            order = await self.context.notes.order(note_id)
            assert order is not None, "what has an answer was accepted"
            return Done(order, _with_reason(reply.transcript, reply.cut_short), reply.charged)
        standing = await self.context.notes.standing(note_id)
        assert standing is not None, "it was accepted"
        if reply is not None:  # a refusal is stored before its delivery, the end after it
            raise standing.error or InternalError(reference=note_id)
        return await self.known_end(standing)


def _with_reason(said: Transcript, code: str) -> Transcript:
    """Return a text with the reason why the rest is missing below it; "": it is whole."""
    return replace(said, text=f"{said.text}\n\n{text(ENGLISH, 'answer-cut-short', reason=code)}") if code else said


def options_of(form: Form, link: str) -> SubmissionOptions:
    """Return the options of a form; `link` is its field for a recording's URL. Raises BadRequest."""
    values = {name: value for name, value in form.values.items() if value is not None}
    try:
        wanted = SubmissionOptions.model_validate({**values, "link": values.get(link, "")})
        for text in (wanted.model, wanted.language, wanted.link):
            text.encode()
    except ValidationError as error:
        fault = error.errors()[0]
        name = str(fault["loc"][0]) if fault["loc"] else "the request"
        raise BadRequest(reason=f"{link if name == 'link' else name}: {fault['msg'].lower()}") from None
    except UnicodeEncodeError:
        raise BadRequest(reason="it holds halves of characters") from None
    _check_recording(form, wanted, link)
    return wanted


def _fingerprint(form: Form, wanted: SubmissionOptions) -> str:
    """Return a hash of what is asked for: the recording, or its link, and the options that make its transcript."""
    asked = wanted.model_dump(mode="json") | {"sound": form.upload.digest if form.upload else ""}
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


def _check_repeat(before: Note, form: Form, wanted: SubmissionOptions) -> None:
    """Raise IdempotencyKeyReused for another request than the note's; notes of earlier releases do not tell theirs."""
    asked = _fingerprint(form, wanted)
    if before.details.get(_REQUEST, asked) != asked:
        raise IdempotencyKeyReused


def _check_recording(form: Form, wanted: SubmissionOptions, link: str) -> None:
    if (form.upload is None) == (not wanted.link):
        raise BadRequest(reason=f"it needs a recording, either as a file or by its URL ({link})")
    if form.upload is None and not _is_good_link(wanted.link):
        raise BadRequest(reason=f"{link} must be a whole http or https URL")


def _is_good_link(link: str) -> bool:
    try:
        return is_link(link) and bool(urlsplit(link).hostname) and link.isprintable() and " " not in link
    except ValueError:
        return False


def _media(upload: Upload | None, link: str) -> MediaRef:
    if upload is None:
        return MediaRef(locator=link, name=file_name(unquote(urlsplit(link).path, errors="replace")))
    return MediaRef(locator="upload", name=upload.name, mime=upload.mime[:100], bytes=upload.size)
