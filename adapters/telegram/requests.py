"""Requests in a message: the command, a mention, and the recordings that it points at. Pure."""

from collections.abc import Iterator

from telegram import Message, MessageEntity

from adapters.telegram.sound import sound_in
from bot.domain.file_types import linked_sound
from bot.domain.note import MediaRef

COMMAND = "/transcribe"


def is_command(message: Message, username: str) -> bool:
    """Return True if its text or caption begins with /transcribe, for this bot."""
    first = next(iter(_words(message)), "").lower()
    return first in (COMMAND, f"{COMMAND}@{username.lower()}")


def mentions(message: Message, username: str, number: int) -> bool:
    """Return True if it mentions the bot, in its text or its caption."""
    kinds: list[str | None] = [MessageEntity.MENTION, MessageEntity.TEXT_MENTION]
    found = message.parse_entities(kinds) if message.text else message.parse_caption_entities(kinds)
    return any(
        entity.user.id == number if entity.user else said.lower() == f"@{username.lower()}"
        for entity, said in found.items()
    )


def answered_sound(message: Message) -> MediaRef | None:
    """Return the sound of the message that it answers in this chat."""
    return sound_in(message.reply_to_message) if message.reply_to_message is not None else None


def foreign_sound(message: Message) -> MediaRef | None:
    """Return the sound of the message that it answers in another chat."""
    return sound_in(message.external_reply) if message.external_reply is not None else None


def linked_sound_in(message: Message) -> MediaRef | None:
    """Return the recording that its first link leads to."""
    return next(filter(None, map(linked_sound, _links(message))), None)


def _links(message: Message) -> Iterator[str]:
    yield from _words(message)
    yield from (entity.url for entity in (*message.entities, *message.caption_entities) if entity.url)


def _words(message: Message) -> list[str]:
    return (message.text or message.caption or "").split()
