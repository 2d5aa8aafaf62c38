"""Helpers for tests of linked chats."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from adapters.discord import opening as on_discord_side
from adapters.telegram import opening as on_telegram_side
from adapters.telegram.receiving import Polling
from bot.domain.money import Micros
from bot.media.download import Fetcher
from bot.service.chat_core import chat_core_of
from bot.service.core import Core, open_core
from bot.service.platforms import host_of
from bot.service.worker import Parts, Service, open_service
from bot.settings import Settings
from tests.doubles.discord.server import Channel, Discord, Seen, Use
from tests.doubles.discord.server import Person as Member
from tests.doubles.provider import MODELS, PaidProvider
from tests.doubles.telegram.server import BotApi, Chat, Person, Private
from tests.helpers.databases import put_databases
from tests.helpers.discord import SETTLE_SECONDS
from tests.helpers.discord import plain as without_markup
from tests.helpers.paths import SAMPLES
from tests.helpers.services import Pauses
from tests.helpers.telegram import keep_up

VOICE = SAMPLES / "voice-note.ogg"


@dataclass
class Chats:
    """A running Earmark on both platforms. Each test has people of its own."""

    telegram: BotApi
    discord: Discord
    service: Service
    operator: Person
    """An owner, on Telegram; so is `moderator` on Discord."""
    moderator: Member
    provider: PaidProvider

    @property
    def core(self) -> Core:
        return self.service.core

    def ada(self, name: str = "Ada") -> tuple[Person, Private]:
        """A person on Telegram, and their chat with the bot."""
        person = self.telegram.person(name)
        return person, self.telegram.private(person, started=True)

    async def give(self, account: str, amount: int) -> None:
        await self.core.ledger.credit(account, Micros(amount), f"to {account}")

    async def available(self, account: str) -> int:
        found = await self.core.ledger.statements.balance(account)
        return found.balance - found.held

    async def asked(self, person: Person, chat: Chat, words: str) -> str:
        """Return the bot's answer on Telegram."""
        before = len(chat.answers)
        chat.say(person, text=words)
        await self.telegram.eventually(lambda: len(chat.answers) > before)
        return chat.answers[-1].text

    async def press(self, person: Person, chat: Chat, label: str) -> str:
        """Press a button under the newest answer; the notice that is shown."""
        return (await asyncio.to_thread(self.telegram.press, person, chat, chat.answers[-1].id, label)).text

    async def used(self, person: Member, name: str, where: Channel, **options: Any) -> Seen:
        """Return the answer of a command on Discord, as users read it."""
        use = person.slash(name, where, **options)
        await self.discord.eventually(lambda: use.response and not use.response.flags & 128)
        assert use.response is not None
        assert use.response.ephemeral or where.own
        return replace(use.response, content=without_markup(use.response.content))

    async def typed(self, person: Member, where: Channel, words: str) -> str:
        """Return the bot's answer to words in a chat on Discord, as users read it."""
        before = len(where.answers)
        where.say(person, words)
        await self.discord.eventually(lambda: len(where.answers) > before)
        return without_markup(where.answers[-1].content)

    async def answered(self, use: Use) -> Seen:
        """Return the result of a press on Discord, as users read it."""
        await self.discord.eventually(lambda: use.followups or (use.response and not use.response.flags & 128))
        found = use.followups[-1] if use.followups else use.response
        assert found is not None
        return replace(found, content=without_markup(found.content))

    async def idle(self) -> None:
        async with asyncio.timeout(20):
            while await self.core.notes.unfinished():
                await asyncio.sleep(0.01)


@asynccontextmanager
async def opened(settings: Settings, phone: BotApi, desk: Discord, provider: PaidProvider) -> AsyncIterator[Service]:
    """As `earmark run` does it, with a provider that tests can look into."""
    pauses = Pauses()
    await put_databases(settings)
    async with AsyncExitStack() as stack:
        fetcher = await stack.enter_async_context(Fetcher(allow=["127.0.0.0/8"]))
        core = await stack.enter_async_context(open_core(settings, MODELS))
        host = host_of(settings, core, fetcher)
        here = await stack.enter_async_context(on_telegram_side.open_telegram(settings.platforms["telegram"], host))
        there = await stack.enter_async_context(on_discord_side.open_discord(settings.platforms["discord"], host))
        keep_up(phone, here.bot)
        here = replace(here, source=Polling(here.report, pauses))
        there = replace(there, sleep=pauses, settle_seconds=SETTLE_SECONDS)
        parts = Parts([here.adapter, there.adapter], [provider], MODELS, look_every=timedelta(seconds=0.2))
        service = await stack.enter_async_context(open_service(settings, parts, core))
        chat_core = chat_core_of(service, settings, core.clock)
        await stack.enter_async_context(here.listen(chat_core))
        ears = await stack.enter_async_context(there.listen(chat_core))
        await asyncio.wait_for(ears.listening.wait(), 20)
        await desk.eventually(lambda: desk.commands)
        yield service
