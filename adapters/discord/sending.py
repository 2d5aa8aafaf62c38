"""Calls that post and edit messages on Discord, and the rules for what Discord refuses.

An edit may be repeated. A message that is posted bears a nonce, so for some minutes Discord itself keeps it from being
there twice; later it is looked for before it is posted. A follow-up to an interaction can have no nonce, so it is tried
once at a time: its caller has to know if it may be tried again.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from secrets import token_urlsafe
from typing import Any, TypeVar, cast

import aiohttp
import discord
import structlog
from discord import HTTPException, Message, MessageReference, RateLimited, Webhook
from discord.ui import View

from adapters.discord.errors import (
    AGAIN,
    MayNotReply,
    MayNotWrite,
    NothingSeen,
    TicketOver,
    is_about_the_bot,
    meaning,
    pause_of,
)
from adapters.discord.pages import changed, new, plain, render
from adapters.discord.places import Handle, Place, Ticket
from adapters.discord.uncancellable_calls import UncancellableCalls, UnderWay
from bot.chat.pages import Page
from bot.chat.platform import MessageGone, PageRefused, PerhapsPosted
from bot.domain.errors import EarmarkError, NotNow, Undelivered
from bot.domain.ports import Clock
from bot.domain.waiting import WaitReason
from bot.locales import text

log = structlog.get_logger()

_SECONDS = 60.0
"""Timeout of one call; discord.py tries some of them again in that time."""
_PAUSES = (0.5, 2.0)
"""Seconds before a call is made again that may be made twice."""
_NEWEST = 200
"""Messages that are looked through for one of the bot's."""
_MOST_ANSWERED = 1024
"""Interactions of which it is remembered that their response is there."""
_ORIGINAL = cast(int, "@original")
"""Discord's name of the response to an interaction; discord.py knows it only while it has the event."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Trace:
    """Marks of a message that an earlier process posted, but did not write down."""

    custom_id: str
    """Of one of its buttons."""
    since: int
    """A message's number: it was posted after that one."""
    but: int = 0
    """The number of a message that it is not."""


