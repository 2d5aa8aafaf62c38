"""Average-linkage clustering on cosine distance, in memory linear in the number of points.

For unit vectors the mean distance between the members of two clusters is one minus the product of the clusters' means.
So a cluster is its mean and its size, and no matrix of distances is needed: hours of speech take a few megabytes. The
tree is exact; scipy would build the same one, from a matrix, and weighs 143 MB for this one call.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
"""One unit vector per row."""
Labels = NDArray[np.intp]
"""A cluster's number for each row, from 0 in order of appearance."""
Breath = Callable[[], None]
"""Called repeatedly during long work; it may raise to end the work."""

_TIE = np.float32(1e-6)
"""Distances closer than this are equal: float32 has no more digits."""
_BLOCK = 1024
"""Rows of one multiplication: larger ones use several threads, which cost more than they save."""
_FULL = 0.8
"""Share of used places below which the clusters are compacted."""


@dataclass(frozen=True, slots=True)
class Merge:
    """A merge of two clusters, each named by one of its rows."""

    one: int
    other: int
    distance: float


@dataclass(frozen=True, slots=True)
class Tree:
    """The merges of `size` points, the nearest first."""

    size: int
    merges: tuple[Merge, ...]

    def cut_at(self, distance: float) -> Labels:
        """Return clusters of which no two are nearer to each other than `distance`."""
        return self.cut_into(self.size - sum(merge.distance <= distance for merge in self.merges))

    def cut_into(self, clusters: int) -> Labels:
        """Return this number of clusters; at least one, at most one for each point."""
        parents = list(range(self.size))
        for merge in self.merges[: self.size - max(1, clusters)]:
            parents[_root(parents, merge.other)] = _root(parents, merge.one)
        return in_order(np.array([_root(parents, row) for row in range(self.size)], np.intp))


def tree(points: Vectors, breath: Breath) -> Tree:
    """Join the nearest clusters until one is left, by following chains of nearest neighbours."""
    clusters = _Clusters(points)
    merges: list[Merge] = []
    chain: list[int] = []
    while clusters.alive > 1:
        breath()
        chain = clusters.compacted(chain) or [clusters.any()]
        here = chain[-1]
        likeness = clusters.likeness(here)
        nearest = int(np.argmax(likeness))
        if len(chain) > 1 and likeness[chain[-2]] >= likeness[nearest] - _TIE:
            back = chain[-2]
            del chain[-2:]
            merges.append(clusters.join(back, here, 1.0 - float(likeness[back])))
        else:
            chain.append(nearest)
    return Tree(len(points), tuple(sorted(merges, key=lambda merge: merge.distance)))


class _Clusters:
    """Clusters at places that stay the same until they are compacted; each is its mean and its size."""

    def __init__(self, points: Vectors) -> None:
        self.alive = len(points)
        self._means = points.copy()
        self._rows = np.arange(len(points))
        self._sizes = np.ones(len(points), np.float32)
        self._gone = np.zeros(len(points), np.float32)
        """Added in comparisons: 0, or minus infinity if a cluster was merged into another."""

    def any(self) -> int:
        return int(np.argmax(self._gone))

    def likeness(self, here: int) -> NDArray[np.float32]:
        """Return the mean similarity between this cluster's members and those of every other cluster."""
        likeness = np.empty(len(self._means), np.float32)
        for first in range(0, len(likeness), _BLOCK):
            block = slice(first, first + _BLOCK)
            np.dot(self._means[block], self._means[here], out=likeness[block])
        likeness += self._gone
        likeness[here] = -np.inf
        return likeness

    def join(self, one: int, other: int, distance: float) -> Merge:
        sizes = self._sizes
        both = sizes[one] + sizes[other]
        self._means[one] = (self._means[one] * sizes[one] + self._means[other] * sizes[other]) / both
        sizes[one] = both
        self._gone[other] = -np.inf
        self.alive -= 1
        return Merge(int(self._rows[one]), int(self._rows[other]), distance)

    def compacted(self, chain: list[int]) -> list[int]:
        """Return the chain with its new places, if enough clusters are gone to compact the rest."""
        if self.alive >= _FULL * len(self._gone):
            return chain
        kept = self._gone == 0
        places = np.cumsum(kept) - 1
        self._means, self._rows, self._sizes = self._means[kept], self._rows[kept], self._sizes[kept]
        self._gone = np.zeros(self.alive, np.float32)
        return places[chain].tolist() if chain else chain


def in_order(labels: Labels) -> Labels:
    """Return the same clusters, numbered from 0 in order of appearance."""
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[inverse].astype(np.intp)


def _root(parents: list[int], row: int) -> int:
    while parents[row] != row:
        parents[row] = parents[parents[row]]
        row = parents[row]
    return row
