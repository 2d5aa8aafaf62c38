"""Positions in the queue, shown to the users who wait for their turn."""

import asyncio
from collections.abc import Iterable, Mapping

import structlog

from bot.domain.note import Progress, Stage
from bot.domain.ports import Adapter
from bot.notes.views import NoteViews, Queued

log = structlog.get_logger()

SHOW_EVERY = 5.0
"""Seconds."""
_MOST = 50
"""Notes of one platform at a time: further back, positions change faster than users can follow."""
_SHOW_SECONDS = 5.0


async def show_positions(views: NoteViews, adapters: Mapping[str, Adapter], platforms: Iterable[str]) -> None:
    """Show every waiting user their position repeatedly, until cancelled. It counts a platform's notes."""
    while True:
        await asyncio.sleep(SHOW_EVERY)
        for platform in platforms:
            try:
                waiting = await views.queued(platform, _MOST)
            except Exception as error:  # noqa: BLE001  # the database may be back the next time
                log.warning("places_not_counted", error=type(error).__name__)
                continue
            for one in waiting:
                await _show(adapters[platform], one)


async def _show(adapter: Adapter, one: Queued) -> None:
    with structlog.contextvars.bound_contextvars(note=one.note.id):
        try:
            async with asyncio.timeout(_SHOW_SECONDS):
                await adapter.report(one.note, one.placeholder, Progress(Stage.QUEUED, place=one.place))
        except Exception as error:  # noqa: BLE001  # a courtesy: its failure is no failure of the note
            log.debug("position_not_shown", error=type(error).__name__)
