"""Presses of buttons and menus that are about their presser, and about no note."""

from bot.chat import linking, settings_menu
from bot.chat.button_rows import Action, ButtonData
from bot.chat.caller import Caller
from bot.chat.core import ChatCore
from bot.chat.pages import Page
from bot.chat.replies import Notice, Overwrite, ShowAgain
from bot.locales import text

PressOutcome = Notice | Overwrite | ShowAgain


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
