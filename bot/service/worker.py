"""The service, wired: one exit stack, and a task group for what runs beside the notes."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from typing import Any

from adapters.console import ConsoleAdapter
from bot.domain.catalog import LOCAL, ModelInfo
from bot.domain.platform_state import ReportsState
from bot.domain.ports import Adapter, MediaStore, Notifier, ReadsVoices, Transcriber
from bot.domain.waiting import WaitReason
from bot.notes.durable import RunningEngine, open_client
from bot.notes.engine import Engine
from bot.notes.intake import Intake
from bot.notes.queue_positions import show_positions
from bot.notes.waiting_notes import WaitingNotes
from bot.operations.alerts import Alerts
from bot.operations.monitor import LOOK_EVERY, Auditor, Watch, measure_lag, watch_balance
from bot.operations.platforms import is_connected
from bot.operations.readiness import (
    Pulse,
    Readiness,
    all_of,
    does,
    has_room,
    is_open,
    reads_and_writes,
    seldom,
)
from bot.people.retention import Kept, Retention, keep
from bot.service.core import Core, open_core
from bot.service.databases import engine_url
from bot.service.housekeeping import Keeper, NoteKeeper, resume, sweep_links
from bot.service.lead import Keep, lead
from bot.service.lost_notes import report_lost_notes
from bot.service.pipeline import Pipeline, Providers, open_pipeline, store_of
from bot.settings import Settings
from bot.support.task_group import task_group


class Role(Enum):
    """Purpose of a process."""

    SERVICE = "service"
    """Runs until it is stopped: it also measures itself, audits the ledger and alerts the owners."""
    COMMAND = "command"
    """Does the work of one command of the command line, and ends."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Further parts to run with: adapters, providers with their models, and the place for large media."""

    adapters: Sequence[Adapter] = ()
    transcribers: Sequence[Transcriber] = ()
    models: Sequence[ModelInfo] = ()
    store: MediaStore | None = None
    notifiers: Mapping[str, Notifier] = field(default_factory=dict)
    """Ways to the owners, by platform."""
    connections: Mapping[str, ReportsState] = field(default_factory=dict)
    """Platforms that are listened to, by name."""
    look_every: timedelta = timedelta(minutes=1)
    """Pause between two looks for notes that are not in work."""
    watch_every: timedelta = LOOK_EVERY
    """Pause between two looks at the figures for Prometheus and the alerts."""


@dataclass(frozen=True, slots=True)
class Service:
    """A running Earmark, as adapters and the command line see it."""

    core: Core
    intake: Intake
    adapters: Mapping[str, Adapter]
    """By platform."""
    leads: bool
    """If true, this process does the work; else it queues notes for the one that does."""
    warm_up: Callable[[], Coroutine[Any, Any, None]]
    """Loads the models for which the first note would otherwise wait. Raises ModelMissing."""
    reads_voices: ReadsVoices | None = None
    """None: another process does the work."""
    readiness: Readiness = field(default_factory=Readiness)
    """Checks that notes are accepted and worked on."""
    notifiers: Mapping[str, Notifier] = field(default_factory=dict)
    """Ways to write to users who did not ask for anything, by platform."""


@asynccontextmanager
async def open_service(
    settings: Settings, parts: Parts = Parts(), core: Core | None = None, role: Role = Role.SERVICE
) -> AsyncIterator[Service]:
    """Start Earmark. The first process on a data folder does the work; later ones queue their notes for it.

    `core` is the one that the parts were made with, if there is one.
    """
    adapters: dict[str, Adapter] = {adapter.platform: adapter for adapter in (ConsoleAdapter(), *parts.adapters)}
    async with AsyncExitStack() as stack:
        if core is None:
            core = await stack.enter_async_context(open_core(settings, parts.models))
        keep_lead = await stack.enter_async_context(lead(settings.storage))
        if keep_lead is None:
            yield await _follow(settings, core, adapters, stack)
        else:
            yield await _lead(settings, core, adapters, parts, role, keep_lead, stack)


