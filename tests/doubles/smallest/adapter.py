"""The smallest platform as a plug-in, and all of its adapter."""

import asyncio
import json
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, ClassVar

import structlog
import typer

from bot.chat.answer_layout import plain
from bot.chat.button_rows import ButtonData, Buttons, Menu
from bot.chat.caller import Capabilities
from bot.chat.command_table import Feature
from bot.chat.core import ChatCore
from bot.chat.delivery import Delivery
from bot.chat.listening import StateReport, keep_listening
from bot.chat.messages import Audience
from bot.chat.own_chat import Event, OwnChat
from bot.chat.pages import Page
from bot.chat.platform import Destination, Limits, MessageGone
from bot.chat.plugin import Deployment, OpenPlatform, PlatformHost, PlatformPlugin
from bot.chat.seldom import Seldom
from bot.domain.errors import EarmarkError, NotNow, TooLarge, Undelivered
from bot.domain.file_types import is_sound
from bot.domain.note import MediaRef, Note
from bot.domain.ports import Clock
from bot.domain.waiting import WaitReason
from bot.support.settings_section import Address, AddressOrNone, Section, described

log = structlog.get_logger()

NAME = "smallest"
LIMITS = Limits(text=2000, caption=2000, pause=0.5)
CAN = Capabilities("Earmark", "earmark", largest_file=20_000_000, limits=LIMITS, features=frozenset({Feature.START}))
LONGEST_LINE, MEGABYTES = 32_000_000, 20
SECONDS, PAUSE = 20.0, 1.0


class SmallestSettings(Section):
    """Settings of the platform."""

    prefix: ClassVar[str] = "smallest_"
    address: Annotated[AddressOrNone, described("Host and port of the chat.")] = None


@asynccontextmanager
async def connected(address: Address, call: str, **fields: object) -> AsyncIterator[asyncio.StreamReader]:
    """Connect to the chat and send the first line."""
    reader, writer = await asyncio.open_connection(*address, limit=LONGEST_LINE)
    with closing(writer):
        writer.write(json.dumps({"call": call, **fields}).encode() + b"\n")
        yield reader


@dataclass(frozen=True, slots=True)
class SmallestPlatform:
    """Implements bot.chat.own_chat.OwnChatPlatform, WritesToUsers, and bot.domain.ports.Notifier."""

    address: Address
    clock: Clock
    name: str = NAME

    def destination(self, note: Note) -> Destination:
        return Destination(note.details["locale"], Audience.OWNER, LIMITS)

    async def post(self, note: Note, part: str, page: Page, buttons: Buttons, gone: str | None) -> str:
        return await self.send(note.key.chat, page, buttons, f"{note.id} {part} {gone}")

    async def edit(self, note: Note, handle: str, page: Page, buttons: Buttons) -> None:
        await self.overwrite(handle, page, buttons)

    async def overwrite(self, handle: str, page: Page, buttons: Buttons) -> None:
        await self._call("edit", message=handle, **shown(page, buttons))

    async def delete(self, handle: str) -> None:
        await self._call("delete", message=handle)

    async def download(self, note: Note, folder: Path, limit: int) -> Path:
        data = b64decode(await self._call("download", file=note.media.locator))
        if len(data) > limit:
            raise TooLarge(limit_mb=limit / 1_000_000)
        path = folder / "received"
        await asyncio.to_thread(path.write_bytes, data)
        return path

    async def send(self, user: str, page: Page, buttons: Buttons, nonce: str) -> str:
        return str(await self._call("post", to=user, nonce=nonce, **shown(page, buttons)))

    async def show_notice(self, user: str, words: str) -> None:
        await self._call("tell", to=user, news={"notice": words})

    async def show_form(self, user: str, data: ButtonData, fields: Mapping[str, str]) -> None:
        await self._call("tell", to=user, news={"form": data.pack(), "fields": fields})

    async def tell(self, person: str, words: str) -> None:
        await self.write(person, Page(words), ())

    async def write(self, person: str, page: Page, buttons: Buttons) -> None:
        await self.send(person.removeprefix(f"{NAME}:"), page, buttons, f"{person} {self.clock()}")

    async def acknowledge(self, number: int) -> None:
        """Tell the chat that an event was answered."""
        await self._call("acknowledge", event=number)

    async def _call(self, call: str, **fields: object) -> Any:
        """Return the result of a call. Raises NotNow if the chat is away, MessageGone, Undelivered."""
        try:
            async with asyncio.timeout(SECONDS), connected(self.address, call, **fields) as reader:
                answer = json.loads(await reader.readline())
        except (OSError, ValueError):  # ValueError: the line broke off
            raise NotNow(WaitReason.PLATFORM_DOWN, self.clock() + timedelta(seconds=PAUSE), NAME) from None
        if "result" not in answer:
            raise MessageGone if "gone" in answer else Undelivered(reason="refused")
        return answer["result"]


