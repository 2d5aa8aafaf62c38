"""The conversation of chat platforms over a running Earmark, without any platform's own code."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bot.chat.core import ChatCore
from bot.chat.incoming import Sender, Sound
from bot.domain.catalog import ModelInfo
from bot.domain.note import MediaRef, NoteKey
from bot.service.chat_core import chat_core_of
from bot.service.worker import Parts, open_service
from bot.settings import Settings
from bot.support.clock import now
from tests.doubles.platform import PLATFORM, FolderPlatform
from tests.doubles.provider import MODELS, PaidProvider
from tests.helpers.databases import put_databases
from tests.helpers.services import Application
from tests.helpers.settings import changed

ADA, BEA = "folder:ada", "folder:bea"


@dataclass(frozen=True, slots=True)
class Conversation:
    """The core that a platform is given, and the service behind it."""

    core: ChatCore
    app: Application

    async def sender(self, account: str = ADA, locale: str = "en") -> Sender:
        return Sender(account, locale, await self.core.preferences.of(account))


def sound_of(voice: Path, message: str, *, is_unasked: bool = True, is_others: bool = False) -> Sound:
    """A recording in a message of the folder platform."""
    key = NoteKey(PLATFORM, "bot", "chat", message)
    return Sound(MediaRef(str(voice), voice.name), key, is_unasked=is_unasked, is_others=is_others)


@asynccontextmanager
async def conversation(
    settings: Settings, provider: PaidProvider, folder: Path, models: Sequence[ModelInfo] = MODELS
) -> AsyncIterator[Conversation]:
    platform = FolderPlatform(folder / "platform")
    parts = Parts([platform], [provider], models, look_every=timedelta(seconds=0.2))
    usual = changed(settings, model="paid", notes_per_user=8)
    await put_databases(usual)
    async with open_service(usual, parts) as service:
        yield Conversation(chat_core_of(service, usual, now), Application(service, platform, provider))
