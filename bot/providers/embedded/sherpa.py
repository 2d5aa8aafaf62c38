"""Speech recognition by sherpa-onnx: Parakeet and other transducers, SenseVoice, Moonshine, Canary, Whisper."""

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import structlog

from bot.domain.errors import ModelMissing, Names, UnableModel
from bot.domain.note import AUTO
from bot.media.pcm import RATE
from bot.providers.embedded.hardware import Hardware
from bot.providers.embedded.model_files import Kind, ModelFiles
from bot.providers.embedded.recogniser import RawSegment, Wanted
from bot.providers.embedded.speakers.windows import Samples
from bot.providers.embedded.spoken_tokens import Token, sentences, timed_tokens

log = structlog.get_logger()

_PAUSE = 500
"""Milliseconds of silence between two spans of speech."""
_LONGEST, _GAP = 20.0, 2.0
"""Seconds of a window, and of silence within one: some of these models lose words in longer ones."""
_ENGLISH = "en"


@dataclass(frozen=True, slots=True)
class _Window:
    """A stretch of speech, in seconds from the start of the sound."""

    start: float
    end: float

    def of(self, sound: Samples) -> Samples:
        return sound[int(self.start * RATE) : int(self.end * RATE)]


@dataclass(frozen=True, slots=True)
class _Decoded:
    """The text of one window."""

    tokens: list[Token]
    language: str
    """An ISO 639-1 code; "" if the model does not tell."""


class Sherpa:
    """Recogniser by sherpa-onnx, on the CPU."""

    def __init__(self, files: ModelFiles, name: str, hardware: Hardware) -> None:
        """Raises ModelMissing. sherpa-onnx ends the process on some damaged models: see `trial`."""
        self._kind = files.kind
        self._name = name
        self._language = threading.Lock()
        threads = hardware.threads_for(files.folder)
        try:
            self._model = _OPEN[files.kind]({role: str(path) for role, path in files.parts.items()}, threads)
            self._decoded(_trial_sound(), AUTO)
        except Exception as error:  # onnxruntime and sherpa-onnx raise RuntimeError, ValueError and their own
            log.warning("model cannot be loaded", model=name, folder=str(files.folder), error=str(error))
            raise ModelMissing(
                model=name, what_to_do="its files are there but cannot be loaded; the log says why."
            ) from error
        log.info("model loaded", model=name, kind=files.kind.value, device="cpu", threads=threads)

    @property
    def runs_on(self) -> str:
        """Return the device and the kind of model, for the operator."""
        return f"cpu, {self._kind}"

    def recognise(self, sound: Samples, wanted: Wanted) -> tuple[str, Iterator[RawSegment]]:
        """Return the language and the recognised pieces, lazily. The language stays "auto" if the model tells none.

        Vocabulary and prompts have no use here. Raises UnableModel for a translation.
        """
        if wanted.translate:
            raise UnableModel(model=self._name, what="translation", able=Names("none"))
        windows, language = _windows(sound), wanted.language
        if not windows:
            return language, iter(())
        first = self._decoded(windows[0].of(sound), language)
        found = language if language != AUTO else first.language or AUTO
        return found, self._pieces(sound, windows, first, language)

    def _pieces(self, sound: Samples, windows: list[_Window], first: _Decoded, language: str) -> Iterator[RawSegment]:
        for number, window in enumerate(windows):
            decoded = first if number == 0 else self._decoded(window.of(sound), language)
            for sentence in sentences(decoded.tokens):
                yield sentence.moved(window.start, number, decoded.language)

    def _decoded(self, sound: Samples, language: str) -> _Decoded:
        stream = self._model.create_stream()
        stream.accept_waveform(RATE, sound)
        if self._kind in _TOLD_THE_LANGUAGE:
            with self._language:  # it is a setting of the model, not of the stream
                _TOLD_THE_LANGUAGE[self._kind](self._model, language)
                self._model.decode_stream(stream)
        else:
            self._model.decode_stream(stream)
        found = stream.result
        tokens = timed_tokens(found.tokens, found.timestamps, found.durations, found.ys_log_probs, len(sound) / RATE)
        return _Decoded(tokens, found.lang.strip("<|>"))


