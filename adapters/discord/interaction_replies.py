"""Answers to interactions that are no notes: seen by the asker alone, and given in time.

Discord waits three seconds for the first word. What takes longer is promised, and told when it is there.
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
from bot.chat.buttons import Buttons
from bot.chat.pages import Page
from bot.locales import locale_of, text

log = structlog.get_logger()

PATIENCE = 1.5
"""Seconds before an answer is promised instead of given."""
_ACKNOWLEDGED, _UNKNOWN, _OVER = 40060, 10062, 50027


@dataclass(frozen=True, slots=True)
class Reply:
    """What somebody gets to read."""

    page: Page
    view: View | None = None


def words(text: str, view: View | None = None) -> Reply:
    """Plain words of ours."""
    return Reply(pages.plain(text), view)


def rendered(views: Views, page: Page, buttons: Buttons) -> Reply:
    """Return what the conversation answers, as a message of Discord."""
    return Reply(replace(pages.plain(page.text), file=page.file), views.of(buttons) if buttons else None)


async def answer(interaction: discord.Interaction[Any], making: Coroutine[Any, Any, Reply]) -> None:
    """Give the answer as soon as it is made. What fails while it is made comes out of here, after a promise or before.

    Where Discord does not know the interaction any more, nobody waits for the answer either.
    """
    task = asyncio.create_task(making)
    try:
        done, _ = await asyncio.wait({task}, timeout=PATIENCE)
        if not done:
            await interaction.response.defer(ephemeral=True, thinking=True)
        await give(interaction, await task)
    except discord.HTTPException as error:
        _let_pass(error)
    finally:
        task.cancel()


async def give(interaction: discord.Interaction[Any], reply: Reply) -> None:
    """Give an answer for the asker's eyes alone, whatever the interaction was told before.

    What takes the place of a promise is seen by whoever saw the promise. So one that all saw is made a message, which
    goes once the words are said: where it goes before, Discord may know of nothing that could be followed up.
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
    """See to it that the use of a button, a menu or a form is acknowledged in time, whatever is done inside.

    Who answers inside does so with the lock, so that two do not answer at once.
    """

    async def acknowledge() -> None:
        await asyncio.sleep(PATIENCE)
        async with lock:
            if not interaction.response.is_done():
                await interaction.response.defer()

    watch = asyncio.create_task(acknowledge())
    try:
        yield
    except discord.HTTPException as error:
        _let_pass(error)
    finally:
        watch.cancel()
        await asyncio.gather(watch, return_exceptions=True)


def _let_pass(error: discord.HTTPException) -> None:
    """Raises it again, unless it says that nobody waits any more."""
    if error.code not in (_ACKNOWLEDGED, _UNKNOWN, _OVER):
        raise error
    log.info("interaction_over", code=error.code)
