"""Attacks on the disk: a user who fills it is refused, and the recordings of all others are taken."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import disk_usage

import httpx
import pytest

from adapters.api import ApiAdapter, Limits, make_app, serve
from bot.domain.billing import Plan
from bot.domain.money import Micros
from bot.media.download import Fetcher
from bot.service.core import open_core
from bot.service.worker import Parts, open_service
from tests.doubles.provider import MODELS, PaidProvider
from tests.helpers.api import PAID, context_of
from tests.helpers.disks import small_disk
from tests.helpers.settings import make_settings

MEGABYTE = 1_000_000
SPARE = 5 * MEGABYTE
LINK = 7 * MEGABYTE
WATCHED_SECONDS = 6.0


@dataclass(frozen=True)
class Attacked:
    """A service on a small disk, with its API."""

    url: str
    disk: Path

    def free(self) -> int:
        return disk_usage(self.disk).free


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", megabytes=32) as disk:
        yield disk


@pytest.fixture
async def keys() -> dict[str, str]:
    return {}


@pytest.fixture
async def rig(disk: Path, tmp_path: Path, keys: dict[str, str]) -> AsyncIterator[Attacked]:
    settings = make_settings(
        disk / "data", plan=Plan.PREPAID, model="paid", stop_seconds=0, spare_megabytes=SPARE / MEGABYTE
    )
    async with AsyncExitStack() as stack:
        core = await stack.enter_async_context(open_core(settings, MODELS))
        fetcher = await stack.enter_async_context(Fetcher(allow=["127.0.0.0/8"], room=core.room))
        adapter = ApiAdapter(disk / "data" / "uploads", fetcher)
        provider = PaidProvider(tmp_path / "provider")
        service = await stack.enter_async_context(open_service(settings, Parts([adapter], [provider], MODELS), core))
        for name in ("alice", "bob"):
            _, keys[name] = await core.keys.create(name, f"api:{name}")
            await core.ledger.credit(f"api:{name}", Micros(5 * MEGABYTE), name)
        context = context_of(service, core.keys, PAID)
        await adapter.sweep(context.notes)
        app = make_app(adapter, context, Limits(requests_per_second=1_000, wait_seconds=10))
        port = await stack.enter_async_context(serve(app, "127.0.0.1", 0))
        yield Attacked(f"http://127.0.0.1:{port}", disk)


@asynccontextmanager
async def dripping() -> AsyncIterator[str]:
    """Serve a link that gives most of its bytes at once, and then one now and then."""

    answers: set[asyncio.Task[None]] = set()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        answers.add(task)
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {2 * LINK}\r\n\r\n".encode() + bytes(LINK))
        try:
            while True:
                await writer.drain()
                await asyncio.sleep(0.2)
                writer.write(b"x")
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in answers:
            task.cancel()
        await asyncio.gather(*answers, return_exceptions=True)


async def test_one_user_s_dripping_links_do_not_take_the_disk_from_others(
    rig: Attacked, keys: dict[str, str], voice: Path
) -> None:
    alice = httpx.AsyncClient(base_url=rig.url, headers={"x-api-key": keys["alice"]}, timeout=30)
    bob = httpx.AsyncClient(base_url=rig.url, headers={"x-api-key": keys["bob"]}, timeout=30)
    async with alice, bob, dripping() as links:

        async def send(number: int) -> httpx.Response:
            body = {"model": "Wizper", "audioUrl": f"{links}/{number}.ogg"}
            return await alice.post("/api/transcribe", json=body)

        attack = [asyncio.create_task(send(number)) for number in range(4)]
        least, statuses = rig.free(), []
        until = time.monotonic() + WATCHED_SECONDS
        while time.monotonic() < until:
            upload = await bob.post("/api/transcribe", data={"model": "Wizper"}, files={"audio": voice.read_bytes()})
            statuses.append(upload.status_code)
            assert (await bob.get("/readyz")).status_code == 200
            least = min(least, rig.free())
        answers = await asyncio.gather(*attack)
    assert set(statuses) == {200}
    assert least > SPARE
    codes = [answer.json().get("code") for answer in answers]
    assert codes.count("DiskShareFull") >= 2, "she is told why"
