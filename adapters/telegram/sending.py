"""Everything that goes out to Telegram's chats, and what is done where Telegram refuses it. The rules stand here alone.

A message that is edited may be edited again at no harm. One that is posted may be there though its answer was lost, so
a post is made again only where it certainly never arrived.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TypeVar

import structlog
from telegram import (
    ForceReply,
    InlineKeyboardMarkup,
    InlineQueryResultArticle,
    InputFile,
    InputMediaDocument,
    InputTextMessageContent,
    LinkPreviewOptions,
    Message,
    ReplyParameters,
)
from telegram.error import ChatMigrated, RetryAfter, TelegramError
from telegram.ext import ExtBot

from adapters.telegram.errors import (
    IsFile,
    MessageGone,
    Moved,
    NotModified,
    NoVoice,
    PerhapsPosted,
    QueryOver,
    Stays,
    ThreadGone,
    is_about_the_bot,
    meaning,
    never_arrived,
)
from adapters.telegram.keyboards import markup as markup_of
from adapters.telegram.limiter import Limiter
from adapters.telegram.pages import CAPTION_UNITS, Page
from adapters.telegram.places import Handle, Place
from bot.chat.buttons import Buttons
from bot.domain.errors import EarmarkError, NotNow, Undelivered
from bot.domain.ports import Clock
from bot.rendering import utf16_units

log = structlog.get_logger()

LONGEST_FLOOD = 20.0
"""Seconds that are waited where Telegram asks for a pause; for a longer one the note waits instead."""
AGAIN = timedelta(seconds=30)
"""After this a note is tried again that Telegram did not take."""
_TOKEN_AGAIN = timedelta(minutes=5)
"""After this, where Telegram does not know the bot: its operator has to give it another token first."""
_PAUSES = (0.5, 2.0)
"""Seconds before a call is made again."""
_LONGEST_NOTICE = 200
"""Characters that Telegram shows to somebody who pressed a button."""
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
_WAYS = 4
"""Places where a message is tried: its own, the group's new number, without the topic, the asker's own chat."""
_EMPTIED = Page("…")
_NO_ANSWER = "Telegram does not answer."
T = TypeVar("T")


class Sender:
    """Posts, edits and deletes messages.

    Everything raises NotNow (Telegram does not answer, asks for a long pause, or does not know the bot) and Undelivered
    (it never will take this message); an edit MessageGone as well. What posts raises PerhapsPosted, which is a NotNow,
    where the message may be there all the same.
    """

    def __init__(
        self, bot: "ExtBot[None]", clock: Clock, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._bot = bot
        self._clock = clock
        self._sleep = sleep

    def has_room(self, handle: Handle) -> bool:
        """Whether a message could be edited at once, without anything more important having to wait."""
        limiter = self._bot.rate_limiter
        return limiter.has_room(handle.chat) if isinstance(limiter, Limiter) else True

    async def post(self, place: Place, page: Page, buttons: Buttons = ()) -> Handle:
        """Post a reply to the place's message. A guest's query is answered instead, which can be done once."""
        if place.guest:
            return await self._answer_guest(place, page, buttons)
        return await self._post(place, page, _markup(buttons))

    async def ask(self, place: Place, page: Page) -> Handle:
        """Post a question whose answer is a reply to it."""
        return await self._post(place, page, ForceReply(selective=True))

    async def _post(self, place: Place, page: Page, markup: InlineKeyboardMarkup | ForceReply | None) -> Handle:

        async def send(to: Place) -> Message:
            return await self._bot.send_message(
                to.chat,
                page.text,
                entities=page.entities,
                message_thread_id=to.thread,
                business_connection_id=to.business or None,
                reply_parameters=_reply(to),
                reply_markup=markup,
                link_preview_options=_NO_PREVIEW,
            )

        return await self._posted(place, send)

    async def send_file(self, place: Place, name: str, data: bytes, caption: Page) -> Handle:
        """Post a document as a reply."""

        async def send(to: Place) -> Message:
            return await self._bot.send_document(
                to.chat,
                InputFile(data, filename=name),
                caption=caption.text,
                caption_entities=caption.entities,
                disable_content_type_detection=True,
                message_thread_id=to.thread,
                business_connection_id=to.business or None,
                reply_parameters=_reply(to),
            )

        return await self._posted(place, send)

    async def edit(self, handle: Handle, page: Page, buttons: Buttons = ()) -> None:
        """Give a message another text. A file gets it as its caption; raises IsFile where it is too long for one."""

        async def edit(at: _At) -> object:
            return await self._bot.edit_message_text(
                page.text,
                at.chat,
                at.message,
                at.inline,
                entities=page.entities,
                business_connection_id=at.business,
                reply_markup=_markup(buttons),
                link_preview_options=_NO_PREVIEW,
            )

        try:
            await self._edited(handle, edit)
        except IsFile:
            if utf16_units(page.text) > CAPTION_UNITS:
                raise
            await self._edit_caption(handle, page, buttons)

    async def edit_buttons(self, handle: Handle, buttons: Buttons) -> None:
        """Put other buttons under a message, or none."""

        async def edit(at: _At) -> object:
            return await self._bot.edit_message_reply_markup(
                at.chat, at.message, at.inline, _markup(buttons), business_connection_id=at.business
            )

        await self._edited(handle, edit)

    async def turn_into_file(
        self, handle: Handle, name: str, data: bytes, caption: Page, buttons: Buttons = ()
    ) -> None:
        """Make a document of a message, whatever it was. A guest's message cannot become one."""

        async def edit(at: _At) -> object:
            media = InputMediaDocument(
                InputFile(data, filename=name, attach=True),
                caption=caption.text,
                caption_entities=caption.entities,
                disable_content_type_detection=True,
            )
            return await self._bot.edit_message_media(
                media, at.chat, at.message, at.inline, _markup(buttons), business_connection_id=at.business
            )

        await self._edited(handle, edit)

    async def delete(self, handle: Handle) -> None:
        """Delete a message of ours, or empty it where it is too old for that, or where a business account does not let
        the bot delete. A guest's stays as it is."""
        if not handle.inline and not await self._is_deleted(handle):
            try:
                await self.edit(handle, _EMPTIED)
            except MessageGone:
                log.debug("message_not_deleted")

    async def answer_press(self, query_id: str, text: str = "", alert: bool = False) -> None:
        """Tell somebody who pressed a button that it was taken, with a notice if there is one.

        Never raises an EarmarkError: what was asked for is done, and must not be done again for its notice's sake.
        """

        async def answer() -> object:
            return await self._bot.answer_callback_query(query_id, text[:_LONGEST_NOTICE] or None, show_alert=alert)

        try:
            await self._retry(answer, _always)
        except EarmarkError as error:
            log.debug("press_not_answered", error=error.code)

    async def _answer_guest(self, place: Place, page: Page, buttons: Buttons) -> Handle:
        said = InputTextMessageContent(page.text, entities=page.entities, link_preview_options=_NO_PREVIEW)
        article = InlineQueryResultArticle("answer", page.text[:64], said, reply_markup=_markup(buttons))

        async def answer() -> Handle:
            sent = await self._bot.answer_guest_query(place.guest, article)
            return Handle(inline=sent.inline_message_id)

        try:
            return await self._retry(answer, never_arrived)
        except QueryOver:
            raise Undelivered(reason="the mention is too old to be answered") from None

    async def _posted(self, place: Place, send: Callable[[Place], Awaitable[Message]]) -> Handle:
        """Post at a place, or where a group's new number, a topic's end or a closed door leads to instead."""
        for _ in range(_WAYS):
            try:
                message = await self._retry(_at_place(send, place), never_arrived)
            except Moved as moved:
                place = replace(place, chat=int(moved.fields["chat"]))
            except ThreadGone:
                place = replace(place, thread=None)
            except NoVoice:
                place = own_chat(place)
            else:
                return Handle(message.chat.id, message.message_id, place.business)
        raise Undelivered(reason="Telegram takes it nowhere")

    async def _edited(self, handle: Handle, edit: "Callable[[_At], Awaitable[object]]") -> None:
        try:
            await self._retry(_on(edit, handle), _always)
        except NotModified:
            return
        except Moved:  # messages have other numbers there
            raise MessageGone from None
        except (NoVoice, ThreadGone):
            raise MessageGone from None

    async def _is_deleted(self, handle: Handle) -> bool:
        """Delete a message; whether it could be done, or False also where it was gone already."""

        async def delete(at: _At) -> object:
            if at.business:
                return await self._bot.delete_business_messages(at.business, [handle.message])
            return await self._bot.delete_message(at.chat or 0, handle.message)

        try:
            await self._edited(handle, delete)
        except (Stays, MessageGone):
            return False
        except Undelivered:
            if not handle.business:
                raise
            return False
        return True

    async def _edit_caption(self, handle: Handle, page: Page, buttons: Buttons) -> None:
        async def edit(at: _At) -> object:
            return await self._bot.edit_message_caption(
                at.chat,
                at.message,
                at.inline,
                page.text,
                _markup(buttons),
                caption_entities=page.entities,
                business_connection_id=at.business,
            )

        await self._edited(handle, edit)

    async def _retry(self, do: Callable[[], Awaitable[T]], may_repeat: Callable[[TelegramError], bool]) -> T:
        """Make a call, and make it again by the rules. What Telegram refuses is raised as what it means.

        python-telegram-bot's exceptions end here (`from None`): with what caused them, they can hold the token.
        """
        pauses = list(_PAUSES)
        patience = LONGEST_FLOOD
        while True:
            try:
                return await do()
            except RetryAfter as told:
                seconds = told._retry_after.total_seconds()  # the public name warns that its type will change
                if seconds > patience:
                    raise self._later(NotNow, "Telegram asks for a pause.", timedelta(seconds=seconds)) from None
                patience -= seconds
                await self._sleep(seconds)
            except ChatMigrated as moved:
                raise Moved(chat=moved.new_chat_id) from None
            except TelegramError as error:
                if (refused := self._refusal(error)) is not None:
                    raise refused from None
                if not may_repeat(error):
                    raise self._later(PerhapsPosted, _NO_ANSWER, AGAIN) from None
                if not pauses:
                    raise self._later(NotNow, _NO_ANSWER, AGAIN) from None
                await self._sleep(pauses.pop(0))

    def _refusal(self, error: TelegramError) -> EarmarkError | None:
        """What Telegram's refusal means, the operator told where it is for him; None where it refused nothing."""
        if is_about_the_bot(error):
            log.error("telegram_does_not_know_the_token", what_to_do="look at EARMARK_TELEGRAM_TOKEN")
            return self._later(NotNow, "Telegram does not let this bot in just now.", _TOKEN_AGAIN)
        refused = meaning(error)
        if isinstance(refused, Undelivered):
            log.warning("telegram_refused", description=error.message)
        return refused

    def _later(self, kind: type[NotNow], reason: str, wait: timedelta) -> NotNow:
        return kind(reason=reason, until=(self._clock() + wait).isoformat())


