"""Sound in a message. Its claims about itself are carried along, and never believed."""

from dataclasses import dataclass

import discord

from adapters.discord.files import ATTACHMENT, attachments_of
from bot.domain import file_types
from bot.domain.file_types import LONGEST_LINK, LONGEST_MIME, LONGEST_NAME
from bot.domain.note import MediaRef, claimed_bytes, claimed_seconds


@dataclass(frozen=True, slots=True)
class Recording:
    """One file of sound or video that can be taken."""

    media: MediaRef
    number: int = 1
    """Its place among all attachments of its message, from 1."""
    link: str = ""
    """The address at which it can be fetched for about a day."""


def sounds_in(message: discord.Message) -> list[Recording]:
    """Return the sound in a message, and in what it forwards, in order."""
    return [
        sound_of(attachment, number)
        for number, attachment in enumerate(attachments_of(message), 1)
        if _is_sound(attachment)
    ]


def sound_of(attachment: discord.Attachment, number: int = 1) -> Recording:
    """Return an attachment as sound, even if it claims to be none."""
    media = MediaRef(
        locator=f"{ATTACHMENT}{attachment.id}",
        name=attachment.filename[:LONGEST_NAME],
        mime=(attachment.content_type or "")[:LONGEST_MIME],
        bytes=claimed_bytes(attachment.size),
        seconds=claimed_seconds(attachment.duration),
        identity=f"discord:{attachment.id}",
    )
    return Recording(media, number, attachment.url[:LONGEST_LINK])


def linked_sound(link: str) -> Recording | None:
    """Return the recording that a link may lead to; None if the text is no link to the web."""
    media = file_types.linked_sound(link)
    return None if media is None else Recording(media)


def _is_sound(attachment: discord.Attachment) -> bool:
    if file_types.is_ambiguous(attachment.filename):
        return attachment.duration is not None
    return attachment.is_voice_message() or file_types.is_sound(attachment.filename, attachment.content_type or "")
