"""The smallest chat: users and one bot, over TCP, in lines of JSON. It keeps events until the bot acknowledges them."""

import asyncio
import json
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

LONGEST_LINE = 32_000_000
LONGEST_TEXT = 1000
Json = Mapping[str, Any]


def line(value: Json) -> bytes:
    return json.dumps(value).encode() + b"\n"


class Refused(Exception):
    """A call of the bot that the chat does not carry out."""


class Chat:
    """The server. A connection's first line tells its purpose: a user, the bot that listens, or one call of the bot."""

    def __init__(self) -> None:
        self.port = 0
        self.unacknowledged: dict[int, Json] = {}
        self._messages: dict[str, str] = {}
        """Reader of each message of the bot."""
        self._nonces: dict[str, str] = {}
        self._files: dict[str, str] = {}
        self._users: dict[str, StreamWriter] = {}
        self._bot: StreamWriter | None = None
        self._numbers = count(1)

    async def connected(self, reader: StreamReader, writer: StreamWriter) -> None:
        first = json.loads(await reader.readline())
        if "user" in first:
            self._users[first["user"]] = writer
            while said := await reader.readline():
                self._keep(first, json.loads(said))
        elif first["call"] == "listen":
            self._bot = writer
            writer.writelines(line(event) for event in self.unacknowledged.values())
            await reader.read()
        else:
            writer.write(line(self._answer(first)))
        writer.close()

    def _keep(self, user: Json, said: Json) -> None:
        """Keep what a user said or pressed as an event, and send it to the bot."""
        number = next(self._numbers)
        event = {"event": number, **user, **said}
        if "file" in said:
            self._files[said["message"]] = event.pop("file")
        self.unacknowledged[number] = event
        if self._bot is not None:
            self._bot.write(line(event))

    def _answer(self, call: Json) -> Json:
        try:
            return {"result": getattr(self, f"_{call['call']}")(call)}
        except Refused as refused:
            return {"refused": str(refused)}

    def _acknowledge(self, call: Json) -> None:
        self.unacknowledged.pop(call["event"], None)

    def _download(self, call: Json) -> str | None:
        return self._files.get(call["file"])

    def _post(self, call: Json) -> str:
        """Post a message, once for each nonce."""
        if call["nonce"] not in self._nonces:
            message = f"b{next(self._numbers)}"
            self._push(call["to"], {**_shown(call), "message": message})
            self._nonces[call["nonce"]], self._messages[message] = message, call["to"]
        return self._nonces[call["nonce"]]

    def _edit(self, call: Json) -> None:
        self._push(self._reader(call), {**_shown(call), "message": call["message"]})

    def _delete(self, call: Json) -> None:
        self._push(self._reader(call), {"deleted": call["message"]})
        del self._messages[call["message"]]

    def _notice(self, call: Json) -> None:
        self._push(call["to"], {"notice": call["text"]})

    def _form(self, call: Json) -> None:
        self._push(call["to"], {"form": call["press"], "fields": call["fields"]})

    def _reader(self, call: Json) -> str:
        if call["message"] not in self._messages:
            raise Refused("no such message")
        return self._messages[call["message"]]

    def _push(self, user: str, news: Json) -> None:
        if user not in self._users:
            raise Refused("no such user")
        self._users[user].write(line(news))


def _shown(call: Json) -> Json:
    if len(call["text"]) > LONGEST_TEXT:
        raise Refused("the text is too long")
    return {name: call[name] for name in ("text", "buttons", "file")}


@asynccontextmanager
async def serving() -> AsyncIterator[Chat]:
    """Serve a chat on a free port of this machine."""
    chat = Chat()
    async with await asyncio.start_server(chat.connected, "127.0.0.1", 0, limit=LONGEST_LINE) as server:
        chat.port = server.sockets[0].getsockname()[1]
        yield chat
