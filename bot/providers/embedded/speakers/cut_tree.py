"""Assignment of windows to speakers. The constants were found on conversations and monologues of six real voices.

These were cut and joined, clean, at 8 kHz by the A law, as Opus at 16 kbit/s, and in noise at 15 and 8 dB. None of 252
recordings of one voice was split; 117 of 126 with two to four voices had the right number, and 0.4 % of their windows
went to the wrong speaker. Nearly all errors are speakers of one short sentence. Half of the recordings were only used
after the constants were fixed. If a line cuts off everything below 250 Hz, similar voices merge: a given number of
speakers helps then.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from bot.providers.embedded.speakers.clustering import Breath, Labels, Tree, Vectors, in_order, tree

_CUT = 0.43
"""Clusters nearer than this are merged. Above 0.44 similar voices merge, below 0.41 noise splits one voice."""
_ALIKE = 0.81
"""Clusters whose means are this similar (a cosine, corrected for their scatter) are one voice in noise. Noise increases
all distances, but hardly this: two voices stayed below 0.79, one split voice was rarely below 0.82.
"""
_FEWEST, _SHARE = 3, 1 / 120
"""Minimum of windows, and of a long recording's share, for a speaker: a cough or a stray sound has less."""
_ON_END = 2
"""Minimum of consecutive windows for a speaker. Odd moments of one voice are scattered."""
_FINER = 0.02
"""Step by which the cut is lowered while a known number of speakers is not reached."""
_MOST = 32
_LITTLE = 1e-3


def assign_speakers(vectors: Vectors, speakers: int | None, breath: Breath) -> Labels:
    """Return the speaker of each window, a number from 0 in order of appearance.

    `speakers`: their number if it is known, at least 1, at most 32, at most one for each window; other values become
    the nearest of these. `breath` is called repeatedly and may raise.
    """
    grown = tree(vectors, breath)
    if speakers is None:
        return _joined(_lasting(grown.cut_at(_CUT), vectors), vectors, fewest=1, alike=_ALIKE)
    return _so_many(grown, vectors, speakers, breath)


def _so_many(grown: Tree, vectors: Vectors, speakers: int, breath: Breath) -> Labels:
    """Lower the cut until there are enough lasting speakers; merge the most similar if there are more."""
    wanted = min(max(1, speakers), _MOST)
    for cut in np.arange(_CUT, 0, -_FINER):
        breath()
        labels = _lasting(grown.cut_at(float(cut)), vectors)
        if _count(labels) >= wanted:
            return _joined(labels, vectors, fewest=wanted)
    return grown.cut_into(wanted)


def _lasting(labels: Labels, vectors: Vectors) -> Labels:
    """Merge clusters that are too small for a speaker into the nearest larger one."""
    sizes = np.bincount(labels)
    lasts = (sizes >= max(_FEWEST, _SHARE * len(labels))) & (_longest_runs(labels) >= _ON_END)
    if not lasts.any():
        lasts[np.argmax(sizes)] = True
    means = _means(labels, vectors)
    kept = np.flatnonzero(lasts)
    nearest = kept[np.argmax(means @ means[kept].T, axis=1)]
    return in_order(np.where(lasts, np.arange(len(sizes)), nearest)[labels])


def _longest_runs(labels: Labels) -> NDArray[np.intp]:
    """Return the longest run of windows of each cluster."""
    longest = np.zeros(_count(labels), np.intp)
    borders = [0, *(np.flatnonzero(np.diff(labels)) + 1).tolist(), len(labels)]
    for start, end in pairwise(borders):
        longest[labels[start]] = max(longest[labels[start]], end - start)
    return longest


def _joined(labels: Labels, vectors: Vectors, *, fewest: int, alike: float = -np.inf) -> Labels:
    """Merge the two most similar clusters while there are more than `fewest` and they are more similar than `alike`."""
    while _count(labels) > fewest:
        likeness = _likeness(labels, vectors)
        one, other = np.unravel_index(np.argmax(likeness), likeness.shape)
        if likeness[one, other] <= alike:
            break
        labels = in_order(np.where(labels == max(one, other), min(one, other), labels))
    return labels


def _likeness(labels: Labels, vectors: Vectors) -> NDArray[np.float64]:
    """Return the cosines of the clusters' means, corrected for the noise that lengthens a small cluster's mean."""
    means = _means(labels, vectors).astype(np.float64)
    sizes = np.bincount(labels)
    within = (sizes * np.sum(means**2, axis=1) - 1) / np.maximum(sizes - 1, 1)
    lengths = np.sqrt(np.maximum(within, _LITTLE))
    likeness: NDArray[np.float64] = means @ means.T / np.outer(lengths, lengths)
    np.fill_diagonal(likeness, -np.inf)
    return likeness


def _means(labels: Labels, vectors: Vectors) -> Vectors:
    sums = np.zeros((_count(labels), vectors.shape[1]), np.float32)
    np.add.at(sums, labels, vectors)
    sizes = np.bincount(labels).astype(np.float32)
    return sums / sizes[:, None]


def _count(labels: Labels) -> int:
    return int(labels.max()) + 1
