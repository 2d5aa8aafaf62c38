"""A chat platform as a plug-in: its settings, its doctor check, its commands of the command line, and its opening.

The module loads fast, as the command line imports it at each start: a plug-in imports its platform's library only when
one of its functions runs.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, runtime_checkable

from bot.chat.payments import Payments
from bot.domain.ports import Adapter, Clock, Fetcher, Notifier
from bot.support.files import Room
from bot.support.settings_section import Section

if TYPE_CHECKING:  # they load slowly
    import typer
    from starlette.routing import BaseRoute

    from bot.chat.core import ChatCore
    from bot.chat.note_messages import PostedMessages
    from bot.chat.read_marker import ReadMarker
    from bot.chat.update_handling import UpdateInbox
    from bot.domain.platform_state import ReportsState

S = TypeVar("S", bound=Section)
S_co = TypeVar("S_co", bound=Section, covariant=True)
T = TypeVar("T")


class Advice(Exception):
    """A finding of `earmark doctor`: what does not work, and what the operator has to do."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """Facts of the deployment that a platform depends on, beside its own settings."""

    data_dir: Path
    public_url: str
    """Address at which the world reaches the HTTP API; "": none."""
    serves_http: bool
    is_free: bool
    """If true, the plan only counts: nobody pays."""
    max_megabytes: float
    """Largest file that is accepted."""


@dataclass(frozen=True, slots=True)
class PlatformHost:
    """Parts of the service with which a platform is opened, before notes are taken."""

    deployment: Deployment
    secret: bytes = field(repr=False)
    fetcher: Fetcher
    room: Room
    """The disk that recordings arrive on."""
    posted: "PostedMessages"
    update_inbox: Callable[[str, str], "UpdateInbox"]
    """Returns the inbox of a platform's bot, given both names."""
    read_marker: Callable[[str, str], "ReadMarker"]
    """Returns the read marker of a platform's bot, given both names."""
    clock: Clock
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    """Waits for so many seconds, before a call is made again."""


class OpenPlatform(Protocol):
    """A platform that can answer notes; it takes new ones while `listen` is open."""

    @property
    def adapter(self) -> Adapter: ...

    @property
    def notifier(self) -> Notifier:
        """Return the way to write to users who did not ask for anything."""

    @property
    def report(self) -> "ReportsState":
        """Return what tells the state of the connection."""

    @property
    def routes(self) -> "Sequence[BaseRoute]":
        """Return routes that the HTTP API serves for the platform."""

    @property
    def announcement(self) -> str:
        """Return the line that `earmark run` prints about the platform."""

    def listen(self, core: "ChatCore") -> AbstractAsyncContextManager[object]:
        """Take what users send, until the context ends. Raises BadSettings."""


@runtime_checkable
class LinksToStart(Protocol):
    """A platform with addresses that open the bot's chat and send words there."""

    def start_link(self, words: str) -> str:
        """Return the address that sends "/start" and these words (letters and digits); "": it is not known yet."""


class CommandLine(Protocol[S_co]):
    """Functions of the command line that a platform's own commands use."""

    def settings(self) -> S_co:
        """Return the platform's settings. Raises BadSettings."""

    def payments(self) -> AbstractAsyncContextManager[Payments]:
        """Open the ledger."""

    def completed(self, work: Coroutine[Any, Any, T]) -> T:
        """Run work to its end and return its result."""

    def show(self, text: str) -> None:
        """Print a result."""


@dataclass(frozen=True, slots=True)
class PlatformPlugin(Generic[S]):
    """All that the service and the command line know of a platform."""

    name: str
    """As in NoteKey.platform; metrics have it as a label."""
    section: type[S]
    is_on: Callable[[S], bool]
    """Returns true if the settings switch the platform on."""
    open: Callable[[S, PlatformHost], AbstractAsyncContextManager[OpenPlatform]]
    """Opens the platform. Raises BadSettings."""
    check: Callable[[S, Deployment], Awaitable[str]]
    """Checks, for `earmark doctor`, a platform that is on; returns a sentence. Raises Advice, EarmarkError."""
    commands: Callable[[CommandLine[S]], "typer.Typer"]
    """Makes the group of its commands."""


def sections_of(platforms: Sequence[PlatformPlugin[Any]]) -> Mapping[str, type[Section]]:
    """Return the settings' sections of platforms, by name."""
    return {one.name: one.section for one in platforms}
