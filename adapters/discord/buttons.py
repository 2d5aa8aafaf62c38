"""What happens when somebody uses a button, a menu or a form under one of our messages."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

import discord
import structlog

from adapters.discord import settings
from adapters.discord.callers import caller_of, group_of
from adapters.discord.context import Context
from adapters.discord.forms import name_form, names_form
from adapters.discord.interaction_replies import Reply, give, in_time, overwrite, words
from adapters.discord.linking import linked, parted
from adapters.discord.notes import Taking
from adapters.discord.pages import destination_of
from adapters.discord.places import PLATFORM, TICKET_SECONDS, Handle, Place, Ticket, account_of, place_of
from adapters.discord.rights import may_press, may_set_server
from bot.chat import answer_layout, note_buttons
from bot.chat.button_data import Action, ButtonData
from bot.chat.pages import File, Page
from bot.chat.queries import Result
from bot.chat.reruns import labels_in, without_labels
from bot.domain.errors import BadOptions, EarmarkError, NoAccess, Paused
from bot.domain.languages import COMMON
from bot.domain.money import MOST, Micros
from bot.domain.note import Note
from bot.locales import error_text, text
from bot.rendering.formats import file_of

MOST_FIELDS = 5
"""Fields of one form, which Discord sets."""

log = structlog.get_logger()

_Used = discord.Interaction[Any]
_NOTHING = ButtonData(Action.BACK)
"""In place of what we did not make."""


@dataclass(frozen=True, slots=True)
class Pressed:
    """What was used, by whom, and the language to answer in."""

    context: Context
    taking: Taking
    interaction: _Used
    press: ButtonData
    value: str
    """What was chosen in a menu; "" for a button."""
    fields: dict[str, str]
    """What was written into a form, by the press behind each field."""
    locale: str
    lock: asyncio.Lock
    """Held by whoever answers."""

    @property
    def account(self) -> str:
        return account_of(self.interaction.user.id)

    def words(self, key: str, **values: str | int) -> Reply:
        return words(text(self.locale, key, **values))

    async def text(self, key: str, **values: str | int) -> None:
        await self.reply(words(text(self.locale, key, **values)))

    async def reply(self, reply: Reply) -> None:
        async with self.lock:
            await give(self.interaction, reply)

    async def show_form(self, form: discord.ui.Modal) -> None:
        """A form can only be the first answer."""
        async with self.lock:
            if not self.interaction.response.is_done():
                await self.interaction.response.send_modal(form)
                return
        await self.text("press-slow")


async def on_press(context: Context, taking: Taking, interaction: _Used) -> None:
    """Do what was asked for, if whoever pressed may; else tell why not, seen by them alone."""
    lock = asyncio.Lock()
    async with in_time(interaction, lock):
        caller = await caller_of(context, interaction)
        data: Any = interaction.data or {}
        press = context.views.open(str(data.get("custom_id", ""))) or _NOTHING
        value = next(iter(data.get("values") or ()), "")
        fields = _fields_in(data)
        pressed = Pressed(context, taking, interaction, press, str(value), fields, caller.locale, lock)
        await (_about_note if press.note_id else _about_nothing)(pressed)


def _fields_in(data: Any) -> dict[str, str]:
    """The fields of a form, also where each stands in a label."""
    found: dict[str, str] = {}
    for row in data.get("components") or ():
        for field in (row.get("component"), *(row.get("components") or ())):
            if field and "value" in field:
                found[str(field["custom_id"])] = str(field["value"])
    return found


async def _about_nothing(pressed: Pressed) -> None:
    """A press that is about its presser and no note."""
    action = pressed.press.action
    if pressed.press is _NOTHING:
        await pressed.text("press-unknown")
    elif action is Action.FORGET:
        await pressed.reply(await _forget(pressed))
    elif action is Action.LINK:
        caller = await caller_of(pressed.context, pressed.interaction)
        await pressed.reply(await linked(pressed.context, caller, pressed.press.argument))
    elif action is Action.UNLINK:
        await pressed.reply(await parted(pressed.context, await caller_of(pressed.context, pressed.interaction)))
    elif action is Action.CHOOSE:
        reply = await settings.pressed(pressed.context, pressed.interaction, pressed.press.argument, pressed.value)
        async with pressed.lock:
            await overwrite(pressed.interaction, reply)
    elif action is Action.SHOW:
        await pressed.reply(await _shown(pressed))
    else:
        await pressed.text("press-unknown")


async def _forget(pressed: Pressed) -> Reply:
    forgotten = await pressed.context.privacy.forget(pressed.account)
    key = "forget-left" if forgotten.unfinished else "forget-done"
    return pressed.words(key, notes=forgotten.notes, left=forgotten.unfinished)


async def _shown(pressed: Pressed) -> Reply:
    """A text that was answered before, for its owner's eyes."""
    is_own = await pressed.context.queries.is_of(pressed.value, pressed.account)
    result = await pressed.context.queries.result(pressed.value) if is_own else None
    if result is None:
        return pressed.words("press-no-text")
    note = replace(result.note, details=replace(_here(pressed), own=True).details())
    [shown] = (await asyncio.to_thread(answer_layout.answer, destination_of(note), note, result.answer))[0]
    # Another platform's note has no place here that its buttons could be about.
    return Reply(shown, _result_view(pressed, result) if note.key.platform == PLATFORM else None)


