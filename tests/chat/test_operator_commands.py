"""Operators: who is obeyed, what the log says of it, and which month they are told."""

from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from structlog.testing import capture_logs

from bot.chat.operator_commands import OperatorCommands, Request
from bot.domain.billing import Plan
from bot.domain.money import Micros
from bot.ledger.accounts import Terms
from bot.ledger.ledger import Ledger
from bot.notes.repository import NoteRepository
from bot.notes.views import NoteViews
from bot.people.access import Access, Admission, Lists, People, Role
from bot.storage.database import Database
from tests.helpers.ledgers import ANN, BOB, IDENTITIES, PREPAID, Clock, available, hold

EVE = "telegram:666"
OUT = "You have no access to this service. Ask its operator."


def operators_of(
    database: Database, clock: Clock, terms: Terms = PREPAID, *, strangers: bool = True
) -> OperatorCommands:
    """Ann owns the service."""
    people = People(database, clock, terms, IDENTITIES, Lists(owners=frozenset({ANN}), strangers=strangers))
    ledger, admission = Ledger(database, clock, terms, IDENTITIES), Admission(database, clock, people)
    return OperatorCommands(
        database, people, admission, ledger, NoteViews(database, clock), NoteRepository(database, clock)
    )


def asked(by: str, *words: str, ref: str = "telegram:1:1") -> Request:
    return Request(by, "en", ref, words)


@pytest.mark.parametrize("refused", [("credit", BOB, "5"), ("unblock", BOB), ("role", BOB, "operator"), ("queue",)])
async def test_an_operator_who_is_blocked_can_do_nothing_not_even_let_himself_in(
    database: Database, clock: Clock, refused: Sequence[str]
) -> None:
    operators = operators_of(database, clock)
    await operators.people.appoint(BOB, Role.OPERATOR)
    assert await operators.has(BOB)
    await operators.answer("block", asked(ANN, BOB))
    assert not await operators.has(BOB)
    assert (await operators.answer(refused[0], asked(BOB, *refused[1:]))).text == OUT
    assert await available(operators.ledger, BOB) == 0
    assert not await operators.has(BOB)
    await operators.answer("unblock", asked(ANN, BOB))
    assert await operators.has(BOB)


async def test_an_owner_is_obeyed_whatever_was_decided_and_an_operator_until_they_are_blocked(
    database: Database, clock: Clock
) -> None:
    operators = operators_of(database, clock, strangers=False)
    await operators.people.decide(ANN, Access.BLOCKED)
    assert await operators.has(ANN)
    await operators.answer("role", asked(ANN, BOB, "operator"))
    assert await operators.has(BOB)
    await operators.answer("block", asked(ANN, BOB))
    assert not await operators.has(BOB)
    assert not await operators.has(EVE)


async def test_the_log_says_who_did_something_and_nothing_of_who_only_looked(database: Database, clock: Clock) -> None:
    operators = operators_of(database, clock)
    with capture_logs() as lines:
        await operators.answer("credit", asked(ANN, EVE, "5", ref="telegram:1:7"))
        await operators.answer("pause", asked(EVE, "It is mine."))
        await operators.answer("queue", asked(ANN))
        await operators.answer("spend", asked(ANN))
        await operators.obey("block", asked("command line", EVE, ref="r"))
    did = {"event": "operator_did", "log_level": "info"}
    assert lines == [
        did | {"command": "credit", "by": ANN, "ref": "telegram:1:7"},
        did | {"command": "block", "by": "command line", "ref": "r"},
    ]


@pytest.mark.parametrize("amount", ["1_000", "\u0661\u0660", "1e3"])
@pytest.mark.parametrize("command", ["credit", "refund", "allowance"])
async def test_a_slip_of_the_keyboard_moves_no_money(
    database: Database, clock: Clock, command: str, amount: str
) -> None:
    operators = operators_of(database, clock)
    await operators.ledger.credit(BOB, Micros(2_000_000_000), "first")
    answer = await operators.answer(command, asked(ANN, BOB, amount))
    assert f"/{command} platform:id" in answer.text
    assert await available(operators.ledger, BOB) == 2_000_000_000


async def test_this_months_spending_is_that_of_the_operators_month(database: Database, clock: Clock) -> None:
    operators = operators_of(database, clock, Terms(Plan.PREPAID, month_zone=ZoneInfo("Europe/Berlin")))
    await operators.ledger.credit(BOB, Micros(1_000_000), "first")
    clock.now = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)  # December in Berlin
    await hold(operators.ledger, "n1", 250_000, account=BOB)
    await operators.ledger.settle("n1", Micros(250_000))
    told = await operators.answer("spend", asked(ANN))
    assert "2026-12" in told.text
    assert f"{BOB}: 1 recording, $0.25" in told.text
