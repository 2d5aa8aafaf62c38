"""What happens when somebody presses a button under a note, and how a speaker gets another name."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from telegram import CallbackQuery, ForceReply, Message, Update
from telegram.ext import ApplicationHandlerStop, BaseHandler, CallbackQueryHandler, MessageHandler, filters

from adapters.telegram import keyboards, settings
from adapters.telegram.callers import Caller, caller_of, message_in
from adapters.telegram.doors import Doors
from adapters.telegram.errors import MessageGone
from adapters.telegram.linking import pressed_link, pressed_unlink
from adapters.telegram.pages import Page, plain, title_of
from adapters.telegram.payments import pressed_topup
from adapters.telegram.places import Handle, Place, account_of, place_of
from bot.chat.button_data import Action, Press
from bot.chat.queries import Result
from bot.chat.reruns import labels_in, without_labels
from bot.domain.errors import BadOptions, DiskFull, NoAccess, Paused, Undelivered
from bot.domain.languages import COMMON
from bot.domain.money import MOST, Micros, dollars
from bot.domain.note import Note
from bot.locales import say, tongue_of
from bot.rendering.formats import file_of

_NAME_PART = "name:"
"""Before a speaker's label: the message that asks for their name."""


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button, who pressed it, and the message that it stands under."""

    press: Press
    query: CallbackQuery
    user: int
    handle: Handle
    tongue: str

    @property
    def own(self) -> str:
        return account_of(self.user)


def handlers(doors: Doors) -> list[BaseHandler[Any, Any, Any]]:
    """Presses, and the replies that name speakers: what is none of these goes on to the other handlers."""

    async def press(update: Update, _context: object) -> None:
        assert update.callback_query is not None
        await _press(doors, update.callback_query)

    async def name(update: Update, _context: object) -> None:
        if await _name(doors, message_in(update)):
            raise ApplicationHandlerStop

    is_reply_to_me = filters.TEXT & ~filters.COMMAND & _ReplyTo(doors.me.id)
    return [CallbackQueryHandler(press), MessageHandler(is_reply_to_me, name)]


class _ReplyTo(filters.MessageFilter):
    """Replies to what the bot wrote, with nothing to hear in it."""

    def __init__(self, bot: int) -> None:
        super().__init__()
        self._bot = bot

    def filter(self, message: Message) -> bool:
        told = message.reply_to_message
        return told is not None and told.from_user is not None and told.from_user.id == self._bot


async def _press(doors: Doors, query: CallbackQuery) -> None:
    press = Press.unpack(query.data or "")
    tongue = tongue_of(
        (await doors.preferences.of(account_of(query.from_user.id))).tongue or query.from_user.language_code
    )
    if press is None:
        await doors.sender.answer_press(query.id, say(tongue, "press-unknown"))
        return
    pressed = Pressed(press, query, query.from_user.id, _handle_of(query), tongue)
    if press.note_id:
        words = await _about_note(doors, pressed)
    else:
        words = await _about_nothing(doors, pressed)
    await doors.sender.answer_press(query.id, words, alert=len(words) > 60)


def _handle_of(query: CallbackQuery) -> Handle:
    if query.inline_message_id:
        return Handle(inline=query.inline_message_id)
    message = query.message
    assert message is not None, "a button stands under a message"
    business = message.business_connection_id if isinstance(message, Message) else None
    return Handle(message.chat.id, message.message_id, business or "")


async def _about_nothing(doors: Doors, pressed: Pressed) -> str:
    """A press that is about its presser and no note."""
    message = pressed.query.message
    if not isinstance(message, Message):
        return say(pressed.tongue, "press-old")
    caller = await caller_of(doors, message, pressed.query.from_user)
    if not caller.place.private and not await doors.rights.runs_chat(caller.place.chat, caller.user):
        return say(pressed.tongue, "press-admins-only")
    if pressed.press.action is Action.FORGET:
        return await _forget(doors, pressed, caller)
    if pressed.press.action is Action.LINK:
        return await pressed_link(doors, caller, pressed.handle, pressed.press.argument)
    if pressed.press.action is Action.UNLINK:
        return await pressed_unlink(doors, caller, pressed.handle)
    if pressed.press.action is Action.TOPUP:
        return await pressed_topup(doors, caller, pressed.press.argument)
    return await settings.pressed(doors, caller, pressed.handle, pressed.press.argument)


async def _forget(doors: Doors, pressed: Pressed, caller: Caller) -> str:
    forgotten = await doors.privacy.forget(caller.account)
    key = "forget-left" if forgotten.unfinished else "forget-done"
    words = say(pressed.tongue, key, notes=forgotten.notes, left=forgotten.unfinished)
    await doors.sender.edit(pressed.handle, plain(words))
    return ""


async def _about_note(doors: Doors, pressed: Pressed) -> str:
    order = await doors.commands.order(pressed.press.note_id)
    if order is None:
        return say(pressed.tongue, "press-forgotten")
    note = order.note
    if pressed.press.action is Action.CANCEL:
        if not await _is_asker(doors, note, pressed.user):
            return say(pressed.tongue, "press-not-yours")
        return await _cancel(doors, pressed, note)
    if pressed.press.action is Action.AGREE:
        return await _agree(doors, pressed, note)
    if not await doors.rights.may_press(note, pressed.user):
        return say(pressed.tongue, "press-not-yours")
    result = await doors.commands.result(note.id)
    if result is None:
        return say(pressed.tongue, "press-no-text")
    return await _ON_RESULT[pressed.press.action](doors, pressed, result)


async def _is_asker(doors: Doors, note: Note, user: int) -> bool:
    """Only who asked may stop it; where the chat itself asked, those who run it."""
    place = place_of(note)
    return user == place.asker if place.asker > 0 else await doors.rights.runs_chat(place.asker or place.chat, user)


async def _cancel(doors: Doors, pressed: Pressed, note: Note) -> str:
    if await doors.intake.cancel(note.id):
        return say(pressed.tongue, "press-cancelling")
    if await doors.commands.placeholder(note.id) != str(pressed.handle):
        await _delete(doors, pressed.handle)  # one that a crash left behind: the answer stands elsewhere
    return say(pressed.tongue, "press-too-late")


async def _delete(doors: Doors, handle: Handle) -> None:
    try:
        await doors.sender.delete(handle)
    except MessageGone:
        return


async def _agree(doors: Doors, pressed: Pressed, note: Note) -> str:
    """Only who pays may agree; where the chat pays, those who run it."""
    if note.payer and not await doors.rights.runs_chat(place_of(note).chat, pressed.user):
        return say(pressed.tongue, "press-admins-pay")
    if not note.payer and not await _is_asker(doors, note, pressed.user):
        return say(pressed.tongue, "press-not-yours")
    argument = pressed.press.argument
    is_price = argument.isdecimal() and len(argument) <= len(str(MOST))
    try:
        agreed = is_price and await doors.intake.agree(note.id, Micros(int(argument)), account_of(pressed.user))
    except (NoAccess, Paused) as error:
        return str(error)
    return say(pressed.tongue, "press-agreed" if agreed else "press-too-late")


async def _file(doors: Doors, pressed: Pressed, result: Result) -> str:
    place = place_of(result.note)
    if place.guest:
        return say(pressed.tongue, "press-not-here")
    form = pressed.press.argument
    name = title_of(place, result.note)
    made = await asyncio.to_thread(file_of, result.answer, form, name)
    if made is None:
        return say(pressed.tongue, "press-unknown")
    await doors.sender.send_file(place, f"{name}.{form}", made, Page(""))
    return ""


async def _speakers(doors: Doors, pressed: Pressed, result: Result) -> str:
    """Labels are taken away and put back for nothing; where nobody told the speakers apart yet, that is a run."""
    has_labels = len(labels_in(result.answer.transcript)) > 1
    if pressed.press.argument == "off":
        await _redraw(doors, without_labels(result))
        return ""
    if has_labels:
        await _redraw(doors, result)
        return ""
    return await _offer(doors, pressed, result, "on")


async def _redraw(doors: Doors, result: Result) -> None:
    """Edit the answer where it stands."""
    await doors.adapter.deliver(result.note, result.placeholder, result.answer)


async def _languages(doors: Doors, pressed: Pressed, result: Result) -> str:
    codes = [code for code in COMMON if any(model.takes(code) for model in doors.catalog)]
    await doors.sender.edit_buttons(pressed.handle, keyboards.languages(pressed.tongue, result.note.id, codes))
    return say(pressed.tongue, "press-choose-language")


async def _language(doors: Doors, pressed: Pressed, result: Result) -> str:
    return await _offer(doors, pressed, result, pressed.press.argument)


async def _offer(doors: Doors, pressed: Pressed, result: Result, argument: str) -> str:
    """Show what another run would cost; one that costs nothing begins at once."""
    try:
        quote = doors.runs.quote(result, argument)
    except BadOptions as error:
        return str(error)
    if not quote.price:
        return await _run(doors, pressed, result, argument, quote.price)
    offered = f"{argument}:{quote.price}"
    buttons = keyboards.confirm(pressed.tongue, result.note.id, offered, quote.price)
    if place_of(result.note).business:
        words = say(pressed.tongue, "run-costs", price=dollars(quote.price))
        await doors.sender.post(_aside(pressed), plain(words), buttons)
        return say(pressed.tongue, "press-aside")
    await doors.sender.edit_buttons(pressed.handle, buttons)
    return ""


def _aside(pressed: Pressed) -> Place:
    """The presser's own chat: customers of a business must not read what its owner is asked."""
    return Place(pressed.user, 0, tongue=pressed.tongue, asker=pressed.user)


