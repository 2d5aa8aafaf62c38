"""Commands of the conversation on Telegram, and what it answers to them and to presses, carried out."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

from telegram import Update
from telegram.ext import BaseHandler, CommandHandler, filters

from adapters.telegram.callers import asker_of, caller_of, message_in
from adapters.telegram.context import Context
from adapters.telegram.pages import caption, destination_of, plain
from adapters.telegram.places import PLATFORM, Handle, Place, place_of
from bot.chat import answer_layout, note_buttons, settings_menu
from bot.chat.command_table import commands_of
from bot.chat.presses import PressOutcome
from bot.chat.queries import Result
from bot.chat.replies import Notice, Overwrite, Reply, ShowAgain
from bot.chat.user_commands import ANSWERS
from bot.domain.note import Note

_WRITTEN = filters.UpdateType.MESSAGE | filters.UpdateType.CHANNEL_POST
_Handler = Callable[[Update, object], Coroutine[Any, Any, None]]


def handlers(context: Context) -> list[BaseHandler[Any, Any, Any]]:
    """Return one for each command of the conversation."""
    names = [one.name for one in commands_of(context.can.features) if one.name in ANSWERS]
    return [CommandHandler(name, _answering(context, name), _WRITTEN) for name in names]


def _answering(context: Context, name: str) -> _Handler:
    answer, needs_rights = ANSWERS[name], name in settings_menu.ANSWERS

    async def handle(update: Update, _context: object) -> None:
        message = message_in(update)
        caller = await caller_of(context, message, update.effective_user)
        may_change = needs_rights and await context.rights.is_chat_admin(caller.place.chat, caller.user)
        asker = asker_of(context, caller, message, may_change=may_change)
        await _send(context, caller.place, await answer(context.core, asker, (message.text or "").split()[1:]))

    return handle


async def carry_out(context: Context, place: Place, handle: Handle, outcome: PressOutcome) -> str:
    """Carry out what a press about no note brings. Returns the notice for the presser."""
    match outcome:
        case Overwrite():
            await context.sender.edit(handle, plain(outcome.page.text), outcome.buttons)
            return outcome.notice
        case ShowAgain():
            await _show_again(context, place, outcome.result)
            return ""
        case Notice():
            return outcome.text


async def _send(context: Context, place: Place, reply: Reply) -> None:
    page = plain(reply.page.text) if reply.page.file is None else caption(reply.page.text)
    await context.sender.post(place, replace(page, file=reply.page.file), reply.buttons)


async def _show_again(context: Context, place: Place, result: Result) -> None:
    """Post a text below the message that was pressed, as it would be answered here."""
    note, answer = result.note, result.answer
    ways = await asyncio.to_thread(answer_layout.answer, destination_of(place), note, answer)
    *pages, last = ways[0]
    for page in pages:
        await context.sender.post(place, page)
    buttons = note_buttons.result(place.locale, note, answer.transcript) if _is_answered_in(place, note) else ()
    await context.sender.post(place, last, buttons)


def _is_answered_in(place: Place, note: Note) -> bool:
    """Return True for a note of this very chat: what its buttons bring goes where the note was answered."""
    if note.key.platform != PLATFORM:
        return False
    own = place_of(note)
    return own.chat == place.chat and not own.business and not own.guest
