"""Which sound is in a message. Pure; what the sender claims about it is carried along, and never believed."""

from pathlib import PurePath
from typing import Any
from urllib.parse import unquote, urlsplit

from telegram import ExternalReplyInfo, Message, TelegramObject

from bot.domain.note import MediaRef

_PLAIN_NAMES = {
    "voice": "voice message.ogg",
    "audio": "audio.mp3",
    "video_note": "video message.mp4",
    "video": "video.mp4",
    "animation": "animation.mp4",
}
"""The kinds of media with sound, in the order in which they are looked for: an animation is also a document."""
_SUFFIXES = (
    *(
        ".3gp",
        ".aac",
        ".ac3",
        ".aif",
        ".aiff",
        ".amr",
        ".avi",
        ".caf",
        ".flac",
        ".flv",
        ".m2ts",
        ".m4a",
        ".m4b",
        ".m4v",
    ),
    *(".mka", ".mkv", ".mov", ".mp2", ".mp3", ".mp4", ".mpeg", ".mpg", ".mpga", ".oga", ".ogg", ".ogv", ".opus", ".ts"),
    *(".wav", ".weba", ".webm", ".wma", ".wmv"),
)
_LONGEST_NAME = 200
_LONGEST_LINK = 2048
_LARGEST = 2**53


def sound_in(message: Message | ExternalReplyInfo) -> MediaRef | None:
    """The sound of a message, or of one that it answers in another chat; None where there is none."""
    for kind, name in _PLAIN_NAMES.items():
        medium = getattr(message, kind)
        if medium is not None:
            return _reference(medium, name)
    document = message.document
    if document is not None and is_sound(document.mime_type or "", document.file_name or ""):
        return _reference(document, "file")
    return None


def is_spoken(message: Message) -> bool:
    """Whether it was recorded for this chat, rather than a file that somebody has: a voice note or a round video."""
    return message.voice is not None or message.video_note is not None


def is_sound(mime: str, name: str) -> bool:
    """Whether a file says of itself that it is sound or video."""
    return mime.lower().startswith(("audio/", "video/")) or PurePath(name).suffix.lower() in _SUFFIXES


def linked_sound(link: str) -> MediaRef | None:
    """What a link may lead to; None for what is no link to the web."""
    if not link.lower().startswith(("http://", "https://")) or len(link) > _LONGEST_LINK:
        return None
    try:
        path = unquote(urlsplit(link).path, errors="replace")
    except ValueError:
        return None
    return MediaRef(locator=link, name=PurePath(path).name[:_LONGEST_NAME])


def _reference(medium: TelegramObject, name: str) -> MediaRef:
    told: dict[str, Any] = medium.to_dict()  # its attribute for the length warns that its type will change
    return MediaRef(
        locator=told["file_id"],
        name=(told.get("file_name") or name)[:_LONGEST_NAME],
        mime=told.get("mime_type", "")[:100],
        bytes=_plausible(told.get("file_size")),
        seconds=_plausible(told.get("duration")),
        identity=f"telegram:{told['file_unique_id']}",
    )


def _plausible(number: int | None) -> int | None:
    """A number that was claimed, where it can be one at all."""
    return number if number is not None and 0 <= number < _LARGEST else None
