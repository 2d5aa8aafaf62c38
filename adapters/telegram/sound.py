"""Sound in a message. Pure; what the sender claims about it is carried along, and never believed."""

from typing import Any

from telegram import ExternalReplyInfo, Message, TelegramObject

from bot.domain.file_types import LONGEST_MIME, LONGEST_NAME, claimed_bytes, claimed_seconds, is_sound
from bot.domain.note import MediaRef

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
