"""The embedded engine: Whisper on this machine's CPU, without cost or network.

One thread owns the models. They are loaded once and kept, Whisper at the first note or by `warm_up`, the voice model at
the first diarization. A long recording passes in chunks of a few minutes, so that memory stays bounded; concurrent
notes take turns chunk by chunk.
"""

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, contextmanager
from contextvars import copy_context
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import numpy as np

from bot.domain.audio import Accepts, Audio
from bot.domain.catalog import LOCAL
from bot.domain.errors import EarmarkError, EngineFailed, NoSpeech, ProviderRefused, Unloaded
from bot.domain.languages import normalise_language
from bot.domain.money import Micros, by_length
from bot.domain.note import AUTO, Options, Reached, Ticket
from bot.domain.ports import Report
from bot.domain.transcript import Transcript, Word
from bot.media.pcm import Window, chunks, samples
from bot.providers.embedded.speakers.diarizer import Diarizer
from bot.providers.embedded.speakers.embedding import Embedder, SherpaEmbedder
from bot.providers.embedded.speakers.labelling import Sentence, by_speaker
from bot.providers.embedded.speakers.model import find_speaker_model
from bot.providers.embedded.speakers.windows import Samples
from bot.providers.embedded.weights import find_model
from bot.providers.embedded.whisper import Load, RawSegment, Recogniser, Whisper, failed

Result = TypeVar("Result")

_QUIET, _TARGET, _MOST_GAIN = 0.3, 0.5, 100.0
"""Level for speech detection: audio below the first value is raised to the second, at most by the third as a factor."""

_DECODED_AT_ONCE = 2
"""Recordings that are decoded at once: the one in progress, and the next. The others wait without a decoder."""

_WORDS_SHARE, _CHUNKS_SHARE = 0.8, 0.98
"""Shares of the work with diarization: recognition within a chunk, and all chunks before the voices are compared."""

OpenWindows = Callable[[Audio], AbstractAsyncContextManager[AsyncIterator[Window]]]
"""Opens the windows of a recording, as Media.windows does."""

CHUNK_SECONDS = 120.0
"""Seconds of audio per chunk: 300 s take up to 230 MB more, and make other notes wait longer."""

CHUNK_TIME_LIMIT = 3600.0
"""Seconds of wall clock for a chunk: thirty times what the slowest machine should need."""


class _Begun:
    """The thread begins with a chunk now: until then other recordings had their turn."""


News = RawSegment | float | _Begun
"""A recognised piece, the second of a chunk that diarization reached, or the beginning of the work."""
Emit = Callable[[News], None]
"""Passes news to the event loop."""

LoadVoices = Callable[[str], Embedder]
"""Loads a voice model: the included one for "", else a file. It blocks."""


def open_embedder(setting: str) -> Embedder:
    """Return the voice model, verified and loaded. Blocking. Raises ModelMissing."""
    return SherpaEmbedder(find_speaker_model(setting))


