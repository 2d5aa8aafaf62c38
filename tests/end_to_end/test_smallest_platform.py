"""The whole conversation on the smallest platform, which the service knows by one row of its table alone."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path

import pytest
import pytest_asyncio

from bot.service.serve import serve
from bot.settings import Settings
from bot.support.settings_section import Address
from tests.doubles.nanogpt.server import KEY, NanoGPTServer
from tests.doubles.nanogpt.server import serve as provider
from tests.doubles.smallest.adapter import SMALLEST, SmallestSettings
from tests.doubles.smallest.server import Chat, serving
from tests.helpers.paths import ROOT, SAMPLES
from tests.helpers.settings import make_settings
from tests.helpers.smallest import User, labels, user

pytestmark = pytest.mark.asyncio(loop_scope="module")
VOICE = SAMPLES / "voice-note.ogg"
PLAIN = "The quick brown fox jumps over the lazy dog."
TOLD_APART = "Speaker 1: Good morning. How are you?"
COSTS = "0:16 · Whisper-Large-V3 · $0.0027"
MOST_LINES = 300
_numbers = count(1)


@dataclass
class Rig:
    """A running Earmark in the smallest chat, and its owner."""

    chat: Chat
    nanogpt: NanoGPTServer
    owner: User
    names: list[str] = field(default_factory=list)

    @asynccontextmanager
    async def user(self, language: str = "en", dollars: str = "1") -> AsyncIterator[User]:
        """Connect a new user whose account has so much."""
        async with user(self.chat, f"user{next(_numbers)}", language) as client:
            if dollars != "0":
                assert "Available" in (await self.owner.ask(f"/credit smallest:{client.name} {dollars}"))["text"]
            yield client


def settings_of(folder: Path, chat: Chat, nanogpt: NanoGPTServer, **more: object) -> Settings:
    own: dict[str, object] = {"nanogpt_api_key": KEY, "nanogpt_base_url": nanogpt.base_url, "owners": "smallest:olga"}
    settings = make_settings(folder / "data", plan="prepaid", api_bind="", stop_seconds=0, **own | more)
    return replace(settings, platforms={"smallest": SmallestSettings(address=Address("127.0.0.1", chat.port))})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def rig(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    folder = tmp_path_factory.mktemp("smallest")
    async with serving() as chat, provider() as nanogpt, user(chat, "olga") as olga:
        async with serve(settings_of(folder, chat, nanogpt), (SMALLEST,)) as application:
            assert application.announcements == ["The smallest chat is answered."]
            yield Rig(chat, nanogpt, olga)
            assert await application.service.core.ledger.audit() == []
            assert await application.service.core.ledger.holds_open() == []


async def test_a_voice_note_gets_a_placeholder_that_becomes_its_text_with_speakers(rig: Rig) -> None:
    async with rig.user() as ada:
        assert (await ada.ask("/speakers on"))["text"] == "Speakers: on (your choice)"
        ada.record(VOICE)
        answer = await ada.reads(TOLD_APART)
        assert len(ada.messages) == 2, "the placeholder is the text now"
        assert any(text.startswith("Taken") for text in ada.seen), ada.seen
        assert labels(answer)[:4] == ["TXT", "SRT", "VTT", "DOCX"]
        assert (await ada.ask("/balance"))["text"].startswith("$0.99")


async def test_the_platform_and_its_adapter_are_small() -> None:
    folder = ROOT / "tests" / "doubles" / "smallest"
    lines = {path.name: len(path.read_text("utf-8").splitlines()) for path in folder.glob("*.py")}
    assert sum(lines.values()) <= MOST_LINES, lines
