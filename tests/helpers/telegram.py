"""A whole service that listens on Telegram, opened over the double of the Bot API."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

from pydantic import SecretStr
from telegram.ext import ExtBot

from adapters.telegram.client import Bucket, Limiter, Pace
from adapters.telegram.opening import open_telegram
from adapters.telegram.places import PLATFORM, account_of
from adapters.telegram.receiving import Polling, Source
from bot.chat.listening import StateReport
from bot.chat.plugin import PlatformHost
from bot.chat.update_handling import UpdateInbox
from bot.media.download import Fetcher
from bot.people.preferences import Choice
from bot.service.chat_core import chat_core_of
from bot.service.core import open_core
from bot.service.platforms import host_of
from bot.service.worker import Parts, Service, open_service
from bot.settings import Settings
from bot.storage.database import Database
from bot.support.clock import now
from tests.doubles.provider import MODELS, PaidProvider
from tests.doubles.telegram.server import BotApi, Chat, Person, Pressed, Seen
from tests.helpers.databases import put_databases
from tests.helpers.services import Pauses
from tests.helpers.settings import changed

SAID = "What was said in 16.14 seconds."
BOT = "earmark_test_bot"


@dataclass
class TelegramRig:
    """A running Earmark, its provider, and the Telegram that it listens to."""

    telegram: BotApi
    service: Service
    provider: PaidProvider
    pauses: Pauses
    report: StateReport

    async def answers(self, chat: Chat, number: int = 1, text: str = SAID) -> list[Seen]:
        """Return the bot's messages in a chat, once so many of them have that text."""
        await self.telegram.eventually(lambda: sum(text in seen.text for seen in chat.answers) >= number, 20)
        return chat.answers

    async def press(self, person: Person, chat: Chat, message: int, button: str) -> Pressed:
        return await asyncio.to_thread(self.telegram.press, person, chat, message, button)

    async def choose(self, owner: int, choice: Choice, value: str) -> None:
        await self.service.core.preferences.choose(account_of(owner), choice, value)

    async def idle(self) -> None:
        """Until every update was confirmed, handled, and all that came of it is there."""
        await self.telegram.eventually(lambda: not self.telegram.pending, 20)
        async with asyncio.timeout(20):
            while await self.inbox().waiting() or await self.service.core.notes.unfinished():
                await asyncio.sleep(0.01)

    async def charged(self) -> dict[str, int]:
        """Return the number of provider calls that each account paid."""
        paid: dict[str, int] = {}
        for call in self.provider.calls():
            standing = (await self.service.core.notes.standings([call["note"]]))[call["note"]]
            paid[standing.account] = paid.get(standing.account, 0) + 1
        return paid

    def inbox(self) -> UpdateInbox:
        """Return the inbox that the service itself uses."""
        return inbox_in(self.service.core.db, self.telegram)


def inbox_in(db: Database, telegram: BotApi) -> UpdateInbox:
    return UpdateInbox(db, now, PLATFORM, telegram.token.split(":")[0])


def on_telegram(settings: Settings, telegram: BotApi, **more: object) -> Settings:
    """The same deployment with the double as its Telegram."""
    where = {
        "telegram_token": SecretStr(telegram.token),
        "telegram_base_url": telegram.base_url,
        "telegram_base_file_url": telegram.base_file_url,
        "model": "paid",
        "notes_per_user": 8,
    }
    return changed(settings, **(where | more))


@asynccontextmanager
async def telegram_rig(
    telegram: BotApi,
    settings: Settings,
    source: Source | None = None,
    provider: PaidProvider | None = None,
    prepared: Callable[[PlatformHost], PlatformHost] = lambda host: host,
) -> AsyncIterator[TelegramRig]:
    """Open it as `earmark run` does, with a provider that tests can look into, and pauses that do not last.

    The settings must be `on_telegram`. With the settings of another service it is that one's restart. `prepared` may
    change what the platform is given.
    """
    provider = provider or PaidProvider(settings.storage.data_dir.parent / "provider")
    pauses = Pauses()
    await put_databases(settings)
    async with (
        Fetcher(allow=["127.0.0.0/8"]) as fetcher,
        open_core(settings, MODELS) as core,
        open_telegram(settings.platforms[PLATFORM], prepared(host_of(settings, core, fetcher))) as opened,
    ):
        keep_up(telegram, opened.bot)
        platform = replace(opened, source=source or Polling(opened.report, pauses))
        parts = Parts(
            [platform.adapter],
            [provider],
            MODELS,
            connections={PLATFORM: platform.report},
            look_every=timedelta(seconds=0.2),
        )
        async with (
            open_service(settings, parts, core) as service,
            platform.listen(chat_core_of(service, settings, core.clock)),
        ):
            yield TelegramRig(telegram, service, provider, pauses, platform.report)


_UNHURRIED = Pace(overall=Bucket(1000, 1.0), private=Bucket(1000, 1.0), group=Bucket(1000, 1.0))


def keep_up(telegram: BotApi, bot: "ExtBot[None]") -> None:
    """Have a bot send without pauses if its Telegram has no limits for a chat: its pace has tests of its own."""
    if telegram.limits.private_per_second is None:
        bot._rate_limiter = Limiter(_UNHURRIED)


async def forged(telegram: BotApi, person: Person, chat: Chat, message: int, data: str) -> str:
    """Press what no button holds, as a client of one's own making can; the notice that comes back."""
    with telegram.lock:
        query = telegram.ask("callback")
        where = {"message": chat.message(message).raw, "chat_instance": "1"}
        telegram.tell("callback_query", {"id": query.id, "from": person.raw, "data": data, **where})
    await telegram.eventually(lambda: query.answer is not None)
    assert query.answer is not None
    return str(query.answer.get("text", ""))
