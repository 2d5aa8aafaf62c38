"""Messages and interactions become notes: which of them, who pays, and what is said where none can be made of one."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

import discord
import structlog

from adapters.discord.callers import caller_of
from adapters.discord.client import EarmarkClient
from adapters.discord.context import Context
from adapters.discord.errors import TooManyAtOnce
from adapters.discord.interaction_replies import give, tell_aside, words
from adapters.discord.places import ASKED_BY, TICKET_SECONDS, Place, Ticket, account_of, channel_owner, server_owner
from adapters.discord.sound import Sound, sounds_in
from bot.domain.errors import EarmarkError, NoAccess, Paused
from bot.domain.note import Note, Options
from bot.locales import error_text, locale_of, text
from bot.people.preferences import Chosen, Mode

log = structlog.get_logger()

MOST_UNFINISHED = 100
"""Notes without an end that one account may have."""
MOST_FOLLOW_UPS = 5
"""What Discord allows to an interaction where only its user has installed the bot."""
SELDOM = timedelta(seconds=10)
"""Somebody who sends a hundred texts is told once what they could send instead."""
DEFER_WITHIN = 1.5
"""Seconds that the deferral waits until the notes are written down. Discord waits for three."""
_DEFER_SECONDS = 5.0
_MOST_SAID = 1000

Change = Callable[[Options], Options]
"""What a command's own options make of those that somebody chose. May raise BadOptions."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Writer:
    """Who wrote a message, and what holds for them there."""

    account: str
    place: Place
    chosen: Chosen

    @property
    def locale(self) -> str:
        return self.place.locale


@dataclass(frozen=True, slots=True)
class Asker:
    """Whose notes are made, and what they are asked for with."""

    account: str
    group: str
    """The server that they are made in, as an identity; "" where the bot is not in it."""
    options: Options


@dataclass(frozen=True, slots=True)
class Wish:
    """The sound that is to be written down."""

    sounds: Sequence[Sound]
    message: int
    """The message that holds it."""
    is_asked: bool = True
    """Whether somebody asked for it; else it is the channel's mode."""


@dataclass(frozen=True, slots=True)
class Written:
    """What became of an interaction's notes."""

    locale: str
    taken: int
    left: int = 0
    """How many more Discord would not have taken answers for."""
    refused: str = ""
    """Why the next one was not taken."""

    def __bool__(self) -> bool:
        return self.taken > 0


