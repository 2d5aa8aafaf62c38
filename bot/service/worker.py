"""The only wiring: Settings -> AsyncExitStack -> TaskGroup. Nothing opens at import."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from filelock import FileLock, Timeout
from sqlalchemy import URL

from adapters.console import ConsoleAdapter
from bot.domain.catalog import LOCAL, ModelInfo, local_name
from bot.domain.money import micros
from bot.domain.ports import Adapter, MediaStore, Notifier, Transcriber
from bot.media.ffmpeg import find_ffmpeg
from bot.media.prepare import Limits, Media
from bot.notes.deduplication import Deduplication
from bot.notes.durable import KEEP_FINISHED, Engine, Lanes, RunningEngine, open_client, open_engine
from bot.notes.intake import Intake
from bot.notes.progress import ProgressReporter
from bot.notes.queue_positions import tell_places
from bot.notes.submission import Submitter
from bot.notes.views import NoteViews
from bot.notes.workflow import Workflow
from bot.operations.alerts import Alerts, Kind
from bot.operations.monitor import LOOK_EVERY, Auditor, Watch, measure_lag, watch_balance
from bot.operations.readiness import Pulse, Readiness, does, has_room, is_open, reads_and_writes
from bot.people.retention import Kept, Retention, keep
from bot.providers.embedded.transcriber import LocalTranscriber
from bot.service.cloud import bucket_of, open_cloud
from bot.service.core import Core, now, open_core
from bot.settings import Settings
from bot.support.disk import Room
from bot.support.logs import UNFINISHED
from bot.support.task_group import task_group

log = structlog.get_logger()

SWEEP_EVERY = timedelta(hours=1)
LINKS_LIVE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Parts:
    """Further parts to run with: adapters, providers with their models, and where large media stands."""

    adapters: Sequence[Adapter] = ()
    transcribers: Sequence[Transcriber] = ()
    models: Sequence[ModelInfo] = ()
    store: MediaStore | None = None
    notifiers: Mapping[str, Notifier] = field(default_factory=dict)
    """Who reaches the owners, by platform."""
    look_every: timedelta = timedelta(minutes=1)
    """How often notes are looked for that nobody works on."""
    watch_every: timedelta = LOOK_EVERY
    """How often the figures for Prometheus are read, and alerts told."""


@dataclass(frozen=True, slots=True)
class Service:
    """A running Earmark, as adapters and the command line see it."""

    core: Core
    intake: Intake
    leads: bool
    """Whether this process does the work; else it queues notes for the one that does."""
    warm_up: Callable[[], Coroutine[Any, Any, None]]
    """Make ready what the first note would otherwise wait for. Raises ModelMissing."""
    readiness: Readiness = field(default_factory=Readiness)
    """What it takes that notes are taken and worked on."""


@asynccontextmanager
async def open_service(settings: Settings, parts: Parts = Parts(), core: Core | None = None) -> AsyncIterator[Service]:
    """Start Earmark. The first process on a data folder does the work; later ones queue their notes for it.

    `books` are those that the parts know already, where they know any.
    """
    adapters = {adapter.platform: adapter for adapter in (ConsoleAdapter(), *parts.adapters)}
    async with AsyncExitStack() as stack:
        if core is None:
            core = await stack.enter_async_context(open_core(settings, parts.models))
        if _take_lead(settings, stack):
            yield await _lead(settings, core, adapters, parts, stack)
        else:
            yield await _follow(settings, core, adapters, stack)


async def _lead(
    settings: Settings, core: Core, adapters: dict[str, Adapter], parts: Parts, stack: AsyncExitStack
) -> Service:
    """Be the process that does the work."""
    spool = settings.data_dir / "spool"
    spool.mkdir(mode=0o700, exist_ok=True)
    limits = Limits(seconds=settings.max_minutes * 60, bytes=int(settings.max_megabytes * 1_000_000))
    media = Media(find_ffmpeg(settings.ffmpeg or None), asyncio.Semaphore(os.cpu_count() or 1), limits)
    local = await stack.enter_async_context(
        LocalTranscriber(
            settings.local_model,
            settings.data_dir,
            listen=media.windows,
            speaker_model=settings.speaker_model,
            per_minute=core.catalog.find(local_name(settings.local_model)).per_minute,
        )
    )
    cloud = await stack.enter_async_context(open_cloud(settings, core.catalog))
    store = parts.store or bucket_of(settings)
    alerts = Alerts(core.db, settings.operators, parts.notifiers, core.preferences, now)
    reporter = ProgressReporter(core.note_repository, core.notes, adapters)
    look = asyncio.Event()
    workflow = Workflow(
        notes=core.note_repository,
        views=core.notes,
        ledger=core.ledger,
        catalog=core.catalog,
        reporter=reporter,
        submitter=Submitter(
            notes=core.note_repository,
            views=core.notes,
            ledger=core.ledger,
            catalog=core.catalog,
            media=media,
            reporter=reporter,
            transcribers=_by_name(local, *cloud, *parts.transcribers),
            store=store,
            spool=spool,
            largest=limits.bytes,
            clock=now,
        ),
        markup=settings.markup,
        clock=now,
        budget_is_spent=partial(alerts.raise_, Kind.BREAKER),
        look=look.set,
        deduplication=Deduplication(core.note_repository, core.notes, now) if settings.known_files else None,
    )
    lanes = Lanes(notes=settings.notes_at_once, per_user=min(settings.notes_per_user, settings.notes_at_once))
    engine = await stack.enter_async_context(
        open_engine(engine_url(settings), workflow.transcribe, adapters, lanes, settings.stop_seconds)
    )
    tasks = await stack.enter_async_context(task_group())
    intake = _intake(settings, core, engine, adapters, tasks, look.set)
    await _resume(core.notes, engine, intake)
    pulse = Pulse(parts.look_every)
    keepers = {
        "places": tell_places(core.notes, adapters, [one.platform for one in parts.adapters]),
        "housekeeping": _keep_house(core.notes, engine, intake, look, pulse, parts.look_every),
        "forgetting": keep(_retention(settings, core), engine, parts.look_every),
    }
    if store is not None:
        keepers["sweeping links"] = _sweep(store)
    if parts.adapters:  # a command that does its own work and ends has nobody who watches it
        watch = _watch(settings, core, alerts, list(adapters), local.loaded)
        auditor = Auditor(core.ledger.audit, alerts, now, ZoneInfo(settings.timezone))
        keepers |= {"watching the house": watch.keep(parts.watch_every), "measuring the lag": measure_lag()}
        keepers |= {"auditing the ledger": auditor.keep(parts.watch_every)}
        low = micros(settings.low_balance) if settings.low_balance else None
        keepers |= {f"watching the balance of {one.name}": watch_balance(one, alerts, low) for one in cloud}
    for name, keeper in keepers.items():
        stack.callback(tasks.create_task(keeper, name=name).cancel)
    warm_up = local.warm_up if settings.first_provider == LOCAL else _nothing
    readiness = _readiness(settings, core, engine, pulse)
    stack.callback(readiness.stop)
    return Service(core, intake, leads=True, warm_up=warm_up, readiness=readiness)


def _retention(settings: Settings, core: Core) -> Retention:
    transcripts, names = settings.keep_transcripts_days, settings.keep_ledger_names_days
    kept = Kept(
        transcripts=timedelta(days=transcripts) if transcripts else None,
        names=timedelta(days=names) if names else None,
    )
    return Retention(core.privacy, kept)


def _watch(
    settings: Settings,
    core: Core,
    alerts: Alerts,
    platforms: Sequence[str],
    loaded: Callable[[], Mapping[str, bool]],
) -> Watch:
    room = _room(settings)
    return Watch(
        db=core.db,
        alerts=alerts,
        clock=now,
        zone=ZoneInfo(settings.timezone),
        platforms=platforms,
        folder=room.folder,
        spare=room.spare,
        loaded=loaded,
    )


def _readiness(settings: Settings, core: Core, engine: RunningEngine, pulse: Pulse) -> Readiness:
    return Readiness(
        {
            "database": reads_and_writes(core.db),
            "disk": has_room(_room(settings)),
            "housekeeping": pulse.look,
            "engine": does(engine.check),
            "gate": is_open(core.admission.paused),
        }
    )


async def _follow(settings: Settings, core: Core, adapters: dict[str, Adapter], stack: AsyncExitStack) -> Service:
    """Queue notes for the process that does the work."""
    engine = await stack.enter_async_context(open_client(engine_url(settings)))
    tasks = await stack.enter_async_context(task_group())
    intake = _intake(settings, core, engine, adapters, tasks, lambda: None)
    return Service(core, intake, leads=False, warm_up=_nothing)


def _intake(
    settings: Settings,
    core: Core,
    engine: Engine,
    adapters: dict[str, Adapter],
    tasks: asyncio.TaskGroup,
    look: Callable[[], None],
) -> Intake:
    return Intake(
        notes=core.note_repository,
        views=core.notes,
        engine=engine,
        catalog=core.catalog,
        adapters=adapters,
        tasks=tasks,
        room=_room(settings),
        admission=core.admission,
        groups_pay=settings.groups_pay == "chat",
        look=look,
    )


def _by_name(*transcribers: Transcriber) -> dict[str, Transcriber]:
    return {one.name: one for one in transcribers}


async def _nothing() -> None:
    """The process that does the work is warm already."""


async def _resume(notes: NoteViews, engine: RunningEngine, intake: Intake) -> None:
    """Begin with notes without an end that nobody works on: written down but never queued, or broken off by a fault."""
    waiting = await notes.unfinished()
    at_work = await engine.at_work(waiting) if waiting else set()
    UNFINISHED.set(len(waiting))
    await intake.resume(note_id for note_id in waiting if note_id not in at_work)


async def _keep_house(
    notes: NoteViews, engine: RunningEngine, intake: Intake, look: asyncio.Event, pulse: Pulse, every: timedelta
) -> None:
    while True:
        with suppress(TimeoutError):
            await asyncio.wait_for(look.wait(), every.total_seconds())
        look.clear()
        try:
            await engine.purge(now() - KEEP_FINISHED)
            await _resume(notes, engine, intake)
            pulse.beat()
        except Exception:  # a minute later the database may be back; nothing else depends on this
            log.exception("housekeeping_failed")


async def _sweep(store: MediaStore) -> None:
    """What a crash left behind a link is forgotten some time."""
    while True:
        try:
            await store.sweep(now() - LINKS_LIVE)
        except Exception:  # an hour later it may be there again; the links have expired all the same
            log.exception("links_not_swept")
        await asyncio.sleep(SWEEP_EVERY.total_seconds())


def lead_is_free(settings: Settings) -> bool:
    """Whether nobody works on the data folder."""
    with ExitStack() as stack:
        return _take_lead(settings, stack)


def _take_lead(settings: Settings, stack: AsyncExitStack | ExitStack) -> bool:
    lock = FileLock(settings.data_dir / "lead.lock", timeout=0, mode=0o600)
    try:
        lock.acquire()
    except Timeout:
        return False
    stack.callback(lock.release)
    return True


def _room(settings: Settings) -> Room:
    return Room(settings.data_dir, int(settings.spare_megabytes * 1_000_000))


def engine_url(settings: Settings) -> URL:
    """Where the durable engine keeps what it does."""
    return URL.create("sqlite", database=str(settings.data_dir / "engine.db"))
