"""Transcripts as chat text, TXT, SRT, VTT, JSON and DOCX. Pure: text in, text or bytes out.

`names` may give speakers other names everywhere: {"Speaker 1": "Ada"}. A note with one voice has no labels.
"""

from bot.rendering.cutting import Length, cut
from bot.rendering.documents import as_json, docx
from bot.rendering.doubts import with_doubts
from bot.rendering.plain import Names, Turn, chat, is_readable, text, timed, timed_chat, timestamp, turns
from bot.rendering.subtitles import srt, vtt

__all__ = [
    "Length",
    "Names",
    "Turn",
    "as_json",
    "chat",
    "cut",
    "docx",
    "is_readable",
    "srt",
    "text",
    "timed",
    "timed_chat",
    "timestamp",
    "turns",
    "vtt",
    "with_doubts",
]
