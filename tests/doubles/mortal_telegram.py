"""A service on Telegram in a process of its own that is killed (-9) at a moment of the test's choice.

The Bot API's double lives in the test's own process and so outlives it.
"""

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from pydantic import SecretStr

from adapters.telegram.opening import open_telegram
from bot.chat.update_handling import UpdateInbox
from bot.domain.billing import Plan
from bot.media.download import Fetcher
from bot.people.preferences import Choice
from bot.service.chat_core import chat_core_of
from bot.service.core import open_core
from bot.service.platforms import host_of
from bot.service.worker import Parts, Service, open_service
from bot.settings import Settings
from bot.support.clock import now
from tests.doubles.mortal import CREDIT, NEVER, Count, Moments, Storyteller, run_mortal
from tests.doubles.provider import MODELS
from tests.doubles.telegram.server import BotApi
from tests.helpers.settings import make_settings


@dataclass(frozen=True, slots=True)
class Address:
    """All that the process knows of the test's Telegram."""

    token: str
    base_url: str
    base_file_url: str


@dataclass(frozen=True, slots=True)
class TelegramWorld:
    """The folder that everything of one run stands in, and the Telegram that outlives it."""

    folder: Path
    telegram: BotApi

    def settings(self) -> Settings:
        return _settings(self.folder, Address(self.telegram.token, self.telegram.base_url, self.telegram.base_file_url))

    def live(self, wishes: dict[int, str], kill_at: int = NEVER, within: float = 90) -> int | None:
        """Run until each of these people's notes has its end, or until it is killed; None if it was killed.

        `wishes` are the models by person. Else the count of moments that passed.
        """
        address = Address(self.telegram.token, self.telegram.base_url, self.telegram.base_file_url)

        def told(moment: Callable[[str], None]) -> None:
            self.telegram.moment = moment

        return run_mortal(_live, (self.folder, address, wishes), told, kill_at, within)


def _settings(folder: Path, address: Address) -> Settings:
    return make_settings(
        folder / "data",
        plan=Plan.PREPAID,
        ask_above="",
        stop_seconds=5,
        telegram_token=SecretStr(address.token),
        telegram_base_url=address.base_url,
        telegram_base_file_url=address.base_file_url,
    )


def _live(
    folder: Path, address: Address, wishes: dict[int, str], kill_at: int, counted: Count, of_calls: Count
) -> None:
    moments = Moments(kill_at, counted, of_calls)
    sa.event.listen(sa.Engine, "before_cursor_execute", moments.pass_one)
    sa.event.listen(sa.Engine, "commit", moments.pass_one)
    os.environ["PTB_TIMEDELTA"] = "1"
    asyncio.run(_serve(_settings(folder, address), folder, wishes, moments))


async def _serve(settings: Settings, folder: Path, wishes: dict[int, str], moments: Moments) -> None:
    provider = Storyteller(folder / "provider", moments.pass_one)
    async with (
        Fetcher(allow=["127.0.0.0/8"]) as fetcher,
        open_core(settings, MODELS) as core,
        open_telegram(settings.platforms["telegram"], host_of(settings, core, fetcher)) as telegram,
    ):
        for person, model in wishes.items():
            await core.ledger.credit(f"telegram:{person}", CREDIT, f"the first of {person}")
            await core.preferences.choose(f"telegram:{person}", Choice.MODEL, model)
        parts = Parts([telegram.adapter], [provider], MODELS)
        async with (
            open_service(settings, parts, core) as service,
            telegram.listen(chat_core_of(service, settings, core.clock)),
        ):
            await _all_ended(service, telegram.bot.token.split(":")[0], len(wishes))


async def _all_ended(service: Service, bot: str, notes: int) -> None:
    inbox = UpdateInbox(service.core.db, now, "telegram", bot)
    while True:
        standings = await service.core.notes.recent(notes + 1)
        if len(standings) == notes and all(one.state.is_final for one in standings) and not await inbox.waiting():
            return
        await asyncio.sleep(0.05)
