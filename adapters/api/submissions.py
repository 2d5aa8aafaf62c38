"""Where requests become notes: who asks, what for, how long they wait for the text, and what they hear."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit
from uuid import UUID, uuid4

from aiolimiter import AsyncLimiter
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request

from adapters.api.adapter import PLATFORM, ApiAdapter, Expected, is_link
from adapters.api.context import Context, Limits, Menu
from adapters.api.errors import KeyUnknown, RunUnknown, TooMany, TooOften
from adapters.http.errors import BadRequest
from adapters.http.uploads import Form, Upload, file_name
from bot.domain.errors import EarmarkError, InternalError
from bot.domain.money import Micros
from bot.domain.note import AUTO, Answer, MediaRef, Note, NoteKey, Options, Reply, Stage
from bot.domain.transcript import Transcript
from bot.notes.records import Order, Standing
from bot.people.api_keys import Key

LOOK_EVERY = 1.0
"""Seconds between looks in the book, for another process may be the one that does the work."""
_FIRST_LOOK = 0.02
_LONGEST_KEY = 255
_LONGEST_LINK = 4096


class Wish(BaseModel):
    """What may be asked for with a recording. The rest of a request is ignored, what it claims of its length too."""

    model_config = ConfigDict(extra="ignore", str_max_length=_LONGEST_LINK)

    model: str = ""
    language: str = AUTO
    diarize: bool = False
    events: bool = Field(default=False, validation_alias="tagAudioEvents")
    link: str = ""


@dataclass(frozen=True, slots=True)
class Done:
    """A note's happy end."""

    order: Order
    transcript: Transcript
    charged: Micros


@dataclass(frozen=True, slots=True)
class Pending:
    """A note that has no end yet, or none that was waited for."""

    order: Order
    seconds: float | None
    """Its length, once that is known."""
    parked: bool = False
    """Whether nothing can be done for now, so that nobody should wait."""


class Desk:
    """One for each app."""

    def __init__(self, adapter: ApiAdapter, context: Context, limits: Limits) -> None:
        self.adapter = adapter
        self.context = context
        self.limits = limits
        self.menu = Menu(context.aliases, context.catalog)
        self._accepting = asyncio.Lock()
        self._arriving: Counter[str] = Counter()
        self._rates: dict[str, AsyncLimiter] = {}

    async def caller(self, secret: str) -> Key:
        """Who asks. Raises KeyUnknown, and TooOften."""
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
    async def place(self, key: Key) -> AsyncIterator[None]:
        """A place for one more note of the account, while it is handed in. Raises TooMany."""
        self._arriving[key.account] += 1
        try:
            if (
                await self.context.queries.unfinished(key.account) + self._arriving[key.account]
                > self.limits.unfinished
            ):
                raise TooMany(limit=self.limits.unfinished)
            yield
        finally:
            self._arriving[key.account] -= 1

    def note_key(self, key: Key, request: Request) -> NoteKey:
        """The key of the request's note: the same for all that bear the same Idempotency-Key. Raises BadRequest."""
        told = request.headers.get("idempotency-key", "")
        if len(told) > _LONGEST_KEY or not told.isprintable():
            raise BadRequest(reason="the Idempotency-Key is too long, or has signs that nobody can read")
        # A key that a client chose is never the one that was made up for another request.
        return NoteKey(PLATFORM, key.id, "", f"key:{told}" if told else str(uuid4()))

    def note_of(self, note_key: NoteKey, account: str, form: Form, wish: Wish) -> Note:
        """The note that a request asks for. Raises BadOptions."""
        alias = self.menu.find(wish.model)
        options = Options(model=alias.model, language=wish.language, speakers=wish.diarize, events=wish.events)
        later = "yes" if alias.asynchronous or wish.diarize else "no"
        details = {"model": alias.name, "later": later}
        return Note(note_key, account, _media(form.upload, wish.link), options, details)

    async def hand_in(self, note: Note, upload: Upload | None) -> None:
        """Take the note, unless the same one was taken before. Raises BadOptions, DiskFull."""
        place = self.adapter.place_of(note.id)
        async with self._accepting:  # two uploads with the same key may come at once, and only one has the place
            if await self.context.queries.standing(note.id) is not None:
                return
            if upload is not None:
                await asyncio.to_thread(upload.keep, place)
            try:
                await self.context.intake.accept(note)
            except Exception as error:
                if isinstance(error, EarmarkError) or await self.context.queries.standing(note.id) is None:
                    await asyncio.to_thread(place.unlink, missing_ok=True)
                raise

    async def end_of(self, note_id: str, expected: Expected, seconds: float) -> Done | Pending:
        """Wait so long for a note's end. Raises the EarmarkError that it ended with."""
        end = time.monotonic() + seconds
        pause = _FIRST_LOOK
        while True:
            left = end - time.monotonic()
            await asyncio.wait([expected], timeout=max(0.0, min(pause, left)))
            pause = min(pause * 4, LOOK_EVERY)
            told = expected.done()  # looked at once: it may come while the book is read
            found = await self._found(note_id, expected.result() if told else None)
            if isinstance(found, Done) or found.parked or told or left <= 0:
                return found

    async def ticket_for(self, note_id: str, expected: Expected) -> Pending:
        """Wait until the note's money is held. Raises the EarmarkError that it ended with, where it did by then."""
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
        """A run of the account. Raises RunUnknown."""
        try:
            standing = await self.context.queries.own(str(UUID(run_id)), account)
        except ValueError:
            standing = None
        if standing is None:
            raise RunUnknown
        return standing

    async def known_end(self, standing: Standing) -> Done | Pending:
        """What the book says of a note. Raises the EarmarkError that it ended with."""
        order = await self.context.queries.order(standing.note_id)
        assert order is not None, "what has a standing was accepted"
        if not standing.state.is_final:
            return Pending(order, standing.seconds, parked=standing.stage is Stage.WAITING)
        transcript = await self.context.queries.transcript(standing.note_id)
        if transcript is not None and standing.charged is not None:  # even where it could not be delivered: it is paid
            return Done(order, transcript, standing.charged)
        raise standing.error or InternalError(reference=standing.note_id)

    async def _found(self, note_id: str, reply: Reply | None) -> Done | Pending:
        if isinstance(reply, Answer):
            order = await self.context.queries.order(note_id)
            assert order is not None, "what has an answer was accepted"
            return Done(order, reply.transcript, reply.charged)
        standing = await self.context.queries.standing(note_id)
        assert standing is not None, "it was accepted"
        if reply is not None:  # its end is written down after it is delivered, but why it is refused before
            raise standing.error or InternalError(reference=note_id)
        return await self.known_end(standing)


def wish_of(form: Form, link: str) -> Wish:
    """What a form asks for; `link` is its name for the URL of a recording. Raises BadRequest."""
    values = {name: value for name, value in form.values.items() if value is not None}
    try:
        wish = Wish.model_validate({**values, "link": values.get(link, "")})
        for text in (wish.model, wish.language, wish.link):
            text.encode()
    except ValidationError as error:
        fault = error.errors()[0]
        name = str(fault["loc"][0]) if fault["loc"] else "the request"
        raise BadRequest(reason=f"{link if name == 'link' else name}: {fault['msg'].lower()}") from None
    except UnicodeEncodeError:
        raise BadRequest(reason="it holds halves of characters") from None
    _check_recording(form, wish, link)
    return wish


def _check_recording(form: Form, wish: Wish, link: str) -> None:
    if (form.upload is None) == (not wish.link):
        raise BadRequest(reason=f"it needs a recording, either as a file or by its URL ({link})")
    if form.upload is None and not _is_good_link(wish.link):
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
