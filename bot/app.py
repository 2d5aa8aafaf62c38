"""The only wiring: Settings -> AsyncExitStack -> TaskGroup. Nothing opens at import."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from filelock import FileLock, Timeout
from sqlalchemy import URL

from adapters.console import ConsoleAdapter
from bot.books import Books, now, open_books
from bot.catalog import ModelInfo
from bot.engine import KEEP_FINISHED, Lanes, RunningEngine, open_client, open_engine
from bot.ffmpeg import find_ffmpeg
from bot.intake import Intake, Room
from bot.media import Limits, Media
from bot.notes import Notes
from bot.ports import Adapter, Transcriber
from bot.providers.local import LocalTranscriber
from bot.settings import Settings
from bot.workflow import Workflow

log = structlog.get_logger()

HOUSEKEEPING_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Parts:
    """Further parts to run with: adapters, and providers with their models."""

    adapters: Sequence[Adapter] = ()
    transcribers: Sequence[Transcriber] = ()
    models: Sequence[ModelInfo] = ()


@dataclass(frozen=True, slots=True)
class Service:
    """A running Earmark, as adapters and the command line see it."""

    books: Books
    intake: Intake
    leads: bool
    """Whether this process does the work; else it queues notes for the one that does."""
    warm_up: Callable[[], Coroutine[Any, Any, None]]
    """Make ready what the first note would otherwise wait for. Raises ModelMissing."""


@asynccontextmanager
async def open_service(settings: Settings, parts: Parts = Parts()) -> AsyncIterator[Service]:
    """Start Earmark. The first process on a data folder does the work; later ones queue their notes for it."""
    adapters = {adapter.platform: adapter for adapter in (ConsoleAdapter(), *parts.adapters)}
    async with AsyncExitStack() as stack:
        books = await stack.enter_async_context(open_books(settings, parts.models))
        if _take_lead(settings, stack):
            yield await _lead(settings, books, adapters, parts.transcribers, stack)
        else:
            yield await _follow(settings, books, adapters, stack)


async def _lead(
    settings: Settings,
    books: Books,
    adapters: dict[str, Adapter],
    transcribers: Sequence[Transcriber],
    stack: AsyncExitStack,
) -> Service:
    """Be the process that does the work."""
    spool = settings.data_dir / "spool"
    spool.mkdir(mode=0o700, exist_ok=True)
    limits = Limits(seconds=settings.max_minutes * 60, bytes=int(settings.max_megabytes * 1_000_000))
    media = Media(find_ffmpeg(settings.ffmpeg or None), asyncio.Semaphore(os.cpu_count() or 1), limits)
    local = await stack.enter_async_context(
        LocalTranscriber(settings.local_model, settings.data_dir, listen=media.windows)
    )
    workflow = Workflow(
        notes=books.notes,
        ledger=books.ledger,
        catalog=books.catalog,
        media=media,
        adapters=adapters,
        transcribers={one.name: one for one in (local, *transcribers)},
        spool=spool,
        largest=limits.bytes,
        markup=settings.markup,
    )
    lanes = Lanes(notes=settings.notes_at_once, per_user=min(settings.notes_per_user, settings.notes_at_once))
    engine = await stack.enter_async_context(
        open_engine(_engine_url(settings), workflow.transcribe, lanes, settings.stop_seconds)
    )
    tasks = await stack.enter_async_context(_task_group())
    intake = Intake(books.notes, engine, books.catalog, adapters, tasks, _room(settings))
    await _take_up(books.notes, engine, intake)
    keeper = tasks.create_task(_keep_house(books.notes, engine, intake), name="housekeeping")
    stack.callback(keeper.cancel)
    return Service(books, intake, leads=True, warm_up=local.warm_up)


async def _follow(settings: Settings, books: Books, adapters: dict[str, Adapter], stack: AsyncExitStack) -> Service:
    """Queue notes for the process that does the work."""
    engine = await stack.enter_async_context(open_client(_engine_url(settings)))
    tasks = await stack.enter_async_context(_task_group())
    return Service(
        books,
        Intake(books.notes, engine, books.catalog, adapters, tasks, _room(settings)),
        leads=False,
        warm_up=_nothing,
    )


async def _nothing() -> None:
    """The process that does the work is warm already."""


async def _take_up(notes: Notes, engine: RunningEngine, intake: Intake) -> None:
    """Begin with notes without an end that nobody works on: written down but never queued, or broken off by a fault."""
    waiting = await notes.unfinished()
    at_work = await engine.at_work(waiting) if waiting else set()
    await intake.take_up(note_id for note_id in waiting if note_id not in at_work)


async def _keep_house(notes: Notes, engine: RunningEngine, intake: Intake) -> None:
    while True:
        await asyncio.sleep(HOUSEKEEPING_EVERY.total_seconds())
        try:
            await engine.purge(now() - KEEP_FINISHED)
            await _take_up(notes, engine, intake)
        except Exception:  # a minute later the database may be back; nothing else depends on this
            log.exception("housekeeping_failed")


@asynccontextmanager
async def _task_group() -> AsyncIterator[asyncio.TaskGroup]:
    """A TaskGroup that hands on a lone error as itself, so that those outside can tell what it is."""
    try:
        async with asyncio.TaskGroup() as group:
            yield group
    except BaseExceptionGroup as errors:
        if len(errors.exceptions) == 1:
            raise errors.exceptions[0] from None
        raise


def lead_is_free(settings: Settings) -> bool:
    """Whether nobody works on the data folder."""
    with ExitStack() as stack:
        return _take_lead(settings, stack)


def _take_lead(settings: Settings, stack: AsyncExitStack | ExitStack) -> bool:
    lock = FileLock(settings.data_dir / "lead.lock", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        return False
    stack.callback(lock.release)
    return True


def _room(settings: Settings) -> Room:
    return Room(settings.data_dir, int(settings.spare_megabytes * 1_000_000))


def _engine_url(settings: Settings) -> URL:
    return URL.create("sqlite", database=str(settings.data_dir / "engine.db"))
