"""Presses about a note: the effect of each, and the presser's reply.

A platform translates its event to `Press`, tells by `Rights` what the presser may do, and carries the outcome out.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import Protocol

from bot.chat import button_rows
from bot.chat.button_rows import Action, ButtonData
from bot.chat.core import ChatCore
from bot.chat.incoming import check_room
from bot.chat.messages import cut_short
from bot.chat.pages import File
from bot.chat.platform import ASIDE, FIRST, megabytes
from bot.chat.queries import Result
from bot.chat.replies import (
    AskNames,
    Confirm,
    Discard,
    Notice,
    Offer,
    Redraw,
    Remove,
    Renamed,
    Rerun,
    Restore,
    SendFile,
)
from bot.chat.reruns import labels_in, without_labels
from bot.domain.errors import BadOptions, EarmarkError, NoAccess, NotNow, Paused
from bot.domain.languages import COMMON
from bot.domain.money import MOST, Micros, dollars
from bot.domain.note import Note, NoteState
from bot.locales import error_text, money, text
from bot.rendering.formats import file_of


class AdminsConfirm(EarmarkError):
    """The group pays, and its admins alone may agree to such a price."""


NoteOutcome = Notice | Discard | Confirm | Offer | Redraw | Remove | Renamed | Restore | SendFile | AskNames | Rerun
ALL_NAMES, ONE_NAME = "all", "one"
"""Arguments of a form's button data: it was opened under the text, or from a menu of its speakers."""


@dataclass(frozen=True, slots=True)
class Press:
    """The use of a button, a menu or a form."""

    data: ButtonData
    account: str
    """Identity of the presser."""
    locale: str
    value: str = ""
    """The entry that was chosen in a menu; "": a button, whose data holds all."""
    fields: Mapping[str, str] = field(default_factory=dict)
    """Texts that were written into a form, by the field."""
    message: str = ""
    """Handle of the message that was pressed, as the note's placeholder has one; "": not comparable."""
    largest_file: int = 0
    """Bytes of a file that the presser can be sent there; 0: none can be."""
    group_limit: Micros | None = None
    """The price above which the admins of a group that pays must confirm a run; None: they never must."""
    form_fields: int = 0
    """Fields that a form may have there; 0: the platform has no forms, and asks for one name at a time."""

    @property
    def choice(self) -> str:
        """The chosen value, by a menu or by one of the buttons in place of it."""
        return self.value or self.data.argument


class Rights(Protocol):
    """Rights of the presser at the place where they pressed."""

    async def may_use(self, note: Note) -> bool:
        """Return True for the user who asked for it, and for moderators if others see it too."""

    async def may_read(self, note: Note) -> bool:
        """Return True for every user who can read the answer where they pressed."""

    async def may_cancel(self, note: Note) -> bool:
        """Return True for users who may cancel it."""

    async def may_pay(self, note: Note) -> bool:
        """Return True for users who may agree to its price: the one who pays, or an admin of the group that does."""


async def pressed(core: ChatCore, press: Press, rights: Rights) -> NoteOutcome:
    """Carry out a press, if the presser may; return the outcome for them."""
    order = await core.notes.order(press.data.note_id)
    if order is None:
        return _notice(press, "press-forgotten")
    if press.data.action is Action.CANCEL:
        return await _cancel(core, press, rights, order.note)
    if press.data.action is Action.AGREE:
        return await _agree(core, press, rights, order.note)
    if press.data.action is Action.RETRY:
        return await _retry(core, press, rights, order.note)
    if await rights.may_use(order.note):
        return await _about_text(core, press, order.note)
    if press.data.action is Action.FILE and await rights.may_read(order.note):
        return _aside(await _about_text(core, press, order.note))
    return _notice(press, "press-not-yours")


async def begin(core: ChatCore, rerun: Rerun, rights: Rights, note: Note, message: str) -> bool:
    """Begin another run; False if the same was asked for before.

    `note` is the first with the user and the details of this run; `message` tells the run from it. Raises what
    Intake.accept does, TooManyNotes, and AdminsConfirm for a dear run that a mere member asks a group to pay.
    """
    await core.people.check(rerun.presser, note.place)  # the note may be a channel's, or the group's own
    from_group = replace(note, payer=note.place)
    if core.groups_pay and note.place and rerun.needs_admin and not await rights.may_pay(from_group):
        raise AdminsConfirm
    await check_room(core, note.user)
    return await core.reruns.begin(note, rerun.wanted, rerun.price, message)


async def is_left_over(core: ChatCore, note_id: str, placeholder: str) -> bool:
    """Return True if a crash, or a lost answer, left a placeholder behind, so that another message is its note's.

    If none is, and the note has no end yet, this one is from now on.
    """
    standing = await core.notes.standing(note_id)
    if standing is None:
        return True
    parts = await core.posted.parts(note_id)
    if placeholder in parts.values():  # it may be the question that the asker is sent aside
        return False
    if standing.state.is_final:
        return parts.get(FIRST, await core.notes.placeholder(note_id)) != placeholder
    return not await core.posted.adopt(note_id, FIRST, placeholder)


