"""State of the double's Discord: clock, ids, people, files, events and calls. Every access holds `lock`."""

import hashlib
import hmac
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote

from tests.doubles.discord.rules import Json, Limits

if TYPE_CHECKING:
    from tests.doubles.discord.gateway import Session
    from tests.doubles.discord.guilds import Guild
    from tests.doubles.discord.interactions import Use
    from tests.doubles.discord.places import Channel

Clock = Callable[[], float]
"""Unix seconds."""
Render = Callable[[bool], Json]
"""An event, for one who may read what people write, or for one who may not."""
EPOCH = 1_420_070_400_000
APPLICATION = 1_204_331_778_432_368_671
"""The same in every double, as its token is: the data folder of one bot may be opened on another Discord."""
TOKEN = "MTA4MTAwNDk0NjgyNDYzMDI3Mg.GrSxGx.4Zb9cQ2xW0m3mO1tHk7pY5uJ8nB6vD2fLqRsTe"
INTENTS = {
    "guilds": 1 << 0,
    "members": 1 << 1,
    "presences": 1 << 8,
    "guild_messages": 1 << 9,
    "direct_messages": 1 << 12,
    "message_content": 1 << 15,
}
PRIVILEGED = ("members", "presences", "message_content")
_FLAGS = {"presences": 1 << 13, "members": 1 << 15, "message_content": 1 << 19}


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the bot, as it was answered."""

    method: str
    path: str
    """The path after /api/v10, without the query."""
    body: Any
    files: tuple[tuple[str, bytes], ...]
    headers: Mapping[str, str]
    status: int
    """0: the connection was cut instead."""
    code: int = 0
    """The reason of its refusal."""
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ping:
    """A notification of a person."""

    channel: int
    message: int
    kind: str
    """"user", "role", "everyone" or "reply"."""
    target: str
    """An id, or "everyone" or "here"."""


@dataclass(slots=True)
class File:
    """A file on Discord's servers."""

    id: int
    channel: int
    name: str
    mime: str
    source: bytes | Path
    claims: int | None = None
    """The size that messages tell, where it is another than the true one."""
    seconds: float | None = None
    voice: bool = False
    ephemeral: bool = False
    gone: bool = False

    @property
    def path(self) -> str:
        """Its place in the link, as it is before it is quoted."""
        folder = "ephemeral-attachments" if self.ephemeral else "attachments"
        return f"/cdn/{folder}/{self.channel}/{self.id}/{self.name}"

    @property
    def size(self) -> int:
        return self.source.stat().st_size if isinstance(self.source, Path) else len(self.source)

    def content(self) -> bytes:
        return self.source.read_bytes() if isinstance(self.source, Path) else self.source


class Author(Protocol):
    """A writer of messages."""

    @property
    def id(self) -> int: ...
    @property
    def raw(self) -> Json: ...


@dataclass(frozen=True, slots=True)
class Bot:
    """The bot itself."""

    id: int
    raw: Json


