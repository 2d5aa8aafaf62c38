"""Answers to interactions that are no notes: seen by the asker alone, and given in time.

Discord waits three seconds for the first word. What takes longer is promised, and told when it is there.
"""

import asyncio
import io
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

import discord
import structlog
from discord.ui import View

from adapters.discord import pages
from adapters.discord.pages import Page

log = structlog.get_logger()

PATIENCE = 1.5
"""Seconds before an answer is promised instead of given."""
_ACKNOWLEDGED, _UNKNOWN, _OVER = 40060, 10062, 50027
_NONE = discord.AllowedMentions.none()


@dataclass(frozen=True, slots=True)
class Reply:
    """What somebody gets to read."""

    page: Page
    view: View | None = None


def words(text: str, view: View | None = None) -> Reply:
    """Plain words of ours."""
    return Reply(pages.plain(text), view)


async def answer(interaction: discord.Interaction[Any], making: Coroutine[Any, Any, Reply]) -> None:
    """Give the answer as soon as it is made. What fails while it is made comes out of here, after a promise or before.

    Where Discord does not know the interaction any more, nobody waits for the answer either.
    """
    task = asyncio.create_task(making)
    try:
        done, _ = await asyncio.wait({task}, timeout=PATIENCE)
        if not done and not interaction.response.is_done():
            await interaction.response.defer(ephemeral=True, thinking=True)
        reply = await task
        if interaction.response.is_done():  # promised, here or by whoever calls
            await interaction.edit_original_response(**_edit(reply))
        else:
            await interaction.response.send_message(**_message(reply), ephemeral=True)
    except discord.HTTPException as error:
        if error.code not in (_ACKNOWLEDGED, _UNKNOWN, _OVER):
            raise
        log.info("interaction_over", code=error.code)
    finally:
        task.cancel()


async def overwrite(interaction: discord.Interaction[Any], reply: Reply) -> None:
    """Write a reply over the message whose button or menu was used."""
    await interaction.response.edit_message(**_edit(reply))


def _message(reply: Reply) -> dict[str, Any]:
    told: dict[str, Any] = {"content": reply.page.content or None, "allowed_mentions": _NONE}
    if reply.page.embed:
        told["embed"] = discord.Embed(description=reply.page.embed)
    if reply.page.file is not None:
        told["file"] = _file(reply.page.file)
    if reply.view is not None:
        told["view"] = reply.view
    return told


def _edit(reply: Reply) -> dict[str, Any]:
    told: dict[str, Any] = {"content": reply.page.content or None, "allowed_mentions": _NONE, "view": reply.view}
    if reply.page.embed:
        told["embed"] = discord.Embed(description=reply.page.embed)
    if reply.page.file is not None:
        told["attachments"] = [_file(reply.page.file)]
    return told


def _file(file: tuple[str, bytes]) -> discord.File:
    name, data = file
    return discord.File(io.BytesIO(data), filename=name)
