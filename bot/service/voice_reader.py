"""Voices of recordings that are no notes, for their enrolment."""

import asyncio
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.domain.audio import Accepts
from bot.domain.errors import BadVoice, TooLarge
from bot.domain.note import Note
from bot.domain.ports import Adapter
from bot.domain.voice import Voiceprint
from bot.media.prepare import Media
from bot.providers.embedded.transcriber import LocalTranscriber
from bot.support.files import Room, private_folder

_MOST_BYTES = 10_000_000


@dataclass(frozen=True, slots=True)
class VoiceReader:
    """Implements ports.ReadsVoices with the embedded engine."""

    adapters: Mapping[str, Adapter]
    media: Media
    engine: LocalTranscriber
    spool: Path
    room: Room

    async def model(self) -> str:
        return await self.engine.voice_model()

    async def read(self, note: Note) -> Voiceprint:
        # As if it were a note: what a crash leaves is deleted with whatever becomes of the message when it comes again.
        folder = self.spool / note.id
        await asyncio.to_thread(private_folder, folder)
        await asyncio.to_thread(self.room.assign, folder, note.user)
        try:
            path = await self.adapters[note.key.platform].fetch(note, folder, _MOST_BYTES)
            audio = await self.media.prepare(path, Accepts(), folder)
            return await self.engine.voiceprint(audio, note.user)
        except TooLarge:
            raise BadVoice(reason="long") from None
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
