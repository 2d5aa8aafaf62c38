"""Time that the HTTP API adds to a note, and memory that a large upload takes: `make bench PARTS=api`.

The provider answers at once and charges. A request over the socket is compared with the same file handed to the same
running service within the process: accepted there, and waited for until it is delivered. The two take turns.
"""

import asyncio
import multiprocessing
import time
from collections.abc import AsyncIterator, Coroutine, Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import httpx
import psutil

from adapters.api import Limits
from bot.domain.note import MediaRef, Note, NoteKey, Options
from tests.bench.table import Row
from tests.helpers.api import Api, prepaid, served
from tests.helpers.paths import SAMPLES

NOTES = 120
WARM = 10
VOICE = SAMPLES / "voice-note.ogg"
MEGABYTE = 1024 * 1024
UPLOAD = 500 * MEGABYTE
LIMITS = Limits(upload_bytes=600 * MEGABYTE, requests_per_second=100_000, upload_seconds=600)


def measure() -> Iterator[Row]:
    """Medians of one run, and the highest memory of one upload."""
    with TemporaryDirectory() as folder:
        over, within = asyncio.run(_overhead(Path(folder)))
    yield "a note over HTTP, start to text", f"{over * 1000:.1f} ms", ""
    yield "the same note within the process", f"{within * 1000:.1f} ms", ""
    yield "what HTTP adds to a note", f"{(over - within) * 1000:.1f} ms", "<= 20 ms"
    yield "a note over HTTP, as a ratio to within the process", f"{over / within:.2f}", "<= 1.5"
    with TemporaryDirectory() as folder:
        grown, seconds = _upload(Path(folder))
    yield "memory that an upload of 500 MB takes at most", f"{grown / MEGABYTE:.0f} MB", "<= 64 MB"
    yield "an upload of 500 MB, to the disk and refused as no sound", f"{seconds:.1f} s", ""


async def _overhead(folder: Path) -> tuple[float, float]:
    over, within = [], []
    async with served(prepaid(folder), folder, LIMITS) as api, api.client(await api.join(500_000_000)) as client:
        account = (await api.keys.list())[-1].account
        for _ in range(NOTES):
            over.append(await _timed(_post(client)))
            within.append(await _timed(_accept(api, account)))
    return median(over[WARM:]), median(within[WARM:])


async def _timed(work: Coroutine[Any, Any, None]) -> float:
    begun = time.perf_counter()
    await work
    return time.perf_counter() - begun


async def _post(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/transcribe", files={"audio": ("memo.ogg", VOICE.read_bytes(), "audio/ogg")})
    assert answer.status_code == 200, answer.text


async def _accept(api: Api, account: str) -> None:
    key = NoteKey("api", "bench", "", str(uuid4()))
    note = Note(key, account, MediaRef("upload", "memo.ogg"), Options("paid"))
    api.adapter.place_of(note.id).write_bytes(VOICE.read_bytes())
    with api.adapter.expecting(note.id) as expected:
        await api.service.intake.accept(note)
        await expected


def _upload(folder: Path) -> tuple[int, float]:
    """Return the growth of a server process while half a gigabyte streams through it, and the seconds that took."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(folder, theirs))
    process.start()
    try:
        url, key = ours.recv()
        grown, seconds = asyncio.run(_send(url, key, psutil.Process(process.pid)))
        ours.send("stop")
    finally:
        process.join(30)
        process.kill()
    return grown, seconds


def _serve(folder: Path, door: Connection) -> None:
    asyncio.run(_serve_until_told(folder, door))


async def _serve_until_told(folder: Path, door: Connection) -> None:
    async with served(prepaid(folder), folder, LIMITS) as api:
        key = await api.join()
        async with api.client(key) as client:
            await _post(client)  # so that what is loaded once is loaded
        door.send((api.url, key))
        await asyncio.to_thread(door.recv)


async def _send(url: str, key: str, server: psutil.Process) -> tuple[int, float]:
    idle = server.memory_info().rss
    most = idle

    async def sample() -> None:
        nonlocal most
        while True:
            most = max(most, server.memory_info().rss)
            await asyncio.sleep(0.01)

    sampling = asyncio.create_task(sample())
    begun = time.perf_counter()
    boundary = "a-boundary"
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="audio"; filename="a.wav"\r\n\r\n'.encode()
    tail = f"\r\n--{boundary}--\r\n".encode()
    size = len(head) + UPLOAD + len(tail)
    headers = {
        "x-api-key": key,
        "Content-Type": f"multipart/form-data; boundary={boundary}",
        "Content-Length": str(size),
    }
    async with httpx.AsyncClient(timeout=120) as client:
        answer = await client.post(f"{url}/api/transcribe", content=_form(head, tail), headers=headers)
    seconds = time.perf_counter() - begun
    sampling.cancel()
    assert answer.status_code == 400, answer.text
    assert answer.json()["code"] == "Unreadable", answer.text
    return most - idle, seconds


async def _form(head: bytes, tail: bytes) -> AsyncIterator[bytes]:
    """Half a gigabyte of nothing, in a form."""
    yield head
    block = bytes(MEGABYTE)
    for _ in range(UPLOAD // MEGABYTE):
        yield block
    yield tail
