"""Speech recognition by Whisper: a faster-whisper model on the CPU or on a graphics card."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import structlog

from bot.domain.errors import BadSettings, EngineFailed, Language, ModelMissing, Names, ProviderRefused, UnableModel
from bot.domain.note import AUTO
from bot.domain.transcript import Word
from bot.media.pcm import RATE
from bot.providers.embedded.cuda_libraries import load_cuda_libraries
from bot.providers.embedded.hardware import Hardware
from bot.providers.embedded.hints import Hints
from bot.providers.embedded.passages import BLOCK_SECONDS, Passage, Span, find_passages, joined
from bot.providers.embedded.plausibility import holds_no_word, is_hallucination, is_leftover
from bot.providers.embedded.recogniser import RawSegment, Wanted
from bot.providers.embedded.speakers.windows import Samples

log = structlog.get_logger()

_PAUSE = 500
"""Milliseconds of silence that are cut out. At the usual 2000 Whisper loses words of a conversation."""
_FRAMES_PER_SECOND = 100
_DETECTED = 30
"""Seconds that tell the language for another model."""
_WINDOW_SECONDS = 30.0
_ROUNDING = 0.5 / _FRAMES_PER_SECOND

_FASTEST = {"cpu": ("int8", "float32"), "cuda": ("int8_float16", "float16", "float32")}
"""Compute types by device. int8 takes two thirds of float32's time, at the same error rate in five languages."""

_ENGLISH = "en"
_WHISPER_CODES = {"jv": "jw"}
"""Whisper's codes that differ from ISO 639."""
_OUR_CODES = {theirs: ours for ours, theirs in _WHISPER_CODES.items()}


def _their_code(language: str) -> str:
    return _WHISPER_CODES.get(language, language)


def _our_code(language: str) -> str:
    return _OUR_CODES.get(language, language)


class Whisper:
    """Recogniser by faster-whisper: a Whisper model on the CPU or on a CUDA card."""

    def __init__(self, folder: Path, name: str, hardware: Hardware) -> None:
        """Raises ModelMissing if the folder's files cannot be loaded, EngineFailed if there is not enough memory."""
        try:
            self._model = _open_model(folder, hardware)
        except BadSettings:
            raise
        # Two libraries read the files, and raise arbitrary errors for damaged ones.
        except Exception as error:
            if lacks_memory(error):
                raise failed(error) from error
            log.warning("model cannot be loaded", model=name, folder=str(folder), error=str(error))
            raise ModelMissing(
                model=name, what_to_do="its files are there but cannot be loaded; the log says why."
            ) from error
        self._name = name
        loaded = self._model.model
        log.info(
            "model loaded", model=name, device=loaded.device, compute=loaded.compute_type, at_once=loaded.num_workers
        )

    def recognise(self, sound: Samples, wanted: Wanted) -> tuple[str, Iterator[RawSegment]]:
        """Return the language and the recognised pieces, lazily. Raises ProviderRefused for an unknown language."""
        known = self._known(wanted.language)
        if wanted.translate:
            self._check_translates()
        spans = _speech(sound, BLOCK_SECONDS if not known else math.inf)
        if not spans:
            return wanted.language, iter(())
        model = copy(self._model)  # the window in hand belongs to this recording; the copies share the weights
        model.hints = Hints(wanted.vocabulary, wanted.prompt)
        if known or not model.model.is_multilingual:
            passage = Passage(known or _ENGLISH, spans)
            return _our_code(passage.language), self._decoded(model, sound, passage, wanted)
        passages = find_passages(model, sound, spans, _their_code(wanted.likely))
        first = next(passages)
        pieces = (self._decoded(model, sound, passage, wanted) for passage in chain([first], passages))
        return _our_code(first.language), chain.from_iterable(pieces)

    def _decoded(self, model: Any, sound: Samples, passage: Passage, wanted: Wanted) -> Iterator[RawSegment]:
        speech = joined(sound, passage.spans)
        windows = windows_of([(span["end"] - span["start"]) / RATE for span in passage.spans])
        segments, _ = model.transcribe(
            speech,
            language=passage.language,
            task="translate" if wanted.translate else "transcribe",
            beam_size=1,  # a quarter faster than 5, and no worse on read and on spoken samples
            best_of=1,  # each further sample costs as much again as the whole window
            condition_on_previous_text=False,  # with it long recordings fall into repetitions
            word_timestamps=True,
            clip_timestamps=[moment for window in windows for moment in window],
        )
        spoken = _spoken(model, segments, windows)
        language, first_frame = _our_code(passage.language), passage.start * _FRAMES_PER_SECOND // RATE
        for segment in _in_recording(spoken, passage.spans):
            piece = raw_segment(segment)
            yield replace(piece, language=language, window=first_frame + piece.window)

    def language_of(self, sound: Samples) -> str:
        """Return the language of the beginning of a sound."""
        found: str = copy(self._model).detect_language(sound[: _DETECTED * RATE])[0]
        return _our_code(found)

    @property
    def device(self) -> str:
        """Return "cpu" or "cuda"."""
        return str(self._model.model.device)

    @property
    def runs_on(self) -> str:
        """Return the device and the compute type, for the operator."""
        return f"{self.device}, {self._model.model.compute_type}"

    def _check_translates(self) -> None:
        """Raise UnableModel if the model is English-only, whatever it is called."""
        if not self._model.model.is_multilingual:
            raise UnableModel(model=self._name, what="translation", able=Names("none"))

    def _known(self, language: str) -> str:
        """Return Whisper's code of the language that a sound is in, "" if it is to be found."""
        if language == AUTO:
            return ""
        if not self._model.model.is_multilingual:
            return _ENGLISH
        code = _their_code(language)
        if self._model.hf_tokenizer.token_to_id(f"<|{code}|>") is None:
            raise ProviderRefused(reason="language", language=Language(language))
        return code


