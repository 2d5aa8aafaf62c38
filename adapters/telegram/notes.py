"""Messages become notes: which of them, who pays, and what is said where none can be made of one."""

from collections import OrderedDict
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from telegram import BusinessConnection, Message, Update
from telegram.ext import BaseHandler, MessageHandler, filters

from adapters.telegram.businesses import Businesses, may_answer, owner_of
from adapters.telegram.callers import Caller, caller_of, message_in
from adapters.telegram.context import Context
from adapters.telegram.errors import TooManyNotes
from adapters.telegram.pages import plain
from adapters.telegram.places import Place, account_of
from adapters.telegram.requests import Wanted, is_command, linked_by, mentions, own_sound, wanted_by
from adapters.telegram.sound import is_spoken
from bot.domain.errors import EarmarkError, NoAccess, Paused
from bot.domain.note import Note
from bot.locales import error_text, locale_of, text
from bot.people.preferences import Choice, Mode, Source

MOST_UNFINISHED = 100
"""Notes without an end that one account may have."""
SELDOM = timedelta(seconds=10)
"""Somebody who forwards a hundred texts is told once what they could send instead."""
_MOST_SAID = 1000
_ASKED_BY = "asked_by"
"""Among a note's details: the message that asked for it, where that is not the one with the sound."""


def handlers(context: Context) -> list[BaseHandler[Any, Any, Any]]:
    """They take every message that comes to them, so they must be asked last."""
    taking = Taking(context)
    kind = filters.UpdateType
    return [
        MessageHandler(kind.MESSAGE & filters.ChatType.PRIVATE, taking.from_private),
        MessageHandler(kind.MESSAGE & filters.ChatType.GROUPS, taking.from_group),
        MessageHandler(kind.CHANNEL_POST, taking.from_channel),
        MessageHandler(kind.BUSINESS_MESSAGE, taking.from_business),
        MessageHandler(kind.GUEST_MESSAGE, taking.from_guest),
    ]


