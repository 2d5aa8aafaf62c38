"""What happens when somebody presses a button under a note, and how a speaker gets another name."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from telegram import CallbackQuery, Message, Update
from telegram.ext import ApplicationHandlerStop, BaseHandler, CallbackQueryHandler, MessageHandler, filters

from adapters.telegram import settings
from adapters.telegram.callers import Caller, caller_of, message_in
from adapters.telegram.context import Context
from adapters.telegram.linking import pressed_link, pressed_unlink
from adapters.telegram.pages import plain
from adapters.telegram.payments import pressed_topup
from adapters.telegram.places import Handle, Place, account_of, place_of
from bot.chat import note_buttons
from bot.chat.answer_layout import title_of
from bot.chat.button_data import Action, ButtonData
from bot.chat.buttons import Buttons
from bot.chat.pages import Page
from bot.chat.platform import MessageGone
from bot.chat.queries import Result
from bot.chat.reruns import labels_in, without_labels
from bot.domain.errors import BadOptions, DiskFull, NoAccess, Paused, Undelivered
from bot.domain.languages import COMMON
from bot.domain.money import MOST, Micros
from bot.domain.note import Note
from bot.locales import error_text, locale_of, money, text
from bot.rendering.formats import file_of

_NAME_PART = "name:"
"""Before a speaker's label: the message that asks for their name."""


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button, who pressed it, and the message that it stands under."""

    press: ButtonData
    query: CallbackQuery
    user: int
    handle: Handle
    locale: str

    @property
    def own(self) -> str:
        return account_of(self.user)


def handlers(context: Context) -> list[BaseHandler[Any, Any, Any]]:
    """Presses, and the replies that name speakers: what is none of these goes on to the other handlers."""

    async def press(update: Update, _context: object) -> None:
        assert update.callback_query is not None
        await _press(context, update.callback_query)

    async def name(update: Update, _context: object) -> None:
        if await _name(context, message_in(update)):
            raise ApplicationHandlerStop

    is_reply_to_me = filters.TEXT & ~filters.COMMAND & _ReplyTo(context.me.id)
    return [CallbackQueryHandler(press), MessageHandler(is_reply_to_me, name)]


class _ReplyTo(filters.MessageFilter):
    """Replies to what the bot wrote, with nothing to hear in it."""

    def __init__(self, bot: int) -> None:
        super().__init__()
        self._bot = bot

    def filter(self, message: Message) -> bool:
        told = message.reply_to_message
        return told is not None and told.from_user is not None and told.from_user.id == self._bot


async def _press(context: Context, query: CallbackQuery) -> None:
    press = ButtonData.unpack(query.data or "")
    locale = locale_of(
        (await context.preferences.of(account_of(query.from_user.id))).locale or query.from_user.language_code
    )
    if press is None:
        await context.sender.answer_press(query.id, text(locale, "press-unknown"))
        return
    pressed = Pressed(press, query, query.from_user.id, _handle_of(query), locale)
    if press.note_id:
        words = await _about_note(context, pressed)
    else:
        words = await _about_nothing(context, pressed)
    await context.sender.answer_press(query.id, words, alert=len(words) > 60)


def _handle_of(query: CallbackQuery) -> Handle:
    if query.inline_message_id:
        return Handle(inline=query.inline_message_id)
    message = query.message
    assert message is not None, "a button stands under a message"
    business = message.business_connection_id if isinstance(message, Message) else None
    return Handle(message.chat.id, message.message_id, business or "")


async def _about_nothing(context: Context, pressed: Pressed) -> str:
    """A press that is about its presser and no note."""
    message = pressed.query.message
    if not isinstance(message, Message):
        return text(pressed.locale, "press-old")
    caller = await caller_of(context, message, pressed.query.from_user)
    if not caller.place.private and not await context.rights.is_chat_admin(caller.place.chat, caller.user):
        return text(pressed.locale, "press-admins-only")
    if pressed.press.action is Action.FORGET:
        return await _forget(context, pressed, caller)
    if pressed.press.action is Action.LINK:
        return await pressed_link(context, caller, pressed.handle, pressed.press.argument)
    if pressed.press.action is Action.UNLINK:
        return await pressed_unlink(context, caller, pressed.handle)
    if pressed.press.action is Action.TOPUP:
        return await pressed_topup(context, caller, pressed.press.argument)
    return await settings.pressed(context, caller, pressed.handle, pressed.press.argument)


async def _forget(context: Context, pressed: Pressed, caller: Caller) -> str:
    forgotten = await context.privacy.forget(caller.account)
    key = "forget-left" if forgotten.unfinished else "forget-done"
    words = text(pressed.locale, key, notes=forgotten.notes, left=forgotten.unfinished)
    await context.sender.edit(pressed.handle, plain(words))
    return ""


async def _about_note(context: Context, pressed: Pressed) -> str:
    order = await context.queries.order(pressed.press.note_id)
    if order is None:
        return text(pressed.locale, "press-forgotten")
    note = order.note
    if pressed.press.action is Action.CANCEL:
        if not await _is_asker(context, note, pressed.user):
            return text(pressed.locale, "press-not-yours")
        return await _cancel(context, pressed, note)
    if pressed.press.action is Action.AGREE:
        return await _agree(context, pressed, note)
    if not await context.rights.may_press(note, pressed.user):
        return text(pressed.locale, "press-not-yours")
    result = await context.queries.result(note.id)
    if result is None:
        return text(pressed.locale, "press-no-text")
    return await _ON_RESULT[pressed.press.action](context, pressed, result)


async def _is_asker(context: Context, note: Note, user: int) -> bool:
    """Only who asked may stop it; where the chat itself asked, those who run it."""
    place = place_of(note)
    return (
        user == place.asker if place.asker > 0 else await context.rights.is_chat_admin(place.asker or place.chat, user)
    )


async def _cancel(context: Context, pressed: Pressed, note: Note) -> str:
    if await context.intake.cancel(note.id):
        return text(pressed.locale, "press-cancelling")
    if await context.queries.placeholder(note.id) != str(pressed.handle):
        await _delete(context, pressed.handle)  # one that a crash left behind: the answer stands elsewhere
    return text(pressed.locale, "press-too-late")


async def _delete(context: Context, handle: Handle) -> None:
    try:
        await context.sender.delete(handle)
    except MessageGone:
        return


async def _agree(context: Context, pressed: Pressed, note: Note) -> str:
    """Only who pays may agree; where the chat pays, those who run it."""
    if note.payer and not await context.rights.is_chat_admin(place_of(note).chat, pressed.user):
        return text(pressed.locale, "press-admins-pay")
    if not note.payer and not await _is_asker(context, note, pressed.user):
        return text(pressed.locale, "press-not-yours")
    argument = pressed.press.argument
    is_price = argument.isdecimal() and len(argument) <= len(str(MOST))
    try:
        agreed = is_price and await context.intake.agree(note.id, Micros(int(argument)), account_of(pressed.user))
    except (NoAccess, Paused) as error:
        return error_text(pressed.locale, error)
    return text(pressed.locale, "press-agreed" if agreed else "press-too-late")


async def _file(context: Context, pressed: Pressed, result: Result) -> str:
    place = place_of(result.note)
    if place.guest:
        return text(pressed.locale, "press-not-here")
    form = pressed.press.argument
    name = title_of(place.locale, result.note)
    made = await asyncio.to_thread(file_of, result.answer, form, name)
    if made is None:
        return text(pressed.locale, "press-unknown")
    await context.sender.send_file(place, f"{name}.{form}", made, Page(""))
    return ""


async def _speakers(context: Context, pressed: Pressed, result: Result) -> str:
    """Labels are taken away and put back for nothing; where nobody told the speakers apart yet, that is a run."""
    has_labels = len(labels_in(result.answer.transcript)) > 1
    if pressed.press.argument == "off":
        await _redraw(context, without_labels(result))
        return ""
    if has_labels:
        await _redraw(context, result)
        return ""
    return await _offer(context, pressed, result, "on")


async def _redraw(context: Context, result: Result) -> None:
    """Edit the answer where it stands."""
    await context.adapter.deliver(result.note, result.placeholder, result.answer)


async def _languages(context: Context, pressed: Pressed, result: Result) -> str:
    codes = [code for code in COMMON if any(model.takes(code) for model in context.catalog)]
    menu = note_buttons.languages(pressed.locale, result.note.id, codes)
    await context.sender.edit_buttons(pressed.handle, _with_back(pressed, result, menu))
    return text(pressed.locale, "press-choose-language")


async def _language(context: Context, pressed: Pressed, result: Result) -> str:
    return await _offer(context, pressed, result, pressed.press.argument)


async def _offer(context: Context, pressed: Pressed, result: Result, argument: str) -> str:
    """Show what another run would cost; one that costs nothing begins at once."""
    try:
        quote = context.reruns.quote(result, argument)
    except BadOptions as error:
        return error_text(pressed.locale, error)
    if not quote.price:
        return await _run(context, pressed, result, argument, quote.price)
    offered = f"{argument}:{quote.price}"
    buttons = _with_back(pressed, result, note_buttons.confirm(pressed.locale, result.note.id, offered, quote.price))
    if place_of(result.note).business:
        words = text(pressed.locale, "run-costs", price=money(pressed.locale, quote.price))
        await context.sender.post(_aside(pressed), plain(words), buttons)
        return text(pressed.locale, "press-aside")
    await context.sender.edit_buttons(pressed.handle, buttons)
    return ""


def _aside(pressed: Pressed) -> Place:
    """The presser's own chat: customers of a business must not read what its owner is asked."""
    return Place(pressed.user, 0, locale=pressed.locale, asker=pressed.user)


