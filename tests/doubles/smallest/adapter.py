"""The smallest platform as a plug-in, and all of its adapter."""

import asyncio
import json
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Annotated, Any, ClassVar

import structlog
import typer

from bot.chat import answer_layout, caller, plugin, presses, replies, result_actions
from bot.chat.button_data import Action, ButtonData
from bot.chat.buttons import Buttons, Menu
from bot.chat.command_table import Feature
from bot.chat.core import ChatCore
from bot.chat.delivery import Delivery
from bot.chat.incoming import Hints, Incoming, Sender, Sound, take
from bot.chat.messages import Audience
from bot.chat.pages import Page
from bot.chat.platform import Destination, Limits, MessageGone
from bot.chat.seldom import Seldom
from bot.chat.user_commands import ANSWERS
from bot.domain.errors import EarmarkError, NotNow, TooLarge, Undelivered
from bot.domain.file_types import is_sound
from bot.domain.note import MOST_SPEAKERS, MediaRef, Note, NoteKey
from bot.domain.ports import Clock
from bot.domain.waiting import WaitReason
from bot.locales import error_text, locale_of, text
from bot.people.preferences import Mode
from bot.support.settings_section import Address, AddressOrNone, Section, described

log = structlog.get_logger()
NAME, LARGEST_FILE, LONGEST_LINE, SECONDS, PAUSE = "smallest", 20_000_000, 32_000_000, 20.0, 1.0
LIMITS = Limits(text=2000, caption=2000)
CAN = caller.Capabilities("Earmark", "earmark", LARGEST_FILE, features=frozenset({Feature.START}))
HINTS = Hints("transcribe-how", "transcribe-off", "help-send", "not-sound", megabytes=20)
Event = Mapping[str, Any]
Outcome = presses.PressOutcome | result_actions.NoteOutcome


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
    """Implements bot.chat.platform.Platform and DeletesMessages, and bot.domain.ports.Notifier."""

    address: Address
    clock: Clock
    name: str = NAME

    def destination(self, note: Note) -> Destination:
        return Destination(note.details["locale"], Audience.OWNER, LIMITS)

    async def post(self, note: Note, part: str, page: Page, buttons: Buttons, gone: str | None) -> str:
        return await self.send(note.key.chat, page, buttons, f"{note.id} {part} {gone}")

    async def edit(self, note: Note, handle: str, page: Page, buttons: Buttons) -> None:
        await self.call("edit", message=handle, **shown(page, buttons))

    async def delete(self, handle: str) -> None:
        await self.call("delete", message=handle)

    async def download(self, note: Note, folder: Path, limit: int) -> Path:
        data = b64decode(await self.call("download", file=note.media.locator))
        if len(data) > limit:
            raise TooLarge(limit_mb=limit / 1_000_000)
        path = folder / "received"
        await asyncio.to_thread(path.write_bytes, data)
        return path

    async def tell(self, person: str, words: str) -> None:
        await self.send(person.removeprefix(f"{NAME}:"), Page(words), (), f"{person} {self.clock()}")

    async def send(self, user: str, page: Page, buttons: Buttons, nonce: str) -> str:
        """Post a message; the chat knows by the nonce one that was posted before."""
        return str(await self.call("post", to=user, nonce=nonce, **shown(page, buttons)))

    async def call(self, call: str, **fields: object) -> Any:
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
    words = answer_layout.plain(page.text, LIMITS).text if page.text else ""
    return {"text": words, "buttons": pressable, "file": file}


@dataclass(frozen=True, slots=True)
class OwnNotes:
    """Rights in a chat of one user: all about their own notes. Implements bot.chat.result_actions.Rights."""

    account: str

    async def may_use(self, note: Note) -> bool:
        return note.user == self.account

    may_cancel = may_pay = may_use


