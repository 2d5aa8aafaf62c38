"""One's own voice: its vector from a recording of one person, and the speaker of a conversation whose voice it is."""

from collections.abc import Sequence

import numpy as np

from bot.domain.errors import BadVoice
from bot.providers.embedded.speakers.clustering import Labels, Vectors
from bot.providers.embedded.speakers.cut_tree import Thresholds, directions_of

SHORTEST, LONGEST = 8.0, 60.0
"""Seconds of speech at least, and of the recording at most, of which a voice is learned."""
_FEWEST = 3
"""Minimum of windows of a speaker who is named: 2 to 3 s."""


def enrolled(vectors: Vectors, labels: Labels, seconds: float, thresholds: Thresholds) -> list[float]:
    """Return the vector of the only voice of a recording with so many seconds of speech. Raises BadVoice."""
    if seconds < SHORTEST or len(vectors) < 2 * _FEWEST:
        raise BadVoice(reason="short")
    if labels.max() > 0:
        raise BadVoice(reason="several")
    halves = np.arange(len(vectors)) * 2 // len(vectors)
    first, second = directions_of(halves, vectors)
    if first @ second < thresholds.known:
        raise BadVoice(reason="mixed")
    return [round(float(value), 5) for value in directions_of(labels, vectors)[0]]


def speaker_with(known: Sequence[float], vectors: Vectors, labels: Labels, thresholds: Thresholds) -> int | None:
    """Return the speaker whose voice this is; None if no voice is that similar."""
    if len(known) != vectors.shape[1]:
        return None
    likeness = directions_of(labels, vectors) @ np.array(known)
    likeness[np.bincount(labels) < _FEWEST] = -np.inf
    best = int(np.argmax(likeness))
    return best if likeness[best] > thresholds.known else None
