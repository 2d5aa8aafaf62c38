"""Persons: accounts that join and part, codes that are replayed and raced, and who may do what."""

import asyncio
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import pytest

from bot.domain.billing import Plan
from bot.domain.errors import BudgetShort, CodeUnknown, NoAccess, NotLinked, Paused
from bot.domain.money import Micros
from bot.ledger.accounts import Terms
from bot.ledger.identities import Identities
from bot.ledger.ledger import Ledger
from bot.people.access import CODE_LIVES, Access, Admission, Lists, People, Role
from bot.people.erasure import delete_people
from bot.storage.database import Database
from tests.helpers.ledgers import ANN, BOB, IDENTITIES, PREPAID, Clock, Opened, allowance, available, hold, transfers

EVE = "telegram:666"
GROUP = "telegram:-100200"
NOBODY = Lists()
T = TypeVar("T")


def people_of(database: Database, clock: Clock, terms: Terms = PREPAID, lists: Lists = NOBODY) -> People:
    return People(database, clock, terms, IDENTITIES, lists)


async def outcome(asked: Awaitable[T]) -> T | type[Exception]:
    try:
        return await asked
    except (BudgetShort, CodeUnknown, NotLinked) as error:
        return type(error)


# Linking.


async def test_two_accounts_become_one_with_all_that_both_had(opened: Opened, database: Database, clock: Clock) -> None:
    ledger, people = opened(PREPAID), people_of(database, clock)
    await ledger.credit(ANN, Micros(300), "a")
    await ledger.credit(BOB, Micros(500), "b")
    await hold(ledger, "n1", 200, account=ANN)
    await hold(ledger, "n2", 400, account=BOB)
    await hold(ledger, "n3", 50, account=BOB)
    await ledger.settle("n3", Micros(50))
    assert set(await people.link(BOB, await people.code(ANN))) == {ANN, BOB}
    for who in (ANN, BOB):
        balance = await ledger.statements.balance(who)
        assert (balance.balance, balance.held, balance.spent, balance.notes) == (750, 600, 50, 1)
    assert (await ledger.settle("n2", Micros(450))).charged == 450, "the hold goes on, and more is there now"
    await ledger.release("n1")
    assert await available(ledger, ANN) == 300
    assert ("join", f"{BOB} + {ANN}", f"{BOB} + {ANN}", 450) in await transfers(database)
    spent = await ledger.statements.spend()
    assert {row.account: row.charged for row in spent} == {f"{BOB} + {ANN}": 500}, "history stays"
    assert [row.charged for row in await ledger.statements.spend(account=ANN)] == [500]


async def test_a_code_that_is_raced_and_replayed_joins_once(opened: Opened, database: Database, clock: Clock) -> None:
    ledger, people = opened(PREPAID), people_of(database, clock)
    for number, who in enumerate((ANN, BOB, EVE)):
        await ledger.credit(who, Micros(100 + number), who)
    code = await people.code(ANN)
    raced = await asyncio.gather(*(outcome(people.link(who, code)) for who in (BOB, EVE) * 5))
    winner = BOB if raced[0] != CodeUnknown else EVE
    assert all((said == CodeUnknown) is (who != winner) for who, said in zip((BOB, EVE) * 5, raced, strict=True))
    loser = EVE if winner == BOB else BOB
    assert await available(ledger, ANN) + await available(ledger, loser) == 303
    assert await outcome(people.link(loser, code)) is CodeUnknown
    assert set(await people.link(winner, code)) == {ANN, winner}, "an event that comes twice is answered alike"


async def test_a_code_is_void_after_ten_minutes_and_when_there_is_a_newer_one(database: Database, clock: Clock) -> None:
    people = people_of(database, clock)
    first = await people.code(ANN)
    second = await people.code(ANN)
    with pytest.raises(CodeUnknown):
        await people.link(BOB, first)
    clock.now += CODE_LIVES
    with pytest.raises(CodeUnknown):
        await people.link(BOB, second)
    with pytest.raises(CodeUnknown):
        await people.link(BOB, "'; DROP TABLE account; --\ud800")


async def test_a_code_is_read_as_people_write_it_and_is_not_its_makers_to_say(database: Database, clock: Clock) -> None:
    people = people_of(database, clock)
    code = await people.code(ANN)
    with pytest.raises(CodeUnknown):
        await people.link(ANN, code)
    assert BOB in await people.link(BOB, f" {code.replace('-', ' ').lower()} ")


