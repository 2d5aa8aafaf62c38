"""Voices as vectors: two of the same voice point the same way."""

import hashlib
import threading
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import structlog
from numpy.typing import NDArray

from bot.domain.errors import ModelMissing
from bot.media.pcm import RATE
from bot.providers.embedded.speakers.cut_tree import CENTRED, PLAIN, Thresholds
from bot.providers.embedded.speakers.windows import Samples

log = structlog.get_logger()

Vector = NDArray[np.float32]
"""Of length 1."""

_ID_DIGITS = 16

NAME = "for speakers"
"""Name of the model in a sentence for people."""


class Embedder(Protocol):
    """A loaded voice model. Several threads may use it, and it blocks."""

    @property
    def model(self) -> str:
        """The id of its file."""

    @property
    def thresholds(self) -> Thresholds:
        """The similarity of its vectors for one voice."""

    def embed(self, sound: Samples) -> Vector | None:
        """Return the vector of a window's voice; None for silence or too little audio."""


def sha256_of(path: Path) -> str:
    """Return the SHA-256 hash of a file in hexadecimal digits. Blocking. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def model_id(path: Path) -> str:
    """Return the id of a voice model. Blocking. Raises OSError."""
    return sha256_of(path)[:_ID_DIGITS]


class SherpaEmbedder:
    """Embedder by sherpa-onnx. One thread at a time: with two a window of 1.5 s takes twice as long."""

    def __init__(self, model: Path, centre: Vector | None = None) -> None:
        """`model` must be verified, since a wrong one ends the process. `centre`: the mean of many voices, if known.

        Raises ModelMissing, OSError.
        """
        # Imported here: not needed without diarization.
        import sherpa_onnx

        self._in_use = threading.Lock()
        self.model = model_id(model)
        self._centre = np.float32(0) if centre is None else centre
        self.thresholds = PLAIN if centre is None else CENTRED
        config = sherpa_onnx.SpeakerEmbeddingExtractorConfig(model=str(model), num_threads=1)
        try:
            self._extractor: Any = sherpa_onnx.SpeakerEmbeddingExtractor(config)
            # A model that is none of voices only shows at first use.
            self._vector(_hiss())
        # The library raises arbitrary errors if it cannot load or run a file.
        except Exception as error:
            log.warning("voice model cannot be used", file=str(model), error=str(error))
            raise ModelMissing(model=NAME, what_to_do="its file cannot be used; the log says why.") from error
        log.info("voice model loaded", file=model.name, values=self._extractor.dim)

    def embed(self, sound: Samples) -> Vector | None:
        vector = self._vector(sound)
        vector = _unit(vector) if vector is not None else None
        return _unit(vector - self._centre) if vector is not None else None

    def _vector(self, sound: Samples) -> Vector | None:
        with self._in_use:
            stream = self._extractor.create_stream()
            stream.accept_waveform(RATE, sound)
            stream.input_finished()
            return np.array(self._extractor.compute(stream), np.float32) if self._extractor.is_ready(stream) else None


def _unit(vector: Vector) -> Vector | None:
    """Return the vector with length 1; None if it has no direction."""
    length = float(np.linalg.norm(vector))
    return vector / np.float32(length) if np.isfinite(length) and length > 0 else None


def _hiss() -> Samples:
    return np.random.default_rng(1).normal(0, 0.01, RATE).astype(np.float32)
