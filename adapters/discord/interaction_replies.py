"""Answers to interactions that are no notes: seen by the asker alone, and given in time.

Discord waits three seconds for the first word. An answer that takes longer is promised, and given when it is there.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import discord
import structlog
from discord.ui import View

from adapters.discord import pages
from adapters.discord.views import Views
from bot.chat.button_rows import Buttons
from bot.chat.pages import Page
from bot.locales import locale_of, text

log = structlog.get_logger()

PATIENCE = 1.5
"""Seconds before an answer is promised instead of given."""
_ACKNOWLEDGED, _UNKNOWN, _OVER = 40060, 10062, 50027


@dataclass(frozen=True, slots=True)
class Reply:
    """A message for the user of an interaction."""

    page: Page
    view: View | None = None


def words(text: str, view: View | None = None) -> Reply:
    """Return plain words as a reply."""
    return Reply(pages.plain(text), view)


def rendered(views: Views, page: Page, buttons: Buttons) -> Reply:
    """Return what the conversation answers, as a message of Discord."""
    return Reply(replace(pages.plain(page.text), file=page.file), views.of(buttons) if buttons else None)


async def answer(interaction: discord.Interaction[Any], making: Coroutine[Any, Any, Reply]) -> None:
    """Give the answer to a command as soon as it is made. Raises what the making raises."""
    lock = asyncio.Lock()
    async with in_time(interaction, lock):
        reply = await making
        async with lock:
            await give(interaction, reply)


async def give(interaction: discord.Interaction[Any], reply: Reply) -> None:
    """Give an answer for the asker's eyes alone, after any earlier answer or promise.

    An answer in the place of a promise is seen by all who saw the promise. So a promise that all saw becomes a message,
    which is deleted once the answer is given: before, Discord might know of nothing that could be followed up.
    """
    told = interaction.response.type
    if told is None:
        await interaction.response.send_message(**pages.new(reply.page, reply.view), ephemeral=True)
    elif told is not discord.InteractionResponseType.deferred_channel_message:
        await interaction.followup.send(**pages.new(reply.page, reply.view), ephemeral=True)
    elif (await interaction.original_response()).flags.ephemeral:
        await interaction.edit_original_response(**pages.changed(reply.page, reply.view))
    else:
        await interaction.edit_original_response(content=text(locale_of(interaction.locale.value), "placeholder-taken"))
        try:
            await interaction.followup.send(**pages.new(reply.page, reply.view), ephemeral=True)
        finally:
            await interaction.delete_original_response()


async def tell_aside(interaction: discord.Interaction[Any], text: str) -> None:
    """Say something to the asker alone, beside an answer that was given or promised."""
    if interaction.response.is_done():
        await interaction.followup.send(**pages.new(pages.plain(text), None), ephemeral=True)
    else:
        await interaction.response.send_message(**pages.new(pages.plain(text), None), ephemeral=True)


async def overwrite(interaction: discord.Interaction[Any], reply: Reply) -> None:
    """Write a reply over the message whose button or menu was used."""
    if interaction.response.is_done():
        await interaction.edit_original_response(**pages.changed(reply.page, reply.view))
    else:
        await interaction.response.edit_message(**pages.changed(reply.page, reply.view))


@asynccontextmanager
async def in_time(interaction: discord.Interaction[Any], lock: asyncio.Lock) -> AsyncIterator[None]:
    """Acknowledge an interaction in time. Answers inside are given with the lock held.

    If Discord does not know the interaction any more, no user waits for the answer either.
    """

    async def acknowledge() -> None:
        await asyncio.sleep(PATIENCE)
        async with lock:
            if not interaction.response.is_done():
                await interaction.response.defer(ephemeral=True)

    watch = asyncio.create_task(acknowledge())
    try:
        yield
    except discord.HTTPException as error:
        _let_pass(error)
    finally:
        watch.cancel()
        await asyncio.gather(watch, return_exceptions=True)


def _let_pass(error: discord.HTTPException) -> None:
    """Raise the error, unless it says that no user waits any more."""
    if error.code not in (_ACKNOWLEDGED, _UNKNOWN, _OVER):
        raise error
    log.info("interaction_over", code=error.code)