async def _run(context: Context, pressed: Pressed, result: Result, argument: str, price: Micros) -> str:
    """Transcribe the same recording again, at the cost of whoever asks for it; `price` is what was said yes to."""
    note, place = result.note, place_of(result.note)
    try:
        own = place if place.asker <= 0 else await _own_place(context, pressed, place)
        user = note.user if place.asker <= 0 else account_of(own.asker)
        suffix = f"/{argument}" + (f"/{own.asker}" if own.asker != place.asker else "")
        asked = replace(note, user=user, details=own.details(), place=own.group, payer="")
        is_new = await context.reruns.begin(asked, argument, price, note.key.message.split("/", 1)[0] + suffix)
    except Undelivered:
        return text(pressed.locale, "press-start-me", bot=context.me.username or "")
    except (BadOptions, DiskFull, NoAccess, Paused) as error:
        return error_text(pressed.locale, error)
    await _back(context, pressed, result)
    return text(pressed.locale, "press-running" if is_new else "press-ran")


async def _own_place(context: Context, pressed: Pressed, place: Place) -> Place:
    """Where the answer to another run goes: below the first, and for guests, who are answered once, to their own chat.

    Raises Undelivered where the bot may not write there: then nothing may be spent.
    """
    if not place.guest:
        return replace(place, asker=pressed.user, locale=pressed.locale)
    own = Place(pressed.user, 0, locale=pressed.locale, asker=pressed.user)
    await context.sender.post(own, plain(text(pressed.locale, "press-running")))
    return own