def _trial_sound() -> Samples:
    """Return a second of soft noise, the same at each start: shapes that do not fit show at the first use."""
    noise: Samples = np.random.default_rng(0).normal(0, 0.01, RATE).astype(np.float32)
    return noise


def _windows(sound: Samples) -> list[_Window]:
    """Return the stretches of speech, joined while they are near each other and not too long together."""
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    options = VadOptions(min_silence_duration_ms=_PAUSE, max_speech_duration_s=_LONGEST)
    joined: list[_Window] = []
    for span in get_speech_timestamps(sound, options):
        start, end = span["start"] / RATE, span["end"] / RATE
        if joined and start - joined[-1].end <= _GAP and end - joined[-1].start <= _LONGEST:
            joined[-1] = _Window(joined[-1].start, end)
        else:
            joined.append(_Window(start, end))
    return joined


Parts = Mapping[str, str]
"""Paths of a model's files, by role."""


def _transducer(parts: Parts, threads: int, model_type: str) -> Any:
    return _recognizer().from_transducer(
        encoder=parts["encode"],
        decoder=parts["decode"],
        joiner=parts["joiner"],
        tokens=parts["tokens"],
        num_threads=threads,
        model_type=model_type,
    )


def _nemo_transducer(parts: Parts, threads: int) -> Any:
    return _transducer(parts, threads, "nemo_transducer")


def _plain_transducer(parts: Parts, threads: int) -> Any:
    return _transducer(parts, threads, "transducer")


def _nemo_ctc(parts: Parts, threads: int) -> Any:
    return _recognizer().from_nemo_ctc(model=parts["model"], tokens=parts["tokens"], num_threads=threads)


def _sense_voice(parts: Parts, threads: int) -> Any:
    return _recognizer().from_sense_voice(
        model=parts["model"], tokens=parts["tokens"], num_threads=threads, use_itn=True
    )


def _moonshine(parts: Parts, threads: int) -> Any:
    return _recognizer().from_moonshine(
        preprocessor=parts["preprocess"],
        encoder=parts["encode"],
        uncached_decoder=parts["uncached_decode"],
        cached_decoder=parts["cached_decode"],
        tokens=parts["tokens"],
        num_threads=threads,
    )


def _moonshine_v2(parts: Parts, threads: int) -> Any:
    return _recognizer().from_moonshine_v2(
        encoder=parts["encode"], decoder=parts["decode"], tokens=parts["tokens"], num_threads=threads
    )


def _canary(parts: Parts, threads: int) -> Any:
    return _recognizer().from_nemo_canary(
        encoder=parts["encode"], decoder=parts["decode"], tokens=parts["tokens"], num_threads=threads
    )


def _whisper(parts: Parts, threads: int) -> Any:
    return _recognizer().from_whisper(
        encoder=parts["encode"], decoder=parts["decode"], tokens=parts["tokens"], language="", num_threads=threads
    )


def _recognizer() -> Any:
    """Return sherpa-onnx's factory, imported here: only a transcription should wait for it."""
    from sherpa_onnx import OfflineRecognizer

    return OfflineRecognizer


_OPEN: dict[Kind, Callable[[Parts, int], Any]] = {
    Kind.NEMO_TRANSDUCER: _nemo_transducer,
    Kind.TRANSDUCER: _plain_transducer,
    Kind.NEMO_CTC: _nemo_ctc,
    Kind.SENSE_VOICE: _sense_voice,
    Kind.MOONSHINE: _moonshine,
    Kind.MOONSHINE_V2: _moonshine_v2,
    Kind.CANARY: _canary,
    Kind.SHERPA_WHISPER: _whisper,
}


def _tell_canary(model: Any, language: str) -> None:
    """Canary cannot tell the language: it is English unless the user says otherwise."""
    spoken = _ENGLISH if language == AUTO else language
    model.config.model_config.canary.src_lang = model.config.model_config.canary.tgt_lang = spoken
    model.recognizer.set_config(model.config)


def _tell_whisper(model: Any, language: str) -> None:
    model.config.model_config.whisper.language = "" if language == AUTO else language
    model.recognizer.set_config(model.config)


_TOLD_THE_LANGUAGE: dict[Kind, Callable[[Any, str], None]] = {
    Kind.CANARY: _tell_canary,
    Kind.SHERPA_WHISPER: _tell_whisper,
}
