"""Download of the full-size voice model, once, by an operator: a little better, at three times the time."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import structlog
from filelock import FileLock, Timeout

from bot.domain.errors import BadSettings, ModelMissing
from bot.media.ffmpeg import map_disk_full
from bot.providers.embedded.speakers.embedding import NAME
from bot.providers.embedded.speakers.model import sha256_of

log = structlog.get_logger()

_PART_BYTES = 256 * 1024
_RANGE = re.compile(r"bytes (\d+)-\d+/(?:\d+|\*)")
_TRIES = 2
_REDIRECTS = 5


@dataclass(frozen=True, slots=True)
class Source:
    """The URL of a model, and its expected size and hash."""

    url: str
    bytes: int
    sha256: str

    @property
    def name(self) -> str:
        return self.url.rsplit("/", 1)[-1]


OFFICIAL = Source(
    "https://github.com/k2-fsa/sherpa-onnx/releases/download/speaker-recongition-models/"
    "3dspeaker_speech_campplus_sv_zh_en_16k-common_advanced.onnx",
    28_281_164,
    "aa3cfc16963a10586a9393f5035d6d6b57e98d358b347f80c2a30bf4f00ceba2",
)

Fraction = Callable[[float], Awaitable[None]]
"""Takes the fraction (0 to 1) that is there."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Time limits of a download."""

    seconds: float = 3600.0
    """Wall-clock seconds for the whole download."""
    idle_seconds: float = 30.0
    """Seconds without any data."""
    connect_seconds: float = 10.0


async def pull(
    data_dir: Path, report: Fraction | None = None, source: Source = OFFICIAL, timeouts: Timeouts = Timeouts()
) -> Path:
    """Download the model into `data_dir`/models, and return its path; a complete file is not downloaded again.

    An interrupted download continues. The file is moved to its place only when it is complete and its hash is right.
    Raises ModelMissing if it cannot be downloaded, BadSettings if the folder cannot be written, DiskFull.
    """
    target = data_dir / "models" / source.name
    with _map_download_errors(source), map_disk_full():
        await asyncio.to_thread(target.parent.mkdir, parents=True, exist_ok=True)
        with FileLock(f"{target}.lock", timeout=0):
            if not await _is_right(target, source):
                async with asyncio.timeout(timeouts.seconds), _client(source, timeouts) as http:
                    await _fetch(http, target, source, report)
    return target


async def _fetch(http: httpx.AsyncClient, target: Path, source: Source, report: Fraction | None) -> None:
    """Download once more, as a whole, if the hash is wrong: an old beginning may have a new end."""
    unfinished = target.with_name(f"{target.name}.part")
    for _ in range(_TRIES):
        await _resume(http, unfinished, source, report)
        if await _is_right(unfinished, source):
            await asyncio.to_thread(unfinished.replace, target)
            log.info("model fetched", file=target.name, bytes=source.bytes)
            return
        await asyncio.to_thread(unfinished.unlink)
    raise _missing("what its address gives is not the published file")


async def _resume(http: httpx.AsyncClient, unfinished: Path, source: Source, report: Fraction | None) -> None:
    """Download the missing part, or all of it if the server does not support ranges."""
    have = await asyncio.to_thread(_size, unfinished)
    if have >= source.bytes:
        have = 0
    async with http.stream("GET", source.url, headers=_asking(have)) as answer:
        have = _begins_at(answer, have)
        with await asyncio.to_thread(unfinished.open, "r+b" if have else "wb") as file:
            await asyncio.to_thread(file.truncate, have)
            file.seek(have)
            async for part in answer.aiter_raw(_PART_BYTES):
                have += len(part)
                if have > source.bytes:
                    raise _missing("what its address gives is not the published file")
                await asyncio.to_thread(file.write, part)
                if report is not None:
                    await report(have / source.bytes)


def _asking(have: int) -> dict[str, str]:
    return {"Accept-Encoding": "identity", **({"Range": f"bytes={have}-"} if have else {})}


def _begins_at(answer: httpx.Response, asked: int) -> int:
    """Return the first byte of the response. Raises ModelMissing for an error."""
    if answer.status_code == httpx.codes.OK:
        return 0
    found = _RANGE.fullmatch(answer.headers.get("content-range", ""))
    if answer.status_code == httpx.codes.PARTIAL_CONTENT and found and int(found[1]) == asked:
        return asked
    raise _missing(f"its address answers {answer.status_code}")


async def _is_right(path: Path, source: Source) -> bool:
    def check() -> bool:
        return _size(path) == source.bytes and sha256_of(path) == source.sha256

    return await asyncio.to_thread(check)


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


@asynccontextmanager
async def _client(source: Source, timeouts: Timeouts) -> AsyncIterator[httpx.AsyncClient]:
    async def stay_encrypted(request: httpx.Request) -> None:
        if source.url.startswith("https:") and request.url.scheme != "https":
            raise _missing("its address leads to one that is not encrypted")

    async with httpx.AsyncClient(
        follow_redirects=True,
        max_redirects=_REDIRECTS,
        timeout=httpx.Timeout(timeouts.idle_seconds, connect=timeouts.connect_seconds),
        event_hooks={"request": [stay_encrypted]},
    ) as client:
        yield client


@contextmanager
def _map_download_errors(source: Source) -> Iterator[None]:
    try:
        yield
    except Timeout as error:
        raise _missing("another process is fetching it") from error
    except (httpx.HTTPError, TimeoutError) as error:
        log.debug("model not fetched", file=source.name, error=type(error).__name__)
        raise _missing("its address cannot be reached, or broke off; what came is kept, so ask again") from error
    except OSError as error:
        raise BadSettings(reason=f"the folder for models cannot be written ({error.strerror or error})") from error


def _missing(why: str) -> ModelMissing:
    return ModelMissing(model=NAME, what_to_do=f"{why}. The one that came along needs no fetching.")
