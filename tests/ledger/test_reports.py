"""Reports: every figure adds up, whatever they are grouped by; and what is made of them."""

import csv
import io
import sys
from collections import defaultdict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import combinations
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import select

from bot.cli.plots import Bar, bars, write_png
from bot.domain.billing import DayUse, Plan, Quote
from bot.domain.errors import BadSettings, EarmarkError
from bot.domain.money import Micros, with_markup
from bot.ledger.account_merge import join
from bot.ledger.accounts import Terms
from bot.ledger.ledger import Ledger
from bot.ledger.reports import AMOUNTS, USUAL, By, Line, as_csv, as_row, columns_of, report, total
from bot.storage.database import Database
from bot.storage.tables import transfer
from tests.helpers.ledgers import ANN, BOB, IDENTITIES, OPEN, PREPAID, Clock, Opened, hold

GROUPINGS = [by for many in range(len(By) + 1) for by in combinations(By, many)]
PEOPLE = (ANN, BOB, "console:eve", "api:shop")
CHATS = (None, "telegram:-1001", "discord:77")
MODELS = (("nanogpt", "Wizper"), ("nanogpt", "Elevenlabs-STT"), ("local", "whisper-base"))
FREE = Terms(Plan.ALLOWANCE, allowance=Micros(40_000), markup=Decimal("1.5"), free_seconds=100)


async def operator_accounts(database: Database) -> dict[str, int]:
    """Return the balances of the operator's and the providers' accounts: the sums of their transfers."""
    stand: dict[str, int] = defaultdict(int)
    async with database.reading() as connection:
        for row in await connection.execute(select(transfer.c.debit, transfer.c.credit, transfer.c.amount)):
            stand[row.debit] -= row.amount
            stand[row.credit] += row.amount
    return stand


class Business:
    """Run random operations on a ledger."""

    def __init__(self, ledger: Ledger, clock: Clock, chance: Random) -> None:
        self.ledger = ledger
        self.clock = clock
        self.chance = chance
        self.notes = 0
        self.open: list[str] = []
        self.settled: list[str] = []

    async def goes_on(self) -> None:
        doings: list[Callable[[], Awaitable[object]]] = [
            *[self.hold] * 4,
            *[self.settle] * 4,
            self.release,
            self.book_loss,
            self.refund_charge,
            self.credit,
            self.refund,
            self.month,
        ]
        with suppress(EarmarkError):  # too little money for it
            await self.chance.choice(doings)()

    async def hold(self) -> None:
        self.notes += 1
        provider, model = self.chance.choice(MODELS)
        seconds = self.chance.choice([0.5, 30.0, 61.7])
        cost = Micros(self.chance.choice([0, 1, 3_333, 20_000]))
        chat, who = self.chance.choice(CHATS), self.chance.choice(PEOPLE)
        quote = Quote(model, seconds, cost, with_markup(cost, FREE.markup))
        await self.ledger.hold(f"n{self.notes}", who, provider, quote, chat=chat)
        self.open.append(f"n{self.notes}")

    async def settle(self) -> None:
        if self.open:
            self.settled.append(self.open.pop(self.chance.randrange(len(self.open))))
            await self.ledger.settle(self.settled[-1], Micros(self.chance.choice([0, 7, 3_333, 50_000])))

    async def release(self) -> None:
        if self.open:
            await self.ledger.release(self.open.pop())

    async def book_loss(self) -> None:
        if self.notes:
            note = self.chance.randint(1, self.notes)
            await self.ledger.book_loss(f"n{note}", self.chance.randint(1, 2), Micros(1_234), "nanogpt")

    async def refund_charge(self) -> None:
        if self.settled:
            await self.ledger.refund_charge(self.chance.choice(self.settled))

    async def credit(self) -> None:
        await self.ledger.credit(self.chance.choice(PEOPLE), Micros(30_000), f"c{self.chance.random()}")

    async def refund(self) -> None:
        await self.ledger.refund(self.chance.choice(PEOPLE), Micros(9_999), f"r{self.chance.random()}")

    async def month(self) -> None:
        self.clock.now += timedelta(days=self.chance.choice([0, 0, 9]))


