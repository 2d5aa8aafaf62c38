"""The API as an operator sees it: it listens, reports its state, serves links, logs no secret, and stops in time."""

import asyncio
import logging
import signal
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from adapters.api import Limits, make_app, serve
from bot.domain.errors import BadSettings
from bot.media.publish import FolderStore
from tests.helpers.api import Api, prepaid, samples_served, served
from tests.helpers.ledgers import Clock, mid_november

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def store_clock() -> Clock:
    return mid_november()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, store_clock: Clock) -> FolderStore:
    return FolderStore(tmp_path_factory.mktemp("store"), "https://example.org", b"s" * 32, store_clock)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def api(tmp_path_factory: pytest.TempPathFactory, store: FolderStore) -> AsyncIterator[Api]:
    folder = tmp_path_factory.mktemp("api")
    async with served(prepaid(folder), folder, store=store) as api:
        yield api
        await api.all_is_right()


async def test_it_says_how_it_is(api: Api) -> None:
    async with api.client() as client:
        assert (await client.get("/healthz")).json() == {"status": "ok"}
        assert (await client.get("/readyz")).json()["status"] == "ok"
        assert "/api/transcribe" in (await client.get("/openapi.json")).json()["paths"]
        assert "swagger" in (await client.get("/docs")).text


async def test_what_is_not_ready_says_so_in_time(api: Api) -> None:
    async def broken() -> dict[str, str]:
        raise ConnectionError("password=secret")

    async def not_yet() -> dict[str, str]:
        return {"service": "failed"}

    async def nothing() -> dict[str, str]:
        return {}

    for ready in (broken, not_yet, nothing):
        context = replace(api.context, ready=ready)
        async with serve(make_app(api.adapter, context), "127.0.0.1", 0) as port, httpx.AsyncClient() as client:
            answer = await client.get(f"http://127.0.0.1:{port}/readyz")
        checks = {} if ready is nothing else {"service": "failed"}
        assert (answer.status_code, answer.json()) == (503, {"status": "not ready", "checks": checks})


async def test_requests_are_counted_by_route_and_never_by_address(api: Api) -> None:
    async with api.client(await api.join()) as client:
        await client.post("/api/check-balance")
        await client.get("/media/a-secret-token/sound.ogg")
        await client.get("/nowhere/a-secret-token")
        figures = (await client.get("/metrics")).text
    assert 'earmark_api_requests_total{method="POST",route="/api/check-balance",status="200"}' in figures
    assert 'route="/media/{token}/{name}",status="404"' in figures
    assert "a-secret-token" not in figures


async def test_a_signed_link_leads_to_its_file_whole_and_in_ranges(
    api: Api, store: FolderStore, store_clock: Clock, voice: Path
) -> None:
    link = await store.publish("note-1", voice, "audio/ogg", 60)
    async with api.client() as stranger:
        path = httpx.URL(link).path
        whole = await stranger.get(path)
        assert (whole.status_code, whole.content) == (200, voice.read_bytes())
        assert whole.headers["content-type"] == "audio/ogg"
        some = await stranger.get(path, headers={"Range": "bytes=100-199"})
        assert (some.status_code, some.content) == (206, voice.read_bytes()[100:200])
        assert (await stranger.head(path)).headers["content-length"] == str(voice.stat().st_size)
        assert (await stranger.get(path.replace("/media/", "/media/x"))).status_code == 404
        store_clock.now += timedelta(seconds=61)
        assert (await stranger.get(path)).status_code == 404


async def test_what_is_not_there_is_told_in_the_shape_of_its_place(api: Api) -> None:
    async with api.client() as client:
        assert (await client.get("/nowhere")).json()["status"] == 404
        assert (await client.get("/v1/nowhere")).json()["error"]["type"] == "invalid_request_error"
        other = await client.get("/api/transcribe")
        assert (other.status_code, other.headers["allow"]) == (405, "POST")


async def test_neither_keys_nor_links_are_logged(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, logger="uvicorn"):
        key = await api.join()
        async with samples_served() as place, api.client(key) as client:
            for name in ("voice-note.ogg", "gone.ogg"):
                link = f"{place}/{name}?signature=a-secret-query"
                await client.post("/api/transcribe", json={"audioUrl": link})
            await client.get("/media/a-secret-token/sound.ogg")
    assert key not in caplog.text
    assert "a-secret" not in caplog.text


async def test_a_port_that_is_taken_is_told_in_a_sentence(api: Api) -> None:
    with pytest.raises(BadSettings, match=rf"cannot listen on 127\.0\.0\.1 port {api.port}"):
        async with serve(make_app(api.adapter, api.context), "127.0.0.1", api.port):
            pass
    with pytest.raises(BadSettings, match="cannot listen"):
        async with serve(make_app(api.adapter, api.context), "no-such-host.invalid", 0):
            pass


async def test_the_process_s_signals_stay_its_own(api: Api) -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    async with serve(make_app(api.adapter, api.context), "127.0.0.1", 0):
        assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


async def test_a_stop_answers_those_who_wait_with_their_run(api: Api, voice: Path) -> None:
    api.provider.free.clear()
    api.provider.busy.clear()
    async with httpx.AsyncClient(headers={"x-api-key": await api.join()}, timeout=10) as client:
        async with api.with_limits(Limits()) as other:
            files = {"audio": voice.read_bytes()}
            waiting = asyncio.create_task(client.post(f"{other.url}/api/transcribe", files=files))
            await asyncio.wait_for(api.provider.busy.wait(), 10)
            begun = time.monotonic()
        assert time.monotonic() - begun < 3
        assert (await waiting).status_code == 202
    api.provider.free.set()


async def test_a_stop_does_not_wait_for_an_upload_that_stands_still(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    async with api.with_limits(Limits()) as other:
        reader, writer = await asyncio.open_connection("127.0.0.1", other.port)
        key = await api.join()
        writer.write(
            f"POST /api/transcribe HTTP/1.1\r\nHost: test\r\nx-api-key: {key}\r\nContent-Length: 1000\r\n"
            "Content-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\n".encode()
        )
        async with asyncio.timeout(5):
            while not api.uploads():
                await asyncio.sleep(0.01)
        begun = time.monotonic()
    assert time.monotonic() - begun < 8
    assert (await reader.readline()).startswith(b"HTTP/1.1 503 ")
    writer.close()
    assert api.uploads() == []
    assert [one.getMessage() for one in caplog.records if one.exc_info] == [], "a stop is no fault of the app"
