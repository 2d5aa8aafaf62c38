"""Posting of the one message that stands for a note, so that it is there once, even after a crash.

A message in a channel has a nonce, and is looked for if Discord may have forgotten that. A follow-up to an interaction
has no nonce: the attempt is written down before it is made. If its outcome is not known, it is looked for; if the bot
cannot look, it may stay as it is, and the text goes another way.
"""

import asyncio
from base64 import urlsafe_b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import structlog
from discord.ui import View
from discord.utils import snowflake_time, time_snowflake

from adapters.discord.errors import NothingSeen
from adapters.discord.pages import Views
from adapters.discord.places import TICKET_SECONDS, Handle, Place, Ticket, place_of
from adapters.discord.sending import Draft, Sender, Trace
from bot.chat.button_rows import Action, ButtonData
from bot.chat.incoming import ASKED_BY
from bot.chat.note_messages import PostedMessages
from bot.chat.pages import Page
from bot.chat.platform import FIRST, READY
from bot.domain.errors import EarmarkError, NotNow, PerhapsPosted
from bot.domain.note import Note
from bot.domain.ports import Clock
from bot.support.remembered import Bounded

log = structlog.get_logger()

_TRIED = "tried"
"""Name of the part that tells that a follow-up may have been posted."""
_NONCE = 24
"""Characters."""
_NONCE_HOLDS = timedelta(minutes=2)
"""Time in which Discord certainly knows a nonce again."""
_TO_DEFER = 3.0
"""Seconds that Discord gives for the deferral of an interaction."""
_CLOCKS_DIFFER = 60.0
"""Seconds, at most, between this clock and Discord's."""
_YOUNG = TICKET_SECONDS - 30
"""An interaction that lasts for more seconds than these may not be deferred yet."""
_MOST_DEFERRALS = 1024


class Posting:
    """Posts notes' messages. Everything raises NotNow and Undelivered."""

    def __init__(self, sender: Sender, posted: PostedMessages, views: Views, clock: Clock) -> None:
        self._sender = sender
        self._posted = posted
        self._views = views
        self._clock = clock
        self._deferrals: Bounded[str, asyncio.Event] = Bounded(_MOST_DEFERRALS)

    def deferred(self, token: str) -> None:
        """Let those go on who wait for an interaction: its response can be edited from now on, or never will be."""
        self._deferral(token).set()

    async def of(self, note: Note) -> Handle | None:
        """Return the message that was written down for a note."""
        kept = (await self._posted.parts(note.id)).get(FIRST)
        return Handle.parse(kept) if kept else None

    async def post(self, note: Note, page: Page, view: View) -> Handle:
        """Post a note's message: as its interaction's answer if there is one, else as a reply."""
        try:
            handle = await self._answered(note, place_of(note), page, view)
        except NotNow:
            raise
        except EarmarkError as error:
            log.info("interaction_not_answered", error=error.code)
            handle = None
        return handle or await self.post_anew(note, page, view)

    async def post_anew(self, note: Note, page: Page, view: View, instead: Handle | None = None) -> Handle:
        """Post a message that no interaction holds, in the place of another that is of no use any more."""
        trace = self._trace_if_old(note, instead)
        draft = Draft(page, view, _nonce(f"{note.id} {instead.message if instead else 0}"), trace, silent=True)
        return await self._sender.post(place_of(note), draft)

    async def notify(self, note: Note, handle: Handle, page: Page) -> Handle:
        """Post a reply to a note's message, of which its user is notified."""
        place = replace(place_of(note), channel=handle.channel, message=handle.message, recorded_in=0)
        return await self._sender.post(place, Draft(page, nonce=_nonce(f"{note.id} {READY}")))

    async def _answered(self, note: Note, place: Place, page: Page, view: View) -> Handle | None:
        """Return the answer to the place's interaction; None if there is no interaction."""
        if place.ticket is None:
            return None
        await self._until_deferred(place.ticket)
        if place.ticket.first:
            return await self._sender.respond(place, page, view)
        was_tried = _TRIED in await self._posted.parts(note.id)
        if was_tried:
            await self._sender.all_sent(place.ticket)
            if (handle := await self.of(note)) is not None:
                return handle
            try:
                found = await self._tried_before(note, place, place.ticket)
            except NothingSeen:
                log.info("follow_up_not_looked_for")
                return None
            if found is not None:
                return found
        return await self._follow_up(note, place, page, view, was_tried)

    async def _tried_before(self, note: Note, place: Place, ticket: Ticket) -> Handle | None:
        """Return the follow-up that was tried; None if it is not there. Raises NothingSeen if the bot cannot tell."""
        trace = self._trace(note, None)
        if trace is None or ticket.private:
            raise NothingSeen
        return await self._sender.find(place.channel, trace)

    async def _follow_up(self, note: Note, place: Place, page: Page, view: View, was_tried: bool) -> Handle:
        async def keep(handle: Handle) -> None:
            await self._posted.keep(note.id, FIRST, str(handle))

        await self._posted.keep(note.id, _TRIED, "yes")
        try:
            return await self._sender.follow_up(place, page, view, keep)
        except PerhapsPosted:
            raise
        except NotNow:  # surely nothing was posted
            if not was_tried:
                await self._posted.forget(note.id, _TRIED)
            raise

    async def _until_deferred(self, ticket: Ticket) -> None:
        """Wait for the deferral of an interaction: before, it looks as if it were over."""
        if self._sender.seconds_left(ticket) <= _YOUNG:
            return
        try:
            async with asyncio.timeout(_TO_DEFER):
                await self._deferral(ticket.token).wait()
        except TimeoutError:
            log.info("interaction_not_deferred")

    def _deferral(self, token: str) -> asyncio.Event:
        return self._deferrals.setdefault(token, asyncio.Event())

    def _trace_if_old(self, note: Note, instead: Handle | None) -> Trace | None:
        """Return the marks of the note's message if Discord may have forgotten its nonce."""
        trace = self._trace(note, instead)
        if trace is None or self._clock() - snowflake_time(trace.since) < _NONCE_HOLDS:
            return None
        return trace

    def _trace(self, note: Note, instead: Handle | None) -> Trace | None:
        """Return the marks of the note's message; None if nothing tells since when it may be there."""
        since = _asked_at(note)
        if not since:
            return None
        custom_id = self._views.close(ButtonData(Action.CANCEL, note.id))
        return Trace(custom_id, since, but=instead.message if instead else 0)


def _asked_at(note: Note) -> int:
    """Return a number like those of the messages of the moment in which a note was asked for, or before; 0: unknown.

    The recording, whose number its key may have, can be much older.
    """
    told = (note.key.message.partition("/")[0].removeprefix("i"), note.details.get(ASKED_BY, ""))
    numbers = [int(number) for number in told if number.isdecimal()]
    ticket = place_of(note).ticket
    if ticket is not None:
        began = datetime.fromtimestamp(ticket.until - TICKET_SECONDS - _CLOCKS_DIFFER, UTC)
        numbers.append(time_snowflake(began))
    return max(numbers, default=0)


def _nonce(of: str) -> str:
    """Return the same for the same message."""
    return urlsafe_b64encode(sha256(of.encode()).digest()).decode()[:_NONCE]
