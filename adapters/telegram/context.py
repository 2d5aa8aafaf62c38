"""All that the handlers of Telegram's updates may reach, and the user who asks, with what holds for them there."""

from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from telegram import Chat, Message, Update, User
from telegram.ext import ExtBot

from adapters.telegram.places import PLATFORM, Handle, Place, account_of
from adapters.telegram.rights import Rights
from adapters.telegram.sending import Sender
from bot.chat.caller import Caller as Asker
from bot.chat.caller import Capabilities, RepliedTo, Scope
from bot.chat.core import ChatCore
from bot.chat.delivery import Delivery
from bot.domain.money import Micros
from bot.locales import locale_of
from bot.people.preferences import Chosen

Handler = Callable[[Update, object], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True)
class Context:
    """Made when the platform listens."""

    bot: "ExtBot[None]" = field(repr=False)  # its repr shows the token
    me: User
    """The bot itself, with what it may read and join."""
    rights: Rights
    sender: Sender
    adapter: Delivery
    core: ChatCore
    can: Capabilities
    star: Micros | None = None
    """Worth that one Telegram Star adds to a balance; None: nothing can be paid."""
    megabytes: float = 20
    """The largest file that can be fetched."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A user in a chat, or a chat that speaks for itself, as through an anonymous admin or a channel."""

    user: int
    place: Place
    chosen: Chosen
    language: str | None = None
    """Language of the user's app."""
    name: str = ""
    """Name that Telegram shows of the user."""

    @property
    def account(self) -> str:
        return account_of(self.user)

    @property
    def locale(self) -> str:
        return self.place.locale


async def caller_of(context: Context, message: Message, user: User | None) -> Caller:
    """Return the user who wrote a message, or pressed a button under one."""
    chat = message.chat
    private = chat.type == Chat.PRIVATE
    asker = _speaker(message, user)
    chosen = await context.core.preferences.of(account_of(asker), "" if private else account_of(chat.id))
    language = user.language_code if user is not None else None
    thread = message.message_thread_id if message.is_topic_message else None
    place = Place(
        chat.id,
        message.message_id,
        thread,
        locale=locale_of(chosen.locale or language),
        asker=asker,
        private=private,
        direct=direct_topic_of(message),
    )
    return Caller(asker, place, chosen, language, "" if user is None else user.full_name)


def asker_of(context: Context, caller: Caller, message: Message, *, may_change: bool) -> Asker:
    """Return the caller as the conversation knows them; `may_change`: if they are an admin of the chat."""
    place, answered = caller.place, message.reply_to_message
    chat = account_of(place.chat)
    if place.private:
        scope = Scope("own", caller.account, "settings-own", user=caller.account)
    else:
        scope = Scope("chat", chat, "settings-chat", chats=(chat,), may_change=may_change, refusal="press-admins-only")
    return Asker(
        account=caller.account,
        locale=caller.locale,
        chosen=caller.chosen,
        private=place.private,
        group=place.group,
        scopes=(scope,),
        ref=f"{PLATFORM}:{place.chat}:{place.message}",
        can=context.can,
        language=caller.language,
        chat=str(place.chat),
        replied_to=_replied_to(answered) if answered is not None else None,
        name=caller.name,
    )


def direct_topic_of(message: Message) -> int:
    """Return the topic of a message among a channel's direct messages; 0 for every other message."""
    topic = message.direct_messages_topic
    return 0 if topic is None else topic.topic_id


def message_in(update: Update) -> Message:
    """Return the message of an update that has one."""
    message = update.effective_message
    assert message is not None, "handlers are asked for updates with a message only"
    return message


def _replied_to(message: Message) -> RepliedTo:
    handle = Handle(message.chat.id, message.message_id, message.business_connection_id or "")
    return RepliedTo(str(message.message_id), str(handle))


def _speaker(message: Message, user: User | None) -> int:
    """Return the id of the user, or of the chat that they write as: the group itself, or a channel.

    A button is pressed under the bot's own message, by its presser.
    """
    if user is not None and user != message.from_user:
        return user.id
    spoken_for = message.sender_chat or (message.chat if user is None else user)
    return spoken_for.id


def bound(context: Context, handle: Callable[[Context, Update], Awaitable[None]]) -> Handler:
    """Return a handler of updates as python-telegram-bot calls it."""

    async def called(update: Update, _context: object) -> None:
        await handle(context, update)

    return called