class Taking:
    """The handlers of all messages that no other handler took."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._businesses = Businesses(context.bot, context.clock)
        self._said: OrderedDict[tuple[int, str], datetime] = OrderedDict()

    async def from_private(self, update: Update, _context: object) -> None:
        """All sound is taken; everything else gets a sentence."""
        message = message_in(update)
        caller = await caller_of(self._context, message, message.from_user)
        own = own_sound(message)
        if own is not None:
            await self._take(caller, message, own)
        elif self._is_asked(message):
            await self._take_what_is_asked(caller, message)
        elif message.text:
            await self._say_seldom(caller, "help-send", megabytes=round(self._context.megabytes))
        elif _was_meant_for_us(message):
            await self._say_seldom(caller, "not-sound")

    async def from_group(self, update: Update, _context: object) -> None:
        """What is taken unasked is a matter of the group's mode. Other bots are not heard."""
        message = message_in(update)
        speaker = message.from_user if message.sender_chat is None else None
        if speaker is None or not speaker.is_bot:
            await self._take_by_mode(await caller_of(self._context, message, speaker), message)

    async def from_channel(self, update: Update, _context: object) -> None:
        """As in a group; a channel speaks for itself, and pays for itself."""
        message = message_in(update)
        await self._take_by_mode(await caller_of(self._context, message, None), message)

    async def from_business(self, update: Update, _context: object) -> None:
        """Chats of somebody who connected the bot: both sides' voices are taken, and nothing else is talked about."""
        message = message_in(update)
        connection = await self._businesses.find(message.business_connection_id or "")
        if connection is None or not may_answer(connection) or message.sender_business_bot is not None:
            return
        caller = await self._business_caller(message, connection)
        mode = caller.chosen.mode if caller.chosen.sources[Choice.MODE] is Source.CHAT else Mode.AUTO
        by_owner = message.from_user == connection.user
        is_asked = mode is not Mode.OFF and by_owner and self._is_asked(message)
        wanted = wanted_by(message) if is_asked else own_sound(message)
        if wanted is not None and is_asked:
            await self._take(caller, message, wanted)
        elif wanted is not None and mode is Mode.AUTO and is_spoken(message):
            await self._take_unasked(caller, message, wanted)

    async def from_guest(self, update: Update, _context: object) -> None:
        """A mention in a chat where the bot is not: it can be answered once."""
        message = message_in(update)
        caller = await caller_of(self._context, message, message.from_user)
        caller = replace(caller, place=replace(caller.place, guest=message.guest_query_id or ""))
        wanted = wanted_by(message) or linked_by(message)
        if wanted is None:
            await self._say(caller, "guest-how")
        else:
            await self._take(caller, message, wanted)

    async def _take_by_mode(self, caller: Caller, message: Message) -> None:
        mode, own = caller.chosen.mode, own_sound(message)
        if self._is_asked(message):
            if mode is Mode.OFF:
                await self._say(caller, "transcribe-off")
            else:
                await self._take_what_is_asked(caller, message)
        elif mode is Mode.AUTO and own is not None and is_spoken(message):
            await self._take_unasked(caller, message, own)

    def _is_asked(self, message: Message) -> bool:
        """Whether somebody wants this done: by the command, or by a mention together with sound."""
        me = self._context.me
        username = me.username or ""
        if is_command(message, username):
            return True
        return mentions(message, username, me.id) and wanted_by(message) is not None

    async def _take_what_is_asked(self, caller: Caller, message: Message) -> None:
        wanted = wanted_by(message) or linked_by(message)
        if wanted is None:
            await self._say(caller, "transcribe-how")
        else:
            await self._take(caller, message, wanted)

    async def _take(self, caller: Caller, message: Message, wanted: Wanted) -> None:
        """Make a note, or say why none can be made."""
        try:
            await self._make_note(caller, message, wanted)
        except EarmarkError as error:
            await self._say_why_not(caller, wanted, error)

    async def _take_unasked(self, caller: Caller, message: Message, wanted: Wanted) -> None:
        """The same for what nobody asked for: whoever may not use the service talks to others there, and not to us."""
        try:
            await self._make_note(caller, message, wanted)
        except NoAccess:
            return
        except EarmarkError as error:
            await self._say_why_not(caller, wanted, error)

    async def _say_why_not(self, caller: Caller, wanted: Wanted, error: EarmarkError) -> None:
        """Never to those who write to a business. What holds for every recording is not said under each."""
        place = _apart_from_customers(replace(caller.place, message=wanted.message))
        if isinstance(error, NoAccess | Paused):
            await self._post_seldom(place, error.code, error_text(caller.locale, error))
        else:
            await self._context.sender.post(place, plain(error_text(caller.locale, error)))

    async def _make_note(self, caller: Caller, message: Message, wanted: Wanted) -> None:
        """The same message again is the same note. Raises what Intake.accept does, and TooManyNotes."""
        place = replace(caller.place, message=wanted.message)
        again = ""
        if wanted.is_answered:
            standing_for = await self._another_run(caller, place, message.message_id)
            if standing_for is None:
                return
            again = standing_for
        note = Note(
            key=place.key(self._context.me.id, again),
            user=caller.account,
            media=wanted.media,
            options=caller.chosen.options(self._context.catalog),
            details=place.details() | ({_ASKED_BY: str(message.message_id)} if wanted.is_answered else {}),
            place=place.group,
        )
        await self._check_room(caller)
        await self._context.intake.accept(note)

    async def _check_room(self, caller: Caller) -> None:
        """Raises TooManyNotes: a stranger's thousand notes must not stand before everybody else's."""
        if await self._context.queries.unfinished(caller.account) >= MOST_UNFINISHED:
            raise TooManyNotes(limit=MOST_UNFINISHED)

    async def _another_run(self, caller: Caller, place: Place, asked_by: int) -> str | None:
        """What tells this note from others of the same message, "" where it is the first; None: it is made already.

        Others may have asked for the same message, and get answers of their own; so does somebody who asks again.
        """
        for again in ("", f"/by{caller.user}"):
            note_id = place.key(self._context.me.id, again).id
            order = await self._context.queries.order(note_id)
            if order is None:
                return again
            if order.note.details.get(_ASKED_BY) == str(asked_by):
                return None
            standing = await self._context.queries.own(note_id, caller.account)
            if standing is not None and not standing.state.is_final:
                await self._say(caller, "transcribe-running")
                return None
        return f"/ask{asked_by}"

    async def _business_caller(self, message: Message, connection: BusinessConnection) -> Caller:
        owner = connection.user
        chosen = await self._context.preferences.of(account_of(owner.id), owner_of(connection.id))
        place = Place(
            chat=message.chat.id,
            message=message.message_id,
            business=connection.id,
            locale=locale_of(chosen.locale or owner.language_code),
            asker=owner.id,
            private=True,
        )
        return Caller(owner.id, place, chosen)

    async def _say(self, caller: Caller, key: str, **values: float) -> None:
        await self._context.sender.post(caller.place, plain(text(caller.locale, key, **values)))

    async def _say_seldom(self, caller: Caller, key: str, **values: float) -> None:
        await self._post_seldom(caller.place, key, text(caller.locale, key, **values))

    async def _post_seldom(self, place: Place, key: str, words: str) -> None:
        now = self._context.clock()
        which = (place.chat, key)
        if which in self._said and now - self._said[which] < SELDOM:
            return
        await self._context.sender.post(place, plain(words))
        self._said[which] = now
        self._said.move_to_end(which)
        if len(self._said) > _MOST_SAID:
            self._said.popitem(last=False)


def _was_meant_for_us(message: Message) -> bool:
    """Whether a person sent it, rather than Telegram telling what happened in the chat."""
    kinds = (
        (message.photo, message.document, message.sticker, message.story, message.location, message.contact),
        (message.poll, message.dice, message.game, message.paid_media, message.checklist, message.live_photo),
    )
    return any(kind for row in kinds for kind in row)


def _apart_from_customers(place: Place) -> Place:
    """Where somebody is told what went wrong: never to those who write to a business, in its owner's name."""
    return Place(place.asker, 0, locale=place.locale, asker=place.asker) if place.business else place
