"""/healthz and /readyz: ready is who would take a note now and work on it, and nothing that is told is a secret."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa
import typer
from starlette.routing import BaseRoute

from bot.chat.core import ChatCore
from bot.chat.listening import StateReport
from bot.chat.plugin import Deployment, OpenPlatform, PlatformHost, PlatformPlugin
from bot.domain.errors import InternalError
from bot.domain.ports import Notifier
from bot.notes.durable import Lanes, open_engine
from bot.operations.monitor import LOOK_EVERY
from bot.operations.readiness import KEPT_SECONDS, Pulse, Readiness, does, has_room, is_open, reads_and_writes
from bot.service.application import Application
from bot.service.serve import PLATFORMS, serve
from bot.settings import Settings
from bot.storage.database import Database
from bot.storage.engines import POSTGRES_CONNECTIONS
from bot.support.clock import now
from bot.support.files import Room
from bot.support.settings_section import Section
from tests.doubles.platform import FolderPlatform
from tests.helpers.databases import fresh_database
from tests.helpers.settings import changed

FINE = {"service": "ok", "database": "ok", "disk": "ok", "housekeeping": "ok", "engine": "ok", "gate": "ok"}


@asynccontextmanager
async def running(
    settings: Settings, platforms: Sequence[PlatformPlugin[Any]] = PLATFORMS
) -> AsyncIterator[tuple[Application, httpx.AsyncClient]]:
    async with serve(changed(settings, api_bind="127.0.0.1:0"), platforms) as rig:
        assert rig.address is not None
        async with httpx.AsyncClient(base_url=rig.address) as client:
            yield rig, client


async def test_a_service_that_its_operator_paused_says_so_and_can_be_reached(settings: Settings) -> None:
    """Work in progress needs its links; nothing is wrong."""
    async with running(settings) as (rig, client):
        await rig.service.core.admission.pause("Back on Monday, says the owner.")
        answer = await client.get("/readyz")
        assert answer.status_code == 200
        assert answer.json() == {"status": "ok", "checks": FINE | {"gate": "paused"}}


async def test_a_service_is_ready_until_it_stops(settings: Settings) -> None:
    async with running(settings) as (rig, client):
        assert (await client.get("/healthz")).json() == {"status": "ok"}
        answer = await client.get("/readyz")
        assert (answer.status_code, answer.json()) == (200, {"status": "ok", "checks": FINE})
        rig.service.readiness.stop()
        answer = await client.get("/readyz")
        assert (answer.status_code, answer.json()["checks"]) == (503, {"service": "stopping"})
        assert (await client.get("/healthz")).status_code == 200


class Nobody:
    async def tell(self, person: str, words: str) -> None:
        raise AssertionError(f"{person} is not to be told {words}")


@dataclass
class SlowToClose:
    """A platform that looks, while it closes, at what the HTTP API says."""

    adapter: FolderPlatform
    told: list[int] = field(default_factory=list)
    address: str = ""
    notifier: Notifier = field(default_factory=Nobody)
    routes: Sequence[BaseRoute] = ()
    announcement: str = "it is there"
    report: StateReport = field(default_factory=lambda: StateReport(now))

    @asynccontextmanager
    async def listen(self, _core: ChatCore) -> AsyncIterator[None]:
        self.report.connected()
        yield
        async with httpx.AsyncClient(base_url=self.address) as client:
            self.told.extend([(await client.get(path)).status_code for path in ("/readyz", "/healthz")])


async def test_a_stop_is_told_before_anything_is_closed(settings: Settings, tmp_path: Path) -> None:
    slow = SlowToClose(FolderPlatform(tmp_path / "platform"))
    plugin = slow_plugin(slow)
    settings = replace(settings, platforms={plugin.name: Section()})
    async with running(settings, [plugin]) as (rig, client):
        assert rig.announcements == ["it is there"]
        assert (await client.get("/readyz")).status_code == 200
        slow.address = rig.address or ""
    assert slow.told == [503, 200]


def slow_plugin(slow: SlowToClose) -> PlatformPlugin[Section]:
    @asynccontextmanager
    async def opened(_section: Section, _host: PlatformHost) -> AsyncIterator[OpenPlatform]:
        yield slow

    async def checked(_section: Section, _deployment: Deployment) -> str:
        return "works"

    return PlatformPlugin("folder", Section, lambda _: True, opened, checked, lambda _: typer.Typer())


async def test_however_many_ask_there_is_one_look_and_its_answer_is_kept_for_two_seconds() -> None:
    time, looks, go = 0.0, 0, asyncio.Event()

    async def counted() -> str:
        nonlocal looks
        looks += 1
        await go.wait()
        return f"the {looks}."

    readiness = Readiness({"it": counted}, monotonic=lambda: time)
    asked = [asyncio.create_task(readiness.check()) for _ in range(50)]
    while not looks:
        await asyncio.sleep(0)
    go.set()
    assert [found["it"] for found in await asyncio.gather(*asked)] == ["the 1."] * 50
    time = KEPT_SECONDS - 0.1
    assert (await readiness.check())["it"] == "the 1."
    time = KEPT_SECONDS
    assert (await readiness.check())["it"] == "the 2."
    readiness.stop()
    assert await readiness.check() == {"service": "stopping"}


async def test_who_goes_away_while_it_looks_leaves_the_look_to_the_next() -> None:
    looks = 0

    async def slow_at_first() -> str:
        nonlocal looks
        looks += 1
        if looks == 1:
            await asyncio.Event().wait()
        return "ok"

    readiness = Readiness({"it": slow_at_first}, seconds=60)
    impatient, patient = (asyncio.create_task(readiness.check()) for _ in range(2))
    while not looks:
        await asyncio.sleep(0)
    impatient.cancel()
    async with asyncio.timeout(5):
        assert (await patient)["it"] == "ok"


async def results_of(readiness: Readiness) -> dict[str, str]:
    """As it is now."""
    found = await Readiness(readiness.checks, readiness.seconds).check()
    assert found.pop("service") == "ok"
    return found


async def test_a_database_that_cannot_be_written_to_is_not_ready(database: Database) -> None:
    readiness = Readiness({"database": reads_and_writes(database)}, seconds=0.3)
    assert await results_of(readiness) == {"database": "ok"}
    at_once = 1 if database.writer.dialect.name == "sqlite" else POSTGRES_CONNECTIONS
    async with AsyncExitStack() as stack:  # others write, and do not end
        for _ in range(at_once):
            await stack.enter_async_context(database.writing())
        assert await results_of(readiness) == {"database": "too slow"}
    assert await results_of(readiness) == {"database": "ok"}
    async with database.writing() as connection:
        await connection.execute(sa.text("ALTER TABLE note RENAME TO lost"))
    assert await results_of(readiness) == {"database": "failed"}


async def test_a_file_that_became_read_only_is_not_ready(tmp_path: Path) -> None:
    async with fresh_database("sqlite", tmp_path) as database:
        async with database.writing() as connection:
            await connection.execute(sa.text("PRAGMA query_only = ON"))
        assert await results_of(Readiness({"database": reads_and_writes(database)})) == {"database": "failed"}


async def test_a_full_disk_is_not_ready(tmp_path: Path) -> None:
    readiness = Readiness({"disk": has_room(Room(tmp_path, 0)), "more": has_room(Room(tmp_path, 10**18))})
    assert await results_of(readiness) == {"disk": "ok", "more": "full"}


async def test_housekeeping_that_stands_still_is_not_ready() -> None:
    time = 0.0
    pulse = Pulse(LOOK_EVERY, monotonic=lambda: time)
    readiness = Readiness({"housekeeping": pulse.check})
    time = 2 * LOOK_EVERY.total_seconds()
    assert await results_of(readiness) == {"housekeeping": "ok"}
    time = 300.0
    assert await results_of(readiness) == {"housekeeping": "stands still"}
    pulse.beat()
    assert await results_of(readiness) == {"housekeeping": "ok"}


async def test_an_engine_that_stops_is_not_ready(tmp_path: Path) -> None:
    async def work(note_id: str) -> None:
        pass

    async with open_engine(f"sqlite:///{tmp_path / 'engine.db'}", work, ["folder"], Lanes(), grace=0) as engine:
        readiness = Readiness({"engine": does(engine.check)})
        assert await results_of(readiness) == {"engine": "ok"}
        await engine.stop()
        assert await results_of(readiness) == {"engine": "failed"}


async def test_each_check_has_a_limit_of_its_own_and_tells_no_secret() -> None:
    async def hangs() -> None:
        await asyncio.Event().wait()

    async def breaks() -> None:
        raise InternalError(reference="password=secret")

    async def words() -> str:
        return "a secret"

    readiness = Readiness({"a": does(hangs), "b": does(breaks), "c": is_open(words), "d": does(hangs)}, seconds=0.2)
    async with asyncio.timeout(5):
        assert await results_of(readiness) == {"a": "too slow", "b": "failed", "c": "paused", "d": "too slow"}
