"""The double's gateway: sessions with everything that they were told, and the connections that tell it."""

import asyncio
import json
import zlib
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from tests.doubles.discord.rules import Json
from tests.doubles.discord.world import INTENTS, PRIVILEGED, World

DISPATCH, HEARTBEAT, IDENTIFY, PRESENCE, VOICE, RESUME, RECONNECT = 0, 1, 2, 3, 4, 6, 7
INVALID, HELLO, ACK = 9, 10, 11
UNKNOWN_OPCODE, DECODE_ERROR, NOT_AUTHENTICATED, BAD_TOKEN = 4001, 4002, 4003, 4004
ALREADY, BAD_SHARD, BAD_INTENTS = 4005, 4010, 4014
_HEARTBEAT = 41_250
"""Milliseconds."""
_OVER = frozenset({1000, 1001, 4003, 4004, 4007, 4009, 4010, 4011, 4012, 4013, 4014})
"""Closed so, a session cannot be resumed."""


@dataclass(eq=False)
class Session:
    """One that the bot identified for, and all that it was told in it."""

    world: World = field(repr=False)
    id: str
    shard: tuple[int, int]
    intents: frozenset[str]
    told: list[Json] = field(default_factory=list, repr=False)
    resumes: int = 0
    """The number of resumes."""
    valid: bool = True
    connected: bool = True

    def wants(self, guild: int | None, intent: str | None) -> bool:
        """Return True if an event about that server, or about none, is for this session."""
        shard = 0 if guild is None else (guild >> 22) % self.shard[1]
        return self.valid and self.shard[0] == shard and (intent is None or intent in self.intents)

    def add(self, kind: str, data: Json) -> None:
        data = data | self.world.poison.get(kind, {})
        self.told.append({"op": DISPATCH, "t": kind, "s": len(self.told) + 1, "d": data})


