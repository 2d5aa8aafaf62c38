"""The one message that stands for a note: posted once, written down, and only then given what it is to say.

It is posted with nothing in it that matters, so a run that breaks off anywhere is repeated by edits of what is there.
A follow-up to an interaction has no nonce: that it is tried is written down before it is. Where nobody knows what came
of it, it is looked for; where the bot cannot look, it may stay as it is, and the text goes another way.
"""

import asyncio
from base64 import urlsafe_b64encode
from collections import OrderedDict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import structlog
from discord.ui import Button, View
from discord.utils import snowflake_time, time_snowflake

from adapters.discord import pages
from adapters.discord.errors import MessageGone, NothingSeen, Unheard
from adapters.discord.pages import Page
from adapters.discord.places import ASKED_BY, TICKET_SECONDS, Handle, Place, Ticket, place_of
from adapters.discord.sending import Sender, Trace
from adapters.discord.views import Views
from bot.chat import note_buttons
from bot.chat.button_data import Action, ButtonData
from bot.chat.posted_messages import PostedMessages
from bot.domain.errors import EarmarkError, NotNow, Undelivered
from bot.domain.note import Note, Progress, Stage
from bot.domain.ports import Clock
from bot.locales import text

log = structlog.get_logger()

_PART = "1"
"""As which a note's message is written down."""
_TRIED = "tried"
"""As which it is written down that a follow-up may have been posted."""
_NONCE = 24
"""Characters."""
_NONCE_HOLDS = timedelta(minutes=2)
"""How long it is certain that Discord knows a nonce again."""
_TO_DEFER = 3.0
"""Seconds that Discord gives for the deferral of an interaction."""
_CLOCKS_DIFFER = 60.0
"""Seconds, at most, between this clock and Discord's."""
_YOUNG = TICKET_SECONDS - 30
"""An interaction that lasts for more seconds than these may not be deferred yet."""
_MOST_DEFERRALS = 1024
_LAST_ROW = 4
"""Of the buttons under a message, from 0."""


