"""Clients of users of the smallest chat."""

import asyncio
import json
from asyncio import StreamReader, StreamWriter
from base64 import b64decode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

from tests.doubles.smallest.server import LONGEST_LINE, Chat, Json, line


class User:
    """A user's client: it shows what the server sends."""

    def __init__(self, name: str, writer: StreamWriter) -> None:
        self.name, self._writer, self._numbers = name, writer, count(1)
        self.messages: dict[str, Json] = {}
        self.notices: list[str] = []
        self.forms: list[Json] = []
        self.news = asyncio.Event()

    async def read(self, reader: StreamReader) -> None:
        while got := await reader.readline():
            match json.loads(got):
                case {"message": message} as shown:
                    self.messages[message] = shown
                case {"deleted": message}:
                    del self.messages[message]
                case {"notice": notice}:
                    self.notices.append(notice)
                case form:
                    self.forms.append(form)
            self.news.set()

    def send(self, **said: Any) -> str:
        """Send a text, a file or a press; return the id that the client gave it."""
        message = said.pop("message", f"{self.name}{next(self._numbers)}")
        self._writer.write(line({"message": message, **said}))
        return message

    @property
    def last(self) -> Json:
        return next(reversed(self.messages.values()), {"text": "", "buttons": [], "file": None})

    def press(self, label: str) -> None:
        """Press the newest button whose label begins so."""
        for message, shown in reversed(self.messages.items()):
            for button in shown["buttons"]:
                if button["label"].removeprefix("✓ ").startswith(label):
                    return self._writer.write(line({"message": message, "press": button["press"]}))
        raise AssertionError(f"there is no button {label}")

    async def until(self, look: Callable[[], Any], seconds: float = 20) -> Any:
        async with asyncio.timeout(seconds):
            while not (found := look()):
                self.news.clear()
                await self.news.wait()
        return found


def content(shown: Json) -> bytes:
    """Return the file of a message."""
    return b64decode(shown["file"]["data"])


@asynccontextmanager
async def user(chat: Chat, name: str, language: str = "en") -> AsyncIterator[User]:
    """Connect a user."""
    reader, writer = await asyncio.open_connection("127.0.0.1", chat.port, limit=LONGEST_LINE)
    writer.write(line({"user": name, "language": language}))
    client = User(name, writer)
    reading = asyncio.create_task(client.read(reader))
    try:
        yield client
    finally:
        writer.close()
        reading.cancel()