@pytest.mark.parametrize("seed", range(2))
async def test_every_grouping_adds_up_to_what_the_operators_accounts_stand_at(
    database: Database, opened: Opened, clock: Clock, seed: int
) -> None:
    business = Business(opened(FREE), clock, Random(seed))
    await business.ledger.set_plan("api:shop", Plan.OPEN)
    await business.ledger.set_plan("console:eve", Plan.PREPAID)
    for _ in range(150):
        await business.goes_on()
    async with database.writing() as connection:
        await join(connection, IDENTITIES.own(ANN), IDENTITIES.own(BOB), "a", FREE, clock.now)
    for _ in range(50):
        await business.goes_on()
    whole = total(await report(database, []))
    stand = await operator_accounts(database)
    assert stand["house:revenue"] == whole.charged + whole.given + whole.lost - whole.returned
    assert stand["house:costs"] == -whole.cost == -sum(stand[f"provider:{name}"] for name in ("nanogpt", "local"))
    assert stand["house:loss"] == -whole.lost
    assert stand["house:free"] == -whole.given
    assert stand["house:open"] == -whole.counted
    assert stand["house:funding"] == whole.paid_out - whole.paid_in
    assert whole.margin == whole.charged - whole.counted - whole.returned - whole.cost
    assert all(getattr(whole, name) for name in AMOUNTS), "nothing was left out of the play"
    for by in GROUPINGS:
        lines = await report(database, by)
        again = total(lines)
        assert [getattr(again, name) for name in ("notes", *AMOUNTS)] == [
            getattr(whole, name) for name in ("notes", *AMOUNTS)
        ], by
        assert again.seconds == pytest.approx(whole.seconds)
        assert len({tuple(line.where.values()) for line in lines}) == len(lines)
    months = {line.where["month"] for line in await report(database, [By.MONTH])}
    assert len(months) > 1
    of_months = [total(await report(database, [By.USER], month)) for month in months]
    assert sum(line.margin for line in of_months) == whole.margin
    assert sum(line.notes for line in of_months) == whole.notes


async def test_the_open_plan_has_no_income_but_its_cost(database: Database, opened: Opened) -> None:
    await hold(opened(OPEN), "n1", 500)
    await opened(OPEN).settle("n1", Micros(500))
    prepaid = opened(PREPAID)
    await prepaid.credit(BOB, Micros(900), "a")
    await hold(prepaid, "n2", 600, BOB)
    await prepaid.settle("n2", Micros(600))
    of_ann, of_bob = (line for line in sorted(await report(database, [By.USER]), key=lambda one: one.charged))
    assert (of_ann.charged, of_ann.counted, of_ann.margin) == (500, 500, -500)
    assert (of_bob.charged, of_bob.counted, of_bob.margin, of_bob.paid_in) == (600, 0, 0, 900)


async def test_what_is_given_back_counts_in_the_month_in_which_it_is(
    database: Database, opened: Opened, clock: Clock
) -> None:
    ledger = opened(PREPAID)
    await ledger.credit(ANN, Micros(900), "a")
    await hold(ledger, "n1", 600)
    await ledger.settle("n1", Micros(600))
    clock.now = datetime(2026, 12, 2, tzinfo=UTC)
    await ledger.refund_charge("n1")
    november, december = await report(database, [By.MONTH])
    assert (november.where["month"], november.charged, november.returned, november.notes) == ("2026-11", 600, 0, 1)
    assert (december.where["month"], december.charged, december.returned, december.notes) == ("2026-12", 0, 600, 0)
    assert (november.margin, december.margin) == (0, -600)
    (of_model,) = await report(database, [By.MODEL], "2026-12")
    assert of_model.where == {"provider": "nanogpt", "model": "whisper-base"}


async def test_chats_and_platforms_are_told_apart_and_people_are_one_across_them(
    database: Database, opened: Opened, clock: Clock
) -> None:
    ledger = opened(OPEN)
    quote = Quote("Wizper", 60.0, Micros(100), Micros(100))
    for note, who, chat in (("n1", ANN, None), ("n2", ANN, "telegram:-1001"), ("n3", BOB, "discord:77")):
        await ledger.hold(note, who, "nanogpt", quote, chat=chat)
        await ledger.settle(note, Micros(100))
    chats = {line.where["chat"]: line.charged for line in await report(database, [By.CHAT])}
    assert chats == {"": 100, "telegram:-1001": 100, "discord:77": 100}
    platforms = {line.where["platform"]: line.notes for line in await report(database, [By.PLATFORM])}
    assert platforms == {"telegram": 2, "discord": 1}
    async with database.writing() as connection:
        await join(connection, IDENTITIES.own(ANN), IDENTITIES.own(BOB), "a", OPEN, clock.now)
    (everybody,) = await report(database, [By.USER])
    assert (everybody.where, everybody.notes, everybody.charged) == ({"user": f"{BOB} + {ANN}"}, 3, 300)


