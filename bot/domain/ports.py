"""Ports of the core, as Protocols. Contract suites in tests/ run over every implementation."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from bot.domain.audio import Accepts, Audio
from bot.domain.note import Note, Options, Progress, Reached, Reply, Ticket
from bot.domain.transcript import Transcript
from bot.domain.voice import Voiceprint

Clock = Callable[[], datetime]
"""The time, in UTC."""

Report = Callable[[Reached], Awaitable[None]]
"""Takes what is done of a recording."""


class Adapter(Protocol):
    """A platform that notes come from and answers go to."""

    @property
    def platform(self) -> str:
        """The name that stands in NoteKey.platform."""

    async def acknowledge(self, note: Note) -> str:
        """Post the placeholder and return the handle with which it can be edited later.

        Safe to run twice as far as the platform allows: the note's id is the nonce if it takes one.
        """

    async def fetch(self, note: Note, folder: Path, limit: int) -> Path:
        """Bring the note's media to disk and return its path.

        It is streamed into `folder`, or left in its place if it already lies on this machine. More than `limit` bytes
        raise TooLarge, before they are on the disk. A limit of time begins when the bytes may come, not with a wait for
        a place. Safe to run twice.
        """

    async def link(self, note: Note, seconds: float) -> str | None:
        """Return an https link to the note's media on the platform itself that others can fetch for so many seconds.

        None if there is none, or if it would give away a secret. It is never stored.
        """

    async def report(self, note: Note, placeholder: str | None, progress: Progress) -> None:
        """Show the note's progress. Best effort; called at most about once a second."""

    async def deliver(self, note: Note, placeholder: str | None, reply: Reply) -> None:
        """Turn the placeholder into the answer. Safe to run twice: it never posts a second message."""


class Notifier(Protocol):
    """A platform that can send messages to users who did not ask for anything."""

    async def tell(self, person: str, words: str) -> None:
        """Write to a user (platform:id), in the chat of that user and the bot alone.

        Raises an EarmarkError if that cannot be done, or not now.
        """


class ReadsVoices(Protocol):
    """Learns the voice of a recording."""

    async def model(self) -> str:
        """Return the id of the voice model. Raises ModelMissing."""

    async def read(self, note: Note) -> Voiceprint:
        """Return the only voice of a recording that is no note: nothing of it is kept.

        Raises BadVoice, or what keeps the recording from being fetched, opened or heard.
        """


class Fetcher(Protocol):
    """A downloader of links that users send; it never reaches into the operator's own network."""

    async def fetch(self, url: str, folder: Path, limit: int) -> Path:
        """Stream what a link leads to into the folder. Raises EarmarkError; more than `limit` bytes are TooLarge."""


class Transcriber(Protocol):
    """A provider, or the local engine, that turns sound into text."""

    @property
    def name(self) -> str:
        """The provider's name: "local", "nanogpt"."""

    @property
    def repeatable(self) -> bool:
        """If true, the same submit may run twice at no cost."""

    @property
    def charges_for_silence(self) -> bool:
        """If true, a recording is checked for speech before it is submitted."""

    def accepts(self, model: str) -> Accepts:
        """The files that it takes as they are; all others are converted first."""

    async def check_open(self) -> None:
        """Raise NotNow while nothing can be submitted. Free, and fast: nothing is fetched or held before it."""

    async def submit(self, audio: Audio, options: Options, report: Report, user: str = "") -> Transcript | Ticket:
        """Submit the sound; return the text, or a ticket for it.

        `user` is its sender: an engine that hears one recording after the other shares its time among them.
        A file larger than `accepts.bytes` comes with a link. If nothing was said: a Transcript without text and with
        what it cost. An EarmarkError other than Unanswered means that nothing was charged (NotNow: try again later);
        anything else leaves that open. Cancelling the task stops the work. A limit of time begins with the work, not
        with a wait for a turn.
        """

    async def collect(self, ticket: Ticket, options: Options, report: Report) -> Transcript:
        """Wait for the text that a ticket promises. Safe to run twice.

        ProviderFailed means that the job ended without a text and costs nothing.
        """


@dataclass(frozen=True, slots=True)
class Published:
    """A file behind a link."""

    path: Path
    mime: str
    bytes: int


class MediaStore(Protocol):
    """A place where media stands while a provider must be able to fetch it."""

    async def publish(self, key: str, path: Path, mime: str, seconds: float) -> str:
        """Put a file there and return an https link to it that works for so many seconds. Raises StoreDown.

        `key` (a note's id, or one of its chunks) is plain letters, digits and dashes. Safe to run twice: the same key
        is the same place.
        """

    async def withdraw(self, key: str) -> None:
        """Make every link to it fail from now on, and forget the file. Safe to run twice. Raises StoreDown."""

    async def sweep(self, before: datetime) -> int:
        """Forget what was published before that time and never withdrawn, and say how much that was."""