async def _lead(
    settings: Settings,
    core: Core,
    adapters: dict[str, Adapter],
    parts: Parts,
    role: Role,
    keep_lead: Keep,
    stack: AsyncExitStack,
) -> Service:
    """Be the process that does the work."""
    alerts = Alerts(core.db, core.people.owners, parts.notifiers, core.preferences, core.clock)
    store = store_of(settings, parts.store)
    pipeline = await stack.enter_async_context(
        open_pipeline(settings, core, adapters, alerts, store, parts.transcribers)
    )
    await report_lost_notes(core, pipeline.engine, pipeline.spool)
    tasks = await stack.enter_async_context(task_group())
    intake = _intake(settings, core, pipeline.engine, adapters, tasks, pipeline.wakers.now.set)
    # The breaker of outages knows of none yet: the first recordings try.
    await core.note_repository.resume_waiting([WaitReason.PROVIDER_AWAY, WaitReason.PROVIDER_BUSY])
    await resume(WaitingNotes(core.db, core.clock), pipeline.engine, intake)
    pulse = Pulse(parts.look_every)
    keepers = _keepers(settings, core, adapters, parts, pipeline, intake, pulse)
    keepers["the lead"] = keep_lead()
    if store is not None:
        keepers["sweeping links"] = sweep_links(store, core.clock)
    if role is Role.SERVICE:
        keepers |= _watchers(settings, core, alerts, list(adapters), pipeline.providers, parts)
    for name, keeper in keepers.items():
        stack.callback(tasks.create_task(keeper, name=name).cancel)
    readiness = _readiness(core, pipeline.engine, pulse, parts.connections)
    stack.callback(readiness.stop)
    warm_up = pipeline.providers.local.warm_up if settings.first_provider == LOCAL else _nothing
    return Service(
        core,
        intake,
        adapters,
        leads=True,
        warm_up=warm_up,
        reads_voices=pipeline.reads_voices,
        readiness=readiness,
        notifiers=parts.notifiers,
    )


async def _follow(settings: Settings, core: Core, adapters: dict[str, Adapter], stack: AsyncExitStack) -> Service:
    """Queue notes for the process that does the work."""
    engine = await stack.enter_async_context(open_client(engine_url(settings.storage)))
    tasks = await stack.enter_async_context(task_group())
    intake = _intake(settings, core, engine, adapters, tasks, lambda: None)
    return Service(core, intake, adapters, leads=False, warm_up=_nothing)


async def _nothing() -> None:
    """The process that does the work is warm already."""


def _intake(
    settings: Settings,
    core: Core,
    engine: Engine,
    adapters: dict[str, Adapter],
    tasks: asyncio.TaskGroup,
    wake: Callable[[], None],
) -> Intake:
    return Intake(
        notes=core.note_repository,
        views=core.notes,
        engine=engine,
        catalog=core.catalog,
        adapters=adapters,
        tasks=tasks,
        room=core.room,
        admission=core.admission,
        groups_pay=settings.money.from_group_account,
        clock=core.clock,
        wake=wake,
    )


def _keepers(
    settings: Settings,
    core: Core,
    adapters: Mapping[str, Adapter],
    parts: Parts,
    pipeline: Pipeline,
    intake: Intake,
    pulse: Pulse,
) -> dict[str, Keeper]:
    """Return the periodic work that notes need, by name."""
    kept = Kept(transcripts=settings.retention.transcripts, names=settings.retention.ledger_names)
    return {
        "places": show_positions(core.notes, adapters, [one.platform for one in parts.adapters]),
        "housekeeping": NoteKeeper(
            WaitingNotes(core.db, core.clock),
            core.note_repository,
            pipeline.engine,
            intake,
            pipeline.wakers,
            pulse,
            parts.look_every,
            core.clock,
        ).keep(),
        "forgetting": keep(Retention(core.privacy, kept), pipeline.engine, parts.look_every),
    }


def _watchers(
    settings: Settings,
    core: Core,
    alerts: Alerts,
    platforms: Sequence[str],
    providers: Providers,
    parts: Parts,
) -> dict[str, Keeper]:
    """Return the periodic work of a service that watches itself, by name."""
    room, zone, every = core.room, settings.money.timezone, parts.watch_every
    watch = Watch(
        db=core.db,
        alerts=alerts,
        clock=core.clock,
        zone=zone,
        platforms=platforms,
        connections=parts.connections,
        folder=room.folder,
        spare=room.spare,
        lost_to_refunds=core.ledger.statements.lost_to_refunds_today,
        loaded=providers.local.loaded,
        lost=core.ledger.statements.lost_calls_today,
        providers=providers.cloud,
    )
    balances = {
        f"watching the balance of {one.name}": watch_balance(one, alerts, settings.alerts.low_balance)
        for one in providers.cloud
    }
    return {
        "watching the service": watch.keep(every),
        "measuring the lag": measure_lag(),
        "auditing the ledger": Auditor(core.ledger.audit, alerts, core.clock, zone).keep(every),
        **balances,
    }


def _readiness(core: Core, engine: RunningEngine, pulse: Pulse, connections: Mapping[str, ReportsState]) -> Readiness:
    return Readiness(
        {
            "database": all_of(reads_and_writes(core.db), seldom(does(core.db.write_probe))),
            "disk": has_room(core.room),
            "housekeeping": pulse.check,
            "engine": all_of(does(engine.check), seldom(does(engine.write_probe))),
            "gate": is_open(core.admission.paused),
            **{name: is_connected(one, core.clock) for name, one in connections.items()},
        }
    )
