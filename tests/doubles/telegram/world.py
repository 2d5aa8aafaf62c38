"""State of the double's Telegram: clock, bot, files, chats, updates, queries. Every access holds `lock`."""

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.doubles.telegram.rules import TOO_OLD, Flood, Limits, bad

if TYPE_CHECKING:
    from tests.doubles.telegram.people import Business, Chat, Person
    from tests.doubles.telegram.seen import Post

Json = dict[str, Any]
TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
BOT_NAME = "earmark_test_bot"
_LOCAL_UPLOAD = 2_000_000_000
NOT_BY_DEFAULT = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
Clock = Callable[[], float]
"""Unix seconds."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the bot, as it was answered."""

    method: str
    params: Mapping[str, Any]
    at: float
    status: int
    description: str = ""
    """The reason of its refusal."""


@dataclass(slots=True)
class File:
    """A file on Telegram's servers. The same file always has the same ids, however often it is sent."""

    id: str
    unique_id: str
    source: bytes | Path
    claimed: int | None
    """The size that its messages tell; None if they tell none."""
    path: str
    """Its place in the download's address."""
    gone: bool = False

    @property
    def real_size(self) -> int:
        return self.source.stat().st_size if isinstance(self.source, Path) else len(self.source)

    def claiming(self, size: int | None) -> "File":
        return replace(self, claimed=size)

    def content(self) -> bytes:
        return self.source.read_bytes() if isinstance(self.source, Path) else self.source


@dataclass(slots=True)
class Query:
    """Something that waits for the bot's answer."""

    id: str
    kind: str
    asked_at: float
    chat: "Chat | None" = None
    """The chat of the answer, if it is a message."""
    reply_to: int | None = None
    answer: Json | None = None


@dataclass(slots=True)
class Charge:
    """A payment in Stars that was made."""

    id: str
    person: "Person"
    chat: "Chat"
    amount: int
    payload: str
    at: float
    refunded: bool = False

    @property
    def said(self) -> Json:
        return {
            "currency": "XTR",
            "total_amount": self.amount,
            "invoice_payload": self.payload,
            "telegram_payment_charge_id": self.id,
            "provider_payment_charge_id": f"provider-{self.id}",
        }


@dataclass
class Updates:
    """Updates that still wait for the bot, in order. An update is made only if its kind is allowed."""

    waiting: deque[Json] = field(default_factory=deque)
    confirmed: list[Json] = field(default_factory=list)
    again: list[Json] = field(default_factory=list)
    """Confirmed ones that are told once more, whatever the offset."""
    allowed: frozenset[str] | None = None
    """None: all but NOT_BY_DEFAULT."""
    ids: "count[int]" = field(default_factory=lambda: count(870_000_001))

    def add(self, kind: str, content: Json) -> None:
        if kind in self.allowed if self.allowed is not None else kind not in NOT_BY_DEFAULT:
            self.waiting.append({"update_id": next(self.ids), kind: content})

    def allow(self, kinds: list[str] | None) -> None:
        """An empty list is the default again; None changes nothing."""
        if kinds is not None:
            self.allowed = frozenset(kinds) or None

    def confirm(self, below: int) -> None:
        while self.waiting and self.waiting[0]["update_id"] < below:
            self.confirmed.append(self.waiting.popleft())

    def skip(self, offset: int) -> None:
        """Confirm what stands before the offset. A negative one counts from the end."""
        if offset >= 0:
            self.confirm(offset)
        elif len(self.waiting) > -offset:
            self.confirm(self.waiting[offset]["update_id"])

    def first(self) -> Json | None:
        """The next one for a webhook."""
        return next((one for few in (self.again, self.waiting) for one in few), None)

    def take(self, update: Json) -> None:
        """The webhook has it."""
        if self.again and self.again[0] is update:
            del self.again[0]
        else:
            self.confirm(update["update_id"] + 1)

    def told(self, limit: int) -> list[Json]:
        told = (self.again + list(self.waiting))[:limit]
        self.again = self.again[limit:]
        return told


