"""The threads of the embedded engine, their turns, and the models that they share."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from typing import TypeVar

from bot.domain.errors import EarmarkError, EngineFailed, Unloaded
from bot.providers.embedded.recogniser import Recogniser
from bot.providers.embedded.speakers.embedding import Embedder
from bot.providers.embedded.speakers.windows import Samples
from bot.providers.embedded.speech_models import SpeechModels
from bot.providers.embedded.turns import Job, Tell, Turns
from bot.providers.embedded.whisper import failed

Result = TypeVar("Result")

TURN_TIME_LIMIT = 3600.0
"""Seconds of wall clock for a turn, in which a model may be loaded: a hundred times what the slowest machine needs."""


class Workers:
    """Threads that work on recordings in turn. A model is loaded when it is first wanted, and kept."""

    def __init__(
        self, speech_models: SpeechModels, load_voices: Callable[[], Embedder], count: int, time_limit: float
    ) -> None:
        """`count`: turns at once. Loading blocks."""
        self._speech_models = speech_models
        self._load_voices = load_voices
        self._time_limit = time_limit
        self._pool = ThreadPoolExecutor(max_workers=count, thread_name_prefix="whisper")
        self._turns = Turns(count)
        self._closed = threading.Event()
        self._loading = threading.Lock()
        self._unloading: asyncio.TimerHandle | None = None
        self._embedder: Embedder | None = None

    async def run(self, job: Job, work: Callable[[], Result], tell: Tell) -> Result:
        """Do the work in a thread, as one turn of the job. Raises EngineFailed if it takes too long, Unloaded.

        While the job waits, `tell` gets the number of jobs before it. Cancelling the task returns at once; the turn
        ends when the work does.
        """
        loop = asyncio.get_running_loop()
        await self._turns.begin(job, tell)
        try:
            self.check_open()
            # The thread's log lines bear the note's id.
            running = self._pool.submit(copy_context().run, _mapped, work)
        except BaseException:
            self._turns.end(job)
            raise
        running.add_done_callback(lambda _: loop.call_soon_threadsafe(self._turns.end, job))
        self._unload_later(loop)
        try:
            async with asyncio.timeout(self._time_limit):
                return await _outcome(asyncio.wrap_future(running))
        except TimeoutError as error:
            raise EngineFailed(reason="slow") from error

    async def aclose(self) -> None:
        """Stop the threads (after the half minute of audio in progress) and free the models."""
        self._closed.set()
        self._turns.stop()
        await asyncio.to_thread(self._pool.shutdown, wait=True, cancel_futures=True)
        if self._unloading is not None:
            self._unloading.cancel()
        self._speech_models.clear()
        self._embedder = None

    def _unload_later(self, loop: asyncio.AbstractEventLoop) -> None:
        """Free idle models when the time has come, one timer for all."""
        idle = self._speech_models.idle_seconds
        if idle > 0 and self._unloading is None:
            self._unloading = loop.call_later(idle, self._unload, loop)

    def _unload(self, loop: asyncio.AbstractEventLoop) -> None:
        self._unloading = None
        if self._speech_models.unload_idle():
            self._unload_later(loop)

    def loaded(self) -> dict[str, bool]:
        """Return each model's name, and True if it is in memory."""
        return {**self._speech_models.loaded(), "voices": self._embedder is not None}

    def check_open(self) -> None:
        """Raise Unloaded if the engine closes."""
        if self._closed.is_set():
            raise Unloaded

    # The following functions run in the threads.

    def speech(self, model: str = "") -> Recogniser:
        """Return a speech model; "": the default one."""
        return self._speech_models.get(model)

    def language_of(self, sound: Samples) -> str:
        """Return the language of a sound for a model that cannot tell; "auto" if no other can."""
        return self._speech_models.language_of(sound)

    def embedder(self) -> Embedder:
        """Return the voice model."""
        with self._loading:
            if self._embedder is None:
                self._embedder = self._load_voices()
            return self._embedder


async def _outcome(work: "asyncio.Future[Result]") -> Result:
    """Return the result of work in a thread; work dropped by a closing engine is not a cancellation of the caller."""
    try:
        await asyncio.wait([work])
    except asyncio.CancelledError:
        work.cancel()  # if it has not begun
        raise
    if work.cancelled():
        raise Unloaded
    return work.result()


def _mapped(work: Callable[[], Result]) -> Result:
    with _map_engine_errors():
        return work()


@contextmanager
def _map_engine_errors() -> Iterator[None]:
    try:
        yield
    except EarmarkError:
        raise
    except Exception as error:
        raise failed(error) from error
