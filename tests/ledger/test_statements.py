"""Statements of accounts: lists for operators, and the use of a day for programs."""

from dataclasses import replace
from datetime import UTC, date, datetime

from sqlalchemy import select

from bot.domain.billing import Balance, DayUse, Plan
from bot.domain.money import Micros
from bot.domain.note import MediaRef, Note, NoteKey, Options
from bot.ledger.account_merge import join
from bot.ledger.reports import By, report
from bot.notes.repository import NoteRepository
from bot.storage.database import Database
from bot.storage.tables import transfer
from tests.helpers.ledgers import ANN, BOB, IDENTITIES, OPEN, PREPAID, Clock, Opened, hold, quote


async def test_a_user_who_never_sent_a_note_spent_nothing(opened: Opened) -> None:
    ledger = opened(PREPAID)
    nothing = Balance(BOB, Plan.PREPAID, Micros(0), Micros(0), Micros(0), Micros(0), 0)
    assert await ledger.statements.balance(BOB) == nothing
    await ledger.credit(BOB, Micros(5), "a")
    assert await ledger.statements.balance(BOB) == replace(nothing, balance=Micros(5))


async def test_joined_accounts_are_one_line_with_the_spending_of_both(
    opened: Opened, database: Database, clock: Clock
) -> None:
    ledger = opened(OPEN)
    for number, who in enumerate((ANN, BOB, "console:eve")):
        await hold(ledger, who, 100, account=who)
        await ledger.settle(who, Micros(70 + number))
    async with database.writing() as connection:
        await join(connection, IDENTITIES.own(BOB), IDENTITIES.own(ANN), "a", OPEN, clock.now)
    clock.now = datetime(2026, 12, 1, tzinfo=UTC)
    await hold(ledger, "december", 100)
    await ledger.settle("december", Micros(9))
    eve, both = await ledger.statements.balances()
    assert (eve.user, eve.spent, eve.spent_this_month, eve.notes) == ("console:eve", 72, 0, 1)
    assert (both.user, both.spent, both.spent_this_month, both.notes) == (f"{BOB} + {ANN}", 150, 9, 3)
    assert {one.plan for one in (eve, both)} == {Plan.OPEN}


async def test_spending_of_one_account_is_that_of_no_other(opened: Opened) -> None:
    ledger = opened(OPEN)
    for number, who in enumerate((ANN, BOB)):
        await hold(ledger, who, 100, account=who)
        await ledger.book_loss(who, 1, Micros(10 + number), "nanogpt")
        await ledger.settle(who, Micros(70 + number))
    lines = [line for who in (ANN, BOB, "console:eve") for line in await ledger.statements.spend(account=who)]
    assert [(line.account, line.charged, line.lost) for line in lines] == [(ANN, 70, 10), (BOB, 71, 11)]


async def test_open_holds_of_one_moment_are_listed_by_their_notes_with_the_names_of_their_users(
    opened: Opened,
) -> None:
    ledger = opened(OPEN)
    for note, who in (("n2", ANN), ("n1", BOB), ("n3", BOB)):
        await hold(ledger, note, 5, account=who)
    listed = await ledger.statements.holds_open()
    assert [(held.note_id, held.account) for held in listed] == [("n1", BOB), ("n2", ANN), ("n3", BOB)]


async def test_a_days_use_names_the_model_that_was_asked_for_and_begins_at_midnight(
    opened: Opened, database: Database, clock: Clock
) -> None:
    ledger, notes = opened(OPEN), NoteRepository(database, clock)
    day = date(2026, 11, 16)
    clock.now = datetime(2026, 11, 16, tzinfo=UTC)
    details = {"model": "whisper-1"}
    asked = Note(NoteKey("discord", "b", "c", "1"), BOB, MediaRef("file"), Options("whisper-base"), details)
    plain = Note(NoteKey("discord", "b", "c", "2"), BOB, MediaRef("file"), Options("whisper-base"))
    for note in (asked, plain):
        await notes.add(note)
    for note_id, cost in ((asked.id, 10), (plain.id, 20), ("forgotten", 40)):
        await hold(ledger, note_id, 100, account=BOB)
        await ledger.settle(note_id, Micros(cost))
    clock.now = datetime(2026, 11, 17, tzinfo=UTC)
    await hold(ledger, "next day", 100, account=BOB)
    await ledger.settle("next day", Micros(80))
    assert await ledger.statements.use_by_day(BOB, day, day) == [
        DayUse(day, "whisper-1", 1, Micros(10)),
        DayUse(day, "whisper-base", 2, Micros(60)),
    ]


async def test_payments_and_their_refunds_stand_with_their_user_and_keep_their_memos(
    opened: Opened, database: Database
) -> None:
    ledger = opened(PREPAID)
    for number, who in enumerate((ANN, BOB)):
        await ledger.credit(who, Micros(100 + number), f"stars:{who}", "thank you")
    await ledger.refund(ANN, Micros(30), "by hand", "as agreed")
    await ledger.hold("n1", BOB, "nanogpt", quote(41))
    await ledger.settle("n1", Micros(41))
    await ledger.reverse(f"stars:{BOB}", "stars:2:1", "given back")
    lines = {line.where["user"]: (line.paid_in, line.paid_out, line.lost) for line in await report(database, [By.USER])}
    assert lines == {ANN: (100, 30, 0), BOB: (101, 60, 41)}
    async with database.reading() as connection:
        memos = (await connection.execute(select(transfer.c.kind, transfer.c.memo).where(transfer.c.memo != ""))).all()
    assert sorted(map(tuple, memos)) == [
        ("credit", "thank you"),
        ("credit", "thank you"),
        ("loss", "given back"),
        ("refund", "as agreed"),
        ("refund", "given back"),
    ]