@dataclass(frozen=True, slots=True)
class _At:
    """A message in the words of the Bot API: in a chat, or inline."""

    chat: int | None
    message: int | None
    inline: str | None
    business: str | None


def _on(edit: Callable[[_At], Awaitable[object]], handle: Handle) -> Callable[[], Awaitable[object]]:
    if handle.inline:
        at = _At(None, None, handle.inline, None)
    else:
        at = _At(handle.chat, handle.message, None, handle.business or None)
    return lambda: edit(at)


def _at_place(send: Callable[[Place], Awaitable[Message]], place: Place) -> Callable[[], Awaitable[Message]]:
    return lambda: send(place)


def _reply(place: Place) -> ReplyParameters | None:
    """To the message with the sound, also where somebody deleted it."""
    return ReplyParameters(place.message, allow_sending_without_reply=True) if place.message else None


def own_chat(place: Place) -> Place:
    """The chat between the asker and the bot. Raises Undelivered where nobody asked but a chat, or it is that chat."""
    if place.asker <= 0 or (place.chat == place.asker and not place.business):
        raise Undelivered(reason="the bot may not write in that chat")
    return Place(chat=place.asker, message=0, locale=place.locale, asker=place.asker)


def _markup(buttons: Buttons) -> InlineKeyboardMarkup | None:
    return markup_of(buttons) if buttons else None


def _always(_error: TelegramError) -> bool:
    return True
