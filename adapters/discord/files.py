"""Attachments of messages: the recordings among them, and their downloads to this disk.

What they claim about themselves is carried along, and never believed. An attachment is fetched by a signed link that
works for about a day; it is renewed by a look at its message.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import discord
import httpx
import structlog
from discord import Attachment, HTTPException, Message

from adapters.discord.errors import AttachmentDown, AttachmentGone, pause_of
from adapters.discord.places import Place
from bot.chat.downloads import BrokeOff, download, stream
from bot.chat.platform import LeadsElsewhere
from bot.domain import file_types
from bot.domain.file_types import LONGEST_LINK, LONGEST_MIME, LONGEST_NAME
from bot.domain.note import MediaRef, claimed_bytes, claimed_seconds
from bot.domain.ports import Clock
from bot.support.files import Room
from bot.support.uncancellable_calls import UncancellableCalls, UnderWay

log = structlog.get_logger()

ATTACHMENT = "attachment:"
"""Begins the locator of an attachment; its number follows."""
CDN = frozenset({"cdn.discordapp.com", "media.discordapp.net"})
_LOOK_SECONDS = 30.0
"""For a look at its message."""
_ENDED = (httpx.codes.NOT_FOUND, httpx.codes.FORBIDDEN, httpx.codes.GONE)


@dataclass(frozen=True, slots=True)
class Recording:
    """One file of sound or video that can be taken."""

    media: MediaRef
    number: int = 1
    """Its place among all attachments of its message, from 1."""
    link: str = ""
    """The address at which it can be fetched for about a day."""


def sounds_in(message: Message) -> list[Recording]:
    """Return the sound in a message, and in what it forwards, in order."""
    return [
        sound_of(attachment, number)
        for number, attachment in enumerate(attachments_of(message), 1)
        if _is_sound(attachment)
    ]


def sound_of(attachment: Attachment, number: int = 1) -> Recording:
    """Return an attachment as sound, even if it claims to be none."""
    media = MediaRef(
        locator=f"{ATTACHMENT}{attachment.id}",
        name=attachment.filename[:LONGEST_NAME],
        mime=(attachment.content_type or "")[:LONGEST_MIME],
        bytes=claimed_bytes(attachment.size),
        seconds=claimed_seconds(attachment.duration),
        identity=f"discord:{attachment.id}",
        has_many_ids=True,
    )
    return Recording(media, number, attachment.url[:LONGEST_LINK])


def linked_sound(link: str) -> Recording | None:
    """Return the recording that a link may lead to; None if the text is no link to the web."""
    media = file_types.linked_sound(link)
    return None if media is None else Recording(media)


def _is_sound(attachment: Attachment) -> bool:
    if file_types.is_ambiguous(attachment.filename):
        return attachment.duration is not None
    return attachment.is_voice_message() or file_types.is_sound(attachment.filename, attachment.content_type or "")


class _LinkEnded(Exception):
    """The link is not honoured any more."""


class Files:
    """Fetches attachments."""

    def __init__(
        self,
        client: discord.Client,
        http: httpx.AsyncClient,
        room: Room,
        clock: Clock,
        hosts: frozenset[str] = CDN,
    ) -> None:
        """`hosts`: those of Discord; links to others are followed like links of users."""
        self._client = client
        self._http = http
        self._room = room
        self._clock = clock
        self._hosts = hosts
        self._calls = UncancellableCalls(_LOOK_SECONDS)

    async def fetch(self, media: MediaRef, place: Place, folder: Path, limit: int) -> Path:
        """Bring an attachment into `folder` and return its path; see `bot.chat.downloads`.

        Raises TooLarge, AttachmentGone (a NotFound), AttachmentDown, LeadsElsewhere.
        """
        try:
            return await download(lambda target: self._fetch(media, place, target, limit), media.bytes, folder, limit)
        except _LinkEnded:
            raise AttachmentGone(name=media.name) from None
        except BrokeOff:
            raise AttachmentDown from None

    async def link(self, media: MediaRef, place: Place, seconds: float) -> str | None:
        """Return Discord's own link if it works for so many seconds more, else None. Raises AttachmentDown."""
        try:
            link = place.link if self._lives(place.link, seconds) else await self._renewed(media, place)
        except _LinkEnded:
            return None
        except BrokeOff:
            raise AttachmentDown from None
        return link if self._lives(link, seconds) and _host(link) in self._hosts else None

    async def close(self) -> None:
        """End what is under way."""
        await self._calls.close()

    async def _fetch(self, media: MediaRef, place: Place, target: Path, limit: int) -> Path:
        until = _end_of(place.link)
        is_over = until is not None and until <= self._clock()
        link = place.link if place.link and not is_over else await self._renewed(media, place)
        try:
            return await self._download(link, target, limit)
        except _LinkEnded:
            again = await self._renewed(media, place)
            if again == link:
                raise
            return await self._download(again, target, limit)

    async def _download(self, link: str, target: Path, limit: int) -> Path:
        if _host(link) not in self._hosts:
            raise LeadsElsewhere(link)
        return await stream(self._http, link, target, limit, self._room, _check)

    async def _renewed(self, media: MediaRef, place: Place) -> str:
        """Return a link signed just now, from the attachment's message. Raises _LinkEnded if it is not there."""
        if not place.message:  # it came with a command, which cannot be looked at again
            raise _LinkEnded
        message = self._client.get_partial_messageable(place.source).get_partial_message(place.message)
        if self._client.application_id is None:  # Discord was never reached since the start
            raise BrokeOff
        try:
            found = await self._calls.make(f"{place.source}/{place.message}", message.fetch)
        except HTTPException as error:
            if pause_of(error) is not None:
                raise BrokeOff from None
            raise _LinkEnded from None
        except (discord.RateLimited, UnderWay, aiohttp.ClientError, OSError):
            raise BrokeOff from None
        wanted = media.locator.removeprefix(ATTACHMENT)
        link = next((attachment.url for attachment in attachments_of(found) if str(attachment.id) == wanted), None)
        if link is None:
            raise _LinkEnded
        return link

    def _lives(self, link: str, seconds: float) -> bool:
        """Return True if a link says that it works for so many seconds more."""
        until = _end_of(link)
        return until is not None and until > self._clock() + timedelta(seconds=seconds)


def attachments_of(message: Message) -> Iterator[Attachment]:
    """Yield the attachments of a message, then those of what it forwards."""
    yield from message.attachments
    for snapshot in message.message_snapshots:
        yield from snapshot.attachments


def _end_of(link: str) -> datetime | None:
    """Return the end of a link; None if it tells none, or is no link."""
    try:
        return datetime.fromtimestamp(int(httpx.URL(link).params.get("ex", ""), 16), UTC)
    except (ValueError, OverflowError, OSError, httpx.InvalidURL):
        return None


def _host(link: str) -> str:
    """Return the host of a link; "" if it is no link, or not to be followed."""
    try:
        url = httpx.URL(link)
    except httpx.InvalidURL:
        return ""
    return url.host if url.scheme in ("http", "https") else ""


def _check(answer: httpx.Response) -> None:
    if answer.status_code in _ENDED:
        raise _LinkEnded
    if answer.status_code != httpx.codes.OK:
        log.info("attachment_not_given", status=answer.status_code)
        raise BrokeOff
