"""API keys, on every kind of database."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.people.api_keys import ApiKeys
from bot.storage.database import Database
from bot.storage.tables import api_key
from tests.helpers.ledgers import Clock


@pytest.fixture
def keys(database: Database, clock: Clock) -> ApiKeys:
    return ApiKeys(database, clock)


async def test_a_key_opens_the_account_that_it_was_made_for(keys: ApiKeys) -> None:
    _, ann = await keys.create("ann", "api:ann")
    _, bob = await keys.create("bob", "api:bob")
    assert (await keys.account_of(ann), await keys.account_of(bob)) == ("api:ann", "api:bob")


async def test_several_keys_may_open_one_account(keys: ApiKeys) -> None:
    made = [await keys.create("ann", "api:ann") for _ in range(3)]
    assert len({key_id for key_id, _ in made}) == len({secret for _, secret in made}) == 3
    assert {await keys.account_of(secret) for _, secret in made} == {"api:ann"}


@pytest.mark.parametrize("wrong", ["", "em-", "em-wrong", "sk-other", "em-" + "x" * 100_000, "em-\udcff", "em-\x00"])
async def test_what_is_no_key_opens_nothing(keys: ApiKeys, wrong: str) -> None:
    await keys.create("ann", "api:ann")
    assert await keys.account_of(wrong) is None


async def test_a_revoked_key_opens_nothing_and_the_others_go_on(keys: ApiKeys, clock: Clock) -> None:
    old_id, old = await keys.create("ann", "api:ann")
    clock.now += timedelta(days=1)
    new_id, new = await keys.create("ann", "api:ann")
    assert await keys.revoke(old_id)
    assert not await keys.revoke(old_id)
    assert not await keys.revoke("nonsense")
    assert (await keys.account_of(old), await keys.account_of(new)) == (None, "api:ann")
    assert [(key.id, key.revoked_at) for key in await keys.list()] == [(old_id, clock.now), (new_id, None)]


async def test_the_secret_is_nowhere_in_the_database(keys: ApiKeys, database: Database) -> None:
    key_id, secret = await keys.create("ann", "api:ann")
    async with database.reading() as connection:
        rows = (await connection.execute(sa.select(api_key))).all()
    assert secret not in repr(rows)
    assert secret.removeprefix("em-")[:8] not in repr(rows)
    assert secret not in repr(await keys.list())
    assert key_id not in secret
