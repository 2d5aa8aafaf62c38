"""Presses of buttons, menus and forms under the bot's messages on Discord."""

import asyncio
from dataclasses import dataclass, replace
from typing import Any

import discord
import structlog

from adapters.discord.callers import caller_of, taken_in
from adapters.discord.context import Context
from adapters.discord.interaction_replies import Reply, give, in_time, overwrite, rendered
from adapters.discord.notes import Taking
from adapters.discord.pages import destination_of
from adapters.discord.places import PLATFORM, Handle, Place, place_of
from adapters.discord.rights import PresserRights
from adapters.discord.views import MOST_FIELDS, names_form
from bot.chat import answer_layout, button_rows, presses, result_actions
from bot.chat.button_rows import Action, ButtonData, Buttons, with_value
from bot.chat.caller import Caller
from bot.chat.pages import Page
from bot.chat.queries import Result
from bot.chat.replies import (
    AskNames,
    Discard,
    Notice,
    Offer,
    Overwrite,
    Redraw,
    Renamed,
    Rerun,
    Restore,
    SendFile,
    ShowAgain,
)
from bot.chat.result_actions import ALL_NAMES, ONE_NAME
from bot.domain.errors import EarmarkError
from bot.domain.note import Note
from bot.locales import error_text, text

log = structlog.get_logger()

_Used = discord.Interaction[Any]
_NOTHING = ButtonData(Action.BACK)
"""In place of data that this deployment did not make."""


@dataclass(frozen=True, slots=True)
class Pressed:
    """The use of a button, a menu or a form, and its answer."""

    context: Context
    taking: Taking
    interaction: _Used
    caller: Caller
    press: result_actions.Press
    lock: asyncio.Lock
    """Held by the task that answers."""

    @property
    def locale(self) -> str:
        return self.caller.locale

    async def say(self, words: str, buttons: Buttons = ()) -> None:
        await self.reply(rendered(self.context.views, Page(words), buttons))

    async def reply(self, reply: Reply) -> None:
        async with self.lock:
            await give(self.interaction, reply)

    async def show_form(self, form: discord.ui.Modal) -> None:
        """Show a form, which can only be the first answer."""
        async with self.lock:
            if not self.interaction.response.is_done():
                await self.interaction.response.send_modal(form)
                return
        await self.say(text(self.locale, "press-slow"))


async def on_press(context: Context, taking: Taking, interaction: _Used) -> None:
    """Do what was asked for, if the presser may; else tell why not, for their eyes alone."""
    lock = asyncio.Lock()
    async with in_time(interaction, lock):
        caller = await caller_of(context, interaction)
        data: Any = interaction.data or {}
        press = result_actions.Press(
            context.views.open(str(data.get("custom_id", ""))) or _NOTHING,
            caller.account,
            caller.locale,
            value=str(next(iter(data.get("values") or ()), "")),
            fields=_fields_in(data),
            largest_file=interaction.filesize_limit,
            form_fields=MOST_FIELDS,
        )
        pressed = Pressed(context, taking, interaction, caller, press, lock)
        await (_about_note if press.data.note_id else _about_nothing)(pressed)


def _fields_in(data: Any) -> dict[str, str]:
    """Return the fields of a form, also those inside labels."""
    found: dict[str, str] = {}
    for row in data.get("components") or ():
        for field in (row.get("component"), *(row.get("components") or ())):
            if field and "value" in field:
                found[str(field["custom_id"])] = str(field["value"])
    return found


async def _about_nothing(pressed: Pressed) -> None:
    """Do what a press asks for that is about its presser and no note."""
    context, press = pressed.context, pressed.press
    data = with_value(press.data, press.value) if press.value else press.data
    match await presses.answer(context.core, pressed.caller, data):
        case Overwrite(page, buttons):
            async with pressed.lock:
                await overwrite(pressed.interaction, rendered(context.views, page, buttons))
        case ShowAgain(result):
            await _show_again(pressed, result)
        case Notice(said):
            await pressed.say(said)


async def _show_again(pressed: Pressed, result: Result) -> None:
    """Show a text that was answered before to its owner alone."""
    place = replace(taken_in(pressed.context, pressed.interaction), locale=pressed.locale, own=True)
    note = replace(result.note, details=place.details())
    [shown] = (await asyncio.to_thread(answer_layout.answer, destination_of(note), note, result.answer))[0]
    # Another platform's note has no place here that its buttons could be about.
    buttons = button_rows.result(pressed.locale, result.note, result.answer.transcript)
    view = pressed.context.views.of(buttons) if note.key.platform == PLATFORM else None
    await pressed.reply(Reply(shown, view))


