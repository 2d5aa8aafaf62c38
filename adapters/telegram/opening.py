"""Opens Telegram: first the bot and its adapter, so that notes can be answered; then it takes updates."""

import asyncio
import hashlib
import hmac
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import httpx
import structlog
from starlette.routing import Route
from telegram import User
from telegram.error import InvalidToken, TelegramError
from telegram.ext import ExtBot

from adapters.telegram.adapter import Files, TelegramAdapter, TelegramNotifier, keeping
from adapters.telegram.client import make_bot
from adapters.telegram.configuration import TelegramSettings
from adapters.telegram.context import Context
from adapters.telegram.conversation import introduce, tell_commands
from adapters.telegram.errors import CommandsRefused, backoff
from adapters.telegram.pages import REPLY
from adapters.telegram.places import PLATFORM, person_of
from adapters.telegram.receiving import Polling, Source, receive
from adapters.telegram.rights import Rights
from adapters.telegram.sending import Sender
from adapters.telegram.webhook import Webhook
from bot.chat.caller import Capabilities
from bot.chat.command_table import Feature
from bot.chat.core import ChatCore
from bot.chat.delivery import Delivery
from bot.chat.listening import StateReport, keep_listening
from bot.chat.plugin import Deployment, PlatformHost
from bot.domain.errors import BadSettings, OperatorError
from bot.domain.money import Micros

log = structlog.get_logger()

API = "https://api.telegram.org/bot"
FILES = "https://api.telegram.org/file/bot"
_FILE_MEGABYTES, _LOCAL_MEGABYTES = 20, 2000
"""Largest file that Telegram's own server gives to a bot, and that every user can send: a local server gives all."""
_LARGEST_ANSWER = 20 * 2**20
"""Bytes of a file: they must be sent within the time that a command has, also over a slow line."""
_ANSWER_SECONDS = 20.0
_FIRST_ANSWER_SECONDS = 10.0
"""Longest wait of a start: without network it is a start all the same."""
_TOKEN = re.compile(r"(\d{1,20}):[A-Za-z0-9_-]{30,}")


class TelegramDown(OperatorError):
    """Telegram does not answer."""


@dataclass(frozen=True, slots=True)
class Telegram:
    """The platform before it listens."""

    bot: "ExtBot[None]" = field(repr=False)  # its repr shows the token
    sender: Sender
    adapter: Delivery
    source: Source
    settings: TelegramSettings
    host: PlatformHost
    report: StateReport

    @property
    def notifier(self) -> TelegramNotifier:
        return TelegramNotifier(self.sender)

    @property
    def routes(self) -> list[Route]:
        return [self.source.route] if isinstance(self.source, Webhook) else []

    @property
    def announcement(self) -> str:
        try:
            return f"@{self.bot.username} answers on Telegram: https://t.me/{self.bot.username}"
        except RuntimeError:  # it was not reached yet
            return "Telegram does not answer yet; its messages are answered when it does."

    def start_link(self, words: str) -> str:
        """Return the address that opens the bot's chat, where one press sends these words; "": it is not known yet."""
        try:
            return f"https://t.me/{self.bot.username}?start={words}"
        except RuntimeError:  # it was not reached yet
            return ""

    @asynccontextmanager
    async def listen(self, core: ChatCore) -> AsyncIterator[None]:
        """Take what users send, until the context ends. Raises BadSettings if Telegram does not know the token."""
        settings, host = self.settings, self.host
        star = star_of(settings, host.deployment)
        features = frozenset({Feature.START} if star is None else {Feature.START, Feature.PAYMENT})

        def make_context(me: User) -> Context:
            return Context(
                bot=self.bot,
                me=me,
                rights=Rights(self.bot, core.clock),
                sender=self.sender,
                adapter=self.adapter,
                core=core,
                can=Capabilities(me.first_name, me.username or "", _LARGEST_ANSWER, REPLY, features=features),
                star=star,
                megabytes=min(
                    host.deployment.max_megabytes, _LOCAL_MEGABYTES if settings.local_mode else _FILE_MEGABYTES
                ),
            )

        inbox = host.update_inbox(PLATFORM, settings.token.get_secret_value().split(":")[0])
        operators = [person for person in map(person_of, await core.people.operators()) if person is not None]
        try:
            await introduced(self.bot, _FIRST_ANSWER_SECONDS)
        except TelegramDown:
            log.warning("telegram_not_reached", hint="it is asked again until it answers")
        async with keep_listening(
            PLATFORM, receive(self.bot, inbox, self.source, make_context, core.clock, host.sleep)
        ):
            lists = asyncio.create_task(self._tell_commands(features, operators))
            try:
                yield
            finally:
                lists.cancel()
                await asyncio.gather(lists, return_exceptions=True)

    async def _tell_commands(self, features: frozenset[Feature], operators: Sequence[int]) -> None:
        """Have Telegram show commands, and what the bot does. A list that it refuses is offered again once an hour."""

        async def tell() -> None:
            try:
                await tell_commands(self.bot, features, operators)
            except CommandsRefused:
                self.report.commands_refused()
                raise
            self.report.commands_synced()

        await backoff().retry(tell)
        await backoff().retry(lambda: introduce(self.bot))


