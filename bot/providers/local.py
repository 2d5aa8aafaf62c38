"""The embedded engine: Whisper on this machine's processor, with nothing to pay and nobody to ask.

One thread owns the model. It is loaded once, at the first note or by `warm_up`, and kept. A long recording passes in
chunks of a few minutes, so that memory stays bounded; notes that come at the same time take turns chunk by chunk.
"""

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar

import numpy as np
import structlog
from numpy.typing import NDArray

from bot.catalog import LOCAL
from bot.errors import EarmarkError, EngineFailed, ModelMissing, NoSpeech, ProviderRefused, Unloaded
from bot.languages import normalise_language
from bot.model import AUTO, Accepts, Audio, Options, Segment, Ticket, Transcript, Word
from bot.money import Micros, by_length
from bot.ports import Report
from bot.providers.weights import find_model
from bot.sound import RATE, Window, chunks, samples

log = structlog.get_logger()

Result = TypeVar("Result")
Samples = NDArray[np.float32]
"""16,000 a second, one channel, -1 to 1."""

_SMALL = 200_000_000
"""Bytes of weights; Whisper tiny and base are smaller."""
_NO_SPEECH, _UNSURE = 0.6, -0.5
"""Above and below these figures (a probability, a mean log probability) text is taken as made up. Steady noise gave
0.66 and -0.60; real speech 50 dB too quiet 0.57 and -0.43."""

_QUIET, _TARGET, _MOST_GAIN = 0.3, 0.5, 100.0
"""Speech detection needs a level: what stays under the first is raised to the second, at most so many times."""

_LISTENED_TO = 2
"""How many recordings are decoded at once: one that is heard, and the next. The others wait without a decoder."""

_WHISPER_CODES = {"jv": "jw"}
"""Where Whisper's code is not the one of ISO 639."""
_OUR_CODES = {theirs: ours for ours, theirs in _WHISPER_CODES.items()}


Listen = Callable[[Audio], AbstractAsyncContextManager[AsyncIterator[Window]]]
"""Opens the sound of a recording, as Media.windows does."""

CHUNK_SECONDS = 120.0
"""So much sound is recognised at a time: 300 s take up to 230 MB more, and make others wait longer for their turn."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What the model heard in one go. Times in seconds from the start of the chunk; text with the model's spacing."""

    text: str
    start: float
    end: float
    words: tuple[Word, ...]


Say = Callable[[Piece], None]
"""Hands a piece over to the event loop."""


class Recogniser(Protocol):
    """A loaded model. It is used by one thread, and may block."""

    def hear(self, sound: Samples, language: str) -> tuple[str, Iterator[Piece]]:
        """The language of the sound, found out where "auto" was given, and what is said in it, lazily."""