def _here(pressed: Pressed, *, private: bool = False) -> Place:
    """Where the press can be answered."""
    used = pressed.interaction
    until = int(pressed.context.clock().timestamp()) + TICKET_SECONDS
    return Place(
        channel=used.channel_id or 0,
        guild=used.guild_id or 0,
        asker=used.user.id,
        locale=pressed.locale,
        own=used.context.dm_channel,
        ticket=Ticket(used.token, until, private),
    )


async def _about_note(pressed: Pressed) -> None:
    order = await pressed.context.queries.order(pressed.press.note_id)
    if order is None:
        await pressed.text("press-forgotten")
        return
    note, used = order.note, pressed.interaction
    if pressed.press.action is Action.AGREE:
        await _agree(pressed, note)
    elif not may_press(place_of(note), used.user.id, used.permissions):
        await pressed.text("press-not-yours")
    elif pressed.press.action is Action.CANCEL:
        await pressed.text("press-cancelling" if await pressed.context.intake.cancel(note.id) else "press-too-late")
    else:
        await _about_result(pressed, note)


async def _agree(pressed: Pressed, note: Note) -> None:
    """Only who pays may say yes; where the server pays, those who manage it."""
    if note.payer and not (
        note.payer == group_of(pressed.interaction) and may_set_server(pressed.interaction.permissions)
    ):
        await pressed.text("press-admins-pay")
        return
    if not note.payer and pressed.account != note.user:
        await pressed.text("press-not-yours")
        return
    price = _price_in(pressed.press.argument)
    try:
        agreed = price is not None and await pressed.context.intake.agree(note.id, price, pressed.account)
    except (NoAccess, Paused) as error:
        await pressed.reply(words(error_text(pressed.locale, error)))
        return
    await pressed.text("press-agreed" if agreed else "press-too-late")


def _price_in(text: str) -> Micros | None:
    return Micros(int(text)) if text.isdecimal() and len(text) <= len(str(MOST)) else None


async def _about_result(pressed: Pressed, note: Note) -> None:
    result = await pressed.context.queries.result(note.id)
    do = _ON_RESULT.get(pressed.press.action)
    if result is None:
        await pressed.text("press-no-text")
    elif do is None:
        await pressed.text("press-unknown")
    else:
        await do(pressed, result)


async def _file(pressed: Pressed, result: Result) -> None:
    form = pressed.press.argument
    name = answer_layout.title_of(place_of(result.note).locale, result.note)
    data = await asyncio.to_thread(file_of, result.answer, form, name)
    if data is None:
        await pressed.text("press-unknown")
    elif len(data) > pressed.interaction.filesize_limit:
        await pressed.text("file-too-large")
    else:
        await pressed.reply(Reply(Page(file=File(f"{name}.{form}", data))))


async def _speakers(pressed: Pressed, result: Result) -> None:
    """Labels are taken away and put back for nothing; where nobody told the speakers apart yet, that is a run."""
    if pressed.press.argument == "off":
        await _redraw(pressed, without_labels(result))
    elif len(labels_in(result.answer.transcript)) > 1:
        await _redraw(pressed, result)
    else:
        await _offer(pressed, result, "on")


async def _redraw(pressed: Pressed, result: Result) -> None:
    """Write the text anew over the message that was pressed, which its press allows however old it is."""
    used = pressed.interaction
    assert used.message is not None, "a button stands under a message"
    async with pressed.lock:
        if not used.response.is_done():
            await used.response.defer()
    until = int(pressed.context.clock().timestamp()) + TICKET_SECONDS
    handle = Handle(used.channel_id or 0, used.message.id, Ticket(used.token, until, private=True))
    await pressed.context.adapter.rewrite(result.note, str(handle), result.answer)


def _result_view(pressed: Pressed, result: Result) -> discord.ui.View:
    return pressed.context.views.of(note_buttons.result(pressed.locale, result.note, result.answer.transcript))


async def _languages(pressed: Pressed, result: Result) -> None:
    codes = [code for code in COMMON if any(model.takes(code) for model in pressed.context.catalog)]
    view = pressed.context.views.of(note_buttons.languages(pressed.locale, result.note.id, codes))
    await pressed.reply(words(text(pressed.locale, "press-choose-language"), view))


async def _language(pressed: Pressed, result: Result) -> None:
    await _offer(pressed, result, pressed.value)


async def _offer(pressed: Pressed, result: Result, wanted: str) -> None:
    """Show what another run would cost; one that costs nothing begins at once."""
    try:
        quote = pressed.context.reruns.quote(result, wanted)
    except BadOptions as error:
        await pressed.reply(words(error_text(pressed.locale, error)))
        return
    if not quote.price:
        await _run(pressed, result, wanted, quote.price)
        return
    view = pressed.context.views.of(
        note_buttons.confirm(pressed.locale, result.note.id, f"{wanted}:{quote.price}", quote.price)
    )
    await pressed.reply(words(text(pressed.locale, "run-asks"), view))


