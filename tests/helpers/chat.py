"""Users of a chat platform that only tests have, and what the conversation reaches of a running Earmark."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

from bot.chat.button_rows import Action, Button, ButtonData, Buttons, Menu
from bot.chat.caller import Caller, Capabilities, Scope
from bot.chat.command_table import Feature
from bot.chat.core import ChatCore
from bot.chat.platform import Limits
from bot.chat.presses import PressOutcome, answer
from bot.chat.replies import Reply
from bot.chat.user_commands import ANSWERS
from bot.domain.billing import Plan
from bot.domain.money import Micros
from bot.domain.note import Note
from bot.people.preferences import Chosen
from bot.service.chat_core import chat_core_of
from bot.support.clock import now
from tests.doubles.platform import PLATFORM, FolderPlatform
from tests.doubles.provider import PaidProvider
from tests.helpers.paths import SAMPLES
from tests.helpers.services import Application, opened
from tests.helpers.settings import make_settings

LIMITS = Limits(text=2000, caption=1000)
PHONE = Capabilities("Earmark", "earmark_bot", 20_000_000, LIMITS, features=frozenset({Feature.START}))
"""A platform on which each entry of a menu is a button."""
DESK = replace(PHONE, menus=True, features=frozenset({Feature.SERVERS}))
"""One with menus, and with servers."""
OLGA = f"{PLATFORM}:110"
"""The owner of the service."""
VOICE = SAMPLES / "voice-note.ogg"
_numbers = count(1)


@dataclass(frozen=True)
class Chat:
    """A running Earmark, and what is said to it."""

    application: Application
    core: ChatCore

    async def said(self, caller: Caller, command: str) -> Reply:
        """Return the answer to a command as a user types it, without the slash."""
        name, *words = command.split()
        return await ANSWERS[name](self.core, caller, words)

    async def pressed(self, caller: Caller, data: ButtonData) -> PressOutcome:
        return await answer(self.core, caller, data)

    async def chosen(self, caller: Caller, argument: str) -> PressOutcome:
        """Return what a button of the settings brings."""
        return await self.pressed(caller, ButtonData(Action.CHOOSE, argument=argument))

    async def give(self, caller: Caller, dollars: float = 1) -> None:
        amount = Micros(round(dollars * 1_000_000))
        await self.application.service.core.ledger.credit(caller.account, amount, f"to {caller.account}")

    async def recorded(self, caller: Caller, chat: str = "chat", message: str = "") -> Note:
        """Return a voice note of the caller's, which is not done yet."""
        note = self.application.platform.note(message or str(next(_numbers)), VOICE, user=caller.account)
        note = replace(note, key=replace(note.key, chat=chat), details={"message": note.key.message})
        await self.application.take(note)
        return note

    async def transcribed(self, caller: Caller) -> Note:
        """Return a voice note of the caller's that has its text."""
        note = await self.recorded(caller)
        await self.application.end_of(note)
        return note


@asynccontextmanager
async def open_chat(folder: Path, **more: object) -> AsyncIterator[Chat]:
    prepaid: dict[str, object] = {"plan": Plan.PREPAID, "ask_above": "", "model": "paid", "owners": OLGA}
    settings = make_settings(folder / "data", **{"stop_seconds": 0} | prepaid | more)
    world = FolderPlatform(folder / "platform"), PaidProvider(folder / "provider")
    async with opened(settings, world) as application:
        yield Chat(application, chat_core_of(application.service, settings, now))


def caller(name: str = "", can: Capabilities = PHONE) -> Caller:
    """Return a user in their own chat with the bot; a new one if no name is given."""
    account = f"{PLATFORM}:{name or f'user{next(_numbers)}'}"
    own = Scope("own", account, "settings-own", user=account)
    return Caller(account, "en", Chosen({}, {}), private=True, group="", scopes=(own,), ref=f"{account}:1", can=can)


def in_group(one: Caller, *, admin: bool = False) -> Caller:
    """Return the same user in a group, where others read the answers."""
    group = f"{PLATFORM}:club{next(_numbers)}"
    scope = Scope("chat", group, "settings-chat", chats=(group,), may_change=admin, refusal="press-admins-only")
    return replace(one, private=False, group=group, scopes=(scope,))


def in_server(one: Caller, *, manages_channel: bool = False, manages_server: bool = False) -> Caller:
    """Return the same user in a channel of a server, where they alone read the answers."""
    number = next(_numbers)
    channel, server, refusal = f"{PLATFORM}:channel:{number}", f"{PLATFORM}:server:{number}", "setup-managers-only"
    places = (
        Scope("channel", channel, "settings-channel", "", (channel,), server, manages_channel, refusal),
        Scope("server", server, "settings-server", "", (), server, manages_server, refusal),
    )
    return replace(one, group=server, scopes=(*one.scopes, *places))


def labels(buttons: Buttons) -> list[str]:
    """Return what the buttons say, and the menus' entries, from top to bottom."""
    return [one.label for row in buttons for one in (row.entries if isinstance(row, Menu) else row)]


def button(buttons: Buttons, label: str) -> ButtonData:
    """Return the data of a button, or of a menu's entry as a platform without menus shows it."""
    shown: list[Button] = []
    for row in buttons:
        shown += [row.button_of(entry) for entry in row.entries] if isinstance(row, Menu) else row
    [found] = [one for one in shown if one.label in (label, f"✓ {label}")]
    return found.data


def menus(buttons: Buttons) -> list[Menu]:
    return [row for row in buttons if isinstance(row, Menu)]
