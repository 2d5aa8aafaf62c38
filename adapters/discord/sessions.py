"""Sessions of the gateway: how many Discord still lets the bot begin, and how fast they follow each other.

Discord lets a bot begin about a thousand sessions a day. After the last one it ends all, and resets the token.
"""

from datetime import datetime, timedelta

import discord

from bot.chat.listening import StateReport
from bot.domain.platform_state import SessionLimit
from bot.domain.ports import Clock

SETTLED = timedelta(minutes=5)
"""Age from which a session was a good one: one every five minutes is less than a third of what Discord allows."""
_MOST_IN_A_ROW = 3
"""Sessions, none of them good, that discord.py may begin one after the other in the same client."""
_RESERVE = 50
"""Part of a day's sessions, as its divisor, that is left to the operator for starts by hand."""


class SessionsUsedUp(Exception):
    """Discord lets the bot begin hardly any session more before the limit is reset."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class SessionsTooFast(Exception):
    """Sessions end soon after they began, one after the other."""


class Sessions:
    """The sessions of a bot, over all its clients."""

    def __init__(self, speaker: discord.Client, report: StateReport, clock: Clock) -> None:
        """`speaker` is a client that is logged in."""
        self._speaker = speaker
        self._report = report
        self._clock = clock
        self._begun: dict[int, datetime] = {}
        """Begin of the last session, by shard."""
        self._in_a_row: dict[int, int] = {}
        self._number = 0

    @property
    def number(self) -> int:
        """Return the number of sessions that began."""
        return self._number

    @property
    def is_settled(self) -> bool:
        """Return True if no session began in the last minutes."""
        return all(self._clock() - begun >= SETTLED for begun in self._begun.values())

    async def check_limit(self) -> None:
        """Ask Discord how many sessions are left. Raises SessionsUsedUp, and discord.GatewayNotFound for no answer."""
        shards, _, told = await self._speaker.http.get_bot_gateway()
        limit = discord.SessionStartLimits(**told)
        seconds = limit.reset_after / 1000
        until = self._clock() + timedelta(seconds=seconds)
        self._report.sessions_left(SessionLimit(limit.remaining, limit.total, until))
        if limit.remaining < shards + limit.total // _RESERVE:
            raise SessionsUsedUp(seconds)

    def check_pace(self, shard: int) -> None:
        """Raise SessionsTooFast if several sessions of a shard followed each other within minutes."""
        if self._is_fast(shard) and self._in_a_row[shard] >= _MOST_IN_A_ROW:
            raise SessionsTooFast

    def begun(self, shard: int) -> None:
        """Take note of a session that begins."""
        self._in_a_row[shard] = self._in_a_row[shard] + 1 if self._is_fast(shard) else 1
        self._begun[shard] = self._clock()
        self._number += 1

    def _is_fast(self, shard: int) -> bool:
        return shard in self._begun and self._clock() - self._begun[shard] < SETTLED
