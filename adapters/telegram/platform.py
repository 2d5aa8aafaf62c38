"""Telegram, where a token switches it on: the bot and its adapter first, and what listens once the service is there."""

import asyncio
import hashlib
import hmac
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import httpx
from starlette.routing import Route
from telegram import User
from telegram.error import BadRequest, Forbidden, InvalidToken, TelegramError
from telegram.ext import ExtBot

from adapters.telegram.adapter import TelegramAdapter
from adapters.telegram.backoff import Backoff
from adapters.telegram.bot import make_bot
from adapters.telegram.command_menus import tell_commands
from adapters.telegram.context import Context
from adapters.telegram.files import Files
from adapters.telegram.notifier import TelegramNotifier
from adapters.telegram.payments import ref_of
from adapters.telegram.places import PLATFORM, person_of
from adapters.telegram.polling import Polling
from adapters.telegram.receiving import receiving
from adapters.telegram.rights import Rights
from adapters.telegram.sending import Sender
from adapters.telegram.source import Source
from adapters.telegram.webhook import Webhook
from bot.chat.caller import Capabilities
from bot.chat.command_table import Feature
from bot.chat.delivery import Delivery
from bot.chat.posted_messages import PostedMessages
from bot.chat.update_inbox import UpdateInbox
from bot.domain.billing import Plan
from bot.domain.errors import BadSettings, EarmarkError, OperatorError, PaymentUnknown
from bot.domain.money import Micros, micros
from bot.media.download import Fetcher
from bot.service.chat_core import chat_core_of
from bot.service.core import Core, now, open_core
from bot.service.worker import Service
from bot.settings import Settings
from bot.storage.instance_secret import secret_of

API = "https://api.telegram.org/bot"
FILES = "https://api.telegram.org/file/bot"
_FILE_MEGABYTES = 20
"""What Telegram's own server gives to a bot."""
_LARGEST_ANSWER = 20_000_000
"""Bytes of a file: they must be sent within the time that a command has, also over a slow line."""
_ANSWER_SECONDS = 20.0
_TOKEN = re.compile(r"(\d{1,20}):[A-Za-z0-9_-]{30,}")


class TelegramDown(OperatorError):
    """Telegram does not answer."""


class PayerForgotten(EarmarkError):
    """The payer erased all data, so the refund has no account."""


class RefundRefused(EarmarkError):
    """Telegram refuses the refund; nothing was taken from the balance."""

    reason: str


@dataclass(frozen=True, slots=True)
class Telegram:
    """The platform before it listens."""

    bot: "ExtBot[None]" = field(repr=False)  # its repr shows the token
    sender: Sender
    adapter: Delivery
    posted: PostedMessages
    source: Source
    settings: Settings

    @property
    def name(self) -> str:
        """What people call the bot by; "" while Telegram has not told."""
        try:
            return self.bot.username
        except RuntimeError:  # it was not reached yet
            return ""

    @property
    def notifier(self) -> TelegramNotifier:
        """Who writes to people who did not ask for anything."""
        return TelegramNotifier(self.sender)

    @property
    def routes(self) -> list[Route]:
        """What the HTTP API must serve for it."""
        return [self.source.route] if isinstance(self.source, Webhook) else []


def star_of(settings: Settings) -> Micros | None:
    """What one Star adds to a balance; None where nobody can pay, or nobody has to."""
    if not settings.telegram_star or settings.terms is Plan.OPEN:
        return None
    return micros(settings.telegram_star)


@asynccontextmanager
async def open_bot(settings: Settings) -> AsyncIterator["ExtBot[None]"]:
    """The bot that the settings name; nothing is asked of Telegram yet. Raises BadSettings."""
    token = settings.telegram_token.get_secret_value()
    if not _TOKEN.fullmatch(token):
        raise BadSettings(reason="EARMARK_TELEGRAM_TOKEN is no token: it looks like 110201543:AAHdqTcvCH1vGWJxfSeofSAs")
    if settings.telegram_local_mode and not settings.telegram_base_url:
        raise BadSettings(reason="EARMARK_TELEGRAM_LOCAL_MODE needs EARMARK_TELEGRAM_BASE_URL: a server of your own")
    bot = make_bot(token, *addresses(settings), settings.telegram_local_mode)
    try:
        yield bot
    finally:
        await bot.shutdown()


def addresses(settings: Settings) -> tuple[str, str]:
    """Where the Bot API is, and where it gives files."""
    base = settings.telegram_base_url
    if not base:
        return API, FILES
    return base, settings.telegram_base_file_url or f"{base.removesuffix('/bot')}/file/bot"


@asynccontextmanager
async def open_telegram(settings: Settings, core: Core, fetcher: Fetcher) -> AsyncIterator[Telegram]:
    """The platform, so that notes can be answered; it listens with `listening`. Raises BadSettings."""
    async with AsyncExitStack() as stack:
        source = await asyncio.to_thread(_source, settings)
        bot = await stack.enter_async_context(open_bot(settings))
        http = await stack.enter_async_context(httpx.AsyncClient())
        sender, posted = Sender(bot, now), PostedMessages(core.db, now)
        files = Files(bot, http, addresses(settings)[1], settings.telegram_local_mode)
        adapter = Delivery(TelegramAdapter(sender, files), fetcher, posted, now)
        yield Telegram(bot, sender, adapter, posted, source, settings)


