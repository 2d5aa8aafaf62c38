"""Answers to the commands of users, the same on every platform."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.chat import letting_in, linking, messages, recordings, settings_menu
from bot.chat.button_rows import Action, Button, ButtonData, Buttons, Entry, Look, Menu
from bot.chat.caller import Caller, RepliedTo
from bot.chat.command_table import OPERATOR_COMMANDS, Where, commands_for
from bot.chat.core import ChatCore
from bot.chat.operator_commands import Request
from bot.chat.pages import File, Page
from bot.chat.platform import megabytes
from bot.chat.recordings import Recording
from bot.chat.replies import Reply, only_in_private
from bot.domain.catalog import LOCAL
from bot.domain.identity import platform_of
from bot.locales import money, text

_RECENT = 5
"""Notes shown with the balance."""
_MOST_JOBS = 20
_CLAIM = "start"
_EXPORT_NAME = "earmark-export.zip"

Answer = Callable[[ChatCore, Caller, Sequence[str]], Awaitable[Reply]]
"""Answers a command, with the words that stand after it."""


async def start(core: ChatCore, caller: Caller, words: Sequence[str]) -> Reply:
    """Introduce the bot, or tell a stranger how to be let in. The word of a claim makes its sender the owner."""
    if caller.private and words and await core.claim.take(caller.account, words[0]):
        return Reply(Page(text(caller.locale, "claim-done", name=caller.can.name)))
    away = await letting_in.turned_away(core, caller.account, caller.locale) if caller.private else None
    return away or Reply(Page(text(caller.locale, "start", name=caller.can.name)))


async def show_help(core: ChatCore, caller: Caller) -> Reply:
    """List the commands that can be used here."""
    shown = commands_for(caller.can.features, *await _kinds_of_chat(core, caller))
    lines = [f"/{one.name}: {one.says(caller.locale)}" for one in shown]
    return Reply(Page("\n".join([text(caller.locale, caller.can.help), "", *lines])))


async def balance(core: ChatCore, caller: Caller) -> Reply:
    """Show the balance of a group that pays for its notes, else of the caller alone."""
    if caller.group and core.groups_pay:
        found = messages.balance(caller.locale, await core.statements.balance(caller.group))
        return Reply(Page("\n".join([text(caller.locale, "balance-group"), *found])))
    if not caller.private:
        return only_in_private(caller)
    left = "\n".join(messages.balance(caller.locale, await core.statements.balance(caller.account)))
    latest = await recordings.recent(core, caller.account, _RECENT)
    return Reply(recordings.listed(caller.locale, core.timezone, latest, caller.can.limits, above=left))


async def usage(core: ChatCore, caller: Caller) -> Reply:
    """Show the spending, by month."""
    if not caller.private:
        return only_in_private(caller)
    spent = await core.statements.spend(account=caller.account)
    newest_first = sorted(spent, key=lambda row: row.month, reverse=True)
    return Reply(Page("\n".join(messages.usage(caller.locale, newest_first))))


async def jobs(core: ChatCore, caller: Caller) -> Reply:
    """List the latest notes, with a menu that shows a text once more: also one that could not be delivered."""
    if not caller.private:
        return only_in_private(caller)
    found = await recordings.recent(core, caller.account, _MOST_JOBS)
    if not found:
        return Reply(Page(text(caller.locale, "usage-none")))
    page = recordings.listed(caller.locale, core.timezone, found, caller.can.limits)
    return Reply(page, _texts(core, caller.locale, found))


async def cancel(core: ChatCore, caller: Caller) -> Reply:
    """Cancel the notes that the caller waits for; if the command replies to a message, only those it is about."""
    platform = platform_of(caller.account) if caller.chat else ""
    mine = await core.notes.unfinished_of(caller.account, platform, caller.chat)
    if caller.replied_to is not None:
        mine = [note_id for note_id in mine if await _is_about(core, note_id, caller.replied_to)]
    owed = 0
    for note_id in mine:
        if not await core.intake.cancel_unsubmitted(note_id):
            owed += await core.queries.owed(note_id)
            await core.intake.cancel(note_id)
    told = [text(caller.locale, "cancelling", notes=len(mine))]
    if owed:
        told.append(text(caller.locale, "cancelling-owed", price=money(caller.locale, owed)))
    return Reply(Page("\n".join(told)))


async def export(core: ChatCore, caller: Caller) -> Reply:
    """Send all that is stored about the caller, as a file."""
    if not caller.private:
        return only_in_private(caller)
    folder = await asyncio.to_thread(TemporaryDirectory)
    try:
        path = Path(folder.name) / _EXPORT_NAME
        notes = await core.privacy.export(caller.account, path)
        if (await asyncio.to_thread(path.stat)).st_size > caller.can.largest_file:
            return Reply(Page(text(caller.locale, "export-too-large", megabytes=megabytes(caller.can.largest_file))))
        data = await asyncio.to_thread(path.read_bytes)
    finally:
        await asyncio.to_thread(folder.cleanup)
    return Reply(Page(text(caller.locale, "export-done", notes=notes), file=File(_EXPORT_NAME, data)))


async def forget(_core: ChatCore, caller: Caller) -> Reply:
    """Ask before everything about the caller is deleted."""
    if not caller.private:
        return only_in_private(caller)
    yes = Button(text(caller.locale, "button-forget"), ButtonData(Action.FORGET), Look.DANGER)
    return Reply(Page(text(caller.locale, "forget-ask")), ((yes,),))


async def show_privacy(core: ChatCore, caller: Caller) -> Reply:
    """Tell what is kept, for how long, who gets the recordings, and how all of it is erased. No secret in a group."""
    providers = sorted({model.provider for model in core.catalog} - {LOCAL})
    lines = [
        text(caller.locale, "privacy-kept"),
        text(caller.locale, "privacy-texts", days=_days(core.kept.transcripts)),
        text(caller.locale, "privacy-accounts", days=_days(core.kept.names)),
        text(caller.locale, "privacy-providers", providers=", ".join(providers) or "none"),
        text(caller.locale, "privacy-voices"),
        text(caller.locale, "privacy-erase"),
    ]
    return Reply(Page("\n\n".join(lines)))


def _days(period: timedelta | None) -> int:
    """Return the days of a retention period; 0: for ever."""
    return 0 if period is None else period.days


async def operate(command: str, core: ChatCore, caller: Caller, words: Sequence[str]) -> Reply:
    """Carry out an operator's command. Its answer is never shown in a group."""
    if not caller.private:
        return Reply(Page(text(caller.locale, "operators-only")))
    told = await core.operators.answer(command, Request(caller.account, caller.locale, caller.ref, words))
    return Reply(Page(told.text, file=File(*told.file) if told.file is not None else None))


