"""/link and /unlink: one user's accounts on several platforms become one, and part again."""

from collections.abc import Sequence

from bot.chat import messages
from bot.chat.button_rows import Action, Button, ButtonData, Buttons, Look
from bot.chat.caller import Caller
from bot.chat.core import ChatCore
from bot.chat.pages import Page
from bot.chat.replies import Notice, Overwrite, Reply, only_in_private
from bot.domain.errors import EarmarkError, NotLinked
from bot.domain.money import dollars
from bot.locales import error_text, text


async def link(core: ChatCore, caller: Caller, code: str) -> Reply:
    """Give a code; or, given one, ask if both accounts are the same user's."""
    if not caller.private:
        return await _refuse_in_group(core, caller, code)
    try:
        if not code:
            return Reply(Page(text(caller.locale, "link-code", code=await core.people.code(caller.account))))
        others = await core.people.offer(caller.account, code)
    except EarmarkError as error:
        return Reply(Page(error_text(caller.locale, error)))
    yes = _yes(text(caller.locale, "button-link"), ButtonData(Action.LINK, argument=code))
    return Reply(Page(await _question_before_link(core, caller, others)), yes)


async def unlink(core: ChatCore, caller: Caller) -> Reply:
    """Ask before the caller's identity here parts from the others, and say which keeps the money."""
    if not caller.private:
        return only_in_private(caller)
    try:
        leaving = await core.people.leaving(caller.account)
    except NotLinked as error:
        return Reply(Page(error_text(caller.locale, error)))
    shared = await core.people.identities(caller.account)
    question = messages.parting(caller.locale, caller.account, leaving, shared)
    return Reply(Page(question), _yes(text(caller.locale, "button-unlink"), ButtonData(Action.UNLINK)))


async def linked(core: ChatCore, caller: Caller, code: str) -> Notice | Overwrite:
    """Take the yes to the question of /link."""
    try:
        shared = await core.people.link(caller.account, code)
    except EarmarkError as error:
        return Notice(error_text(caller.locale, error))
    done = text(caller.locale, "link-done", platforms=messages.platforms(shared))
    return await _with_balance(core, caller, done)


async def unlinked(core: ChatCore, caller: Caller) -> Notice | Overwrite:
    """Take the yes to the question of /unlink."""
    try:
        parted = await core.people.unlink(caller.account)
    except NotLinked as error:
        return Notice(error_text(caller.locale, error))
    return await _with_balance(core, caller, text(caller.locale, "unlink-done", platforms=messages.platforms(parted)))


async def _refuse_in_group(core: ChatCore, caller: Caller, code: str) -> Reply:
    """Make a code void that other users could read, and use."""
    if not code:
        return only_in_private(caller)
    await core.people.void(code)
    return Reply(Page(text(caller.locale, "link-in-private")))


async def _question_before_link(core: ChatCore, caller: Caller, others: Sequence[str]) -> str:
    """Return the question before two accounts become one, with what goes over to the other."""
    goes = 0 if caller.account in others else (await core.statements.balance(caller.account)).balance
    names = messages.platforms(others)
    return text(caller.locale, "link-ask", platforms=names, micros=max(goes, 0), balance=dollars(goes))


async def _with_balance(core: ChatCore, caller: Caller, done: str) -> Overwrite:
    lines = messages.balance(caller.locale, await core.statements.balance(caller.account))
    return Overwrite(Page("\n".join([done, *lines])))


def _yes(label: str, data: ButtonData) -> Buttons:
    return ((Button(label, data, Look.DANGER),),)