Load = Callable[[Path, str, int], Recogniser]
"""Loads a model: from its folder, with the name that the operator calls it, to run on so many threads."""


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
        load: Load | None = None,
        per_minute: Micros = Micros(0),
    ) -> None:
        """`model` as in weights.model_folder; `threads` 0: as many as this process has processors.

        `per_minute`: what the house reckons a minute of sound to cost it.
        """
        self._per_minute = per_minute
        self._listen = listen
        self._data_dir = data_dir
        self._model = model
        self._chunk_seconds = chunk_seconds
        self._threads = threads or _processors()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="whisper")
        self._turns = asyncio.Semaphore(_LISTENED_TO)
        self._closed = threading.Event()
        self._load = load or Whisper
        self._engine: Recogniser | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Stop the thread (it ends with the half minute of sound that it is at) and let go of the model."""
        self._closed.set()
        await asyncio.to_thread(self._thread.shutdown, wait=True, cancel_futures=True)
        self._engine = None

    def accepts(self, model: str) -> Accepts:
        return Accepts()

    async def check_open(self) -> None:
        """It always is."""

    async def warm_up(self) -> None:
        """Load the model now, so that the first note does not wait for it. Raises ModelMissing, OperatorError."""
        await _outcome(self._in_thread(self._loaded))

    async def submit(self, audio: Audio, options: Options, report: Report) -> Transcript:
        """The text of a recording. Raises NoSpeech, ModelMissing, EngineFailed, or what listening raises.

        `report` is told how much of the recording has been heard. Cancelling the task returns at once; the model is
        free again when it is done with the half minute of sound that it is at.
        """
        heard = _Heard(audio.seconds)
        language = normalise_language(options.language)
        async with self._turns, self._listen(audio) as windows:
            async for chunk in chunks(windows, self._chunk_seconds):
                found = await self._hear(chunk, language, heard, report)
                if heard.segments:
                    language = found
        if not heard.segments:
            raise NoSpeech
        await report(1.0)
        cost = by_length(self._per_minute, audio.seconds)
        return replace(heard.transcript(language, options.model), cost=cost)

    async def collect(self, ticket: Ticket, options: Options, report: Report) -> Transcript:
        """Never needed: this engine answers at once. Raises ProviderRefused."""
        raise ProviderRefused(reason="the embedded engine gives no tickets, so there is nothing to collect")

    async def _hear(self, chunk: Window, language: str, heard: "_Heard", report: Report) -> str:
        """Add what is said in a chunk to `heard`; return the language it was in."""
        loop = asyncio.get_running_loop()
        pieces: asyncio.Queue[Piece | None] = asyncio.Queue()

        def say(piece: Piece) -> None:
            loop.call_soon_threadsafe(pieces.put_nowait, piece)

        stop = threading.Event()
        work = self._in_thread(partial(self._decode, chunk, language, stop, say))
        work.add_done_callback(lambda _: pieces.put_nowait(None))
        try:
            while (piece := await pieces.get()) is not None:
                heard.add(piece, chunk)
                await report(heard.fraction)
            found = await _outcome(work)
        finally:
            stop.set()
            work.cancel()
        await report(heard.reached(chunk.start + chunk.seconds))
        return found

    def _in_thread(self, work: Callable[[], Result]) -> "asyncio.Future[Result]":
        if self._closed.is_set():
            raise Unloaded
        return asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _loaded(self) -> Recogniser:
        if self._engine is None:
            folder = find_model(self._model, self._data_dir)
            self._engine = self._load(folder, self._model, self._threads)
        return self._engine

    def _decode(self, chunk: Window, language: str, stop: threading.Event, say: Say) -> str:
        """Runs in the thread: say every piece, and return the language."""
        try:
            return self._say_pieces(_louder(samples(chunk.sound)), language, stop, say)
        except EarmarkError:
            raise
        except Exception as error:
            raise _failed(error) from error

    def _say_pieces(self, sound: Samples, language: str, stop: threading.Event, say: Say) -> str:
        found, pieces = self._loaded().hear(sound, language)
        for piece in pieces:
            if stop.is_set() or self._closed.is_set():
                raise Unloaded
            say(piece)
        return found


async def _outcome(work: "asyncio.Future[Result]") -> Result:
    """What work in the thread came to; that it was dropped because the engine closes is no cancelling of ours."""
    await asyncio.wait([work])
    if work.cancelled():
        raise Unloaded
    return work.result()


def _failed(error: Exception) -> EngineFailed:
    """Name what went wrong, for the log without a word of the transcript."""
    reason = "not enough memory" if isinstance(error, MemoryError) else "an internal error"
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    at = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else ""
    log.error("speech engine failed", error=type(error).__name__, at=at)
    return EngineFailed(reason=reason)


@dataclass(slots=True)
class _Heard:
    """What has been heard so far of a recording of `seconds`."""

    seconds: float
    segments: list[Segment] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    fraction: float = 0.0
    _last: float = 0.0
    """No time given out so far is later."""

    def add(self, piece: Piece, chunk: Window) -> None:
        """Take in what was heard in a chunk. Times never go back, nor past the end of the chunk and of the note."""
        latest = min(chunk.start + chunk.seconds, self.seconds)

        def moment(in_chunk: float) -> float:
            self._last = max(self._last, min(round(in_chunk + chunk.start, 3), latest))
            return self._last

        mine = [Word(text=word.text, start=moment(word.start), end=moment(word.end)) for word in piece.words]
        start = mine[0].start if mine else moment(piece.start)
        end = mine[-1].end if mine else moment(piece.end)
        self.words += mine
        self.segments.append(Segment(text=piece.text.strip(), start=start, end=end))
        self.text.append(piece.text)
        self.reached(end)

    def reached(self, moment: float) -> float:
        """All up to this moment was heard; return the fraction, which never goes back."""
        if self.seconds > 0:
            self.fraction = min(max(self.fraction, moment / self.seconds), 1.0)
        return self.fraction

    def transcript(self, language: str, model: str) -> Transcript:
        return Transcript(
            text="".join(self.text).strip(),
            language="" if language == AUTO else language,
            seconds=self.seconds,
            model=model,
            segments=tuple(self.segments),
            words=tuple(self.words),
        )


class Whisper:
    """Recogniser by faster-whisper: a Whisper model on the CPU or on a CUDA card."""

    def __init__(self, folder: Path, name: str, threads: int) -> None:
        """Raises ModelMissing when the folder's files cannot be loaded, EngineFailed when there is no memory for it."""
        try:
            self._model = _open_model(str(folder), threads)
        except MemoryError as error:
            raise _failed(error) from error
        # Two libraries read the files, and raise whatever they like where these are no model.
        except Exception as error:
            log.warning("model cannot be loaded", model=name, folder=str(folder), error=str(error))
            raise ModelMissing(
                model=name, what_to_do="its files are there but cannot be loaded; the log says why."
            ) from error
        log.info("model loaded", model=name, device=self._model.model.device, threads=threads)

    def hear(self, sound: Samples, language: str) -> tuple[str, Iterator[Piece]]:
        """The language of the sound, and what is said in them, lazily. Raises ProviderRefused for a language."""
        segments, found = self._model.transcribe(
            sound,
            language=self._known(language),
            beam_size=1,  # a quarter faster than 5, and no worse on read and on spoken samples
            temperature=[0.0, 0.4, 0.8],  # each more than the first may cost as much again as the whole stretch
            condition_on_previous_text=False,  # with it long recordings fall into repeating themselves
            vad_filter=True,  # Whisper makes up phrases where nobody speaks
            # At the usual 2000 the pauses that stay make it lose a word of a conversation here and there.
            vad_parameters={"min_silence_duration_ms": 500},
            word_timestamps=True,
            language_detection_segments=3,
        )
        if found.duration_after_vad == 0:
            return language, iter(())
        spoken = (segment for segment in segments if not _is_made_up(segment))
        return _OUR_CODES.get(found.language, found.language), map(_piece, spoken)

    def _known(self, language: str) -> str | None:
        if language == AUTO:
            return None
        code = _WHISPER_CODES.get(language, language)
        if self._model.model.is_multilingual and self._model.hf_tokenizer.token_to_id(f"<|{code}|>") is None:
            raise ProviderRefused(reason=f"the model does not know the language {language}")
        return code