def _source(settings: Settings) -> Source:
    if not settings.telegram_webhook:
        return Polling()
    if not settings.public_url.startswith("https://") or not settings.api_bind:
        raise BadSettings(reason="EARMARK_TELEGRAM_WEBHOOK needs EARMARK_PUBLIC_URL with https, and EARMARK_API_BIND")
    secret = hmac.new(secret_of(settings.data_dir), b"telegram webhook", hashlib.sha256).hexdigest()
    return Webhook(settings.public_url, secret)


@asynccontextmanager
async def listening(telegram: Telegram, service: Service) -> AsyncIterator[None]:
    """Take what people send, until the context ends. Raises BadSettings where Telegram does not know the token."""
    core, settings = service.core, telegram.settings
    star = star_of(settings)
    features = frozenset({Feature.START} if star is None else {Feature.START, Feature.PAYMENT})

    def make_context(me: User) -> Context:
        return Context(
            bot=telegram.bot,
            me=me,
            rights=Rights(telegram.bot, now),
            sender=telegram.sender,
            adapter=telegram.adapter,
            core=chat_core_of(service, settings, now),
            can=Capabilities(me.first_name, me.username or "", _LARGEST_ANSWER, features=features),
            intake=service.intake,
            queries=core.queries,
            preferences=core.preferences,
            posted=telegram.posted,
            catalog=core.catalog,
            clock=now,
            star=star,
            megabytes=settings.max_megabytes if settings.telegram_local_mode else _FILE_MEGABYTES,
        )

    bot_id = settings.telegram_token.get_secret_value().split(":")[0]
    inbox = UpdateInbox(core.db, now, PLATFORM, bot_id)
    operators = [person for person in map(person_of, await core.people.operators()) if person is not None]
    async with receiving(telegram.bot, inbox, telegram.source, make_context, now):
        lists = asyncio.create_task(Backoff().retry(lambda: tell_commands(telegram.bot, features, operators)))
        try:
            yield
        finally:
            lists.cancel()
            await asyncio.gather(lists, return_exceptions=True)


async def introduced(bot: "ExtBot[None]") -> User:
    """Who the bot is. Raises BadSettings and TelegramDown."""
    try:
        async with asyncio.timeout(_ANSWER_SECONDS):
            return await bot.get_me()
    except InvalidToken:
        raise BadSettings(reason="Telegram does not know EARMARK_TELEGRAM_TOKEN: look at what BotFather told") from None
    except (TelegramError, TimeoutError):
        raise TelegramDown from None


async def refund_stars(settings: Settings, charge: str) -> Micros:
    """Give a payment in Stars back; what was taken from its payer's balance for it. It may be said twice.

    The money leaves the balance first, so nobody spends what goes back. Raises PaymentUnknown, RefundShort,
    RefundRefused, and TelegramDown: then it is to be said again.
    """
    async with open_core(settings) as core, open_bot(settings) as bot:
        found = await core.ledger.credited(ref_of(charge))
        if found is None:
            raise PaymentUnknown(charge=charge[:80])
        shared, amount = found
        payers = [person for person in map(person_of, shared) if person is not None]
        if not payers:
            raise PayerForgotten
        account = shared[0]
        await introduced(bot)  # before any money moves
        attempt = await _next_attempt(core, charge)
        await core.ledger.refund(account, amount, attempt, "Telegram Stars")
        try:
            await _give_stars_back(bot, payers, charge)
        except (BadRequest, Forbidden) as error:
            await core.ledger.credit(account, amount, _undone(attempt), "Telegram refused the refund")
            raise RefundRefused(reason=error.message) from None
        except TelegramError:
            raise TelegramDown from None
    return amount


async def _give_stars_back(bot: "ExtBot[None]", payers: Sequence[int], charge: str) -> None:
    """Telegram knows which of the people who share the account it was. Raises TelegramError where it is none of them.

    Stars that were given back before are no error.
    """
    for number, payer in enumerate(payers, start=1):
        try:
            await bot.refund_star_payment(payer, charge)
        except BadRequest as error:
            if "CHARGE_ALREADY_REFUNDED" in error.message.upper():  # python-telegram-bot changes the case
                return
            if number == len(payers):
                raise
        else:
            return


async def _next_attempt(core: Core, charge: str) -> str:
    """What the books call the next attempt to refund a payment: the last one, unless that was refused and undone."""
    number = 1
    while await core.ledger.credited(_undone(f"{ref_of(charge)}:{number}")) is not None:
        number += 1
    return f"{ref_of(charge)}:{number}"


def _undone(attempt: str) -> str:
    return f"not refunded:{attempt}"
