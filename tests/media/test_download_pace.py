"""A link's least speed: a trickle is given up, however steady it is, and a slow line is not."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.media.download import Fetcher, FetchLimits, LinkDown
from tests.helpers.websites import OUTSIDE, Site, site

SIZE = 3_000_000


class Monotonic:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@asynccontextmanager
async def dripping(clock: Monotonic, part: int, seconds: float) -> AsyncIterator[Site]:
    """Serve parts of so many bytes, so many seconds apart."""
    is_over = asyncio.Event()

    async def answer(_path: str, writer: asyncio.StreamWriter) -> None:
        try:
            await drip(writer)
        finally:
            is_over.set()

    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {SIZE}\r\nConnection: close\r\n\r\n".encode())
        for _ in range(SIZE // part):
            writer.write(bytes(part))
            await writer.drain()
            await asyncio.sleep(0.01)
            clock.now += seconds

    async with site(answer) as web:
        yield web
    await asyncio.wait_for(is_over.wait(), 5)


@pytest.mark.parametrize("part", [1, 100_000])
async def test_a_trickle_is_given_up_after_a_minute(tmp_path: Path, part: int) -> None:
    clock = Monotonic()
    async with (
        Fetcher(FetchLimits(), [f"{OUTSIDE}/32"], monotonic=clock) as fetcher,
        dripping(clock, part, seconds=20) as web,
    ):
        with pytest.raises(LinkDown, match="slow"):
            await fetcher.fetch(web.url(), tmp_path, SIZE)
    assert 60 <= clock.now <= 140
    assert list(tmp_path.iterdir()) == []


async def test_a_slow_line_is_waited_for(tmp_path: Path) -> None:
    clock = Monotonic()
    async with (
        Fetcher(FetchLimits(), [f"{OUTSIDE}/32"], monotonic=clock) as fetcher,
        dripping(clock, 300_000, seconds=20) as web,
    ):
        assert (await fetcher.fetch(web.url(), tmp_path, SIZE)).stat().st_size == SIZE
    assert clock.now >= 180
