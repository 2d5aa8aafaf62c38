"""The commands that tell: what I do, what is left, what was spent; and those that cancel, export and forget."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import BaseHandler, CommandHandler, filters

from adapters.telegram.callers import Caller, caller_of, message_in
from adapters.telegram.doors import Doors
from adapters.telegram.pages import plain
from adapters.telegram.places import PLATFORM, Handle
from bot.chat import messages
from bot.chat.button_data import Action, Press
from bot.chat.command_table import TELEGRAM, Where, commands_for
from bot.locales import say

_RECENT = 5
_MOST_JOBS = 20
_LARGEST_EXPORT = 20_000_000
"""Bytes: they must be sent within the time that a command has, also over a slow line."""

Answer = Callable[[Doors, Caller, Update], Awaitable[None]]


def handlers(doors: Doors) -> list[BaseHandler[Any, Any, Any]]:
    """One for each command of this module."""
    answers: dict[str, Answer] = {
        "start": _start,
        "help": _help,
        "balance": _balance,
        "usage": _usage,
        "jobs": _jobs,
        "cancel": _cancel,
        "export": _export,
        "forget": _forget,
    }
    either = filters.UpdateType.MESSAGE | filters.UpdateType.CHANNEL_POST
    return [CommandHandler(name, _answering(doors, answer), either) for name, answer in answers.items()]


def _answering(doors: Doors, answer: Answer) -> Callable[[Update, object], Coroutine[Any, Any, None]]:
    async def handle(update: Update, _context: object) -> None:
        await answer(doors, await caller_of(doors, message_in(update), update.effective_user), update)

    return handle


async def _tell(doors: Doors, caller: Caller, words: str, buttons: InlineKeyboardMarkup | None = None) -> None:
    await doors.sender.post(caller.place, plain(words), buttons)


async def _start(doors: Doors, caller: Caller, _update: Update) -> None:
    await _tell(doors, caller, say(caller.tongue, "start", name=doors.me.first_name))


async def _help(doors: Doors, caller: Caller, _update: Update) -> None:
    where = Where.PRIVATE if caller.place.private else Where.ADMIN
    if caller.place.private and await doors.operators.has(caller.account):
        where = Where.OPERATOR
    shown = commands_for(where, doors.star is not None, TELEGRAM)
    lines = [f"/{one.name}: {one.says(caller.tongue)}" for one in shown]
    await _tell(doors, caller, say(caller.tongue, "help") + "\n\n" + "\n".join(lines))


async def _balance(doors: Doors, caller: Caller, _update: Update) -> None:
    """In a group only the figures' owner should read them, so they are told in private there; unless they are the
    group's."""
    if not caller.place.private and doors.groups_pay:
        found = messages.balance(caller.tongue, await doors.commands.balance(caller.place.group))
        await _tell(doors, caller, "\n".join([say(caller.tongue, "balance-group"), *found]))
        return
    if not caller.place.private:
        await _tell(doors, caller, say(caller.tongue, "only-in-private", bot=doors.me.username or ""))
        return
    notes = messages.recent(caller.tongue, await doors.commands.recent(caller.account, _RECENT))
    lines = [
        *messages.balance(caller.tongue, await doors.commands.balance(caller.account)),
        *([""] if notes else []),
        *notes,
    ]
    await _tell(doors, caller, "\n".join(lines))


async def _usage(doors: Doors, caller: Caller, _update: Update) -> None:
    if not caller.place.private:
        await _tell(doors, caller, say(caller.tongue, "only-in-private", bot=doors.me.username or ""))
        return
    spent = await doors.commands.usage(caller.account)
    await _tell(doors, caller, "\n".join(messages.usage(caller.tongue, spent)))


async def _jobs(doors: Doors, caller: Caller, _update: Update) -> None:
    if not caller.place.private:
        await _tell(doors, caller, say(caller.tongue, "only-in-private", bot=doors.me.username or ""))
        return
    lines = messages.recent(caller.tongue, await doors.commands.recent(caller.account, _MOST_JOBS))
    await _tell(doors, caller, "\n".join(lines or [say(caller.tongue, "usage-none")]))


async def _cancel(doors: Doors, caller: Caller, update: Update) -> None:
    """Give up what the caller waits for in this chat; as a reply, only that one."""
    chat = str(caller.place.chat)
    mine = await doors.commands.unfinished_notes(caller.account, PLATFORM, chat)
    asked = message_in(update).reply_to_message
    if asked is not None:
        handle = Handle(asked.chat.id, asked.message_id, asked.business_connection_id or "")
        mine = [note for note in mine if await _is_about(doors, note, handle)]
    for note_id in mine:
        await doors.intake.cancel(note_id)
    await _tell(doors, caller, say(caller.tongue, "cancelling", notes=len(mine)))


async def _is_about(doors: Doors, note_id: str, handle: Handle) -> bool:
    """Whether a message holds the note's sound, or was posted for it: the placeholder, also one that is posted anew."""
    order = await doors.commands.order(note_id)
    if order is not None and order.note.details.get("message") == str(handle.message):
        return True
    found = await doors.posted.find(str(handle))
    return str(handle) == await doors.commands.placeholder(note_id) or (found is not None and found.note_id == note_id)


async def _export(doors: Doors, caller: Caller, _update: Update) -> None:
    if not caller.place.private:
        await _tell(doors, caller, say(caller.tongue, "only-in-private", bot=doors.me.username or ""))
        return
    folder = await asyncio.to_thread(TemporaryDirectory)
    try:
        path = Path(folder.name) / "export.zip"
        notes = await doors.privacy.export(caller.account, path)
        if (await asyncio.to_thread(path.stat)).st_size > _LARGEST_EXPORT:
            await _tell(doors, caller, say(caller.tongue, "export-too-large"))
            return
        data = await asyncio.to_thread(path.read_bytes)
    finally:
        await asyncio.to_thread(folder.cleanup)
    caption = plain(say(caller.tongue, "export-done", notes=notes))
    await doors.sender.send_file(caller.place, "earmark-export.zip", data, caption)


async def _forget(doors: Doors, caller: Caller, _update: Update) -> None:
    if not caller.place.private:
        await _tell(doors, caller, say(caller.tongue, "only-in-private", bot=doors.me.username or ""))
        return
    yes = InlineKeyboardButton(say(caller.tongue, "button-forget"), callback_data=Press(Action.FORGET).pack())
    await _tell(doors, caller, say(caller.tongue, "forget-ask"), InlineKeyboardMarkup([[yes]]))
