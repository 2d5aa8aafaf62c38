"""Opens Discord: first the client that speaks and the adapter, so that notes can be answered; then it listens."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import discord
import httpx
from starlette.routing import BaseRoute

from adapters.discord.adapter import DiscordAdapter
from adapters.discord.client import (
    SETTLE_SECONDS,
    Sleep,
    addresses,
    intents_for,
    introduce,
    keep_quiet,
    make_speaker,
)
from adapters.discord.configuration import DiscordSettings
from adapters.discord.context import Context
from adapters.discord.files import CDN, Files
from adapters.discord.gateway import AWAY, UNKNOWN_TOKEN, Gateway, introduce_once
from adapters.discord.note_messages import Posting
from adapters.discord.notifier import DiscordNotifier
from adapters.discord.places import PLATFORM
from adapters.discord.sending import Sender
from adapters.discord.views import Views
from bot.chat.core import ChatCore
from bot.chat.delivery import Delivery
from bot.chat.listening import keep_listening
from bot.chat.message_mover import MessageMover
from bot.chat.note_messages import Placeholders
from bot.chat.plugin import PlatformHost
from bot.domain.errors import BadSettings, OperatorError

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
    posting: Posting
    mover: MessageMover
    views: Views
    settings: DiscordSettings
    host: PlatformHost
    sleep: Sleep = asyncio.sleep
    settle_seconds: float = SETTLE_SECONDS
    """Time without news after which all servers count as known."""
    routes: Sequence[BaseRoute] = ()

    @property
    def notifier(self) -> DiscordNotifier:
        return DiscordNotifier(self.sender)

    @property
    def announcement(self) -> str:
        if self.speaker.user is None:  # it was not reached yet
            return "Discord does not answer yet; its messages are answered when it does."
        name = self.speaker.user.name
        return f"{name} answers on Discord; `earmark discord invite` shows how it comes into a server."

    @asynccontextmanager
    async def listen(self, core: ChatCore) -> AsyncIterator[Gateway]:
        """Take what users send, until the context ends."""
        deployment, read_marker = self.host.deployment, self.host.read_marker

        def make_context(bot: int) -> Context:
            heard = read_marker(PLATFORM, str(bot))
            return Context(
                self.sender, self.adapter, self.posting, self.mover, self.views, core, heard, deployment.max_megabytes
            )

        gateway = Gateway(
            speaker=self.speaker,
            token=_token_of(self.settings),
            make_context=make_context,
            told_commands=deployment.data_dir / "discord-commands",
            sleep=self.sleep,
            gateway_url=self.settings.gateway_url,
            settle_seconds=self.settle_seconds,
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
        await introduce_once(speaker, token)
        http = await stack.enter_async_context(httpx.AsyncClient())
        views = Views(host.secret)
        sender = Sender(speaker, host.clock)
        stack.push_async_callback(sender.close)
        files = Files(speaker, http, host.clock, _file_hosts(settings))
        stack.push_async_callback(files.close)
        placeholders, posting = Placeholders(), Posting(sender, host.posted, views, host.clock)
        platform = DiscordAdapter(sender, files, posting, views)
        adapter = Delivery(platform, host.fetcher, host.posted, host.clock, placeholders)
        mover = MessageMover(platform, host.posted, placeholders)
        yield Discord(speaker, sender, adapter, posting, mover, views, settings, host)


async def introduced(settings: DiscordSettings) -> Introduction:
    """Ask Discord who the bot is. Raises BadSettings, DiscordDown."""
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