async def _about_note(pressed: Pressed) -> None:
    used = pressed.interaction
    rights = PresserRights(used.user.id, pressed.caller.group, used.permissions)
    await _carry_out(pressed, await result_actions.pressed(pressed.context.core, pressed.press, rights))


async def _carry_out(pressed: Pressed, outcome: result_actions.NoteOutcome) -> None:
    """Answer the presser alone; a text is written anew where it stands."""
    match outcome:
        case Notice(said) | Discard(said):
            await pressed.say(said)
        case Offer():
            await pressed.say(outcome.text, outcome.buttons)
        case Redraw(result) | Restore(result):
            await _redraw(pressed, result)
        case Renamed():
            await pressed.say(outcome.notice)
            await _redraw_where_it_stands(pressed, outcome.result)
        case SendFile(_, file):
            await pressed.reply(Reply(Page(file=file)))
        case AskNames():
            argument = ALL_NAMES if pressed.press.data.action is Action.NAMES else ONE_NAME
            await pressed.show_form(names_form(pressed.context.views, pressed.locale, outcome, argument))
        case Rerun():
            await _run(pressed, outcome)


async def _redraw(pressed: Pressed, result: Result) -> None:
    """Write the text anew over the message that was pressed, which its press allows however old it is."""
    used = pressed.interaction
    assert used.message is not None, "a button stands under a message"
    async with pressed.lock:
        if not used.response.is_done():
            await used.response.defer()
    ticket = taken_in(pressed.context, used, private=True).ticket
    handle = Handle(used.channel_id or 0, used.message.id, ticket)
    await pressed.context.adapter.rewrite(result.note, str(handle), result.answer)


async def _redraw_where_it_stands(pressed: Pressed, result: Result) -> None:
    """Write the text anew where it was answered, which may be out of reach by now: what was pressed is the menu."""
    handle = await pressed.context.adapter.handle_of(result.note, result.placeholder)
    if handle is None:
        return
    try:
        await pressed.context.adapter.rewrite(result.note, handle, result.answer)
    except EarmarkError as error:
        log.info("text_not_redrawn", error=error.code)


async def _run(pressed: Pressed, rerun: Rerun) -> None:
    """Transcribe the same recording again, at the presser's cost; the press itself is answered with it."""
    result = rerun.result
    first, place = place_of(result.note), _place_of_run(pressed, result)
    suffix = f"/{rerun.wanted}" + (f"/{place.asker}" if place.asker != first.asker else "")
    note = replace(
        result.note,
        key=replace(result.note.key, chat=str(place.channel)),
        user=pressed.caller.account,
        place=result.note.place if result.note.place == pressed.caller.group else "",
        payer="",
    )
    try:
        message = result.note.key.message.partition("//")[0] + "/" + suffix
        is_new = await _promised(pressed, rerun, note, place, message)
    except EarmarkError as error:
        await pressed.say(error_text(pressed.locale, error))
    else:
        if not is_new:
            await pressed.say(text(pressed.locale, "press-ran"))


def _place_of_run(pressed: Pressed, result: Result) -> Place:
    """Return the place of another run's answer: no user reads it who could not read the first."""
    first, used = place_of(result.note), pressed.interaction
    private = not used.context.dm_channel and (first.private or first.channel != used.channel_id)
    here = taken_in(pressed.context, used, first.message, private=private)
    recorded_in = first.source if first.source != here.channel else 0
    return replace(here, locale=pressed.locale, recorded_in=recorded_in, link=first.link)


async def _promised(pressed: Pressed, rerun: Rerun, note: Note, place: Place, message: str) -> bool:
    """Begin another run, which the press itself is answered with."""
    used, ticket = pressed.interaction, place.ticket
    assert ticket is not None, "a press has one"

    async def begin(spot: Place) -> bool:
        run = replace(note, details=spot.details())
        return await result_actions.begin(pressed.context.core, rerun, run, message)

    async with pressed.lock:
        if not used.response.is_done():
            return await pressed.taking.promise(used, place, begin(place))
    # It was acknowledged as what it is, the press of a button: the answer has to be a message of its own.
    pressed.context.posting.deferred(used.token)
    return await begin(replace(place, ticket=replace(ticket, first=False)))
