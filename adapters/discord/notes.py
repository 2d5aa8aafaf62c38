"""Messages and interactions of Discord as the conversation understands them, and where each is answered."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

import discord
import structlog

from adapters.discord.client import EarmarkClient
from adapters.discord.context import FEATURES, Context, caller_of, chats_of, taken_in
from adapters.discord.files import Recording, sounds_in
from adapters.discord.interaction_replies import acknowledge, give, give_aside
from adapters.discord.pages import REPLY, fitting, plain
from adapters.discord.places import PLATFORM, Place, account_of, server_owner
from adapters.discord.sending import Draft
from bot.chat.caller import Caller, Capabilities, Scope
from bot.chat.core import ChatCore
from bot.chat.incoming import Hints, Incoming, Saying, Sender, Sound, accept, answer_there, take
from bot.chat.replies import Reply
from bot.chat.seldom import Seldom
from bot.chat.update_handling import Arrival
from bot.chat.user_commands import typed
from bot.domain.errors import EarmarkError
from bot.domain.note import Options
from bot.locales import error_text, locale_of, text
from bot.people.preferences import Mode

log = structlog.get_logger()

MOST_FOLLOW_UPS = 5
"""Follow-ups that Discord allows to an interaction if only its user has installed the bot."""
UPLOAD_MEGABYTES = 10
"""Largest file that every user of Discord can send."""
DEFER_WITHIN = 1.5
"""Seconds that the deferral waits until the notes are written down. Discord waits for three."""
_DEFER_SECONDS = 5.0
_LARGEST_ANSWER = 10_000_000
"""Bytes of a file that an operator is sent."""

Change = Callable[[Options], Options]
"""Puts a command's own options in the place of those that its user chose. May raise BadOptions."""
Answer = Callable[[ChatCore, Caller], Awaitable[Reply]]
"""Answers an operator's command."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Written:
    """Outcome of taking an interaction's recordings."""

    locale: str
    taken: int
    left: int = 0
    """Recordings that Discord would not have taken answers for."""
    refused: Saying | None = None
    """The sentence that tells why the next one was not taken."""

    def __bool__(self) -> bool:
        return self.taken > 0


