"""Presses under the bot's messages on Telegram, and replies that name a speaker."""

from dataclasses import dataclass, replace
from typing import Any

import structlog
from telegram import CallbackQuery, Message, Update
from telegram.ext import ApplicationHandlerStop, BaseHandler, CallbackQueryHandler, MessageHandler, filters

from adapters.telegram.businesses import is_business, pressed_business
from adapters.telegram.context import Context, asker_of, bound, caller_of, message_in
from adapters.telegram.pages import destination_of, plain
from adapters.telegram.payments import pressed_topup
from adapters.telegram.places import PLATFORM, Handle, Place, account_of, place_of
from adapters.telegram.rights import PresserRights
from bot.chat import button_rows, presses, replies, result_actions
from bot.chat.button_rows import Action, ButtonData
from bot.chat.pages import Page
from bot.chat.queries import Result
from bot.domain.errors import EarmarkError, Undelivered
from bot.locales import locale_of, text

log = structlog.get_logger()

_NAME_PART = "name:"
"""Before a speaker's label: the message that asks for their name."""
_PRESS_PART = "press:"
"""Before a press's id: the message that it brings, so that the same press never brings it twice."""
_LARGEST_FILE = 20 * 2**20
"""Bytes: it must be sent within the time that a press has, also over a slow line."""
_LONGEST_TOAST = 60
"""Characters that are read in passing; a longer notice stays until it is closed."""


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button, its presser, and the message that it stands under."""

    press: ButtonData
    query: CallbackQuery
    user: int
    handle: Handle
    locale: str

    @property
    def account(self) -> str:
        return account_of(self.user)

    @property
    def own_chat(self) -> Place:
        """Return the presser's own chat with the bot."""
        return Place(self.user, 0, locale=self.locale, asker=self.user)


def handlers(context: Context) -> list[BaseHandler[Any, Any, Any]]:
    """Return handlers of presses, and of replies that name speakers; other replies go on to the other handlers."""

    is_reply_to_me = filters.TEXT & ~filters.COMMAND & _ReplyTo(context.me.id)
    return [CallbackQueryHandler(bound(context, _press)), MessageHandler(is_reply_to_me, bound(context, _name))]


def observers(context: Context) -> list[BaseHandler[Any, Any, Any]]:
    """Return handlers that look at replies to the bot's messages, and leave them to all other handlers."""
    return [MessageHandler(_ReplyTo(context.me.id), bound(context, _recognise))]


class _ReplyTo(filters.MessageFilter):
    """Replies to what the bot wrote."""

    def __init__(self, bot: int) -> None:
        super().__init__()
        self._bot = bot

    def filter(self, message: Message) -> bool:
        told = message.reply_to_message
        return told is not None and told.from_user is not None and told.from_user.id == self._bot


async def _recognise(context: Context, update: Update) -> None:
    """Delete the placeholder that a message replies to, if a crash or a lost answer left it behind; or adopt it."""
    told = message_in(update).reply_to_message
    assert told is not None, "the filter takes replies"
    for data in _buttons_of(told):
        if data.action is Action.CANCEL:
            handle = Handle(told.chat.id, told.message_id, told.business_connection_id or "")
            if await result_actions.is_left_over(context.core, data.note_id, str(handle)):
                await _delete_if_easy(context, handle)


def _buttons_of(message: Message) -> list[ButtonData]:
    rows = message.reply_markup.inline_keyboard if message.reply_markup is not None else ()
    packed = (button.callback_data for row in rows for button in row)
    found = [ButtonData.unpack(data) for data in packed if isinstance(data, str)]
    return [data for data in found if data is not None]


async def _press(context: Context, update: Update) -> None:
    query = update.callback_query
    assert query is not None, "asked for by the handler"
    data, user = ButtonData.unpack(query.data or ""), query.from_user
    chosen = await context.core.preferences.of(account_of(user.id))
    locale = locale_of(chosen.locale or user.language_code)
    if data is None:
        await context.sender.answer_press(query.id, text(locale, "press-unknown"))
        return
    pressed = Pressed(data, query, user.id, _handle_of(query), locale)
    try:
        words = await _carry_out(context, pressed, await _outcome(context, pressed))
    except EarmarkError as error:  # a later attempt would come when the presser looks no more
        log.info("press_failed", error=error.code)
        words = presses.failed(locale, "Telegram", error)
    await context.sender.answer_press(query.id, words, alert=len(words) > _LONGEST_TOAST)


def _handle_of(query: CallbackQuery) -> Handle:
    if query.inline_message_id:
        return Handle(inline=query.inline_message_id)
    message = query.message
    assert message is not None, "a button stands under a message"
    business = message.business_connection_id if isinstance(message, Message) else None
    return Handle(message.chat.id, message.message_id, business or "")


