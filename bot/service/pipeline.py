"""The way of a note through this process: media, providers, workflow and the durable engine."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bot.domain.catalog import LOCAL, Catalog
from bot.domain.ports import Adapter, Clock, MediaStore, Transcriber
from bot.media.ffmpeg import find_ffmpeg
from bot.media.prepare import Limits, Media
from bot.notes.collection import Collector
from bot.notes.deaths import Deaths
from bot.notes.deduplication import Deduplication, Scope
from bot.notes.durable import Lanes, RunningEngine, open_engine
from bot.notes.progress import ProgressReporter
from bot.notes.submission import Submitter
from bot.notes.twins import Twins
from bot.notes.waiting_notes import WaitingNotes
from bot.notes.workflow import Workflow
from bot.operations.alerts import Alerts, Kind
from bot.providers.embedded.hardware import Hardware
from bot.providers.embedded.transcriber import FindVoice, LocalTranscriber
from bot.providers.embedded.weights import ModelFolders
from bot.providers.nanogpt.client import NanoGPT
from bot.service.cloud import bucket_of, open_cloud
from bot.service.core import Core
from bot.service.databases import engine_url
from bot.service.housekeeping import Wakers
from bot.service.voice_reader import VoiceReader
from bot.settings import MediaSettings, Settings
from bot.settings.engine import Engine
from bot.support.files import private_folder


@dataclass(frozen=True, slots=True)
class Providers:
    """All that can transcribe."""

    local: LocalTranscriber
    cloud: Sequence[NanoGPT]
    further: Sequence[Transcriber]

    def by_name(self) -> dict[str, Transcriber]:
        everyone: list[Transcriber] = [self.local, *self.cloud, *self.further]
        return {one.name: one for one in everyone}


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The running engine, and the parts of it that other parts need."""

    engine: RunningEngine
    providers: Providers
    spool: Path
    """The folder of recordings in work, one folder a note."""
    wakers: Wakers
    reads_voices: VoiceReader


def open_media(settings: MediaSettings) -> Media:
    """Return the media tools. Raises BadSettings if there is no ffmpeg."""
    limits = Limits(seconds=settings.longest_seconds, bytes=settings.largest_bytes)
    return Media(find_ffmpeg(settings.ffmpeg or None), asyncio.Semaphore(os.cpu_count() or 1), limits)


def hardware_of(engine: Engine) -> Hardware:
    """Return the operator's choice of hardware for the embedded engine."""
    return Hardware(engine.local_device, engine.local_compute_type, engine.local_threads, engine.local_workers)


@asynccontextmanager
async def open_providers(
    settings: Settings,
    catalog: Catalog,
    media: Media,
    further: Sequence[Transcriber],
    clock: Clock,
    is_back: Callable[[], None],
    known_voice: FindVoice,
) -> AsyncIterator[Providers]:
    """Open the embedded engine, and the clients of the cloud. Raises BadSettings.

    `is_back` is called when a provider of the cloud takes recordings again; `known_voice` as in LocalTranscriber.
    """
    engine = settings.engine
    local = LocalTranscriber(
        engine.local_model,
        ModelFolders(settings.storage.data_dir, settings.storage.cache_dir),
        listen=media.windows,
        hardware=hardware_of(engine),
        speaker_model=engine.speaker_model,
        tells_text=engine.live_text,
        prices={model.name: model.per_minute for model in catalog if model.provider == LOCAL},
        idle_seconds=engine.local_idle_minutes * 60,
        known_voice=known_voice,
    )
    async with local, open_cloud(settings.cloud, catalog, clock, is_back) as cloud:
        yield Providers(local, cloud, further)


@asynccontextmanager
async def open_pipeline(
    settings: Settings,
    core: Core,
    adapters: Mapping[str, Adapter],
    alerts: Alerts,
    store: MediaStore | None,
    further: Sequence[Transcriber],
) -> AsyncIterator[Pipeline]:
    """Open all that works on notes. Raises BadSettings."""
    spool = private_folder(settings.storage.data_dir / "spool")
    media = open_media(settings.media)
    wakers = Wakers()
    is_back = wakers.provider_is_back
    async with open_providers(settings, core.catalog, media, further, core.clock, is_back, core.voices.of) as providers:
        reporter = ProgressReporter(core.note_repository, core.notes, adapters)
        by_name = providers.by_name()
        collector = Collector(
            notes=core.note_repository,
            views=core.notes,
            ledger=core.ledger,
            catalog=core.catalog,
            reporter=reporter,
            transcribers=by_name,
            clock=core.clock,
        )
        workflow = Workflow(
            notes=core.note_repository,
            views=core.notes,
            ledger=core.ledger,
            catalog=core.catalog,
            reporter=reporter,
            submitter=Submitter(
                notes=core.note_repository,
                views=core.notes,
                waiting=WaitingNotes(core.db, core.clock),
                collector=collector,
                ledger=core.ledger,
                catalog=core.catalog,
                media=media,
                reporter=reporter,
                transcribers=by_name,
                store=store,
                spool=spool,
                room=core.room,
                largest=settings.media.largest_bytes,
                clock=core.clock,
                deaths=Deaths(spool, lambda note_id: alerts.raise_(Kind.RECORDING, note=note_id)),
            ),
            collector=collector,
            markup=settings.money.markup,
            clock=core.clock,
            budget_is_spent=partial(alerts.raise_, Kind.BREAKER),
            wake=wakers.now.set,
            deduplication=_deduplication(core, settings.engine.known_files),
        )
        url = engine_url(settings.storage)
        async with open_engine(
            url, workflow.transcribe, adapters, _lanes(settings.engine), settings.engine.stop_seconds, wakers.now.set
        ) as engine:
            yield Pipeline(
                engine, providers, spool, wakers, VoiceReader(adapters, media, providers.local, spool, core.room)
            )


def store_of(settings: Settings, given: MediaStore | None) -> MediaStore | None:
    """Return the place for large media: the one that is given, or the bucket. Raises BadSettings."""
    return given or bucket_of(settings.bucket)


def _deduplication(core: Core, scope: str) -> Deduplication | None:
    if scope == "off":
        return None
    return Deduplication(
        core.note_repository, core.notes, Twins(core.db), core.people, Scope(scope), core.clock, core.clock()
    )


def _lanes(engine: Engine) -> Lanes:
    return Lanes(notes=engine.notes_at_once, per_user=min(engine.notes_per_user, engine.notes_at_once))
