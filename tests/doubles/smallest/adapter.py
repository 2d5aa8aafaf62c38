"""The smallest platform as a plug-in, and all of its adapter."""

import asyncio
import json
from asyncio import StreamReader, StreamWriter
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Annotated, Any, ClassVar

import structlog
import typer
from starlette.routing import BaseRoute

from bot.chat import answer_layout, presses, result_actions
from bot.chat.button_data import Action, ButtonData
from bot.chat.buttons import Buttons, Menu
from bot.chat.caller import Caller, Capabilities, RepliedTo, Scope
from bot.chat.command_table import Feature
from bot.chat.core import ChatCore
from bot.chat.delivery import Delivery
from bot.chat.incoming import Hints, Incoming, Sender, Sound, take
from bot.chat.messages import Audience
from bot.chat.pages import Page
from bot.chat.platform import Destination, Limits, MessageGone
from bot.chat.plugin import CommandLine, Deployment, OpenPlatform, PlatformHost, PlatformPlugin
from bot.chat.replies import AskNames, Discard, Notice, Offer, Overwrite, Redraw, Renamed, Rerun
from bot.chat.replies import Restore, SendFile, ShowAgain
from bot.chat.seldom import Seldom
from bot.chat.update_inbox import Arrival, UpdateInbox
from bot.chat.user_commands import ANSWERS
from bot.domain.errors import EarmarkError, NotFound, NotNow, TooLarge, Undelivered
from bot.domain.file_types import is_sound
from bot.domain.note import MOST_SPEAKERS, MediaRef, Note, NoteKey
from bot.domain.ports import Clock
from bot.domain.waiting import WaitReason
from bot.locales import error_text, locale_of, text
from bot.people.preferences import Mode
from bot.support.settings_section import Address, AddressOrNone, Section, described

log = structlog.get_logger()

NAME = "smallest"
_LIMITS = Limits(text=1000, caption=1000)
_LARGEST_FILE = 20_000_000
_CAN = Capabilities("Earmark", "earmark", _LARGEST_FILE, features=frozenset({Feature.START}))
_HINTS = Hints("transcribe-how", "transcribe-off", "help-send", "not-sound", _LARGEST_FILE / 1_000_000)
_LINE = 32_000_000
_SECONDS = 20.0
_PAUSE = 1.0
Event = Mapping[str, Any]
Outcome = presses.PressOutcome | result_actions.NoteOutcome


class SmallestSettings(Section):
    """Settings of the platform."""

    prefix: ClassVar[str] = "smallest_"
    address: Annotated[AddressOrNone, described("Host and port of the chat.")] = None


@asynccontextmanager
async def _connected(address: Address, **first: object) -> AsyncIterator[StreamReader]:
    """Connect to the chat and send the first line."""
    reader, writer = await asyncio.open_connection(*address, limit=_LINE)
    with closing(writer):
        writer.write(json.dumps(first).encode() + b"\n")
        yield reader


@dataclass(frozen=True, slots=True)
class Calls:
    """Calls of the chat: a line there, and a line back."""

    address: Address
    clock: Clock

    async def __call__(self, call: str, **fields: object) -> Any:
        """Return the result of a call. Raises NotNow if the chat is away, Undelivered, MessageGone."""
        try:
            async with asyncio.timeout(_SECONDS), _connected(self.address, call=call, **fields) as reader:
                answer = json.loads(await reader.readline())
        except (OSError, ValueError):  # ValueError: the line broke off
            raise NotNow(WaitReason.PLATFORM_DOWN, self.clock() + timedelta(seconds=_PAUSE), NAME) from None
        if answer.get("refused") == "no such message":
            raise MessageGone
        if "refused" in answer:
            raise Undelivered(reason="refused")
        return answer["result"]


