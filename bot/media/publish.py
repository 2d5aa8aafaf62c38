"""Links to large media for providers: a folder behind signed links of our own, or an S3 bucket."""

import asyncio
import hashlib
import os
import re
import shutil
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import obstore
import structlog
from itsdangerous import BadData, URLSafeSerializer
from obstore.exceptions import BaseError
from obstore.store import S3Store

from bot.domain.errors import EarmarkError, NotFound, StoreDown
from bot.domain.ports import Clock, Published
from bot.media.ffmpeg import map_disk_full
from bot.support.files import new_private_file, private_folder

if TYPE_CHECKING:  # these exist for type checkers only
    from obstore import ObjectMeta
    from obstore.store import S3Config, S3Credential

log = structlog.get_logger()

_KEY = re.compile(r"[A-Za-z0-9-]{1,128}")
_SUFFIXES = {
    "audio/ogg": "ogg", "audio/mpeg": "mp3", "audio/wav": "wav", "audio/mp4": "m4a", "audio/aac": "aac",
    "audio/flac": "flac", "audio/webm": "webm", "audio/amr": "amr", "audio/aiff": "aiff", "audio/x-caf": "caf",
    "video/x-msvideo": "avi", "video/mp2t": "ts", "video/x-ms-asf": "asf", "video/x-flv": "flv",
}  # fmt: skip
_COPY_BYTES = 1 << 20
_PART_BYTES = 5 * 1024 * 1024
"""Bytes of a part of an upload; Amazon takes no smaller parts, and each concurrent part is in memory."""
_LONGEST_LINK = timedelta(days=7)
_REQUEST_SECONDS = 120.0
"""Wall-clock seconds for requests that move no media."""


def plain_name(mime: str) -> str:
    """Return the file name in a link: independent of the sender's, and with the suffix that some providers check."""
    return f"sound.{_SUFFIXES.get(mime, 'bin')}"


class FolderStore:
    """A ports.MediaStore in a local folder; the HTTP API serves it at `/media/<token>/<name>`.

    The signed token contains its key and its expiry, so nothing has to be stored. Each key has a folder of its own,
    whose time is the time of publication: a hard link shares times and mode with its source, so these are left alone,
    and the folders are private instead.
    """

    def __init__(self, folder: Path, public_url: str, secret: bytes, clock: Clock) -> None:
        """`public_url`: public address of the HTTP API; `secret`: see secret_of."""
        self._folder = folder
        self._url = public_url.rstrip("/")
        self._signer = URLSafeSerializer(
            secret, salt="media link", signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256}
        )
        self._clock = clock

    async def publish(self, key: str, path: Path, mime: str, seconds: float) -> str:
        """As in ports.MediaStore: by hard link if possible, else by a copy. Raises DiskFull, NotFound too."""
        place, stopped = self._place_of(key), threading.Event()
        try:
            with _map_store_errors(), map_disk_full():
                await asyncio.to_thread(self._place, place, path, stopped)
        finally:
            stopped.set()  # a thread cannot be cancelled, but it checks this
        until = self._clock() + timedelta(seconds=seconds)
        token = self._signer.dumps([key, mime, until.timestamp()])
        return f"{self._url}/media/{token}/{plain_name(mime)}"

    async def open(self, token: str) -> Published | None:
        """Return the file behind a link, or None if the link is forged, expired or withdrawn."""
        try:
            key, mime, until = self._signer.loads(token)
        except (BadData, UnicodeEncodeError):
            return None
        if self._clock().timestamp() >= until:
            return None
        path = self._place_of(key) / "sound"
        try:
            size = (await asyncio.to_thread(path.stat)).st_size
        except OSError:
            return None
        return Published(path, mime, size)

    async def withdraw(self, key: str) -> None:
        """As in ports.MediaStore."""
        place = self._place_of(key)
        with _map_store_errors():
            await asyncio.to_thread(_remove, place)

    async def sweep(self, before: datetime) -> int:
        """As in ports.MediaStore. Raises StoreDown."""
        with _map_store_errors():
            return await asyncio.to_thread(self._sweep, before.timestamp())

    def _place_of(self, key: str) -> Path:
        return self._folder / _checked(key)

    def _place(self, place: Path, source: Path, stopped: threading.Event) -> None:
        """Write under a temporary name first, so that no partial file is served."""
        if not source.is_file():
            raise NotFound(name=source.name)
        private_folder(self._folder)
        private_folder(place)
        unfinished = place / f"{uuid4().hex}.part"
        try:
            try:
                os.link(source.resolve(), unfinished)  # resolved: a link to a symbolic link would be another one
            except OSError:  # another disk, another owner, or a file system without hard links
                _copy(source, unfinished, stopped)
            if not stopped.is_set():
                unfinished.replace(place / "sound")
        finally:
            unfinished.unlink(missing_ok=True)  # also if both were links to one file: then replace does nothing
        published = self._clock().timestamp()
        os.utime(place, (published, published))

    def _sweep(self, before: float) -> int:
        swept = 0
        for place in self._folder.iterdir() if self._folder.is_dir() else ():
            with suppress(FileNotFoundError):  # it was withdrawn meanwhile
                if place.stat().st_mtime < before:
                    shutil.rmtree(place)
                    swept += 1
        return swept