async def _again(pressed: Pressed, result: Result) -> None:
    wanted, _, told = pressed.press.argument.partition(":")
    price = _price_in(told)
    if price is None:
        await pressed.text("press-unknown")
    else:
        await _run(pressed, result, wanted, price)


async def _run(pressed: Pressed, result: Result, wanted: str, price: Micros) -> None:
    """Transcribe the same recording again, at the cost of whoever asks for it; the press itself is answered with it."""
    first, used = place_of(result.note), pressed.interaction
    # Nobody is to read it who could not read the first.
    private = not used.context.dm_channel and (first.private or first.channel != used.channel_id)
    place = _here(pressed, private=private)
    place = replace(
        place,
        message=first.message,
        recorded_in=first.source if first.source != place.channel else 0,
        link=first.link,
    )
    suffix = f"/{wanted}" + (f"/{place.asker}" if place.asker != first.asker else "")
    note = replace(
        result.note,
        key=replace(result.note.key, chat=str(place.channel)),
        user=pressed.account,
        place=result.note.place if result.note.place == group_of(used) else "",
        payer="",
    )
    message = result.note.key.message.partition("//")[0] + "/" + suffix
    try:
        is_new = await _promised(pressed, note, place, wanted, price, message)
    except EarmarkError as error:
        await pressed.reply(words(error_text(pressed.locale, error)))
        return
    if not is_new:
        await pressed.text("press-ran")


async def _promised(pressed: Pressed, note: Note, place: Place, wanted: str, price: Micros, message: str) -> bool:
    """Begin another run, which the press itself is answered with."""
    used, ticket = pressed.interaction, place.ticket
    assert ticket is not None, "a press has one"

    async def begin(spot: Place) -> bool:
        await pressed.taking.check_room(pressed.account)
        return await pressed.context.reruns.begin(replace(note, details=spot.details()), wanted, price, message)

    async with pressed.lock:
        if not used.response.is_done():
            return await pressed.taking.promise(used, place, begin(place))
    # It was acknowledged as what it is, the press of a button: the answer has to be a message of its own.
    pressed.context.tickets.deferred(used.token)
    return await begin(replace(place, ticket=replace(ticket, first=False)))


async def _names(pressed: Pressed, result: Result) -> None:
    """One form for all speakers where it has room for them; else a menu, to choose whose name it is about."""
    labels, names = labels_in(result.answer.transcript), result.answer.names
    shown = [names.get(label, label) for label in labels]
    if not labels:
        await pressed.text("press-unknown")
    elif len(labels) <= MOST_FIELDS:
        form = names_form(pressed.context.views, pressed.locale, result.note.id, labels, shown)
        await pressed.show_form(form)
    else:
        view = pressed.context.views.of(note_buttons.speakers(pressed.locale, result.note.id, shown))
        await pressed.reply(words(text(pressed.locale, "press-choose-speaker"), view))


async def _name(pressed: Pressed, result: Result) -> None:
    """A speaker was chosen in the menu: ask for the name."""
    labels = labels_in(result.answer.transcript)
    if not pressed.value.isdecimal() or int(pressed.value) >= len(labels):
        await pressed.text("press-unknown")
        return
    label = labels[int(pressed.value)]
    called = result.answer.names.get(label, label)
    form = name_form(pressed.context.views, pressed.locale, result.note.id, int(pressed.value), label, called)
    await pressed.show_form(form)


async def _named(pressed: Pressed, result: Result) -> None:
    """A form with names came back: they hold for every text and file from now on."""
    labels = labels_in(result.answer.transcript)
    renamed: Result | None = result
    for number, called in pressed.fields.items():
        if number.isdecimal() and int(number) < len(labels):
            renamed = await pressed.context.reruns.rename(result.note.id, labels[int(number)], called)
    if renamed is None:
        await pressed.text("press-no-text")
    elif pressed.press.argument == "all":
        await _redraw(pressed, renamed)
    else:
        await pressed.text("names-taken")
        await _redraw_where_it_stands(pressed, renamed)


async def _redraw_where_it_stands(pressed: Pressed, result: Result) -> None:
    """The message that was pressed is the menu; that of the text may be out of reach by now."""
    handle = await pressed.context.adapter.handle_of(result.note, result.placeholder)
    if handle is None:
        return
    try:
        await pressed.context.adapter.rewrite(result.note, handle, result.answer)
    except EarmarkError as error:
        log.info("text_not_redrawn", error=error.code)


_ON_RESULT: dict[Action, Callable[[Pressed, Result], Awaitable[None]]] = {
    Action.FILE: _file,
    Action.SPEAKERS: _speakers,
    Action.LANGUAGES: _languages,
    Action.LANGUAGE: _language,
    Action.AGAIN: _again,
    Action.NAMES: _names,
    Action.NAME: _name,
    Action.NAMED: _named,
}
