"""Who asks for something, where, and what they chose."""

from dataclasses import dataclass

from telegram import Chat, Message, Update, User

from adapters.telegram.context import Context
from adapters.telegram.places import Place, account_of
from bot.locales import locale_of
from bot.people.preferences import Chosen


@dataclass(frozen=True, slots=True)
class Caller:
    """A person in a chat, or a chat that speaks for itself, as through an anonymous admin or a channel."""

    user: int
    place: Place
    chosen: Chosen

    @property
    def account(self) -> str:
        return account_of(self.user)

    @property
    def owner(self) -> str:
        """Whose choices are changed here: the person's own, or those of a chat of several."""
        return self.account if self.place.private else account_of(self.place.chat)

    @property
    def locale(self) -> str:
        return self.place.locale


async def caller_of(context: Context, message: Message, user: User | None) -> Caller:
    """Who wrote a message, or pressed a button under one."""
    chat = message.chat
    private = chat.type == Chat.PRIVATE
    asker = _asker(message, user)
    chosen = await context.preferences.of(account_of(asker), "" if private else account_of(chat.id))
    locale = locale_of(chosen.locale or (user.language_code if user is not None else None))
    thread = message.message_thread_id if message.is_topic_message else None
    return Caller(
        asker, Place(chat.id, message.message_id, thread, locale=locale, asker=asker, private=private), chosen
    )


def message_in(update: Update) -> Message:
    """The message of an update that has one."""
    message = update.effective_message
    assert message is not None, "handlers are asked for updates with a message only"
    return message


def _asker(message: Message, user: User | None) -> int:
    """Who asks: a person, or the chat that they write as: the group itself, or a channel in it or of its own.

    A button is pressed under the bot's own message, by its presser.
    """
    if user is not None and user != message.from_user:
        return user.id
    spoken_for = message.sender_chat or (message.chat if user is None else user)
    return spoken_for.id