async def _outcome(context: Context, pressed: Pressed) -> presses.Outcome:
    """Do what a press asks for, about a note or about its presser; return the outcome for the presser."""
    data, message = pressed.press, pressed.query.message
    if data.note_id:
        about = str(pressed.handle)
        largest = 0 if pressed.handle.inline else _LARGEST_FILE
        of_chat = await context.core.preferences.of("", account_of(pressed.handle.chat))
        press = result_actions.Press(
            data,
            pressed.account,
            pressed.locale,
            message=about,
            largest_file=largest,
            group_limit=of_chat.group_limit,
        )
        rights = PresserRights(context.rights, pressed.user, pressed.handle.chat)
        return await result_actions.pressed(context.core, press, rights)
    if not isinstance(message, Message):
        return replies.Notice(text(pressed.locale, "press-old"))
    caller = await caller_of(context, message, pressed.query.from_user)
    if data.action is Action.TOPUP:
        return replies.Notice(await pressed_topup(context, caller, data.argument))
    if is_business(data):
        return replies.Notice(await pressed_business(context, caller, pressed.handle, data.argument))
    may_change = await context.rights.is_chat_admin(caller.place.chat, caller.user)
    return await presses.answer(context.core, asker_of(context, caller, message, may_change=may_change), data)


async def _carry_out(context: Context, pressed: Pressed, outcome: presses.Outcome) -> str:
    """Do what a press came to; return the notice for its presser."""
    match outcome:
        case replies.Notice(words):
            return words
        case replies.Discard(notice):
            await _delete_if_easy(context, pressed.handle)
            return notice
        case replies.Overwrite(page, buttons, notice):
            await context.sender.edit(pressed.handle, plain(page.text), buttons)
            return notice
        case replies.Offer() | replies.Confirm():
            return await _offer(context, pressed, outcome)
        case replies.Redraw(result):
            await _redraw(context, result)
        case replies.Renamed(result, notice):
            await _redraw(context, result)
            return notice
        case replies.Restore(result):
            await _restore(context, pressed, result)
        case replies.Remove(result, notice):
            await context.adapter.remove(result.note, result.placeholder, str(pressed.handle))
            return notice
        case _:
            return await _send_more(context, pressed, outcome)
    return ""


async def _send_more(context: Context, pressed: Pressed, outcome: presses.More) -> str:
    """Send something about a text, below it or elsewhere, once for a press; return the notice for the presser."""
    if isinstance(outcome, replies.Rerun):  # the same for the same request
        return await _run(context, pressed, outcome)
    if not await context.core.posted.begin(outcome.result.note.id, f"{_PRESS_PART}{pressed.query.id}"):
        return text(pressed.locale, "press-perhaps")
    match outcome:
        case replies.ShowAgain(result):
            await _show_again(context, pressed, result)
        case replies.SendFile():
            return await _send_file(context, pressed, outcome)
        case replies.AskNames():
            return await _ask_name(context, pressed, outcome)
    return ""


async def _send_file(context: Context, pressed: Pressed, sent: replies.SendFile) -> str:
    """Post a file below the text; a reader's goes to their own chat, if they started it."""
    place = place_of(sent.result.note)
    is_aside = sent.private or bool(place.guest)
    try:
        to = pressed.own_chat if is_aside else place
        await context.sender.send_file(to, sent.file.name, sent.file.data, Page(""))
    except Undelivered:
        if not sent.private:
            raise
        return text(pressed.locale, "press-file-start", bot=context.me.username or "")
    return text(pressed.locale, "press-file-sent") if sent.private else ""


async def _redraw(context: Context, result: Result) -> None:
    """Edit the answer where it stands."""
    await context.adapter.show(result.note, result.placeholder, result.answer)


async def _show_again(context: Context, pressed: Pressed, result: Result) -> None:
    """Post a text below the message that was pressed, as it would be answered here."""
    message, note = pressed.query.message, result.note
    assert isinstance(message, Message), "else nothing is shown"
    place = (await caller_of(context, message, pressed.query.from_user)).place
    is_here = note.key.platform == PLATFORM and _is_answered_in(place, place_of(note))
    (*pages, last), buttons = await presses.shown_again(destination_of(place), result, with_buttons=is_here)
    for page in pages:
        await context.sender.post(place, page)
    await context.sender.post(place, last, buttons)


def _is_answered_in(place: Place, first: Place) -> bool:
    """Return True for a note of this very chat: what its buttons bring goes where the note was answered."""
    return first.chat == place.chat and not first.business and not first.guest