async def rename(core: ChatCore, result: Result, names: Mapping[str, str]) -> Result | None:
    """Give speakers, by their labels, other names; return the text with them, None if it is gone."""
    renamed: Result | None = result
    for label, name in names.items():
        renamed = await core.reruns.rename(result.note.id, label, name)
    return renamed


def _aside(outcome: NoteOutcome) -> NoteOutcome:
    """Let a file reach its presser alone: other readers of the chat did not ask for it."""
    return replace(outcome, private=True) if isinstance(outcome, SendFile) else outcome


async def _cancel(core: ChatCore, press: Press, rights: Rights, note: Note) -> NoteOutcome:
    if not await rights.may_cancel(note):
        return _notice(press, "press-not-yours")
    named = _price_in(press.data.argument) or Micros(0)
    if not named and await core.intake.cancel_unsubmitted(note.id):
        return await _told_of_cancel(core, press, note, "press-cancelling")
    owed = await core.queries.owed(note.id)
    if owed > named:
        told = text(press.locale, "press-owed", price=money(press.locale, owed))
        if press.message and await is_left_over(core, note.id, press.message):
            return Discard(told)
        return Confirm(told, button_rows.cancel(press.locale, note.id, owed), note)
    if await core.intake.cancel(note.id):
        return await _told_of_cancel(core, press, note, "press-discarding" if owed else "press-cancelling")
    return await _told_of_cancel(core, press, note, "press-too-late")


async def _told_of_cancel(core: ChatCore, press: Press, note: Note, key: str) -> NoteOutcome:
    """Return the notice for the presser; a placeholder that was left behind is deleted."""
    notice = text(press.locale, key)
    is_of_no_use = bool(press.message) and await is_left_over(core, note.id, press.message)
    return Discard(notice) if is_of_no_use else Notice(notice)


async def _agree(core: ChatCore, press: Press, rights: Rights, note: Note) -> NoteOutcome:
    if not await rights.may_pay(note):
        return _who_pays(press, note)
    price = _price_in(press.data.argument)
    try:
        agreed = price is not None and await core.intake.agree(note.id, price, press.account)
    except (NoAccess, Paused) as error:
        return Notice(error_text(press.locale, error))
    return _notice(press, "press-agreed" if agreed else "press-too-late")


async def _retry(core: ChatCore, press: Press, rights: Rights, note: Note) -> NoteOutcome:
    """Begin another run of a recording whose run failed, at the cost of the user who would have paid the first.

    Its sender may do so, also if the group pays: as with the first run, its admins are asked about a high price.
    """
    if press.account != note.user and not await rights.may_pay(note):
        return _who_pays(press, note)
    standing = await core.notes.standing(note.id)
    if standing is None or standing.state is not NoteState.FAILED:
        return _notice(press, "press-unknown")
    try:
        await check_room(core, note.user)
        is_aside = await _is_aside(core, note.id, press.message)
        is_new = await core.reruns.retry(note, "" if is_aside else press.message)
    except NotNow:
        raise
    except EarmarkError as error:
        return Notice(error_text(press.locale, error))
    notice = text(press.locale, "press-running" if is_new else "press-ran")
    return Discard(notice) if is_aside else Notice(notice)


async def _is_aside(core: ChatCore, note_id: str, handle: str) -> bool:
    """Return True for a message that told a note's asker alone about it."""
    parts = await core.posted.parts(note_id)
    return any(handle == kept for part, kept in parts.items() if part.startswith(ASIDE))


async def _about_text(core: ChatCore, press: Press, note: Note) -> NoteOutcome:
    act = _ON_TEXT.get(press.data.action)
    if act is None:
        return _notice(press, "press-unknown")
    result = await core.queries.result(note.id)
    if result is None or result.is_discarded:
        return _notice(press, "press-no-text")
    if result.is_removed and press.data.action is not Action.REMOVE:  # a copy of it may be left, and is deleted as well
        return _notice(press, "press-no-text")
    return await act(_TextPress(core, press, result))