async def test_a_code_is_stored_nowhere(database: Database, clock: Clock) -> None:
    code = await people_of(database, clock).code(ANN)
    async with database.reading() as connection:
        rows = (await connection.exec_driver_sql("SELECT * FROM link_code")).all()
    assert len(rows) == 1
    assert code not in str(rows)
    assert code.replace("-", "") not in str(rows)


async def test_whose_account_it_was_keeps_the_money_when_they_part(
    opened: Opened, database: Database, clock: Clock
) -> None:
    ledger, people = opened(PREPAID), people_of(database, clock)
    await ledger.credit(ANN, Micros(300), "a")
    await ledger.credit(BOB, Micros(500), "b")
    await hold(ledger, "n1", 100, account=BOB)
    await ledger.settle("n1", Micros(100))
    await people.link(BOB, await people.code(ANN))
    assert await people.unlink(BOB) == [BOB]
    assert (await available(ledger, ANN), await available(ledger, BOB)) == (700, 0)
    assert (await ledger.statements.balance(BOB)).spent == 100, "what was spent alone is history of its own again"
    with pytest.raises(NotLinked):
        await people.unlink(BOB)
    await people.link(BOB, await people.code(ANN))
    assert await people.unlink(ANN) == [BOB], "the others leave an account that is the own one"
    assert (await available(ledger, ANN), await available(ledger, BOB)) == (700, 0)


async def test_they_can_part_also_where_the_secret_behind_their_names_was_lost(
    opened: Opened, database: Database, clock: Clock
) -> None:
    ledger, people = opened(PREPAID), people_of(database, clock)
    await ledger.credit(ANN, Micros(300), "a")
    await people.link(BOB, await people.code(ANN))
    anew = People(database, clock, PREPAID, Identities(b"another"), NOBODY)
    assert await anew.unlink(BOB) == [BOB]
    assert (await available(ledger, ANN), await available(ledger, BOB)) == (300, 0)


@pytest.mark.parametrize(("own_plan", "granted"), [(None, 1000), (Plan.PREPAID, 500)])
async def test_coming_and_going_grants_nobody_a_second_allowance(
    opened: Opened, database: Database, clock: Clock, own_plan: Plan | None, granted: int
) -> None:
    terms = allowance(500)
    ledger, people = opened(terms), people_of(database, clock, terms)
    await ledger.set_plan(ANN, own_plan)
    for who in (ANN, BOB):
        await hold(ledger, f"first of {who}", 0, account=who)
    all_there_is = await available(ledger, ANN) + await available(ledger, BOB)
    for _ in range(3):
        await people.link(BOB, await people.code(ANN))
        assert await available(ledger, ANN) == all_there_is
        await hold(ledger, f"n{_}", 0, account=BOB)
        await people.unlink(BOB)
        await hold(ledger, f"m{_}", 0, account=BOB)
    await ledger.set_plan(ANN, None)
    await hold(ledger, "last", 0, account=ANN)
    assert sum(amount for kind, _, _, amount in await transfers(database) if kind == "grant") == granted


async def test_three_share_what_two_shared(opened: Opened, database: Database, clock: Clock) -> None:
    ledger, people = opened(PREPAID), people_of(database, clock)
    for who in (ANN, BOB, EVE):
        await ledger.credit(who, Micros(100), who)
    await people.link(BOB, await people.code(ANN))
    await people.link(ANN, await people.code(EVE))
    assert set(await people.identities(BOB)) == {ANN, BOB, EVE}
    assert await available(ledger, BOB) == 300
    assert await people.unlink(ANN) == [ANN]
    assert set(await people.identities(EVE)) == {BOB, EVE}
    assert (await available(ledger, ANN), await available(ledger, BOB)) == (0, 300)


async def test_a_hundred_holds_and_a_joining_race_for_one_balance(
    opened: Opened, database: Database, clock: Clock
) -> None:
    ledger, people = opened(PREPAID), people_of(database, clock)
    await ledger.credit(ANN, Micros(50), "a")
    await ledger.credit(BOB, Micros(50), "b")
    code = await people.code(ANN)
    asked = [outcome(hold(ledger, f"n{n}", 10, account=(ANN, BOB)[n % 2])) for n in range(100)]
    held = await asyncio.gather(*asked[:50], outcome(people.link(BOB, code)), *asked[50:])
    assert held.count(None) == 10
    assert await available(ledger, ANN) == 0


