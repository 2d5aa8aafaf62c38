"""Which windows are one speaker. The figures were found on conversations and monologues of six real voices.

Those were cut and joined, clean, at 8 kHz by the A law, as Opus at 16 kbit/s, and in noise at 15 and 8 dB. None of 252
recordings of one voice was split; 117 of 126 with two to four voices had the right number, and 0.4 % of their windows
went to the wrong speaker. Nearly all faults are speakers of one short sentence. Half of all was only looked at when the
figures stood. Where a line cuts off everything below 250 Hz alike voices become one: there the number helps.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from bot.providers.embedded.speakers.clustering import Breath, Labels, Tree, Vectors, in_order, tree

_CUT = 0.43
"""Clusters nearer than this are one. Above 0.44 alike voices become one, below 0.41 noise makes one voice two."""
_ALIKE = 0.81
"""Clusters whose means are so alike (a cosine, made up for how much each scatters) are one voice in noise. In noise
all distances grow, this hardly does: two voices never came above 0.79, one voice cut in two seldom below 0.82."""
_FEWEST, _SHARE = 3, 1 / 120
"""So many windows, and such a share of a long recording, make a speaker: a cough or a stray sound does not."""
_ON_END = 2
"""A speaker says something that lasts: so many windows in a row. One voice's odd moments are scattered."""
_FINER = 0.02
"""By so much the cut goes down while speakers are lacking whose number was given."""
_MOST = 32
_LITTLE = 1e-3


def tell_apart(vectors: Vectors, speakers: int | None, breath: Breath) -> Labels:
    """The speaker of each window, a number from 0 in order of appearance.

    `speakers`, where their number is known: at least 1, at most 32, at most one for each window; any other becomes the
    nearest of these. `breath` is called now and then and may raise.
    """
    grown = tree(vectors, breath)
    if speakers is None:
        return _joined(_lasting(grown.cut_at(_CUT), vectors), vectors, fewest=1, alike=_ALIKE)
    return _so_many(grown, vectors, speakers, breath)


def _so_many(grown: Tree, vectors: Vectors, speakers: int, breath: Breath) -> Labels:
    """The cut goes down until there are enough who say something that lasts; of more the most alike are joined."""
    wanted = min(max(1, speakers), _MOST)
    for cut in np.arange(_CUT, 0, -_FINER):
        breath()
        labels = _lasting(grown.cut_at(float(cut)), vectors)
        if _count(labels) >= wanted:
            return _joined(labels, vectors, fewest=wanted)
    return grown.cut_into(wanted)


def _lasting(labels: Labels, vectors: Vectors) -> Labels:
    """Clusters that are too small to be a speaker go to the nearest one that is not."""
    sizes = np.bincount(labels)
    lasts = (sizes >= max(_FEWEST, _SHARE * len(labels))) & (_longest_runs(labels) >= _ON_END)
    if not lasts.any():
        lasts[np.argmax(sizes)] = True
    means = _means(labels, vectors)
    kept = np.flatnonzero(lasts)
    nearest = kept[np.argmax(means @ means[kept].T, axis=1)]
    return in_order(np.where(lasts, np.arange(len(sizes)), nearest)[labels])


def _longest_runs(labels: Labels) -> NDArray[np.intp]:
    """For each cluster how many windows it has in a row, at most."""
    longest = np.zeros(_count(labels), np.intp)
    borders = [0, *(np.flatnonzero(np.diff(labels)) + 1).tolist(), len(labels)]
    for start, end in pairwise(borders):
        longest[labels[start]] = max(longest[labels[start]], end - start)
    return longest


def _joined(labels: Labels, vectors: Vectors, *, fewest: int, alike: float = -np.inf) -> Labels:
    """The two most alike become one, while there are more than `fewest` and those two are more alike than that."""
    while _count(labels) > fewest:
        likeness = _likeness(labels, vectors)
        one, other = np.unravel_index(np.argmax(likeness), likeness.shape)
        if likeness[one, other] <= alike:
            break
        labels = in_order(np.where(labels == max(one, other), min(one, other), labels))
    return labels


def _likeness(labels: Labels, vectors: Vectors) -> NDArray[np.float64]:
    """How alike the clusters' means are: a cosine, with the noise taken out that makes a small cluster's mean long."""
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