def _open_model(folder: str, threads: int) -> Any:
    """A faster_whisper WhisperModel on the graphics card, or on the processor where there is no card that works."""
    # Imported here because it takes two seconds, which no command but a transcription should wait.
    from ctranslate2 import get_cuda_device_count
    from faster_whisper import WhisperModel

    if get_cuda_device_count() > 0:
        try:
            model = WhisperModel(folder, device="cuda", compute_type="int8_float16", local_files_only=True)
            # The card's libraries are only looked for at first use.
            model.detect_language(np.zeros(RATE, np.float32))
        except (RuntimeError, ValueError) as error:
            log.warning("graphics card cannot be used", error=str(error))
        else:
            return model
    return WhisperModel(
        folder, device="cpu", compute_type=_arithmetic(Path(folder)), cpu_threads=threads, local_files_only=True
    )


def _arithmetic(folder: Path) -> str:
    """Whole numbers for large models; a small one can afford fractions, at a third more time.

    With whole numbers Whisper base hears another word here and there when the same speech comes as MP3 or WAV; with
    fractions it heard the same in every format, and made fewer mistakes.
    """
    return "float32" if (folder / "model.bin").stat().st_size <= _SMALL else "int8"


def _is_made_up(segment: Any) -> bool:
    """Whether the model doubts both that somebody spoke and what was said."""
    return bool(segment.no_speech_prob > _NO_SPEECH and segment.avg_logprob < _UNSURE)


def _piece(segment: Any) -> Piece:
    """A faster_whisper Segment as ours."""
    words: list[Word] = []
    for word in segment.words or ():
        text, start, end = word.word.strip(), float(word.start), float(word.end)
        if words and text and not text[0].isalnum() and not word.word[0].isspace():
            # It takes "ill-disposed" for two words, the second with the hyphen.
            words[-1] = Word(text=words[-1].text + text, start=words[-1].start, end=end)
        elif text:
            words.append(Word(text=text, start=start, end=end))
    return Piece(text=segment.text, start=float(segment.start), end=float(segment.end), words=tuple(words))


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