async def test_an_event_that_comes_again_after_they_parted_joins_nobody(
    opened: Opened, database: Database, clock: Clock
) -> None:
    ledger, people = opened(PREPAID), people_of(database, clock)
    await ledger.credit(BOB, Micros(100), "b")
    code = await people.code(ANN)
    await people.link(BOB, code)
    await people.unlink(BOB)
    await ledger.credit(BOB, Micros(70), "more")
    with pytest.raises(CodeUnknown):
        await people.link(BOB, code)
    assert (await available(ledger, ANN), await available(ledger, BOB)) == (100, 70)


async def test_two_who_say_each_others_codes_at_once_are_one(opened: Opened, database: Database, clock: Clock) -> None:
    ledger, people = opened(PREPAID), people_of(database, clock)
    await ledger.credit(ANN, Micros(100), "a")
    await ledger.credit(BOB, Micros(100), "b")
    codes = [await people.code(ANN), await people.code(BOB)]
    await asyncio.gather(people.link(BOB, codes[0]), people.link(ANN, codes[1]))
    assert set(await people.identities(ANN)) == set(await people.identities(BOB)) == {ANN, BOB}
    assert [one.balance for one in await ledger.statements.balances()] == [200]


async def test_who_parts_gets_no_second_allowance_in_a_month_that_was_spent_together(
    opened: Opened, database: Database, clock: Clock
) -> None:
    terms = allowance(500)
    ledger, people = opened(terms), people_of(database, clock, terms)
    await people.link(BOB, await people.code(ANN))
    clock.now = datetime(2026, 12, 15, tzinfo=UTC)
    await hold(ledger, "n1", 500, account=BOB)
    await ledger.settle("n1", Micros(500))
    await people.unlink(BOB)
    assert await outcome(hold(ledger, "n2", 1, account=BOB)) is BudgetShort
    clock.now = datetime(2027, 1, 15, tzinfo=UTC)
    await hold(ledger, "n3", 500, account=BOB)


async def test_a_groups_account_goes_with_it_and_stays_blocked(
    opened: Opened, database: Database, clock: Clock
) -> None:
    ledger, people = opened(PREPAID), people_of(database, clock)
    await ledger.credit(GROUP, Micros(100), "a")
    await people.decide(GROUP, Access.BLOCKED)
    await people.decide("telegram:-100300", Access.ALLOWED)
    for _ in range(2):
        await people.move(GROUP, "telegram:-100300")
    assert await available(ledger, "telegram:-100300") == 100
    with pytest.raises(NoAccess):
        await people.check(ANN, "telegram:-100300")


# Roles, and who is let in.


async def test_roles_come_from_settings_and_from_owners(database: Database, clock: Clock) -> None:
    people = people_of(database, clock, lists=Lists(owners=frozenset({ANN})))
    assert [await people.role(who) for who in (ANN, BOB)] == [Role.OWNER, Role.USER]
    await people.appoint(BOB, Role.OPERATOR)
    assert await people.role(BOB) is Role.OPERATOR
    assert await people.operators() == [BOB, ANN]
    await people.appoint(BOB, Role.USER)
    assert not await people.is_operator(BOB)


async def test_an_operators_role_is_not_handed_on_by_a_code(database: Database, clock: Clock) -> None:
    people = people_of(database, clock, lists=Lists(owners=frozenset({ANN})))
    await people.appoint(BOB, Role.OPERATOR)
    await people.link(EVE, await people.code(BOB))
    await people.link(EVE, await people.code(ANN))
    assert await people.role(EVE) is Role.USER


async def test_who_is_blocked_is_out_with_every_identity_and_stays_out(database: Database, clock: Clock) -> None:
    people = people_of(database, clock)
    await people.link(BOB, await people.code(ANN))
    waiting = await people.code(BOB)
    await people.decide(ANN, Access.BLOCKED)
    for who in (ANN, BOB):
        with pytest.raises(NoAccess):
            await people.check(who)
        with pytest.raises(NoAccess):
            await people.code(who)
    await people.unlink(BOB)
    with pytest.raises(NoAccess):
        await people.check(BOB)
    with pytest.raises(NoAccess):
        await people.link(BOB, await people.code(EVE))
    with pytest.raises(NoAccess):
        await people.link(EVE, waiting)
    await people.check(EVE)
    await people.decide(BOB, None)
    await people.check(BOB)


