"""NanoGPT's speech-to-text: ports.Transcriber over its HTTP API.

Requests and answers are defined in wire, single calls in transport. This module decides on retries, progress and
pauses. The API has no idempotency key, so a submit that may have arrived is never repeated.
"""

import asyncio
import random
import time
from collections.abc import Callable, Generator, Iterable
from contextlib import nullcontext
from datetime import date, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import httpx
import structlog

from bot.domain.audio import Accepts, Audio
from bot.domain.billing import Listing
from bot.domain.catalog import NANOGPT, ModelInfo
from bot.domain.errors import (
    BadSettings,
    InternalError,
    KeyRefused,
    NeedsLink,
    NotNow,
    ProviderDown,
    ProviderRefused,
    TooLarge,
    Unanswered,
    UnknownModel,
)
from bot.domain.money import Micros, by_length
from bot.domain.note import Options, Reached, Ticket
from bot.domain.ports import Clock, Report
from bot.domain.provider_state import ProviderState
from bot.domain.transcript import Transcript
from bot.domain.waiting import WaitReason
from bot.providers.nanogpt import wire as wire
from bot.providers.nanogpt.account_breaker import AccountBreaker
from bot.providers.nanogpt.outage_breaker import OutageBreaker
from bot.providers.nanogpt.polling import (
    Chance,
    Monotonic,
    Poller,
    PollResult,
    Sleep,
    TransientFailure,
    Unknown,
    Unreached,
)
from bot.providers.nanogpt.retries import LONG_WAIT, Again, Timeouts, retried
from bot.providers.nanogpt.transcripts import RecordingFacts
from bot.providers.nanogpt.transport import (
    Answered,
    FileUnreadable,
    MayHaveArrived,
    NeverArrived,
    Pace,
    Unreachable,
    call,
)
from bot.providers.nanogpt.usage import USAGE, read_usage, usage_query

log = structlog.get_logger()

_BUSY_SECONDS = 60.0
_POLLED_AGAIN = timedelta(minutes=5)
"""Pause of a note whose job could not be asked after until its deadline."""
_LARGE_BODY = 65_536
"""Bytes; a larger answer is parsed in a thread."""
_TIMEOUT = httpx.Timeout(connect=10, write=60, read=30, pool=60)
_LIMITS = httpx.Limits(
    max_connections=None,  # as many as there are notes in work: a note must not fail in a queue for a connection
    max_keepalive_connections=32,
    keepalive_expiry=4,  # servers close after 5 s of silence, and a submit that meets the closing is lost
)

_OK = (HTTPStatus.OK, HTTPStatus.ACCEPTED)
_TIMEOUTS = Timeouts()
_EDGE_ALONE = frozenset({521, 522, 523, 525, 526, 530})
"""Statuses of an edge that did not get through to the provider."""
_PASSES = _EDGE_ALONE | {
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.INTERNAL_SERVER_ERROR,
    HTTPStatus.SERVICE_UNAVAILABLE,
}
"""Calls that are answered with these are not charged. 502, 504, 520 and 524 may be: the answer was lost on the way."""
T = TypeVar("T")


class _Key(httpx.Auth):
    """Adds the key to each request as it is sent; it appears in no header of the client, and in no repr."""

    def __init__(self, key: str) -> None:
        self._key = key

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["x-api-key"] = self._key
        yield request


def client(base_url: str, key: str) -> httpx.AsyncClient:
    """Return the HTTP client of NanoGPT, with its timeouts; the caller closes it. Raises BadSettings for the key."""
    if not key or not (key.isascii() and key.isprintable()) or " " in key:
        raise BadSettings(reason="the key of the speech service is empty, or has signs that no key has")
    headers = {"accept": "application/json", "user-agent": "earmark"}
    return httpx.AsyncClient(base_url=base_url, auth=_Key(key), headers=headers, timeout=_TIMEOUT, limits=_LIMITS)


