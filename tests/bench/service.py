"""Notes a second through the whole service, and our share of the time: `make bench PARTS=service`.

The provider answers at once and charges, so every note has its intent row, hold, settlement and two deliveries; both
databases are SQLite with every commit on the disk (synchronous=FULL). The control is the same engine on the same queue
with three steps that do nothing.
"""

import asyncio
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bot.domain.audio import Accepts, Audio
from bot.domain.note import MediaRef, Note, NoteKey, Options, Progress, Reply, Ticket
from bot.domain.ports import Report
from bot.domain.transcript import Transcript
from bot.notes.durable import Lanes, open_engine, step
from bot.service.worker import Parts, Service, open_service
from bot.support.clock import now
from tests.bench.table import Row
from tests.doubles.provider import MODELS, transcript_of
from tests.helpers.paths import SAMPLES
from tests.helpers.settings import make_settings

RUNS = 5
NOTES = 120
USERS = 24
LANES = Lanes(notes=16, per_user=4)


class _Instant:
    """A provider that answers at once, and charges."""

    name = "paid"
    repeatable = False
    charges_for_silence = False

    def accepts(self, model: str) -> Accepts:
        return Accepts()

    async def check_open(self) -> None:
        """It always is."""

    async def submit(self, audio: Audio, options: Options, report: Report, user: str = "") -> Transcript | Ticket:
        return transcript_of(audio.seconds, options.model)

    async def collect(self, ticket: Ticket, options: Options, report: Report) -> Transcript:
        raise AssertionError("it gives no tickets")


class _Nowhere:
    """A platform whose media lies on this machine, and whose messages nobody reads."""

    platform = "nowhere"

    def __init__(self) -> None:
        self.delivered = 0
        self.all = asyncio.Event()

    async def acknowledge(self, note: Note) -> str:
        return note.key.message

    async def fetch(self, note: Note, folder: Path, limit: int) -> Path:
        return Path(note.media.locator)

    async def link(self, note: Note, seconds: float) -> str | None:
        """There is none."""
        return None

    async def report(self, note: Note, placeholder: str | None, progress: Progress) -> None:
        pass

    async def deliver(self, note: Note, placeholder: str | None, reply: Reply) -> None:
        self.delivered += 1
        if self.delivered == NOTES:
            self.all.set()


def measure() -> list[Row]:
    """Medians of several runs, the service and the control in turns."""
    ours, bare = [], []
    for _ in range(RUNS):
        with TemporaryDirectory() as folder:
            ours.append(asyncio.run(_service(Path(folder))))
        with TemporaryDirectory() as folder:
            bare.append(asyncio.run(_control(Path(folder))))
    ratio = median(one / other for one, other in zip(ours, bare, strict=True))
    return [
        ("notes through the whole workflow, one process", f"{NOTES / median(ours):.0f} notes/s", ">= 20"),
        ("three empty steps of the bare engine", f"{NOTES / median(bare):.0f} workflows/s", ""),
        ("a note's time against those three steps", f"{ratio:.2f}", "<= 4"),
    ]


async def _service(folder: Path) -> float:
    """Seconds for all notes."""
    settings = make_settings(folder, notes_at_once=LANES.notes, notes_per_user=LANES.per_user, stop_seconds=5)
    platform = _Nowhere()
    async with open_service(settings, Parts([platform], [_Instant()], MODELS)) as service:
        begun = time.perf_counter()
        await asyncio.gather(*(service.intake.accept(_note(number)) for number in range(NOTES)))
        await platform.all.wait()
        seconds = time.perf_counter() - begun
        await _all_closed(service)
        assert await service.core.ledger.audit() == []
    return seconds


async def _all_closed(service: Service) -> None:
    while await service.core.notes.unfinished():
        await asyncio.sleep(0.05)


def _note(number: int) -> Note:
    voice = SAMPLES / "voice-note.ogg"
    return Note(
        key=NoteKey("nowhere", "bot", "chat", str(number)),
        user=f"nowhere:{number % USERS}",
        media=MediaRef(locator=str(voice), name=voice.name),
        options=Options(model="paid"),
    )


async def _control(folder: Path) -> float:
    done = 0
    all_done = asyncio.Event()

    async def nothing() -> None:
        pass

    async def three_steps(_note_id: str) -> None:
        nonlocal done
        for name in ("one", "two", "three"):
            await step(name, nothing)
        done += 1
        if done == NOTES:
            all_done.set()

    async with open_engine(f"sqlite:///{folder / 'engine.db'}", three_steps, ["bare"], LANES, grace=5) as engine:
        begun = time.perf_counter()
        starts = (engine.start(str(number), "bare", f"user {number % USERS}", now()) for number in range(NOTES))
        await asyncio.gather(*starts)
        await all_done.wait()
        return time.perf_counter() - begun
