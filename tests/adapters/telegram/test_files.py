"""Files of Telegram come to this disk whole, bounded, and without the token in anything that is told of them."""

import asyncio
import json
import logging
import traceback
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import stamina
from structlog.testing import capture_logs
from telegram.ext import ExtBot

from adapters.telegram.errors import FileDown, FileGone, TooLargeForTelegram
from bot.domain.errors import EarmarkError, TooLarge
from tests.doubles.telegram.server import BAD_GATEWAY, CUT, DOWNLOAD, BotApi, Fault
from tests.helpers.telegram_out import Out, outgoing

LIMIT = 200_000_000
SOUND = bytes(range(256)) * 2_000


@pytest.fixture(autouse=True)
def without_pauses() -> Iterator[None]:
    with stamina.set_testing(True, attempts=3):
        yield


@pytest.fixture
def telegram() -> Iterator[BotApi]:
    with BotApi() as telegram:
        yield telegram


@pytest.fixture
async def out(telegram: BotApi, tmp_path: Path) -> AsyncIterator[Out]:
    async with outgoing(telegram, tmp_path) as out:
        yield out


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    folder = tmp_path / "spool"
    folder.mkdir()
    return folder


async def fetch(out: Out, spool: Path, file_id: str, claimed: int | None = None, limit: int = LIMIT) -> Path:
    return await out.files.fetch(file_id, "talk.ogg", claimed, spool, limit)


def assert_no_token(telegram: BotApi, told: object) -> None:
    secret = telegram.token.partition(":")[2]
    assert secret not in str(told)


async def test_a_file_arrives_whole_and_is_not_fetched_again(out: Out, telegram: BotApi, spool: Path) -> None:
    file = telegram.file(SOUND)
    path = await fetch(out, spool, file.id)
    assert await fetch(out, spool, file.id) == path
    assert path.read_bytes() == SOUND
    assert len(telegram.called("download")) == 1
    assert list(spool.iterdir()) == [path]


async def test_a_file_larger_than_it_claims_is_stopped_on_its_way(out: Out, telegram: BotApi, spool: Path) -> None:
    file = telegram.file(SOUND, file_size=10)
    with pytest.raises(TooLarge):
        await fetch(out, spool, file.id, claimed=10, limit=100_000)
    assert list(spool.iterdir()) == []


async def test_a_file_that_claims_too_much_is_not_asked_for(out: Out, telegram: BotApi, spool: Path) -> None:
    file = telegram.file(SOUND)
    for claimed, told in ((25 * 1024 * 1024, r"size_mb=25\.0"), (LIMIT + 1, r"size_mb=190\.7")):
        with pytest.raises(TooLargeForTelegram, match=told):
            await fetch(out, spool, file.id, claimed=claimed)
    assert telegram.calls == []


async def test_a_file_that_telegram_finds_too_large_is_told_so(out: Out, telegram: BotApi, spool: Path) -> None:
    telegram.limits.download = 1_000
    file = telegram.file(SOUND, file_size=None)
    with pytest.raises(TooLargeForTelegram):
        await fetch(out, spool, file.id)
    assert telegram.called("download") == []


async def test_a_file_that_is_gone_is_told_by_its_name(out: Out, telegram: BotApi, spool: Path) -> None:
    file = telegram.file(SOUND)
    telegram.file_gone(file.id)
    with pytest.raises(FileGone, match=r"talk\.ogg"):
        await fetch(out, spool, file.id)
    again = telegram.file(SOUND)
    telegram.fail(DOWNLOAD, Fault(404, "Not Found"))
    with pytest.raises(FileGone):
        await fetch(out, spool, again.id)
    assert list(spool.iterdir()) == []


@pytest.mark.parametrize("fault", [CUT, BAD_GATEWAY, Fault(cut_at=1_000)], ids=["cut", "502", "cut in the middle"])
async def test_a_file_that_breaks_off_is_fetched_again(out: Out, telegram: BotApi, spool: Path, fault: Fault) -> None:
    file = telegram.file(SOUND)
    telegram.fail(DOWNLOAD, fault, times=2)
    assert (await fetch(out, spool, file.id)).read_bytes() == SOUND
    assert len(list(spool.iterdir())) == 1


async def test_a_file_that_breaks_off_again_and_again_is_given_up(out: Out, telegram: BotApi, spool: Path) -> None:
    file = telegram.file(SOUND)
    for method in (DOWNLOAD, "getFile"):
        telegram.fail(method, Fault(cut_at=1_000) if method == DOWNLOAD else CUT, times=3)
        with pytest.raises(FileDown):
            await fetch(out, spool, file.id)
    assert len(telegram.called("download")) == 3
    assert list(spool.iterdir()) == []


async def test_a_fetch_that_is_cancelled_leaves_nothing_behind(out: Out, telegram: BotApi, spool: Path) -> None:
    file = telegram.file(SOUND)
    telegram.fail(DOWNLOAD, Fault(slow=20))
    task = asyncio.create_task(fetch(out, spool, file.id))
    await telegram.eventually(lambda: telegram.called("download"))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert list(spool.iterdir()) == []


async def test_what_an_earlier_process_left_half_done_is_cleared_away(out: Out, telegram: BotApi, spool: Path) -> None:
    (spool / "received.0.part").write_bytes(b"half")
    path = await fetch(out, spool, telegram.file(SOUND).id)
    assert list(spool.iterdir()) == [path]


async def test_a_server_of_the_operator_s_own_leaves_files_where_they_are(
    telegram: BotApi, tmp_path: Path, spool: Path
) -> None:
    telegram.local = tmp_path / "server"
    telegram.limits.download = 1_000
    file = telegram.file(SOUND)
    async with outgoing(telegram, tmp_path, local) as out:
        path = await fetch(out, spool, file.id, claimed=25_000_000)
        assert path.read_bytes() == SOUND
        assert path.is_relative_to(telegram.local)
        assert list(spool.iterdir()) == []
        with pytest.raises(TooLarge):
            await fetch(out, spool, file.id, limit=1_000)
        elsewhere = {"file_id": file.id, "file_unique_id": file.unique_id, "file_path": "/nowhere/talk.oga"}
        telegram.fail("getFile", Fault(body=json.dumps({"ok": True, "result": elsewhere}).encode()))
        with pytest.raises(FileGone, match=r"talk\.ogg"), capture_logs() as logs:
            await fetch(out, spool, file.id)
    assert telegram.called("download") == []
    assert_no_token(telegram, logs)


def local(telegram: BotApi) -> "ExtBot[None]":
    return ExtBot(telegram.token, telegram.base_url, telegram.base_file_url, local_mode=True)


async def test_no_trouble_with_a_file_shows_the_token(
    out: Out, telegram: BotApi, spool: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    for name in ("httpx", "httpcore"):
        caplog.set_level(logging.WARNING, name)  # as telemetry.py has it
    for method, fault, times in (
        (DOWNLOAD, CUT, 3),
        (DOWNLOAD, Fault(cut_at=10), 3),
        (DOWNLOAD, Fault(302, "Found"), 3),
        ("getFile", CUT, 3),
        ("getFile", Fault(400, "Bad Request: wrong file_id"), 1),
        ("getFile", Fault(401, "Unauthorized"), 1),
    ):
        telegram.fail(method, fault, times=times)
        with capture_logs() as logs, pytest.raises(EarmarkError) as told:
            await fetch(out, spool, telegram.file(SOUND).id)
        assert_no_token(telegram, "".join(traceback.format_exception(told.value)))
        assert_no_token(telegram, told.value.to_json())
        assert_no_token(telegram, logs)
    assert_no_token(telegram, caplog.text)