def _open_model(folder: Path, hardware: Hardware) -> Any:
    """Return a ShortWindowModel that has been tried: on the graphics card, or on the CPU if no card works."""
    # Imported here: it takes two seconds, which only a transcription should wait.
    from ctranslate2 import get_cuda_device_count

    if hardware.device == "cuda" or (hardware.device == "auto" and get_cuda_device_count() > 0):
        load_cuda_libraries()
        try:
            return _tried(folder, hardware, "cuda")
        except (RuntimeError, ValueError) as error:
            log.warning("graphics card cannot be used", error=str(error))
    return _tried(folder, hardware, "cpu")


def _tried(folder: Path, hardware: Hardware, device: str) -> Any:
    """Return the model after a first use: the card's libraries, and a number of mel bands that does not fit, only show
    then.
    """
    from bot.providers.embedded.short_window import ShortWindowModel

    model = ShortWindowModel(
        str(folder),
        device=device,
        compute_type=_compute_type(hardware.compute_type, device),
        cpu_threads=hardware.threads_for(folder),
        num_workers=hardware.workers_for(folder),
        local_files_only=True,
    )
    copy(model).encode(model.feature_extractor(np.zeros(RATE, np.float32)))
    return model


def _compute_type(setting: str, device: str) -> str:
    """Return the compute type for a device: the operator's, or the fastest that it has. Raises BadSettings."""
    from ctranslate2 import get_supported_compute_types

    supported = get_supported_compute_types(device)
    for one in _FASTEST[device] if setting == "auto" else (setting,):
        if one in supported:
            return one
    choice = ", ".join(sorted(supported))
    raise BadSettings(reason=f"EARMARK_LOCAL_COMPUTE_TYPE: this machine's {device} has no {setting}, but {choice}")


