"""The embedded engine: Whisper on this machine's processor, with nothing to pay and nobody to ask.

One thread owns the models. They are loaded once, Whisper at the first note or by `warm_up`, the voice model when first
somebody asks for speakers, and kept. A long recording passes in chunks of a few minutes, so that memory stays bounded;
notes that come at the same time take turns chunk by chunk.
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
from bot.domain.errors import EarmarkError, NoSpeech, ProviderRefused, Unloaded
from bot.domain.languages import normalise_language
from bot.domain.money import Micros, by_length
from bot.domain.note import AUTO, Options, Ticket
from bot.domain.ports import Report
from bot.domain.transcript import Transcript, Word
from bot.media.pcm import Window, chunks, samples
from bot.providers.embedded.speakers.diarizer import Voices
from bot.providers.embedded.speakers.embedding import Embedder, SherpaEmbedder
from bot.providers.embedded.speakers.labelling import Said, by_speaker
from bot.providers.embedded.speakers.model import find_speaker_model
from bot.providers.embedded.speakers.windows import Samples
from bot.providers.embedded.weights import find_model
from bot.providers.embedded.whisper import Load, RawSegment, Recogniser, Whisper, failed

Result = TypeVar("Result")

_QUIET, _TARGET, _MOST_GAIN = 0.3, 0.5, 100.0
"""Speech detection needs a level: what stays under the first is raised to the second, at most so many times."""

_LISTENED_TO = 2
"""How many recordings are decoded at once: one that is heard, and the next. The others wait without a decoder."""

_WORDS_SHARE, _HEARD_SHARE = 0.8, 0.98
"""Of the work on a chunk what recognising its words takes, of all work what is done before voices are compared; where
speakers are told apart."""

Listen = Callable[[Audio], AbstractAsyncContextManager[AsyncIterator[Window]]]
"""Opens the sound of a recording, as Media.windows does."""

CHUNK_SECONDS = 120.0
"""So much sound is recognised at a time: 300 s take up to 230 MB more, and make others wait longer for their turn."""

Say = Callable[[RawSegment | float], None]
"""Hands over to the event loop what was heard in a chunk, or the second of it that voices were listened to."""

LoadVoices = Callable[[str], Embedder]
"""Loads a voice model: the bundled one for "", else a file. It blocks."""


def open_embedder(setting: str) -> Embedder:
    """The voice model, verified and loaded. Blocking. Raises ModelMissing."""
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
        listen: Listen,
        threads: int = 0,
        chunk_seconds: float = CHUNK_SECONDS,
        speaker_model: str = "",
        load: Load | None = None,
        load_voices: LoadVoices | None = None,
        per_minute: Micros = Micros(0),
    ) -> None:
        """`model` as in weights.model_folder; `threads` 0: as many as this process has processors.

        `speaker_model`: as in find_speaker_model. `per_minute`: what the house reckons a minute of sound to cost it.
        """
        self._per_minute = per_minute
        self._listen = listen
        self._data_dir = data_dir
        self._model = model
        self._speaker_model = speaker_model
        self._chunk_seconds = chunk_seconds
        self._threads = threads or _processors()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="whisper")
        self._turns = asyncio.Semaphore(_LISTENED_TO)
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
        """Stop the thread (it ends with the half minute of sound that it is at) and let go of the models."""
        self._closed.set()
        await asyncio.to_thread(self._thread.shutdown, wait=True, cancel_futures=True)
        self._engine = self._embedder = None

    def loaded(self) -> dict[str, bool]:
        """Which models there are, and whether each is in memory."""
        return {"speech": self._engine is not None, "voices": self._embedder is not None}

    def accepts(self, model: str) -> Accepts:
        return Accepts()

    async def check_open(self) -> None:
        """It always is."""

    async def warm_up(self) -> None:
        """Load the model now, so that the first note does not wait for it. Raises ModelMissing, OperatorError."""
        await _outcome(self._in_thread(self._loaded))

    async def submit(self, audio: Audio, options: Options, report: Report) -> Transcript:
        """The text of a recording. Raises NoSpeech, ModelMissing, EngineFailed, or what listening raises.

        Where speakers were asked for and two or more are heard, each word and segment bears one. `report` is told how
        much of the work is done. Cancelling the task returns at once; the model is free again when it is done with the
        half minute of sound that it is at.
        """
        voices = await _outcome(self._in_thread(self._voices)) if options.speakers else None
        heard = _Heard(audio.seconds, _HEARD_SHARE if voices else 1.0)
        language = normalise_language(options.language)
        async with self._turns, self._listen(audio) as windows:
            async for chunk in chunks(windows, self._chunk_seconds):
                found = await self._hear(chunk, language, heard, voices, report)
                if heard.said:
                    language = found
        if not heard.said:
            raise NoSpeech
        if voices:
            heard.said = await self._by_speaker(heard.said, voices, options.speaker_count)
        await report(1.0)
        cost = by_length(self._per_minute, audio.seconds)
        return replace(heard.transcript(language, options.model), cost=cost)

    async def collect(self, ticket: Ticket, options: Options, report: Report) -> Transcript:
        """Never needed: this engine answers at once. Raises ProviderRefused."""
        raise ProviderRefused(reason="the embedded engine gives no tickets, so there is nothing to collect")

    async def _hear(self, chunk: Window, language: str, heard: "_Heard", voices: Voices | None, report: Report) -> str:
        """Add what is said in a chunk to `heard`; return the language it was in."""
        loop = asyncio.get_running_loop()
        news: asyncio.Queue[RawSegment | float | None] = asyncio.Queue()
        words_share = _WORDS_SHARE if voices else 1.0

        def text(one: RawSegment | float) -> None:
            loop.call_soon_threadsafe(news.put_nowait, one)

        stop = threading.Event()
        work = self._in_thread(partial(self._decode, chunk, language, voices, stop, text))
        work.add_done_callback(lambda _: news.put_nowait(None))
        try:
            while (one := await news.get()) is not None:
                if isinstance(one, RawSegment):
                    end = heard.add(one, chunk)
                    heard.reached(chunk.start + words_share * (end - chunk.start))
                else:
                    heard.reached(chunk.start + words_share * chunk.seconds + (1 - words_share) * one)
                await report(heard.fraction)
            found = await _outcome(work)
        finally:
            stop.set()
            work.cancel()
        await report(heard.reached(chunk.start + chunk.seconds))
        return found

    async def _by_speaker(self, said: list[Said], voices: Voices, speakers: int | None) -> list[Said]:
        """What was said, with the speakers."""
        stop = threading.Event()
        work = self._in_thread(partial(self._compare, said, voices, speakers, stop))
        try:
            return await _outcome(work)
        finally:
            stop.set()
            work.cancel()

    def _in_thread(self, work: Callable[[], Result]) -> "asyncio.Future[Result]":
        if self._closed.is_set():
            raise Unloaded
        # With the note's id, which what is logged there bears then.
        return asyncio.get_running_loop().run_in_executor(self._thread, copy_context().run, work)

    # What follows runs in the thread.

    def _loaded(self) -> Recogniser:
        if self._engine is None:
            folder = find_model(self._model, self._data_dir)
            self._engine = self._load(folder, self._model, self._threads)
        return self._engine

    def _voices(self) -> Voices:
        if self._embedder is None:
            self._embedder = self._load_voices(self._speaker_model)
        return Voices(self._embedder)

    def _decode(self, chunk: Window, language: str, voices: Voices | None, stop: threading.Event, text: Say) -> str:
        """Say every segment, and listen to the voices where there are any; return the language."""
        with _trouble_is_told():
            sound = _louder(samples(chunk.sound))
            found, segments = self._loaded().hear(sound, language)
            spoken = False
            for segment in segments:
                self._go_on(stop)
                text(segment)
                spoken = True
            for moment in voices.listen(sound, chunk.start) if voices and spoken else ():
                self._go_on(stop)
                text(moment)
            return found

    def _compare(self, said: list[Said], voices: Voices, speakers: int | None, stop: threading.Event) -> list[Said]:
        with _trouble_is_told():
            return by_speaker(said, voices.turns(speakers, partial(self._go_on, stop)))

    def _go_on(self, stop: threading.Event) -> None:
        """Raises Unloaded when nobody waits for the work any more."""
        if stop.is_set() or self._closed.is_set():
            raise Unloaded


async def _outcome(work: "asyncio.Future[Result]") -> Result:
    """What work in the thread came to; that it was dropped because the engine closes is no cancelling of ours."""
    await asyncio.wait([work])
    if work.cancelled():
        raise Unloaded
    return work.result()


@contextmanager
def _trouble_is_told() -> Iterator[None]:
    try:
        yield
    except EarmarkError:
        raise
    except Exception as error:
        raise failed(error) from error


@dataclass(slots=True)
class _Heard:
    """What has been heard so far of a recording of `seconds`; all of hearing is `share` of the work."""

    seconds: float
    share: float
    said: list[Said] = field(default_factory=list)
    fraction: float = 0.0
    _last: float = 0.0
    """No time given out so far is later."""

    def add(self, segment: RawSegment, chunk: Window) -> float:
        """Take in what was heard in a chunk; return its end. Times never go back, nor past the end of it."""
        latest = min(chunk.start + chunk.seconds, self.seconds)

        def moment(in_chunk: float) -> float:
            self._last = max(self._last, min(round(in_chunk + chunk.start, 3), latest))
            return self._last

        mine = tuple(Word(word.text, moment(word.start), moment(word.end)) for word in segment.words)
        start = mine[0].start if mine else moment(segment.start)
        end = mine[-1].end if mine else moment(segment.end)
        self.said.append(Said(segment.text, start, end, mine))
        return end

    def reached(self, moment: float) -> float:
        """All up to this moment was heard; return the fraction, which never goes back."""
        if self.seconds > 0:
            self.fraction = min(max(self.fraction, self.share * moment / self.seconds), self.share)
        return self.fraction

    def transcript(self, language: str, model: str) -> Transcript:
        return Transcript(
            text="".join(one.text for one in self.said).strip(),
            language="" if language == AUTO else language,
            seconds=self.seconds,
            model=model,
            segments=tuple(one.segment for one in self.said),
            words=tuple(word for one in self.said for word in one.words),
        )


def _louder(sound: Samples) -> Samples:
    """Raise a quiet recording to a usual level; what is loud enough, or has no sound at all, stays as it is."""
    level = float(np.percentile(np.abs(sound[::16]), 99.9)) if len(sound) else 0.0
    if not 0 < level < _QUIET:
        return sound
    louder: Samples = np.clip(sound * np.float32(min(_TARGET / level, _MOST_GAIN)), -1, 1)
    return louder


def _processors() -> int:
    """How many processors this process may use; a container may have fewer than the machine."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0)) or 1
    return os.cpu_count() or 1
