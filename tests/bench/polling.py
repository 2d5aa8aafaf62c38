"""The cost of a thousand jobs in flight at NanoGPT: `make bench PARTS=polling`.

The provider is the tests' server in a process of its own, over a socket. Requests a second are counted as they come
in there, in real time, at the worst moment: a thousand stored jobs are taken up at once, as after a restart, while new
recordings are submitted. For the rest time is scaled: to the client a second passes in a sixteenth of one, so all that
it decides by (waits, ages, requests a second) is as in life. A thousand jobs are submitted one by one, are worked on
for 250 to 500 of these seconds, and for most of that time all at once.
"""

import asyncio
import multiprocessing
import random
import time
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from math import inf
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median

import psutil

from bot.domain.audio import Audio
from bot.domain.catalog import NANOGPT, ModelInfo
from bot.domain.money import Micros
from bot.domain.note import Options, Reached, Ticket
from bot.providers.nanogpt.client import NanoGPT, client
from bot.providers.nanogpt.transport import PER_SECOND, Pace
from tests.bench.table import Row
from tests.doubles.nanogpt.server import KEY, Job, NanoGPTServer, sample, serve

JOBS = 1000
SCALE = 16
RESTART_SECONDS = 8.0
SHORTEST, LONGEST = 250.0, 500.0
MOST_MEGABYTES = 100
MODEL = ModelInfo("Elevenlabs-STT", NANOGPT, Micros(30_000), speakers=True, asynchronous=True)
OPTIONS = Options(MODEL.name, speakers=True)
SOUND = Audio(Path("linked"), "ogg", "opus", 60.0, 48_000, 1, 240_000, link="https://media.example/sound.ogg")


@dataclass(frozen=True, slots=True)
class Book:
    """The provider's records, on the monotonic clock that all processes share."""

    requests: list[float]
    ready: dict[str, float]


def measure() -> Iterator[Row]:
    with _provider() as (provider, base_url):
        idle = psutil.Process().memory_info().rss
        begun = time.monotonic()
        submits = asyncio.run(_restart(base_url))
        restarted = time.monotonic()
        yield f"{JOBS} jobs taken up at once: median wait of a submit", f"{median(submits) * 1000:.0f} ms", "<= 1000 ms"
        peak, taken, in_flight = asyncio.run(_run(base_url))
        provider.send("the end")
        book: Book = provider.recv()
    busiest = _busiest([moment for moment in book.requests if begun < moment < restarted])
    late = [(noticed - book.ready[run]) / (book.ready[run] - submitted) for run, (submitted, noticed) in taken.items()]
    jobs = f"{in_flight} jobs in flight"
    yield f"{JOBS} jobs taken up at once: requests in the busiest second", f"{busiest}", f"<= {PER_SECOND}"
    yield f"{jobs}: memory above idle", f"{(peak - idle) / 1_000_000:.0f} MB", f"<= {MOST_MEGABYTES} MB"
    yield f"{jobs}: median delay of noticing, of the job's time", f"{median(late):.1%}", "<= 10%"


def _busiest(moments: list[float]) -> int:
    moments = sorted(moments)
    return max(bisect_left(moments, moment + 1) - at for at, moment in enumerate(moments))


async def _restart(base_url: str) -> list[float]:
    """Take up all stored jobs in real time, and submit beside them; seconds that each submit took."""
    took: list[float] = []
    async with client(base_url, KEY) as http:
        nanogpt = NanoGPT(http, _now, [MODEL])
        stored = [asyncio.create_task(nanogpt.collect(_stored(number), OPTIONS, _no_report)) for number in range(JOBS)]
        end = time.monotonic() + RESTART_SECONDS
        while time.monotonic() < end:
            begun = time.monotonic()
            await nanogpt.submit(SOUND, OPTIONS, _no_report)
            took.append(time.monotonic() - begun)
        for task in stored:
            task.cancel()
        await asyncio.wait(stored)
    return took


def _stored(number: int) -> Ticket:
    answer = sample("ticket") | {"runId": f"stored-{number}"}
    return Ticket({"answer": answer, "diarize": True, "seconds": 60.0, "submitted_at": _now().isoformat()})


async def _run(base_url: str) -> tuple[int, dict[str, tuple[float, float]], int]:
    """The most bytes of memory, when each job was submitted and its end noticed, and how many there were at once."""
    process = psutil.Process()
    taken: dict[str, tuple[float, float]] = {}
    in_flight, most, peak = 0, 0, 0

    async def job() -> None:
        nonlocal in_flight, most
        ticket = await nanogpt.submit(SOUND, OPTIONS, _no_report)
        assert isinstance(ticket, Ticket)
        submitted = time.monotonic()
        in_flight += 1
        most = max(most, in_flight)
        await nanogpt.collect(ticket, OPTIONS, _no_report)
        in_flight -= 1
        answer = ticket.body["answer"]
        assert isinstance(answer, dict)
        taken[answer["runId"]] = (submitted, time.monotonic())

    async def weigh() -> None:
        nonlocal peak
        while True:
            peak = max(peak, process.memory_info().rss)
            await asyncio.sleep(0.2)

    async with client(base_url, KEY) as http:
        nanogpt = NanoGPT(
            http, _now, [MODEL], pace=Pace(PER_SECOND * SCALE), sleep=_scaled_sleep, monotonic=_scaled_clock
        )
        weighing = asyncio.create_task(weigh())
        async with asyncio.TaskGroup() as tasks:
            for _ in range(JOBS):
                tasks.create_task(job())
        weighing.cancel()
    return peak, taken, most


async def _scaled_sleep(seconds: float) -> None:
    await asyncio.sleep(seconds / SCALE)


def _scaled_clock() -> float:
    return time.monotonic() * SCALE


def _now() -> datetime:
    return datetime.now(UTC)


async def _no_report(_reached: Reached) -> None:
    pass


@contextmanager
def _provider() -> Iterator[tuple["Connection[str, Book]", str]]:
    """A provider in another process, and its address. It sends its book once it is told that it is the end."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    said, says = context.Pipe(duplex=False)
    process = context.Process(target=_provide, args=(theirs, says), daemon=True)
    process.start()
    try:
        yield ours, said.recv()
    finally:
        process.join(10)
        process.kill()


def _provide(pipe: "Connection[Book, str]", address: "Connection[str, None]") -> None:
    asyncio.run(_serve(pipe, address))


async def _serve(pipe: "Connection[Book, str]", address: "Connection[str, None]") -> None:
    chance = random.Random(7)
    server = NanoGPTServer()
    for number in range(JOBS):
        ticket = _stored(number).body["answer"]
        assert isinstance(ticket, dict)
        server.jobs[ticket["runId"]] = Job(ticket, 1, inf)
    server.job_seconds = lambda: chance.uniform(SHORTEST, LONGEST) / SCALE
    async with serve(server):
        address.send(server.base_url)
        await asyncio.to_thread(pipe.recv)
        ready = {run: job.ready_at for run, job in server.jobs.items()}
        pipe.send(Book([seen.at for seen in server.seen], ready))
