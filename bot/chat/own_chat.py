"""The conversation in a user's own chat with the bot: all there is to it on a platform that has no other chats.

The platform translates what it receives to `Event`, and sends what `OwnChat` lets it send. A platform with groups,
threads or menus answers in ways of its own, with the same parts of this package.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Protocol

import structlog

from bot.chat import presses, result_actions
from bot.chat.button_rows import Action, ButtonData, Buttons
from bot.chat.caller import Caller, Capabilities, RepliedTo, Scope
from bot.chat.core import ChatCore
from bot.chat.delivery import Delivery
from bot.chat.incoming import LONGEST_COMMAND, Hints, Incoming, Sender, Sound, take
from bot.chat.pages import Page
from bot.chat.platform import Platform
from bot.chat.queries import Result
from bot.chat.replies import (
    AskNames,
    Confirm,
    Discard,
    Notice,
    Offer,
    Overwrite,
    Redraw,
    Remove,
    Renamed,
    Rerun,
    Restore,
    SendFile,
    ShowAgain,
)
from bot.chat.seldom import Seldom
from bot.chat.user_commands import ANSWERS
from bot.domain.errors import EarmarkError, NotNow
from bot.domain.note import MOST_SPEAKERS, MediaRef, Note, NoteKey
from bot.locales import error_text, locale_of, text
from bot.people.preferences import Mode

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Event:
    """A message of a user, or a press under a message of the bot."""

    user: str
    """Id of the user, and so of the chat."""
    ref: str
    """Id of the event; the same if the platform sends it again."""
    message: str
    """Id of the user's message, or handle of the bot's message that was pressed."""
    language: str | None = None
    """Language of the user's app."""
    text: str = ""
    sound: MediaRef | None = None
    is_own_voice: bool = False
    """If true, the user recorded the sound in this message: nothing forwarded, and no file."""
    has_file: bool = False
    """If true, a file came with it, which may be no sound."""
    press: str = ""
    """Packed data of the button; "": it is a message."""
    fields: Mapping[str, str] = field(default_factory=dict)
    """Texts that were written into a form, by the field."""
    replied_to: str = ""
    """Handle of the message that it replies to; "": none."""
    name: str = ""
    """Name of the user as the platform shows it; "": unknown."""


class OwnChatPlatform(Platform, Protocol):
    """A platform on which each user has a chat with the bot. All methods raise NotNow and Undelivered."""

    async def send(self, user: str, page: Page, buttons: Buttons, nonce: str) -> str:
        """Post a message to a user and return its handle: with the nonce of an earlier one, that one's."""

    async def show_notice(self, user: str, words: str) -> None:
        """Show the presser of a button a short text beside the messages."""

    async def show_form(self, user: str, data: ButtonData, fields: Mapping[str, str]) -> None:
        """Show a form with a text in each field; it comes back as a press of the data, with the fields."""

    async def overwrite(self, handle: str, page: Page, buttons: Buttons) -> None:
        """Let a message be this page. Raises MessageGone."""

    async def delete(self, handle: str) -> None:
        """Delete a message. Raises MessageGone."""


@dataclass(frozen=True, slots=True)
class OwnNotes:
    """Rights of a user about notes: all about their own. Implements bot.chat.result_actions.Rights."""

    account: str

    async def may_use(self, note: Note) -> bool:
        return note.user == self.account

    may_read = may_cancel = may_pay = may_use