def _speech(sound: Samples, most_seconds: float) -> list[Span]:
    """Return the spans of speech, none longer than `most_seconds`.

    In silence Whisper makes up phrases, and costs as much as for speech.
    """
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    found: list[Span] = get_speech_timestamps(
        sound, VadOptions(min_silence_duration_ms=_PAUSE, max_speech_duration_s=most_seconds)
    )
    return found


def windows_of(lengths: Sequence[float]) -> list[tuple[float, float]]:
    """Return the begin and end of each window of speech, in seconds: as many utterances as fit into half a minute.

    `lengths` are those of the utterances. Where a window ends within one, words are lost: Whisper seldom writes the end
    of a sentence that begins a window. An utterance longer than a window is one of its own, which Whisper cuts.
    """
    windows: list[tuple[float, float]] = []
    begin = end = 0.0
    for length in lengths:
        if end > begin and end + length - begin > _WINDOW_SECONDS:
            windows.append((begin, end))
            begin = end
        end += length
    return [*windows, (begin, end)]


def _spoken(model: Any, segments: Iterator[Any], windows: Sequence[tuple[float, float]]) -> Iterator[Any]:
    """Yield the segments that are speech; stop after a window if nothing is left that could hold a word."""
    last = windows[-1][1]
    of_window: Counter[int] = Counter()
    for segment in segments:
        of_window[segment.seek] += 1
        is_last = of_window[segment.seek] >= model.segments_in_window
        left = last - segment.end  # now: the reader gives it other times
        if not (is_hallucination(segment.no_speech_prob, segment.avg_logprob) or _is_leftover(segment, windows)):
            yield segment
        if is_last and holds_no_word(left):
            return


def _is_leftover(segment: Any, windows: Sequence[tuple[float, float]]) -> bool:
    """Return True for text from the rest of a window after all that was said; `seek` is the first frame of the rest."""
    at = segment.seek / _FRAMES_PER_SECOND
    begin, end = next(((begin, end) for begin, end in reversed(windows) if begin <= at + _ROUNDING), windows[0])
    is_rest = at > begin + _ROUNDING
    return is_rest and is_leftover(end - at, segment.no_speech_prob, segment.avg_logprob)


def _in_recording(segments: Iterator[Any], spans: Sequence[Span]) -> Iterator[Any]:
    """Return the segments with times of the recording, whose pauses were cut out."""
    from faster_whisper.transcribe import restore_speech_timestamps

    restored: Iterator[Any] = restore_speech_timestamps(segments, spans, RATE)
    return restored


def raw_segment(segment: Any) -> RawSegment:
    """Convert a faster_whisper Segment."""
    words: list[Word] = []
    for word in segment.words or ():
        text, start, end = word.word.strip(), float(word.start), float(word.end)
        confidence = _probability(word.probability)
        if words and text and not text[0].isalnum() and not word.word[0].isspace():
            # It takes "ill-disposed" for two words, the second with the hyphen.
            first = words[-1]
            words[-1] = replace(
                first, text=first.text + text, end=end, confidence=min(first.confidence or 0.0, confidence)
            )
        elif text:
            words.append(Word(text=text, start=start, end=end, confidence=confidence))
    return RawSegment(
        text=segment.text,
        start=float(segment.start),
        end=float(segment.end),
        words=tuple(words),
        window=segment.seek,
        confidence=_probability(math.exp(segment.avg_logprob)),
    )


def _probability(number: float) -> float:
    """Return a probability as far as it means anything; it is stored with each word."""
    return round(min(max(float(number), 0.0), 1.0), 3)


def lacks_memory(error: Exception) -> bool:
    """Return True if memory ran out; the libraries also say so in a RuntimeError."""
    return isinstance(error, MemoryError) or "out of memory" in str(error).lower()


def failed(error: Exception) -> EngineFailed:
    """Name the kind of an error, for the log without a word of the transcript."""
    reason = "memory" if lacks_memory(error) else "internal"
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    at = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else ""
    log.error("speech engine failed", error=type(error).__name__, at=at)
    return EngineFailed(reason=reason)
