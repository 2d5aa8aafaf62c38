"""/link and /unlink: one person's accounts on several platforms become one, and part again."""

from collections.abc import Sequence

from adapters.discord.callers import Caller
from adapters.discord.context import Context
from adapters.discord.interaction_replies import Reply, words
from bot.chat import messages
from bot.chat.button_data import Action, ButtonData
from bot.chat.buttons import Button, Look
from bot.domain.errors import EarmarkError, NotLinked
from bot.locales import error_text, money, text


async def ask_to_link(context: Context, caller: Caller, code: str) -> Reply:
    """What is answered to /link: a code; or, to a code, the question whether both accounts are the same person's."""
    try:
        if not code:
            return words(text(caller.locale, "link-code", code=await context.people.code(caller.account)))
        others = await context.people.offer(caller.account, code)
    except EarmarkError as error:
        return words(error_text(caller.locale, error))
    press = ButtonData(Action.LINK, argument=code)
    yes = context.views.of(((Button(text(caller.locale, "button-link"), press, Look.DANGER),),))
    return words(await _joining(context, caller, others), yes)


async def linked(context: Context, caller: Caller, code: str) -> Reply:
    """Yes to the question of /link."""
    try:
        shared = await context.people.link(caller.account, code)
    except EarmarkError as error:
        return words(error_text(caller.locale, error))
    said = text(caller.locale, "link-done", platforms=messages.platforms(shared))
    return words("\n".join([said, *await _balance(context, caller)]))


async def ask_to_part(context: Context, caller: Caller) -> Reply:
    """What is answered to /unlink: a question that says who keeps the money."""
    try:
        leaving = await context.people.leaving(caller.account)
    except NotLinked as error:
        return words(error_text(caller.locale, error))
    shared = await context.people.identities(caller.account)
    yes = context.views.of(((Button(text(caller.locale, "button-unlink"), ButtonData(Action.UNLINK), Look.DANGER),),))
    return words(messages.parting(caller.locale, caller.account, leaving, shared), yes)


async def parted(context: Context, caller: Caller) -> Reply:
    """Yes to that question."""
    try:
        left = await context.people.unlink(caller.account)
    except NotLinked as error:
        return words(error_text(caller.locale, error))
    said = text(caller.locale, "unlink-done", platforms=messages.platforms(left))
    return words("\n".join([said, *await _balance(context, caller)]))


async def _joining(context: Context, caller: Caller, others: Sequence[str]) -> str:
    """The question before two accounts become one, which says what goes over to the other."""
    goes = 0 if caller.account in others else (await context.queries.balance(caller.account)).balance
    names = messages.platforms(others)
    return text(caller.locale, "link-ask", platforms=names, micros=max(goes, 0), balance=money(caller.locale, goes))


async def _balance(context: Context, caller: Caller) -> list[str]:
    return messages.balance(caller.locale, await context.queries.balance(caller.account))