async def _again(context: Context, pressed: Pressed, result: Result) -> str:
    argument, _, price = pressed.press.argument.partition(":")
    if not price.isdecimal() or len(price) > len(str(MOST)):
        return text(pressed.locale, "press-unknown")
    return await _run(context, pressed, result, argument, Micros(int(price)))


async def _back(context: Context, pressed: Pressed, result: Result) -> str:
    files = not place_of(result.note).guest
    buttons = note_buttons.result(pressed.locale, result.note, result.answer.transcript, files=files)
    await context.sender.edit_buttons(pressed.handle, buttons)
    return ""


def _with_back(pressed: Pressed, result: Result, buttons: Buttons) -> Buttons:
    """Return buttons that take the place of a text's own, with a way back to those."""
    return buttons + note_buttons.back(pressed.locale, result.note.id)


async def _names(context: Context, pressed: Pressed, result: Result) -> str:
    names = result.answer.names
    shown = [names.get(label, label) for label in labels_in(result.answer.transcript)]
    menu = note_buttons.speakers(pressed.locale, result.note.id, shown)
    await context.sender.edit_buttons(pressed.handle, _with_back(pressed, result, menu))
    return text(pressed.locale, "press-choose-speaker")


async def _ask_name(context: Context, pressed: Pressed, result: Result) -> str:
    """Ask for the name in a message of its own, to which the answer is a reply."""
    labels, chosen = labels_in(result.answer.transcript), pressed.press.argument
    if not chosen.isdecimal() or int(chosen) >= len(labels):
        return text(pressed.locale, "press-unknown")
    if not pressed.handle.chat:
        return text(pressed.locale, "press-not-here")
    label = labels[int(chosen)]
    place = place_of(result.note)
    place = _aside(pressed) if place.business else replace(place, message=pressed.handle.message)
    question = text(pressed.locale, "name-ask", speaker=result.answer.names.get(label, label))
    asked = await context.sender.ask(place, plain(question))
    await context.posted.keep(result.note.id, f"{_NAME_PART}{label}:{asked.message}", str(asked))
    await _back(context, pressed, result)
    return ""


async def _name(context: Context, message: Message) -> bool:
    """Take a reply to the question for a speaker's name; False for any other reply."""
    told = message.reply_to_message
    assert told is not None, "the filter takes replies"
    asked = Handle(message.chat.id, told.message_id, message.business_connection_id or "")
    found = await context.posted.find(str(asked))
    if found is None or not found.part.startswith(_NAME_PART):
        return False
    result = await context.queries.result(found.note_id)
    user = message.from_user
    if result is None or user is None or not await context.rights.may_press(result.note, user.id):
        return True
    label = found.part.removeprefix(_NAME_PART).rpartition(":")[0]
    renamed = await context.reruns.rename(found.note_id, label, message.text or "")
    if renamed is not None:
        await _redraw(context, renamed)
    await _delete(context, asked)
    await context.posted.forget(found.note_id, found.part)
    return True


_ON_RESULT: dict[Action, Callable[[Context, Pressed, Result], Awaitable[str]]] = {
    Action.FILE: _file,
    Action.SPEAKERS: _speakers,
    Action.LANGUAGES: _languages,
    Action.LANGUAGE: _language,
    Action.AGAIN: _again,
    Action.BACK: _back,
    Action.NAMES: _names,
    Action.NAME: _ask_name,
}