def _copy(source: Path, target: Path, stopped: threading.Event) -> None:
    with source.open("rb") as old, new_private_file(target) as new:
        while not stopped.is_set() and (part := old.read(_COPY_BYTES)):
            new.write(part)


def _remove(place: Path) -> None:
    with suppress(FileNotFoundError):
        shutil.rmtree(place)


class BucketStore:
    """A ports.MediaStore in an S3 bucket, from which the link downloads directly.

    The access key must be allowed to put, get, delete and list under `prefix`. A put that a crash interrupts leaves its
    invisible parts in the bucket: a lifecycle rule that aborts incomplete uploads removes them.
    """

    def __init__(
        self,
        bucket: str,
        *,
        endpoint: str,
        region: str,
        key_id: str,
        secret: str,
        prefix: str = "earmark",
        time_limit: float = 3600.0,
    ) -> None:
        """`endpoint`: the bucket's server, "" for Amazon's; `time_limit`: wall-clock seconds for one upload."""
        config: S3Config = {
            "region": region,
            "skip_signature": False,
            "disable_bulk_delete": True,
        }  # not all buckets have one
        if endpoint:
            config["aws_endpoint_url_s3"] = endpoint

        def credential() -> "S3Credential":
            return {"access_key_id": key_id, "secret_access_key": secret, "token": None, "expires_at": None}

        self._store = S3Store(
            bucket,
            prefix=prefix,
            config=config,
            credential_provider=credential,  # else obstore uses a session token from AWS_*, if there is one
            client_options={
                "allow_http": endpoint.startswith("http://"),
                "connect_timeout": timedelta(seconds=10),
                "timeout": timedelta(seconds=120),  # for one part of an upload
            },
            retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=60)},
        )
        self._time_limit = time_limit

    async def publish(self, key: str, path: Path, mime: str, seconds: float) -> str:
        """As in ports.MediaStore; a link works for seven days at most. Raises NotFound too."""
        name = f"{_checked(key)}/{plain_name(mime)}"
        if not await asyncio.to_thread(path.is_file):
            raise NotFound(name=path.name)
        async with self._within(self._time_limit):
            await obstore.put_async(
                self._store, name, path, attributes={"Content-Type": mime}, chunk_size=_PART_BYTES, max_concurrency=2
            )
            return await obstore.sign_async(self._store, "GET", name, min(timedelta(seconds=seconds), _LONGEST_LINK))

    async def withdraw(self, key: str) -> None:
        """As in ports.MediaStore."""
        prefix = _checked(key)
        async with self._within(_REQUEST_SECONDS):
            await self._delete([item["path"] async for item in self._listed(prefix)])

    async def sweep(self, before: datetime) -> int:
        """As in ports.MediaStore, by the bucket's own clock. Raises StoreDown."""
        async with self._within(self._time_limit):
            old = [item["path"] async for item in self._listed(None) if item["last_modified"] < before]
            await self._delete(old)
        return len(old)

    async def _listed(self, prefix: str | None) -> AsyncIterator["ObjectMeta"]:
        async for some in obstore.list(self._store, prefix=prefix):
            for item in some:
                yield item

    async def _delete(self, names: list[str]) -> None:
        for name in names:
            with suppress(FileNotFoundError):  # it was withdrawn meanwhile
                await obstore.delete_async(self._store, name)

    @asynccontextmanager
    async def _within(self, time_limit: float) -> AsyncIterator[None]:
        with _map_store_errors():
            async with asyncio.timeout(time_limit):
                yield


def _checked(key: str) -> str:
    """Check a key, which becomes part of a path: it must not lead elsewhere."""
    if not _KEY.fullmatch(key):
        raise ValueError("a key is plain letters, digits and dashes")
    return key


@contextmanager
def _map_store_errors() -> Iterator[None]:
    """Map errors of a disk or bucket to StoreDown. The original message is dropped, because it names keys and links."""
    try:
        yield
    except EarmarkError:
        raise
    except (BaseError, OSError, ValueError) as error:  # a TimeoutError is an OSError
        log.warning("store_down", error=type(error).__name__)
        raise StoreDown from None
