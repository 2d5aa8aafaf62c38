"""Who asks for something, where, and what they chose."""

from dataclasses import dataclass

from telegram import Chat, Message, Update, User

from adapters.telegram.doors import Doors
from adapters.telegram.places import Place, account_of
from bot.preferences import Chosen
from bot.texts import tongue_of


@dataclass(frozen=True, slots=True)
class Caller:
    """A person in a chat, or a chat that speaks for itself, as an anonymous admin does."""

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
    def tongue(self) -> str:
        return self.place.tongue


async def caller_of(doors: Doors, message: Message, user: User | None) -> Caller:
    """Who wrote a message, or pressed a button under one."""
    chat = message.chat
    private = chat.type == Chat.PRIVATE
    asker = chat.id if user is None or _speaks_as_chat(message, user) else user.id
    chosen = await doors.preferences.of(account_of(asker), "" if private else account_of(chat.id))
    tongue = tongue_of(chosen.tongue or (user.language_code if user is not None else None))
    thread = message.message_thread_id if message.is_topic_message else None
    return Caller(
        asker, Place(chat.id, message.message_id, thread, tongue=tongue, asker=asker, private=private), chosen
    )


def message_in(update: Update) -> Message:
    """The message of an update that has one."""
    message = update.effective_message
    assert message is not None, "handlers are asked for updates with a message only"
    return message


def _speaks_as_chat(message: Message, user: User) -> bool:
    """Whether an admin wrote without their name. A button is pressed under the bot's own message, by its presser."""
    author = message.from_user
    return message.sender_chat is not None and message.sender_chat.id == message.chat.id and author == user
