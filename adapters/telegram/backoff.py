"""How long to wait where Telegram cannot be reached or does not want to listen, and what the operator reads of it."""

import asyncio
import traceback
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import structlog
from telegram.error import Conflict, InvalidToken, NetworkError, RetryAfter, TelegramError, TimedOut

log = structlog.get_logger()

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
UNKNOWN_TOKEN_PAUSE = 300.0
"""Only the operator can help, and Telegram does not like to be asked again and again."""
Sleep = Callable[[float], Awaitable[None]]
T = TypeVar("T")
_FRAMES = 6


class Backoff:
    """Pauses that grow as long as nothing goes right."""

    def __init__(self, sleep: Sleep = asyncio.sleep) -> None:
        self._sleep = sleep
        self._pause = FIRST_PAUSE

    def are_over(self) -> None:
        self._pause = FIRST_PAUSE

    async def wait_out(self, error: Exception) -> None:
        """Tell the operator, and wait as long as this error asks for."""
        await self._sleep(self._told(error))

    async def retry(self, do: Callable[[], Awaitable[T]]) -> T:
        """Do it until it works: it must be safe to do twice."""
        while True:
            try:
                done = await do()
            except Exception as error:  # noqa: BLE001  # whatever it is, somebody waits for it to pass
                await self.wait_out(error)
            else:
                self.are_over()
                return done

    def _told(self, error: Exception) -> float:
        """Log the error and give its pause in seconds. No message of PTB's is repeated: some hold the token."""
        if isinstance(error, RetryAfter):
            pause = seconds_of(error)
            log.warning("telegram_asks_to_wait", seconds=pause)
            return pause
        if isinstance(error, InvalidToken):
            log.error("telegram_does_not_know_the_token", hint="look at EARMARK_TELEGRAM_TOKEN")
            return UNKNOWN_TOKEN_PAUSE
        if isinstance(error, Conflict):
            log.error(
                "telegram_bot_is_used_elsewhere",
                hint="another program polls with this token, or has set a webhook; stop it, or use a bot of your own",
            )
            return LONGEST_PAUSE
        if isinstance(error, TelegramError):
            log.warning("telegram_not_reached", error=type(error).__name__, again_in=self._pause)
        else:
            report("updates_not_taken", error, again_in=self._pause)
        return self._grown()

    def _grown(self) -> float:
        pause, self._pause = self._pause, min(self._pause * 2, LONGEST_PAUSE)
        return pause


def passes(error: Exception) -> bool:
    """Whether an error of PTB's says no more than that the network was away, or the bot too busy, for a moment."""
    return type(error) in (NetworkError, TimedOut, RetryAfter)  # BadRequest is a NetworkError too


def seconds_of(error: RetryAfter) -> float:
    """How long Telegram asks to wait."""
    return error._retry_after.total_seconds()  # the public name warns that its type will change


def report(event: str, error: BaseException, **about: float) -> None:
    """Log a fault with the lines of code that it came through, not its message: somebody's words may be in it."""
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    where = " > ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames)
    log.error(event, error=type(error).__name__, where=where, **about)
