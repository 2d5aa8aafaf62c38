"""Calls that post, edit and delete messages on Telegram, and the rules for what Telegram refuses.

An edit may be repeated. A message that is posted may be there though its answer was lost, so a post is made again only
if it certainly never arrived.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

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
from telegram.ext import ExtBot

from adapters.telegram.client import Limiter
from adapters.telegram.errors import (
    UNEXPLAINED,
    IsFile,
    Moved,
    NotModified,
    NoVoice,
    QueryOver,
    Stays,
    ThreadGone,
    explained,
)
from adapters.telegram.pages import CAPTION_UNITS, entities, markup
from adapters.telegram.places import Handle, Place
from bot.chat.button_rows import Buttons
from bot.chat.pages import File, Page
from bot.chat.platform import MessageGone, PageRefused, utf16_units
from bot.domain.errors import EarmarkError, NotNow, Undelivered
from bot.domain.ports import Clock
from bot.support.remembered import Bounded
from bot.support.retry import Calls, Sleep
from bot.support.tracebacks import report

log = structlog.get_logger()

_LONGEST_NOTICE = 200
"""Characters that Telegram shows to a user who pressed a button."""
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
_WAYS = 4
"""Places where a message is tried: its own, the group's new number, without the topic, the asker's own chat."""
_MOST_POSTED = 10_000
_NEAR = 5
"""Messages below another one among which a message is looked for that was never confirmed."""
_EMPTIED = Page("…")
Keep = Callable[[Handle], Awaitable[None]]


class Sender:
    """Posts, edits and deletes messages.

    Everything raises NotNow (Telegram does not answer, asks for a long pause, or does not know the bot) and Undelivered
    (it never will take this message); an edit MessageGone as well. A post raises PerhapsPosted, which is a NotNow, if
    the message may be there all the same.
    """

    def __init__(
        self, bot: "ExtBot[None]", clock: Clock, sleep: Sleep = asyncio.sleep, keep: Keep | None = None
    ) -> None:
        """`keep` writes messages with buttons down that are no note's, so that they are known after a restart."""
        self._bot = bot
        self._keep = keep
        self._calls = Calls("Telegram", explained, clock, sleep)
        self._posted: Bounded[Handle, None] = Bounded(_MOST_POSTED)
        """The latest messages, which are known."""

    def has_room(self, handle: Handle) -> bool:
        """Return if a message could be edited at once, without anything more important having to wait."""
        limiter = self._bot.rate_limiter
        return limiter.has_room(handle.chat) if isinstance(limiter, Limiter) else True

    async def post(self, place: Place, page: Page, buttons: Buttons = ()) -> Handle:
        """Post a reply to the place's message. A guest's query is answered instead, which can be done once."""
        return await self._post(self._calls.once, place, _Sent(self._bot, page, markup(buttons)))

    async def post_silently(self, place: Place, page: Page, buttons: Buttons = ()) -> Handle:
        """Post as `post`, and notify no user."""
        return await self._post(self._calls.once, place, _Sent(self._bot, page, markup(buttons), silent=True))

    async def tell(self, place: Place, page: Page, buttons: Buttons = ()) -> Handle:
        """Post as `post` what does no harm if it is there twice: it is posted again if Telegram's answer is lost."""
        return await self._post(self._calls.repeat, place, _Sent(self._bot, page, markup(buttons)))

    async def ask(self, place: Place, page: Page) -> Handle:
        """Post a question whose answer is a reply to it."""
        return await self._post(self._calls.once, place, _Sent(self._bot, page, ForceReply(selective=True)))

    async def send_invoice(self, chat: int, **invoice: Any) -> None:
        """Send an invoice, whose fields are as in the Bot API."""
        await self._calls.once(lambda: self._bot.send_invoice(chat, **invoice))

    async def send_file(self, place: Place, name: str, data: bytes, caption: Page) -> Handle:
        """Post a document as a reply."""
        return await self.post(place, replace(caption, file=File(name, data)))

    async def edit(self, handle: Handle, page: Page, buttons: Buttons = ()) -> None:
        """Let a message be this page; one with a file makes a document of it, but not of a guest's.

        A document keeps its file, and gets a text as its caption. Raises IsFile if that is too long for one, and
        PageRefused if no file may be sent there.
        """
        more: dict[str, Any] = {"reply_markup": markup(buttons), **_at_message(handle)}
        if page.file is not None:
            document = partial(_document, page.file, page)
            return await self._edited(lambda: self._bot.edit_message_media(document(), **more), closed=PageRefused)
        as_text = {"entities": entities(page), "link_preview_options": _NO_PREVIEW, **more}
        try:
            await self._edited(lambda: self._bot.edit_message_text(page.text, **as_text))
        except IsFile:
            if utf16_units(page.text) > CAPTION_UNITS:
                raise
            as_caption = {"caption": page.text, "caption_entities": entities(page), **more}
            await self._edited(lambda: self._bot.edit_message_caption(**as_caption))

    async def edit_buttons(self, handle: Handle, buttons: Buttons) -> None:
        """Put other buttons under a message, or none."""
        more = {"reply_markup": markup(buttons), **_at_message(handle)}
        await self._edited(lambda: self._bot.edit_message_reply_markup(**more))

    async def find(
        self, place: Place, buttons: Buttons, is_known: Callable[[Handle], Awaitable[bool]]
    ) -> Handle | None:
        """Return the message below the place's one that has these buttons, though Telegram never confirmed it.

        Telegram shows a bot no message of its own, but it tells that a message has these buttons already, and that one
        is not the bot's. Only the next few are asked about, and none that is known to be another: asking changes it.
        In channels and in chats of business accounts the bot could change messages of others, so none is asked about.
        """
        is_safe = place.message and place.asker > 0 and not place.business and not place.guest
        for number in range(place.message + 1, place.message + 1 + _NEAR) if is_safe and buttons else ():
            handle = Handle(place.chat, number, place.business)
            try:
                is_other = handle in self._posted or await is_known(handle)
                if not is_other and await self._has_buttons(handle, buttons):
                    return handle
            except NotNow:
                return None
        return None

    async def _has_buttons(self, handle: Handle, buttons: Buttons) -> bool:
        more = {"reply_markup": markup(buttons), **_at_message(handle)}
        try:
            await self._calls.once(lambda: self._bot.edit_message_reply_markup(**more))
        except NotModified:
            return True
        except NotNow:
            raise
        except EarmarkError:
            return False
        await self.edit_buttons(handle, ())  # another message that was never confirmed
        return False

    async def delete(self, handle: Handle) -> None:
        """Delete a message of the bot. It is emptied instead if it is too old, or if a business account does not let
        the bot delete. A guest's stays as it is."""
        if not handle.inline and not await self._is_deleted(handle):
            try:
                await self.edit(handle, _EMPTIED)
            except MessageGone:
                log.debug("message_not_deleted")

    async def answer_press(self, query_id: str, text: str = "", alert: bool = False) -> None:
        """Tell a user who pressed a button that it was taken, with a notice if there is one.

        Never raises an EarmarkError: the press was carried out, and must not be again for its notice's sake.
        """
        notice = text[:_LONGEST_NOTICE] or None
        try:
            await self._calls.repeat(lambda: self._bot.answer_callback_query(query_id, notice, show_alert=alert))
        except EarmarkError as error:
            log.debug("press_not_answered", error=error.code)

    async def _answer_guest(self, place: Place, sent: "_Sent") -> Handle:
        page = sent.page
        said = InputTextMessageContent(page.text, entities=entities(page), link_preview_options=_NO_PREVIEW)
        keyboard = sent.markup if isinstance(sent.markup, InlineKeyboardMarkup) else None
        article = InlineQueryResultArticle("answer", page.text[:64], said, reply_markup=keyboard)

        async def answer() -> Handle:
            done = await self._bot.answer_guest_query(place.guest, article)
            return Handle(inline=done.inline_message_id)

        try:
            return await self._calls.once(answer)
        except QueryOver:
            raise Undelivered(reason="too-late") from None

    async def _post(
        self, call: Callable[[Callable[[], Awaitable[Message]]], Awaitable[Message]], place: Place, sent: "_Sent"
    ) -> Handle:
        """Post at a place, or at the one that a group's new number, a topic's end or a closed door leads to instead."""
        if place.guest:
            return await self._answer_guest(place, sent)
        for _ in range(_WAYS):
            try:
                message = await call(partial(sent.to, place))
            except Moved as moved:
                place = replace(place, chat=moved.chat)
            except ThreadGone:
                place = replace(place, thread=None)
            except NoVoice:
                place = own_chat(place)
            else:
                handle = Handle(message.chat.id, message.message_id, place.business)
                self._posted[handle] = None
                if isinstance(sent.markup, InlineKeyboardMarkup) and not sent.silent:
                    await self._keep_if_easy(handle)
                return handle
        raise Undelivered(reason="refused")

    async def _keep_if_easy(self, handle: Handle) -> None:
        """Write a message down; it is there already, so a fault of the database must not have it posted again."""
        try:
            if self._keep is not None:
                await self._keep(handle)
        except Exception as error:  # noqa: BLE001  # whatever the database has
            report("message_not_kept", error)

    async def _edited(self, edit: Callable[[], Awaitable[object]], closed: type[EarmarkError] = MessageGone) -> None:
        """Make an edit. Raises MessageGone, and `closed` if the bot may not write this there."""
        try:
            await self._calls.repeat(edit)
        except NotModified:
            return
        except NoVoice:
            raise closed from None
        except (Moved, ThreadGone):  # after a move, messages have other numbers
            raise MessageGone from None
        except Undelivered as error:
            if error.reason not in UNEXPLAINED:
                raise
            raise MessageGone from None

    async def _is_deleted(self, handle: Handle) -> bool:
        """Delete a message; return False if that cannot be done, or if it was gone already."""
        try:
            if handle.business:
                await self._edited(lambda: self._bot.delete_business_messages(handle.business, [handle.message]))
            else:
                await self._edited(lambda: self._bot.delete_message(handle.chat, handle.message))
        except (Stays, MessageGone):
            return False
        except Undelivered:
            if not handle.business:
                raise
            return False
        return True


