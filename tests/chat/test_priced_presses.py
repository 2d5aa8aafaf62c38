"""Presses that decide about money: a cancel of what is paid, an agreement, and further runs."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bot.chat.button_rows import Action, ButtonData
from bot.chat.replies import Confirm, Discard, Notice, Rerun
from bot.chat.result_actions import AdminsConfirm, NoteOutcome, Press, begin, is_left_over, pressed
from bot.domain.billing import Plan
from bot.domain.errors import NoAccess, ProviderFailed
from bot.domain.money import MOST, Micros
from bot.domain.note import Note, NoteState
from bot.locales import text
from bot.people.access import Access
from bot.settings import Settings
from tests.doubles.provider import PaidProvider
from tests.helpers.conversation import ADA, BEA, Conversation, conversation
from tests.helpers.services import PRICE
from tests.helpers.settings import changed

CLUB = "folder:-100"
LIMIT = Micros(50_000)


@dataclass
class Allowed:
    """Implements Rights: everything, but to pay for these accounts."""

    not_for: tuple[str, ...] = ()

    async def may_use(self, note: Note) -> bool:
        return True

    async def may_read(self, note: Note) -> bool:
        return True

    async def may_cancel(self, note: Note) -> bool:
        return True

    async def may_pay(self, note: Note) -> bool:
        return note.payer not in self.not_for


@pytest.fixture
def provider(tmp_path: Path) -> PaidProvider:
    return PaidProvider(tmp_path / "provider")


@pytest.fixture
async def chat(settings: Settings, tmp_path: Path, provider: PaidProvider) -> AsyncIterator[Conversation]:
    async with conversation(changed(settings, plan=Plan.PREPAID), provider, tmp_path) as chat:
        await chat.app.service.core.ledger.credit(ADA, Micros(1_000_000), "first")
        yield chat
        await chat.app.money_is_right()


async def outcome(chat: Conversation, note: Note, action: Action, argument: str = "", message: str = "") -> NoteOutcome:
    return await pressed(chat.core, Press(ButtonData(action, note.id, argument), ADA, "en", message=message), Allowed())


async def at_work(chat: Conversation, note: Note) -> Note:
    """A note that the provider has, until it may go on."""
    chat.app.provider.free.clear()
    await chat.app.take(note)
    await chat.app.provider.busy.wait()
    return note


async def done(chat: Conversation, note: Note) -> Note:
    await chat.app.take(note)
    await chat.app.end_of(note)
    return note


async def order_of(chat: Conversation, note: Note) -> Note:
    """The note as it was written down."""
    order = await chat.core.notes.order(note.id)
    assert order is not None
    return order.note


def run_of(note: Note, message: str) -> Note:
    return replace(note, key=replace(note.key, message=message))


async def test_a_cancel_that_does_not_name_what_is_owed_is_asked_once_more_with_the_price(
    chat: Conversation, voice: Path
) -> None:
    note = await at_work(chat, chat.app.platform.note("1", voice))
    asked = [await outcome(chat, note, Action.CANCEL, named) for named in ("", "1", str(PRICE - 1))]
    [first, *others] = asked
    assert isinstance(first, Confirm)
    assert others == [first, first]
    assert (first.note.id, first.private) == (note.id, True)
    assert "$0.1614" in first.text
    [row] = first.buttons
    assert isinstance(row, tuple)
    [button] = row
    assert button.data == ButtonData(Action.CANCEL, note.id, str(PRICE))
    assert not await chat.core.notes.cancel_requested(note.id)
    chat.app.provider.free.set()
    assert (await chat.app.end_of(note)).state is NoteState.DONE


async def test_a_cancel_that_names_what_is_owed_is_carried_out_and_paid(chat: Conversation, voice: Path) -> None:
    note = await at_work(chat, chat.app.platform.note("1", voice))
    assert await outcome(chat, note, Action.CANCEL, str(PRICE)) == Notice(text("en", "press-discarding"))
    chat.app.provider.free.set()
    standing = await chat.app.end_of(note)
    assert (standing.state, standing.charged) == (NoteState.CANCELLED, PRICE)
    assert await outcome(chat, note, Action.CANCEL, str(PRICE)) == Notice(text("en", "press-too-late"))
    assert isinstance(await outcome(chat, note, Action.FILE, "txt"), Notice), "its sender alone is shown the text"


async def test_a_cancel_that_names_a_price_costs_nothing_if_nothing_is_owed(chat: Conversation, voice: Path) -> None:
    note = chat.app.platform.note("1", voice, ask_above=Micros(PRICE - 1))
    await chat.app.take(note)
    assert await outcome(chat, note, Action.CANCEL, "5") == Notice(text("en", "press-cancelling"))
    standing = await chat.app.end_of(note)
    assert (standing.state, standing.charged) == (NoteState.CANCELLED, None)


async def test_a_cancel_on_a_message_that_a_crash_left_behind_removes_that_and_tells_the_price(
    chat: Conversation, voice: Path
) -> None:
    note = await at_work(chat, chat.app.platform.note("1", voice))
    await chat.core.posted.keep(note.id, "1", "placeholder")
    told = text("en", "press-owed", price="$0.1614")
    assert await outcome(chat, note, Action.CANCEL, message="left over") == Discard(told)
    assert isinstance(await outcome(chat, note, Action.CANCEL, message="placeholder"), Confirm)
    discarding = text("en", "press-discarding")
    assert await outcome(chat, note, Action.CANCEL, str(PRICE), message="left over") == Discard(discarding)
    chat.app.provider.free.set()
    await chat.app.end_of(note)


async def test_which_of_two_messages_is_the_note_s_is_known_before_and_after_its_end(
    chat: Conversation, voice: Path
) -> None:
    core, note = chat.core, await at_work(chat, chat.app.platform.note("1", voice))
    assert not await is_left_over(core, note.id, "first"), "none is known yet: this one is from now on"
    assert not await is_left_over(core, note.id, "first")
    assert await is_left_over(core, note.id, "second")
    chat.app.provider.free.set()
    await chat.app.end_of(note)
    assert not await is_left_over(core, note.id, "first")
    assert await is_left_over(core, note.id, "second")
    other = await done(chat, chat.app.platform.note("2", voice))
    handle = await core.notes.placeholder(other.id)
    assert handle is not None
    assert not await is_left_over(core, other.id, handle)
    assert await is_left_over(core, other.id, "second")
    assert await is_left_over(core, "5d6a7f0e-3c55-4f0e-9a53-0f2f7f0f7a11", handle), "its note was erased"


async def test_a_further_run_holds_at_most_the_price_that_was_agreed_to(chat: Conversation, voice: Path) -> None:
    note = await done(chat, chat.app.platform.note("1", voice))
    again = await outcome(chat, note, Action.AGAIN, f"es:{PRICE - 1}")
    assert isinstance(again, Rerun)
    assert await begin(chat.core, again, Allowed(), note, "1/es")
    run = await order_of(chat, run_of(note, "1/es"))
    assert (run.options.language, run.options.ask_above, run.user) == ("es", PRICE - 1, ADA)
    assert not await begin(chat.core, again, Allowed(), note, "1/es"), "it asks for the price"
    await chat.core.intake.cancel(run.id)
    assert (await chat.app.end_of(run)).charged is None
    assert await begin(chat.core, replace(again, price=PRICE), Allowed(), note, "1/es"), "the first came to nothing"
    paid = await chat.app.end_of(run_of(note, "1/es/2"))
    assert (paid.state, paid.charged) == (NoteState.DONE, PRICE)


async def test_the_largest_price_there_is_is_a_price(chat: Conversation, voice: Path) -> None:
    note = await done(chat, chat.app.platform.note("1", voice))
    again = await outcome(chat, note, Action.AGAIN, f"es:{MOST}")
    assert isinstance(again, Rerun)
    assert again.price == MOST


async def test_a_dear_run_that_a_group_would_pay_needs_one_who_may_pay_for_it(chat: Conversation, voice: Path) -> None:
    note = replace(await done(chat, chat.app.platform.note("1", voice)), place=CLUB)
    dear = await outcome(chat, note, Action.AGAIN, f"es:{PRICE}")
    assert isinstance(dear, Rerun)
    member, paying = Allowed(not_for=(CLUB,)), replace(chat.core, groups_pay=True)
    limited = replace(dear, group_limit=LIMIT)
    with pytest.raises(AdminsConfirm):
        await begin(paying, limited, member, note, "1/es")
    assert await begin(paying, limited, Allowed(), note, "1/admin")
    assert await begin(paying, replace(limited, group_limit=PRICE), member, note, "1/cheap")
    assert await begin(paying, dear, member, note, "1/no limit")
    assert await begin(chat.core, limited, member, note, "1/own money")
    assert await begin(paying, limited, member, replace(note, place=""), "1/private")
    for message in ("1/admin", "1/cheap", "1/no limit", "1/own money", "1/private"):
        await chat.app.end_of(run_of(note, message))


async def test_neither_a_blocked_presser_nor_one_in_a_blocked_group_begins_a_run(
    chat: Conversation, voice: Path
) -> None:
    note = replace(await done(chat, chat.app.platform.note("1", voice)), place=CLUB)
    again = await outcome(chat, note, Action.AGAIN, f"es:{PRICE}")
    assert isinstance(again, Rerun)
    await chat.core.people.decide(BEA, Access.BLOCKED)
    with pytest.raises(NoAccess):
        await begin(chat.core, replace(again, presser=BEA), Allowed(), note, "1/es")
    await chat.core.people.decide(CLUB, Access.BLOCKED)
    with pytest.raises(NoAccess):
        await begin(chat.core, again, Allowed(), note, "1/es")
    assert await chat.core.notes.order(run_of(note, "1/es").id) is None


async def test_a_retry_is_paid_as_a_new_note_is(chat: Conversation, voice: Path, provider: PaidProvider) -> None:
    provider.error = ProviderFailed(reason="gave-up")
    note = await done(chat, replace(chat.app.platform.note("1", voice), payer=CLUB))
    provider.error = None
    running = await pressed(chat.core, Press(ButtonData(Action.RETRY, note.id), ADA, "en"), Allowed())
    assert running == Notice(text("en", "press-running"))
    again = await order_of(chat, run_of(note, "1/retry"))
    assert (again.payer, again.paid_by) == ("", ADA)
    assert (await chat.app.end_of(again)).charged == PRICE