async def _run(doors: Doors, pressed: Pressed, result: Result, argument: str, price: Micros) -> str:
    """Transcribe the same recording again, at the cost of whoever asks for it; `price` is what was said yes to."""
    note, place = result.note, place_of(result.note)
    try:
        own = place if place.asker <= 0 else await _own_place(doors, pressed, place)
        user = note.user if place.asker <= 0 else account_of(own.asker)
        suffix = f"/{argument}" + (f"/{own.asker}" if own.asker != place.asker else "")
        asked = replace(note, user=user, details=own.details(), place=own.group, payer="")
        is_new = await doors.runs.begin(asked, argument, price, note.key.message.split("/", 1)[0] + suffix)
    except Undelivered:
        return say(pressed.tongue, "press-start-me", bot=doors.me.username or "")
    except (BadOptions, DiskFull, NoAccess, Paused) as error:
        return str(error)
    await _back(doors, pressed, result)
    return say(pressed.tongue, "press-running" if is_new else "press-ran")


async def _own_place(doors: Doors, pressed: Pressed, place: Place) -> Place:
    """Where the answer to another run goes: below the first, and for guests, who are answered once, to their own chat.

    Raises Undelivered where the bot may not write there: then nothing may be spent.
    """
    if not place.guest:
        return replace(place, asker=pressed.user, tongue=pressed.tongue)
    own = Place(pressed.user, 0, tongue=pressed.tongue, asker=pressed.user)
    await doors.sender.post(own, plain(say(pressed.tongue, "press-running")))
    return own


