"""Attacks on the operator's account at the provider: what a user makes a provider charge, the user pays."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.domain.audio import Accepts
from bot.domain.billing import Plan
from bot.domain.money import micros
from bot.media.ffmpeg import find_ffmpeg
from bot.service.serve import serve
from bot.service.worker import Service
from bot.settings import Settings
from tests.doubles.nanogpt.server import NanoGPTServer
from tests.doubles.nanogpt.server import serve as provider
from tests.doubles.smallest.adapter import SMALLEST
from tests.doubles.smallest.server import serving
from tests.doubles.telegram.server import BotApi
from tests.helpers.corpus import ffmpeg
from tests.helpers.smallest import User, labels, settings_of, user
from tests.helpers.telegram import TelegramRig, on_telegram, telegram_rig

EVE = "smallest:eve"
CREDIT = 1_000_000
TEXT = "Good morning"
"""The beginning of what the provider's double hears in every recording."""


@dataclass
class Rig:
    """A service in the smallest chat whose provider charges at the submit and answers with a ticket."""

    service: Service
    nanogpt: NanoGPTServer
    eve: User

    @property
    def bill(self) -> int:
        return sum(micros(str(charge.cost)) for charge in self.nanogpt.bill)

    async def balance(self) -> int:
        return (await self.service.core.ledger.statements.balance(EVE)).balance

    async def lost(self) -> int:
        return sum(row.lost for row in await self.service.core.ledger.statements.spend())

    async def submitted(self, voice: Path) -> str:
        """Send a recording and wait until the provider has charged for it; return the handle of its placeholder."""
        before = len(self.nanogpt.charged)
        placeholder = await self.eve.ask_by_voice(voice)
        async with asyncio.timeout(20):
            while len(self.nanogpt.charged) == before:
                await asyncio.sleep(0.01)
        return str(placeholder["message"])

    async def ended(self, message: str, words: str) -> None:
        await self.eve.until(lambda: words in self.eve.messages[message]["text"])


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with (
        serving() as chat,
        provider() as nanogpt,
        user(chat, "olga") as olga,
        user(chat, "eve") as eve,
        serve(settings_of(tmp_path, chat, nanogpt), (SMALLEST,)) as application,
    ):
        nanogpt.job_seconds = lambda: 1.5
        metadata = {**nanogpt.completed["metadata"], "cost": 0.00807}  # as its tickets say of this recording
        nanogpt.completed = {**nanogpt.completed, "metadata": metadata}
        await olga.ask(f"/credit {EVE} 1")
        assert "Elevenlabs-STT" in (await eve.ask("/model Elevenlabs-STT"))["text"]
        yield Rig(application.service, nanogpt, eve)
        assert await application.service.core.ledger.audit() == []
        assert await application.service.core.ledger.statements.holds_open() == []


async def test_who_cancels_what_the_provider_charged_pays_for_it(rig: Rig, voice: Path) -> None:
    message = ""
    for _ in range(3):
        message = await rig.submitted(voice)
        assert "Already paid, also without the text: $0.00807." in (await rig.eve.ask("/cancel"))["text"]
        await rig.ended(message, "It was already paid: $0.00807.")
    assert len(rig.nanogpt.charged) == 3
    assert (await rig.balance(), await rig.lost()) == (CREDIT - rig.bill, 0)
    assert not any(TEXT in shown for shown in rig.eve.seen), "a cancelled text is never posted"
    rig.eve.press_under(message, "Show me the text")
    await rig.eve.reads(TEXT)


async def test_a_button_that_named_no_price_asks_once_more(rig: Rig, voice: Path) -> None:
    message = await rig.submitted(voice)
    rig.eve.send(message, press=rig.eve.pressable["Cancel"])
    question = await rig.eve.reads("The speech service has it already: $0.00807 is paid even without the text.")
    assert labels(question) == ["Discard the text (already paid: $0.00807)"]
    rig.eve.press_under(question["message"], "Discard the text")
    assert await rig.eve.told() == "OK. The text is not posted; only you can see it, with /jobs."
    await rig.ended(message, "It was already paid: $0.00807.")
    assert (await rig.balance(), await rig.lost()) == (CREDIT - rig.bill, 0)


