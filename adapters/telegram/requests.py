"""What a message asks for. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from telegram import Message, MessageEntity

from adapters.telegram.sound import linked_sound, sound_in
from bot.domain.note import MediaRef

COMMAND = "/transcribe"


@dataclass(frozen=True, slots=True)
class Wanted:
    """The sound that somebody wants written down."""

    media: MediaRef
    message: int
    """Under which message the answer goes."""
    is_answered: bool = False
    """Whether that is another message of the chat, for which others may ask as well."""


def is_command(message: Message, username: str) -> bool:
    """Whether its text or caption begins with /transcribe, for this bot."""
    first = next(iter(_words(message)), "").lower()
    return first in (COMMAND, f"{COMMAND}@{username.lower()}")


def mentions(message: Message, username: str, number: int) -> bool:
    """Whether it mentions the bot, in its text or its caption."""
    kinds: list[str | None] = [MessageEntity.MENTION, MessageEntity.TEXT_MENTION]
    found = message.parse_entities(kinds) if message.text else message.parse_caption_entities(kinds)
    return any(
        entity.user.id == number if entity.user else said.lower() == f"@{username.lower()}"
        for entity, said in found.items()
    )


def own_sound(message: Message) -> Wanted | None:
    """The sound in the message itself."""
    sound = sound_in(message)
    return None if sound is None else Wanted(sound, message.message_id)


def wanted_by(message: Message) -> Wanted | None:
    """The sound in the message itself, else in the one that it answers; None where neither has any."""
    own = own_sound(message)
    if own is not None:
        return own
    answered, elsewhere = message.reply_to_message, message.external_reply
    if answered is not None and (sound := sound_in(answered)) is not None:
        return Wanted(sound, answered.message_id, is_answered=True)
    if elsewhere is not None and (sound := sound_in(elsewhere)) is not None:
        return Wanted(sound, message.message_id)
    return None


def linked_by(message: Message) -> Wanted | None:
    """What the first link in the message leads to; None where there is no link."""
    found = filter(None, map(linked_sound, _links(message)))
    return next((Wanted(sound, message.message_id) for sound in found), None)


def _links(message: Message) -> Iterator[str]:
    yield from _words(message)
    yield from (entity.url for entity in (*message.entities, *message.caption_entities) if entity.url)


def _words(message: Message) -> list[str]:
    return (message.text or message.caption or "").split()
