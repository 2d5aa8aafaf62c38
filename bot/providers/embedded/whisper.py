"""Speech recognition by Whisper: a faster-whisper model on the CPU or on a graphics card."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import structlog

from bot.domain.errors import EngineFailed, Language, ModelMissing, ProviderRefused
from bot.domain.note import AUTO
from bot.domain.transcript import Word
from bot.media.pcm import RATE
from bot.providers.embedded.speakers.windows import Samples

log = structlog.get_logger()

_SMALL = 200_000_000
"""Bytes of weights; Whisper tiny and base are smaller."""
_NO_SPEECH, _UNSURE = 0.6, -0.5
"""Text beyond both (no-speech probability, mean log probability) is taken for a hallucination. Steady noise gave 0.66
and -0.60; real speech 50 dB too quiet 0.57 and -0.43.
"""

_WHISPER_CODES = {"jv": "jw"}
"""Whisper's codes that differ from ISO 639."""
_OUR_CODES = {theirs: ours for ours, theirs in _WHISPER_CODES.items()}


@dataclass(frozen=True, slots=True)
class RawSegment:
    """A recognised stretch. Times in seconds from the start of the chunk; text with the model's spacing."""

    text: str
    start: float
    end: float
    words: tuple[Word, ...]
    window: int = 0
    """The window of sound that was decoded for it; a later one has a larger number."""


class Recogniser(Protocol):
    """A loaded model. It is used by one thread, and may block."""

    def recognise(self, sound: Samples, language: str) -> tuple[str, Iterator[RawSegment]]:
        """Return the language, detected for "auto", and the recognised pieces, lazily."""


Load = Callable[[Path, str, int], Recogniser]
"""Loads a model: its folder, the operator's name for it, its number of threads."""


class Whisper:
    """Recogniser by faster-whisper: a Whisper model on the CPU or on a CUDA card."""

    def __init__(self, folder: Path, name: str, threads: int) -> None:
        """Raises ModelMissing if the folder's files cannot be loaded, EngineFailed if there is not enough memory."""
        try:
            self._model = _open_model(str(folder), threads)
        except MemoryError as error:
            raise failed(error) from error
        # Two libraries read the files, and raise arbitrary errors for damaged ones.
        except Exception as error:
            log.warning("model cannot be loaded", model=name, folder=str(folder), error=str(error))
            raise ModelMissing(
                model=name, what_to_do="its files are there but cannot be loaded; the log says why."
            ) from error
        log.info("model loaded", model=name, device=self._model.model.device, threads=threads)

    def recognise(self, sound: Samples, language: str) -> tuple[str, Iterator[RawSegment]]:
        """Return the language and the recognised pieces, lazily. Raises ProviderRefused for an unknown language."""
        segments, found = self._model.transcribe(
            sound,
            language=self._known(language),
            beam_size=1,  # a quarter faster than 5, and no worse on read and on spoken samples
            temperature=[0.0, 0.4, 0.8],  # each further temperature may cost as much again as the whole stretch
            condition_on_previous_text=False,  # with it long recordings fall into repetitions
            vad_filter=True,  # Whisper hallucinates phrases in silence
            # At the usual 2000 the remaining pauses make it lose words of a conversation.
            vad_parameters={"min_silence_duration_ms": 500},
            word_timestamps=True,
            language_detection_segments=3,
        )
        if found.duration_after_vad == 0:
            return language, iter(())
        spoken = (segment for segment in segments if not _is_hallucination(segment))
        return _OUR_CODES.get(found.language, found.language), map(_raw_segment, spoken)

    def _known(self, language: str) -> str | None:
        if language == AUTO:
            return None
        code = _WHISPER_CODES.get(language, language)
        if self._model.model.is_multilingual and self._model.hf_tokenizer.token_to_id(f"<|{code}|>") is None:
            raise ProviderRefused(reason="language", language=Language(language))
        return code


def _open_model(folder: str, threads: int) -> Any:
    """Return a faster_whisper WhisperModel on the graphics card, or on the CPU if no card works."""
    # Imported here: it takes two seconds, which only a transcription should wait.
    from ctranslate2 import get_cuda_device_count
    from faster_whisper import WhisperModel

    if get_cuda_device_count() > 0:
        try:
            model = WhisperModel(folder, device="cuda", compute_type="int8_float16", local_files_only=True)
            # The card's libraries are only loaded at first use.
            model.detect_language(np.zeros(RATE, np.float32))
        except (RuntimeError, ValueError) as error:
            log.warning("graphics card cannot be used", error=str(error))
        else:
            return model
    return WhisperModel(
        folder, device="cpu", compute_type=_compute_type(Path(folder)), cpu_threads=threads, local_files_only=True
    )


def _compute_type(folder: Path) -> str:
    """Return int8 for large models; a small one can afford float32, at a third more time.

    With int8 Whisper base recognises other words here and there for the same speech as MP3 or WAV; with float32 it
    recognised the same in every format, with fewer errors.
    """
    return "float32" if (folder / "model.bin").stat().st_size <= _SMALL else "int8"


def _is_hallucination(segment: Any) -> bool:
    """Return True if the model doubts both that there is speech and the text."""
    return bool(segment.no_speech_prob > _NO_SPEECH and segment.avg_logprob < _UNSURE)


def _raw_segment(segment: Any) -> RawSegment:
    """Convert a faster_whisper Segment."""
    words: list[Word] = []
    for word in segment.words or ():
        text, start, end = word.word.strip(), float(word.start), float(word.end)
        if words and text and not text[0].isalnum() and not word.word[0].isspace():
            # It takes "ill-disposed" for two words, the second with the hyphen.
            words[-1] = Word(text=words[-1].text + text, start=words[-1].start, end=end)
        elif text:
            words.append(Word(text=text, start=start, end=end))
    return RawSegment(
        text=segment.text, start=float(segment.start), end=float(segment.end), words=tuple(words), window=segment.seek
    )


def failed(error: Exception) -> EngineFailed:
    """Name the kind of an error, for the log without a word of the transcript."""
    reason = "memory" if isinstance(error, MemoryError) else "internal"
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    at = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else ""
    log.error("speech engine failed", error=type(error).__name__, at=at)
    return EngineFailed(reason=reason)
