"""Discord over a real socket, strict: it refuses what the real one refuses, and fails as it is told to.

    with Discord() as discord:
        Route.BASE = discord.api_url                     # discord.py then comes here; the gateway's address it asks for
        ada = discord.person("Ada")
        channel = discord.guild("Home", owner=ada).channel("general")
        note = channel.say(ada, voice=Path("voice-note.ogg"), seconds=16)
        use = ada.menu("Transcribe", note)
        await discord.eventually(lambda: use.response)
        ada.press(use.response, "Cancel")

The server runs in a thread of its own, so everything here is a plain call that may be made from anywhere. Only
`Person.autocomplete` waits for the bot: where the bot runs in the same loop, `await asyncio.to_thread(...)` it.

People write with `Channel.say`; `Channel.answers` is what the bot wrote there. Faults: `fail`. `calls` is all that the
bot asked, `pings` every person that it notified; `limits` can be changed. When the block ends it raises, if the bot did
what no bot should (fields that the API does not have, wrong types, methods that this double has not): such things are
in `unexpected`, which a test may clear.
"""

import asyncio
import re
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from tests.doubles.discord.desk import dm_with
from tests.doubles.discord.gateway import RECONNECT, Session
from tests.doubles.discord.guilds import Guild
from tests.doubles.discord.http import API, Fault, Server
from tests.doubles.discord.interactions import Use
from tests.doubles.discord.messages import Seen
from tests.doubles.discord.people import Person
from tests.doubles.discord.places import Blob, Channel, Dm, Group, Said, Thread
from tests.doubles.discord.rules import Json, Limits
from tests.doubles.discord.world import Call, Clock, File, Ping, World
from tests.doubles.faults import PAGE, Failure

__all__ = [
    "Blob",
    "Call",
    "Channel",
    "Discord",
    "Dm",
    "File",
    "Group",
    "Guild",
    "Limits",
    "Person",
    "Ping",
    "Said",
    "Seen",
    "Session",
    "Thread",
    "Use",
]


class Discord(World):
    """Use it as `with Discord() as discord`."""

    def __init__(self, clock: Clock = time.time) -> None:
        super().__init__(clock)
        self._server = Server(self)
        self.cdn = self._server.cdn
        """slow, cut_after, failures."""

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
    def api_url(self) -> str:
        return f"{self.base}{API}"

    @property
    def gateway_url(self) -> str:
        return f"{self.base.replace('http', 'ws', 1)}/gateway"

    def person(self, name: str, locale: str = "en-US", *, is_bot: bool = False) -> Person:
        """Add a person, or another bot."""
        with self.lock:
            return Person(self, name, locale, is_bot=is_bot)

    def guild(self, name: str, owner: Person) -> Guild:
        """A server with the bot in it, with a role that has all that is needed."""
        with self.lock:
            return Guild(self, name, owner, present=True)

    def foreign_guild(self, name: str, *members: Person) -> Guild:
        """Add a server without the bot: only commands that users installed for themselves work there."""
        with self.lock:
            guild = Guild(self, name, Person(self, f"owner of {name}", "en-US", is_bot=False), present=False)
            for member in members:
                guild.join(member)
            return guild

    def dm(self, person: Person) -> Dm:
        """Her chat with the bot. There is only one."""
        with self.lock:
            return dm_with(self, person.id)

    def group(self, *people: Person) -> Group:
        """A chat of people, in which the bot is not."""
        with self.lock:
            return Group(self, people)

    def fail(
        self,
        method: str,
        path: str,
        status: int = 500,
        code: int = 0,
        message: str = "",
        *,
        times: int = 1,
        retry_after: float | None = None,
        is_global: bool = False,
        drop: bool = False,
        after: bool = False,
        errors: Json | None = None,
    ) -> None:
        """Let the next calls fail whose method ("*" for any) and path (a regular expression) are so.

        `retry_after` makes it a 429; `drop` breaks the connection; `after` does what was asked first, and only the
        answer is lost. `errors` names the fields of a form that is refused.
        """
        with self.lock:
            fault = Fault(
                method, re.compile(path), status, code, message, times, retry_after, is_global, drop, after, errors
            )
            self._server.faults.append(fault)

    def break_call(self, call: str, failure: Failure, *, nth: int = 1, times: int = 1) -> None:
        """Let the n-th call from now on fail, and the ones that follow it, so many in all.

        `call` is its method and, as a regular expression, its path: "PATCH /channels/.+/messages".
        """
        method, _, path = call.partition(" ")
        is_cut = failure in (Failure.CUT_BEFORE, Failure.CUT_AFTER)
        fault = Fault(
            method,
            re.compile(path),
            failure.status,
            code=0 if failure is not Failure.FORBIDDEN else 20001,
            message="",
            times=times,
            retry_after=0.05 if failure is Failure.TOO_MANY else None,
            is_global=False,
            drop=is_cut,
            after=failure is Failure.CUT_AFTER,
            errors=None,
            skipped=nth - 1,
            page=PAGE if failure is Failure.BAD_GATEWAY else b"",
        )
        with self.lock:
            self._server.faults.append(fault)

    def mend(self) -> int:
        """Let no call fail any more; return the number of faults that no call met."""
        with self.lock:
            left = sum(fault.times for fault in self._server.faults)
            self._server.faults.clear()
            return left

    def called(self, method: str, path: str) -> list[Call]:
        """The bot's calls of that method ("*" for any) whose path (a regular expression) is so."""
        with self.lock:
            return [call for call in self.calls if method in (call.method, "*") and re.search(path, call.path)]

    def close(self, code: int = 1000) -> None:
        """Close every connection to the gateway."""
        self._server.run(lambda: self._server.gateway.close(code))

    def ask_reconnect(self) -> None:
        """Ask the bot to connect anew and resume."""
        self._server.run(lambda: self._server.gateway.say({"op": RECONNECT}))

    def invalidate(self, resumable: bool = False) -> None:
        """Tell the bot that its session is not valid any more."""
        self._server.run(lambda: self._server.gateway.invalidate(resumable=resumable))

    def cut(self) -> None:
        """Break every connection to the gateway without a word. It can be resumed."""
        self._server.run(self._server.gateway.cut)

    def lose_events(self, times: int = 1, kind: str = "") -> None:
        """Let the next events (of one kind, as "MESSAGE_CREATE") never reach the bot."""
        with self.lock:
            self.losing.append((kind, times))

    def away(self) -> None:
        """Refuse connections, and break those that there are, until it is `back`."""
        self._server.away()

    def back(self) -> None:
        self._server.back()

    def revoke(self) -> None:
        """The bot's token is not valid any more: `token` is another one."""
        with self.lock:
            self.token = f"{self.token}.new"
        self.close(4004)

    @property
    def connected(self) -> bool:
        """Return True if a session is there and has a connection."""
        with self.lock:
            return any(session.connected and session.valid for session in self.sessions)

    async def eventually(self, condition: Callable[[], object], seconds: float = 10) -> None:
        """Wait until it is so. Raises AssertionError, with what was there, when it never is."""
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() >= end:
                raise AssertionError(f"it never came to be; {self._what_is_there()}")
            await asyncio.sleep(0.01)

    def _what_is_there(self) -> str:
        with self.lock:
            answers = [seen.text[:200] for channel in self.channels.values() for seen in channel.answers]
            calls = [f"{call.method} {call.path[:60]} -> {call.status} {call.code}" for call in self.calls[-10:]]
            uses = [f"{use.kind} answered with {use.callback}" for use in self.uses.values()]
        return f"answers: {answers}; uses: {uses}; last calls: {calls}; unexpected: {self.unexpected}"
