"""The smallest chat: users and one bot, over TCP, in lines of JSON. It keeps events until the bot acknowledges them."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from itertools import count
from typing import Any

LONGEST_LINE = 32_000_000
LONGEST_TEXT = 2000
Json = Mapping[str, Any]


def line(value: Json) -> bytes:
    return json.dumps(value).encode() + b"\n"


class Chat:
    """The server. A connection's first line tells its purpose: a user, the bot that listens, or one call of the bot."""

    def __init__(self) -> None:
        self.port = 0
        self.unacknowledged: dict[int, Json] = {}
        self._readers: dict[str, str] = {}
        """The user who reads each message of the bot."""
        self._posted: dict[str, str] = {}
        """Messages of the bot by nonce."""
        self._files: dict[str, str] = {}
        self._connections: dict[str, asyncio.StreamWriter] = {}
        self._numbers = count(1)

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.CancelledError, ValueError):  # ValueError: a line that broke off
            await self._serve(reader, writer)
        writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = json.loads(await reader.readline())
        if "user" in first:
            self._connections[first["user"]] = writer
            while said := await reader.readline():
                self._keep(first | json.loads(said))
        elif first["call"] == "listen":
            self._connections[""] = writer
            writer.writelines(line(event) for event in self.unacknowledged.values())
            await reader.read()
        else:
            writer.write(line(self._answer(first)))

    def _keep(self, said: dict[str, Any]) -> None:
        """Keep a user's message or press as an event, and send it to the bot if that listens."""
        if "file" in said:
            self._files[f"{said['user']}/{said['message']}"] = said.pop("file")
        event = {"event": next(self._numbers), **said}
        self.unacknowledged[event["event"]] = event
        bot = self._connections.get("")
        if bot is not None and not bot.is_closing():
            bot.write(line(event))

    def _answer(self, call: Json) -> Json:
        try:
            return {"result": getattr(self, f"_{call['call']}")(call)}
        except KeyError:
            return {"gone": "no such user, message or file"}
        except ValueError as refused:
            return {"refused": str(refused)}

    def _acknowledge(self, call: Json) -> None:
        self.unacknowledged.pop(call["event"], None)

    def _download(self, call: Json) -> str:
        return self._files[call["file"]]

    def _post(self, call: Json) -> str:
        """Post a message, once for each nonce."""
        if call["nonce"] not in self._posted:
            message = f"b{next(self._numbers)}"
            self._show(call["to"], message, call)
            self._posted[call["nonce"]], self._readers[message] = message, call["to"]
        return self._posted[call["nonce"]]

    def _edit(self, call: Json) -> None:
        self._show(self._readers[call["message"]], call["message"], call)

    def _delete(self, call: Json) -> None:
        self._push(self._readers.pop(call["message"]), {"deleted": call["message"]})

    def _tell(self, call: Json) -> None:
        """Show a notice or a form beside the messages."""
        self._push(call["to"], call["news"])

    def _show(self, user: str, message: str, call: Json) -> None:
        if len(call["text"]) > LONGEST_TEXT:
            raise ValueError("the text is too long")
        self._push(user, {"message": message, **{name: call[name] for name in ("text", "buttons", "file")}})

    def _push(self, user: str, news: Json) -> None:
        self._connections[user].write(line(news))


@asynccontextmanager
async def serving() -> AsyncIterator[Chat]:
    """Serve a chat on a free port of this machine."""
    chat = Chat()
    async with await asyncio.start_server(chat.connected, "127.0.0.1", 0, limit=LONGEST_LINE) as server:
        chat.port = server.sockets[0].getsockname()[1]
        yield chat
