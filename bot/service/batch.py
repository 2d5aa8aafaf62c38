"""Batches of the command line: files are submitted, and their results returned in the order of the files."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from adapters.console import ConsoleAdapter, Hear, note_of
from bot.domain.errors import EarmarkError, InternalError
from bot.domain.note import Options
from bot.domain.transcript import Transcript
from bot.notes.views import Standing
from bot.service.core import open_core
from bot.service.lead import lead_is_free
from bot.service.worker import Parts, Role, Service, open_service
from bot.settings import Settings

_LOOK_EVERY = 0.05  # seconds
_LEAD_EVERY = 1.0  # seconds
_CANCEL_WITHIN = 60.0  # seconds

Watch = Callable[[Path, Standing], None]
"""Takes the state of a file, each time that it changes."""


@dataclass(frozen=True, slots=True)
class Ending:
    """Result of a file: its transcript, or the error."""

    file: Path
    standing: Standing
    transcript: Transcript | None
    error: EarmarkError | None
    """Beside a transcript: the reason why the rest of it is missing."""


async def submit_files(
    settings: Settings,
    files: Sequence[Path],
    user: str,
    options: Options,
    watch: Watch,
    hear: Hear | None = None,
    request_of: Callable[[Path], str] = lambda _: str(uuid4()),
) -> AsyncGenerator[Ending, None]:
    """Transcribe files as one user's notes, concurrently; yield each ending in the order of the files.

    If another process works on the same data folder, the notes are queued for it; should it stop, this one
    takes over. `hear` takes the texts as they come, if this process does the work. `request_of` names each file's
    request: the same name again is the same note.
    When the caller is cancelled, so are the notes, and their money is released before this ends.
    """
    waiting = [note_of(file, user, request_of(file), options) for file in files]
    names = {note.id: file for note, file in zip(waiting, files, strict=True)}
    ids = list(names)
    async with open_core(settings) as core:
        try:
            while ids:
                async with open_service(settings, Parts([ConsoleAdapter(hear)]), role=Role.COMMAND) as service:
                    try:
                        for note in waiting:
                            await service.intake.accept(note)
                        async for ending in _endings(service, settings, names, list(ids), watch):
                            ids.remove(ending.standing.note_id)
                            yield ending
                    except BaseException:  # for any exception: the notes have lost their caller
                        await _give_up(service, ids)
                        raise
        except BaseException:
            await core.note_repository.request_cancel(*ids)  # those that no service could give up end at the next start
            raise


async def _endings(
    service: Service, settings: Settings, files: dict[str, Path], ids: list[str], watch: Watch
) -> AsyncIterator[Ending]:
    """Endings in order, until all are there or the process that does the work is gone."""
    seen: dict[str, Standing] = {}
    lead_seen = time.monotonic()
    while ids:
        for note_id, standing in (await service.core.notes.standings(ids)).items():
            if seen.get(note_id) != standing:
                seen[note_id] = standing
                watch(files[note_id], standing)
        while ids and ids[0] in seen and seen[ids[0]].state.is_final:
            note_id = ids.pop(0)
            yield await _ending(service, files[note_id], seen[note_id])
        if not service.leads and time.monotonic() - lead_seen > _LEAD_EVERY:
            lead_seen = time.monotonic()
            if await lead_is_free(settings.storage):
                return
        await asyncio.sleep(_LOOK_EVERY)


async def _ending(service: Service, file: Path, standing: Standing) -> Ending:
    """Return the text of a note if it was paid, also if the note failed or was cancelled."""
    said = await service.core.notes.transcript(standing.note_id)
    if said is not None and said.text.strip() and standing.charged is not None:
        return Ending(file, standing, said, standing.error if said.partial else None)
    return Ending(file, standing, None, standing.error or InternalError(reference=standing.note_id))


async def _give_up(service: Service, ids: list[str]) -> None:
    """Cancel the notes and wait until their money is released."""
    await service.core.note_repository.request_cancel(*ids)
    with suppress(TimeoutError):  # what takes longer ends at the next start, cancelled all the same
        async with asyncio.timeout(_CANCEL_WITHIN):
            # It is no asyncio.Event: another process may be the one that does the work.
            while any(not one.state.is_final for one in (await service.core.notes.standings(ids)).values()):  # noqa: ASYNC110
                await asyncio.sleep(_LOOK_EVERY)
