"""The connection to Discord, which is kept for ever.

A start without network is a start all the same: Discord is asked until it answers. Discord keeps events for a session
that breaks off, for some minutes; what was said between two sessions is read afterwards (backfill.py).
"""

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path

import aiohttp
import discord
import structlog
from discord.gateway import ReconnectWebSocket

from adapters.discord.client import EarmarkClient, GatewayAway, intents_for, introduce
from adapters.discord.context import Context
from adapters.discord.event_dispatch import EventDispatch
from adapters.discord.sessions import Sessions, SessionsTooFast, SessionsUsedUp
from adapters.discord.slash import CommandsRefused, tell_commands
from bot.chat.listening import StateReport
from bot.chat.update_handling import purge
from bot.domain.errors import BadSettings, OperatorError
from bot.domain.ports import Clock
from bot.support.cancellation import cancellations, end_tasks
from bot.support.retry import Backoff, Sleep, Trouble
from bot.support.task_group import task_group

log = structlog.get_logger()

LONGEST_PAUSE = 60.0
UNKNOWN_TOKEN_PAUSE = 300.0
"""Only the operator can help, and Discord counts calls with a wrong token."""
REFUSED_PAUSE = 3600.0
"""Only another release, or another Discord, helps."""
LONGEST_SESSION_PAUSE = 300.0
_BAD_TOKEN, _UNAUTHORIZED = 4004, 401
AWAY = (
    OSError,
    aiohttp.ClientError,
    discord.HTTPException,
    discord.GatewayNotFound,
    discord.ConnectionClosed,
    GatewayAway,
    ReconnectWebSocket,
)
"""Errors that say no more than that Discord is not to be reached just now. TimeoutError is an OSError."""
UNKNOWN_TOKEN = "Discord does not know EARMARK_DISCORD_TOKEN: look at Bot in the developer portal"  # noqa: S105

_INTENT = (
    "for channels where every recording is transcribed, switch the Message Content intent on: developer portal, Bot; "
    "all else works without it"
)

_STORM = "sessions end soon after they begin: look for the errors before, and for other programs with this token"
_OLD_COMMANDS = "users see the commands that were taken last, or none"

MakeContext = Callable[[int], Context]
"""Takes the bot's own id."""


class DiscordDown(OperatorError):
    """Discord does not answer."""