class NanoGPT:
    """ports.Transcriber by NanoGPT. One instance per process: it paces all requests."""

    name = NANOGPT
    repeatable = False
    charges_for_silence = True

    def __init__(
        self,
        client: httpx.AsyncClient,
        clock: Clock,
        models: Iterable[ModelInfo],
        *,
        timeouts: Timeouts = _TIMEOUTS,
        pace: Pace | None = None,
        sleep: Sleep = asyncio.sleep,
        monotonic: Monotonic = time.monotonic,
        chance: Chance = random.random,
        is_back: Callable[[], None] = lambda: None,
    ) -> None:
        """`models`: the available ones. `sleep`, `monotonic` and `chance` drive the polling.

        `is_back` is called when recordings are taken again after none were.
        """
        self._client = client
        self._models = {model.name: model for model in models}
        self._clock = clock
        self._timeouts = timeouts
        self._pace = pace or Pace()
        self._is_back = is_back
        self._breaker = AccountBreaker(self.balance, clock, monotonic, is_back)
        self._outage = OutageBreaker(clock, monotonic)
        self._poller = Poller(sleep, monotonic, chance)

    def accepts(self, model: str) -> Accepts:
        """Return the accepted formats of a model. Raises UnknownModel."""
        video = self._model(model).video
        return Accepts(
            containers=wire.VIDEO_CONTAINERS if video else wire.CONTAINERS,
            bytes=wire.DIRECT_BYTES,
            linked_bytes=wire.LINKED_BYTES,
            video=video,
        )

    @property
    def state(self) -> ProviderState:
        """The provider's state, as the latest submits showed it."""
        return self._outage.state

    async def check_open(self) -> None:
        await self._breaker.check()
        self._outage.check_open()

    async def submit(self, audio: Audio, options: Options, report: Report, user: str = "") -> Transcript | Ticket:
        """Submit the file, or its link if it has one.

        Raises NotNow, ProviderRefused, KeyRefused, NeedsLink, TooLarge: none of them is charged, nor is ProviderDown,
        which only a recording gets on which the provider fails while it works for others. Unanswered may be charged.
        """
        quote = by_length(self._model(options.model).per_minute, audio.seconds)
        asked = _asked(options, audio.seconds, quote)
        _check_size(audio)
        await self._breaker.check(quote)
        self._outage.check(audio.path)
        answered = await self._answered(audio, options)
        outcome = await _read(lambda body: wire.read_submitted(answered.status, body, asked, self._clock()), answered)
        if isinstance(outcome, Transcript):
            await report(Reached(1.0))
        return outcome

    async def _answered(self, audio: Audio, options: Options) -> Answered:
        """Submit, and tell the breaker of outages if the provider works."""
        try:
            answered = await retried(lambda: self._submit_once(audio, options), self._timeouts)
        except Again as again:
            if isinstance(again.end, ProviderDown):
                raise self._outage.failed(audio.path, is_reached=again.is_reached) from again
            raise again.end from again
        except (NotNow, ProviderRefused) as refusal:
            if not (isinstance(refusal, NotNow) and refusal.wait.reason is WaitReason.PROVIDER_BUSY):
                self._works(audio)
            raise
        self._works(audio)
        return answered

    def _works(self, audio: Audio) -> None:
        if self._outage.works(audio.path):
            self._is_back()

    async def collect(self, ticket: Ticket, options: Options, report: Report) -> Transcript:
        """Poll until the transcript is there; nothing is submitted again.

        Raises ProviderFailed, ProviderRefused if the job stays unknown, Unanswered if it never ends, NotNow if the
        provider does not tell.
        """
        job = wire.read_ticket(ticket.body)
        known = self._models.get(options.model)  # it may have left the catalog, and the transcript is paid for
        quote = by_length(known.per_minute, job.seconds) if known else Micros(0)
        asked = _asked(options, job.seconds, quote if ticket.cost is None else ticket.cost)
        age = 0.0 if job.submitted_at is None else (self._clock() - job.submitted_at).total_seconds()
        try:
            transcript = await self._poller.until_done(lambda: self._poll(job, asked), job.seconds, age)
        except Unreached:
            raise NotNow(WaitReason.PROVIDER_AWAY, self._clock() + _POLLED_AGAIN) from None
        await report(Reached(1.0))
        return transcript

    async def balance(self) -> Micros:
        """Return the balance of the account. Raises ProviderDown, KeyRefused."""
        answered = await self._ask("POST", wire.BALANCE)
        return _or_down(wire.read_balance, answered)

    async def models(self) -> list[dict[str, Any]]:
        """Return NanoGPT's current models: plain JSON, each with its "id". Raises ProviderDown, KeyRefused."""
        answered = await self._ask("GET", wire.MODELS, params=wire.MODELS_QUERY)
        return _or_down(wire.read_models, answered)

    async def usage(self, first: date, last: date) -> Listing:
        """Return NanoGPT's charges by day and model, both days included. Raises ProviderDown,
        KeyRefused, BadSettings.
        """
        try:
            answered = await self._ask("GET", USAGE, params=usage_query(first, last))
        except ProviderRefused as error:
            raise BadSettings(reason=f"the speech service does not list what it charged: {error.reason}") from error
        return _or_down(read_usage, answered)

    def _model(self, name: str) -> ModelInfo:
        try:
            return self._models[name]
        except KeyError:
            raise UnknownModel(model=name[:80], known=", ".join(self._models)) from None

    async def _submit_once(self, audio: Audio, options: Options) -> Answered:
        """Submit once. Raises Again only if nothing can have been charged."""
        await self._pace.wait_to_submit()
        with nullcontext() if audio.link else await _opened(audio.path) as file:
            request = self._request_for(audio, options, file)
            try:
                answered = await call(self._client, request, self._answer_seconds(audio))
            except NeverArrived as error:
                raise Again(ProviderDown(), is_reached=not isinstance(error, Unreachable)) from error
            except MayHaveArrived as error:
                log.warning("nanogpt_submit_unanswered", error=str(error))
                raise Unanswered from error
            except FileUnreadable as unreadable:
                raise _unreadable(unreadable.error) from unreadable
        if answered.status in _OK:
            return answered
        told = self._error_of(answered)
        if answered.status >= HTTPStatus.INTERNAL_SERVER_ERROR and answered.status not in _PASSES:
            self._outage.lost(audio.path)
            raise Unanswered from told  # the edge lost the answer of a provider that may be at work
        raise told

    def _request_for(self, audio: Audio, options: Options, file: BinaryIO | None) -> httpx.Request:
        timeout = {**_TIMEOUT.as_dict(), "read": self._answer_seconds(audio)}
        if file is None:
            body = wire.json_of(audio, options)
            return self._client.build_request("POST", wire.TRANSCRIBE, json=body, extensions={"timeout": timeout})
        name, mime = wire.file_of(audio)
        form, files = wire.form_of(audio, options), {"audio": (name, file, mime)}
        return self._client.build_request(
            "POST", wire.TRANSCRIBE, data=form, files=files, extensions={"timeout": timeout}
        )

    def _answer_seconds(self, audio: Audio) -> float:
        return max(self._timeouts.answer, audio.seconds)

    async def _poll(self, job: wire.Job, asked: RecordingFacts) -> PollResult:
        """Poll a job once. Raises TransientFailure for all failures but the job's own."""
        await self._pace.wait_to_poll()
        try:
            request = self._client.build_request("POST", wire.STATUS, json=job.request, timeout=self._timeouts.poll)
            answered = await call(self._client, request, self._timeouts.poll)
        except (NeverArrived, MayHaveArrived) as error:
            raise TransientFailure(str(error)) from error
        if answered.status == HTTPStatus.NOT_FOUND:
            raise Unknown(ProviderRefused(reason=wire.read_problem(answered.status, answered.body).reason))
        if answered.status != HTTPStatus.OK:
            raise TransientFailure(
                f"status {answered.status} {_request_id(answered)}", self._wait_of(answered, "retry-after")
            )
        try:
            transcript = await _read(lambda body: wire.read_status(body, asked), answered)
        except ValueError as error:
            raise TransientFailure("unreadable answer") from error
        return PollResult(transcript, self._wait_of(answered, "x-poll-after"))

    async def _ask(self, method: str, path: str, **more: Any) -> Answered:
        """Send a free request, which may be repeated."""

        async def once() -> Answered:
            await self._pace.wait_to_submit()
            try:
                request = self._client.build_request(method, path, timeout=self._timeouts.poll, **more)
                answered = await call(self._client, request, self._timeouts.poll)
            except (NeverArrived, MayHaveArrived) as error:
                raise Again(ProviderDown()) from error
            if answered.status not in _OK:
                raise self._error_of(answered)
            return answered

        try:
            return await retried(once, self._timeouts)
        except Again as again:
            raise again.end from again

    def _error_of(self, answered: Answered) -> Exception:
        """Return the exception for an error response."""
        problem = wire.read_problem(answered.status, answered.body)
        wait = self._wait_of(answered, "retry-after")
        log.warning(
            "nanogpt_error",
            status=problem.status,
            code=problem.code,
            reason=problem.reason,
            request_id=_request_id(answered),
        )
        if problem.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            return KeyRefused()
        if problem.status == HTTPStatus.PAYMENT_REQUIRED:
            return self._breaker.is_empty(problem.required)
        if problem.status == HTTPStatus.TOO_MANY_REQUESTS and (problem.lasts_a_day or (wait or 0) > LONG_WAIT):
            return self._breaker.is_used_up(wait)
        if problem.status in _PASSES or problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return self._passing(problem.status, wait)
        if problem.status < HTTPStatus.BAD_REQUEST:
            return BadSettings(reason=f"the speech service's address leads elsewhere (HTTP {problem.status})")
        return ProviderRefused(reason=problem.reason)

    def _passing(self, status: int, wait: float | None) -> Exception:
        if wait is not None and wait > LONG_WAIT:
            return self._breaker.is_busy(wait)
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            return Again(self._breaker.is_busy(max(wait or 0, _BUSY_SECONDS)), wait)
        return Again(ProviderDown(), wait, is_reached=status not in _EDGE_ALONE)

    def _wait_of(self, answered: Answered, header: str) -> float | None:
        return wire.read_wait(answered.headers.get(header), self._clock())


