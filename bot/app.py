"""The only wiring: Settings -> AsyncExitStack -> TaskGroup. Nothing opens at import."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog
from filelock import FileLock, Timeout

from adapters.console import ConsoleAdapter
from bot.catalog import Catalog, ModelInfo, local_models
from bot.db import open_database
from bot.engine import KEEP_FINISHED, Lanes, RunningEngine, open_client, open_engine
from bot.errors import BadSettings
from bot.ffmpeg import find_ffmpeg
from bot.intake import Intake, Room
from bot.ledger import Ledger, Terms
from bot.media import Limits, Media
from bot.migrations import upgrade
from bot.money import micros
from bot.notes import Notes
from bot.ports import Adapter, Transcriber
from bot.providers.local import LocalTranscriber
from bot.settings import Settings
from bot.workflow import Workflow

log = structlog.get_logger()

HOUSEKEEPING_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Books:
    """What stands in the database, without anything that works on it."""

    notes: Notes
    ledger: Ledger
    catalog: Catalog


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
    warm_up: Callable[[], Awaitable[None]]
    """Make ready what the first note would otherwise wait for. Raises ModelMissing."""


def now() -> datetime:
    return datetime.now(UTC)


@asynccontextmanager
async def open_books(settings: Settings, models: Sequence[ModelInfo] = ()) -> AsyncIterator[Books]:
    """The database, migrated. Any number of processes may have it open."""
    folder = make_data_folder(settings)
    async with open_database(f"sqlite:///{folder / 'earmark.db'}") as db:
        await upgrade(db)
        terms = Terms(
            plan=settings.plan,
            allowance=micros(settings.allowance),
            markup=settings.markup,
            month_zone=ZoneInfo(settings.timezone),
        )
        yield Books(Notes(db, now), Ledger(db, now, terms), catalog_of(settings, models))


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
    """Begin with the notes that were written down but whose workflow the engine does not have."""
    waiting = await notes.unfinished()
    known = await engine.known(waiting) if waiting else set()
    await intake.take_up(note_id for note_id in waiting if note_id not in known)


async def _keep_house(notes: Notes, engine: RunningEngine, intake: Intake) -> None:
    while True:
        await asyncio.sleep(HOUSEKEEPING_EVERY.total_seconds())
        try:
            await engine.purge(now() - KEEP_FINISHED)
            await _take_up(notes, engine, intake)
        except Exception:  # a minute later the database may be back; nothing else depends on this
            log.exception("housekeeping_failed")


def make_data_folder(settings: Settings) -> Path:
    """The data folder, made where it is missing, for its owner's eyes only. Raises BadSettings."""
    try:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise BadSettings(reason=f"the data folder cannot be made ({error.strerror})") from error
    return settings.data_dir


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


def catalog_of(settings: Settings, further: Sequence[ModelInfo] = ()) -> Catalog:
    """The models of this deployment."""
    return Catalog([*local_models(settings.local_model), *further])


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


def _engine_url(settings: Settings) -> str:
    return f"sqlite:///{settings.data_dir / 'engine.db'}"
