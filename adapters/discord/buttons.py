"""Presses of buttons, menus and forms under the bot's messages on Discord."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import discord
import structlog
from discord import InteractionResponseType as Kind

from adapters.discord.context import Context, PresserRights, caller_of, taken_in
from adapters.discord.interaction_replies import acknowledge, give, in_time, overwrite, respond
from adapters.discord.notes import Taking
from adapters.discord.pages import MOST_FIELDS, destination_of, fitting, names_form, plain
from adapters.discord.places import PLATFORM, Handle, Place, place_of
from bot.chat import presses, replies, result_actions
from bot.chat.button_rows import Action, ButtonData, Buttons
from bot.chat.caller import Caller
from bot.chat.pages import Page
from bot.chat.platform import FIRST
from bot.chat.queries import Result
from bot.domain.errors import EarmarkError
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

    @property
    def rights(self) -> PresserRights:
        return PresserRights(self.interaction.user.id, self.caller.group, self.interaction.permissions)

    async def say(self, words: str, buttons: Buttons = ()) -> None:
        await self.reply(plain(words), buttons)

    async def reply(self, page: Page, buttons: Buttons = ()) -> None:
        async with self.lock:
            await give(self.interaction, page, self.context.views.of(buttons))

    async def show_form(self, form: discord.ui.Modal) -> None:
        """Show a form, which can only be the first answer."""
        async with self.lock:
            if not self.interaction.response.is_done() and await respond(
                self.interaction, Kind.modal, lambda: self.interaction.response.send_modal(form)
            ):
                return
        await self.say(text(self.locale, "press-slow"))


async def on_press(context: Context, taking: Taking, interaction: _Used) -> None:
    """Do what was asked for, if the presser may; else tell why not, for their eyes alone."""
    async with in_time(interaction) as lock:
        caller = await caller_of(context, interaction)
        data: Any = interaction.data or {}
        wanted = context.views.open(str(data.get("custom_id", ""))) or _NOTHING
        press = result_actions.Press(
            wanted,
            caller.account,
            caller.locale,
            message=await _handle_in(context, interaction, wanted),
            value=str(next(iter(data.get("values") or ()), "")),
            fields=_fields_in(data),
            largest_file=interaction.filesize_limit,
            group_limit=caller.chosen.group_limit,
            form_fields=MOST_FIELDS,
        )
        pressed = Pressed(context, taking, interaction, caller, press, lock)
        await _carry_out(pressed, await presses.outcome(context.core, caller, press, pressed.rights))


async def _handle_in(context: Context, interaction: _Used, wanted: ButtonData) -> str:
    """Return the handle of a placeholder or a refusal whose button was pressed; "": it is neither.

    It is the one that was written down; a refusal that only an interaction can edit is edited with this press from now
    on, whose answer is promised for it.
    """
    if wanted.action not in (Action.CANCEL, Action.RETRY) or interaction.message is None:
        return ""
    is_hidden = interaction.message.flags.ephemeral  # from the bot as well, but for this press
    ticket = taken_in(context, interaction, private=is_hidden).ticket
    here = Handle(interaction.channel_id or 0, interaction.message.id, ticket if is_hidden else None)
    written_down = (await context.core.posted.parts(wanted.note_id)).get(FIRST, "")
    kept = Handle.parse(written_down) if written_down else here
    if wanted.action is Action.RETRY and (is_hidden or kept.ticket is not None):
        if not interaction.response.is_done():
            await acknowledge(interaction)
        return str(replace(here, ticket=ticket))
    return str(kept if kept.is_at(here) else here)


def _fields_in(data: Any) -> dict[str, str]:
    """Return the fields of a form, also those inside labels."""
    found: dict[str, str] = {}
    for row in data.get("components") or ():
        for field in (row.get("component"), *(row.get("components") or ())):
            if field and "value" in field:
                found[str(field["custom_id"])] = str(field["value"])
    return found


async def _carry_out(pressed: Pressed, outcome: presses.Outcome) -> None:
    """Answer the presser alone; a text is written anew where it stands."""
    match outcome:
        case replies.Notice(said):
            await pressed.say(said)
        case replies.Discard(said):
            handle = await _acknowledged(pressed)
            with suppress(EarmarkError):  # a message that stays does no harm
                await pressed.context.sender.delete(handle)
            await pressed.say(said)
        case replies.Remove(result, said):
            handle = await _acknowledged(pressed)
            await pressed.context.adapter.remove(result.note, result.placeholder, str(handle))
            await pressed.say(said)
        case replies.Offer(said, buttons) | replies.Confirm(said, buttons):
            await pressed.say(said, buttons)
        case replies.Overwrite(page, buttons):
            async with pressed.lock:
                await overwrite(pressed.interaction, fitting(page), pressed.context.views.of(buttons))
        case replies.Redraw(result) | replies.Restore(result):
            await _redraw(pressed, result)
        case replies.Renamed(result, notice):
            await pressed.say(notice)
            await _redraw_where_it_stands(pressed, result)
        case _:
            await _send_more(pressed, outcome)


async def _send_more(pressed: Pressed, outcome: presses.More) -> None:
    """Send something about a text to the presser alone."""
    match outcome:
        case replies.ShowAgain(result):
            await _show_again(pressed, result)
        case replies.SendFile(_, file):
            await pressed.reply(Page(file=file))
        case replies.AskNames():
            await pressed.show_form(names_form(pressed.context.views, pressed.locale, outcome, pressed.press))
        case replies.Rerun():
            await _run(pressed, outcome)


async def _show_again(pressed: Pressed, result: Result) -> None:
    """Show a text that was answered before to its owner alone."""
    place = replace(taken_in(pressed.context, pressed.interaction), locale=pressed.locale, own=True)
    to = destination_of(replace(result.note, details=place.details()))
    # Another platform's note has no place here that its buttons could be about.
    is_here = result.note.key.platform == PLATFORM
    [shown], buttons = await presses.shown_again(to, result, with_buttons=is_here)
    await pressed.reply(shown, buttons)


async def _redraw(pressed: Pressed, result: Result) -> None:
    """Write the text anew over the message that was pressed."""
    handle = await _acknowledged(pressed)
    await pressed.context.adapter.rewrite(result.note, str(handle), result.answer)


async def _acknowledged(pressed: Pressed) -> Handle:
    """Return the message that was pressed, which its press allows to change however old it is."""
    used = pressed.interaction
    assert used.message is not None, "a button stands under a message"
    async with pressed.lock:
        if not used.response.is_done():
            await acknowledge(used)
    ticket = taken_in(pressed.context, used, private=True).ticket
    return Handle(used.channel_id or 0, used.message.id, ticket)


async def _redraw_where_it_stands(pressed: Pressed, result: Result) -> None:
    """Write the text anew where it was answered, which may be out of reach by now: what was pressed is the menu."""
    handle = await pressed.context.adapter.handle_of(result.note, result.placeholder)
    if handle is None:
        return
    try:
        await pressed.context.adapter.rewrite(result.note, handle, result.answer)
    except EarmarkError as error:
        log.info("text_not_redrawn", error=error.code)


async def _run(pressed: Pressed, rerun: replies.Rerun) -> None:
    """Transcribe the same recording again, at the presser's cost; the press itself is answered with it."""
    try:
        if not await _promised(pressed, rerun):
            await pressed.say(text(pressed.locale, "press-ran"))
    except EarmarkError as error:
        await pressed.say(error_text(pressed.locale, error))


