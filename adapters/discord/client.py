"""The two clients of discord.py: one that only speaks and stays open, and one that listens, made anew for each attempt.

The listening one may end for many reasons, and discord.py closes everything with it. Answers must go out all the same.
"""

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Any

import discord
import structlog
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket, ReconnectWebSocket
from discord.http import Route
from discord.shard import Shard

from adapters.discord.errors import explained
from adapters.discord.sessions import Sessions
from bot.chat.listening import StateReport
from bot.support.clock import now
from bot.support.retry import Calls, Sleep
from bot.support.tracebacks import report
from bot.support.uncancellable_calls import UncancellableCalls

log = structlog.get_logger()

API = "https://discord.com/api/v10"
GATEWAY = "wss://gateway.discord.gg/"
LONGEST_LIMIT = 30.0
"""Seconds of a rate limit that a call waits out; for a longer one it fails. discord.py takes no smaller value."""
SETTLE_SECONDS = 2.0
"""Without another server told of, until Discord has told of all."""
_IDENTIFY_PAUSE = 5.0
"""Discord wants it between two sessions that are begun."""
_OF_SESSIONS = frozenset({"READY", "RESUMED"})
"""Events without which a session does not begin."""
_CLOSE_SECONDS = 3.0
_CALL_SECONDS = 45.0
_CONNECT_SECONDS = 30.0


class _Faults(logging.Handler):
    """Reports the fault that a line is about, and nothing else of that line."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            report("discord_suggestions_failed", error)


class GatewayAway(Exception):
    """The gateway takes no connection."""


def addresses(api_url: str = "", gateway_url: str = "") -> None:
    """Set the addresses of Discord for all clients of this process; "": its usual ones."""
    Route.BASE = api_url or API
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway_url or GATEWAY)


def keep_quiet() -> None:
    """Let discord.py log nothing: its lines hold messages, and the tokens of interactions. What matters we log."""
    logging.getLogger("discord").setLevel(logging.CRITICAL)
    commands = logging.getLogger(app_commands.tree.__name__)  # it hands on no fault of suggestions, but logs it
    commands.setLevel(logging.ERROR)
    commands.propagate = False
    commands.handlers = [_Faults()]
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False


def intents_for(flags: discord.ApplicationFlags) -> discord.Intents:
    """Return the intents: servers, messages, and the contents of these if the bot's owner switched that on."""
    intents = discord.Intents(guilds=True, guild_messages=True, dm_messages=True)
    intents.message_content = flags.gateway_message_content or flags.gateway_message_content_limited
    return intents


def make_speaker() -> discord.Client:
    """Return a client that never listens: it posts, edits and fetches, once it is introduced."""
    return discord.Client(
        intents=discord.Intents.none(),
        max_messages=None,
        allowed_mentions=discord.AllowedMentions.none(),
        max_ratelimit_timeout=LONGEST_LIMIT,
    )


async def introduce(client: discord.Client, token: str) -> None:
    """Let a client learn which bot it is. Safe to repeat until it works. Raises what discord.py raises."""
    await client.http.close()
    client.http.connector = discord.utils.MISSING  # an earlier attempt closed it with its session
    try:
        await client.login(token)
    except discord.LoginFailure:
        raise
    except discord.HTTPException:
        client.http.token = token  # discord.py forgets it, and calls would go out without one
        raise