class Sender:
    """Posts and edits messages. Nothing that it sends pings a user.

    Everything raises NotNow (Discord asks for a long pause, does not know the bot, or cannot be reached; PerhapsPosted
    if the call may have been carried out all the same) and Undelivered (it never will take this message); an edit
    MessageGone as well, and an answer to an interaction TicketOver, MayNotWrite, PageRefused.
    """

    def __init__(
        self,
        client: discord.Client,
        clock: Clock,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        seconds: float = _SECONDS,
    ) -> None:
        """Take a client that need not be connected to the gateway; until it is logged in, everything raises NotNow.

        `seconds`: timeout of one call.
        """
        self._client = client
        self._clock = clock
        self._sleep = sleep
        self._calls = UncancellableCalls(seconds)
        self._answered: OrderedDict[str, None] = OrderedDict()
        """Tokens of interactions whose response is there."""

    async def close(self) -> None:
        """End the calls that are still under way."""
        await self._calls.close()

    def seconds_left(self, ticket: Ticket) -> float:
        return ticket.until - self._clock().timestamp()

    def is_busy(self, handle: Handle) -> bool:
        """Return if a call for a message is under way, so that the next has to wait."""
        return self._calls.is_under_way(_spot(handle))

    async def post(
        self, place: Place, page: Page, view: View | None = None, nonce: str = "", trace: Trace | None = None
    ) -> Handle:
        """Post a reply to the place's message; in the asker's own chat if the place is private or closed to the bot.

        If the place's message is in another channel, nothing is replied to. `nonce` is at most 25 characters. With a
        `trace` an earlier message is looked for first, and taken for this one.
        """
        nonce = nonce or token_urlsafe(18)
        if place.own or not place.private:
            try:
                return await self._post_in(place.channel, place, page, view, nonce, trace)
            except MayNotWrite:
                if place.own or not place.asker:
                    raise Undelivered(reason="no-permission") from None
        return await self._post_to_asker(place, page, view, nonce, trace)

    async def write_to(self, user: int, page: Page) -> Handle:
        """Post a message in the chat of a user and the bot."""
        return await self._post_to_asker(Place(channel=0, asker=user), page, None, token_urlsafe(18), None)

    async def tell(self, place: Place, words: str) -> Handle:
        """Post plain words to the place's interaction, else as `post`."""
        if place.ticket is not None:
            try:
                return await self.follow_up(place, plain(words))
            except TicketOver:
                log.debug("ticket_over")
        return await self.post(place, plain(words))

    async def respond(self, place: Place, page: Page, view: View | None = None) -> Handle:
        """Make this the response to the place's interaction, which was deferred. Safe to do twice."""
        ticket = self._valid(place.ticket)
        handle = Handle(place.channel, (await self._edit_by(ticket, ticket.token, _ORIGINAL, page, view)).id, ticket)
        self._remember_answered(ticket)
        return handle

    async def follow_up(
        self,
        place: Place,
        page: Page,
        view: View | None = None,
        keep: Callable[[Handle], Awaitable[None]] | None = None,
    ) -> Handle:
        """Post a further message to the place's interaction; as private as the interaction's response.

        Not safe to do twice: after PerhapsPosted it may be there. `keep` gets the message as soon as it is there, even
        if the caller does not wait for it any more.
        """
        ticket = self._valid(place.ticket)
        await self._see_to_response(ticket, place.locale)

        async def send() -> Handle:
            message = await self._webhook(ticket).send(wait=True, ephemeral=ticket.private, **new(page, view))
            handle = Handle(place.channel, message.id, ticket)
            if keep is not None:
                await keep(handle)
            return handle

        # Another try would be another message if only the answer was lost.
        return await self._retry(ticket.token, send, pauses=())

    async def all_sent(self, ticket: Ticket) -> None:
        """Wait until no answer to an interaction is under way."""
        try:
            await self._calls.all_made(ticket.token)
        except UnderWay:
            raise self._later(WaitReason.PLATFORM_DOWN, AGAIN, PerhapsPosted) from None

    async def edit(self, handle: Handle, page: Page, view: View | None = None) -> None:
        """Let a message be this page, and nothing else. Raises PageRefused if it cannot have its embed, or its file."""
        shown = render(page)
        is_plain = not shown.embed and shown.file is None
        try:
            message = await self._edit(handle, page, view)
        except MayNotWrite:
            raise (MessageGone if is_plain else PageRefused) from None
        except PageRefused:
            if is_plain:
                raise Undelivered(reason="refused") from None
            raise
        if len(message.embeds) < bool(shown.embed) or len(message.attachments) < bool(shown.file):
            raise PageRefused  # Discord takes an embed, and drops it if none is allowed

    async def find(self, channel: int, trace: Trace) -> Handle | None:
        """Return the newest message of a channel that bears a trace; None if there is none. Raises NothingSeen."""
        spot = self._client.get_partial_messageable(channel)
        after = discord.Object(trace.since)

        async def look() -> list[Message]:
            return [message async for message in spot.history(limit=_NEWEST, after=after, oldest_first=False)]

        try:
            messages = await self._retry(f"history of {channel}", look)
        except (MayNotWrite, Undelivered):
            raise NothingSeen from None
        if not messages:
            raise NothingSeen
        ours = (message for message in messages if message.id != trace.but and _bears(message, trace.custom_id))
        return next((Handle(channel, message.id) for message in ours), None)

    async def _see_to_response(self, ticket: Ticket, locale: str) -> None:
        """Give an interaction's response some words if it still says that the bot is "thinking": Discord would take the
        first follow-up for it, and then two notes would have one message."""
        if ticket.token in self._answered:
            return

        async def look() -> None:
            webhook = self._webhook(ticket)
            if (await webhook.fetch_message(_ORIGINAL)).flags.loading:
                words = plain(text(locale, "placeholder-taken"))
                await webhook.edit_message(_ORIGINAL, **changed(words, None))

        try:
            await self._retry(ticket.token, look)
        except MessageGone:
            log.debug("response_deleted")
        except PerhapsPosted as error:  # of the follow-up it is known: it was not tried yet
            raise NotNow(error.wait.reason, error.wait.until, error.wait.name) from None
        self._remember_answered(ticket)

    def _remember_answered(self, ticket: Ticket) -> None:
        self._answered[ticket.token] = None
        while len(self._answered) > _MOST_ANSWERED:
            self._answered.popitem(last=False)

    async def _post_in(
        self, channel: int, place: Place, page: Page, view: View | None, nonce: str, trace: Trace | None
    ) -> Handle:
        if trace is not None:
            with suppress(NothingSeen):
                if (found := await self.find(channel, trace)) is not None:
                    return found
        spot = self._client.get_partial_messageable(channel)
        reply_to = place.message if place.source == channel else 0

        async def send(**more: Any) -> Message:
            return await spot.send(nonce=nonce, **new(page, view), **more)

        async def reply() -> Message:
            told = MessageReference(message_id=reply_to, channel_id=channel, fail_if_not_exists=False)
            return await send(reference=told, mention_author=False)

        try:
            try:
                message = await self._retry(nonce, reply if reply_to else send)
            except MayNotReply:
                message = await self._retry(nonce, send)
        except PageRefused:
            raise Undelivered(reason="refused") from None
        return Handle(channel, message.id)

    async def _post_to_asker(
        self, place: Place, page: Page, view: View | None, nonce: str, trace: Trace | None
    ) -> Handle:
        try:
            return await self._post_in(await self._own_chat(place.asker), place, page, view, nonce, trace)
        except MayNotWrite:
            raise Undelivered(reason="no-messages") from None

    async def _own_chat(self, asker: int) -> int:
        """Return the channel of a user and the bot. Raises Undelivered."""
        if not asker:
            raise Undelivered(reason="no-user")
        channel = await self._retry(f"chat with {asker}", lambda: self._client.create_dm(discord.Object(asker)))
        return channel.id

    async def _edit(self, handle: Handle, page: Page, view: View | None) -> Message:
        """Edit a message by its ticket, or after its end as the bot whose message it is."""
        if handle.ticket is not None:
            try:
                return await self._edit_by(self._valid(handle.ticket), _spot(handle), handle.message, page, view)
            except TicketOver:
                if handle.ticket.private:  # only the asker can see it, not even the bot
                    raise MessageGone from None
        message = self._client.get_partial_messageable(handle.channel).get_partial_message(handle.message)
        return await self._retry(_spot(handle), lambda: message.edit(**changed(page, view)))

    async def _edit_by(self, ticket: Ticket, about: str, message: int, page: Page, view: View | None) -> Message:
        webhook = self._webhook(ticket)
        return await self._retry(about, lambda: webhook.edit_message(message, **changed(page, view)))

    def _valid(self, ticket: Ticket | None) -> Ticket:
        if ticket is None or self.seconds_left(ticket) <= 0:
            raise TicketOver
        return ticket

    def _webhook(self, ticket: Ticket) -> Webhook:
        webhook = Webhook.partial(self._client.application_id or 0, ticket.token, client=self._client)
        webhook.type = discord.WebhookType.application  # so it may post what only one person sees
        webhook.session = cast(aiohttp.ClientSession, _Impatient(webhook.session))
        return webhook

    async def _retry(self, about: str, do: Callable[[], Awaitable[T]], pauses: Sequence[float] = _PAUSES) -> T:
        """Make a call, and make it again by the rules. A refusal of Discord is raised as what it means.

        discord.py's exceptions end here (`from None`): they hold the request.
        """
        left = list(pauses)
        while True:
            if self._client.application_id is None:  # it was never reached since the start
                raise self._later(WaitReason.PLATFORM_DOWN, AGAIN)
            try:
                return await self._calls.make(about, do)
            except RateLimited as told:
                raise self._later(WaitReason.PLATFORM_PAUSE, timedelta(seconds=told.retry_after)) from None
            except HTTPException as error:
                if (refused := meaning(error)) is not None:
                    raise _told(refused, error) from None
                raise self._pause(error) from None
            except UnderWay:
                raise self._later(WaitReason.PLATFORM_DOWN, AGAIN, PerhapsPosted) from None
            except (aiohttp.ClientError, OSError, _Down) as error:
                if not left:
                    was_asked = not isinstance(error, aiohttp.ClientConnectorError)
                    raise self._later(WaitReason.PLATFORM_DOWN, AGAIN, PerhapsPosted if was_asked else NotNow) from None
                await self._sleep(left.pop(0))

    def _pause(self, error: HTTPException) -> NotNow:
        """Return the error of a fault that passes; the operator is told if it is about the bot."""
        if is_about_the_bot(error):
            log.error("discord_does_not_know_the_token", what_to_do="look at EARMARK_DISCORD_TOKEN")
            return self._later(WaitReason.PLATFORM_LOGIN, pause_of(error) or AGAIN)
        if error.status < 500:
            return self._later(WaitReason.PLATFORM_PAUSE, pause_of(error) or AGAIN)
        return self._later(WaitReason.PLATFORM_DOWN, AGAIN, PerhapsPosted)

    def _later(self, reason: WaitReason, wait: timedelta, kind: type[NotNow] = NotNow) -> NotNow:
        return kind(reason, self._clock() + wait, "Discord")


class _Down(Exception):
    """Discord has a fault of its own."""


class _Impatient:
    """A session with which discord.py retries nothing by itself: that might be another message."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    def request(self, method: str, url: str, **more: Any) -> object:
        return self._session.request(method, url, raise_for_status=_check_up, **more)


async def _check_up(answer: aiohttp.ClientResponse) -> None:
    if answer.status >= 500:
        raise _Down


def _told(refused: EarmarkError, error: HTTPException) -> EarmarkError:
    if isinstance(refused, Undelivered):
        log.warning("discord_refused", status=error.status, code=error.code)
    return refused


def _spot(handle: Handle) -> str:
    return f"{handle.channel}/{handle.message}"


def _bears(message: Message, custom_id: str) -> bool:
    rows = (row for row in message.components if isinstance(row, discord.ActionRow))
    return any(getattr(item, "custom_id", None) == custom_id for row in rows for item in row.children)
