"""Which sound is in a message. What is claimed about it is carried along, and never believed."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath
from urllib.parse import unquote, urlsplit

import discord

from adapters.discord.files import ATTACHMENT
from bot.domain.note import MediaRef

_SUFFIXES = (
    *(".3gp", ".aac", ".ac3", ".aif", ".aiff", ".amr", ".avi", ".caf", ".flac", ".flv", ".m2ts", ".m4a", ".m4b"),
    *(".m4v", ".mka", ".mkv", ".mov", ".mp2", ".mp3", ".mp4", ".mpeg", ".mpg", ".mpga", ".oga", ".ogg", ".ogv"),
    *(".opus", ".wav", ".weba", ".webm", ".wma", ".wmv"),
)
_AMBIGUOUS = frozenset({".ts", ".mts"})
"""Films to Discord, and programs in TypeScript to most people."""
_LONGEST_NAME = 200
_LONGEST_MIME = 100
_LONGEST_LINK = 2048
_LARGEST = 2**53


@dataclass(frozen=True, slots=True)
class Sound:
    """One file of sound or video that can be taken."""

    media: MediaRef
    number: int = 1
    """Its place among all attachments of its message, from 1."""
    link: str = ""
    """Where it can be fetched for about a day."""


def sounds_in(message: discord.Message) -> list[Sound]:
    """The sound in a message, and in what it forwards, in order."""
    return [
        sound_of(attachment, number)
        for number, attachment in enumerate(_attachments(message), 1)
        if is_sound(attachment)
    ]


def is_sound(attachment: discord.Attachment) -> bool:
    """Whether a file says of itself that it is sound or video."""
    suffix = PurePath(attachment.filename).suffix.lower()
    if suffix in _AMBIGUOUS:
        return attachment.duration is not None
    mime = (attachment.content_type or "").lower()
    if mime.startswith(("audio/", "video/")):
        return True
    return attachment.is_voice_message() or (suffix in _SUFFIXES and not mime.startswith(("text/", "image/")))


def sound_of(attachment: discord.Attachment, number: int = 1) -> Sound:
    """An attachment as sound, whatever it says of itself."""
    media = MediaRef(
        locator=f"{ATTACHMENT}{attachment.id}",
        name=attachment.filename[:_LONGEST_NAME],
        mime=(attachment.content_type or "")[:_LONGEST_MIME],
        bytes=attachment.size if 0 <= attachment.size < _LARGEST else None,
        seconds=_plausible(attachment.duration),
        identity=f"discord:{attachment.id}",
    )
    return Sound(media, number, attachment.url[:_LONGEST_LINK])


def linked_sound(link: str) -> Sound | None:
    """What a link may lead to; None for what is no link to the web."""
    link = link.strip()
    if not link.lower().startswith(("http://", "https://")) or len(link) > _LONGEST_LINK:
        return None
    try:
        path = unquote(urlsplit(link).path, errors="replace")
    except ValueError:
        return None
    return Sound(MediaRef(locator=link, name=PurePath(path).name[:_LONGEST_NAME]))


def _attachments(message: discord.Message) -> Iterator[discord.Attachment]:
    yield from message.attachments
    for snapshot in message.message_snapshots:
        yield from snapshot.attachments


def _plausible(seconds: float | None) -> float | None:
    """A length that was claimed, where it can be one at all."""
    return seconds if seconds is not None and 0 <= seconds < _LARGEST else None
