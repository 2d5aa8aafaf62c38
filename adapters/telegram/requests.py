"""Sound in a message, and requests for it: the command, a mention, and the recordings that it points at. Pure.

What a sender claims about a file is carried along, and never believed.
"""

from collections.abc import Iterator
from typing import Any

from telegram import ExternalReplyInfo, Message, MessageEntity, TelegramObject

from bot.domain.file_types import LONGEST_MIME, LONGEST_NAME, claimed_bytes, claimed_seconds, is_sound, linked_sound
from bot.domain.note import MediaRef

COMMAND = "/transcribe"
_PLAIN_NAMES = {
    "voice": "voice message.ogg",
    "audio": "audio.mp3",
    "video_note": "video message.mp4",
    "video": "video.mp4",
    "animation": "animation.mp4",
}
"""The kinds of media with sound, in the order in which they are looked for: an animation is also a document."""


def sound_in(message: Message | ExternalReplyInfo) -> MediaRef | None:
    """Return the sound of a message, or of one that it answers in another chat; None if it has none."""
    for kind, name in _PLAIN_NAMES.items():
        medium = getattr(message, kind)
        if medium is not None:
            return _reference(medium, name)
    document = message.document
    if document is not None and is_sound(document.file_name or "", document.mime_type or ""):
        return _reference(document, "file")
    return None


def is_spoken(message: Message) -> bool:
    """Return True if it was recorded for this chat (a voice note, a round video), not a file that its sender has."""
    return message.voice is not None or message.video_note is not None


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


def _reference(medium: TelegramObject, name: str) -> MediaRef:
    told: dict[str, Any] = medium.to_dict()  # its attribute for the length warns that its type will change
    return MediaRef(
        locator=told["file_id"],
        name=(told.get("file_name") or name)[:LONGEST_NAME],
        mime=told.get("mime_type", "")[:LONGEST_MIME],
        bytes=claimed_bytes(told.get("file_size")),
        seconds=claimed_seconds(told.get("duration")),
        identity=f"telegram:{told['file_unique_id']}",
    )