class World:
    """Everything, and one lock for it."""

    def __init__(self, clock: Clock = time.time) -> None:
        self.lock = threading.Condition()
        """Notified of every change."""
        self.wakers: set[Callable[[], None]] = set()
        self.clock = clock
        self.limits = Limits()
        self.flood = Flood(self.limits)
        self.bot: Json = {"id": 110201543, "is_bot": True, "first_name": "Earmark", "username": BOT_NAME}
        self.reads_all = False
        self.local: Path | None = None
        self.updates = Updates()
        self.away = False
        """The network is: nothing is done, and every connection is cut."""
        self.webhook: Json | None = None
        self.webhook_error: Json = {}
        self.people: dict[int, Person] = {}
        self.chats: dict[tuple[str, int], Chat] = {}
        """By business connection ("" for none) and id."""
        self.businesses: dict[str, Business] = {}
        self.inline: dict[str, tuple[Chat, Post]] = {}
        """The answers to guests, by inline message id."""
        self.invoices: dict[tuple[int, int], str] = {}
        """The payloads, by chat and message."""
        self.names: dict[str, tuple[str, str]] = {}
        """Name and MIME type of the files that the bot sent."""
        self.files: dict[str, File] = {}
        self.queries: dict[str, Query] = {}
        self.charges: dict[str, Charge] = {}
        self.commands: dict[tuple[str, str], list[tuple[str, str]]] = {}
        self.descriptions: dict[tuple[str, str], str] = {}
        self.actions: list[Json] = []
        self.drafts: list[tuple[int, int, str]] = []
        """(chat, draft, text) of every preview that was streamed."""
        self.calls: list[Call] = []
        self.posted: list[int] = []
        """The ids of updates, each time that one was posted to the webhook."""
        self.floods: list[str] = []
        """Every refusal for sending too fast."""
        self.unexpected: list[str] = []
        """Faults of the bot, and calls that this double does not know: the test fails in the end."""
        self.moment: Callable[[str], None] = lambda _name: None
        """Told before and after each call is done: moments at which the bot could die."""
        self._numbers: dict[str, count[int]] = {}

    @property
    def upload_limit(self) -> int:
        return self.limits.upload if self.local is None else _LOCAL_UPLOAD

    @property
    def now(self) -> int:
        return int(self.clock())

    def number(self, of: str, first: int = 1) -> int:
        """The next number of its kind."""
        return next(self._numbers.setdefault(of, count(first)))

    def notify(self) -> None:
        self.lock.notify_all()
        for wake in self.wakers:
            wake()

    def tell(self, kind: str, content: Json) -> None:
        self.updates.add(kind, content)
        self.notify()

    def chat(self, wanted: object, connection: str = "") -> "Chat":
        """The chat by id or @username. Raises Refused."""
        for (of, number), chat in self.chats.items():
            if of == connection and wanted in (number, f"@{chat.username}"):
                return chat
        raise bad("chat not found")

    def store(self, source: bytes | Path, folder: str, name: str, claimed: int | None) -> File:
        """Take a new file in."""
        number = self.number("file", 0)
        suffix = Path(name).suffix or {"voice": ".oga", "video_notes": ".mp4", "photos": ".jpg"}.get(folder, "")
        file = File(
            id=f"AwACAgIAAxkBAAI{number:05d}-file_id_of_{folder}",
            unique_id=f"AgAD{number:05d}",
            source=source,
            claimed=claimed,
            path=f"{folder}/file_{number}{suffix}",
        )
        self.files[file.id] = file
        return file

    def ask(self, kind: str) -> Query:
        query = Query(str(4_000_000_000_000_000_000 + self.number("query")), kind, self.clock())
        self.queries[query.id] = query
        return query

    def answer(self, query_id: object, kind: str, answer: Json, within: float | None) -> None:
        """Take the bot's answer. Raises Refused if it comes too late, or a second time."""
        query = self.queries.get(str(query_id))
        if query is None or query.kind != kind or query.answer is not None:
            raise bad(TOO_OLD)
        if within is not None and self.clock() - query.asked_at > within:
            raise bad(TOO_OLD)
        query.answer = answer
        self.notify()
