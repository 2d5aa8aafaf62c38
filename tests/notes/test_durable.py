"""The durable engine: what it promises to the workflow, over real databases."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from dbos import DBOS

from bot.domain.errors import BadSettings, BudgetShort, EarmarkError, InternalError
from bot.domain.money import Micros
from bot.notes import durable
from bot.notes.durable import VERSION, Lanes, open_client, open_engine, step
from bot.storage.outages import NoTurn


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'engine.db'}"


QUEUES = ["here"]
TAKEN_AT = datetime(2026, 11, 15, 12, tzinfo=UTC)


class Story:
    """A workflow that writes down what it does, and waits if it is told to."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.done: asyncio.Queue[str] = asyncio.Queue()
        self.admission = asyncio.Event()
        self.reached = asyncio.Event()

    async def run(self, note_id: str) -> None:
        await step("first", lambda: self._tell(f"{note_id} first"))
        await step("second", lambda: self._wait(f"{note_id} second"))
        self.done.put_nowait(note_id)

    async def _tell(self, what: str) -> str:
        self.told.append(what)
        return what

    async def _wait(self, what: str) -> str:
        self.reached.set()
        await self.admission.wait()
        return await self._tell(what)


async def test_the_same_id_started_twice_runs_once(url: str) -> None:
    story = Story()
    story.admission.set()
    async with open_engine(url, story.run, QUEUES, Lanes(), grace=5) as engine:
        await engine.start("a", "here", "ada", TAKEN_AT)
        await engine.start("a", "here", "ada", TAKEN_AT)
        assert await asyncio.wait_for(story.done.get(), 10) == "a"
        await engine.start("a", "here", "ada", TAKEN_AT)
        await asyncio.sleep(0.3)
    assert story.told == ["a first", "a second"]


async def test_what_a_stop_interrupts_goes_on_at_the_next_start_with_the_step_that_was_not_done(url: str) -> None:
    story = Story()
    async with open_engine(url, story.run, QUEUES, Lanes(), grace=0) as engine:
        await engine.start("a", "here", "ada", TAKEN_AT)
        await asyncio.wait_for(story.reached.wait(), 10)
    assert story.told == ["a first"]
    story.admission.set()
    async with open_engine(url, story.run, QUEUES, Lanes(), grace=5):
        assert await asyncio.wait_for(story.done.get(), 10) == "a"
    assert story.told == ["a first", "a second"]


async def test_a_stop_waits_for_what_is_nearly_done(url: str) -> None:
    story = Story()
    async with open_engine(url, story.run, QUEUES, Lanes(), grace=10) as engine:
        await engine.start("a", "here", "ada", TAKEN_AT)
        await asyncio.wait_for(story.reached.wait(), 10)
        asyncio.get_running_loop().call_later(0.2, story.admission.set)
    assert story.told == ["a first", "a second"]


async def test_workflows_run_in_the_loop_that_opened_the_engine(url: str) -> None:
    loops: asyncio.Queue[Any] = asyncio.Queue()

    async def workflow(_note_id: str) -> None:
        loops.put_nowait(asyncio.get_running_loop())

    async with open_engine(url, workflow, QUEUES, Lanes(), grace=5) as engine:
        await engine.start("a", "here", "ada", TAKEN_AT)
        assert await asyncio.wait_for(loops.get(), 10) is asyncio.get_running_loop()


async def test_an_expected_error_is_the_same_after_a_restart(url: str) -> None:
    errors: list[EarmarkError] = []
    tries = 0
    admission = asyncio.Event()
    reached: asyncio.Queue[None] = asyncio.Queue()

    async def fail() -> None:
        nonlocal tries
        tries += 1
        raise BudgetShort(price=Micros(1_000_000), available=Micros(100_000))

    async def workflow(_note_id: str) -> None:
        try:
            await step("gate", fail)
        except EarmarkError as error:
            errors.append(error)
        reached.put_nowait(None)
        await admission.wait()

    async with open_engine(url, workflow, QUEUES, Lanes(), grace=0) as engine:
        await engine.start("a", "here", "ada", TAKEN_AT)
        await asyncio.wait_for(reached.get(), 10)
    async with open_engine(url, workflow, QUEUES, Lanes(), grace=0):
        await asyncio.wait_for(reached.get(), 10)
    assert tries == 1
    assert [error.to_json() for error in errors] == 2 * [
        {"code": "BudgetShort", "price": 1_000_000, "available": 100_000}
    ]