async def test_where_strangers_are_kept_out_a_person_or_a_group_lets_them_in(database: Database, clock: Clock) -> None:
    people = people_of(database, clock, lists=Lists(allowed=frozenset({GROUP}), strangers=False))
    with pytest.raises(NoAccess):
        await people.check(ANN)
    await people.check(ANN, GROUP)
    with pytest.raises(NoAccess):
        await people.code(ANN)
    await people.decide(ANN, Access.ALLOWED)
    await people.check(ANN)
    await people.link(BOB, await people.code(ANN))
    await people.check(BOB)
    await people.decide(GROUP, Access.BLOCKED)
    with pytest.raises(NoAccess):
        await people.check(ANN, GROUP)


async def test_a_key_and_the_terminal_are_no_strangers_but_can_be_blocked(database: Database, clock: Clock) -> None:
    people = people_of(database, clock, lists=Lists(strangers=False))
    for who in ("api:ada", "console:ada"):
        await people.check(who)
        await people.decide(who, Access.BLOCKED)
        with pytest.raises(NoAccess):
            await people.check(who)


async def test_who_parts_from_a_user_who_was_let_in_is_a_stranger_again(database: Database, clock: Clock) -> None:
    people = people_of(database, clock, lists=Lists(strangers=False))
    await people.decide(ANN, Access.ALLOWED)
    await people.link(BOB, await people.code(ANN))
    await people.unlink(BOB)
    with pytest.raises(NoAccess):
        await people.check(BOB)


async def test_what_was_decided_about_one_before_they_joined_is_taken_back_for_both(
    database: Database, clock: Clock
) -> None:
    people = people_of(database, clock, lists=Lists(strangers=False))
    for who in (ANN, BOB):
        await people.decide(who, Access.ALLOWED)
    await people.link(BOB, await people.code(ANN))
    await people.decide(ANN, None)
    await people.unlink(BOB)
    for who in (ANN, BOB):
        with pytest.raises(NoAccess):
            await people.check(who)


async def test_being_forgotten_after_parting_lifts_nobodys_block(database: Database, clock: Clock) -> None:
    people = people_of(database, clock)
    await people.link(BOB, await people.code(ANN))
    await people.unlink(BOB)
    await people.decide(BOB, Access.BLOCKED)
    async with database.writing() as connection:
        await delete_people(connection, IDENTITIES, (ANN, BOB))
    await people.check(ANN)
    with pytest.raises(NoAccess):
        await people.check(BOB)


async def test_an_owner_is_never_out(database: Database, clock: Clock) -> None:
    lists = Lists(owners=frozenset({ANN}), blocked=frozenset({ANN}), strangers=False)
    await people_of(database, clock, lists=lists).check(ANN)


# The pause.


async def test_while_it_is_paused_nothing_new_is_taken_also_by_another_process(
    database: Database, clock: Clock
) -> None:
    admission, other = (Admission(database, clock, people_of(database, clock)) for _ in range(2))
    await admission.check(ANN)
    await admission.pause("Back at noon.")
    with pytest.raises(Paused, match="Back at noon"):
        await other.check(ANN)
    await admission.pause()
    assert await other.paused() == ""
    assert await other.resume()
    assert not await admission.resume()
    await admission.check(ANN)


async def test_a_forgotten_persons_account_is_found_again_by_nobody_else(
    opened: Opened, database: Database, clock: Clock
) -> None:
    ledger = opened(PREPAID)
    await ledger.credit(ANN, Micros(300), "a")
    async with database.writing() as connection:
        await connection.exec_driver_sql("DELETE FROM identity")
    assert [row.user.startswith("p-") for row in await ledger.statements.balances()] == [True]
    assert (await available(ledger, ANN), await available(ledger, BOB)) == (300, 0)
    clock.now = datetime(2026, 12, 1, tzinfo=UTC) + timedelta(days=1)
    assert await Ledger(database, clock, PREPAID, IDENTITIES).audit() == []
