"""Events of Discord are handled, each in a task of its own, and what was not heard is read afterwards."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any

import discord
import structlog

from adapters.discord.backfill import Backfill
from adapters.discord.buttons import on_press
from adapters.discord.client import EarmarkClient
from adapters.discord.context import Context
from adapters.discord.interaction_replies import be_impatient, give
from adapters.discord.notes import Taking
from adapters.discord.pages import plain
from adapters.discord.places import Place
from adapters.discord.slash import add_commands
from bot.chat.hearing import Hearing
from bot.chat.incoming import Hints, cancel_deleted
from bot.chat.listening import StateReport
from bot.chat.pages import Page
from bot.chat.presses import failed
from bot.domain.errors import EarmarkError, Undelivered
from bot.locales import locale_of, text
from bot.support.remembered import Bounded
from bot.support.retry import Sleep
from bot.support.tracebacks import report

log = structlog.get_logger()

HANDLER_SECONDS = 60.0
MESSAGES_AT_ONCE = 64
PAUSES = (1.0, 5.0)
"""Seconds before each further attempt to take a message."""
MOST_DELETED = 1000
_BY_PRESSES = frozenset({discord.InteractionType.component, discord.InteractionType.modal_submit})
_EVENTS = (
    *("on_message", "on_raw_message_delete", "on_raw_bulk_message_delete"),
    *("on_interaction", "on_guild_join", "on_guild_available"),
    *("on_shard_connect", "on_shard_ready", "on_shard_resumed", "on_shard_disconnect"),
)
"""Names under which a client of discord.py looks for its handlers."""

Take = Callable[[discord.Message], Awaitable[None]]


class EventDispatch:
    """Handlers of one listening client's events. The task group given owns all tasks."""

    def __init__(
        self, context: Context, client: EarmarkClient, tasks: asyncio.TaskGroup, report: StateReport, sleep: Sleep
    ) -> None:
        self._context = context
        self._report = report
        self._client = client
        self._tasks = tasks
        self._sleep = sleep
        self._taking = Taking(context, client)
        self._turns = asyncio.Semaphore(MESSAGES_AT_ONCE)
        self._ended = False
        self._deleted: Bounded[int, None] = Bounded(MOST_DELETED)
        """Messages that were deleted a moment ago."""
        backfill = Backfill(context, client, self._hear_late, sleep)
        self.hearing = Hearing(backfill, context.heard, context.core.clock, tasks, sleep)

    async def begin(self, begun: Callable[[], None]) -> None:
        """Give the client its commands and the handlers of its events, before it connects.

        `begun` is called whenever a session began.
        """
        self._begun = begun
        await add_commands(self._client.tree, self._context, self._taking)
        for event in _EVENTS:
            setattr(self._client, event, getattr(self, event))

    def end(self) -> None:
        """Hear nothing any more. What was heard is handled all the same."""
        self._ended = True
        self.hearing.end()

    async def on_message(self, message: discord.Message) -> None:
        if self._taking.concerns(message):
            self._begin(partial(self._hear, message), f"discord message {message.id}")

    async def on_raw_message_delete(self, deleted: discord.RawMessageDeleteEvent) -> None:
        self._begin_deletion(deleted.channel_id, deleted.message_id)

    async def on_raw_bulk_message_delete(self, deleted: discord.RawBulkMessageDeleteEvent) -> None:
        for message in deleted.message_ids:
            self._begin_deletion(deleted.channel_id, message)

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        be_impatient(interaction)
        self._begin(partial(self._answer, interaction), f"discord interaction {interaction.id}")

    async def on_guild_join(self, guild: discord.Guild) -> None:
        greeting = partial(self._attempt, _greet, self._context, guild, fault="server_not_greeted", server=guild.id)
        self._begin(greeting, f"discord server {guild.id}")

    async def on_guild_available(self, guild: discord.Guild) -> None:
        self.hearing.read_again(guild.shard_id)

    async def on_shard_connect(self, shard: int) -> None:
        self._client.stay_at_proxy(shard)
        self._begun()
        self.hearing.begun(shard)
        self._report_connection()

    async def on_shard_ready(self, shard: int) -> None:
        self.hearing.ready(shard)

    async def on_shard_resumed(self, shard: int) -> None:
        self.hearing.resumed(shard)
        self._report_connection()

    async def on_shard_disconnect(self, shard: int) -> None:
        log.info("discord_connection_lost", shard=shard)
        self.hearing.lost(shard)
        self._report.lost()

    def _report_connection(self) -> None:
        if self.hearing.is_connected and not self._ended:
            self._report.connected()

    def _begin(self, do: Callable[[], Coroutine[Any, Any, object]], name: str) -> None:
        """Begin a task, unless it is too late: a client that is closing may still tell of something."""
        if not self._ended:
            self._tasks.create_task(do(), name=name)

    def _begin_deletion(self, channel: int, message: int) -> None:
        self._deleted[message] = None
        self._begin(partial(self._cancel, channel, message), f"discord deletion {message}")

    async def _cancel(self, channel: int, message: int) -> None:
        """Cancel the notes of a message that was deleted."""
        key = Place(channel).key(self._client.number, str(message))
        async with self._turns:
            await self._attempt(cancel_deleted, self._context.core, key, fault="deletion_missed", message=message)

    async def _hear(self, message: discord.Message) -> None:
        if not await self._take(message, self._taking.receive):
            self.hearing.not_taken(message.guild.shard_id if message.guild is not None else 0)
        if message.id in self._deleted:  # its notes were not written down yet
            await self._cancel(message.channel.id, message.id)

    async def _hear_late(self, message: discord.Message) -> bool:
        """Take what was wanted while the bot was away. It is too late for hints."""
        try:
            concerns = self._taking.concerns(message)
        except Exception as error:  # noqa: BLE001  # a message that is hard to read keeps no other from being read
            report("message_failed", error, message=message.id)
            return True
        return not concerns or await self._take(message, partial(self._taking.receive, hints=Hints()))

    async def _take(self, message: discord.Message, take: Take) -> bool:
        """Take a message's recordings; again after a fault, since the same message is the same notes.

        Returns True if that worked, or its author knows that it did not.
        """
        for pause in (0.0, *PAUSES):
            await self._sleep(pause)
            async with self._turns:
                if await self._attempt(_try_to_take, take, message, fault="message_failed", message=message.id):
                    return True
        return self._taking.is_awaited(message) and await self._apologise(message)

    async def _apologise(self, message: discord.Message) -> bool:
        place = self._taking.place_of(message)
        sorry = Page(text(place.locale, "given-up"))
        tell, fault = self._context.sender.tell, "message_given_up_silently"
        return await self._attempt(tell, place, sorry, fault=fault, message=message.id)

    async def _attempt(self, do: Callable[..., Awaitable[object]], *given: object, fault: str, **about: int) -> bool:
        """Return True if it worked. A fault is only reported: the next event has its turn."""
        try:
            async with asyncio.timeout(HANDLER_SECONDS):
                await do(*given)
        except Exception as error:  # noqa: BLE001  # any fault
            report(fault, error, **about)
            return False
        return True

    async def _answer(self, interaction: discord.Interaction[Any]) -> None:
        locale = locale_of(interaction.locale.value)
        try:
            async with asyncio.timeout(HANDLER_SECONDS):
                if interaction.type in _BY_PRESSES:
                    await on_press(self._context, self._taking, interaction)
                else:
                    await self._client.tree.answer(interaction)
        except EarmarkError as error:
            await self._tell(interaction, failed(locale, "Discord", error))
        except Exception as error:  # noqa: BLE001  # any fault: the user must know
            report("interaction_failed", error, interaction=interaction.id)
            await self._tell(interaction, text(locale, "given-up"))

    async def _tell(self, interaction: discord.Interaction[Any], sentence: str) -> None:
        if interaction.type is not discord.InteractionType.autocomplete:  # suggestions cannot tell anything
            fault = "interaction_given_up_silently"
            await self._attempt(give, interaction, plain(sentence), fault=fault, interaction=interaction.id)


async def _try_to_take(take: Take, message: discord.Message) -> None:
    try:
        await take(message)
    except Undelivered:  # its author cannot be told either
        log.info("message_without_answer", message=message.id)


async def _greet(context: Context, guild: discord.Guild) -> None:
    """Tell a server that the bot joined how it is used and set up, if there is a channel where the bot may write."""
    channel = _channel_for_news(guild)
    if channel is not None:
        locale = locale_of(guild.preferred_locale.value)
        await context.sender.tell(Place(channel.id, guild=guild.id, locale=locale), Page(text(locale, "server-hello")))


def _channel_for_news(guild: discord.Guild) -> discord.TextChannel | None:
    """Return the channel for such news, else the first; None if the bot may write in none."""
    first = [guild.system_channel] if guild.system_channel is not None else []
    for channel in [*first, *guild.text_channels]:
        rights = channel.permissions_for(guild.me)
        if rights.view_channel and rights.send_messages:
            return channel
    return None