def shown(page: Page, buttons: Buttons) -> dict[str, object]:
    """Translate a message; each entry of a menu is a button."""
    rows = [[row.button_of(one) for one in row.entries] if isinstance(row, Menu) else row for row in buttons]
    pressable = [{"label": button.label, "press": button.data.pack()} for row in rows for button in row]
    file = page.file and {"name": page.file.name, "data": b64encode(page.file.data).decode()}
    return {"text": plain(page.text, LIMITS).text if page.text else "", "buttons": pressable, "file": file}


def event_of(got: Mapping[str, Any]) -> Event:
    """Translate an event."""
    user, message, name = got["user"], got["message"], got.get("name", "")
    sound = MediaRef(f"{user}/{message}", name) if is_sound(name, "") else None
    said, pressed, fields = got.get("text", ""), got.get("press", ""), got.get("fields", {})
    own = got.get("recorded", False)
    return Event(user, str(got["event"]), message, got["language"], said, sound, own, bool(name), pressed, fields)


@dataclass(frozen=True, slots=True)
class Smallest:
    """The platform before it listens. Implements bot.chat.plugin.OpenPlatform."""

    adapter: Delivery
    notifier: SmallestPlatform
    report: StateReport
    megabytes: float
    routes: tuple[()] = ()
    announcement: str = "The smallest chat is answered."

    @asynccontextmanager
    async def listen(self, core: ChatCore) -> AsyncIterator[None]:
        chat = OwnChat(self.notifier, self.adapter, core, CAN, Seldom(core.clock), self.megabytes)
        async with keep_listening(NAME, self._take_events(chat)):
            yield

    async def _take_events(self, chat: OwnChat) -> None:
        """Answer events until cancelled. The chat sends each again until it is acknowledged."""
        self.report.commands_synced()  # the chat shows no list of them
        while True:
            try:
                async with connected(self.notifier.address, "listen") as reader:
                    self.report.connected()
                    while got := await reader.readline():
                        self.report.update_arrived()
                        event = json.loads(got)
                        await chat.answer(event_of(event))
                        await self.notifier.acknowledge(event["event"])
            except (OSError, ValueError, EarmarkError) as error:
                log.warning("chat_connection_lost", error=repr(error))
            self.report.lost()
            await asyncio.sleep(PAUSE)


@asynccontextmanager
async def opened(settings: SmallestSettings, host: PlatformHost) -> AsyncIterator[OpenPlatform]:
    assert settings.address is not None, "it is on"
    platform = SmallestPlatform(settings.address, host.clock)
    adapter = Delivery(platform, host.fetcher, host.posted, host.clock)
    yield Smallest(adapter, platform, StateReport(host.clock), min(host.deployment.max_megabytes, MEGABYTES))


async def checked(settings: SmallestSettings, _: Deployment) -> str:
    return f"the chat is at {settings.address}"


SMALLEST = PlatformPlugin(
    NAME, SmallestSettings, lambda one: bool(one.address), opened, checked, lambda _: typer.Typer()
)