async def _restore(context: Context, pressed: Pressed, result: Result) -> None:
    files = not place_of(result.note).guest
    buttons = button_rows.result(pressed.locale, result.note, result.answer.transcript, files=files)
    await context.sender.edit_buttons(pressed.handle, buttons)


async def _restore_if_easy(context: Context, pressed: Pressed, result: Result) -> None:
    """Restore the buttons of a text whose press was carried out already: a menu that stays does no harm."""
    try:
        await _restore(context, pressed, result)
    except EarmarkError as error:
        log.info("buttons_not_restored", error=error.code)


async def _delete_if_easy(context: Context, handle: Handle) -> None:
    """Delete a message that has done its work; one that stays does no harm."""
    try:
        await context.sender.delete(handle)
    except EarmarkError as error:
        log.info("message_not_deleted", error=error.code)


async def _offer(context: Context, pressed: Pressed, offer: replies.Offer | replies.Confirm) -> str:
    """Put the buttons in the place of the message's own, below a text with a way back to those.

    Customers read nothing of a price.
    """
    way_back = button_rows.back(pressed.locale, offer.note.id) if isinstance(offer, replies.Offer) else ()
    buttons = offer.buttons + way_back
    if offer.private and place_of(offer.note).business:
        await context.sender.tell(pressed.own_chat, plain(offer.text), buttons)
        return text(pressed.locale, "press-aside")
    await context.sender.edit_buttons(pressed.handle, buttons)
    return offer.text


async def _run(context: Context, pressed: Pressed, rerun: replies.Rerun) -> str:
    """Transcribe the same recording again, at the presser's cost."""
    result, note, place = rerun.result, rerun.result.note, place_of(rerun.result.note)
    try:
        own = place if place.asker <= 0 else await _own_place(context, pressed, place)
    except Undelivered:
        return text(pressed.locale, "press-start-me", bot=context.me.username or "")
    user = note.user if place.asker <= 0 else account_of(own.asker)
    suffix = f"/{rerun.wanted}" + (f"/{own.asker}" if own.asker != place.asker else "")
    asked = replace(note, user=user, details=own.details(), place=own.group, payer="")
    key = note.key.message.split("/", 1)[0] + suffix
    rights = PresserRights(context.rights, pressed.user, pressed.handle.chat)
    is_new = await result_actions.begin(context.core, rerun, rights, asked, key)
    await _restore_if_easy(context, pressed, result)
    return text(pressed.locale, "press-running" if is_new else "press-ran")


async def _own_place(context: Context, pressed: Pressed, place: Place) -> Place:
    """Return where another run is answered: below the first, and for guests, who are answered once, in their own chat.

    Raises Undelivered if the bot may not write there: then nothing may be spent.
    """
    if not place.guest:
        return replace(place, asker=pressed.user, locale=pressed.locale)
    await context.sender.tell(pressed.own_chat, plain(text(pressed.locale, "press-running")))
    return pressed.own_chat


async def _ask_name(context: Context, pressed: Pressed, ask: replies.AskNames) -> str:
    """Ask for the name in a message of its own, to which the answer is a reply."""
    if not pressed.handle.chat:
        return text(pressed.locale, "press-not-here")
    note, label = ask.result.note, ask.labels[0]
    place = place_of(note)
    place = pressed.own_chat if place.business else replace(place, message=pressed.handle.message)
    question = text(pressed.locale, "name-ask", speaker=ask.called[0])
    asked = await context.sender.ask(place, plain(question))
    await context.core.posted.keep(note.id, f"{_NAME_PART}{label}:{asked.message}", str(asked))
    await _restore_if_easy(context, pressed, ask.result)
    return ""


async def _name(context: Context, update: Update) -> None:
    """Take a reply to the question for a speaker's name; any other reply goes on to the other handlers."""
    message = message_in(update)
    told, user = message.reply_to_message, message.from_user
    assert told is not None, "the filter takes replies"
    asked = Handle(message.chat.id, told.message_id, message.business_connection_id or "")
    found = await context.core.posted.find(str(asked))
    if found is None or not found.part.startswith(_NAME_PART):
        return
    result = await context.core.queries.result(found.note_id)
    if result is not None and user is not None and await _may_name(context, user.id, message.chat.id, result):
        label = found.part.removeprefix(_NAME_PART).rpartition(":")[0]
        renamed = await result_actions.rename(context.core, result, {label: message.text or ""})
        if renamed is not None:
            await _redraw(context, renamed)
        await _delete_if_easy(context, asked)
        await context.core.posted.forget(found.note_id, found.part)
    raise ApplicationHandlerStop


async def _may_name(context: Context, user: int, chat: int, result: Result) -> bool:
    return await PresserRights(context.rights, user, chat).may_use(result.note)