def _asked(options: Options, seconds: float, cost: Micros) -> RecordingFacts:
    return RecordingFacts(options.model, seconds, cost, options.language, options.speakers)


def _request_id(answered: Answered) -> str:
    """Return the request id, for NanoGPT's support."""
    return wire.cleaned_id(answered.headers.get("x-request-id", ""))


def _check_size(audio: Audio) -> None:
    if audio.link is None and audio.bytes > wire.DIRECT_BYTES:
        raise NeedsLink
    if audio.bytes > wire.LINKED_BYTES:
        raise TooLarge(limit_mb=wire.LINKED_BYTES / 1_000_000)


async def _opened(path: Path) -> BinaryIO:
    try:
        return await asyncio.to_thread(path.open, "rb")
    except OSError as error:
        raise _unreadable(error) from error


def _unreadable(error: OSError) -> InternalError:
    log.error("sound_not_read", error=type(error).__name__)
    return InternalError(reference="the sound that was prepared cannot be read")


async def _read(reader: Callable[[bytes], T], answered: Answered) -> T:
    """Parse a response; a large one in a thread, so that the loop is not blocked."""
    if len(answered.body) < _LARGE_BODY:
        return reader(answered.body)
    return await asyncio.to_thread(reader, answered.body)


def _or_down(reader: Callable[[bytes], T], answered: Answered) -> T:
    try:
        return reader(answered.body)
    except ValueError as error:
        raise ProviderDown from error