class Taking:
    """One for each listening client."""

    def __init__(self, context: Context, client: EarmarkClient) -> None:
        self._context = context
        self._client = client
        self._seldom = Seldom(context.core.clock)
        direct = "direct-help-nitro" if context.megabytes > UPLOAD_MEGABYTES else "direct-help"
        megabytes = min(context.megabytes, UPLOAD_MEGABYTES)
        self._hints = Hints("mention-how", "mention-off", direct, "not-sound", megabytes)

    def concerns(self, message: discord.Message) -> bool:
        """Return True if a message may have to be answered. Other bots are not heard, nor is the bot itself."""
        author = message.author
        if author.bot or author.system or message.webhook_id is not None or message.is_system():
            return False
        return not server_of(message) or self._mentions_us(message) or bool(sounds_in(message))

    def is_awaited(self, message: discord.Message) -> bool:
        """Return True if its author waits for an answer, whatever the channel's mode is."""
        return not server_of(message) or self._mentions_us(message)

    def place_of(self, message: discord.Message) -> Place:
        """Return the place where a message is answered, in the language of its server."""
        guild = server_of(message)
        locale = message.guild.preferred_locale.value if message.guild is not None else ""
        return Place(message.channel.id, message.id, guild, message.author.id, locale_of(locale), own=not guild)

    async def receive(self, message: discord.Message, hints: Hints | None = None) -> None:
        """Take what is wanted, or say why nothing is; the same message again is the same notes.

        `hints`: None for the bot's usual ones; others are given for a message that is read late.
        """
        incoming, place = await self._incoming(message, self._hints if hints is None else hints)
        command = await typed(self._context.core, incoming.sender.account, message.content) if not place.guild else None
        if command is not None:
            await self._obey(incoming, place, message, command.answer if hints is None else command.answer_late)
            return
        for saying in await take(self._context.core, incoming):
            tell = partial(self._context.sender.tell, place, saying.page, self._context.views.of(saying.buttons))
            await self._seldom.say(str(place.channel), saying.seldom, tell)

    async def _obey(self, incoming: Incoming, place: Place, message: discord.Message, answer: Answer) -> None:
        """Answer a command of an operator's, unless it was answered before."""
        commands = self._context.typed
        await commands.keep([Arrival(message.id, {})])
        if await commands.begin(message.id):
            reply = await answer(self._context.core, self._operator(incoming.sender, message))
            await self._context.sender.post(place, Draft(fitting(reply.page), nonce=f"op{message.id}"))
            await commands.done(message.id)

    def _operator(self, sender: Sender, message: discord.Message) -> Caller:
        me = self._client.user
        name = me.name if me is not None else ""
        return Caller(
            account=sender.account,
            locale=sender.locale,
            chosen=sender.chosen,
            private=True,
            group="",
            scopes=(Scope("own", sender.account, "settings-own", user=sender.account),),
            ref=f"{PLATFORM}:{message.id}",
            can=Capabilities(name, name, _LARGEST_ANSWER, REPLY, menus=True, features=FEATURES),
        )

    async def take(
        self,
        interaction: discord.Interaction[Any],
        sounds: Sequence[Recording],
        *,
        message: int = 0,
        private: bool = False,
        change: Change = lambda chosen: chosen,
    ) -> None:
        """Take what an interaction asks for, and promise its answer in time.

        `message`: the one that holds the sounds, 0 if they came with the command. `private`: if true, the asker alone
        sees the answer.
        """
        if not sounds:
            await give_aside(interaction, plain(text(locale_of(interaction.locale.value), "menu-nothing")))
            return
        private = private and not interaction.context.dm_channel  # only the user reads there
        place = taken_in(self._context, interaction, message, private=private)
        writing = self._write_down(interaction, place, sounds, change)
        written = await self.promise(interaction, place, writing, several=len(sounds) > 1)
        if written.refused is not None and not written.taken:
            await give(interaction, fitting(written.refused.page))
        elif written.refused is not None:
            await give_aside(interaction, fitting(written.refused.page))
        elif written.left:
            await give_aside(interaction, plain(text(written.locale, "menu-left-out", taken=written.taken)))

    async def promise(
        self,
        interaction: discord.Interaction[Any],
        place: Place,
        writing: Coroutine[Any, Any, T],
        *,
        several: bool = False,
    ) -> T:
        """Let notes be written down, and promise their answer in time: Discord never waits long for a slow disk.

        The result of `writing` is true if there is something to promise. `place` must have the interaction's ticket.
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

    async def _incoming(self, message: discord.Message, hints: Hints) -> tuple[Incoming, Place]:
        """Return a message for the conversation, and where there is an answer to it."""
        sender, place = await self._sender_of(message)
        mode = sender.chosen.mode if place.guild else Mode.AUTO
        sounds, is_asking = sounds_in(message), self._mentions_us(message)
        answered = await self._answered(message) if is_asking and not sounds and mode is not Mode.OFF else None
        if answered is not None and hints.how and place.guild and self._is_hidden(answered):
            hints = replace(hints, how="mention-unseen")
        incoming = Incoming(
            sender=sender,
            message=str(message.id),
            mode=mode,
            sounds=self._sounds(place, message),
            pointed_at=self._sounds(place, answered, is_others=True) if answered is not None else (),
            is_asking=is_asking,
            is_direct=not place.guild,
            has_text=bool(message.content),
            has_files=bool(message.attachments or message.stickers),
            hints=hints,
        )
        return incoming, place

    def _sounds(self, place: Place, message: discord.Message, *, is_others: bool = False) -> Sequence[Sound]:
        """Return a message's recordings as what can become notes, answered under that message."""
        under = replace(place, message=message.id)
        sounds = [self._sound(under, one, f"{message.id}/{one.number}") for one in sounds_in(message)]
        is_own_voice = message.flags.voice and not message.message_snapshots
        return [replace(one, is_own_voice=is_own_voice, is_others=is_others) for one in sounds]

    def _sound(self, place: Place, recording: Recording, name: str) -> Sound:
        place = replace(place, link=recording.link)
        return Sound(recording.media, place.key(self._client.number, name), place.details())

    def _is_hidden(self, answered: discord.Message) -> bool:
        """Return True if Discord shows nothing of a message, because the bot was not granted what messages say."""
        return not (self._client.intents.message_content or answered.content or answered.attachments)

    async def _answered(self, message: discord.Message) -> discord.Message | None:
        """Return the message that this one answers; None if it answers none, or one that cannot be seen."""
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

    async def _write_down(
        self, interaction: discord.Interaction[Any], place: Place, sounds: Sequence[Recording], change: Change
    ) -> Written:
        """Make notes of what an interaction asks for, as many as it can be answered with."""
        caller = await caller_of(self._context, interaction)
        wanted = _answerable(interaction, sounds)
        ticket, taken, refused = place.ticket, 0, None
        assert ticket is not None, "an interaction gives one"
        sender = Sender(caller.account, caller.locale, caller.chosen, caller.group)
        try:
            options = change(caller.chosen.options(self._context.core.catalog))
            if len(wanted) == 1 and not place.private:
                sound = self._sound(place, wanted[0], f"i{interaction.id}/1")
                there = await answer_there(self._context.core, caller.locale, sound, options)
                if there is not None:
                    return Written(caller.locale, 0, refused=there)
            for one in wanted:
                spot = replace(place, locale=caller.locale, ticket=replace(ticket, first=taken == 0))
                sound = self._sound(spot, one, f"i{interaction.id}/{taken + 1}")
                await accept(self._context.core, sender, sound, options)
                taken += 1
        except EarmarkError as error:
            refused = Saying(error_text(caller.locale, error))
        except Exception as error:
            if not taken:
                raise
            log.error("notes_not_taken", error=type(error).__name__, taken=taken)  # noqa: TRY400  # a trace holds words
            refused = Saying(text(caller.locale, "given-up"))
        return Written(caller.locale, taken, len(sounds) - len(wanted), refused)

    async def _defer(self, interaction: discord.Interaction[Any], *, private: bool, several: bool) -> None:
        """Promise the answer. Where Discord does not take the promise, the notes have other ways to be answered."""
        try:
            async with asyncio.timeout(_DEFER_SECONDS):
                await acknowledge(interaction, private=private, thinking=True)
                if several:  # else Discord takes the first follow-up for this response
                    waiting = text(locale_of(interaction.locale.value), "placeholder-taken")
                    await interaction.edit_original_response(content=waiting)
        except Exception as error:  # noqa: BLE001  # the notes are worth more than their promise
            log.warning("interaction_not_deferred", error=type(error).__name__)
        finally:
            self._context.posting.deferred(interaction.token)

    async def _sender_of(self, message: discord.Message) -> tuple[Sender, Place]:
        place = self.place_of(message)
        chats = chats_of(place.channel, message.channel) if place.guild else ()
        server = server_owner(place.guild)
        account = account_of(place.asker)
        chosen = await self._context.core.preferences.of(account, *chats, server=server)
        locale = locale_of(chosen.locale or place.locale)
        return Sender(account, locale, chosen, server), replace(place, locale=locale)

    def _mentions_us(self, message: discord.Message) -> bool:
        """Return True if the bot is called by name. An answer to its message calls it too, if that holds sound."""
        number = self._client.number
        if f"<@{number}>" in message.content or f"<@!{number}>" in message.content:
            return True
        if any(role.tags is not None and role.tags.bot_id == number for role in message.role_mentions):
            return True
        return any(user.id == number for user in message.mentions) and bool(sounds_in(message))


def server_of(message: discord.Message) -> int:
    """Return the server that a message was written in; 0: the bot's own chat with a user.

    The channel may be one that the client does not know yet: it is never taken for a user's own chat.
    """
    if message.guild is not None:
        return message.guild.id
    channel = message.channel
    return (channel.guild_id or 0) if isinstance(channel, discord.PartialMessageable) else 0


def _answerable(interaction: discord.Interaction[Any], sounds: Sequence[Recording]) -> Sequence[Recording]:
    """Return as many as Discord takes answers for; one follow-up is kept for the sentence that tells of the others."""
    is_users_alone = interaction.is_user_integration() and not interaction.is_guild_integration()
    if not is_users_alone or len(sounds) <= 1 + MOST_FOLLOW_UPS:
        return sounds
    return sounds[:MOST_FOLLOW_UPS]