async def test_a_days_use_is_what_was_charged_for_the_notes_taken_on_it(
    database: Database, opened: Opened, clock: Clock
) -> None:
    ledger = opened(PREPAID)
    await ledger.credit(ANN, Micros(9_000), "a")
    clock.now = datetime(2026, 11, 15, 23, 59, tzinfo=UTC)
    for note in ("n1", "n2", "n3", "n4"):
        await hold(ledger, note, 600)
        clock.now += timedelta(seconds=30)
    for note in ("n1", "n2", "n3"):
        await ledger.settle(note, Micros(500))
    await ledger.refund_charge("n1")
    first, second = date(2026, 11, 15), date(2026, 11, 16)
    both = [
        DayUse(first, "whisper-base", 2, Micros(1_000), Micros(500)),
        DayUse(second, "whisper-base", 1, Micros(500), Micros(0)),
    ]
    assert await ledger.statements.use_by_day(ANN, first, second) == both
    assert await ledger.statements.use_by_day(ANN, first, first) == both[:1]
    assert await ledger.statements.use_by_day(BOB, first, second) == []
    await ledger.credit(BOB, Micros(1), "b")
    async with database.writing() as connection:
        await join(connection, IDENTITIES.own(BOB), IDENTITIES.own(ANN), "a", PREPAID, clock.now)
    assert await ledger.statements.use_by_day(BOB, first, second) == [], "another platform's of the same person"


async def test_a_service_without_books_reports_nothing(database: Database) -> None:
    assert await report(database, USUAL) == []
    assert total(await report(database, [])) == Line()


def test_no_name_becomes_a_formula_in_a_spreadsheet() -> None:
    names = ("=1+1", "+4930", "-1", "@SUM(A1)", "\tx", "\rx", 'a"b,c', "плохо\ud800", "\x1b[2J\x9bx")
    lines = [Line({"user": name}, charged=Micros(1_500_000), cost=Micros(2_000_001)) for name in names]
    rows = list(csv.DictReader(io.StringIO(as_csv(lines, [By.USER]).decode(), newline="")))
    assert [row["user"] for row in rows] == [
        *(f"'{name}" for name in names[:4]),
        *("\\u0009x", "\\u000dx", 'a"b,c', "плохо\\ud800", "\\u001b[2J\\u009bx"),
    ]
    assert {(row["margin_micros"], row["margin_dollars"]) for row in rows} == {("-500001", "-0.500001")}
    assert rows[0].keys() == {"user", "notes", "seconds"} | {
        f"{name}_{unit}" for name in AMOUNTS for unit in ("micros", "dollars")
    }


def test_the_rows_have_what_scripts_know_them_by() -> None:
    line = Line({"user": ANN, "provider": "nanogpt", "model": "Wizper", "month": "2026-11"}, 1, 2.00049, Micros(3))
    row = as_row(line)
    known = {"user", "month", "provider", "model", "notes", "seconds", "charged_micros", "cost_micros", "lost_micros"}
    assert row.keys() >= known
    assert (row["seconds"], row["charged_micros"]) == (2.0, 3)
    assert columns_of(USUAL) == ["user", "provider", "model", "month"]


def test_bars_show_money_and_minutes_where_none_moved() -> None:
    paid, free = Line({"user": ANN}, 1, 90.0, Micros(2_000_000), cost=Micros(500_000)), Line({"user": ""}, 1, 90.0)
    assert bars([paid], By.USER) == [Bar(ANN, "charged", 2.0, "$2.00"), Bar("", "cost", 0.5, "$0.50")]
    assert bars([free], By.USER) == [Bar("-", "minutes", 1.5, "1.5 min")]


def test_a_picture_without_its_extra_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)  # so its import fails
    with pytest.raises(BadSettings, match=r'pip install "earmark\[plot\]"'):
        write_png([], tmp_path / "spend.png")


def test_a_picture_is_drawn(tmp_path: Path) -> None:
    names = (ANN, "a $x_$ b", "")
    lines = [Line({"user": name}, 1, 1.0, Micros(2_000_000), cost=Micros(500_000)) for name in names]
    write_png(bars(lines, By.USER), tmp_path / "spend.png")
    assert (tmp_path / "spend.png").read_bytes().startswith(b"\x89PNG")
