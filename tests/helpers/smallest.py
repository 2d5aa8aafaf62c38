"""Clients of users of the smallest chat, and the settings of a service that answers there."""

import asyncio
import json
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

from bot.settings import Settings
from bot.support.settings_section import Address
from tests.doubles.nanogpt.server import KEY, NanoGPTServer
from tests.doubles.smallest.adapter import SmallestSettings
from tests.doubles.smallest.server import LONGEST_LINE, Chat, Json, line
from tests.helpers.settings import make_settings


class User:
    """A user's client: it shows what the server sends."""

    def __init__(self, name: str, writer: asyncio.StreamWriter) -> None:
        self.name = name
        self.messages: dict[str, Json] = {}
        """The bot's messages as they stand now."""
        self.seen: list[str] = []
        """All texts that messages had, in order."""
        self.pressable: dict[str, str] = {}
        """The data of every button that was shown, by its label."""
        self.notices: list[str] = []
        self.forms: list[Json] = []
        self._writer = writer
        self._numbers = count(1)
        self._news = asyncio.Event()

    async def read(self, reader: asyncio.StreamReader) -> None:
        while got := await reader.readline():
            match json.loads(got):
                case {"message": message} as shown:
                    self.messages[message] = shown
                    self.seen.append(shown["text"])
                    self.pressable.update({button["label"]: button["press"] for button in shown["buttons"]})
                case {"deleted": message}:
                    del self.messages[message]
                case {"notice": notice}:
                    self.notices.append(notice)
                case form:
                    self.forms.append(form)
            self._news.set()

    @property
    def last(self) -> Json:
        """The newest message of the bot."""
        return next(reversed(self.messages.values()))

    def send(self, message: str = "", **said: Any) -> str:
        """Send a text, a file or a press; return the message's id, which the client gives it."""
        message = message or f"{self.name}{next(self._numbers)}"
        self._writer.write(line({"message": message, **said}))
        return message

    def record(self, path: Path, message: str = "") -> str:
        """Send a sound file."""
        return self.send(message, name=path.name, file=b64encode(path.read_bytes()).decode())

    async def ask(self, words: str) -> Json:
        """Send a text; return the message that answers it."""
        known = {*self.messages}
        self.send(text=words)
        await self.until(lambda: self.messages.keys() - known)
        return self.last

    async def ask_by_voice(self, path: Path) -> Json:
        """Send a sound file; return the message that answers it at once."""
        known = {*self.messages}
        self.record(path)
        await self.until(lambda: self.messages.keys() - known)
        return self.last

    async def transcribed(self, path: Path) -> None:
        """Send a sound file and wait for the note's end, which comes a moment after its text."""
        await self.ask_by_voice(path)  # else its placeholder might be taken for an answer to what is asked next
        async with asyncio.timeout(20):
            while "· done ·" not in (await self.ask("/jobs"))["text"]:
                await asyncio.sleep(0.05)

    def press(self, label: str) -> None:
        """Press the newest button whose label begins so."""
        found = [message for message in self.messages if any(map(_begins(label), labels(self.messages[message])))]
        assert found, f"there is no button {label}: {self.last}"
        self.press_under(found[-1], label)

    def press_under(self, message: str, label: str) -> None:
        """Press the button of a message whose label begins so."""
        [button, *_] = [one for one in self.messages[message]["buttons"] if _begins(label)(one["label"])]
        self.send(message, press=button["press"])

    async def told(self) -> str:
        """Wait for a notice, and take it away."""
        await self.until(lambda: self.notices)
        return self.notices.pop(0)

    async def until(self, look: Callable[[], object], seconds: float = 20) -> None:
        try:
            async with asyncio.timeout(seconds):
                while not look():
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"it stays so: {self.messages}, {self.notices}") from None

    async def reads(self, words: str) -> Json:
        """Wait for a message with these words."""
        await self.until(lambda: any(words in shown["text"] for shown in self.messages.values()))
        return next(shown for shown in reversed(self.messages.values()) if words in shown["text"])


def _begins(label: str) -> Callable[[str], bool]:
    return lambda whole: whole.removeprefix("✓ ").startswith(label)


def labels(shown: Json) -> list[str]:
    return [button["label"] for button in shown["buttons"]]


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


def settings_of(folder: Path, chat: Chat, nanogpt: NanoGPTServer, **more: object) -> Settings:
    """Return a service that answers in the chat, and that its user olga owns."""
    own: dict[str, object] = {"nanogpt_api_key": KEY, "nanogpt_base_url": nanogpt.base_url, "owners": "smallest:olga"}
    own |= {"plan": "prepaid", "api_bind": "", "stop_seconds": 0}
    settings = make_settings(folder / "data", **own | more)
    return replace(settings, platforms={"smallest": SmallestSettings(address=Address("127.0.0.1", chat.port))})