@dataclass(frozen=True, slots=True)
class OwnChat:
    """Answers the events of all users of a platform."""

    platform: OwnChatPlatform
    adapter: Delivery
    core: ChatCore
    can: Capabilities
    seldom: Seldom
    megabytes: float
    """The largest file that is taken."""

    async def answer(self, event: Event) -> None:
        """Answer an event; if that fails, tell the user. Raises NotNow: the event must come again then."""
        caller = await self._caller(event)
        try:
            await self._answer(caller, event)
        except NotNow:
            raise
        except Exception:  # one event must not keep all others from being answered
            log.exception("event_given_up")
            await self._send(caller, Page(text(caller.locale, "given-up")))

    async def _caller(self, event: Event) -> Caller:
        account = f"{self.platform.name}:{event.user}"
        chosen = await self.core.preferences.of(account)
        return Caller(
            account=account,
            locale=locale_of(chosen.locale or event.language),
            chosen=chosen,
            private=True,
            group="",
            scopes=(Scope("own", account, "settings-own", user=account),),
            ref=f"{self.platform.name}:{event.ref}",
            can=self.can,
            language=event.language,
            chat=event.user,
            replied_to=RepliedTo(event.replied_to, event.replied_to) if event.replied_to else None,
            name=event.name,
        )

    async def _answer(self, caller: Caller, event: Event) -> None:
        name, *words = event.text.split() or [""]
        command = ANSWERS.get(name.removeprefix("/")) if name.startswith("/") else None
        if event.press:
            await self._press(caller, event)
        elif command is not None:
            reply = await command(self.core, caller, words)
            await self._send(caller, reply.page, reply.buttons)
        else:
            await self._receive(caller, event, self._incoming(caller, event, is_asking=name == "/transcribe"))

    async def _receive(self, caller: Caller, event: Event, incoming: Incoming) -> None:
        for saying in await take(self.core, incoming):
            send = partial(self._send, caller, saying.page, saying.buttons)
            await self.seldom.say(event.user, saying.seldom, send)

    def _incoming(self, caller: Caller, event: Event, *, is_asking: bool) -> Incoming:
        name = next(iter(event.text.split()), "")
        return Incoming(
            sender=Sender(caller.account, caller.locale, caller.chosen),
            message=event.message,
            mode=Mode.AUTO,
            sounds=self._sounds(caller, event),
            is_asking=is_asking,
            is_direct=True,
            unknown_command=name[:LONGEST_COMMAND] if name.startswith("/") and not is_asking else "",
            has_text=bool(event.text),
            has_files=event.has_file,
            hints=Hints("transcribe-how", "transcribe-off", "help-send", "not-sound", self.megabytes),
        )

    def _sounds(self, caller: Caller, event: Event) -> Sequence[Sound]:
        if event.sound is None:
            return ()
        key = NoteKey(self.platform.name, self.can.address, event.user, event.message)
        details = {"locale": caller.locale, "message": event.message}
        return (Sound(event.sound, key, details, is_own_voice=event.is_own_voice),)

    async def _press(self, caller: Caller, event: Event) -> None:
        notice = await self._carry_out(caller, event, await self._outcome(caller, event))
        if notice:
            await self.platform.show_notice(event.user, notice)

    async def _outcome(self, caller: Caller, event: Event) -> presses.Outcome:
        data = ButtonData.unpack(event.press)
        if data is None:
            return Notice(text(caller.locale, "press-unknown"))
        press = result_actions.Press(
            data,
            caller.account,
            caller.locale,
            fields=event.fields,
            message=event.message,
            largest_file=self.can.largest_file,
            form_fields=MOST_SPEAKERS,
        )
        return await presses.outcome(self.core, caller, press, OwnNotes(caller.account))

    async def _carry_out(self, caller: Caller, event: Event, outcome: presses.Outcome) -> str:
        """Carry out what a press brings; return the notice for the presser."""
        match outcome:
            case Notice(words):
                return words
            case Overwrite(page, buttons, notice):
                await self.platform.overwrite(event.message, page, buttons)
                return notice
            case Discard(notice):
                await self.platform.delete(event.message)
                return notice
            case Rerun():
                return await self._run_again(caller, outcome)
            case Redraw(result) | Renamed(result) | Restore(result):
                await self.adapter.show(result.note, result.placeholder, result.answer)
            case Remove(result, notice):
                await self.adapter.remove(result.note, result.placeholder, event.message)
                return notice
            case _:
                await self._send_more(caller, outcome)
        return ""

    async def _send_more(self, caller: Caller, outcome: Confirm | Offer | ShowAgain | SendFile | AskNames) -> None:
        """Send something about a text, below it."""
        match outcome:
            case Offer(words, buttons) | Confirm(words, buttons):
                await self._send(caller, Page(words), buttons)
            case ShowAgain(result):
                await self._show_again(caller, result)
            case SendFile(_, file):
                await self._send(caller, Page(file=file))
            case AskNames(result, _, called, numbers):
                data = ButtonData(Action.NAMED, result.note.id, result_actions.ALL_NAMES)
                names = zip(map(str, numbers), called, strict=True)
                await self.platform.show_form(caller.chat, data, dict(names))

    async def _show_again(self, caller: Caller, result: Result) -> None:
        """Send a text once more; its buttons come with it if what they bring comes here too."""
        note = replace(result.note, details={**result.note.details, "locale": caller.locale})
        is_here = note.key.platform == self.platform.name and note.key.chat == caller.chat
        to = self.platform.destination(note)
        (*pages, last), buttons = await presses.shown_again(to, result, with_buttons=is_here)
        for page in pages:
            await self._send(caller, page)
        await self._send(caller, last, buttons)

    async def _run_again(self, caller: Caller, rerun: Rerun) -> str:
        """Transcribe the recording again, at the presser's cost."""
        note = replace(rerun.result.note, payer="")
        message = f"{note.key.message.partition('/')[0]}/{rerun.wanted}"
        try:
            is_new = await result_actions.begin(self.core, rerun, OwnNotes(caller.account), note, message)
        except NotNow:
            raise
        except EarmarkError as error:
            return error_text(caller.locale, error)
        return text(caller.locale, "press-running" if is_new else "press-ran")

    async def _send(self, caller: Caller, page: Page, buttons: Buttons = ()) -> None:
        await self.platform.send(caller.chat, page, buttons, f"{caller.ref} {page.text}")
