"""A sentence that is true of every message in a row is sent once in a while, not under each."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from bot.domain.ports import Clock
from bot.support.remembered import Bounded

PAUSE = timedelta(seconds=10)
"""A user who forwards a hundred texts reads once what they could send instead."""
PAUSES = {"closed": timedelta(hours=6)}
"""Longer pauses, by the sentence's key: a stranger reads once how to be let in."""
_MOST = 1000
"""Sentences that are remembered."""


class Seldom:
    """Remembers the sentences of each chat, one for each bot."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._said: Bounded[tuple[str, str], datetime] = Bounded(_MOST)

    async def say(self, where: str, key: str, send: Callable[[], Awaitable[object]]) -> None:
        """Send a sentence, unless the same (`key`) was said there a moment ago; one without a key is always sent.

        Raises what the sending raises.
        """
        if not key:
            await send()
            return
        which, now = (where, key), self._clock()
        if which in self._said and now - self._said[which] < PAUSES.get(key, PAUSE):
            return
        self._said[which] = now
        try:
            await send()
        except BaseException:  # it was not said
            self._said.pop(which, None)
            raise