@dataclass(frozen=True, slots=True)
class SmallestPlatform:
    """Implements bot.chat.platform.Platform and DeletesMessages."""

    calls: Calls
    name: str = NAME

    def destination(self, note: Note) -> Destination:
        return _destination(note.details["locale"])

    async def post(self, note: Note, part: str, page: Page, buttons: Buttons, gone: str | None) -> str:
        return await self.send(note.key.chat, page, buttons, f"{note.id} {part} {gone}")

    async def edit(self, note: Note, handle: str, page: Page, buttons: Buttons) -> None:
        await self.calls("edit", message=handle, **_shown(page, buttons))

    async def delete(self, handle: str) -> None:
        await self.calls("delete", message=handle)

    async def download(self, note: Note, folder: Path, limit: int) -> Path:
        found = await self.calls("download", file=note.media.locator)
        if found is None:
            raise NotFound(name=note.media.name)
        if len(data := b64decode(found)) > limit:
            raise TooLarge(limit_mb=limit / 1_000_000)
        path = folder / "received"
        await asyncio.to_thread(path.write_bytes, data)
        return path

    async def send(self, user: str, page: Page, buttons: Buttons, nonce: str) -> str:
        """Post a message; the chat knows by the nonce one that was posted before."""
        return str(await self.calls("post", to=user, nonce=nonce, **_shown(page, buttons)))

    async def tell(self, person: str, words: str) -> None:
        """Implement bot.domain.ports.Notifier."""
        nonce = f"{person} {self.calls.clock()}"
        await self.send(person.removeprefix(f"{NAME}:"), answer_layout.plain(words, _LIMITS), (), nonce)


def _destination(locale: str) -> Destination:
    return Destination(locale, Audience.OWNER, _LIMITS)


def _shown(page: Page, buttons: Buttons) -> dict[str, object]:
    """Translate a message; each entry of a menu is a button."""
    rows = [[row.button_of(one) for one in row.entries] if isinstance(row, Menu) else row for row in buttons]
    pressable = [{"label": button.label, "press": button.data.pack()} for row in rows for button in row]
    file = page.file and {"name": page.file.name, "data": b64encode(page.file.data).decode()}
    return {"text": page.text, "buttons": pressable, "file": file}


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
    inbox: UpdateInbox
    seldom: Seldom

    async def listen(self) -> None:
        """Take events until cancelled. The chat keeps an event, and sends it again, until it is acknowledged."""
        calls = self.platform.calls
        while True:
            try:
                async with _connected(calls.address, call="listen") as reader:
                    while event := await reader.readline():
                        await self._take(json.loads(event))
            except Exception as error:  # noqa: BLE001  # one event must not keep all others away
                log.warning("event_not_taken", error=repr(error))
            await asyncio.sleep(_PAUSE)

    async def _take(self, event: Event) -> None:
        """Answer an event once; one that fails again and again is given up."""
        number, caller = event["event"], await self._caller(event)
        await self.inbox.keep([Arrival(number, dict(event))])
        if await self.inbox.begin(number):
            await self._answer(caller, event)
        elif await self.inbox.give_up(number):
            await self._send(caller, Page(text(caller.locale, "given-up")))
        await self.inbox.done(number)
        await self.platform.calls("acknowledge", event=number)

    async def _answer(self, caller: Caller, event: Event) -> None:
        name, *words = event.get("text", "").split() or [""]
        command = ANSWERS.get(name.removeprefix("/")) if name.startswith("/") else None
        if "press" in event:
            await self._press(caller, event)
        elif command is not None:
            reply = await command(self.core, caller, words)
            await self._send(caller, reply.page, reply.buttons)
        else:
            await self._receive(caller, event)

    async def _caller(self, event: Event) -> Caller:
        account = f"{NAME}:{event['user']}"
        chosen = await self.core.preferences.of(account)
        return Caller(
            account=account,
            locale=locale_of(chosen.locale or event["language"]),
            chosen=chosen,
            private=True,
            group="",
            scopes=(Scope("own", account, "settings-own", user=account),),
            ref=f"{NAME}:{event['event']}",
            can=_CAN,
            language=event["language"],
            chat=event["user"],
            replied_to=RepliedTo(event["reply_to"], event["reply_to"]) if "reply_to" in event else None,
        )

    async def _receive(self, caller: Caller, event: Event) -> None:
        incoming = Incoming(
            Sender(caller.account, caller.locale, caller.chosen),
            event["message"],
            Mode.AUTO,
            sounds=_sounds(caller, event),
            is_asking=event.get("text", "").startswith("/transcribe"),
            is_direct=True,
            has_text="text" in event,
            has_files="name" in event,
            hints=_HINTS,
        )
        for said in await take(self.core, incoming):
            await self.seldom.say(caller.chat, said.seldom, partial(self._send, caller, Page(said.text)))

    async def _press(self, caller: Caller, event: Event) -> None:
        data = ButtonData.unpack(event["press"])
        outcome: Outcome = Notice(text(caller.locale, "press-unknown"))
        if data is not None and data.note_id:
            press = result_actions.Press(
                data,
                caller.account,
                caller.locale,
                fields=event.get("fields", {}),
                message=event["message"],
                largest_file=_LARGEST_FILE,
                form_fields=MOST_SPEAKERS,
            )
            outcome = await result_actions.pressed(self.core, press, OwnNotes(caller.account))
        elif data is not None:
            outcome = await presses.answer(self.core, caller, data)
        if notice := await self._carry_out(caller, event["message"], outcome):
            await self.platform.calls("notice", to=caller.chat, text=notice)

    async def _carry_out(self, caller: Caller, message: str, outcome: Outcome) -> str:
        """Carry out what a press brings; return the notice for the presser."""
        match outcome:
            case Overwrite(page, buttons):
                await self.platform.calls("edit", message=message, **_shown(page, buttons))
            case Discard():
                await self.platform.delete(message)
            case Offer(words, buttons):
                await self._send(caller, Page(words), buttons)
            case Redraw(result) | Renamed(result) | Restore(result):
                await self.adapter.deliver(result.note, result.placeholder, result.answer)
            case ShowAgain(result):
                for page in answer_layout.answer(_destination(caller.locale), result.note, result.answer)[0]:
                    await self._send(caller, page)
            case SendFile(_, file):
                await self._send(caller, Page(file=file))
            case AskNames(result, _, called, numbers):
                form = ButtonData(Action.NAMED, result.note.id, result_actions.ALL_NAMES).pack()
                names = {str(number): name for number, name in zip(numbers, called, strict=True)}
                await self.platform.calls("form", to=caller.chat, press=form, fields=names)
            case Rerun():
                return await self._run_again(caller, outcome)
            case Notice(words):
                return words
        return getattr(outcome, "notice", "")

    async def _run_again(self, caller: Caller, rerun: Rerun) -> str:
        note = replace(rerun.result.note, user=caller.account)
        key = f"{note.key.message.partition('/')[0]}/{rerun.wanted}"
        try:
            is_new = await result_actions.begin(self.core, rerun, note, key)
        except EarmarkError as error:
            return error_text(caller.locale, error)
        return text(caller.locale, "press-running" if is_new else "press-ran")

    async def _send(self, caller: Caller, page: Page, buttons: Buttons = ()) -> None:
        words = answer_layout.plain(page.text, _LIMITS).text if page.text else ""
        await self.platform.send(caller.chat, replace(page, text=words), buttons, caller.ref)