@dataclass(frozen=True, slots=True)
class _Sent:
    """A message that is to be posted."""

    bot: "ExtBot[None]" = field(repr=False)  # its repr shows the token
    page: Page
    markup: InlineKeyboardMarkup | ForceReply | None
    silent: bool = False
    """If true, it notifies no user."""

    async def to(self, place: Place) -> Message:
        """Send it. Raises telegram.error.TelegramError."""
        page, where = self.page, {**_at_place(place), "disable_notification": self.silent or None}
        if page.file is None:
            return await self.bot.send_message(
                text=page.text,
                entities=entities(page),
                reply_markup=self.markup,
                link_preview_options=_NO_PREVIEW,
                **where,
            )
        return await self.bot.send_document(
            document=InputFile(page.file.data, filename=page.file.name),
            caption=page.text,
            caption_entities=entities(page),
            disable_content_type_detection=True,
            reply_markup=self.markup,
            **where,
        )


def _at_place(place: Place) -> dict[str, Any]:
    """Return a place in the words of the Bot API; a reply to a message that was deleted is none."""
    reply = ReplyParameters(place.message, allow_sending_without_reply=True) if place.message else None
    return {
        "chat_id": place.chat,
        "message_thread_id": place.thread,
        "direct_messages_topic_id": place.direct or None,
        "business_connection_id": place.business or None,
        "reply_parameters": reply,
    }


def _at_message(handle: Handle) -> dict[str, Any]:
    """Return a message in the words of the Bot API: in a chat, or inline."""
    if handle.inline:
        return {"inline_message_id": handle.inline}
    at = {"chat_id": handle.chat, "message_id": handle.message}
    return {**at, "business_connection_id": handle.business or None}


def _document(file: File, page: Page) -> InputMediaDocument:
    return InputMediaDocument(
        InputFile(file.data, filename=file.name, attach=True),
        caption=page.text,
        caption_entities=entities(page),
        disable_content_type_detection=True,
    )


def own_chat(place: Place) -> Place:
    """Return the chat of the asker and the bot. Raises Undelivered if a chat asked, or if it is that chat."""
    if place.asker <= 0 or (place.chat == place.asker and not place.business):
        raise Undelivered(reason="no-permission")
    return Place(chat=place.asker, message=0, locale=place.locale, asker=place.asker)