class EarmarkClient(discord.AutoShardedClient):
    """A client that listens.

    `tree` holds its commands; `calls` makes the calls that may have to wait, `answers` those that answer interactions.
    """

    def __init__(
        self,
        gateway_url: str,
        sleep: Sleep,
        settle_seconds: float,
        report: StateReport,
        sessions: Sessions,
        intents: discord.Intents,
    ) -> None:
        """`gateway_url`: address of the gateway in place of the one that Discord tells; "": none."""
        super().__init__(
            intents=intents,
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            allowed_mentions=discord.AllowedMentions.none(),
            max_ratelimit_timeout=LONGEST_LIMIT,
            guild_ready_timeout=settle_seconds,
            shard_connect_timeout=_CONNECT_SECONDS,
        )
        self.tree = Tree(self)
        self.calls = UncancellableCalls(_CALL_SECONDS)
        self.answers = Calls("Discord", explained, now, sleep)
        self._gateway = yarl.URL(gateway_url) if gateway_url else None
        self._sleep = sleep
        self._report = report
        self._sessions = sessions
        self._launching: set[int] = set()
        self._opened: dict[int, DiscordWebSocket] = {}
        """The last connection of each shard."""
        for event, parse in self._connection.parsers.items():
            self._connection.parsers[event] = partial(self._parse, event, parse)
        opened = partial(self._take_note, self._connection._update_references)
        self._connection._update_references = opened  # type: ignore[method-assign]  # called for each connection

    @property
    def number(self) -> int:
        """The bot's own id; 0 before it is logged in."""
        return self.user.id if self.user is not None else 0

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Raises SessionsUsedUp, SessionsTooFast; both end the client. Its first sessions are the gateway's matter."""
        shard = shard_id or 0
        if not initial:
            await self._sleep(_IDENTIFY_PAUSE)
        if shard not in self._launching:
            self._sessions.check_pace(shard)
            await self._sessions.check_limit()
        self._sessions.begun(shard)

    async def launch_shard(self, gateway: yarl.URL, shard_id: int, *, initial: bool = False) -> None:
        """Raises GatewayAway after the second attempt: discord.py goes on for ever, each attempt inside the last."""
        if shard_id in self._launching:
            raise GatewayAway
        self._launching.add(shard_id)
        await super().launch_shard(self._gateway or gateway, shard_id, initial=initial)
        self._launching.discard(shard_id)
        self._let_resume(shard_id)

    async def hang_up(self) -> None:
        """Close it in any state, and do not wait for a gateway that does not answer."""
        try:
            with suppress(Exception):  # the connection is to end anyway
                async with asyncio.timeout(_CLOSE_SECONDS):
                    await self.close()
        finally:
            for connection in self._opened.values():
                await _end_connection(connection)
            await self.calls.close()
            await self.http.close()

    async def on_error(self, event_method: str, /, *_args: Any, **_kwargs: Any) -> None:
        """Tell the operator of a handler's fault: discord.py only logs it, with all that was said."""
        error = sys.exc_info()[1]
        if isinstance(error, Exception):
            report(f"discord_{event_method}_failed", error)

    def _parse(self, event: str, parse: Callable[[Any], None], told: Any) -> None:
        """Let discord.py take an event. One that it cannot parse is skipped: else it would end the connection."""
        self._report.update_arrived()
        try:
            parse(told)
        except Exception as error:
            if event in _OF_SESSIONS:
                raise
            tell_of_skipped("discord_event_skipped", error, told, kind=event)

    def _take_note(self, update: Callable[[DiscordWebSocket], None], connection: DiscordWebSocket) -> None:
        self._opened[connection.shard_id or 0] = connection
        update(connection)

    def _let_resume(self, shard_id: int) -> None:
        """Let a shard resume its session as long as Discord has it: discord.py gives it up after one attempt."""
        info = self.get_shard(shard_id)
        assert info is not None, "it was just launched"
        shard = info._parent
        again = partial(_resume, shard, shard.reconnect)
        shard.reconnect = again  # type: ignore[method-assign]  # discord.py lets no one choose a shard's class

    def stay_at_proxy(self, shard_id: int) -> None:
        """Let a session be resumed where it began: else Discord says where."""
        if self._gateway is not None:
            self._get_websocket(shard_id=shard_id).gateway = self._gateway


async def _end_connection(connection: DiscordWebSocket) -> None:
    """End a connection and its thread: discord.py leaves both behind if a session is not begun to its end."""
    if connection._keep_alive is not None:
        connection._keep_alive.stop()
    with suppress(Exception):  # the connection is to end anyway
        async with asyncio.timeout(_CLOSE_SECONDS):
            await connection.socket.close()


async def _resume(shard: Shard, begin: Callable[[], Awaitable[None]]) -> None:
    """Resume a shard's session; begin another one if Discord said that it is over."""
    if shard.ws.session_id is None:
        await begin()
    else:
        await shard.reidentify(ReconnectWebSocket(shard.id, resume=True))


def tell_of_skipped(event: str, error: Exception, told: Any, **about: str) -> None:
    """Log what cannot be read by its ids. A trace would show its words."""
    found = {key: told.get(key) for key in ("id", "channel_id", "guild_id")} if isinstance(told, dict) else {}
    ids = {key: int(one) for key, one in found.items() if isinstance(one, str) and one.isdecimal()}
    log.error(event, error=type(error).__name__, **about, **ids)


class Tree(app_commands.CommandTree[EarmarkClient]):
    """Commands whose tasks are owned, and whose faults come out of `answer`."""

    def _from_interaction(self, interaction: discord.Interaction[EarmarkClient]) -> None:
        """Do nothing: the interaction comes to EventDispatch as well, which calls `answer`."""

    async def answer(self, interaction: discord.Interaction[EarmarkClient]) -> None:
        """Run the command that was used, or give its suggestions. Raises what it raises."""
        await self._call(interaction)

    async def on_error(
        self, _interaction: discord.Interaction[EarmarkClient], error: app_commands.AppCommandError, /
    ) -> None:
        raise error.original if isinstance(error, app_commands.CommandInvokeError) else error
