"""File names, MIME types and links that promise sound. Senders claim them, so they only show what is worth a try."""

from pathlib import PurePath
from urllib.parse import unquote, urlsplit

from bot.domain.note import MediaRef

SUFFIXES = frozenset(
    {
        *(".3gp", ".aac", ".ac3", ".aif", ".aiff", ".amr", ".avi", ".caf", ".flac", ".flv", ".m2ts", ".m4a", ".m4b"),
        *(".m4v", ".mka", ".mkv", ".mov", ".mp2", ".mp3", ".mp4", ".mpeg", ".mpg", ".mpga", ".mts", ".oga", ".ogg"),
        *(".ogv", ".opus", ".ts", ".wav", ".weba", ".webm", ".wma", ".wmv"),
    }
)
"""Endings of files that hold sound or video."""
_AMBIGUOUS = frozenset({".ts", ".mts"})
"""Films to platforms, and programs in TypeScript to most people."""
LONGEST_NAME = 200
LONGEST_MIME = 100
LONGEST_LINK = 2048


def is_sound(name: str, mime: str) -> bool:
    """Return True if a file says of itself that it is sound or video."""
    mime = mime.lower()
    if mime.startswith(("audio/", "video/")):
        return True
    return _suffix(name) in SUFFIXES and not mime.startswith(("text/", "image/"))


def is_ambiguous(name: str) -> bool:
    """Return True if a file of this name may as well be a program, whatever MIME type a platform guessed for it."""
    return _suffix(name) in _AMBIGUOUS


def linked_sound(link: str) -> MediaRef | None:
    """Return the recording that a link may lead to; None if the text is no link to the web."""
    link = link.strip()
    if not link.lower().startswith(("http://", "https://")) or len(link) > LONGEST_LINK:
        return None
    try:
        path = unquote(urlsplit(link).path, errors="replace")
    except ValueError:
        return None
    return MediaRef(locator=link, name=PurePath(path).name[:LONGEST_NAME])


def _suffix(name: str) -> str:
    return PurePath(name).suffix.lower()
