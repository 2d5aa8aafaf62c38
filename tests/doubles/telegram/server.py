"""Telegram's Bot API over a real socket, strict: it refuses what the real one refuses, and fails as it is told to.

    with BotApi() as telegram:
        bot = Bot(telegram.token, base_url=telegram.base_url, base_file_url=telegram.base_file_url)
        ada = telegram.person("Ada")
        chat = telegram.private(ada)
        note = chat.say(ada, voice=Path("voice-note.ogg"), seconds=16)
        telegram.until(lambda: chat.answers)
        telegram.press(ada, chat, chat.answers[0].id, "Cancel")

The server runs in a thread of its own, so everything here is a plain call that may be made from anywhere. What waits
for the bot (`press`, `pay`, `until`) blocks its thread: where the bot runs in the same loop,
`await asyncio.to_thread(telegram.press, ...)`, and `await eventually(...)`.

People write with `Chat.say`, `Channel.post` and `Business.say`; `Chat.messages` is what everybody sees. Faults: `fail`.
`calls` is all that the bot asked; `floods` every refusal for sending too fast; `limits` can be changed. When the block
ends it raises, if the bot did what no bot should (fields that the Bot API does not have, wrong types, methods that this
double has not): such things are in `unexpected`, which a test may clear.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.doubles.faults import Failure
from tests.doubles.telegram.groups import MEMBER, Channel, Group, member_of
from tests.doubles.telegram.http import Planned, Server
from tests.doubles.telegram.people import REAL, Business, BusinessChat, Chat, Person, Private, Said
from tests.doubles.telegram.rules import Limits, forbidden
from tests.doubles.telegram.seen import Button, Document, Post, Seen, rows_of
from tests.doubles.telegram.wire import (
    AFTER,
    ANSWER_LOST,
    BAD_GATEWAY,
    BEFORE,
    CUT,
    DOWNLOAD,
    EVERYTHING,
    GARBAGE,
    Fault,
    fault_of,
    wait_so_long,
)
from tests.doubles.telegram.world import TOKEN, Call, Charge, Clock, File, Json, Query, World

__all__ = [
    "AFTER",
    "ANSWER_LOST",
    "BAD_GATEWAY",
    "BEFORE",
    "CUT",
    "DOWNLOAD",
    "EVERYTHING",
    "GARBAGE",
    "REAL",
    "BotApi",
    "Business",
    "BusinessChat",
    "Button",
    "Call",
    "Channel",
    "Chat",
    "Document",
    "Fault",
    "File",
    "Group",
    "Limits",
    "NotPaid",
    "Person",
    "Pressed",
    "Private",
    "Said",
    "Seen",
    "wait_so_long",
]


@dataclass(frozen=True, slots=True)
class Pressed:
    """The result of a pressed button: a notice, an alert, a page."""

    text: str = ""
    alert: bool = False
    url: str = ""


class NotPaid(Exception):
    """The bot would not take the payment; the message is its reason."""


class BotApi(World):
    """Use it as `with BotApi() as telegram`."""

    def __init__(self, clock: Clock = time.time) -> None:
        super().__init__(clock)
        self._server = Server(self)
        self.token = TOKEN

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.stop()
        if error is None:
            self.check()

    def check(self) -> None:
        """Raises AssertionError if the bot did what no bot should."""
        assert not self.unexpected, "the bot did what it must not: " + "; ".join(self.unexpected)

    @property
    def base_url(self) -> str:
        """To which the token is appended, as python-telegram-bot does."""
        return f"{self._server.base}/bot"

    @property
    def base_file_url(self) -> str:
        return f"{self._server.base}/file/bot"

    @property
    def offline(self) -> bool:
        """While it is set every connection is cut, and nothing is done."""
        return self.away

    @offline.setter
    def offline(self, away: bool) -> None:
        with self.lock:
            self.away = away
            self.notify()

    def person(self, name: str, *, username: str = "", language: str = "en") -> Person:
        with self.lock:
            person = Person(self.number("person", 501_000_001), name, username, language)
            self.people[person.id] = person
            return person

    def private(self, person: Person, *, started: bool = False) -> Private:
        """Her chat with the bot, which may not write before she did, unless it is `started`."""
        with self.lock:
            chat = Private(self, person)
            chat.problem = None if started else chat.problem
            return chat

    def group(
        self,
        title: str,
        *,
        members: Sequence[Person] = (),
        admins: Sequence[Person] = (),
        bot: str = MEMBER,
        kind: str = "supergroup",
    ) -> Group:
        """A "supergroup", a "forum" or a basic "group". The bot is in it as "member" or "administrator", or "left" it.

        The first admin owns it. The bot is told of nothing; see `add_bot` for that.
        """
        with self.lock:
            return Group(self, title, members, admins, bot, kind)

    def channel(self, title: str, *, admins: Sequence[Person] = (), bot: str = "administrator") -> Channel:
        with self.lock:
            return Channel(self, title, admins, bot)

    def business(self, owner: Person, *, rights: tuple[str, ...] = ("can_reply", "can_read_messages")) -> Business:
        """An account connects the bot to its chats, and the bot is told."""
        with self.lock:
            return Business(self, owner, rights)

    def file(self, source: bytes | Path, name: str = "", file_size: int | None = REAL) -> File:
        """A file that can be sent several times and stays the same, with the size that its messages shall claim."""
        with self.lock:
            file = self.store(source, "voice", name, file_size)
            file.claimed = file.real_size if file_size == REAL else file_size
            return file

    def file_gone(self, file_id: str) -> None:
        self.files[file_id].gone = True

    def block(self, person: Person) -> None:
        """She blocks the bot, which is told."""
        self._set_blocked(person, "member", "kicked")

    def unblock(self, person: Person) -> None:
        self._set_blocked(person, "kicked", "member")

    def _set_blocked(self, person: Person, before: str, after: str) -> None:
        with self.lock:
            chat = self.chats["", person.id]
            chat.problem = forbidden("bot was blocked by the user") if after == "kicked" else None
            old, new = (member_of(self.bot, status) for status in (before, after))
            change = {"chat": chat.raw, "from": person.raw, "date": self.now}
            self.tell("my_chat_member", change | {"old_chat_member": old, "new_chat_member": new})

    def guest_mention(self, person: Person, chat: Chat, text: str, *, reply_to: int | None = None) -> int:
        """Mention the bot in a chat without it; it is asked to answer there, once."""
        with self.lock:
            said: Said = {"text": text} if reply_to is None else {"text": text, "reply_to": reply_to}
            query = self.ask("guest")
            number = chat.say(person, **said)
            query.chat, query.reply_to = chat, number
            self.tell("guest_message", chat.message(number).raw | {"guest_query_id": query.id})
            return number

    def press(self, person: Person, chat: Chat, message: int, button: str, *, seconds: float = 10) -> Pressed:
        """Press the button with that label or data, and wait for the bot's answer.

        It may be one that the message had earlier: people press what their screen still shows.
        """
        _not_in_a_loop()
        with self.lock:
            post = chat.find(message)
            assert post is not None, "there is no such message"
            found = _button(post, button)
            if "url" in found:
                return Pressed(url=found["url"])
            query = self.ask("callback")
            where: Json = {"inline_message_id": post.inline_id} if post.inline_id else {"message": post.seen().raw}
            asked = {"id": query.id, "from": person.raw, "chat_instance": str(chat.id), "data": found["callback_data"]}
            self.tell("callback_query", asked | where)
        answer = self._waited(query, seconds, "nobody answered the pressed button")
        return Pressed(answer.get("text", ""), answer.get("show_alert", False), answer.get("url", ""))

    def pay(self, person: Person, chat: Chat, invoice: int) -> str:
        """Pay an invoice in Stars. Gives the charge's id; raises NotPaid if the bot refuses, or is too slow."""
        _not_in_a_loop()
        with self.lock:
            payload = self.invoices[chat.id, invoice]
            amount = chat.message(invoice).raw["invoice"]["total_amount"]
            query = self.ask("checkout")
            asked = {"id": query.id, "from": person.raw, "currency": "XTR", "total_amount": amount}
            self.tell("pre_checkout_query", asked | {"invoice_payload": payload})
        answer = self._waited(query, self.limits.checkout_seconds, "")
        if not answer.get("ok"):
            raise NotPaid(answer.get("error_message", "the bot did not answer in time"))
        with self.lock:
            charge = Charge(f"stxCharge{self.number('charge')}", person, chat, amount, payload, self.clock())
            self.charges[charge.id] = charge
            chat.publish({"from": person.raw, "successful_payment": charge.said}, {})
            return charge.id

    def give_back(self, charge: str) -> None:
        """Give a payment in Stars back, as Telegram itself does."""
        with self.lock:
            given = self.charges[charge]
            given.refunded = True
            given.chat.publish({"from": given.person.raw, "refunded_payment": given.said}, {})

    @property
    def star_refunds(self) -> list[str]:
        """The ids of the charges that were given back."""
        return [charge.id for charge in self.charges.values() if charge.refunded]

    @property
    def pending(self) -> int:
        """Updates that the bot has not confirmed yet."""
        return len(self.updates.waiting)

    def called(self, method: str) -> list[Call]:
        """The bot's calls of one method; "download" for files."""
        with self.lock:
            return [call for call in self.calls if call.method == method]

    def fail(
        self, method: str, fault: Fault, *, times: int = 1, when: Callable[[Mapping[str, Any]], bool] = lambda _: True
    ) -> None:
        """Let the next requests for a method fail, or the next ones whose parameters are so.

        DOWNLOAD stands for the download of a file, EVERYTHING for every method but getUpdates.
        """
        with self.lock:
            self._server.faults.setdefault(method.lower(), []).append(Planned(fault, times, when))

    def break_call(self, method: str, failure: Failure, *, nth: int = 1, times: int = 1) -> None:
        """Let the n-th request for a method from now on fail, and the ones that follow it, so many in all."""
        with self.lock:
            planned = Planned(fault_of(failure), times, lambda _: True, skipped=nth - 1)
            self._server.faults.setdefault(method.lower(), []).append(planned)

    def mend(self) -> int:
        """Let no request fail any more; return the number of faults that no request met."""
        with self.lock:
            left = sum(planned.times for faults in self._server.faults.values() for planned in faults)
            self._server.faults.clear()
            return left

    def repeat_updates(self, number: int) -> None:
        """Tell the last confirmed updates once more, as if they had never been confirmed."""
        with self.lock:
            self.updates.again += self.updates.confirmed[-number:]
            self.notify()

    def until(self, condition: Callable[[], object], seconds: float = 10) -> None:
        """Wait until it is so. Raises AssertionError when it never is."""
        _not_in_a_loop()
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, "it never came to be"
            with self.lock:
                self.lock.wait(0.02)

    async def eventually(self, condition: Callable[[], object], seconds: float = 10) -> None:
        """The same for tests that share a loop with the bot."""
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, "it never came to be"
            await asyncio.sleep(0.01)

    def _waited(self, query: Query, seconds: float, or_else: str) -> Json:
        with self.lock:
            self.lock.wait_for(lambda: query.answer is not None, seconds)
            assert query.answer is not None or not or_else, or_else
            return query.answer or {}


def _not_in_a_loop() -> None:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise AssertionError("this would block the loop: await asyncio.to_thread(...) it")


def _button(post: Post, wanted: str) -> Json:
    shown = [post.raw.get("reply_markup"), *reversed(post.keyboards)]
    buttons = [button for markup in shown for row in rows_of(markup) for button in row]
    found = next((one for one in buttons if wanted in (one["text"], one.get("callback_data"))), None)
    assert found is not None, f"there is no button {wanted!r}, but {[one['text'] for one in buttons]}"
    return found
