"""Answers that cost a call, each remembered for a while."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from bot.domain.ports import Clock

KNOWN_FOR = timedelta(minutes=1)
_MOST_KNOWN = 1000

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Remembered(Generic[K, V]):
    """Asks about each thing at most once a minute."""

    def __init__(self, ask: Callable[[K], Awaitable[V]], clock: Clock) -> None:
        self._ask = ask
        self._clock = clock
        self._known: OrderedDict[K, tuple[datetime, V]] = OrderedDict()

    async def of(self, thing: K) -> V:
        """Return the answer about a thing, which is up to a minute old."""
        known = self._known.get(thing)
        if known is not None and known[0] > self._clock():
            return known[1]
        answer = await self._ask(thing)
        self._known[thing] = (self._clock() + KNOWN_FOR, answer)
        self._known.move_to_end(thing)
        while len(self._known) > _MOST_KNOWN:
            self._known.popitem(last=False)
        return answer
