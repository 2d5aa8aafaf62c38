"""The audit: silent while all is well, a sentence for each thing that is not."""

import asyncio
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from bot.domain.money import Micros
from bot.domain.note import NoteState
from bot.ledger.ledger import Ledger
from bot.storage.database import Database
from bot.storage.tables import note
from tests.helpers.ledgers import ANN, IDENTITIES, OPEN, PREPAID, Clock, Opened, allowance, available, hold

# The audit.


async def spoilt(database: Database, *statements: str) -> list[str]:
    """Return the audit's findings after a hand reached into the tables."""
    ledger = Ledger(database, Clock(datetime(2026, 11, 15, tzinfo=UTC)), allowance(500), IDENTITIES)
    await ledger.credit(ANN, Micros(1000), "a")
    await hold(ledger, "n1", 300)
    await ledger.settle("n1", Micros(200))
    await hold(ledger, "n2", 100)
    assert await ledger.audit() == []
    async with database.writing() as connection:
        for statement in statements:
            await connection.execute(text(statement))
    return await ledger.audit()


@pytest.mark.parametrize(
    ("statement", "sentences"),
    [
        (
            "UPDATE account SET posted = posted + 1",
            [
                "The balance of telegram:1 says $0.001301, its transfers make $0.0013.",
                "All accounts together make $0.000001 instead of nothing.",
            ],
        ),
        (
            "UPDATE account SET held = held - 1",
            ["The held amount of telegram:1 says $0.000099, its open holds make $0.0001."],
        ),
        (
            "UPDATE account SET granted = 0",
            ["The rest of its grant of telegram:1 says $0.00, its transfers make $0.0003."],
        ),
        (
            "UPDATE hold SET charged = 150 WHERE note_id = 'n1'",
            [
                "The settled hold of note n1 says $0.00015 charged, $0.00 lost and $0.0002 of cost; "
                "its transfers say $0.0002, $0.00 and $0.0002."
            ],
        ),
        (
            "INSERT INTO transfer (at, month, kind, debit, credit, amount, note_id, ref) "
            "VALUES ('2026', '2026-11', 'cost', 'house:costs', 'provider:x', 5, 'n9', 'forged')",
            ["Transfer 5 is a cost of note n9, which has no hold."],
        ),
        (
            "INSERT INTO transfer (at, month, kind, debit, credit, amount, ref) "
            "VALUES ('2026', '2026-11', 'credit', 'house:funding', 'telegram:9', 5, 'forged')",
            ["The transfers name telegram:9, which is no account."],
        ),
        (
            "INSERT INTO transfer (at, month, kind, debit, credit, amount, note_id, ref) "
            "VALUES ('2026', '2026-11', 'loss', 'house:loss', 'house:revenue', 5, 'n2', 'forged')",
            [
                "The open hold of note n2 says $0.00 charged, $0.00 lost and $0.00 of cost; "
                "its transfers say $0.00, $0.000005 and $0.00."
            ],
        ),
    ],
)
async def test_the_audit_says_what_is_wrong(database: Database, statement: str, sentences: list[str]) -> None:
    assert await spoilt(database, statement) == sentences


async def test_the_audit_finds_a_finished_note_that_still_holds_money(database: Database) -> None:
    ledger = Ledger(database, Clock(datetime(2026, 11, 15, tzinfo=UTC)), PREPAID, IDENTITIES)
    await ledger.credit(ANN, Micros(100), "a")
    await hold(ledger, "n1", 100)
    async with database.writing() as connection:
        names = dict.fromkeys(("platform", "bot", "chat", "message", "account"), "x")
        plain: dict[str, object] = {"media": {}, "options": {}, "details": {}, "state": NoteState.FAILED.value}
        await connection.execute(note.insert().values(id="n1", created_at=datetime.now(UTC), **names, **plain))
    assert await ledger.audit() == ["Note n1 is failed, but still holds $0.0001 of telegram:1."]


async def test_the_audit_runs_while_money_moves(opened: Opened) -> None:
    ledger = opened(OPEN)

    async def pay(user: int) -> None:
        for i in range(5):
            await hold(ledger, f"{user}-{i}", 10, account=f"telegram:{user}")
            await ledger.settle(f"{user}-{i}", Micros(9))

    async with asyncio.TaskGroup() as group:
        for user in range(4):
            group.create_task(pay(user))
        for _ in range(5):
            assert await ledger.audit() == []


async def test_hundreds_of_updates_of_one_account_are_all_there(opened: Opened) -> None:
    ledger = opened(PREPAID)
    await asyncio.gather(*(ledger.credit(ANN, Micros(1), f"{i}") for i in range(200)))
    assert await available(ledger) == 200
