"""Calls that post and edit messages on Discord, and the rules for what Discord refuses.

An edit may be repeated. A message that is posted bears a nonce, so for some minutes Discord itself keeps it from being
there twice; later it is looked for before it is posted. A follow-up to an interaction can have no nonce, so it is tried
once at a time: its caller has to know if it may be tried again.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from secrets import token_urlsafe
from typing import Any, TypeVar, cast

import aiohttp
import discord
import structlog
from discord import Message, MessageReference, Webhook
from discord.ui import View

from adapters.discord.errors import MayNotReply, MayNotWrite, NothingSeen, ServerFault, TicketOver, explained
from adapters.discord.pages import changed, fitting, new, plain, render
from adapters.discord.places import Handle, Place, Ticket
from bot.chat.pages import Page
from bot.chat.platform import MessageGone, PageRefused
from bot.domain.errors import Undelivered
from bot.domain.ports import Clock
from bot.locales import text
from bot.support.remembered import Bounded
from bot.support.retry import DOWN, Calls, Sleep
from bot.support.uncancellable_calls import UncancellableCalls, UnderWay

log = structlog.get_logger()

_SECONDS = 60.0
"""Timeout of one call; discord.py tries some of them again in that time."""
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


@dataclass(frozen=True, slots=True)
class Draft:
    """A message that is to be posted."""

    page: Page
    view: View | None = None
    nonce: str = field(default_factory=lambda: token_urlsafe(18))
    """At most 25 characters; for some minutes Discord posts no other message with the same."""
    trace: Trace | None = None
    """Marks of an earlier message that is taken for this one, if it is there."""
    silent: bool = False
    """If true, it notifies no user."""

    def sent(self) -> dict[str, Any]:
        """Return the message as discord.py wants it, for one try."""
        return {"nonce": self.nonce, "silent": self.silent, **new(self.page, self.view)}


class Sender:
    """Posts and edits messages. Nothing that it sends pings a user.

    Everything raises NotNow (Discord asks for a long pause, does not know the bot, or cannot be reached) and
    Undelivered (it never will take this message); an edit MessageGone as well, and an answer to an interaction
    TicketOver, MayNotWrite, PageRefused.
    """

    def __init__(
        self,
        client: discord.Client,
        clock: Clock,
        sleep: Sleep = asyncio.sleep,
        seconds: float = _SECONDS,
    ) -> None:
        """Take a client that need not be connected to the gateway; until it is logged in, everything raises NotNow.

        `seconds`: timeout of one call.
        """
        self._client = client
        self._clock = clock
        self._calls = Calls("Discord", explained, clock, sleep)
        self._uncancellable = UncancellableCalls(seconds)
        self._answered: Bounded[str, None] = Bounded(_MOST_ANSWERED)
        """Tokens of interactions whose response is there."""

    async def close(self) -> None:
        """End the calls that are still under way."""
        await self._uncancellable.close()

    def seconds_left(self, ticket: Ticket) -> float:
        return ticket.until - self._clock().timestamp()

    def is_busy(self, handle: Handle) -> bool:
        """Return if a call for a message is under way, so that the next has to wait."""
        return self._uncancellable.is_under_way(_spot(handle))

    async def post(self, place: Place, draft: Draft) -> Handle:
        """Post a reply to the place's message; in the asker's own chat if the place is private or closed to the bot.

        If the place's message is in another channel, nothing is replied to.
        """
        if place.own or not place.private:
            try:
                return await self._post_in(place.channel, place, draft)
            except MayNotWrite:
                if place.own or not place.asker:
                    raise Undelivered(reason="no-permission") from None
        return await self._post_to_asker(place, draft)

    async def write_to(self, user: int, page: Page, view: View | None = None) -> Handle:
        """Post a message in the chat of a user and the bot."""
        return await self._post_to_asker(Place(channel=0, asker=user), Draft(page, view))

    async def tell(self, place: Place, page: Page, view: View | None = None) -> Handle:
        """Post a short page to the place's interaction, else as `post`."""
        if place.ticket is not None:
            try:
                return await self.follow_up(place, fitting(page), view)
            except TicketOver:
                log.debug("ticket_over")
        return await self.post(place, Draft(fitting(page), view))

    async def respond(self, place: Place, page: Page, view: View | None = None) -> Handle:
        """Make this the response to the place's interaction, which was deferred. Safe to do twice."""
        ticket = self._valid(place.ticket)
        handle = Handle(place.channel, (await self._edit_by(ticket, ticket.token, _ORIGINAL, page, view)).id, ticket)
        self._answered[ticket.token] = None
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

        return await self._calls.once(partial(self._made, ticket.token, send))

    async def all_sent(self, ticket: Ticket) -> None:
        """Wait until no answer to an interaction is under way."""
        try:
            await self._uncancellable.all_made(ticket.token)
        except UnderWay:
            raise self._calls.later(DOWN) from None

    async def edit(self, handle: Handle, page: Page, view: View | None = None) -> None:
        """Let a message be this page, and nothing else. Raises PageRefused if it cannot have its embed, or its file."""
        shown = render(page)
        is_plain = not shown.embed and shown.file is None
        try:
            message = await self._edit(handle, page, view)
        except MayNotWrite:
            raise (MessageGone if is_plain else PageRefused) from None
        except Undelivered:  # for no known reason
            raise MessageGone from None
        except PageRefused:
            if is_plain:
                raise Undelivered(reason="refused") from None
            raise
        if len(message.embeds) < bool(shown.embed) or len(message.attachments) < bool(shown.file):
            raise PageRefused  # Discord takes an embed, and drops it if none is allowed

    async def delete(self, handle: Handle) -> None:
        """Delete a message. Raises MessageGone, if it was deleted or can be no more."""
        try:
            await self._delete(handle)
        except (MayNotWrite, TicketOver):
            raise MessageGone from None

    async def find(self, channel: int, trace: Trace) -> Handle | None:
        """Return the newest message of a channel that bears a trace; None if there is none. Raises NothingSeen."""
        spot = self._client.get_partial_messageable(channel)
        after = discord.Object(trace.since)

        async def look() -> list[Message]:
            return [message async for message in spot.history(limit=_NEWEST, after=after, oldest_first=False)]

        try:
            messages = await self._repeat(f"history of {channel}", look)
        except (MayNotWrite, Undelivered):
            raise NothingSeen from None
        if not messages:
            raise NothingSeen
        ours = (message for message in messages if message.id != trace.but and _bears(message, trace.custom_id))
        return next((Handle(channel, message.id) for message in ours), None)

    async def is_there(self, handle: Handle) -> bool:
        """Return True if a message was not deleted, as far as the bot can see."""
        message = self._client.get_partial_messageable(handle.channel).get_partial_message(handle.message)
        try:
            await self._repeat(_spot(handle), message.fetch)
        except (MessageGone, MayNotWrite):
            return False
        return True

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
            await self._repeat(ticket.token, look)
        except MessageGone:
            log.debug("response_deleted")
        self._answered[ticket.token] = None

    async def _post_in(self, channel: int, place: Place, draft: Draft) -> Handle:
        if draft.trace is not None:
            with suppress(NothingSeen):
                if (found := await self.find(channel, draft.trace)) is not None:
                    return found
        spot = self._client.get_partial_messageable(channel)
        reply_to = place.message if place.source == channel else 0

        async def send(**more: Any) -> Message:
            return await spot.send(**draft.sent(), **more)

        async def reply() -> Message:
            told = MessageReference(message_id=reply_to, channel_id=channel, fail_if_not_exists=False)
            return await send(reference=told, mention_author=False)

        try:
            try:
                message = await self._repeat(draft.nonce, reply if reply_to else send)
            except MayNotReply:
                message = await self._repeat(draft.nonce, send)
        except PageRefused:
            raise Undelivered(reason="refused") from None
        return Handle(channel, message.id)

    async def _post_to_asker(self, place: Place, draft: Draft) -> Handle:
        try:
            return await self._post_in(await self.own_chat(place.asker), place, draft)
        except MayNotWrite:
            raise Undelivered(reason="no-messages") from None

    async def own_chat(self, asker: int) -> int:
        """Return the channel of a user and the bot. Raises Undelivered."""
        if not asker:
            raise Undelivered(reason="no-user")
        channel = await self._repeat(f"chat with {asker}", lambda: self._client.create_dm(discord.Object(asker)))
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
        return await self._repeat(_spot(handle), lambda: message.edit(**changed(page, view)))

    async def _delete(self, handle: Handle) -> None:
        message = self._client.get_partial_messageable(handle.channel).get_partial_message(handle.message)
        if handle.ticket is None or self.seconds_left(handle.ticket) <= 0:
            await self._repeat(_spot(handle), message.delete)
        else:
            delete = partial(self._webhook(handle.ticket).delete_message, handle.message)
            await self._repeat(_spot(handle), delete)

    async def _edit_by(self, ticket: Ticket, about: str, message: int, page: Page, view: View | None) -> Message:
        webhook = self._webhook(ticket)
        return await self._repeat(about, lambda: webhook.edit_message(message, **changed(page, view)))

    def _valid(self, ticket: Ticket | None) -> Ticket:
        if ticket is None or self.seconds_left(ticket) <= 0:
            raise TicketOver
        return ticket

    def _webhook(self, ticket: Ticket) -> Webhook:
        webhook = Webhook.partial(self._client.application_id or 0, ticket.token, client=self._client)
        webhook.type = discord.WebhookType.application  # so it may post what only one person sees
        webhook.session = impatient(webhook.session)
        return webhook

    async def _repeat(self, about: str, do: Callable[[], Awaitable[T]]) -> T:
        return await self._calls.repeat(partial(self._made, about, do))

    async def _made(self, about: str, do: Callable[[], Awaitable[T]]) -> T:
        if self._client.application_id is None:  # it was never reached since the start
            raise self._calls.later(DOWN)
        return await self._uncancellable.make(about, do)


class _Impatient:
    """A session for webhooks: to post once more might be to post another message."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    def request(self, method: str, url: str, **more: Any) -> object:
        return self._session.request(method, url, raise_for_status=_check_up, **more)


def impatient(session: aiohttp.ClientSession) -> aiohttp.ClientSession:
    """Return a session with which discord.py retries nothing by itself, and raises ServerFault at once."""
    return cast(aiohttp.ClientSession, _Impatient(session))


async def _check_up(answer: aiohttp.ClientResponse) -> None:
    if answer.status >= 500:
        raise ServerFault


def _spot(handle: Handle) -> str:
    return f"{handle.channel}/{handle.message}"


def _bears(message: Message, custom_id: str) -> bool:
    rows = (row for row in message.components if isinstance(row, discord.ActionRow))
    return any(getattr(item, "custom_id", None) == custom_id for row in rows for item in row.children)
