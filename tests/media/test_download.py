"""Links of strangers, fetched from real servers on loopback: what is brought, and the addresses that are refused."""

import asyncio
import logging
import socket
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.domain.errors import EarmarkError, TooLarge
from bot.media.download import Fetcher, FetchLimits, LinkDown, LinkRefused
from tests.helpers.websites import (
    INSIDE,
    OUTSIDE,
    Answers,
    Row,
    another,
    left_in,
    says,
    site,
)


@pytest.fixture
async def fetcher() -> AsyncIterator[Fetcher]:
    async with Fetcher(allow=[f"{OUTSIDE}/32"]) as opened:
        yield opened


async def test_a_file_is_brought_whole_and_twice_if_need_be(fetcher: Fetcher, tmp_path: Path) -> None:
    body = bytes(range(256)) * 5000
    (tmp_path / "fetched.0123.part").write_text("what a crash left behind")
    async with site(says(body)) as web:
        for _ in range(2):
            assert await fetcher.fetch(web.url(), tmp_path, 2_000_000) == tmp_path / "fetched"
            assert (tmp_path / "fetched").read_bytes() == body
    assert left_in(tmp_path) == ["fetched"]
    assert (tmp_path / "fetched").stat().st_mode & 0o777 == 0o600


async def test_its_name_is_ours_whatever_the_link_says(fetcher: Fetcher, tmp_path: Path) -> None:
    async with site(says(b"x", 'Content-Disposition: attachment; filename="../../evil.sh"')) as web:
        path = await fetcher.fetch(web.url("/..%2f..%2fevil.sh"), tmp_path / "new", 100)
    assert path == tmp_path / "new" / "fetched"


async def test_what_says_that_it_is_too_large_is_not_begun(fetcher: Fetcher, tmp_path: Path) -> None:
    async with site(says(b"x", length=5_000_001)) as web:
        with pytest.raises(TooLarge, match=r"limit_mb=5\.0"):
            await fetcher.fetch(web.url(), tmp_path, 5_000_000)
    assert left_in(tmp_path) == []


async def test_what_is_larger_than_it_says_is_stopped_in_time(fetcher: Fetcher, tmp_path: Path) -> None:
    written = 0

    async def endless(path: str, writer: asyncio.StreamWriter) -> None:
        nonlocal written
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        while True:
            written = max([written, *(entry.stat().st_size for entry in tmp_path.iterdir())])
            writer.write(bytes(65536))
            await writer.drain()

    async with site(endless) as web:
        with pytest.raises(TooLarge):
            await fetcher.fetch(web.url(), tmp_path, 1_000_000)
    assert written <= 1_000_000
    assert left_in(tmp_path) == []


async def test_just_the_limit_is_not_too_large(fetcher: Fetcher, tmp_path: Path) -> None:
    async with site(says(bytes(1000), length=-1)) as web:
        assert (await fetcher.fetch(web.url(), tmp_path, 1000)).stat().st_size == 1000
        with pytest.raises(TooLarge):
            await fetcher.fetch(web.url(), another(tmp_path), 999)


async def test_what_was_fetched_is_not_fetched_again(fetcher: Fetcher, tmp_path: Path) -> None:
    """The link may have ended since, or lead to something else."""
    async with site(says(b"the first")) as web:
        first = await fetcher.fetch(web.url(), tmp_path, 1000)
    assert await fetcher.fetch("http://gone.example/", tmp_path, 1000) == first
    assert first.read_bytes() == b"the first"


async def test_what_breaks_off_is_not_taken_for_whole(fetcher: Fetcher, tmp_path: Path) -> None:
    async with site(says(bytes(10), length=20)) as web:
        with pytest.raises(LinkDown, match="broken"):
            await fetcher.fetch(web.url(), tmp_path, 1000)
    assert left_in(tmp_path) == []


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (says(b"no", status="404 Not Found"), "status=404"),
        (says(b"x", "Content-Encoding: gzip"), "compressed"),
        (says(b"", status="302 Found"), "status=302"),
        (says(b"", status="nonsense"), "broken"),
    ],
)
async def test_other_answers_are_told(fetcher: Fetcher, tmp_path: Path, answer: Answers, why: str) -> None:
    async with site(answer) as web:
        with pytest.raises(LinkDown, match=why):
            await fetcher.fetch(web.url(), tmp_path, 1000)