class Taking:
    """One for each listening client."""

    def __init__(self, context: Context, client: EarmarkClient) -> None:
        self._context = context
        self._client = client
        self._said: OrderedDict[tuple[int, str], datetime] = OrderedDict()

    def concerns(self, message: discord.Message) -> bool:
        """Whether there may be something to do about a message. Other bots are not heard, nor are we ourselves."""
        author = message.author
        if author.bot or author.system or message.webhook_id is not None or message.is_system():
            return False
        return not server_of(message) or self._mentions_us(message) or bool(sounds_in(message))

    def is_awaited(self, message: discord.Message) -> bool:
        """Whether its author must wait for an answer, whatever the channel's mode is."""
        return not server_of(message) or self._mentions_us(message)

    def place_of(self, message: discord.Message) -> Place:
        """Where a message is answered, in the language of its server."""
        guild = server_of(message)
        locale = message.guild.preferred_locale.value if message.guild is not None else ""
        return Place(message.channel.id, message.id, guild, message.author.id, locale_of(locale), own=not guild)

    async def from_message(self, message: discord.Message) -> None:
        """Take what is wanted, or say why nothing is. The same message again is the same notes."""
        writer = await self._writer(message)
        wish = await self._wish(writer, message)
        if isinstance(wish, Wish):
            await self._take(writer, wish)
        elif wish:
            await self._say_seldom(writer, wish)

    async def from_history(self, message: discord.Message) -> None:
        """Take what was wanted while nobody listened. It is too late to say anything else."""
        writer = await self._writer(message)
        wish = await self._wish(writer, message)
        if isinstance(wish, Wish):
            await self._take(writer, wish)

    async def take(
        self,
        interaction: discord.Interaction[Any],
        sounds: Sequence[Sound],
        *,
        message: int = 0,
        private: bool = False,
        change: Change = lambda chosen: chosen,
    ) -> None:
        """Take what an interaction asks for, and promise its answer in time.

        `message`: the one that holds the sounds, 0 where they came with the command. `private`: nobody but the asker
        sees the answer.
        """
        if not sounds:
            await tell_aside(interaction, text(locale_of(interaction.locale.value), "menu-nothing"))
            return
        private = private and not interaction.context.dm_channel  # there nobody else reads
        place = self._place_in(interaction, message, private)
        writing = self._write_down(interaction, place, sounds, change)
        written = await self.promise(interaction, place, writing, several=len(sounds) > 1)
        if written.refused and not written.taken:
            await give(interaction, words(written.refused))
        elif written.refused:
            await tell_aside(interaction, written.refused)
        elif written.left:
            await tell_aside(interaction, text(written.locale, "menu-left-out", taken=written.taken))

    async def check_room(self, account: str) -> None:
        """Raises TooManyAtOnce where an account's next note would be one too many."""
        if await self._context.queries.unfinished(account) >= MOST_UNFINISHED:
            raise TooManyAtOnce(limit=MOST_UNFINISHED)

    async def promise(
        self,
        interaction: discord.Interaction[Any],
        place: Place,
        writing: Coroutine[Any, Any, T],
        *,
        several: bool = False,
    ) -> T:
        """Let notes be written down, and promise their answer in time: Discord never waits long for a slow disk.

        What is written down is true where there is something to promise. `place` must have the interaction's ticket.
        Raises what the writing raises.
        """
        task = asyncio.create_task(writing, name="discord notes")
        try:
            await asyncio.wait({task}, timeout=DEFER_WITHIN)
            if not task.done() or (task.exception() is None and task.result()):
                private = place.ticket is not None and place.ticket.private
                await self._defer(interaction, private=private, several=several)
            return await task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _wish(self, writer: Writer, message: discord.Message) -> Wish | str | None:
        """What a message wants done; else the key of what there is to say about it, None where there is nothing."""
        mode = writer.chosen.mode if writer.place.guild else Mode.AUTO
        sounds, asked = sounds_in(message), self._mentions_us(message)
        if asked and mode is Mode.OFF:
            return "mention-off"
        if sounds and (asked or mode is Mode.AUTO):
            return Wish(sounds, message.id, is_asked=asked or not writer.place.guild)
        if asked:
            return await self._wish_by_reply(message)
        if writer.place.guild:
            return None
        if message.content:
            return "direct-help"
        return "not-sound" if message.attachments or message.stickers else None

    async def _wish_by_reply(self, message: discord.Message) -> Wish | str:
        """The sound of the message that this one answers."""
        answered = await self._answered(message)
        if answered is None:
            return "mention-how"
        sounds = sounds_in(answered)
        if sounds:
            return Wish(sounds, answered.id)
        is_hidden = not (self._client.intents.message_content or answered.content or answered.attachments)
        return "mention-unseen" if is_hidden and server_of(message) else "mention-how"

    async def _answered(self, message: discord.Message) -> discord.Message | None:
        """The message that this one answers; None where it answers none, or one that cannot be seen."""
        reference = message.reference
        if reference is None or reference.type is not discord.MessageReferenceType.reply:
            return None
        if isinstance(reference.resolved, discord.Message):
            return reference.resolved
        if reference.resolved is not None or reference.message_id is None:  # it was deleted
            return None
        try:
            about = f"message {reference.message_id}"
            fetch = partial(message.channel.fetch_message, reference.message_id)
            return await self._client.calls.make(about, fetch)
        except (discord.NotFound, discord.Forbidden):
            return None

    async def _take(self, writer: Writer, wish: Wish) -> None:
        """Make notes of a message's sounds, or of those that it answers."""
        place, asking = replace(writer.place, message=wish.message), writer.place.message
        try:
            group = server_owner(place.guild) if place.guild else ""
            asker = Asker(writer.account, group, writer.chosen.options(self._context.catalog))
            for sound in wish.sounds:
                name = f"{wish.message}/{sound.number}"
                asked: dict[str, str] = {}
                if wish.message != asking:
                    name, asked = await self._another_run(writer, place, name), {ASKED_BY: str(asking)}
                if name:
                    await self._accept(asker, place, sound, name, asked)
        except NoAccess as error:
            if wish.is_asked:  # else they talk to others there, and not to us
                await self._tell_seldom(writer, error.code, error_text(writer.locale, error))
        except Paused as error:
            await self._tell_seldom(writer, error.code, error_text(writer.locale, error))
        except EarmarkError as error:
            await self._context.sender.tell(writer.place, error_text(writer.locale, error))

    async def _another_run(self, writer: Writer, place: Place, first: str) -> str:
        """What tells this note from others of the same sound; "" where it is made already.

        Others may have asked for it, or its channel's mode: whoever asks now gets an answer of their own.
        """
        asking = writer.place.message
        order = await self._context.queries.order(place.key(self._client.number, first).id)
        if order is None:
            return first
        if order.note.details.get(ASKED_BY) == str(asking):
            return ""
        standing = await self._context.queries.own(order.note.id, writer.account)
        if standing is not None and not standing.state.is_final:
            await self._context.sender.tell(writer.place, text(writer.locale, "transcribe-running"))
            return ""
        return f"{first}/ask{asking}"

    async def _write_down(
        self, interaction: discord.Interaction[Any], place: Place, sounds: Sequence[Sound], change: Change
    ) -> Written:
        """Make notes of what an interaction asks for, as many as it can be answered with."""
        caller = await caller_of(self._context, interaction)
        wanted = _answerable(interaction, sounds)
        ticket, taken, refused = place.ticket, 0, ""
        assert ticket is not None, "an interaction gives one"
        try:
            asker = Asker(caller.account, caller.group, change(caller.chosen.options(self._context.catalog)))
            for sound in wanted:
                spot = replace(place, locale=caller.locale, ticket=replace(ticket, first=taken == 0))
                await self._accept(asker, spot, sound, f"i{interaction.id}/{taken + 1}", {})
                taken += 1
        except EarmarkError as error:
            refused = error_text(caller.locale, error)
        except Exception as error:
            if not taken:
                raise
            log.error("notes_not_taken", error=type(error).__name__, taken=taken)  # noqa: TRY400  # a trace holds words
            refused = text(caller.locale, "given-up")
        return Written(caller.locale, taken, len(sounds) - len(wanted), refused)

    async def _accept(self, asker: Asker, place: Place, sound: Sound, name: str, more: dict[str, str]) -> None:
        """Raises what Intake.accept does, and TooManyAtOnce: a stranger's thousand notes must not stand before
        everybody else's."""
        place = replace(place, link=sound.link)
        key, details = place.key(self._client.number, name), place.details() | more
        note = Note(key, asker.account, sound.media, asker.options, details, asker.group)
        if await self._context.queries.standing(note.id) is not None:  # taken before, however many wait
            return
        await self.check_room(asker.account)
        await self._context.intake.accept(note)

    async def _defer(self, interaction: discord.Interaction[Any], *, private: bool, several: bool) -> None:
        """Promise the answer. Where Discord does not take the promise, the notes have other ways to be answered."""
        try:
            async with asyncio.timeout(_DEFER_SECONDS):
                await interaction.response.defer(ephemeral=private, thinking=True)
                if several:  # else Discord takes the first follow-up for this response
                    waiting = text(locale_of(interaction.locale.value), "placeholder-taken")
                    await interaction.edit_original_response(content=waiting)
        except Exception as error:  # noqa: BLE001  # the notes are worth more than their promise
            log.warning("interaction_not_deferred", error=type(error).__name__)
        finally:
            self._context.tickets.deferred(interaction.token)

    def _place_in(self, interaction: discord.Interaction[Any], message: int, private: bool) -> Place:
        until = int(self._context.clock().timestamp()) + TICKET_SECONDS
        return Place(
            channel=interaction.channel_id or 0,
            message=message,
            guild=interaction.guild_id or 0,
            asker=interaction.user.id,
            own=interaction.context.dm_channel,
            ticket=Ticket(interaction.token, until, private),
        )

    async def _writer(self, message: discord.Message) -> Writer:
        place, channel = self.place_of(message), message.channel
        chats = [channel_owner(place.channel)] if place.guild else []
        if isinstance(channel, discord.Thread):
            chats.append(channel_owner(channel.parent_id))
        server = server_owner(place.guild) if place.guild else ""
        account = account_of(place.asker)
        chosen = await self._context.preferences.of(account, *chats, server=server)
        return Writer(account, replace(place, locale=locale_of(chosen.locale or place.locale)), chosen)

    def _mentions_us(self, message: discord.Message) -> bool:
        """Whether the bot is called by name. An answer to one of its messages calls it too, where it holds sound."""
        number = self._client.number
        if f"<@{number}>" in message.content or f"<@!{number}>" in message.content:
            return True
        if any(role.tags is not None and role.tags.bot_id == number for role in message.role_mentions):
            return True
        return any(user.id == number for user in message.mentions) and bool(sounds_in(message))

    async def _say_seldom(self, writer: Writer, key: str) -> None:
        await self._tell_seldom(writer, key, text(writer.locale, key, megabytes=round(self._context.megabytes)))

    async def _tell_seldom(self, writer: Writer, key: str, words: str) -> None:
        now, which = self._context.clock(), (writer.place.channel, key)
        if which in self._said and now - self._said[which] < SELDOM:
            return
        self._said[which] = now
        self._said.move_to_end(which)
        if len(self._said) > _MOST_SAID:
            self._said.popitem(last=False)
        try:
            await self._context.sender.tell(writer.place, words)
        except BaseException:  # it was not said
            self._said.pop(which, None)
            raise


def server_of(message: discord.Message) -> int:
    """The server that a message was written in; 0: the bot's own chat with somebody.

    The channel may be one that the client does not know yet: it is never taken for somebody's own chat.
    """
    if message.guild is not None:
        return message.guild.id
    channel = message.channel
    return (channel.guild_id or 0) if isinstance(channel, discord.PartialMessageable) else 0


def _answerable(interaction: discord.Interaction[Any], sounds: Sequence[Sound]) -> Sequence[Sound]:
    """As many as Discord takes answers for; the last follow-up is kept for the sentence that tells of the others."""
    is_users_alone = interaction.is_user_integration() and not interaction.is_guild_integration()
    if not is_users_alone or len(sounds) <= 1 + MOST_FOLLOW_UPS:
        return sounds
    return sounds[:MOST_FOLLOW_UPS]
