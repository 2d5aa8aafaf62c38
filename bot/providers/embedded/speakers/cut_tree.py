"""Assignment of windows to speakers. The constants were found on conversations and monologues of real voices.

`make bench PARTS=speakers` measures them: two and three voices, clean, by telephone, as Opus at 16 kbit/s, in noise at
10 dB, with short replies and with overlaps, and one voice by itself, also in two languages. The second half has other
clips and other voices; it was looked at for the choice of `cut`, `alike_once` and _ONCE, so it is no blind test.
Two similar voices that speak once or twice each merge more often than by PLAIN: of 432 joined pairs 55 had a wrong
number of speakers, by PLAIN 11. If a line cuts off everything below 250 Hz, similar voices merge too: a given number of
speakers helps then.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from bot.providers.embedded.speakers.clustering import Breath, Labels, Tree, Vectors, in_order, tree


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The similarity of a voice model's vectors for one voice."""

    cut: float
    """Clusters nearer than this are merged: a cosine distance, the mean of all pairs of windows."""
    alike: float
    """Clusters whose means are this similar (a cosine, corrected for their scatter) are one voice in noise. Noise
    increases all distances, but hardly this.
    """

    alike_once: float
    """The same, if there is no more than one change to another voice and back: mostly a person who speaks another
    language for a while, or moves.
    """
    unlike: float
    """A cluster of a few moments on end is a speaker too if it is less similar than this to all large ones: a cosine of
    the means.
    """
    known: float
    """A speaker has the enrolled voice if their means are more similar than this (corrected as for `alike`)."""


PLAIN = Thresholds(cut=0.43, alike=0.81, alike_once=0.81, unlike=-1.0, known=0.88)
"""For vectors of any model. Above 0.44 similar voices merge, below 0.41 noise splits one voice; two voices stayed below
0.79, one split voice was rarely below 0.82.
"""
CENTRED = Thresholds(cut=0.62, alike=0.60, alike_once=0.52, unlike=0.40, known=0.70)
"""For vectors without the mean of many voices. Above 0.63 similar voices merge, far below noise splits one voice. Two
voices stayed below 0.59, mostly below 0.3; one in two languages above 0.53. Short replies of another voice were below
0.38, odd moments of a known one above 0.42. Enrolled from 10 or 20 s, a voice was at most 0.66 similar to others
(16,672 pairs), and above 0.70 to itself on clean sound in one language; by telephone or in another one mostly below.
"""
_FEWEST, _SHARE = 3, 1 / 120
"""Minimum of windows, and of a long recording's share, for a speaker: a cough or a stray sound has less. In recordings
short enough for the first, a short reply of a voice that is unlike all others counts too.
"""
_ON_END = 2
"""Minimum of consecutive windows for a speaker. Odd moments of one voice are scattered."""
_ONCE = 2
"""The most changes of voice between two that may be one."""
_FINER = 0.02
"""Step by which the cut is lowered while a known number of speakers is not reached."""
_MOST = 32
_LITTLE = 1e-3


def assign_speakers(vectors: Vectors, speakers: int | None, breath: Breath, thresholds: Thresholds = PLAIN) -> Labels:
    """Return the speaker of each window, a number from 0 in order of appearance.

    `speakers`: their number if it is known, at least 1, at most 32, at most one for each window; other values become
    the nearest of these. `breath` is called repeatedly and may raise.
    """
    grown = tree(vectors, breath)
    if speakers is None:
        labels = _lasting(grown.cut_at(thresholds.cut), vectors, thresholds.unlike)
        labels = _joined(labels, vectors, fewest=1, alike=thresholds.alike)
        return _joined(labels, vectors, fewest=1, alike=thresholds.alike_once) if _changes(labels) <= _ONCE else labels
    return _so_many(grown, vectors, speakers, breath, thresholds)


def _so_many(grown: Tree, vectors: Vectors, speakers: int, breath: Breath, thresholds: Thresholds) -> Labels:
    """Lower the cut until there are enough lasting speakers; merge the most similar if there are more."""
    wanted = min(max(1, speakers), _MOST)
    for cut in np.arange(thresholds.cut, 0, -_FINER):
        breath()
        labels = _lasting(grown.cut_at(float(cut)), vectors, thresholds.unlike)
        if _count(labels) >= wanted:
            return _joined(labels, vectors, fewest=wanted)
    return grown.cut_into(wanted)


def _lasting(labels: Labels, vectors: Vectors, unlike: float) -> Labels:
    """Merge clusters that are too small for a speaker into the nearest larger one, unless they are `unlike` all."""
    sizes = np.bincount(labels)
    go_on = _longest_runs(labels) >= _ON_END
    fewest = max(_FEWEST, _SHARE * len(labels))
    lasts = (sizes >= fewest) & go_on
    if not lasts.any():
        lasts[np.argmax(sizes)] = True
    means = _means(labels, vectors)
    if fewest <= _FEWEST:
        lasts |= go_on & (_nearness(means, means[lasts]) < unlike)
    kept = np.flatnonzero(lasts)
    nearest = kept[np.argmax(means @ means[kept].T, axis=1)]
    return in_order(np.where(lasts, np.arange(len(sizes)), nearest)[labels])


def _nearness(means: Vectors, others: Vectors) -> NDArray[np.float32]:
    """Return the cosine of each mean with the most similar of the others."""
    lengths = np.outer(np.linalg.norm(means, axis=1), np.linalg.norm(others, axis=1))
    nearness: NDArray[np.float32] = np.max(means @ others.T / np.maximum(lengths, np.float32(_LITTLE)), axis=1)
    return nearness


def _changes(labels: Labels) -> int:
    """Return how often the speaker changes."""
    return int(np.count_nonzero(np.diff(labels)))


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
    directions = directions_of(labels, vectors)
    likeness: NDArray[np.float64] = directions @ directions.T
    np.fill_diagonal(likeness, -np.inf)
    return likeness


def directions_of(labels: Labels, vectors: Vectors) -> NDArray[np.float64]:
    """Return the clusters' means, each by its length without the noise that lengthens a small cluster's mean.

    The products of two are cosines, about 1 for the same voice.
    """
    means = _means(labels, vectors).astype(np.float64)
    sizes = np.bincount(labels)
    within = (sizes * np.sum(means**2, axis=1) - 1) / np.maximum(sizes - 1, 1)
    directions: NDArray[np.float64] = means / np.sqrt(np.maximum(within, _LITTLE))[:, None]
    return directions


def _means(labels: Labels, vectors: Vectors) -> Vectors:
    sums = np.zeros((_count(labels), vectors.shape[1]), np.float32)
    np.add.at(sums, labels, vectors)
    sizes = np.bincount(labels).astype(np.float32)
    return sums / sizes[:, None]


def _count(labels: Labels) -> int:
    return int(labels.max()) + 1