def _sounds(caller: Caller, event: Event) -> Sequence[Sound]:
    if "name" not in event or not is_sound(event["name"], ""):
        return ()
    message, user = event["message"], event["user"]
    media = MediaRef(f"{user}/{message}", event["name"])
    return (Sound(media, NoteKey(NAME, NAME, user, message), {"locale": caller.locale, "message": message}),)


@dataclass(frozen=True, slots=True)
class Smallest:
    """The platform before it listens."""

    adapter: Delivery
    notifier: SmallestPlatform
    host: PlatformHost
    routes: Sequence[BaseRoute] = ()
    announcement: str = "The smallest chat is answered."

    @asynccontextmanager
    async def listen(self, core: ChatCore) -> AsyncIterator[None]:
        inbox, seldom = self.host.update_inbox(NAME, NAME), Seldom(core.clock)
        listening = asyncio.create_task(Conversation(self.notifier, self.adapter, core, inbox, seldom).listen())
        try:
            yield
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)


@asynccontextmanager
async def _open(settings: SmallestSettings, host: PlatformHost) -> AsyncIterator[OpenPlatform]:
    assert settings.address is not None, "it is on"
    platform = SmallestPlatform(Calls(settings.address, host.clock))
    yield Smallest(Delivery(platform, host.fetcher, host.posted, host.clock), platform, host)


async def _check(settings: SmallestSettings, _: Deployment) -> str:
    return f"the chat is at {settings.address}"


def _commands(_: CommandLine[SmallestSettings]) -> typer.Typer:
    return typer.Typer()


SMALLEST = PlatformPlugin(NAME, SmallestSettings, lambda it: it.address is not None, _open, _check, _commands)
