"""Requests to be let in: how many there may be, and for how long a decision is known."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.domain.errors import NotAdmitted
from bot.people.access import Lists, People, admits_strangers
from bot.people.access_requests import KEPT_FOR, LONGEST_NAME, MOST_A_DAY, MOST_OPEN, AccessRequests, Asked, Decision
from bot.people.owner_claim import CODE_LIVES, MOST_ATTEMPTS, OwnerClaim
from bot.storage.database import Database
from tests.helpers.ledgers import IDENTITIES, PREPAID, Clock

EVE, OLGA = "telegram:666", "telegram:1"


@pytest.fixture
def requests(database: Database, clock: Clock) -> AccessRequests:
    return AccessRequests(database, clock, IDENTITIES)


@pytest.fixture
def people(database: Database, clock: Clock) -> People:
    return People(database, clock, PREPAID, IDENTITIES, Lists(strangers=False))


async def test_an_approved_user_is_admitted_and_a_later_decision_changes_nothing(
    requests: AccessRequests, people: People
) -> None:
    with pytest.raises(NotAdmitted):
        await people.check(EVE)
    assert await requests.ask(EVE, "Eve\n\u202eevil" + "x" * 100, "de") is Asked.NEW
    [waiting] = await requests.waiting()
    assert (waiting.name[:8], len(waiting.name), waiting.locale) == ("Eve evil", LONGEST_NAME, "de")
    first = await requests.decide(EVE, Decision.APPROVED, OLGA)
    assert first is not None
    assert first.is_new
    await people.check(EVE)
    second = await requests.decide(EVE, Decision.DECLINED, "telegram:2")
    assert second is not None
    assert (second.is_new, second.request.decision, second.request.decided_by) == (False, Decision.APPROVED, OLGA)
    await people.check(EVE)
    assert await requests.decide("telegram:67", Decision.APPROVED, OLGA) is None
    with pytest.raises(NotAdmitted):
        await people.check("telegram:67")


async def test_owners_are_told_of_a_request_once_also_after_a_crash_before_that(requests: AccessRequests) -> None:
    assert [await requests.ask(EVE, "Eve", "en") for _ in range(2)] == [Asked.NEW, Asked.NEW]
    await requests.told(EVE)
    assert await requests.ask(EVE, "Eve", "en") is Asked.WAITING


async def test_a_declined_user_can_ask_again_after_a_month(requests: AccessRequests, clock: Clock) -> None:
    await requests.ask(EVE, "Eve", "en")
    await requests.decide(EVE, Decision.DECLINED, OLGA)
    clock.now += KEPT_FOR - timedelta(seconds=1)
    assert await requests.ask(EVE, "Eve", "en") is Asked.DECLINED
    clock.now += timedelta(seconds=2)
    assert await requests.ask(EVE, "Eve", "en") is Asked.NEW


async def test_a_flood_of_strangers_does_not_reach_the_owners(requests: AccessRequests, clock: Clock) -> None:
    for number in range(MOST_OPEN):
        assert await requests.ask(f"telegram:{number}", "x", "en") is Asked.NEW
    assert await requests.ask(EVE, "Eve", "en") is Asked.TOO_MANY
    for number in range(MOST_OPEN, MOST_A_DAY):
        await requests.decide(f"telegram:{number - MOST_OPEN}", Decision.DECLINED, OLGA)
        assert await requests.ask(f"telegram:{number}", "x", "en") is Asked.NEW
    await requests.decide(f"telegram:{MOST_A_DAY - 1}", Decision.DECLINED, OLGA)
    assert await requests.ask(EVE, "Eve", "en") is Asked.TOO_MANY, "decisions do not make room for more in one day"
    clock.now += timedelta(days=2)
    await requests.decide(f"telegram:{MOST_A_DAY - 2}", Decision.DECLINED, OLGA)
    assert await requests.ask(EVE, "Eve", "en") is Asked.NEW


async def test_an_erased_request_is_not_sent_again_at_once(
    requests: AccessRequests, database: Database, clock: Clock
) -> None:
    await requests.ask(EVE, "Eve", "en")
    async with database.writing() as connection:
        await connection.execute(sa.text("DELETE FROM access_request"))
    assert await requests.ask(EVE, "Eve", "en") is Asked.WAITING
    clock.now += timedelta(days=1)
    assert await requests.ask(EVE, "Eve", "en") is Asked.NEW


async def test_a_claim_is_taken_once_within_an_hour_and_not_guessed(people: People, clock: Clock) -> None:
    claim = OwnerClaim(people, clock)
    assert not await claim.take(EVE, "")
    code = await claim.begin()
    for _ in range(MOST_ATTEMPTS):
        assert not await claim.take(EVE, "wrong")
    assert not await claim.take(EVE, code), "too many wrong ones"
    clock.now += CODE_LIVES
    assert not await claim.take(OLGA, code), "it is over"
    code = await claim.begin()
    assert await claim.take(OLGA, code.upper())
    assert not await claim.take("telegram:2", code)
    assert await people.owners() == {OLGA}
    await people.check(OLGA)
    assert await claim.begin() == "", "there is an owner"


async def test_the_settings_owners_go_before_the_one_who_claimed(
    people: People, database: Database, clock: Clock
) -> None:
    claim = OwnerClaim(people, clock)
    assert await claim.take(EVE, await claim.begin())
    named = People(database, clock, PREPAID, IDENTITIES, Lists(owners=frozenset({OLGA}), strangers=False))
    assert await named.owners() == {OLGA}
    with pytest.raises(NotAdmitted):
        await named.check(EVE)


async def test_a_new_database_is_closed(database: Database) -> None:
    assert not await admits_strangers(database)
