"""Opens Discord: first the client that speaks and the adapter, so that notes can be answered; then it listens."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit

import discord
import httpx
import structlog
from starlette.routing import BaseRoute

from adapters.discord.adapter import DiscordAdapter, DiscordNotifier
from adapters.discord.client import SETTLE_SECONDS, EarmarkClient, addresses, intents_for, keep_quiet, make_speaker
from adapters.discord.configuration import DiscordSettings
from adapters.discord.context import Context
from adapters.discord.files import CDN, Files
from adapters.discord.gateway import DiscordDown, Gateway, introduce_in_time
from adapters.discord.note_messages import Posting
from adapters.discord.pages import Views
from adapters.discord.places import PLATFORM
from adapters.discord.sending import Sender
from bot.chat.core import ChatCore
from bot.chat.delivery import Delivery
from bot.chat.listening import StateReport, keep_listening
from bot.chat.message_mover import MessageMover
from bot.chat.note_messages import Placeholders
from bot.chat.plugin import PlatformHost
from bot.chat.read_marker import ReadMarker
from bot.chat.update_handling import UpdateInbox
from bot.domain.errors import BadSettings
from bot.support.retry import Sleep

log = structlog.get_logger()

PERMISSIONS = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    read_message_history=True,
    embed_links=True,
    attach_files=True,
)
"""All that the bot needs in a server."""
_ANSWER_SECONDS = 20.0
_FIRST_ANSWER_SECONDS = 10.0
"""Longest wait of a start: without network it is a start all the same."""
_TOKEN = re.compile(r"[\w-]{18,}\.[\w-]{5,}\.[\w-]{20,}")


@dataclass(frozen=True, slots=True)
class Discord:
    """The platform before it listens."""

    speaker: discord.Client
    sender: Sender
    adapter: Delivery
    make_context: Callable[[ChatCore, ReadMarker, UpdateInbox], Context]
    settings: DiscordSettings
    host: PlatformHost
    report: StateReport
    sleep: Sleep = asyncio.sleep
    settle_seconds: float = SETTLE_SECONDS
    """Time without news after which all servers count as known."""
    routes: Sequence[BaseRoute] = ()

    @property
    def notifier(self) -> DiscordNotifier:
        return DiscordNotifier(self.sender, Views(self.host.secret))

    @property
    def announcement(self) -> str:
        if self.speaker.user is None:  # it was not reached yet
            return "Discord does not answer yet; its messages are answered when it does."
        name = self.speaker.user.name
        return f"{name} answers on Discord; `earmark discord invite` shows how it comes into a server."

    @asynccontextmanager
    async def listen(self, core: ChatCore) -> AsyncIterator[Gateway]:
        """Take what users send, until the context ends."""
        settings, host = self.settings, self.host
        gateway = Gateway(
            speaker=self.speaker,
            token=_token_of(settings),
            make_context=lambda bot: self.make_context(
                core, host.read_marker(PLATFORM, str(bot)), host.update_inbox(PLATFORM, str(bot))
            ),
            make_client=partial(EarmarkClient, settings.gateway_url, self.sleep, self.settle_seconds),
            told_commands=host.deployment.data_dir / "discord-commands",
            report=self.report,
            clock=core.clock,
            sleep=self.sleep,
        )
        async with keep_listening(PLATFORM, gateway.run()):
            yield gateway


@dataclass(frozen=True, slots=True)
class Introduction:
    """Facts that Discord tells about the application that a token belongs to."""

    name: str
    application: int
    sees_words: bool
    """If true, its Message Content intent is on, which channels need in which every recording is transcribed."""
    servers: int
    """Approximate number of servers that it is in."""


@asynccontextmanager
async def open_discord(settings: DiscordSettings, host: PlatformHost) -> AsyncIterator[Discord]:
    """Open the platform, so that notes can be answered.

    Raises BadSettings, also if Discord does not know the token. That it does not answer is no fault.
    """
    token = _token_of(settings)
    async with AsyncExitStack() as stack:
        speaker = await stack.enter_async_context(_speaker(settings))
        try:
            await introduce_in_time(speaker, token, _FIRST_ANSWER_SECONDS)
        except DiscordDown:
            log.warning("discord_not_reached", hint="it is asked again until it answers")
        http = await stack.enter_async_context(httpx.AsyncClient())
        views = Views(host.secret)
        sender = Sender(speaker, host.clock, host.sleep)
        stack.push_async_callback(sender.close)
        files = Files(speaker, http, host.room, host.clock, _file_hosts(settings))
        stack.push_async_callback(files.close)
        placeholders, posting = Placeholders(), Posting(sender, host.posted, views, host.clock)
        platform = DiscordAdapter(sender, files, posting, views)
        adapter = Delivery(platform, host.fetcher, host.posted, host.clock, placeholders)
        mover = MessageMover(platform, host.posted, placeholders)
        make_context = partial(Context, sender, adapter, posting, mover, views, host.deployment.max_megabytes)
        yield Discord(speaker, sender, adapter, make_context, settings, host, StateReport(host.clock))


async def introduced(settings: DiscordSettings) -> Introduction:
    """Ask Discord who the bot is. Raises BadSettings, DiscordDown."""
    async with _speaker(settings) as client:
        await introduce_in_time(client, _token_of(settings), _ANSWER_SECONDS)
        application = client.application
        assert application is not None, "whoever is introduced has one"
        return Introduction(
            name=client.user.name if client.user is not None else application.name,
            application=application.id,
            sees_words=intents_for(application.flags).message_content,
            servers=application.approximate_guild_count,
        )


def invite_links(application: int) -> tuple[str, str]:
    """Return the link that invites the bot into a server with exactly the permissions that it needs, and the link that
    installs it for a user's own account, to use it in every chat."""
    server = discord.utils.oauth_url(application, permissions=PERMISSIONS, scopes=("bot", "applications.commands"))
    person = discord.utils.oauth_url(application, scopes=("applications.commands",))
    return f"{server}&integration_type=0", f"{person}&integration_type=1"


@asynccontextmanager
async def _speaker(settings: DiscordSettings) -> AsyncIterator[discord.Client]:
    keep_quiet()
    addresses(settings.api_url, settings.gateway_url)
    client = make_speaker()
    try:
        yield client
    finally:
        await client.http.close()


def _token_of(settings: DiscordSettings) -> str:
    """Return the bot's token. Raises BadSettings if it cannot be one."""
    token = settings.token.get_secret_value().strip()
    if not _TOKEN.fullmatch(token):
        raise BadSettings(
            reason="EARMARK_DISCORD_TOKEN is no token: it has three parts with dots between them, and is shown under "
            "Bot in the developer portal"
        )
    return token


def _file_hosts(settings: DiscordSettings) -> frozenset[str]:
    """Return the hosts whose files are Discord's own: its CDN, and the operator's proxy."""
    proxy = urlsplit(settings.api_url).hostname
    return CDN | {proxy} if proxy else CDN
