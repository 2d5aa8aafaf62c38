"""The service is killed (-9) at every moment of a note's life and started again; nothing is lost, doubled, mischarged.

The quick form looks at some moments (`make test`), the whole one at all of them (`make crash`).
"""

import asyncio
import random
import shutil
from collections import Counter
from pathlib import Path

import pytest

from bot.domain.note import NoteState
from bot.notes.durable import Lanes
from bot.service.core import open_core
from tests.doubles.mortal import CREDIT, World
from tests.doubles.platform import FolderPlatform
from tests.doubles.provider import MODELS, NAME, PaidProvider

NOTES = [("answered", "paid"), ("later", "paid-later"), ("silent", "paid-silent")]
ENDS = {"answered": "What was said in 16.14 seconds.", "later": "What was said in 16.14 seconds."}
PER_USER = Lanes().per_user
PRICE = 161_400
"""16.14 seconds at a cent a second."""


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder whose databases are made, so that the moments counted are those of notes."""
    world = World(tmp_path_factory.mktemp("prepared"))
    world.live([])
    return world.folder


@pytest.fixture(scope="module")
def moments(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> int:
    """Return the number of moments in an undisturbed run."""
    world = World(tmp_path_factory.mktemp("undisturbed") / "run")
    shutil.copytree(prepared, world.folder)
    count = world.live(NOTES)
    assert count is not None
    check(world, kills=0)
    return count


def check(world: World, kills: int) -> None:
    """Check what must hold after every run that was allowed to end."""
    asyncio.run(_check(world, kills))


async def _check(world: World, kills: int) -> None:
    messages = FolderPlatform(world.folder / "platform").messages()
    assert set(messages) == {message for message, _ in NOTES}
    for message, text in ENDS.items():
        assert set(messages[message]) == {text}, "one reply, and an edit that repeats it at most"
    assert set(messages["silent"]) == {
        "No speech was found in this recording, so there is no text. A louder recording may help."
    }
    async with open_core(world.settings, MODELS) as core:
        assert await core.ledger.audit() == []
        assert await core.ledger.statements.holds_open() == []
        rows = await core.ledger.statements.spend()
        balance = await core.ledger.statements.balance("folder:ada")
        states = [one.state for one in await core.notes.recent(10)]
    assert sorted(states) == [NoteState.DONE, NoteState.DONE, NoteState.FAILED]
    assert balance.notes == 2, "one settle for each answer, none for the silent note"
    assert balance.spent == 2 * PRICE, "the user pays each answer once, whatever happened"
    assert (balance.balance, balance.held) == (CREDIT - 2 * PRICE, 0)
    calls = PaidProvider(world.folder / "provider").calls()
    assert all(count <= 1 + kills for count in Counter(call["note"] for call in calls).values()), "one a crash at most"
    charged = sum(call["cost"] for call in calls)
    booked = sum(row.cost for row in rows if row.provider == NAME)
    assert charged <= booked, "what the provider may have charged is in the book"
    assert booked <= charged + kills * PER_USER * PRICE, "and no more than was at the provider when it was killed"
    assert not any((world.settings.storage.data_dir / "spool").iterdir()), "no file is left"


def some(count: int, of: int) -> list[int]:
    """So many moments, spread evenly over all."""
    return sorted({1 + index * (of - 1) // (count - 1) for index in range(count)})


def test_an_undisturbed_run_answers_everything_once(moments: int) -> None:
    assert moments > 100


def test_killed_at_some_moments_nothing_is_lost_doubled_or_mischarged(
    moments: int, prepared: Path, tmp_path: Path
) -> None:
    for moment in some(16, of=moments):
        kill_and_restart(prepared, tmp_path / str(moment), [moment])


CANCELLED = [("cancelled", "paid-later")]
"""Its text is paid and not posted, or its hold is released: whatever the call came to."""


def test_killed_at_some_moments_a_cancelled_note_is_paid_once_or_not_at_all_and_never_posted(
    prepared: Path, tmp_path: Path
) -> None:
    whole = World(tmp_path / "whole")
    shutil.copytree(prepared, whole.folder)
    count = whole.live(CANCELLED)
    assert count is not None
    check_cancelled(whole, kills=0)
    for moment in some(10, of=count):
        cancel_kill_and_restart(prepared, tmp_path / str(moment), moment)


@pytest.mark.crash
def test_killed_at_every_moment_a_cancelled_note_is_paid_once_or_not_at_all_and_never_posted(
    prepared: Path, tmp_path: Path
) -> None:
    whole = World(tmp_path / "whole")
    shutil.copytree(prepared, whole.folder)
    count = whole.live(CANCELLED)
    assert count is not None
    for moment in range(1, count + 1):
        cancel_kill_and_restart(prepared, tmp_path / str(moment), moment)


def cancel_kill_and_restart(prepared: Path, folder: Path, kill_at: int) -> None:
    shutil.copytree(prepared, folder)
    world = World(folder)
    kills = int(world.live(CANCELLED, kill_at) is None)
    world.live(CANCELLED)
    check_cancelled(world, kills)
    shutil.rmtree(folder)


def check_cancelled(world: World, kills: int) -> None:
    """Check what must hold of a cancelled note after every run that was allowed to end."""
    asyncio.run(_check_cancelled(world, kills))


async def _check_cancelled(world: World, kills: int) -> None:
    messages = FolderPlatform(world.folder / "platform").messages()["cancelled"]
    async with open_core(world.settings, MODELS) as core:
        assert await core.ledger.audit() == []
        assert await core.ledger.statements.holds_open() == []
        [standing] = await core.notes.recent(10)
        balance = await core.ledger.statements.balance("folder:ada")
        lost = sum(row.lost for row in await core.ledger.statements.spend())
    calls = PaidProvider(world.folder / "provider").calls()
    if standing.state is NoteState.DONE:  # it was answered before the cancel came, which it may be after a kill
        assert kills
        assert set(messages) == {ENDS["answered"]}
        assert balance.spent == PRICE
    else:
        assert standing.state is NoteState.CANCELLED
        assert ENDS["answered"] not in messages
        assert (standing.charged is None) or "already paid" in messages[-1]
    assert (balance.balance, balance.spent) == (CREDIT - balance.spent, standing.charged or 0)
    assert balance.spent in (0, PRICE)
    assert len(calls) <= 1 + kills
    assert len(calls) * PRICE <= balance.spent + lost, "what the provider may have charged is in the book"


@pytest.mark.crash
def test_killed_at_every_moment_nothing_is_lost_doubled_or_mischarged(
    moments: int, prepared: Path, tmp_path: Path
) -> None:
    for moment in range(1, moments + 1):
        kill_and_restart(prepared, tmp_path / str(moment), [moment])


@pytest.mark.crash
def test_killed_again_and_again_nothing_is_lost_doubled_or_mischarged(
    moments: int, prepared: Path, tmp_path: Path
) -> None:
    chance = random.Random(2026)
    for run in range(40):
        kill_and_restart(prepared, tmp_path / str(run), [chance.randint(1, moments) for _ in range(4)])


@pytest.mark.crash
def test_killed_while_the_databases_are_made_they_are_made_by_the_next_start(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for moment in range(1, 700, 25):
        kill_and_restart(tmp_path / "empty", tmp_path / str(moment), [moment])


def kill_and_restart(prepared: Path, folder: Path, kill_at: list[int]) -> None:
    shutil.copytree(prepared, folder)
    world = World(folder)
    kills = sum(world.live(NOTES, moment) is None for moment in kill_at)
    world.live(NOTES)
    check(world, kills)
    shutil.rmtree(folder)