async def test_an_unexpected_error_becomes_one_with_a_reference(url: str) -> None:
    caught: asyncio.Queue[EarmarkError] = asyncio.Queue()

    async def explode() -> None:
        raise RuntimeError("secret")

    async def workflow(_note_id: str) -> None:
        try:
            await step("explode", explode)
        except EarmarkError as error:
            caught.put_nowait(error)

    async with open_engine(url, workflow, QUEUES, Lanes(), grace=5) as engine:
        await engine.start("a", "here", "ada", TAKEN_AT)
        error = await asyncio.wait_for(caught.get(), 10)
    assert isinstance(error, InternalError)
    assert "secret" not in str(error)


async def test_one_user_has_no_more_than_their_lanes(url: str) -> None:
    running: dict[str, int] = {}
    most: dict[str, int] = {}
    finished = asyncio.Semaphore(0)

    async def workflow(note_id: str) -> None:
        user = note_id.split("-")[0]
        running[user] = running.get(user, 0) + 1
        most[user] = max(most.get(user, 0), running[user])
        await asyncio.sleep(0.05)
        running[user] -= 1
        finished.release()

    async with open_engine(url, workflow, QUEUES, Lanes(notes=4, per_user=2), grace=5) as engine:
        for number in range(6):
            await engine.start(f"heavy-{number}", "here", "heavy", TAKEN_AT)
        await engine.start("light-0", "here", "light", TAKEN_AT)
        for _ in range(7):
            await asyncio.wait_for(finished.acquire(), 10)
    assert most == {"heavy": 2, "light": 1}


async def test_within_a_share_the_note_that_was_accepted_first_comes_first_however_late_it_is_queued(url: str) -> None:
    story, told = asyncio.Event(), list[str]()
    done = asyncio.Semaphore(0)

    async def workflow(note_id: str) -> None:
        await story.wait()
        told.append(note_id)
        done.release()

    async with open_engine(url, workflow, QUEUES, Lanes(notes=4, per_user=1), grace=5) as engine:
        await engine.start("in work", "here", "ada", TAKEN_AT + timedelta(hours=1))
        await asyncio.sleep(0.3)
        for hundredth in (7, 300, 1, 6000, 2):
            taken_at = TAKEN_AT + timedelta(milliseconds=10 * hundredth)
            await engine.start(str(hundredth), "here", "ada", taken_at)
        story.set()
        for _ in range(6):
            await asyncio.wait_for(done.acquire(), 10)
    assert told == ["in work", "1", "2", "7", "300", "6000"]


async def test_a_client_queues_for_the_process_that_works(url: str) -> None:
    story = Story()
    story.admission.set()
    async with open_engine(url, story.run, QUEUES, Lanes(), grace=5):
        async with open_client(url) as client:
            await client.start("a", "here", "ada", TAKEN_AT)
            await client.start("a", "here", "ada", TAKEN_AT)
        assert await asyncio.wait_for(story.done.get(), 10) == "a"
    assert story.told == ["a first", "a second"]


async def test_finished_workflows_are_forgotten_and_others_are_not(url: str) -> None:
    story = Story()
    async with open_engine(url, story.run, QUEUES, Lanes(), grace=0) as engine:
        await engine.start("done", "here", "ada", TAKEN_AT)
        await asyncio.wait_for(story.reached.wait(), 10)
        story.admission.set()
        await asyncio.wait_for(story.done.get(), 10)
        story.admission.clear()
        story.reached.clear()
        await engine.start("open", "here", "ada", TAKEN_AT)
        await asyncio.wait_for(story.reached.wait(), 10)
        await _until_recorded("done")
        assert await engine.at_work(["open", "stranger"]) == {"open"}
        now = datetime.now(UTC)
        assert await engine.purge(now - timedelta(days=1)) == 0
        assert await engine.purge(now + timedelta(seconds=5)) == 1
        assert await engine.at_work(["done", "open"]) == {"open"}