@dataclass(frozen=True, slots=True)
class Conversation:
    """Translates events of the chat, and carries out what the conversation answers."""

    platform: SmallestPlatform
    adapter: Delivery
    core: ChatCore
    seldom: Seldom

    async def listen(self) -> None:
        """Take events until cancelled. The chat sends each event again until it is acknowledged."""
        while True:
            try:
                async with connected(self.platform.address, "listen") as reader:
                    while event := await reader.readline():
                        await self._take(json.loads(event))
            except (OSError, EarmarkError) as error:
                log.warning("chat_connection_lost", error=repr(error))
            await asyncio.sleep(PAUSE)

    async def _take(self, event: Event) -> None:
        asker = await self._caller(event)
        try:
            await self._answer(asker, event)
        except Exception as error:
            if isinstance(error, NotNow):
                raise
            log.exception("event_given_up")  # one event must not keep all others away
            await self._send(asker, Page(text(asker.locale, "given-up")))
        await self.platform.call("acknowledge", event=event["event"])

    async def _caller(self, event: Event) -> caller.Caller:
        account, language = f"{NAME}:{event['user']}", event["language"]
        chosen = await self.core.preferences.of(account)
        scopes = (caller.Scope("own", account, "settings-own", user=account),)
        locale, ref = locale_of(chosen.locale or language), f"{NAME}:{event['event']}"
        return caller.Caller(account, locale, chosen, True, "", scopes, ref, CAN, language, event["user"])

    async def _answer(self, asker: caller.Caller, event: Event) -> None:
        name, *words = event.get("text", "").split() or [""]
        if "press" in event:
            await self._press(asker, event)
        elif name.startswith("/") and name[1:] in ANSWERS:
            reply = await ANSWERS[name[1:]](self.core, asker, words)
            await self._send(asker, reply.page, reply.buttons)
        else:
            sender = Sender(asker.account, asker.locale, asker.chosen)
            asks, has_text, has_file = name == "/transcribe", "text" in event, "name" in event
            sounds, mode = sounds_in(asker, event), Mode.AUTO
            message = Incoming(sender, event["message"], mode, sounds, (), asks, True, has_text, has_file, HINTS)
            for said in await take(self.core, message):
                await self.seldom.say(asker.chat, said.seldom, partial(self._send, asker, Page(said.text)))

    async def _press(self, asker: caller.Caller, event: Event) -> None:
        data = ButtonData.unpack(event["press"])
        outcome: Outcome = replies.Notice(text(asker.locale, "press-unknown"))
        if data is not None and data.note_id:
            fields, message = event.get("fields", {}), event["message"]
            place = result_actions.Press(data, asker.account, asker.locale, "", fields, message)
            press = replace(place, largest_file=LARGEST_FILE, form_fields=MOST_SPEAKERS)
            outcome = await result_actions.pressed(self.core, press, OwnNotes(asker.account))
        elif data is not None:
            outcome = await presses.answer(self.core, asker, data)
        if notice := await self._carry_out(asker, event["message"], outcome):
            await self.platform.call("tell", to=asker.chat, news={"notice": notice})

    async def _carry_out(self, asker: caller.Caller, message: str, outcome: Outcome) -> str:
        """Carry out what a press brings; return the notice for the presser."""
        match outcome:
            case replies.Overwrite(page, buttons):
                await self.platform.call("edit", message=message, **shown(page, buttons))
            case replies.Discard():
                await self.platform.delete(message)
            case replies.Offer(words, buttons):
                await self._send(asker, Page(words), buttons)
            case replies.Redraw(result) | replies.Renamed(result) | replies.Restore(result):
                await self.adapter.deliver(result.note, result.placeholder, result.answer)
            case replies.ShowAgain(result):
                ways = answer_layout.answer(self.platform.destination(result.note), result.note, result.answer)
                await self._send(asker, ways[0][0])
            case replies.SendFile(_, file):
                await self._send(asker, Page(file=file))
            case replies.AskNames(result, _, called, numbers):
                form = ButtonData(Action.NAMED, result.note.id, result_actions.ALL_NAMES).pack()
                names = dict(zip(map(str, numbers), called, strict=True))
                await self.platform.call("tell", to=asker.chat, news={"form": form, "fields": names})
            case replies.Rerun():
                return await self._run_again(asker, outcome)
            case replies.Notice(words):
                return words
        return getattr(outcome, "notice", "")

    async def _run_again(self, asker: caller.Caller, rerun: replies.Rerun) -> str:
        note = rerun.result.note
        key = f"{note.key.message.partition('/')[0]}/{rerun.wanted}"
        try:
            is_new = await result_actions.begin(self.core, rerun, note, key)
        except EarmarkError as error:
            return error_text(asker.locale, error)
        return text(asker.locale, "press-running" if is_new else "press-ran")

    async def _send(self, asker: caller.Caller, page: Page, buttons: Buttons = ()) -> None:
        await self.platform.send(asker.chat, page, buttons, f"{asker.ref} {page.text}")


def sounds_in(asker: caller.Caller, event: Event) -> tuple[Sound, ...]:
    if "name" not in event or not is_sound(event["name"], ""):
        return ()
    key = NoteKey(NAME, NAME, asker.chat, event["message"])
    media = MediaRef(f"{key.chat}/{key.message}", event["name"])
    return (Sound(media, key, {"locale": asker.locale, "message": key.message}),)


@dataclass(frozen=True, slots=True)
class Smallest:
    """The platform before it listens. Implements bot.chat.plugin.OpenPlatform."""

    adapter: Delivery
    notifier: SmallestPlatform
    routes: tuple[()] = ()
    announcement: str = "The smallest chat is answered."

    @asynccontextmanager
    async def listen(self, core: ChatCore) -> AsyncIterator[None]:
        conversation = Conversation(self.notifier, self.adapter, core, Seldom(core.clock))
        listening = asyncio.create_task(conversation.listen())
        try:
            yield
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)


@asynccontextmanager
async def opened(settings: SmallestSettings, host: plugin.PlatformHost) -> AsyncIterator[plugin.OpenPlatform]:
    assert settings.address is not None, "it is on"
    platform = SmallestPlatform(settings.address, host.clock)
    yield Smallest(Delivery(platform, host.fetcher, host.posted, host.clock), platform)


async def checked(settings: SmallestSettings, _: plugin.Deployment) -> str:
    return f"the chat is at {settings.address}"


def is_on(settings: SmallestSettings) -> bool:
    return settings.address is not None


SMALLEST = plugin.PlatformPlugin(NAME, SmallestSettings, is_on, opened, checked, lambda _: typer.Typer())