class LocalTranscriber:
    """ports.Transcriber on this machine. Use it as `async with LocalTranscriber(...) as local`."""

    name = LOCAL
    repeatable = True
    charges_for_silence = False

    def __init__(
        self,
        model: str,
        data_dir: Path,
        *,
        listen: OpenWindows,
        threads: int = 0,
        chunk_seconds: float = CHUNK_SECONDS,
        chunk_time_limit: float = CHUNK_TIME_LIMIT,
        speaker_model: str = "",
        load: Load | None = None,
        load_voices: LoadVoices | None = None,
        per_minute: Micros = Micros(0),
    ) -> None:
        """`model` as in weights.model_folder; `threads` 0: the number of the process's CPUs.

        `speaker_model`: as in find_speaker_model. `per_minute`: the operator's own cost of a minute of audio.
        """
        self._per_minute = per_minute
        self._listen = listen
        self._data_dir = data_dir
        self._model = model
        self._speaker_model = speaker_model
        self._chunk_seconds = chunk_seconds
        self._chunk_time_limit = chunk_time_limit
        self._threads = threads or _processors()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="whisper")
        self._turns = asyncio.Semaphore(_DECODED_AT_ONCE)
        self._closed = threading.Event()
        self._load = load or Whisper
        self._load_voices = load_voices or open_embedder
        self._engine: Recogniser | None = None
        self._embedder: Embedder | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Stop the thread (after the half minute of audio in progress) and free the models."""
        self._closed.set()
        await asyncio.to_thread(self._thread.shutdown, wait=True, cancel_futures=True)
        self._engine = self._embedder = None

    def loaded(self) -> dict[str, bool]:
        """Return each model's name, and True if it is in memory."""
        return {"speech": self._engine is not None, "voices": self._embedder is not None}

    def accepts(self, model: str) -> Accepts:
        return Accepts()

    async def check_open(self) -> None:
        """Return: the engine is always available."""

    async def warm_up(self) -> None:
        """Load the model now, so that the first note does not wait for it. Raises ModelMissing, OperatorError."""
        await _outcome(self._in_thread(self._loaded))

    async def submit(self, audio: Audio, options: Options, report: Report, user: str = "") -> Transcript:
        """Return the transcript of a recording. Raises NoSpeech, ModelMissing, EngineFailed, or an error of the
        decoder.

        With diarization and at least two voices, each word and segment has a speaker. `report` gets the finished
        fraction. Cancelling the task returns at once; the model is free again after the half minute of audio in
        progress.
        """
        voices = await _outcome(self._in_thread(self._voices)) if options.speakers else None
        recognition = _Recognition(audio.seconds, _CHUNKS_SHARE if voices else 1.0)
        language = normalise_language(options.language)
        async with self._turns, self._listen(audio) as windows:
            async for chunk in chunks(windows, self._chunk_seconds):
                found = await self._recognise(chunk, language, recognition, voices, report)
                if recognition.sentences:
                    language = found
        if not recognition.sentences:
            raise NoSpeech
        if voices:
            recognition.sentences = await self._by_speaker(recognition.sentences, voices, options.speaker_count)
        await report(Reached(1.0))
        cost = by_length(self._per_minute, audio.seconds)
        return replace(recognition.transcript(language, options.model), cost=cost)

    async def collect(self, ticket: Ticket, options: Options, report: Report) -> Transcript:
        """Raise ProviderRefused: this engine answers at once and gives no tickets."""
        raise ProviderRefused(reason="the embedded engine gives no tickets, so there is nothing to collect")

    async def _recognise(
        self, chunk: Window, language: str, recognition: "_Recognition", voices: Diarizer | None, report: Report
    ) -> str:
        """Add the text of a chunk to `recognition`; return its language. Raises EngineFailed if it takes too long."""
        loop = asyncio.get_running_loop()
        news: asyncio.Queue[News | None] = asyncio.Queue()
        words_share = _WORDS_SHARE if voices else 1.0

        def emit(one: News) -> None:
            loop.call_soon_threadsafe(news.put_nowait, one)

        stop = threading.Event()
        work = self._in_thread(partial(self._decode, chunk, language, voices, stop, emit))
        work.add_done_callback(lambda _: news.put_nowait(None))
        try:
            async with asyncio.timeout(None) as limit:
                while (one := await news.get()) is not None:
                    if isinstance(one, _Begun):
                        limit.reschedule(loop.time() + self._chunk_time_limit)
                        continue
                    if isinstance(one, RawSegment):
                        end = recognition.add(one, chunk)
                        recognition.reached(chunk.start + words_share * (end - chunk.start))
                    else:
                        recognition.reached(chunk.start + words_share * chunk.seconds + (1 - words_share) * one)
                    await report(Reached(recognition.fraction))
                found = await _outcome(work)
        except TimeoutError as error:
            raise EngineFailed(reason="slow") from error
        finally:
            stop.set()
            work.cancel()
        await report(Reached(recognition.reached(chunk.start + chunk.seconds)))
        return found

    async def _by_speaker(self, sentences: list[Sentence], voices: Diarizer, speakers: int | None) -> list[Sentence]:
        """Return the recognised sentences with their speakers."""
        stop = threading.Event()
        work = self._in_thread(partial(self._compare, sentences, voices, speakers, stop))
        try:
            return await _outcome(work)
        finally:
            stop.set()
            work.cancel()

    def _in_thread(self, work: Callable[[], Result]) -> "asyncio.Future[Result]":
        if self._closed.is_set():
            raise Unloaded
        # The thread's log lines bear the note's id.
        return asyncio.get_running_loop().run_in_executor(self._thread, copy_context().run, work)

    # The following functions run in the thread.

    def _loaded(self) -> Recogniser:
        if self._engine is None:
            folder = find_model(self._model, self._data_dir)
            self._engine = self._load(folder, self._model, self._threads)
        return self._engine

    def _voices(self) -> Diarizer:
        if self._embedder is None:
            self._embedder = self._load_voices(self._speaker_model)
        return Diarizer(self._embedder)

    def _decode(self, chunk: Window, language: str, voices: Diarizer | None, stop: threading.Event, emit: Emit) -> str:
        """Pass on every piece, and diarize the chunk if `voices` are given; return the language."""
        emit(_Begun())
        with _map_engine_errors():
            sound = _amplified(samples(chunk.sound))
            found, pieces = self._loaded().recognise(sound, language)
            spoken = False
            for piece in pieces:
                self._check_wanted(stop)
                emit(piece)
                spoken = True
            for moment in voices.add_chunk(sound, chunk.start) if voices and spoken else ():
                self._check_wanted(stop)
                emit(moment)
            return found

    def _compare(
        self, sentences: list[Sentence], voices: Diarizer, speakers: int | None, stop: threading.Event
    ) -> list[Sentence]:
        with _map_engine_errors():
            return by_speaker(sentences, voices.turns(speakers, partial(self._check_wanted, stop)))

    def _check_wanted(self, stop: threading.Event) -> None:
        """Raise Unloaded if the work was abandoned."""
        if stop.is_set() or self._closed.is_set():
            raise Unloaded


