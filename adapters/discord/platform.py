"""Discord, where a token switches it on: who speaks, the adapter, and what listens once the service is there."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import discord
import httpx

from adapters.discord.adapter import DiscordAdapter
from adapters.discord.client import (
    SETTLE_SECONDS,
    EarmarkClient,
    Sleep,
    addresses,
    intents_for,
    introduce,
    keep_quiet,
    make_speaker,
)
from adapters.discord.command_sync import tell_commands
from adapters.discord.context import Context
from adapters.discord.files import CDN, Files
from adapters.discord.gateway import AWAY, UNKNOWN_TOKEN, Gateway, introduce_once, listening_to
from adapters.discord.note_messages import Posting
from adapters.discord.notifier import DiscordNotifier
from adapters.discord.places import PLATFORM
from adapters.discord.sending import Sender
from adapters.discord.signed_ids import SignedIds
from adapters.discord.tickets import Tickets
from adapters.discord.views import Views
from bot.chat.delivery import Delivery
from bot.chat.placeholders import Placeholders
from bot.chat.posted_messages import PostedMessages
from bot.chat.read_marker import ReadMarker
from bot.domain.errors import BadSettings, OperatorError
from bot.domain.ports import Clock
from bot.media.download import Fetcher
from bot.service.chat_core import chat_core_of
from bot.service.core import Core, now
from bot.service.worker import Service
from bot.settings import Settings
from bot.storage.instance_secret import secret_of

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
_TOKEN = re.compile(r"[\w-]{18,}\.[\w-]{5,}\.[\w-]{20,}")


class DiscordDown(OperatorError):
    """Discord does not answer."""


@dataclass(frozen=True, slots=True)
class Discord:
    """The platform before it listens."""

    speaker: discord.Client
    sender: Sender
    adapter: Delivery
    tickets: Tickets
    views: Views
    settings: Settings
    sleep: Sleep = asyncio.sleep
    settle_seconds: float = SETTLE_SECONDS
    """How long nothing new is told of, until all servers are taken as told."""
    clock: Clock = now

    @property
    def name(self) -> str:
        """What people call the bot by; "" while Discord has not told."""
        return self.speaker.user.name if self.speaker.user is not None else ""

    @property
    def notifier(self) -> DiscordNotifier:
        """Who writes to people who did not ask for anything."""
        return DiscordNotifier(self.sender)


@dataclass(frozen=True, slots=True)
class Introduction:
    """What Discord tells about the application that a token belongs to."""

    name: str
    application: int
    sees_words: bool
    """Whether its Message Content intent is switched on, which channels need where every recording is transcribed."""
    servers: int
    """About how many it is in."""


@asynccontextmanager
async def open_discord(settings: Settings, core: Core, fetcher: Fetcher) -> AsyncIterator[Discord]:
    """The platform, so that notes can be answered; it listens with `listening`.

    Raises BadSettings, also where Discord does not know the token. That it does not answer is no fault.
    """
    token = _token_of(settings)
    async with AsyncExitStack() as stack:
        speaker = await stack.enter_async_context(_speaker(settings))
        await introduce_once(speaker, token)
        http = await stack.enter_async_context(httpx.AsyncClient())
        views = Views(SignedIds(await asyncio.to_thread(secret_of, settings.data_dir)))
        sender = Sender(speaker, now)
        stack.push_async_callback(sender.close)
        files = Files(speaker, http, now, _file_hosts(settings))
        stack.push_async_callback(files.close)
        posted, placeholders = PostedMessages(core.db, now), Placeholders()
        posting = Posting(sender, posted, views, now)
        adapter = Delivery(DiscordAdapter(sender, files, posting, views), fetcher, posted, now, placeholders)
        tickets = Tickets(placeholders, posting, sender, posted, views, now)
        yield Discord(speaker, sender, adapter, tickets, views, settings)


@asynccontextmanager
async def listening(platform: Discord, service: Service) -> AsyncIterator[Gateway]:
    """Take what people send, until the context ends."""
    core, settings = service.core, platform.settings

    def make_context(bot: int) -> Context:
        return Context(
            sender=platform.sender,
            adapter=platform.adapter,
            tickets=platform.tickets,
            views=platform.views,
            core=chat_core_of(service, settings, platform.clock),
            intake=service.intake,
            queries=core.queries,
            preferences=core.preferences,
            catalog=core.catalog,
            heard=ReadMarker(core.db, PLATFORM, str(bot)),
            clock=platform.clock,
            megabytes=settings.max_megabytes,
        )

    async def tell(client: EarmarkClient) -> None:
        assert client.application_id is not None, "whoever is logged in has one"
        await tell_commands(client.tree, client.application_id, settings.data_dir / "discord-commands")

    ears = Gateway(
        speaker=platform.speaker,
        token=_token_of(settings),
        make_context=make_context,
        tell_commands=tell,
        sleep=platform.sleep,
        gateway_url=settings.discord_gateway_url,
        settle_seconds=platform.settle_seconds,
    )
    async with listening_to(ears):
        yield ears


async def introduced(settings: Settings) -> Introduction:
    """Who the bot is. Raises BadSettings and DiscordDown."""
    async with _speaker(settings) as client:
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                await introduce(client, _token_of(settings))
        except discord.LoginFailure:
            raise BadSettings(reason=UNKNOWN_TOKEN) from None
        except AWAY:
            raise DiscordDown from None
        application = client.application
        assert application is not None, "whoever is introduced has one"
        return Introduction(
            name=client.user.name if client.user is not None else application.name,
            application=application.id,
            sees_words=intents_for(application.flags).message_content,
            servers=application.approximate_guild_count,
        )


def invite_links(application: int) -> tuple[str, str]:
    """Where a bot is invited into a server with exactly the permissions that it needs; and where somebody installs it
    for their own account, to use it in every chat."""
    server = discord.utils.oauth_url(application, permissions=PERMISSIONS, scopes=("bot", "applications.commands"))
    person = discord.utils.oauth_url(application, scopes=("applications.commands",))
    return f"{server}&integration_type=0", f"{person}&integration_type=1"


@asynccontextmanager
async def _speaker(settings: Settings) -> AsyncIterator[discord.Client]:
    keep_quiet()
    addresses(settings.discord_api_url, settings.discord_gateway_url)
    client = make_speaker()
    try:
        yield client
    finally:
        await client.http.close()


def _token_of(settings: Settings) -> str:
    """Raises BadSettings for what cannot be one."""
    token = settings.discord_token.get_secret_value().strip()
    if not _TOKEN.fullmatch(token):
        raise BadSettings(
            reason="EARMARK_DISCORD_TOKEN is no token: it has three parts with dots between them, and is shown under "
            "Bot in the developer portal"
        )
    return token


def _file_hosts(settings: Settings) -> frozenset[str]:
    """From where files are fetched as Discord's own: its CDN, and a proxy that the operator set before Discord."""
    proxy = urlsplit(settings.discord_api_url).hostname
    return CDN | {proxy} if proxy else CDN