async def _promised(pressed: Pressed, rerun: replies.Rerun) -> bool:
    """Begin another run, which the press itself is answered with; False if it was begun before."""
    used, first, place = pressed.interaction, rerun.result.note, _place_of_run(pressed, rerun.result)
    suffix = f"//{rerun.wanted}" + (f"/{place.asker}" if place.asker != place_of(first).asker else "")
    note = replace(
        first,
        key=replace(first.key, chat=str(place.channel)),
        user=pressed.caller.account,
        place=first.place if first.place == pressed.caller.group else "",
        payer="",
    )

    async def begin(spot: Place) -> bool:
        run = replace(note, details=spot.details())
        message = first.key.message.partition("//")[0] + suffix
        return await result_actions.begin(pressed.context.core, rerun, pressed.rights, run, message)

    async with pressed.lock:
        if not used.response.is_done():
            return await pressed.taking.promise(used, place, begin(place))
    # It was acknowledged as what it is, the press of a button: the answer has to be a message of its own.
    pressed.context.posting.deferred(used.token)
    assert place.ticket is not None, "a press has one"
    return await begin(replace(place, ticket=replace(place.ticket, first=False)))


def _place_of_run(pressed: Pressed, result: Result) -> Place:
    """Return the place of another run's answer: no user reads it who could not read the first."""
    first, used = place_of(result.note), pressed.interaction
    private = not used.context.dm_channel and (first.private or first.channel != used.channel_id)
    here = taken_in(pressed.context, used, first.message, private=private)
    recorded_in = first.source if first.source != here.channel else 0
    return replace(here, locale=pressed.locale, recorded_in=recorded_in, link=first.link)
