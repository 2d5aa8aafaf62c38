"""Answers to interactions that are no notes: seen by the asker alone, and given in time.

Discord waits three seconds for the first word. An answer that takes longer is promised, and given when it is there.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, TypeVar

import discord
import structlog
from discord import InteractionResponseType as Kind
from discord.ui import View

from adapters.discord.errors import AnsweredAlready, TicketOver
from adapters.discord.pages import Views, changed, fitting, new, plain
from adapters.discord.sending import impatient
from bot.chat.pages import Page
from bot.chat.replies import Reply
from bot.domain.errors import NotNow
from bot.locales import locale_of, text
from bot.support.retry import Calls

log = structlog.get_logger()

PATIENCE = 1.5
"""Seconds before an answer is promised instead of given."""
_LOST = "lost"
"""Key of an interaction's first answer whose confirmation was lost."""
T = TypeVar("T")
_Used = discord.Interaction[Any]


async def answer(views: Views, interaction: _Used, making: Coroutine[Any, Any, Reply]) -> None:
    """Give the conversation's answer to a command as soon as it is made. Raises what the making raises."""
    async with in_time(interaction) as lock:
        reply = await making
        async with lock:
            await give(interaction, fitting(reply.page), views.of(reply.buttons))


async def give(interaction: _Used, page: Page, view: View | None = None) -> None:
    """Give an answer for the asker's eyes alone, after any earlier answer or in the place of its promise.

    An answer in the place of a promise is seen by all who saw the promise. So a promise that all saw becomes a message,
    which is deleted once the answer is given: before, Discord might know of nothing that could be followed up.
    """
    if interaction.response.type is not Kind.deferred_channel_message:
        await give_aside(interaction, page, view)
    elif (await _repeat(interaction, interaction.original_response)).flags.ephemeral:
        await _edit_original(interaction, page, view)
    else:
        await _edit_original(interaction, plain(text(locale_of(interaction.locale.value), "placeholder-taken")), None)
        try:
            await give_aside(interaction, page, view)
        finally:
            await _repeat(interaction, interaction.delete_original_response)


async def give_aside(interaction: _Used, page: Page, view: View | None = None) -> None:
    """Send a message to the asker alone, beside an answer that was given or promised."""
    if interaction.response.is_done():
        await _repeat(interaction, lambda: interaction.followup.send(**new(page, view), ephemeral=True))
        return
    send = partial(interaction.response.send_message, ephemeral=True)
    if not await respond(interaction, Kind.channel_message, lambda: send(**new(page, view))):
        await give(interaction, page, view)


async def overwrite(interaction: _Used, page: Page, view: View) -> None:
    """Write a page over the message whose button or menu was used."""
    edit = interaction.response.edit_message
    if interaction.response.is_done() or not await respond(
        interaction, Kind.message_update, lambda: edit(**changed(page, view))
    ):
        await _edit_original(interaction, page, view)


async def acknowledge(interaction: _Used, *, private: bool = True, thinking: bool = False) -> None:
    """Promise an answer to a command, or take a press note; `private`: only its user sees the promise."""
    is_promise = thinking or interaction.type is discord.InteractionType.application_command
    kind = Kind.deferred_channel_message if is_promise else Kind.deferred_message_update
    await respond(interaction, kind, partial(interaction.response.defer, ephemeral=private, thinking=thinking))


async def respond(interaction: _Used, kind: Kind, do: Callable[[], Awaitable[object]]) -> bool:
    """Give the first answer to an interaction, again if its confirmation is lost: Discord takes no second one.

    Return False if it took an earlier answer of another kind, whose confirmation never came.
    """
    try:
        await _repeat(interaction, do)
    except AnsweredAlready:
        given = interaction.extras.get(_LOST, kind)
        interaction.response._response_type = given  # discord.py knows only of answers that were confirmed to it
        return given is kind
    except NotNow:
        interaction.extras[_LOST] = kind
        raise
    return True


def be_impatient(interaction: _Used) -> None:
    """Let discord.py make each call once: it waits for longer than a user, and does not know what can be repeated."""
    interaction._session = impatient(interaction._session)  # the only way to its callbacks' session
    interaction.followup.session = impatient(interaction.followup.session)


async def _edit_original(interaction: _Used, page: Page, view: View | None) -> None:
    await _repeat(interaction, lambda: interaction.edit_original_response(**changed(page, view)))


async def _repeat(interaction: _Used, do: Callable[[], Awaitable[T]]) -> T:
    """Make a call that does no harm if it is made twice. Raises EarmarkError."""
    answers: Calls = interaction.client.answers
    return await answers.repeat(do)


@asynccontextmanager
async def in_time(interaction: _Used) -> AsyncIterator[asyncio.Lock]:
    """Acknowledge an interaction in time. Answers inside are given with the lock held.

    If Discord does not know the interaction any more, no user waits for the answer either.
    """
    lock = asyncio.Lock()

    async def watched() -> None:
        await asyncio.sleep(PATIENCE)
        async with lock:
            if not interaction.response.is_done():
                await acknowledge(interaction)

    watch = asyncio.create_task(watched())
    try:
        yield lock
    except TicketOver:
        log.info("interaction_over")
    finally:
        watch.cancel()
        await asyncio.gather(watch, return_exceptions=True)