async def _until_recorded(note_id: str) -> None:
    async with asyncio.timeout(10):
        while True:
            status = await DBOS.get_workflow_status_async(note_id)
            if status is not None and status.status == "SUCCESS":
                return
            await asyncio.sleep(0.02)


async def test_the_version_and_the_executor_are_pinned_so_that_a_deploy_strands_nothing(url: str) -> None:
    async with open_engine(url, Story().run, QUEUES, Lanes(), grace=0):
        assert DBOS.application_version == VERSION
        assert DBOS.executor_id == "main"


async def test_the_loop_can_still_use_threads_after_the_engine_is_closed(url: str) -> None:
    async with open_engine(url, Story().run, QUEUES, Lanes(), grace=0):
        pass
    assert await asyncio.to_thread(lambda: 1) == 1


async def test_a_workflow_that_ended_may_be_started_again_once_it_is_asked_for(url: str) -> None:
    story = Story()
    story.admission.set()
    async with open_engine(url, story.run, QUEUES, Lanes(), grace=5) as engine:
        await engine.start("done", "here", "ada", TAKEN_AT)
        await asyncio.wait_for(story.done.get(), 10)
        await _until_recorded("done")
        assert await engine.at_work(["done"]) == set()
        await engine.start("done", "here", "ada", TAKEN_AT)
        assert await asyncio.wait_for(story.done.get(), 10) == "done"


async def test_a_database_that_cannot_be_used_is_a_matter_of_settings(tmp_path: Path) -> None:
    (tmp_path / "engine.db").write_text("This is no database, but a letter of some length.\n" * 100)
    with pytest.raises(BadSettings, match="engine's database"):
        async with open_engine(f"sqlite:///{tmp_path / 'engine.db'}", Story().run, QUEUES, Lanes(), grace=0):
            pass


async def test_an_outage_of_the_database_is_waited_for_and_not_recorded(url: str) -> None:
    faults: list[Exception] = [NoTurn(), NoTurn()]
    results: asyncio.Queue[str] = asyncio.Queue()

    async def work() -> str:
        if faults:
            raise faults.pop()
        return "done"

    async def workflow(_note_id: str) -> None:
        results.put_nowait(await step("work", work))

    async with open_engine(url, workflow, QUEUES, Lanes(), grace=5) as engine:
        await engine.start("a", "here", "ada", TAKEN_AT)
        assert await asyncio.wait_for(results.get(), 10) == "done"


async def test_a_workflow_that_broke_off_is_told_of_and_may_start_again(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(durable, "_BROKEN_AGAIN", 0.05)
    broken = asyncio.Event()
    runs = 0

    async def workflow(_note_id: str) -> None:
        nonlocal runs
        runs += 1
        if runs == 1:
            raise OSError

    async with open_engine(url, workflow, QUEUES, Lanes(), grace=5, wake=broken.set) as engine:
        await engine.start("a", "here", "ada", TAKEN_AT)
        await asyncio.wait_for(broken.wait(), 10)
        assert await engine.at_work(["a"]) == set()
        await engine.start("a", "here", "ada", TAKEN_AT)
        await _until_recorded("a")
    assert runs == 2


async def test_the_engine_s_record_names_the_note_its_platform_and_its_owner(url: str) -> None:
    story = Story()
    story.admission.set()
    async with open_engine(url, story.run, QUEUES, Lanes(), grace=5) as engine:
        await engine.start("a", "here", "ada", TAKEN_AT)
        await asyncio.wait_for(story.done.get(), 10)
        (found,) = await engine.recorded()
        async with open_client(url) as client:
            assert await client.recorded() == [found]
    assert (found.note_id, found.platform, found.owner) == ("a", "here", "ada")
    assert abs(datetime.now(UTC) - found.at) < timedelta(minutes=1)
