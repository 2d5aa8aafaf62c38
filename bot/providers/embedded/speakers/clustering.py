"""Average-linkage clustering on cosine distance, in memory that grows with the points and not with their square.

Of unit vectors the mean distance between the members of two clusters is one minus the product of the clusters' means.
So a cluster is its mean and its size, and no matrix of distances is ever held: hours of speech take a few megabytes.
The tree is exact; scipy would build the same one, from a matrix, and weighs 143 MB for this one call.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
"""One unit vector a row."""
Labels = NDArray[np.intp]
"""A cluster's number for each row, from 0 in order of appearance."""
Breath = Callable[[], None]
"""Called now and then in long work; it may raise, to end the work."""

_TIE = np.float32(1e-6)
"""Distances closer than this are the same: float32 gives no more digits."""
_BLOCK = 1024
"""Rows that are multiplied at once: more would go to several threads, which cost more than they save."""
_FULL = 0.8
"""Below this share of places in use the clusters move together."""


@dataclass(frozen=True, slots=True)
class Merge:
    """Two clusters become one; each is named by one of its rows."""

    one: int
    other: int
    distance: float


@dataclass(frozen=True, slots=True)
class Tree:
    """How `size` points grow together, the nearest first."""

    size: int
    merges: tuple[Merge, ...]

    def cut_at(self, distance: float) -> Labels:
        """Clusters no two of which are nearer to each other than that."""
        return self.cut_into(self.size - sum(merge.distance <= distance for merge in self.merges))

    def cut_into(self, clusters: int) -> Labels:
        """So many clusters; at least one, at most one for each point."""
        parents = list(range(self.size))
        for merge in self.merges[: self.size - max(1, clusters)]:
            parents[_root(parents, merge.other)] = _root(parents, merge.one)
        return in_order(np.array([_root(parents, row) for row in range(self.size)], np.intp))


def tree(points: Vectors, breath: Breath) -> Tree:
    """Join the nearest clusters until one is left: a chain of nearest neighbours is followed to where it turns back."""
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
    """Clusters at places, which stay the same until they are compacted; each is its mean and its size."""

    def __init__(self, points: Vectors) -> None:
        self.alive = len(points)
        self._means = points.copy()
        self._rows = np.arange(len(points))
        self._sizes = np.ones(len(points), np.float32)
        self._gone = np.zeros(len(points), np.float32)
        """Added to what is compared: 0, or minus infinity where a cluster has become part of another."""

    def any(self) -> int:
        return int(np.argmax(self._gone))

    def likeness(self, here: int) -> NDArray[np.float32]:
        """How alike the members of this cluster and of each other one are, on average."""
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
        """The same chain, with its new places where much is gone and the rest has moved together."""
        if self.alive >= _FULL * len(self._gone):
            return chain
        kept = self._gone == 0
        places = np.cumsum(kept) - 1
        self._means, self._rows, self._sizes = self._means[kept], self._rows[kept], self._sizes[kept]
        self._gone = np.zeros(self.alive, np.float32)
        return places[chain].tolist() if chain else chain


def in_order(labels: Labels) -> Labels:
    """The same clusters, numbered from 0 as they appear."""
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[inverse].astype(np.intp)


def _root(parents: list[int], row: int) -> int:
    while parents[row] != row:
        parents[row] = parents[parents[row]]
        row = parents[row]
    return row