class Messages:
    """Notes' messages. Everything raises NotNow and Undelivered; where a message is gone, another is posted."""

    def __init__(self, sender: Sender, posted: PostedMessages, views: Views, clock: Clock) -> None:
        self._sender = sender
        self._posted = posted
        self._views = views
        self._clock = clock
        self._deferrals: OrderedDict[str, asyncio.Event] = OrderedDict()

    def deferred(self, token: str) -> None:
        """The response of this interaction can be edited from now on, or never will be."""
        self._deferral(token).set()

    async def of(self, note: Note, placeholder: str | None) -> Handle | None:
        """A note's message. `placeholder` counts where none was written down."""
        kept = (await self._posted.parts(note.id)).get(_PART) or placeholder
        return Handle.parse(kept) if kept else None

    async def post(self, note: Note, page: Page) -> Handle:
        """Post a placeholder: where an interaction asked for it as its answer, else as a reply."""
        place = place_of(note)
        buttons = self._views.of(note_buttons.cancel(place.locale, note.id))
        try:
            handle = await self._answered(note, place, page, buttons)
        except NotNow:
            raise
        except EarmarkError as error:
            log.info("interaction_not_answered", error=error.code)
            handle = None
        if handle is None:
            return await self.post_anew(note, page, buttons)
        await self._posted.keep(note.id, _PART, str(handle))
        return handle

    async def post_anew(self, note: Note, page: Page, buttons: View, instead: Handle | None = None) -> Handle:
        """Post a message that no interaction holds, in the place of another that is of no use any more."""
        trace = self._trace_if_old(note, instead)
        handle = await self._sender.post(place_of(note), page, buttons, _nonce(note, instead), trace)
        await self._posted.keep(note.id, _PART, str(handle))
        return handle

    async def show(self, note: Note, placeholder: str | None, ways: Sequence[Page], buttons: View | None) -> None:
        """Let the note's message be the first of these that can be shown."""
        handle = await self.of(note, placeholder)
        if handle is not None:
            try:
                return await self.edit(note, handle, ways, buttons)
            except MessageGone:
                log.info("message_gone")
        return await self._show_in_another(note, handle, ways, buttons)

    async def edit(self, note: Note, handle: Handle, ways: Sequence[Page], buttons: View | None) -> None:
        """As `Sender.edit`, with a way to the recording where the message is elsewhere."""
        await self._sender.edit(handle, ways, _with_way_back(place_of(note), handle, buttons))

    async def keep_without_ticket(self, note: Note, handle: Handle, page: Page, buttons: View) -> bool:
        """Edit an interaction's answer as the bot whose message it is, from now on; whether that can be done."""
        plain = Handle(handle.channel, handle.message)
        try:
            await self._sender.edit(plain, [page], buttons)
        except (MessageGone, Undelivered):
            return False
        await self._posted.keep(note.id, _PART, str(plain))
        return True

    async def _show_in_another(
        self, note: Note, gone: Handle | None, ways: Sequence[Page], buttons: View | None
    ) -> None:
        place = place_of(note)
        page = pages.placeholder(place, note, Progress(Stage.DELIVERING))
        if gone is None:
            handle = await self.post(note, page)
        else:
            handle = await self.post_anew(note, page, self._views.of(note_buttons.cancel(place.locale, note.id)), gone)
        try:
            await self.edit(note, handle, ways, buttons)
        except MessageGone:
            raise Undelivered(reason="its message was deleted at once") from None

    async def _answered(self, note: Note, place: Place, page: Page, buttons: View) -> Handle | None:
        """The answer to the place's interaction; None where there is no interaction."""
        if place.ticket is None:
            return None
        await self._until_deferred(place.ticket)
        if place.ticket.first:
            return await self._sender.respond(place, page, buttons)
        was_tried = _TRIED in await self._posted.parts(note.id)
        if was_tried:
            await self._sender.all_sent(place.ticket)
            if (handle := await self.of(note, None)) is not None:
                return handle
            try:
                found = await self._tried_before(note, place, place.ticket)
            except NothingSeen:
                log.info("follow_up_not_looked_for")
                return None
            if found is not None:
                return found
        return await self._follow_up(note, place, page, buttons, was_tried)

    async def _tried_before(self, note: Note, place: Place, ticket: Ticket) -> Handle | None:
        """The follow-up that was tried; None where it is not there. Raises NothingSeen where nobody can tell."""
        trace = self._trace(note, None)
        if trace is None or ticket.private:
            raise NothingSeen
        return await self._sender.find(place.channel, trace)

    async def _follow_up(self, note: Note, place: Place, page: Page, buttons: View, was_tried: bool) -> Handle:
        async def keep(handle: Handle) -> None:
            await self._posted.keep(note.id, _PART, str(handle))

        await self._posted.keep(note.id, _TRIED, "yes")
        try:
            return await self._sender.follow_up(place, page, buttons, keep)
        except Unheard:
            raise
        except NotNow:  # surely nothing was posted
            if not was_tried:
                await self._posted.forget(note.id, _TRIED)
            raise

    async def _until_deferred(self, ticket: Ticket) -> None:
        """Before its deferral an interaction looks as if it were over."""
        if ticket.until - self._clock().timestamp() <= _YOUNG:
            return
        try:
            async with asyncio.timeout(_TO_DEFER):
                await self._deferral(ticket.token).wait()
        except TimeoutError:
            log.info("interaction_not_deferred")

    def _deferral(self, token: str) -> asyncio.Event:
        event = self._deferrals.setdefault(token, asyncio.Event())
        while len(self._deferrals) > _MOST_DEFERRALS:
            self._deferrals.popitem(last=False)
        return event

    def _trace_if_old(self, note: Note, instead: Handle | None) -> Trace | None:
        """What the note's message is known by where Discord may have forgotten its nonce."""
        trace = self._trace(note, instead)
        if trace is None or self._clock() - snowflake_time(trace.since) < _NONCE_HOLDS:
            return None
        return trace

    def _trace(self, note: Note, instead: Handle | None) -> Trace | None:
        """What the note's message is known by; None where nothing tells since when it may be there."""
        since = _asked_at(note)
        if not since:
            return None
        custom_id = self._views.seal.close(ButtonData(Action.CANCEL, note.id))
        return Trace(custom_id, since, but=instead.message if instead else 0)


def _asked_at(note: Note) -> int:
    """A number like those of the messages of the moment in which a note was asked for, or before; 0: nobody knows.

    The recording, of which its key may tell, can be much older.
    """
    told = (note.key.message.partition("/")[0].removeprefix("i"), note.details.get(ASKED_BY, ""))
    numbers = [int(number) for number in told if number.isdecimal()]
    ticket = place_of(note).ticket
    if ticket is not None:
        began = datetime.fromtimestamp(ticket.until - TICKET_SECONDS - _CLOCKS_DIFFER, UTC)
        numbers.append(time_snowflake(began))
    return max(numbers, default=0)


def _with_way_back(place: Place, handle: Handle, buttons: View | None) -> View | None:
    """With a link to the recording, where that is not above and it is known in which server it is."""
    if handle.channel == place.source or not place.message or place.source != place.channel:
        return buttons
    shown = View(timeout=None) if buttons is None else buttons
    shown.stop()  # else discord.py would keep it
    if not any(isinstance(item, Button) and item.url for item in shown.children):
        url = f"https://discord.com/channels/{place.guild or '@me'}/{place.source}/{place.message}"
        shown.add_item(Button(label=text(place.locale, "button-recording"), url=url, row=_LAST_ROW))
    return shown


def _nonce(note: Note, instead: Handle | None) -> str:
    """The same for the same message. One that takes the place of another is a message of its own."""
    of = f"{note.id} {instead.message if instead else 0}"
    return urlsafe_b64encode(sha256(of.encode()).digest()).decode()[:_NONCE]
