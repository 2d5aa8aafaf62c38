"""Presses of buttons, menus and forms: about a note, or about their presser alone."""

import asyncio

from bot.chat import answer_layout, button_rows, letting_in, linking, result_actions, settings_menu
from bot.chat.answer_layout import Way
from bot.chat.button_rows import Action, ButtonData, Buttons, with_value
from bot.chat.caller import Caller
from bot.chat.core import ChatCore
from bot.chat.pages import Page
from bot.chat.platform import Destination, MessageGone
from bot.chat.queries import Result
from bot.chat.replies import AskNames, Notice, Overwrite, Rerun, SendFile, ShowAgain
from bot.chat.result_actions import NoteOutcome, Press, Rights
from bot.domain.errors import EarmarkError, NotNow, PerhapsPosted, Undelivered
from bot.locales import error_text, text

PressOutcome = Notice | Overwrite | ShowAgain
Outcome = PressOutcome | NoteOutcome
More = ShowAgain | SendFile | AskNames | Rerun
"""Outcomes that bring something more than a change of the message that was pressed."""


async def outcome(core: ChatCore, caller: Caller, press: Press, rights: Rights) -> Outcome:
    """Carry out a press, if the presser may; return the outcome for them."""
    if press.data.note_id:
        return await result_actions.pressed(core, press, rights)
    return await answer(core, caller, with_value(press.data, press.value) if press.value else press.data)


async def shown_again(to: Destination, result: Result, *, with_buttons: bool) -> tuple[Way, Buttons]:
    """Return the pages of a text that was answered before, as it is answered there, and the buttons of the last page.

    The buttons are left out if what they bring would go elsewhere, and for a text that is not to be posted.
    """
    ways = await asyncio.to_thread(answer_layout.answer, to, result.note, result.answer)
    has_buttons = with_buttons and not (result.is_discarded or result.is_removed)
    buttons = button_rows.result(to.locale, result.note, result.answer.transcript) if has_buttons else ()
    return ways[0], buttons


def failed(locale: str, name: str, error: EarmarkError) -> str:
    """Return the notice for the presser of a button that the platform, of that name, kept from being carried out."""
    if isinstance(error, PerhapsPosted):
        return text(locale, "press-perhaps")
    if isinstance(error, NotNow):
        return text(locale, "press-later", name=name)
    if isinstance(error, Undelivered):
        return text(locale, "press-refused", name=name)
    return text(locale, "press-old") if isinstance(error, MessageGone) else error_text(locale, error)


async def answer(core: ChatCore, caller: Caller, data: ButtonData) -> PressOutcome:
    """Carry out a press. The value that was chosen in a menu must stand behind its argument (`with_value`)."""
    if data.action is Action.CHOOSE:
        return await settings_menu.pressed(core, caller, data.argument)
    if not caller.private:  # such a button is never shown to a group
        return Notice(text(caller.locale, "press-unknown"))
    if data.action is Action.FORGET:
        return await _forget(core, caller)
    if data.action is Action.LINK:
        return await linking.linked(core, caller, data.argument)
    if data.action is Action.UNLINK:
        return await linking.unlinked(core, caller)
    if data.action is Action.VOICE:
        return await core.voices.pressed(caller, data.argument)
    if data.action is Action.ASK_IN:
        return await letting_in.asked(core, caller)
    if data.action in letting_in.DECISIONS:
        return await letting_in.decided(core, caller, letting_in.DECISIONS[data.action], data.argument)
    if data.action is Action.SHOW:
        return await _show_again(core, caller, data.argument)
    return Notice(text(caller.locale, "press-unknown"))


async def _forget(core: ChatCore, caller: Caller) -> Overwrite:
    forgotten = await core.privacy.forget(caller.account)
    key = "forget-left" if forgotten.unfinished else "forget-done"
    return Overwrite(Page(text(caller.locale, key, notes=forgotten.notes, left=forgotten.unfinished)))


async def _show_again(core: ChatCore, caller: Caller, note_id: str) -> Notice | ShowAgain:
    """Show a text that was answered before, to its owner alone."""
    is_own = await core.queries.is_of(note_id, caller.account)
    result = await core.queries.result(note_id) if is_own else None
    return Notice(text(caller.locale, "press-no-text")) if result is None else ShowAgain(result)