class Gateway:
    """A bot that listens, by one client after another."""

    def __init__(
        self,
        speaker: discord.Client,
        token: str,
        make_context: MakeContext,
        make_client: Callable[[StateReport, Sessions, discord.Intents], EarmarkClient],
        told_commands: Path,
        report: StateReport,
        clock: Clock,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """`speaker` is introduced here if it was not yet; `told_commands` is the file of the commands Discord knows."""
        self._speaker = speaker
        self._token = token
        self._make_context = make_context
        self._make_client = make_client
        self._told_commands = told_commands
        self._sleep = sleep
        self._report = report
        self._sessions = Sessions(speaker, report, clock)
        self._unreached = backoff(sleep)
        self._failed_sessions = backoff(sleep, LONGEST_SESSION_PAUSE)
        self._refused_commands = backoff(sleep)
        """One over all clients: the operator reads once of commands that Discord refuses."""
        self._without_words = False
        """If true, Discord refused the Message Content intent, whatever the application's flags say."""
        self._sees_words = True
        """If false, the operator was told that Discord hides the contents of messages."""
        self._dispatch: EventDispatch | None = None
        self.listening = asyncio.Event()
        """Set once Discord has told of anything at all."""

    @property
    def hears(self) -> bool:
        """Return True if all is heard, and nothing is missing of what was said before."""
        return self._dispatch is not None and self._dispatch.hearing.hears

    async def run(self) -> None:
        """Listen until it is cancelled; no known fault ends it."""
        if self._speaker.application is None:
            await self._unreached.retry(lambda: introduce(self._speaker, self._token))
        assert self._speaker.user is not None, "whoever is introduced has a name"
        context = self._make_context(self._speaker.user.id)
        async with task_group() as tasks:
            tasks.create_task(backoff(self._sleep).retry(context.mover.watch), name="discord interactions")
            tasks.create_task(purge(context.typed, context.core.clock), name="discord purge")
            while True:
                await self._listen_once(context, tasks)

    async def _listen_once(self, context: Context, tasks: asyncio.TaskGroup) -> None:
        """Run one client, and wait after its end as long as its fault asks for.

        A session that began is one less of the day, so the pauses after it grow further; they begin anew only after
        one that was good for minutes.
        """
        before = cancellations()
        begun = self._sessions.number
        try:
            await self._listen(context, tasks)
        except Exception as error:  # whatever it is, the next client may do better
            if cancellations() > before:  # the error took the place of the CancelledError
                raise asyncio.CancelledError from error
            if self._sessions.number == begun or isinstance(error, SessionsUsedUp):
                return await self._unreached.wait_out(error)
            self._unreached.are_over()
            if self._sessions.is_settled:
                self._failed_sessions.are_over()
            await self._failed_sessions.wait_out(error)

    async def _listen(self, context: Context, tasks: asyncio.TaskGroup) -> None:
        """Run one client from its login to its end. Raises what ended it."""
        intents = intents_for((await self._speaker.application_info()).flags)
        await self._sessions.check_limit()
        intents.message_content = intents.message_content and not self._without_words
        client = self._make_client(self._report, self._sessions, intents)
        self._dispatch = dispatch = EventDispatch(context, client, tasks, self._report, self._sleep)
        telling = None
        try:
            await dispatch.begin(partial(self._begun, client))
            await client.login(self._token)
            telling = tasks.create_task(self._refused_commands.retry(partial(self._tell_commands, client)))
            await _connected(client, dispatch)
        except discord.PrivilegedIntentsRequired:
            self._without_words = True
        finally:
            self._dispatch = None
            self._report.lost()
            dispatch.end()
            if telling is not None:
                telling.cancel()
            await client.hang_up()

    async def _tell_commands(self, client: EarmarkClient) -> None:
        try:
            await tell_commands(client.tree, self._speaker.application_id or 0, self._told_commands)
        except CommandsRefused:
            self._report.commands_refused()
            raise
        self._report.commands_synced()

    def _begun(self, client: EarmarkClient) -> None:
        if self._sees_words and not client.intents.message_content:
            log.warning("discord_hides_messages", hint=_INTENT)
        self._sees_words = client.intents.message_content
        self.listening.set()


async def _connected(client: EarmarkClient, dispatch: EventDispatch) -> None:
    """Raise what ended the connection; GatewayAway if it just ended, or stayed away for long."""
    connecting = asyncio.create_task(client.connect(), name="discord gateway")
    giving_up = asyncio.create_task(dispatch.hearing.gave_up(), name="discord patience")
    try:
        await asyncio.wait({connecting, giving_up}, return_when=asyncio.FIRST_COMPLETED)
        if connecting.done():
            connecting.result()
        raise GatewayAway
    finally:
        await end_tasks(connecting, giving_up)  # discord.py swallows a cancellation while it resumes a session


async def introduce_in_time(client: discord.Client, token: str, seconds: float) -> None:
    """Ask Discord who the bot is. Raises BadSettings if it does not know, and DiscordDown if it does not answer."""
    try:
        async with asyncio.timeout(seconds):
            await introduce(client, token)
    except discord.LoginFailure:
        raise BadSettings(reason=UNKNOWN_TOKEN) from None
    except AWAY:
        raise DiscordDown from None


def backoff(sleep: Sleep, longest: float = LONGEST_PAUSE) -> Backoff:
    """Return pauses for Discord's troubles."""
    return Backoff("discord_connection_failed", _explained, sleep, longest)


def _explained(error: Exception) -> Trouble | None:
    """Return the meaning of an error of discord.py's; None for a fault of the program."""
    if _is_about_the_token(error):
        hint = "look at EARMARK_DISCORD_TOKEN"
        return Trouble("discord_does_not_know_the_token", hint, _code(error), UNKNOWN_TOKEN_PAUSE)
    if isinstance(error, SessionsUsedUp):
        return Trouble("discord_sessions_used_up", _STORM, seconds=error.seconds)
    if isinstance(error, SessionsTooFast):
        return Trouble("discord_sessions_too_fast", _STORM)
    if isinstance(error, CommandsRefused):
        return Trouble("discord_commands_refused", _OLD_COMMANDS, error.code, REFUSED_PAUSE, str(error))
    return Trouble("discord_not_reached", code=_code(error)) if isinstance(error, AWAY) else None


def _is_about_the_token(error: Exception) -> bool:
    if isinstance(error, discord.HTTPException):
        return error.status == _UNAUTHORIZED
    return isinstance(error, discord.LoginFailure) or _code(error) == _BAD_TOKEN


def _code(error: Exception) -> int:
    """Return Discord's own number of the error; 0 if it has none."""
    return error.code if isinstance(error, (discord.ConnectionClosed, discord.HTTPException)) else 0
