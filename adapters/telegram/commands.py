"""The commands that tell: what I do, what is left, what was spent; and those that cancel, export and forget."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from telegram import Update
from telegram.ext import BaseHandler, CommandHandler, filters

from adapters.telegram.callers import Caller, caller_of, message_in
from adapters.telegram.context import Context
from adapters.telegram.pages import plain
from adapters.telegram.places import PLATFORM, Handle
from bot.chat import messages
from bot.chat.button_data import Action, ButtonData
from bot.chat.buttons import Button, Buttons, Look
from bot.chat.command_table import TELEGRAM, Where, commands_for
from bot.locales import text

_RECENT = 5
_MOST_JOBS = 20
_LARGEST_EXPORT = 20_000_000
"""Bytes: they must be sent within the time that a command has, also over a slow line."""

Answer = Callable[[Context, Caller, Update], Awaitable[None]]


def handlers(context: Context) -> list[BaseHandler[Any, Any, Any]]:
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
    return [CommandHandler(name, _answering(context, answer), either) for name, answer in answers.items()]


def _answering(context: Context, answer: Answer) -> Callable[[Update, object], Coroutine[Any, Any, None]]:
    async def handle(update: Update, _context: object) -> None:
        await answer(context, await caller_of(context, message_in(update), update.effective_user), update)

    return handle


async def _tell(context: Context, caller: Caller, words: str, buttons: Buttons = ()) -> None:
    await context.sender.post(caller.place, plain(words), buttons)


async def _start(context: Context, caller: Caller, _update: Update) -> None:
    await _tell(context, caller, text(caller.locale, "start", name=context.me.first_name))


async def _help(context: Context, caller: Caller, _update: Update) -> None:
    where = Where.PRIVATE if caller.place.private else Where.ADMIN
    if caller.place.private and await context.operators.has(caller.account):
        where = Where.OPERATOR
    shown = commands_for(where, context.star is not None, TELEGRAM)
    lines = [f"/{one.name}: {one.says(caller.locale)}" for one in shown]
    await _tell(context, caller, text(caller.locale, "help") + "\n\n" + "\n".join(lines))


async def _balance(context: Context, caller: Caller, _update: Update) -> None:
    """In a group only the figures' owner should read them, so they are told in private there; unless they are the
    group's."""
    if not caller.place.private and context.groups_pay:
        found = messages.balance(caller.locale, await context.queries.balance(caller.place.group))
        await _tell(context, caller, "\n".join([text(caller.locale, "balance-group"), *found]))
        return
    if not caller.place.private:
        await _tell(context, caller, text(caller.locale, "only-in-private", bot=context.me.username or ""))
        return
    notes = messages.recent(caller.locale, await context.queries.recent(caller.account, _RECENT))
    lines = [
        *messages.balance(caller.locale, await context.queries.balance(caller.account)),
        *([""] if notes else []),
        *notes,
    ]
    await _tell(context, caller, "\n".join(lines))


async def _usage(context: Context, caller: Caller, _update: Update) -> None:
    if not caller.place.private:
        await _tell(context, caller, text(caller.locale, "only-in-private", bot=context.me.username or ""))
        return
    spent = await context.queries.usage(caller.account)
    await _tell(context, caller, "\n".join(messages.usage(caller.locale, spent)))


async def _jobs(context: Context, caller: Caller, _update: Update) -> None:
    if not caller.place.private:
        await _tell(context, caller, text(caller.locale, "only-in-private", bot=context.me.username or ""))
        return
    lines = messages.recent(caller.locale, await context.queries.recent(caller.account, _MOST_JOBS))
    await _tell(context, caller, "\n".join(lines or [text(caller.locale, "usage-none")]))


async def _cancel(context: Context, caller: Caller, update: Update) -> None:
    """Give up what the caller waits for in this chat; as a reply, only that one."""
    chat = str(caller.place.chat)
    mine = await context.queries.unfinished_notes(caller.account, PLATFORM, chat)
    asked = message_in(update).reply_to_message
    if asked is not None:
        handle = Handle(asked.chat.id, asked.message_id, asked.business_connection_id or "")
        mine = [note for note in mine if await _is_about(context, note, handle)]
    for note_id in mine:
        await context.intake.cancel(note_id)
    await _tell(context, caller, text(caller.locale, "cancelling", notes=len(mine)))


async def _is_about(context: Context, note_id: str, handle: Handle) -> bool:
    """Whether a message holds the note's sound, or was posted for it: the placeholder, also one that is posted anew."""
    order = await context.queries.order(note_id)
    if order is not None and order.note.details.get("message") == str(handle.message):
        return True
    found = await context.posted.find(str(handle))
    return str(handle) == await context.queries.placeholder(note_id) or (found is not None and found.note_id == note_id)


async def _export(context: Context, caller: Caller, _update: Update) -> None:
    if not caller.place.private:
        await _tell(context, caller, text(caller.locale, "only-in-private", bot=context.me.username or ""))
        return
    folder = await asyncio.to_thread(TemporaryDirectory)
    try:
        path = Path(folder.name) / "export.zip"
        notes = await context.privacy.export(caller.account, path)
        if (await asyncio.to_thread(path.stat)).st_size > _LARGEST_EXPORT:
            await _tell(context, caller, text(caller.locale, "export-too-large"))
            return
        data = await asyncio.to_thread(path.read_bytes)
    finally:
        await asyncio.to_thread(folder.cleanup)
    caption = plain(text(caller.locale, "export-done", notes=notes))
    await context.sender.send_file(caller.place, "earmark-export.zip", data, caption)


async def _forget(context: Context, caller: Caller, _update: Update) -> None:
    if not caller.place.private:
        await _tell(context, caller, text(caller.locale, "only-in-private", bot=context.me.username or ""))
        return
    yes = Button(text(caller.locale, "button-forget"), ButtonData(Action.FORGET), Look.DANGER)
    await _tell(context, caller, text(caller.locale, "forget-ask"), ((yes,),))
