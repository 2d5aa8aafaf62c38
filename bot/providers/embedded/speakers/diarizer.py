"""Diarization of one recording, chunk by chunk."""

from collections.abc import Iterator

import numpy as np

from bot.domain.errors import BadVoice
from bot.domain.voice import Voiceprint
from bot.media.pcm import RATE
from bot.providers.embedded.speakers.clustering import Breath
from bot.providers.embedded.speakers.cut_tree import assign_speakers
from bot.providers.embedded.speakers.embedding import Embedder, Vector
from bot.providers.embedded.speakers.own_voice import enrolled, speaker_with
from bot.providers.embedded.speakers.turns import Turn, Turns
from bot.providers.embedded.speakers.windows import Samples, windows


class Diarizer:
    """Voice vectors of the windows and their times: about a kilobyte for 0.75 s of speech."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._vectors: list[Vector] = []
        self._places: list[tuple[float, float]] = []

    def add_chunk(self, sound: Samples, start: float) -> Iterator[float]:
        """Process a chunk that starts at `start` seconds, lazily; yield the second of the chunk that was reached."""
        for window in windows(sound):
            vector = self._embedder.embed(sound[window.start : window.end])
            if vector is not None:
                self._vectors.append(vector)
                self._places.append((start + window.decides_from / RATE, start + window.decides_to / RATE))
            yield window.end / RATE

    def turns(self, speakers: int | None, breath: Breath) -> Turns:
        """Return the turns of the speakers; none without speech. `speakers` and `breath` as in assign_speakers."""
        return self.recognised_turns(speakers, breath, None)[0]

    def recognised_turns(
        self, speakers: int | None, breath: Breath, known: Voiceprint | None
    ) -> tuple[Turns, int | None]:
        """Return the turns of the speakers, and which of them has the known voice; None: none of them."""
        if not self._vectors:
            return Turns(()), None
        vectors, thresholds = np.stack(self._vectors), self._embedder.thresholds
        labels = assign_speakers(vectors, speakers, breath, thresholds)
        turns = Turns(Turn(start, end, int(label)) for (start, end), label in zip(self._places, labels, strict=True))
        if known is None or known.model != self._embedder.model:
            return turns, None
        return turns, speaker_with(known.vector, vectors, labels, thresholds)

    def voiceprint(self, breath: Breath) -> Voiceprint:
        """Return the only voice of the recording. Raises BadVoice."""
        if not self._vectors:
            raise BadVoice(reason="short")
        vectors, thresholds = np.stack(self._vectors), self._embedder.thresholds
        seconds = sum(end - start for start, end in self._places)
        labels = assign_speakers(vectors, None, breath, thresholds)
        return Voiceprint(self._embedder.model, enrolled(vectors, labels, seconds, thresholds))
