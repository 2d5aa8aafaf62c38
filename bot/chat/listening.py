"""The time in which a platform listens to its users, and what it reports of its connection."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import Any

from bot.domain.platform_state import PlatformState, SessionLimit
from bot.domain.ports import Clock
from bot.support.task_group import task_group
from bot.support.tracebacks import report


class StateReport:
    """The state of a platform, as its parts report it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.state = PlatformState()

    def connected(self) -> None:
        """Take note of a connection."""
        self.state = replace(self.state, away_since=None)

    def lost(self) -> None:
        """Take note that there is no connection, or none any more."""
        if self.state.away_since is None:
            self.state = replace(self.state, away_since=self._clock())

    def update_arrived(self) -> None:
        """Take note of news from the platform, whatever they are."""
        self.state = replace(self.state, updated_at=self._clock())

    def commands_synced(self) -> None:
        """Take note that the platform shows the current commands."""
        self.state = replace(self.state, commands_synced=True)

    def commands_refused(self) -> None:
        """Take note that the platform does not take the current commands."""
        self.state = replace(self.state, commands_synced=False)

    def sessions_left(self, sessions: SessionLimit) -> None:
        """Take note of the sessions that the platform still lets the bot begin."""
        self.state = replace(self.state, sessions=sessions)


@asynccontextmanager
async def keep_listening(platform: str, run: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run a platform's listening while the context is open.

    An error that ends the listening ends the context with it: a service that is deaf must not look alive, and its
    supervisor starts it anew.
    """
    async with task_group() as tasks:
        running = tasks.create_task(run, name=platform)
        running.add_done_callback(partial(_tell_of_end, platform))
        try:
            yield
        finally:
            running.cancel()


def _tell_of_end(platform: str, running: asyncio.Task[None]) -> None:
    """Tell the operator which platform it was, whatever becomes of the error outside."""
    error = None if running.cancelled() else running.exception()
    if error is not None:
        report(f"{platform}_stopped", error)
