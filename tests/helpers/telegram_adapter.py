"""Helpers for tests of Telegram's adapter."""

from adapters.telegram.places import Place
from bot.domain.note import MediaRef, Note
from tests.doubles.telegram.server import (
    Chat,
    Group,
    Person,
    Seen,
)
from tests.helpers.telegram_out import Out, said

MEDIA = MediaRef("file", "voice message.ogg")


SENTENCE = "This is one of many sentences that somebody said. "


SHORT, LONG, ENDLESS = (said(text=SENTENCE * times) for times in (1, 200, 400))


async def in_group(out: Out, group: Group, ada: Person, thread: int | None = None) -> Note:
    message = group.say(ada, text="a voice") if thread is None else group.say(ada, text="a voice", thread=thread)
    return await out.note(Place(group.id, message, thread, asker=ada.id, private=False), MEDIA)


def only(chat: Chat) -> Seen:
    """The one message that the bot has in a chat."""
    [message] = chat.answers
    return message