async def _again(doors: Doors, pressed: Pressed, result: Result) -> str:
    argument, _, price = pressed.press.argument.partition(":")
    if not price.isdecimal() or len(price) > len(str(MOST)):
        return say(pressed.tongue, "press-unknown")
    return await _run(doors, pressed, result, argument, Micros(int(price)))


async def _back(doors: Doors, pressed: Pressed, result: Result) -> str:
    said = result.answer.transcript
    buttons = await asyncio.to_thread(keyboards.result, pressed.tongue, result.note, said)
    await doors.sender.edit_buttons(pressed.handle, buttons)
    return ""


async def _names(doors: Doors, pressed: Pressed, result: Result) -> str:
    names = result.answer.names
    shown = [names.get(label, label) for label in labels_in(result.answer.transcript)]
    await doors.sender.edit_buttons(pressed.handle, keyboards.speakers(pressed.tongue, result.note.id, shown))
    return say(pressed.tongue, "press-choose-speaker")


async def _ask_name(doors: Doors, pressed: Pressed, result: Result) -> str:
    """Ask for the name in a message of its own, to which the answer is a reply."""
    labels, chosen = labels_in(result.answer.transcript), pressed.press.argument
    if not chosen.isdecimal() or int(chosen) >= len(labels):
        return say(pressed.tongue, "press-unknown")
    if not pressed.handle.chat:
        return say(pressed.tongue, "press-not-here")
    label = labels[int(chosen)]
    place = place_of(result.note)
    place = _aside(pressed) if place.business else replace(place, message=pressed.handle.message)
    question = say(pressed.tongue, "name-ask", speaker=result.answer.names.get(label, label))
    asked = await doors.sender.post(place, plain(question), ForceReply(selective=True))
    await doors.posted.keep(result.note.id, f"{_NAME_PART}{label}:{asked.message}", str(asked))
    await _back(doors, pressed, result)
    return ""


async def _name(doors: Doors, message: Message) -> bool:
    """Take a reply to the question for a speaker's name; False for any other reply."""
    told = message.reply_to_message
    assert told is not None, "the filter takes replies"
    asked = Handle(message.chat.id, told.message_id, message.business_connection_id or "")
    found = await doors.posted.find(str(asked))
    if found is None or not found.part.startswith(_NAME_PART):
        return False
    result = await doors.commands.result(found.note_id)
    user = message.from_user
    if result is None or user is None or not await doors.rights.may_press(result.note, user.id):
        return True
    label = found.part.removeprefix(_NAME_PART).rpartition(":")[0]
    renamed = await doors.runs.rename(found.note_id, label, message.text or "")
    if renamed is not None:
        await _redraw(doors, renamed)
    await _delete(doors, asked)
    await doors.posted.forget(found.note_id, found.part)
    return True


_ON_RESULT: dict[Action, Callable[[Doors, Pressed, Result], Awaitable[str]]] = {
    Action.FILE: _file,
    Action.SPEAKERS: _speakers,
    Action.LANGUAGES: _languages,
    Action.LANGUAGE: _language,
    Action.AGAIN: _again,
    Action.BACK: _back,
    Action.NAMES: _names,
    Action.NAME: _ask_name,
}
