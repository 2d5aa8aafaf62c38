"""Memory of a bounded number of things, each for a limited time."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from bot.domain.ports import Clock

KNOWN_FOR = timedelta(minutes=1)
_MOST_KNOWN = 1000

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Bounded(OrderedDict[K, V]):
    """A dictionary that forgets what was set the longest ago."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def __setitem__(self, key: K, value: V) -> None:
        super().__setitem__(key, value)
        self.move_to_end(key)
        if len(self) > self._most:
            self.popitem(last=False)


class Remembered(Generic[K, V]):
    """Asks about each thing at most once a minute."""

    def __init__(self, ask: Callable[[K], Awaitable[V]], clock: Clock) -> None:
        self._ask = ask
        self._clock = clock
        self._known: Bounded[K, tuple[datetime, V]] = Bounded(_MOST_KNOWN)

    async def of(self, thing: K) -> V:
        """Return the answer about a thing, which is up to a minute old."""
        known = self._known.get(thing)
        if known is not None and known[0] > self._clock():
            return known[1]
        answer = await self._ask(thing)
        self._known[thing] = (self._clock() + KNOWN_FOR, answer)
        return answer
