"""Events that were written down: each is handled once, tried a few times at most, and forgotten when it is done."""

from datetime import timedelta

import sqlalchemy as sa

from bot.chat.note_messages import PostedMessages
from bot.chat.update_handling import ATTEMPTS, Arrival, UpdateInbox
from bot.storage.database import Database
from bot.storage.tables import arrival
from tests.helpers.ledgers import Clock


async def test_events_wait_in_their_order_until_they_are_done(database: Database, clock: Clock) -> None:
    inbox = UpdateInbox(database, clock, "telegram", "1")
    await inbox.keep([Arrival(number, {"text": str(number)}) for number in (3, 1, 2)])
    assert [one.id for one in await inbox.waiting()] == [1, 2, 3]
    assert [one.id for one in await inbox.waiting(after=1, limit=1)] == [2]
    assert await inbox.begin(1)
    await inbox.done(1)
    assert not await inbox.begin(1)
    assert [one.id for one in await inbox.waiting()] == [2, 3]


async def test_an_event_that_comes_again_is_the_same(database: Database, clock: Clock) -> None:
    inbox = UpdateInbox(database, clock, "telegram", "1")
    await inbox.keep([Arrival(1, {"text": "first"})])
    await inbox.keep([Arrival(1, {"text": "again"}), Arrival(2, {})])
    assert await inbox.waiting() == [Arrival(1, {"text": "first"}), Arrival(2, {})]
    await inbox.done(1)
    await inbox.keep([Arrival(1, {"text": "again"})])
    assert [one.id for one in await inbox.waiting()] == [2]


async def test_an_event_that_always_fails_is_given_up(database: Database, clock: Clock) -> None:
    inbox = UpdateInbox(database, clock, "telegram", "1")
    await inbox.keep([Arrival(1, {})])
    assert not await inbox.give_up(1)
    assert [await inbox.begin(1) for _ in range(ATTEMPTS + 1)] == [*[True] * ATTEMPTS, False]
    assert [one.id for one in await inbox.waiting()] == [1]  # its sender has still to be told
    assert [await inbox.give_up(1) for _ in range(2)] == [True, False]
    assert await inbox.waiting() == []


async def test_an_attempt_that_was_no_event_s_fault_is_given_back(database: Database, clock: Clock) -> None:
    inbox = UpdateInbox(database, clock, "telegram", "1")
    await inbox.keep([Arrival(1, {}), Arrival(2, {})])
    for _ in range(ATTEMPTS + 1):
        assert await inbox.begin(1)
        await inbox.uncount(1)
    await inbox.uncount(1)
    assert [await inbox.begin(1) for _ in range(ATTEMPTS + 1)] == [*[True] * ATTEMPTS, False]
    assert await inbox.begin(2)
    await inbox.done(2)
    await inbox.uncount(2)
    assert not await inbox.begin(2)


async def test_what_still_waits_is_not_purged(database: Database, clock: Clock) -> None:
    inbox = UpdateInbox(database, clock, "telegram", "1")
    await inbox.keep([Arrival(number, {}) for number in (1, 2, 3)])
    await inbox.done(1)
    for _ in range(ATTEMPTS):
        await inbox.begin(2)
    await inbox.give_up(2)
    assert await inbox.purge(clock() + timedelta(days=30)) == 2
    assert await inbox.waiting() == [Arrival(3, {})]


async def test_what_was_in_an_event_is_forgotten_when_it_is_done_and_all_of_it_later(
    database: Database, clock: Clock
) -> None:
    inbox = UpdateInbox(database, clock, "telegram", "1")
    await inbox.keep([Arrival(1, {"text": "secret"})])
    await inbox.done(1)
    async with database.reading() as connection:
        assert await connection.scalar(sa.select(arrival.c.body)) is None
    assert await inbox.purge(clock()) == 0
    assert await inbox.purge(clock() + timedelta(seconds=1)) == 1


async def test_bots_do_not_see_each_other_s_events(database: Database, clock: Clock) -> None:
    first, second = (UpdateInbox(database, clock, "telegram", bot) for bot in "12")
    await first.keep([Arrival(1, {})])
    assert await second.waiting() == []
    assert not await second.begin(1)
    assert await second.purge(clock() + timedelta(days=1)) == 0


async def test_messages_are_found_by_their_note_and_by_their_handle(database: Database, clock: Clock) -> None:
    posted = PostedMessages(database, clock)
    async with database.writing() as connection:
        await connection.execute(sa.text(_NOTE))
    await posted.keep("n", "1", "chat:7")
    await posted.keep("n", "2", "chat:8")
    await posted.keep("n", "1", "chat:9")
    assert await posted.parts("n") == {"1": "chat:9", "2": "chat:8"}
    found = await posted.find("chat:8")
    assert found is not None
    assert (found.note_id, found.part) == ("n", "2")
    assert await posted.find("chat:7") is None
    await posted.forget("n", "2")
    assert await posted.parts("n") == {"1": "chat:9"}


_NOTE = (
    "INSERT INTO note (id, platform, bot, chat, message, account, media, options, details, state, created_at) "
    "VALUES ('n', 'p', 'b', 'c', 'm', 'p:a', '{}', '{}', '{}', 'done', '2026-11-01T00:00:00+00:00')"
)
