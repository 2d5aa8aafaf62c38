"""Uploads of strangers: too large, too slow, broken off, malformed; none leaves anything behind."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio

from adapters.api import ApiAdapter, Limits
from adapters.http import server
from bot.chat.queries import Queries
from bot.domain.money import Micros
from bot.domain.note import MediaRef, Note, NoteKey, Options
from tests.helpers.api import Api, Links, prepaid, served
from tests.helpers.api_forms import BOUNDARY, END, file, part
from tests.helpers.paths import SAMPLES

pytestmark = pytest.mark.asyncio(loop_scope="module")

LIMITS = Limits(upload_bytes=300_000, chunk_seconds=0.3, upload_seconds=1.0, requests_per_second=10_000)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Api]:
    folder = tmp_path_factory.mktemp("api")
    async with served(prepaid(folder), folder, LIMITS) as api:
        yield api


@pytest_asyncio.fixture(loop_scope="module")
async def api(shared: Api) -> AsyncIterator[Api]:
    yield shared
    await shared.all_is_right()


@asynccontextmanager
async def connected(api: Api) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", api.port)
    try:
        async with asyncio.timeout(15):
            yield reader, writer
    finally:
        writer.close()


def head(key: str, length: int | None = None, path: str = "/api/transcribe", **more: str) -> bytes:
    size = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    others = "".join(f"{name}: {value}\r\n" for name, value in more.items())
    return (
        f"POST {path} HTTP/1.1\r\nHost: test\r\nx-api-key: {key}\r\n{size}\r\n{others}"
        f"Content-Type: multipart/form-data; boundary={BOUNDARY.decode()}\r\n\r\n"
    ).encode()


async def status_of(reader: asyncio.StreamReader) -> int:
    line = await reader.readline()
    return int(line.split()[1])


async def test_what_is_announced_too_large_is_refused_before_it_is_sent(api: Api) -> None:
    async with connected(api) as (reader, writer):
        writer.write(head(await api.join(), 500_000_000))
        assert await status_of(reader) == 413
    assert api.uploads() == []


async def test_what_turns_out_too_large_is_refused_at_the_limit(api: Api) -> None:
    async with connected(api) as (reader, writer):
        writer.write(head(await api.join()))
        data = file(b"x" * 400_000)
        writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        assert await status_of(reader) == 413


async def test_who_sends_too_much_still_reads_why(api: Api) -> None:
    """An ordinary client sends everything before it reads; a connection that was reset would tell it nothing."""
    async with api.client(await api.join()) as client:
        answer = await client.post("/api/transcribe", files={"audio": ("a.mp3", b"x" * 20_000_000)})
    assert answer.status_code == 413
    assert answer.json()["error"] == (
        "This upload is larger than the limit of 0.286 MB. Send a larger recording by its URL (audioUrl)."
    )


async def test_who_has_no_key_reads_so_too(api: Api) -> None:
    async with api.client("em-wrong") as client:
        answer = await client.post("/api/transcribe", files={"audio": ("a.mp3", b"x" * 20_000_000)})
    assert answer.status_code == 401


async def test_an_upload_that_stands_still_is_given_up(api: Api) -> None:
    async with connected(api) as (reader, writer):
        writer.write(head(await api.join(), 100_000) + file(b"x" * 1_000)[:500])
        assert await status_of(reader) == 408
    assert api.uploads() == []


async def test_an_upload_that_trickles_is_given_up_too(api: Api) -> None:
    async with connected(api) as (reader, writer):
        writer.write(head(await api.join(), 100_000) + file(b"x" * 1_000)[:500])
        answer = asyncio.create_task(status_of(reader))
        while not answer.done():
            writer.write(b"x")
            await asyncio.sleep(0.05)
        assert await answer == 408


async def test_uploads_that_repeat_a_note_count_like_others(api: Api, voice: Path) -> None:
    """Each holds a connection and a part of the disk for as long as it takes."""
    limits = Limits(unfinished=3, chunk_seconds=5, upload_seconds=5, requests_per_second=10_000)
    async with api.with_limits(limits) as small, small.client(await api.join()) as client:
        for path, field in (("/api/transcribe", "audio"), ("/v1/audio/transcriptions", "file")):
            once = {"Idempotency-Key": f"known {path}"}
            files = {field: (voice.name, voice.read_bytes())}
            assert (await client.post(path, files=files, headers=once)).status_code == 200
            async with AsyncExitStack() as stack:
                for _ in range(3):
                    _, writer = await stack.enter_async_context(connected(small))
                    writer.write(head(client.headers["x-api-key"], 100_000, path, **once) + file(b"x" * 1_000)[:900])
                    await writer.drain()
                await begun(api, 3)
                assert (await client.post(path, files=files, headers=once)).status_code == 429
            await begun(api, 0)
            assert (await client.post(path, files=files, headers=once)).status_code == 200


async def begun(api: Api, uploads: int) -> None:
    async with asyncio.timeout(5):
        while len(api.uploads()) != uploads:
            await asyncio.sleep(0.01)


async def test_a_client_that_goes_away_in_the_middle_leaves_nothing(api: Api) -> None:
    async with connected(api) as (_, writer):
        writer.write(head(await api.join(), 200_000) + file(b"x" * 1_000)[:900])
        await writer.drain()
        async with asyncio.timeout(5):
            while not api.uploads():
                await asyncio.sleep(0.01)
    async with asyncio.timeout(5):
        while api.uploads():
            await asyncio.sleep(0.01)


async def test_a_head_that_never_ends_is_hung_up_on(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "HEAD_SECONDS", 0.2)
    for before in (b"", b"GET /healthz HTTP/1.1\r\nHost: test\r\n\r\n"):
        async with connected(api) as (reader, writer):
            writer.write(before)
            if before:
                await reader.readuntil(b'{"status":"ok"}')
            writer.write(b"GET / HTTP/1.1\r\nHost: te")
            begun = asyncio.get_running_loop().time()
            await reader.read()  # until the other side closes
            assert asyncio.get_running_loop().time() - begun < 2


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no form at all",
        file(b"x" * 100),
        file(b"x" * 100)[:60],
        file(b"x" * 100) + file(b"x" * 100) + END,
        part("model", b"Wizper") + END,
        b"--" + BOUNDARY + b"\r\nContent-Type: audio/ogg\r\n\r\nx\r\n" + END,
        part("model", b"x" * 70_000) + file(b"x") + END,
        b"".join(part(f"field{number}", b"") for number in range(200)) + file(b"x") + END,
        b"--" + BOUNDARY + b"\r\n" + b"X-Long: " + b"y" * 70_000 + b"\r\n\r\nx\r\n" + END,
        part("model", b"\xff\xfe") + file(b"x") + END,
    ],
)
async def test_a_malformed_form_is_400_with_the_reason(api: Api, body: bytes) -> None:
    kind = f"multipart/form-data; boundary={BOUNDARY.decode()}"
    async with api.client(await api.join()) as client:
        answer = await client.post("/api/transcribe", content=body, headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["status"]) == (400, 400)


@pytest.mark.parametrize(
    "kind", ["", "text/plain", "multipart/form-data", "multipart/form-data; boundary=" + "x" * 5_000]
)
async def test_a_body_of_another_kind_is_400(api: Api, kind: str) -> None:
    async with api.client(await api.join()) as client:
        answer = await client.post("/api/transcribe", content=b"x", headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["code"]) == (400, "BadRequest")


async def test_a_file_s_name_is_only_a_name(api: Api, voice: Path) -> None:
    async with api.client(await api.join()) as client:
        for name in ("../../etc/passwd", "..\\..\\passwd", "a/b\x01/passwd"):
            answer = await client.post("/api/transcribe", files={"audio": (name, voice.read_bytes())})
            assert answer.json()["metadata"]["fileName"] == "passwd"


async def test_what_a_crash_left_is_swept_and_what_is_needed_stays(api: Api) -> None:
    api.provider.free.clear()
    key = NoteKey("api", "key", "", str(uuid4()))
    note = Note(key, "api:ann", MediaRef("upload", "a.ogg"), Options("paid"))
    place = api.adapter.place_of(note.id)
    place.write_bytes((SAMPLES / "voice-note.ogg").read_bytes())
    await api.service.core.ledger.credit("api:ann", Micros(1_000_000), "sweep")
    await api.service.intake.accept(note)
    for left in (f"{uuid4()}.part", str(uuid4())):
        (api.adapter.uploads / left).write_bytes(b"half")
    assert await api.adapter.sweep(api.service.core.notes) == 2
    assert api.uploads() == [place]
    api.provider.free.set()
    async with asyncio.timeout(10):
        while place.exists():
            await asyncio.sleep(0.02)


async def test_the_sweep_makes_the_folder_where_there_is_none(tmp_path: Path) -> None:
    adapter = ApiAdapter(tmp_path / "not" / "there", Links())
    assert await adapter.sweep(Queries(None, None, None, None, None, None, None)) == 0  # type: ignore[arg-type]  # nobody is asked
    assert adapter.uploads.is_dir()