async def test_the_button_names_the_price_as_soon_as_the_provider_has_it(rig: Rig, voice: Path) -> None:
    rig.nanogpt.job_seconds = lambda: 6.0
    message = await rig.submitted(voice)
    await rig.eve.until(lambda: labels(rig.eve.messages[message]) == ["Discard the text (already paid: $0.00807)"])
    rig.eve.press_under(message, "Discard the text")
    assert (await rig.eve.told()).startswith("OK.")
    await rig.ended(message, "It was already paid: $0.00807.")


async def test_a_recording_without_words_is_paid_if_our_own_check_heard_speech(rig: Rig, voice: Path) -> None:
    rig.nanogpt.completed = {**rig.nanogpt.completed, "transcription": "", "words": [], "diarization": None}
    message = await rig.submitted(voice)
    await rig.ended(message, "No words were found. The provider charged $0.00807.")
    assert (await rig.balance(), await rig.lost()) == (CREDIT - rig.bill, 0)


async def test_who_is_erased_pays_what_the_provider_has_and_leaves_no_text(rig: Rig, voice: Path) -> None:
    await rig.submitted(voice)
    await rig.eve.ask("/forget")
    rig.eve.press("Erase all")
    async with asyncio.timeout(20):
        while await rig.service.core.notes.recent(1):
            await rig.service.core.privacy.finish(None)
            await asyncio.sleep(0.1)
    spends = await rig.service.core.ledger.statements.spend()
    assert [(row.charged, row.lost) for row in spends] == [(rig.bill, 0)]
    assert not any(TEXT in shown for shown in rig.eve.seen)


# In chunks, on Telegram.


@pytest.fixture
def telegram() -> Iterator[BotApi]:
    with BotApi() as telegram:
        telegram.limits.private_per_second = telegram.limits.group_per_minute = None
        yield telegram


@pytest.fixture
async def in_chunks(telegram: BotApi, settings: Settings) -> AsyncIterator[TelegramRig]:
    async with telegram_rig(telegram, on_telegram(settings, telegram, plan=Plan.PREPAID, ask_above="")) as rig:
        rig.provider.takes = Accepts(bytes=60_000)
        yield rig
        assert await rig.service.core.ledger.audit() == []
        assert await rig.service.core.ledger.statements.holds_open() == []


async def test_the_chunks_of_a_cancelled_recording_are_paid_before_they_can_be_read(
    in_chunks: TelegramRig, voice: Path, tmp_path: Path
) -> None:
    rig, minute = in_chunks, tmp_path / "minute.ogg"
    ffmpeg(find_ffmpeg(None), "-stream_loop", "3", "-i", voice, "-c", "copy", minute)
    eve = rig.telegram.person("Eve", language="en")
    account = f"telegram:{eve.id}"
    await rig.service.core.ledger.credit(account, micros(1), "Eve")
    chat = rig.telegram.private(eve, started=True)
    rig.provider.seconds_of_work = 0.5
    chat.say(eve, voice=minute)
    await rig.telegram.eventually(lambda: len(rig.provider.calls()) == 2)
    chat.say(eve, text="/cancel")
    await rig.telegram.eventually(lambda: any("It was already paid" in one.text for one in chat.answers))
    charged = sum(call["cost"] for call in rig.provider.calls())
    balance = await rig.service.core.ledger.statements.balance(account)
    assert (balance.balance, balance.spent, balance.held) == (CREDIT - charged, charged, 0)
    assert len(rig.provider.calls()) <= 3, "no further chunk is submitted"
    chat.say(eve, text="/export")
    await rig.telegram.eventually(lambda: chat.answers[-1].document is not None)
    assert not any("What was said" in one.text for one in chat.answers)
