"""Diarization of one recording, chunk by chunk."""

from collections.abc import Iterator

import numpy as np

from bot.media.pcm import RATE
from bot.providers.embedded.speakers.clustering import Breath
from bot.providers.embedded.speakers.cut_tree import assign_speakers
from bot.providers.embedded.speakers.embedding import Embedder, Vector
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
        if not self._vectors:
            return Turns(())
        labels = assign_speakers(np.stack(self._vectors), speakers, breath, self._embedder.thresholds)
        return Turns(Turn(start, end, int(label)) for (start, end), label in zip(self._places, labels, strict=True))