class Closed(Exception):
    """The connection ends with this code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Line:
    """One connection."""

    def __init__(self, world: World, socket: web.WebSocketResponse, request: web.BaseRequest) -> None:
        self.world = world
        self.socket = socket
        self.request = request
        self.session: Session | None = None
        self.said: list[Json] = []
        """Frames to be sent before anything else."""
        self.close_code: int | None = None
        self.changed = asyncio.Event()
        self.sent = 0
        self._deflate = zlib.compressobj() if request.query.get("compress") == "zlib-stream" else None

    async def send(self, payload: Json) -> None:
        text = json.dumps({"t": None, "s": None} | payload)
        if self._deflate is None:
            await self.socket.send_str(text)
        else:
            await self.socket.send_bytes(self._deflate.compress(text.encode()) + self._deflate.flush(zlib.Z_SYNC_FLUSH))

    async def told(self) -> None:
        with suppress(ConnectionError):  # it may break at any moment
            await self.tell()

    async def tell(self) -> None:
        """Send whatever there is to tell, until the connection ends."""
        while not self.socket.closed:
            self.changed.clear()
            for payload in self._waiting():
                await self.send(payload)
            if self.close_code is not None:
                await self.socket.close(code=self.close_code)
                return
            await self.changed.wait()

    def _waiting(self) -> list[Json]:
        with self.world.lock:
            urgent, self.said = self.said, []
            told = self.session.told[self.sent :] if self.session is not None else []
            self.sent += len(told)
            return urgent + told

    async def listen(self) -> None:
        """Until the bot goes. Raises Closed if it did what it must not."""
        async for message in self.socket:
            if message.type is WSMsgType.TEXT:
                self._understood(message.data)

    def _understood(self, text: str) -> None:
        try:
            self._heard(json.loads(text))
        except (KeyError, TypeError, ValueError) as error:
            self.world.unexpected.append(f"the gateway does not understand {text[:200]!r}: {error!r}")
            raise Closed(DECODE_ERROR) from None

    def _heard(self, payload: Json) -> None:
        op = payload["op"]
        data: Any = payload.get("d")
        if op == HEARTBEAT:
            self.say({"op": ACK})
        elif op == IDENTIFY:
            self._identified(data)
        elif op == RESUME:
            self._resumed(data)
        elif self.session is None:
            raise Closed(NOT_AUTHENTICATED)
        elif op not in (PRESENCE, VOICE):
            self.world.unexpected.append(f"this double's gateway knows no opcode {op}")
            raise Closed(UNKNOWN_OPCODE)

    def _identified(self, data: Json) -> None:
        with self.world.lock:
            if self.session is not None:
                raise Closed(ALREADY)
            if data["token"] != self.world.token:
                raise Closed(BAD_TOKEN)
            number, shards = data.get("shard", (0, 1))
            if not 0 <= number < shards:
                raise Closed(BAD_SHARD)
            intents = frozenset(name for name, flag in INTENTS.items() if data["intents"] & flag)
            if intents & set(PRIVILEGED) - self.world.intents_allowed:
                raise Closed(BAD_INTENTS)
            if self.world.sessions_left <= 0:
                self.world.unexpected.append("the bot began more sessions than Discord allows: its token is reset")
                self.world.token += ".new"
                raise Closed(BAD_TOKEN)
            self.session = Session(self.world, f"{self.world.snowflake():032x}", (number, shards), intents)
            self.world.sessions.append(self.session)
            self._welcome(self.session)
            self.close_code = self.world.closing
            self.world.notify()

    def _welcome(self, session: Session) -> None:
        here = [guild for guild in self.world.guilds.values() if guild.present and session.wants(guild.id, None)]
        ready: Json = {
            "v": 10,
            "user": self.world.bot.raw,
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in here],
            "session_id": session.id,
            "session_type": "normal",
            "resume_gateway_url": self.world.base.replace("http", "ws", 1) + "/gateway",
            "shard": list(session.shard),
            "private_channels": [],
            "application": {"id": str(self.world.application_id), "flags": self.world.application_flags},
        }
        session.add("READY", ready)
        for guild in here if "guilds" in session.intents else []:
            session.add("GUILD_CREATE", guild.told() | {"unavailable": False})

    def _resumed(self, data: Json) -> None:
        with self.world.lock:
            if data["token"] != self.world.token:
                raise Closed(BAD_TOKEN)
            found = next((one for one in self.world.sessions if one.id == data["session_id"] and one.valid), None)
            if found is None or data["seq"] > len(found.told):
                self.say({"op": INVALID, "d": False})
                return
            found.resumes += 1
            found.connected = True
            self.session, self.sent = found, data["seq"]
            found.add("RESUMED", {})
            self.world.notify()

    def say(self, payload: Json) -> None:
        self.said.append(payload)
        self.changed.set()

    def gone(self, code: int | None) -> None:
        """The connection is over."""
        with self.world.lock:
            if self.session is not None:
                self.session.connected = False
                self.session.valid = self.session.valid and code not in _OVER
            self.world.notify()


class Gateway:
    """All connections, in the server's loop."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.lines: set[Line] = set()

    def wake(self) -> None:
        """Tell of every change."""
        for line in self.lines:
            line.changed.set()

    async def connect(self, request: web.BaseRequest) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(compress=False, timeout=0.2, max_msg_size=4096)
        await socket.prepare(request)
        line = Line(self._world, socket, request)
        self.lines.add(line)
        telling = asyncio.create_task(line.told())
        try:
            if self._world.says_hello:
                line.say({"op": HELLO, "d": {"heartbeat_interval": _HEARTBEAT}})
            await line.listen()
        except Closed as closed:
            line.close_code = closed.code
            line.changed.set()
            await asyncio.wait([telling], timeout=1)
        finally:
            telling.cancel()
            self.lines.discard(line)
            line.gone(line.close_code or socket.close_code)
        return socket

    def close(self, code: int) -> None:
        for line in self.lines:
            line.close_code = code
            line.changed.set()

    def say(self, payload: Json) -> None:
        for line in self.lines:
            line.say(payload)

    def invalidate(self, *, resumable: bool) -> None:
        for line in self.lines:
            if line.session is not None and not resumable:
                line.session.valid = False
            line.say({"op": INVALID, "d": resumable})

    def cut(self) -> None:
        """Every connection breaks without a word."""
        for line in list(self.lines):
            if line.request.transport is not None:
                line.request.transport.abort()
