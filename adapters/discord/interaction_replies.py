"""Answers to interactions that are no notes: seen by the asker alone, and given in time.

Discord waits three seconds for the first word. An answer that takes longer is promised, and given when it is there.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import discord
import structlog
from discord.ui import View

from adapters.discord.pages import Views, changed, fitting, new
from bot.chat.pages import Page
from bot.chat.replies import Reply
from bot.locales import locale_of, text

log = structlog.get_logger()

PATIENCE = 1.5
"""Seconds before an answer is promised instead of given."""
_ACKNOWLEDGED, _UNKNOWN, _OVER = 40060, 10062, 50027

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
    if interaction.response.type is not discord.InteractionResponseType.deferred_channel_message:
        await give_aside(interaction, page, view)
    elif (await interaction.original_response()).flags.ephemeral:
        await interaction.edit_original_response(**changed(page, view))
    else:
        await interaction.edit_original_response(content=text(locale_of(interaction.locale.value), "placeholder-taken"))
        try:
            await give_aside(interaction, page, view)
        finally:
            await interaction.delete_original_response()


async def give_aside(interaction: _Used, page: Page, view: View | None = None) -> None:
    """Send a message to the asker alone, beside an answer that was given or promised."""
    if interaction.response.is_done():
        await interaction.followup.send(**new(page, view), ephemeral=True)
    else:
        await interaction.response.send_message(**new(page, view), ephemeral=True)


async def overwrite(interaction: _Used, page: Page, view: View) -> None:
    """Write a page over the message whose button or menu was used."""
    if interaction.response.is_done():
        await interaction.edit_original_response(**changed(page, view))
    else:
        await interaction.response.edit_message(**changed(page, view))


@asynccontextmanager
async def in_time(interaction: _Used) -> AsyncIterator[asyncio.Lock]:
    """Acknowledge an interaction in time. Answers inside are given with the lock held.

    If Discord does not know the interaction any more, no user waits for the answer either.
    """
    lock = asyncio.Lock()

    async def acknowledge() -> None:
        await asyncio.sleep(PATIENCE)
        async with lock:
            if not interaction.response.is_done():
                await interaction.response.defer(ephemeral=True)

    watch = asyncio.create_task(acknowledge())
    try:
        yield lock
    except discord.HTTPException as error:
        if error.code not in (_ACKNOWLEDGED, _UNKNOWN, _OVER):
            raise
        log.info("interaction_over", code=error.code)
    finally:
        watch.cancel()
        await asyncio.gather(watch, return_exceptions=True)