async def _outcome(work: "asyncio.Future[Result]") -> Result:
    """Return the result of work in the thread; work dropped by a closing engine is not a cancellation of the caller."""
    await asyncio.wait([work])
    if work.cancelled():
        raise Unloaded
    return work.result()


@contextmanager
def _map_engine_errors() -> Iterator[None]:
    try:
        yield
    except EarmarkError:
        raise
    except Exception as error:
        raise failed(error) from error


@dataclass(slots=True)
class _Recognition:
    """The recognised text so far of a recording of `seconds`; recognition is `share` of the work."""

    seconds: float
    share: float
    sentences: list[Sentence] = field(default_factory=list)
    fraction: float = 0.0
    _last: float = 0.0
    """The latest time so far."""

    def add(self, piece: RawSegment, chunk: Window) -> float:
        """Add a piece of a chunk; return its end. Times never go back, nor past the end of the chunk."""
        latest = min(chunk.start + chunk.seconds, self.seconds)

        def moment(in_chunk: float) -> float:
            self._last = max(self._last, min(round(in_chunk + chunk.start, 3), latest))
            return self._last

        mine = tuple(Word(word.text, moment(word.start), moment(word.end)) for word in piece.words)
        start = mine[0].start if mine else moment(piece.start)
        end = mine[-1].end if mine else moment(piece.end)
        self.sentences.append(Sentence(piece.text, start, end, mine))
        return end

    def reached(self, moment: float) -> float:
        """Record the progress up to this moment; return the fraction, which never decreases."""
        if self.seconds > 0:
            self.fraction = min(max(self.fraction, self.share * moment / self.seconds), self.share)
        return self.fraction

    def transcript(self, language: str, model: str) -> Transcript:
        return Transcript(
            text="".join(one.text for one in self.sentences).strip(),
            language="" if language == AUTO else language,
            seconds=self.seconds,
            model=model,
            segments=tuple(one.segment for one in self.sentences),
            words=tuple(word for one in self.sentences for word in one.words),
        )


def _amplified(sound: Samples) -> Samples:
    """Raise a quiet recording to a usual level; loud or silent audio stays unchanged."""
    level = float(np.percentile(np.abs(sound[::16]), 99.9)) if len(sound) else 0.0
    if not 0 < level < _QUIET:
        return sound
    louder: Samples = np.clip(sound * np.float32(min(_TARGET / level, _MOST_GAIN)), -1, 1)
    return louder


def _processors() -> int:
    """Return the number of CPUs that this process may use; a container may have fewer than the machine."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0)) or 1
    return os.cpu_count() or 1