async def test_nobody_there_is_told(fetcher: Fetcher, tmp_path: Path) -> None:
    async with site(says(b"")) as web:
        url = web.url()
    with pytest.raises(LinkDown, match="silent"):
        await fetcher.fetch(url, tmp_path, 1000)


async def test_a_name_that_is_none_is_told(tmp_path: Path) -> None:
    def resolve(*_asked: object) -> list[Row]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    async with Fetcher(resolve=resolve) as fetcher:
        with pytest.raises(LinkDown, match="silent"):
            await fetcher.fetch("http://nobody.example/", tmp_path, 1000)


# --- time ---


async def drips(path: str, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.02)


async def says_nothing(path: str, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(5)


@pytest.mark.parametrize(
    ("answer", "limits"),
    [
        (drips, FetchLimits(seconds=0.3)),
        (says_nothing, FetchLimits(idle_seconds=0.2)),
        (says_nothing, FetchLimits(0.2)),
    ],
)
async def test_time_has_a_limit(answer: Answers, limits: FetchLimits, tmp_path: Path) -> None:
    began = time.monotonic()
    async with Fetcher(limits, [f"{OUTSIDE}/32"]) as fetcher, site(answer) as web:
        with pytest.raises(LinkDown, match="slow"):
            await fetcher.fetch(web.url(), tmp_path, 1000)
    assert time.monotonic() - began < 2
    assert left_in(tmp_path) == []


async def test_a_resolver_that_hangs_is_not_waited_for(tmp_path: Path) -> None:
    def resolve(*_asked: object) -> list[Row]:
        time.sleep(1.5)
        return []

    began = time.monotonic()
    async with Fetcher(FetchLimits(seconds=0.2), resolve=resolve) as fetcher:
        with pytest.raises(LinkDown, match="slow"):
            await fetcher.fetch("http://slow.example/", tmp_path, 1000)
        assert time.monotonic() - began < 1


async def test_a_cancel_passes_and_leaves_nothing(fetcher: Fetcher, tmp_path: Path) -> None:
    async with site(drips) as web:
        work = asyncio.create_task(fetcher.fetch(web.url(), tmp_path, 1000))
        while not web.asked:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work
    assert left_in(tmp_path) == []


# --- what goes along ---


async def test_nothing_of_one_fetch_goes_along_with_the_next(fetcher: Fetcher, tmp_path: Path) -> None:
    async with site(says(b"x", "Set-Cookie: who=somebody; Path=/")) as web:
        for folder in (tmp_path, another(tmp_path)):
            await fetcher.fetch(web.url(), folder, 1000)
    assert b"cookie" not in web.headers.lower()
    assert b"Accept-Encoding: identity" in web.headers
    assert web.connections == 2


async def test_a_link_s_secrets_are_in_no_error_and_no_log(
    fetcher: Fetcher, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    told: list[EarmarkError] = []
    async with site(says(b"", status="404 Not Found")) as web:
        broken = [web.url("/a?token=geheim"), f"http://{INSIDE}/?token=geheim", "http://127.0.0.1:9/?token=geheim"]
        for url in [*broken, "http://u:geheim@example.com/", "geheim://example.com"]:
            with pytest.raises((LinkDown, LinkRefused)) as error:
                await fetcher.fetch(url, tmp_path, 1000)
            told.append(error.value)
    async with site(says(b"fine")) as web:
        await fetcher.fetch(web.url("/a?token=geheim"), tmp_path, 1000)
    assert "geheim" not in caplog.text
    assert all("geheim" not in f"{error!s}{error.to_json()}" and error.__suppress_context__ for error in told[1:])
    assert all(EarmarkError.from_json(error.to_json()).args == error.args for error in told)
