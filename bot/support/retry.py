"""Retries: of work that must be done, of what fails just now (with growing pauses), and of calls of a platform."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import stamina
import structlog

from bot.domain.errors import EarmarkError, NotNow, PerhapsPosted
from bot.domain.ports import Clock
from bot.domain.waiting import WaitReason
from bot.support.cancellation import cancellations
from bot.support.tracebacks import report

ATTEMPTS = 5
T = TypeVar("T")


async def retry(do: Callable[[], Awaitable[T]]) -> T:
    """Do it, and again after any fault that may pass: it must be safe to do twice. The last fault is raised."""
    async for attempt in stamina.retry_context(may_pass, attempts=ATTEMPTS, timeout=None):
        with attempt:
            return await do()
    raise AssertionError("the last attempt returns or raises")


def may_pass(error: BaseException) -> bool:
    """Return True for faults that may pass. An EarmarkError was retried by its raiser already; a cancel is no fault.

    Stamina asks about everything that is raised, whatever its types say.
    """
    return isinstance(error, Exception) and not isinstance(error, EarmarkError)


log = structlog.get_logger()

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Trouble:
    """A fault from outside the program: it passes, or the operator can help."""

    event: str
    hint: str = ""
    """Advice for the operator; "": it passes."""
    code: int = 0
    """The other side's number for it; 0: none."""
    seconds: float | None = None
    """Seconds to wait; None: the growing pause."""
    detail: str = ""
    """Words of the other side that hold no secret, such as the field that it refuses."""


Explain = Callable[[Exception], Trouble | None]
"""Returns the trouble that an error means; None for a fault of the program."""


def _unexplained(_error: Exception) -> None:
    return None


class Backoff:
    """Pauses that grow as long as nothing goes right. The operator reads once of each trouble."""

    def __init__(
        self,
        event: str,
        explain: Explain = _unexplained,
        sleep: Sleep = asyncio.sleep,
        longest: float = LONGEST_PAUSE,
    ) -> None:
        """`event` is logged for a fault that `explain` does not know."""
        self._event = event
        self._explain = explain
        self._sleep = sleep
        self._longest = longest
        self._pause = FIRST_PAUSE
        self._told: tuple[str, str, int, str] | None = None

    def are_over(self) -> None:
        self._pause, self._told = FIRST_PAUSE, None

    async def wait_out(self, error: Exception) -> None:
        """Tell the operator, and wait as long as this error asks for."""
        trouble = self._explain(error)
        pause = self._grown() if trouble is None or trouble.seconds is None else trouble.seconds
        if trouble is None:
            report(self._event, error, again_in=pause)
        else:
            self._tell(trouble, type(error).__name__, pause)
        await self._sleep(pause)

    async def retry(self, do: Callable[[], Awaitable[T]]) -> T:
        """Do it until it works: it must be safe to do twice."""
        before = cancellations()
        while True:
            try:
                done = await do()
            except Exception as error:  # whatever it is, the caller waits for it to pass
                if cancellations() > before:  # the error took the place of the CancelledError
                    raise asyncio.CancelledError from error
                await self.wait_out(error)
            else:
                self.are_over()
                return done

    def _tell(self, trouble: Trouble, error: str, pause: float) -> None:
        """Log a trouble. No message of a library is repeated: some hold the token, or what was sent."""
        told = (trouble.event, error, trouble.code, trouble.detail)
        if told != self._told:
            write = log.error if trouble.hint else log.warning
            known = {"code": trouble.code, "detail": trouble.detail}
            told_more = {name: value for name, value in known.items() if value}
            write(trouble.event, error=error, again_in=pause, hint=trouble.hint or "it is tried again", **told_more)
        self._told = told

    def _grown(self) -> float:
        pause, self._pause = self._pause, min(self._pause * 2, self._longest)
        return pause


CALL_PAUSES = (0.5, 2.0)
"""Seconds before a call without an answer is made again."""
LONGEST_WAIT = 20.0
"""Seconds of a pause that is waited for if a platform asks for it; for a longer one the note waits instead."""


@dataclass(frozen=True, slots=True)
class Closed:
    """A platform takes nothing for a while."""

    reason: WaitReason
    seconds: float


@dataclass(frozen=True, slots=True)
class Lost:
    """A call has no answer."""

    arrived: bool
    """If false, it certainly never reached the platform."""


DOWN = Closed(WaitReason.PLATFORM_DOWN, 30.0)
Meaning = EarmarkError | Closed | Lost


class Calls:
    """Calls of a platform's API, made again by the rules; a refusal is raised as what it means.

    No exception of the platform's library goes further: some hold the request, or the token.
    """

    def __init__(
        self, platform: str, explain: Callable[[Exception], Meaning | None], clock: Clock, sleep: Sleep
    ) -> None:
        """`explain` returns the meaning of an error; None for a fault of the program."""
        self._platform = platform
        self._explain = explain
        self._clock = clock
        self._sleep = sleep

    async def repeat(self, do: Callable[[], Awaitable[T]]) -> T:
        """Make a call that may be made twice. Raises NotNow."""
        return await self._make(do, NotNow)

    async def once(self, do: Callable[[], Awaitable[T]]) -> T:
        """Make a call again only if it never arrived. Raises NotNow; PerhapsPosted if it may have been carried out."""
        return await self._make(do, PerhapsPosted)

    def later(self, closed: Closed, kind: type[NotNow] = NotNow) -> NotNow:
        """Return the error of a platform that takes nothing now."""
        return kind(closed.reason, self._clock() + timedelta(seconds=closed.seconds), self._platform)

    async def _make(self, do: Callable[[], Awaitable[T]], kind: type[NotNow]) -> T:
        pauses, patience = list(CALL_PAUSES), LONGEST_WAIT
        while True:
            try:
                return await do()
            except Exception as error:
                told = self._explain(error)
                if told is None:
                    raise
            if isinstance(told, EarmarkError):
                raise told
            if isinstance(told, Closed):
                if told.seconds > patience:
                    raise self.later(told, kind if told.reason is WaitReason.PLATFORM_DOWN else NotNow)
                patience -= told.seconds
                await self._sleep(told.seconds)
            elif told.arrived and kind is PerhapsPosted:
                raise self.later(DOWN, kind)
            elif not pauses:
                raise self.later(DOWN)
            else:
                await self._sleep(pauses.pop(0))