def star_of(settings: TelegramSettings, deployment: Deployment) -> Micros | None:
    """Return the worth of one Star; None if payments in Stars are off, or the plan is free."""
    return None if deployment.is_free else settings.star


@asynccontextmanager
async def open_bot(settings: TelegramSettings) -> AsyncIterator["ExtBot[None]"]:
    """Make the bot of the settings; nothing is asked of Telegram yet. Raises BadSettings."""
    token = settings.token.get_secret_value()
    if not _TOKEN.fullmatch(token):
        raise BadSettings(reason="EARMARK_TELEGRAM_TOKEN is no token: it looks like 110201543:AAHdqTcvCH1vGWJxfSeofSAs")
    if settings.local_mode and not settings.base_url:
        raise BadSettings(reason="EARMARK_TELEGRAM_LOCAL_MODE needs EARMARK_TELEGRAM_BASE_URL: a server of your own")
    bot = make_bot(token, *addresses(settings), settings.local_mode)
    try:
        yield bot
    finally:
        await bot.shutdown()


def addresses(settings: TelegramSettings) -> tuple[str, str]:
    """Return the addresses of the Bot API, and of its files."""
    base = settings.base_url
    if not base:
        return API, FILES
    return base, settings.base_file_url or f"{base.removesuffix('/bot')}/file/bot"


@asynccontextmanager
async def open_telegram(settings: TelegramSettings, host: PlatformHost) -> AsyncIterator[Telegram]:
    """Open the platform, so that notes can be answered. Raises BadSettings."""
    async with AsyncExitStack() as stack:
        report = StateReport(host.clock)
        source = _source(settings, host, report)
        bot = await stack.enter_async_context(open_bot(settings))
        http = await stack.enter_async_context(httpx.AsyncClient())
        sender = Sender(bot, host.clock, host.sleep, keeping(host.posted))
        files = Files(bot, http, addresses(settings)[1], settings.local_mode, host.room)
        adapter = Delivery(TelegramAdapter(sender, files, host.posted), host.fetcher, host.posted, host.clock)
        yield Telegram(bot, sender, adapter, source, settings, host, report)


def _source(settings: TelegramSettings, host: PlatformHost, report: StateReport) -> Source:
    if not settings.webhook:
        return Polling(report)
    deployment = host.deployment
    if not deployment.public_url.startswith("https://") or not deployment.serves_http:
        raise BadSettings(reason="EARMARK_TELEGRAM_WEBHOOK needs EARMARK_PUBLIC_URL with https, and EARMARK_API_BIND")
    secret = hmac.new(host.secret, b"telegram webhook", hashlib.sha256).hexdigest()
    return Webhook(deployment.public_url, secret, report)


async def introduced(bot: "ExtBot[None]", seconds: float = _ANSWER_SECONDS) -> User:
    """Ask Telegram who the bot is. Raises BadSettings, and TelegramDown after so many seconds without an answer."""
    try:
        async with asyncio.timeout(seconds):
            await bot.initialize()
    except InvalidToken:  # PTB's own message has the token in it
        raise BadSettings(reason="Telegram does not know EARMARK_TELEGRAM_TOKEN: look at what BotFather told") from None
    except (TelegramError, TimeoutError):
        raise TelegramDown from None
    return bot.bot