@dataclass(frozen=True, slots=True)
class _TextPress:
    """A press about a finished text, by a presser who may."""

    core: ChatCore
    press: Press
    result: Result

    async def file(self) -> NoteOutcome:
        if not self.press.largest_file:
            return self._notice("press-not-here")
        form = self.press.data.argument
        title = PurePath(self.result.note.media.name).stem or text(self.press.locale, "answer-file-name")
        ending = cut_short(self.press.locale, self.result.answer)
        data = await asyncio.to_thread(file_of, self.result.answer, form, title, ending)  # a day's text takes a while
        if data is None:
            return self._notice("press-unknown")
        if len(data) > self.press.largest_file:
            told = text(self.press.locale, "file-too-large", megabytes=megabytes(self.press.largest_file))
            return Notice(told)
        return SendFile(self.result, File(f"{title}.{form}", data))

    async def speakers(self) -> NoteOutcome:
        """Take labels away and put them back for nothing; if no run told the speakers apart yet, offer one."""
        if self.press.data.argument == "off":
            return Redraw(without_labels(self.result))
        if len(self._labels) > 1:
            return Redraw(self.result)
        if self.result.note.options.speakers:  # they were told apart, and there is nobody else
            return self._notice("press-one-voice")
        return self._offer("on")

    async def languages(self) -> NoteOutcome:
        codes = [code for code in COMMON if any(model.takes(code) for model in self.core.catalog)]
        menu = button_rows.languages(self.press.locale, self.result.note.id, codes)
        return Offer(text(self.press.locale, "press-choose-language"), menu, self.result)

    async def language(self) -> NoteOutcome:
        return self._offer(self.press.choice)

    async def again(self) -> NoteOutcome:
        wanted, _, told = self.press.data.argument.partition(":")
        price = _price_in(told)
        return self._notice("press-unknown") if price is None else self._rerun(wanted, price)

    async def back(self) -> NoteOutcome:
        return Restore(self.result)

    async def remove(self) -> NoteOutcome:
        return Remove(self.result, text(self.press.locale, "press-removed"))

    async def names(self) -> NoteOutcome:
        """Ask for all names in one form if it has room for them; else let the presser choose a speaker first."""
        labels = self._labels
        if not labels:
            return self._notice("press-unknown")
        if len(labels) <= self.press.form_fields:
            return self._ask(range(len(labels)))
        called = [self.result.answer.names.get(label, label) for label in labels]
        menu = button_rows.speakers(self.press.locale, self.result.note.id, called)
        return Offer(text(self.press.locale, "press-choose-speaker"), menu, self.result)

    async def name(self) -> NoteOutcome:
        chosen = self.press.choice
        return self._ask((int(chosen),)) if self._is_speaker(chosen) else self._notice("press-unknown")

    async def named(self) -> NoteOutcome:
        """Take the names of a form: they hold for every text and file from now on."""
        known = {number: name for number, name in self.press.fields.items() if self._is_speaker(number)}
        if not known:
            return self._notice("press-unknown")
        names = {self._labels[int(number)]: name for number, name in known.items()}
        renamed = await rename(self.core, self.result, names)
        if renamed is None:
            return self._notice("press-no-text")
        if self.press.data.argument == ALL_NAMES:
            return Redraw(renamed)
        return Renamed(renamed, text(self.press.locale, "names-taken"))

    @property
    def _labels(self) -> list[str]:
        return labels_in(self.result.answer.transcript)

    def _is_speaker(self, number: str) -> bool:
        return number.isdecimal() and int(number) < len(self._labels)

    def _ask(self, numbers: Sequence[int]) -> AskNames:
        labels = tuple(self._labels[number] for number in numbers)
        called = tuple(self.result.answer.names.get(label, label) for label in labels)
        return AskNames(self.result, labels, called, tuple(numbers))

    def _offer(self, wanted: str) -> NoteOutcome:
        """Tell the price of another run; one that costs nothing begins at once."""
        locale, note_id = self.press.locale, self.result.note.id
        try:
            price = self.core.reruns.quote(self.result, wanted).price
        except BadOptions as error:
            return Notice(error_text(locale, error))
        if not price:
            return self._rerun(wanted, price)
        yes = button_rows.confirm(locale, note_id, f"{wanted}:{price}", price)
        return Offer(text(locale, "run-costs", price=dollars(price)), yes, self.result, private=True)

    def _rerun(self, wanted: str, price: Micros) -> Rerun:
        return Rerun(self.result, wanted, price, self.press.account, self.press.group_limit)

    def _notice(self, key: str) -> Notice:
        return _notice(self.press, key)


def _price_in(told: str) -> Micros | None:
    """Return the price in button data; None if it cannot be one."""
    return Micros(int(told)) if told.isdecimal() and len(told) <= len(str(MOST)) else None


def _who_pays(press: Press, note: Note) -> Notice:
    """Return the notice for a presser who does not pay for the note."""
    return Notice(error_text(press.locale, AdminsConfirm())) if note.payer else _notice(press, "press-not-yours")


def _notice(press: Press, key: str) -> Notice:
    return Notice(text(press.locale, key))


_ON_TEXT: dict[Action, Callable[[_TextPress], Awaitable[NoteOutcome]]] = {
    Action.FILE: _TextPress.file,
    Action.SPEAKERS: _TextPress.speakers,
    Action.LANGUAGES: _TextPress.languages,
    Action.LANGUAGE: _TextPress.language,
    Action.AGAIN: _TextPress.again,
    Action.BACK: _TextPress.back,
    Action.REMOVE: _TextPress.remove,
    Action.NAMES: _TextPress.names,
    Action.NAME: _TextPress.name,
    Action.NAMED: _TextPress.named,
}
