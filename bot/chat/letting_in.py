"""Strangers of a service that is closed to them: how they ask to be let in, and how operators decide."""

import asyncio
from collections.abc import Mapping

import structlog

from bot.chat.button_rows import Action, Button, ButtonData, Buttons, Look
from bot.chat.caller import Caller
from bot.chat.core import ChatCore
from bot.chat.pages import Page
from bot.chat.replies import Notice, Overwrite, Reply
from bot.domain.errors import EarmarkError
from bot.domain.identity import platform_of
from bot.locales import locale_of, text
from bot.people.access_requests import AccessRequest, Asked, Decision

log = structlog.get_logger()

CLOSED = "closed"
"""Key of the sentence for strangers; each reads it once in a few hours."""
DECISIONS: Mapping[Action, Decision] = {Action.LET_IN: Decision.APPROVED, Action.TURN_DOWN: Decision.DECLINED}
_WRITE_SECONDS = 20.0
"""Seconds for one message to a user who did not ask for it."""


async def turned_away(core: ChatCore, account: str, locale: str) -> Reply | None:
    """Return the sentence for a stranger, with the button that asks; None for a user who is admitted, or blocked."""
    if not await core.people.is_stranger(account):
        return None
    if not await core.people.owners():
        return Reply(Page(text(locale, "closed-no-owner", account=account)))
    ask = Button(text(locale, "button-ask-in"), ButtonData(Action.ASK_IN), Look.PRIMARY)
    return Reply(Page(text(locale, CLOSED)), ((ask,),))


async def admit_group(core: ChatCore, operator: str, group: str) -> None:
    """Admit a group into which an operator brought the bot; other users bring it where they alone are served."""
    if await core.operators.has(operator):
        await core.people.admit_place(group)


async def asked(core: ChatCore, caller: Caller) -> Notice | Overwrite:
    """Take a stranger's request to the owners."""
    if not await core.people.is_stranger(caller.account):
        return Overwrite(Page(text(caller.locale, "let-in")))
    outcome = await core.requests.ask(caller.account, caller.name, caller.locale)
    if outcome is not Asked.NEW:
        return Notice(text(caller.locale, f"request-{outcome}"))
    if not await _tell_owners(core, caller):  # the next press tries again
        return Notice(text(caller.locale, "error-EarmarkError"))
    await core.requests.told(caller.account)
    return Overwrite(Page(text(caller.locale, "request-sent")))


async def decided(core: ChatCore, caller: Caller, decision: Decision, who: str) -> Notice | Overwrite:
    """Take an operator's decision about a stranger, and tell the stranger; the first decision holds."""
    if not await core.operators.has(caller.account):
        return Notice(text(caller.locale, "operators-only"))
    found = await core.requests.decide(who, decision, caller.account)
    if found is None or found.request.decision is None:
        return Overwrite(Page(text(caller.locale, "request-gone")))
    if found.is_new:
        log.info("access_decided", decision=found.request.decision.value, by=caller.account)
        await _tell_stranger(core, found.request, found.request.decision)
    key = f"request-{found.request.decision}-by"
    shown = {"name": _named(found.request.name, who), "by": found.request.decided_by}
    return Overwrite(Page(text(caller.locale, key, **shown)))


async def _tell_owners(core: ChatCore, stranger: Caller) -> bool:
    """Write to every owner; return False if no message arrived."""
    owners = sorted(await core.people.owners())
    return any(await asyncio.gather(*(_tell_owner(core, owner, stranger) for owner in owners)))


async def _tell_owner(core: ChatCore, owner: str, stranger: Caller) -> bool:
    locale = locale_of((await core.preferences.of(owner)).locale)
    words = text(locale, "request", name=_named(stranger.name, stranger.account))
    return await _write(core, owner, words, _choice(locale, stranger.account))


def _choice(locale: str, who: str) -> Buttons:
    yes = Button(text(locale, "button-let-in"), ButtonData(Action.LET_IN, argument=who), Look.PRIMARY)
    no = Button(text(locale, "button-turn-down"), ButtonData(Action.TURN_DOWN, argument=who), Look.DANGER)
    return ((yes, no),)


async def _tell_stranger(core: ChatCore, request: AccessRequest, decision: Decision) -> None:
    key = "let-in" if decision is Decision.APPROVED else "request-declined"
    await _write(core, request.identity, text(request.locale, key), ())


async def _write(core: ChatCore, person: str, words: str, buttons: Buttons) -> bool:
    """Write to a user; return False if that failed. Users of a platform that is not on read it by the command line."""
    writer = core.writers.get(platform_of(person))
    if writer is None:
        return True
    try:
        async with asyncio.timeout(_WRITE_SECONDS):
            await writer.write(person, Page(words), buttons)
    except (EarmarkError, TimeoutError) as error:
        log.warning("user_not_told", person=person, error=type(error).__name__)
        return False
    return True


def _named(name: str, account: str) -> str:
    """Return a user's name and identity: the name is the user's own choice, the identity is not."""
    return f"{name} ({account})" if name else account
