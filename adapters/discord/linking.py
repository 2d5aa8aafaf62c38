"""/link and /unlink: one person's accounts on several platforms become one, and part again."""

from collections.abc import Sequence

import discord

from adapters.discord.callers import Caller
from adapters.discord.doors import Doors
from adapters.discord.replying import Reply, words
from bot.chat import messages
from bot.chat.button_data import Action, Press
from bot.domain.errors import EarmarkError, NotLinked
from bot.domain.money import dollars
from bot.locales import say


async def ask_to_link(doors: Doors, caller: Caller, code: str) -> Reply:
    """What is answered to /link: a code; or, to a code, the question whether both accounts are the same person's."""
    try:
        if not code:
            return words(say(caller.tongue, "link-code", code=await doors.people.code(caller.account)))
        others = await doors.people.offer(caller.account, code)
    except EarmarkError as error:
        return words(str(error))
    press = Press(Action.LINK, argument=code)
    yes = doors.views.one(say(caller.tongue, "button-link"), press, discord.ButtonStyle.danger)
    return words(await _joining(doors, caller, others), yes)


async def linked(doors: Doors, caller: Caller, code: str) -> Reply:
    """Yes to the question of /link."""
    try:
        shared = await doors.people.link(caller.account, code)
    except EarmarkError as error:
        return words(str(error))
    said = say(caller.tongue, "link-done", platforms=messages.platforms(shared))
    return words("\n".join([said, *await _balance(doors, caller)]))


async def ask_to_part(doors: Doors, caller: Caller) -> Reply:
    """What is answered to /unlink: a question that says who keeps the money."""
    try:
        leaving = await doors.people.leaving(caller.account)
    except NotLinked as error:
        return words(str(error))
    shared = await doors.people.identities(caller.account)
    yes = doors.views.one(say(caller.tongue, "button-unlink"), Press(Action.UNLINK), discord.ButtonStyle.danger)
    return words(messages.parting(caller.tongue, caller.account, leaving, shared), yes)


async def parted(doors: Doors, caller: Caller) -> Reply:
    """Yes to that question."""
    try:
        left = await doors.people.unlink(caller.account)
    except NotLinked as error:
        return words(str(error))
    said = say(caller.tongue, "unlink-done", platforms=messages.platforms(left))
    return words("\n".join([said, *await _balance(doors, caller)]))


async def _joining(doors: Doors, caller: Caller, others: Sequence[str]) -> str:
    """The question before two accounts become one, which says what goes over to the other."""
    goes = 0 if caller.account in others else (await doors.commands.balance(caller.account)).balance
    names = messages.platforms(others)
    return say(caller.tongue, "link-ask", platforms=names, micros=max(goes, 0), balance=dollars(goes))


async def _balance(doors: Doors, caller: Caller) -> list[str]:
    return messages.balance(caller.tongue, await doors.commands.balance(caller.account))