@dataclass(frozen=True, slots=True)
class TypedCommand:
    """An operator's command, or a claim, that was typed as text.

    For platforms that would show such a command to all users if they knew of it.
    """

    name: str
    words: Sequence[str]

    async def answer(self, core: ChatCore, caller: Caller) -> Reply:
        """Carry it out."""
        return await ANSWERS[self.name](core, caller, self.words)

    async def answer_late(self, _core: ChatCore, caller: Caller) -> Reply:
        """Ask for it again: it was found late, so it may be out of date by now, or be carried out already."""
        return Reply(Page(text(caller.locale, "operators-away", command=f"/{self.name}")))


async def typed(core: ChatCore, account: str, said: str) -> TypedCommand | None:
    """Return the operator's command that a text is, or a claim; None if it is none, or not an operator's."""
    name, *words = said.split() or [""]
    command = name.removeprefix("/")
    if not name.startswith("/"):
        return None
    if command == _CLAIM and words and not await core.operators.has(account):
        return TypedCommand(command, words)
    is_command = command in OPERATOR_COMMANDS
    return TypedCommand(command, words) if is_command and await core.operators.has(account) else None


async def _link(core: ChatCore, caller: Caller, words: Sequence[str]) -> Reply:
    return await linking.link(core, caller, " ".join(words))


async def _voice(core: ChatCore, caller: Caller, words: Sequence[str]) -> Reply:
    return await core.voices.answer(caller, words)


async def _kinds_of_chat(core: ChatCore, caller: Caller) -> set[Where]:
    """Return the kinds of chat that this one is: a private reply in a server is both a user's and the server's."""
    kinds = {Where.ADMIN} if any(not scope.user for scope in caller.scopes) else set()
    if not caller.private:
        return kinds
    return kinds | {Where.OPERATOR if await core.operators.has(caller.account) else Where.PRIVATE}


def _texts(core: ChatCore, locale: str, found: Sequence[Recording]) -> Buttons:
    """Return the menu of those recordings that have a text."""
    paid = [one for one in found if one.standing.charged is not None]
    entries = tuple(Entry(recordings.line(locale, core.timezone, one), one.standing.note_id) for one in paid)
    return (Menu(text(locale, "jobs-show"), ButtonData(Action.SHOW), entries, in_a_row=1),) if entries else ()


async def _is_about(core: ChatCore, note_id: str, replied_to: RepliedTo) -> bool:
    """Return True if a message holds the note's sound, or was posted for it, also as a later placeholder."""
    order = await core.notes.order(note_id)
    if order is not None and order.note.details.get("message") == replied_to.message:
        return True
    if await core.notes.placeholder(note_id) == replied_to.handle:
        return True
    found = await core.posted.find(replied_to.handle)
    return found is not None and found.note_id == note_id


def _without_words(answer: Callable[[ChatCore, Caller], Awaitable[Reply]]) -> Answer:
    """Return an answer that does not look at the words after its command."""

    async def answered(core: ChatCore, caller: Caller, _words: Sequence[str]) -> Reply:
        return await answer(core, caller)

    return answered


ANSWERS: Mapping[str, Answer] = {
    "start": start,
    "help": _without_words(show_help),
    "balance": _without_words(balance),
    "usage": _without_words(usage),
    "jobs": _without_words(jobs),
    "cancel": _without_words(cancel),
    "export": _without_words(export),
    "forget": _without_words(forget),
    "privacy": _without_words(show_privacy),
    "link": _link,
    "voice": _voice,
    "unlink": _without_words(linking.unlink),
    **settings_menu.ANSWERS,
    **{name: partial(operate, name) for name in OPERATOR_COMMANDS},
}
"""By the command's name. A platform answers /transcribe, and the commands of payments, by itself."""