class World:
    """Everything, and one lock for it."""

    def __init__(self, clock: Clock = time.time) -> None:
        self.lock = threading.Condition()
        """Notified of every change."""
        self.wakers: set[Callable[[], None]] = set()
        self.clock = clock
        self.clock_ahead = 0.0
        """Seconds that the double's own clock is ahead: links, tickets and new ids follow it."""
        self.base = ""
        """The address of the server."""
        self.token = TOKEN
        self.limits = Limits()
        self.intents_allowed: set[str] = {"message_content"}
        self.shards = 1
        """Shards that GET /gateway/bot recommends."""
        self._numbers = count(1)
        self._secret = b"the key of Discord's links"
        self.application_id = APPLICATION
        self.bot = Bot(self.application_id, user_raw(self.application_id, "Earmark", is_bot=True))
        self.people: dict[int, Author] = {}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.files: dict[int, File] = {}
        self.uses: dict[int, Use] = {}
        self.sessions: list[Session] = []
        """Every session there was, the last one last."""
        self.sessions_used = 0
        """Sessions that the bot began elsewhere today."""
        self.closing: int | None = None
        """The code with which every connection is closed once its session began."""
        self.says_hello = True
        """False: a connection is accepted, and nothing is said."""
        self.poison: dict[str, Json] = {}
        """Fields that an event of a kind has in place of its own: discord.py cannot parse it."""
        self.losing: list[tuple[str, int]] = []
        """Events that shall be lost: the kind ("" for any), and how many still."""
        self.commands: list[Json] = []
        self.syncs = 0
        self.calls: list[Call] = []
        self.pings: list[Ping] = []
        self.typing: list[int] = []
        """The channels in which the bot was seen typing."""
        self.invalid_requests = 0
        self.unexpected: list[str] = []
        """Faults of the bot, and requests that this double does not know: the test fails in the end."""
        self.moment: Callable[[str], None] = lambda _name: None
        """Told "before METHOD path" and "after METHOD path" of each call: moments at which the bot could die."""

    @property
    def bot_id(self) -> int:
        return self.bot.id

    @property
    def sessions_left(self) -> int:
        """The number of sessions that the bot may still begin today."""
        return self.limits.sessions - self.sessions_used - len(self.sessions)

    @property
    def now(self) -> float:
        return self.clock() + self.clock_ahead

    @property
    def timestamp(self) -> str:
        return stamp(self.now)

    @property
    def application_flags(self) -> int:
        return sum(flag for name, flag in _FLAGS.items() if name in self.intents_allowed)

    def snowflake(self) -> int:
        """A new id, which tells the time of the double's clock."""
        return (int(self.now * 1000) - EPOCH) << 22 | next(self._numbers) & 0x3FFFFF

    def notify(self) -> None:
        self.lock.notify_all()
        for wake in self.wakers:
            wake()

    def tell(self, kind: str, render: Render, *, guild: int | None = None, intent: str | None = None) -> None:
        """Tell the bot of something, in every session that wants to hear of it."""
        if not self._is_lost(kind):
            for session in self.sessions:
                if session.wants(guild, intent):
                    session.add(kind, render("message_content" in session.intents))
        self.notify()

    def _is_lost(self, kind: str) -> bool:
        for place, (lost, times) in enumerate(self.losing):
            if times > 0 and lost in ("", kind):
                self.losing[place] = lost, times - 1
                return True
        return False

    def store(self, file: File) -> File:
        self.files[file.id] = file
        return file

    def link(self, file: File) -> str:
        """A fresh link to it, which lives for a day."""
        issued, ends = f"{int(self.now):x}", f"{int(self.now + self.limits.link_seconds):x}"
        return f"{self.base}{quote(file.path)}?ex={ends}&is={issued}&hm={self._signature(file.path, ends, issued)}&"

    def linked(self, path: str, query: Mapping[str, str]) -> File | None:
        """The file that a link leads to; None if it has expired, or never was one."""
        ends, issued = query.get("ex", ""), query.get("is", "")
        if not hmac.compare_digest(self._signature(path, ends, issued), query.get("hm", "")):
            return None
        if int(ends, 16) < self.now:
            return None
        return next((file for file in self.files.values() if file.path == path and not file.gone), None)

    def _signature(self, path: str, ends: str, issued: str) -> str:
        return hmac.new(self._secret, f"{path}|{ends}|{issued}".encode(), hashlib.sha256).hexdigest()

    def attachment(self, file: File) -> Json:
        """A file, as messages tell of it."""
        link = self.link(file)
        told: Json = {
            "id": str(file.id),
            "filename": file.name,
            "size": file.size if file.claims is None else file.claims,
            "url": link,
            "proxy_url": link,
            "content_type": file.mime,
        }
        told |= {"duration_secs": file.seconds} if file.seconds is not None else {}
        told |= {"waveform": "AAAAAAAAAAAA"} if file.voice else {}
        return told | ({"ephemeral": True} if file.ephemeral else {})


def user_raw(number: int, name: str, *, is_bot: bool = False) -> Json:
    return {
        "id": str(number),
        "username": name.lower().replace(" ", "_"),
        "global_name": None if is_bot else name,
        "avatar": None,
        "discriminator": "0001" if is_bot else "0",
        "public_flags": 0,
        "flags": 0,
        "primary_guild": None,
    } | ({"bot": True} if is_bot else {})


def stamp(seconds: float) -> str:
    """As Discord writes times."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds")
