"""A whole Earmark in a process of its own that is killed (-9) at a moment of the test's choice.

Moments are counted: before each statement and each commit on either database (so at every step border, which is a
commit of the engine, and inside every step), and before and after everything that is done to the outside.
"""

import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psutil
import sqlalchemy as sa

from bot.domain.audio import Accepts, Audio
from bot.domain.billing import Plan
from bot.domain.money import Micros
from bot.domain.note import Note, Options, Ticket
from bot.domain.ports import Report
from bot.domain.transcript import Segment, Transcript
from bot.media.ffmpeg import find_ffmpeg
from bot.service.worker import Parts, Service, open_service
from bot.settings import Settings
from tests.doubles.platform import FolderPlatform
from tests.doubles.provider import MODELS, PaidProvider
from tests.helpers.certificates import trust_one_authority
from tests.helpers.corpus import ffmpeg
from tests.helpers.forked import PROCESSES
from tests.helpers.paths import SAMPLES
from tests.helpers.settings import make_settings

NEVER = 0
Count = Any
"""A whole number in memory that processes share; ctypes has no type for it that can be named."""
CREDIT = Micros(1_000_000)
TO_CANCEL = "cancelled"
"""The message whose note is cancelled as soon as the provider may have it."""
SENTENCES = 150
LONG = " ".join(f"This is sentence number {number} of a long story." for number in range(SENTENCES))
"""More than one message of any platform holds."""
trust_one_authority()  # also in the processes


@dataclass(frozen=True, slots=True)
class World:
    """The folder that everything of one run stands in: Earmark's data, the platform's messages, the provider's book."""

    folder: Path

    @property
    def settings(self) -> Settings:
        return make_settings(self.folder / "data", plan=Plan.PREPAID, stop_seconds=5)

    def live(self, notes: list[tuple[str, str]], kill_at: int = NEVER, within: float = 60) -> int | None:
        """Run Earmark until all notes have their end, or until it is killed; None if it was killed.

        `notes` are (message, model). Else the count of moments that passed.
        """
        return run_mortal(_live, (self.folder, notes), lambda _moment: None, kill_at, within)


def run_mortal(
    target: Callable[..., None],
    args: Sequence[object],
    told: Callable[[Callable[[str], None]], None],
    kill_at: int,
    within: float,
) -> int | None:
    """Run `target(*args, kill_at, counted, of_calls)` in a process until it ends, or until it is killed; None if it
    was killed, else the count of moments that passed.

    `told` gives a platform's double, which lives here and outlives the process, what to call at each moment of its own:
    before and after each call that it takes. So a kill after one is a message that is there and that nobody wrote down.
    """
    counted, of_calls = PROCESSES.RawValue("i", 0), PROCESSES.RawValue("i", 0)
    calls = Moments(kill_at, of_calls, counted)
    process = PROCESSES.Process(target=target, args=(*args, kill_at, counted, of_calls))

    def moment(_name: str) -> None:
        calls.count_one()
        if calls.is_over and process.pid is not None:
            os.kill(process.pid, signal.SIGKILL)
            _until_gone(process.pid)

    told(moment)
    process.start()
    process.join(within)
    told(lambda _name: None)
    if process.exitcode is None:
        process.kill()
        process.join()
        raise AssertionError(f"not finished within {within} seconds")
    if process.exitcode == -signal.SIGKILL:
        return None
    assert process.exitcode == 0, f"exit code {process.exitcode}"
    return int(counted.value + of_calls.value)


def _until_gone(pid: int) -> None:
    """Wait for a killed process without asking how it ended: only one may ask, and that is the test."""
    end = time.monotonic() + 10
    while psutil.pid_exists(pid) and time.monotonic() < end:
        time.sleep(0.005)


class Moments:
    """Counts without a lock between processes: one that is killed would keep it."""

    def __init__(self, kill_at: int, counted: Count, elsewhere: Count | None = None) -> None:
        """`elsewhere`: moments of the same run that another process counts."""
        self._kill_at = kill_at
        self._counted = counted
        self._elsewhere = elsewhere
        self._lock = threading.Lock()

    @property
    def is_over(self) -> bool:
        """Return True if the moment to die has come."""
        passed = self._counted.value + (self._elsewhere.value if self._elsewhere else 0)
        return self._kill_at != NEVER and passed >= self._kill_at

    def pass_one(self, *_: object) -> None:
        self.count_one()
        if self.is_over:
            os.kill(os.getpid(), signal.SIGKILL)

    def count_one(self) -> None:
        with self._lock:
            self._counted.value += 1


def _live(
    folder: Path,
    notes: list[tuple[str, str]],
    kill_at: int,
    counted: Count,
    of_calls: Count,
) -> None:
    moments = Moments(kill_at, counted, of_calls)
    sa.event.listen(sa.Engine, "before_cursor_execute", moments.pass_one)
    sa.event.listen(sa.Engine, "commit", moments.pass_one)
    asyncio.run(_serve(folder, notes, moments))


async def _serve(folder: Path, notes: list[tuple[str, str]], moments: Moments) -> None:
    world = World(folder)
    platform = FolderPlatform(folder / "platform", moments.pass_one)
    provider = PaidProvider(folder / "provider", moments.pass_one)
    provider.takes = Accepts(containers=frozenset({"ogg"}))  # so that the mp3 is converted
    offered = [platform.note(message, _media(folder, message), model=model) for message, model in notes]
    async with open_service(world.settings, Parts([platform], [provider], MODELS)) as service:
        await service.core.ledger.credit("folder:ada", CREDIT, "the first")
        for note in offered:  # a platform sends again what was not acknowledged
            await service.intake.accept(note)
            moments.pass_one()
        async with asyncio.TaskGroup() as tasks:
            for note in offered:
                if note.key.message == TO_CANCEL:
                    tasks.create_task(_cancel_at_work(service, note))
            await all_ended(service, offered)


async def _cancel_at_work(service: Service, note: Note) -> None:
    """Cancel a note as soon as the provider may have it."""
    while not (await service.core.notes.before_submit(note.id)).submissions:
        standing = await service.core.notes.standing(note.id)
        if standing is not None and standing.state.is_final:
            return
        await asyncio.sleep(0.005)
    await service.intake.cancel(note.id)


def _media(folder: Path, message: str) -> Path:
    """The voice note; as MP3, made once, for the message "later"."""
    voice = SAMPLES / "voice-note.ogg"
    if message != "later":
        return voice
    mp3 = folder / "voice-note.mp3"
    if not mp3.exists():
        made = folder / f"{os.getpid()}.mp3"
        ffmpeg(find_ffmpeg(None), "-i", voice, made)
        made.replace(mp3)
    return mp3


async def all_ended(service: Service, notes: list[Note]) -> None:
    while True:
        standings = await service.core.notes.standings([note.id for note in notes])
        if len(standings) == len(notes) and all(one.state.is_final for one in standings.values()):
            return
        await asyncio.sleep(0.02)


class Storyteller(PaidProvider):
    """Returns a long story if it is asked with the model for speakers."""

    async def submit(self, audio: Audio, options: Options, report: Report, user: str = "") -> Transcript | Ticket:
        said = await super().submit(audio, options, report, user)
        if options.model != "paid-speakers" or isinstance(said, Ticket):
            return said
        return replace(said, text=LONG, segments=(Segment(LONG, 0.0, said.seconds),), words=())
