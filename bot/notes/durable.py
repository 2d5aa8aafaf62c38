"""The durable engine: DBOS Transact, and the only module that knows it.

A workflow is one coroutine function that takes a note's id. It is started once for each id, runs its steps, and goes on
after a crash with the first step that has no recorded result. A step may therefore run twice, and must be safe to.

What was measured and what DBOS leaves to us:
- it sets neither WAL nor synchronous on SQLite, and SQLite below 3.51.3 can lose a WAL that two connections write and
  reset: so it is given an engine with one connection, WAL and synchronous=FULL;
- the application version defaults to a hash of the source, which strands running workflows at every deploy: pinned;
- the default serializer is pickle: plain JSON here, so arguments and results are small and plain;
- it never deletes finished workflows: `purge` does;
- a workflow whose end could not be recorded stays "pending": `at_work` finds it, and `wake` is called for it;
- an exception recorded by a step comes back as a portable stand-in: expected errors are recorded as values instead;
- it replaces the event loop's default executor and shuts it down: the loop gets a new one at the end;
- cancelling a DBOS workflow leaves no room for a last step: a user's cancel is our own flag, never DBOS's.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
import stamina
import structlog
from dbos import (
    DBOS,
    DBOSClient,
    DBOSConfig,
    DBOSPortableJSONSerializer,
    SetEnqueueOptions,
    SetWorkflowID,
    WorkflowStatus,
)
from dbos import error as dbos_error
from sqlalchemy import URL

from bot.domain.errors import BadSettings, EarmarkError, InternalError
from bot.notes.engine import Recorded, priority_of
from bot.storage.engines import sql_engine, wiped, write_probe
from bot.storage.outages import until_back

log = structlog.get_logger()

VERSION = "1"
"""The version of the workflow's steps. Raised only with DBOS.patch_async for the notes in flight."""
_APP = "earmark"
_WORKFLOW = "transcribe"
_EXECUTOR = "main"
_POLL_SECONDS = 0.1
_PURGE_BATCH = 500
_LOST_AFTER = 300  # seconds
_BROKEN_AGAIN = 2.0
"""Seconds after which a workflow that broke off is taken up again: its database may be back."""

Workflow = Callable[[str], Awaitable[None]]
Kept = Callable[[Collection[str]], Awaitable[Collection[str]]]
"""Return those of some notes that are still there."""
_MAY_END = ("PENDING", "ENQUEUED", "DELAYED")
Json = Any  # what json.loads can give


@dataclass(frozen=True, slots=True)
class Lanes:
    """Workflows of one queue that run at once in this process."""

    notes: int = 8
    """Notes in work."""
    per_user: int = 2
    """Notes of one user in work, so that a heavy user does not hold up the others."""


@asynccontextmanager
async def open_engine(
    url: URL | str,
    workflow: Workflow,
    queues: Iterable[str],
    lanes: Lanes,
    grace: float,
    wake: Callable[[], None] = lambda: None,
) -> AsyncIterator["RunningEngine"]:
    """Run the workflows of these queues in this event loop until the context ends.

    `wake` is called when one broke off, so that it is taken up again soon.

    Opening takes up again what an earlier process left unfinished. Closing waits `grace` seconds for the notes in work;
    the rest goes on at the next start. There is one such engine in a process, and one for a database.
    """
    database = sql_engine(url)
    running = RunningEngine(workflow, grace, database, wake)
    dbos = DBOS(config=_config(url, database))
    running.register()
    try:
        await _launch(dbos, url, queues, lanes)
        yield running
    finally:
        try:
            await running.stop()
        finally:
            await asyncio.shield(_destroy())
            database.dispose()


async def _launch(dbos: DBOS, url: URL | str, queues: Iterable[str], lanes: Lanes) -> None:
    try:
        names = list(queues)
        await _register(url, names, lanes)
        DBOS.listen_queues(names)
        # Inside the loop: only then do queued workflows run on it. It blocks for a moment; nothing else runs yet.
        DBOS.launch()
        # As with a client's argument: it would wait up to 90 s in threads, a stop too. What breaks off is begun again.
        dbos._sys_db._retry_connection_errors = False
    except (dbos_error.DBOSInitializationError, sa.exc.DBAPIError) as error:
        raise BadSettings(reason=f"the engine's database cannot be used ({str(error).splitlines()[0]})") from error


async def _register(url: URL | str, queues: Iterable[str], lanes: Lanes) -> None:
    """Make the queues, before the launch: those that are not there by then are looked for a second later."""
    await asyncio.to_thread(DBOS.migrate, _text(url))
    async with _client(url) as (client, _):
        for queue in queues:
            await client.register_queue_async(
                queue,
                worker_concurrency=lanes.notes,
                partition_concurrency=lanes.per_user,
                polling_interval_sec=_POLL_SECONDS,
                on_conflict="always_update",
                application_name=_APP,
            )


class RunningEngine:
    """The engine of the process that does the work."""

    def __init__(self, workflow: Workflow, grace: float, database: sa.Engine, wake: Callable[[], None]) -> None:
        self._workflow = workflow
        self._grace = grace
        self._database = database
        self._wake = wake
        self._stopping = False
        self._broken: set[str] = set()
        self._tasks: dict[str, asyncio.Task[Any]] = {}

    def register(self) -> None:
        """Make the workflow known to DBOS, which wants a plain function: it sets attributes on it."""

        async def transcribe(note_id: str) -> None:
            await self._run(note_id)

        self._transcribe = DBOS.workflow(name=_WORKFLOW, max_recovery_attempts=None)(transcribe)

    async def start(self, note_id: str, queue: str, share: str, taken_at: datetime) -> None:
        options = SetEnqueueOptions(queue_partition_key=share, priority=priority_of(taken_at))
        with SetWorkflowID(note_id), options:
            await DBOS.enqueue_workflow_async(queue, self._transcribe, note_id)

    async def check(self) -> None:
        """Raise InternalError if it works on nothing new, and the database's error if that is away."""
        if self._stopping:
            raise InternalError(reference="the engine stops")
        await DBOS.list_workflows_async(limit=1, load_input=False, load_output=False)

    async def write_probe(self) -> None:
        """Raise the database's error if nothing can be written to it."""
        await asyncio.to_thread(write_probe, self._database)

    async def _run(self, note_id: str) -> None:
        structlog.contextvars.bind_contextvars(note=note_id)
        task = asyncio.current_task()
        assert task is not None
        self._tasks[note_id] = task
        self._broken.discard(note_id)
        try:
            if self._stopping:  # dequeued too late: parked until stop() cancels it, so that it stays pending
                await asyncio.Event().wait()
            await self._workflow(note_id)
        except Exception:  # the engine's own: a step, or its end, could not be recorded
            self._broken.add(note_id)
            asyncio.get_running_loop().call_later(_BROKEN_AGAIN, self._wake)
            raise
        finally:
            if self._tasks.get(note_id) is task:
                del self._tasks[note_id]

    async def stop(self) -> None:
        """Let the notes in work finish within the grace, then leave the others to the next start."""
        self._stopping = True
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=self._grace)
        left = list(self._tasks.values())
        for task in left:
            task.cancel()
        if left:
            log.info("notes_left_for_the_next_start", count=len(left))
            await asyncio.wait(left, timeout=10)

    async def at_work(self, note_ids: list[str]) -> set[str]:
        """Return the notes whose workflow waits or runs. Any other workflow is forgotten, so that it can start again.

        That is one that ended, and one that should run here but does not: its end could not be recorded.
        """
        found = await DBOS.list_workflows_async(workflow_ids=note_ids, load_input=False, load_output=False)
        ended = {workflow.workflow_id for workflow in found if not self._may_end(workflow)}
        if ended:
            await DBOS.delete_workflows_async(sorted(ended))
            self._broken -= ended
        return {workflow.workflow_id for workflow in found} - ended

    def _may_end(self, workflow: WorkflowStatus) -> bool:
        if workflow.status == "PENDING" and workflow.workflow_id not in self._tasks:
            if workflow.workflow_id in self._broken:
                return False
            return workflow.updated_at is None or time.time() - workflow.updated_at / 1000 < _LOST_AFTER
        return workflow.status in _MAY_END

    async def recorded(self) -> list[Recorded]:
        """Return every note that there is a record of, the oldest first."""
        return await _recorded(DBOS)

    async def purge(self, before: datetime) -> int:
        """Forget workflows that finished before that time, and return their number. The notes themselves stay."""
        total = 0
        while True:
            finished = await DBOS.list_workflows_async(
                status=["SUCCESS", "ERROR"],
                completed_before=before.isoformat(),
                limit=_PURGE_BATCH,
                load_input=False,
                load_output=False,
            )
            if not finished:
                return total
            await DBOS.delete_workflows_async([workflow.workflow_id for workflow in finished])
            total += len(finished)

    async def forget(self, kept: Kept) -> bool:
        """Forget the workflows whose notes are not kept, so that no file holds a trace of them.

        False if one of them has not ended yet, or the log of the database is in use: then it is to be tried again.
        """
        return await _forget(DBOS, self._database, kept)


@asynccontextmanager
async def open_client(url: URL | str) -> AsyncIterator["EngineClient"]:
    """Queue notes for the process that runs the engine on the same database."""
    async with _client(url) as (client, database):
        yield EngineClient(client, database)


@asynccontextmanager
async def _client(url: URL | str) -> AsyncIterator[tuple[DBOSClient, sa.Engine]]:
    database = sql_engine(url)
    client = DBOSClient(
        system_database_url=_text(url),
        system_database_engine=database,
        serializer=DBOSPortableJSONSerializer(),
        application_name=_APP,
        lazy=True,
        retry_connection_errors=False,
    )
    try:
        yield client, database
    finally:
        await asyncio.to_thread(client.destroy)
        database.dispose()


class EngineClient:
    """Starts workflows that another process runs."""

    def __init__(self, client: DBOSClient, database: sa.Engine) -> None:
        self._client = client
        self._database = database

    @stamina.retry(on=sa.exc.DBAPIError, attempts=10, timeout=20.0)  # the leader may be making the database just now
    async def start(self, note_id: str, queue: str, share: str, taken_at: datetime) -> None:
        await self._client.enqueue_async(
            {
                "workflow_name": _WORKFLOW,
                "queue_name": queue,
                "workflow_id": note_id,
                "queue_partition_key": share,
                "priority": priority_of(taken_at),
                "app_version": VERSION,
            },
            note_id,
        )

    async def recorded(self) -> list[Recorded]:
        """As a running engine does it."""
        return await _recorded(self._client)

    @stamina.retry(on=sa.exc.DBAPIError, attempts=10, timeout=20.0)  # as above
    async def forget(self, kept: Kept) -> bool:
        """As a running engine does it."""
        return await _forget(self._client, self._database, kept)


async def _recorded(dbos: type[DBOS] | DBOSClient) -> list[Recorded]:
    found = await dbos.list_workflows_async(load_input=False, load_output=False)
    return [
        Recorded(
            one.workflow_id,
            one.queue_name or "",
            one.queue_partition_key or "",
            datetime.fromtimestamp((one.created_at or 0) / 1000, UTC),
        )
        for one in found
    ]


async def _forget(dbos: type[DBOS] | DBOSClient, database: sa.Engine, kept: Kept) -> bool:
    found = await dbos.list_workflows_async(load_input=False, load_output=False)
    has_ended = {workflow.workflow_id: workflow.status not in _MAY_END for workflow in found}
    all_have = True
    for some in _batches(list(has_ended)):
        gone = set(some).difference(await kept(some))
        ended = sorted(note_id for note_id in gone if has_ended[note_id])
        all_have &= len(ended) == len(gone)
        if ended:
            await dbos.delete_workflows_async(ended)
    return await asyncio.to_thread(wiped, database) and all_have


def _batches(note_ids: list[str]) -> list[list[str]]:
    return [note_ids[start : start + _PURGE_BATCH] for start in range(0, len(note_ids), _PURGE_BATCH)]


def as_recorded(outcome: Json) -> Json:
    """Return an outcome unchanged."""
    return outcome


async def step(name: str, do: Callable[[], Awaitable[Json]], read: Callable[[Json], Json] = as_recorded) -> Json:
    """Run one step of a workflow and record its result (plain JSON); after a crash the record is returned instead.

    An EarmarkError is recorded as a result too and raised again, the same after a restart as before. An outage of the
    database is not recorded: the step is tried again until it is back. Anything else becomes an InternalError, with its
    story in the log. So what this raises otherwise is the engine's own, and not for the workflow to catch. `read` turns
    a recorded outcome ({"value": ...} or {"error": ...}) of an earlier release into that of today.
    """

    async def recorded() -> str:
        # As ASCII: a file name that is no Unicode could not be recorded otherwise, and the note would never end.
        outcome = await outcome_of()
        log.debug("step_ended", step=name, error=outcome["error"]["code"] if "error" in outcome else "")
        return json.dumps(outcome)

    async def outcome_of() -> Json:
        try:
            return {"value": await until_back(do)}
        except EarmarkError as error:
            return {"error": error.to_json()}
        except Exception:
            reference = uuid4().hex[:8]
            log.exception("step_failed", step=name, reference=reference)
            return {"error": InternalError(reference=reference).to_json()}

    outcome = read(json.loads(await DBOS.run_step_async({"name": name}, recorded)))
    if "error" in outcome:
        raise EarmarkError.from_json(outcome["error"])
    return outcome["value"]


def _text(url: URL | str) -> str:
    return url if isinstance(url, str) else url.render_as_string(hide_password=False)


def _config(url: URL | str, database: sa.Engine) -> DBOSConfig:
    return {
        "name": _APP,
        "system_database_url": _text(url),
        "system_database_engine": database,
        "application_version": VERSION,
        "executor_id": _EXECUTOR,
        "serializer": DBOSPortableJSONSerializer(),
        "enable_otlp": False,
        "log_level": "WARNING",
        "max_executor_threads": 32,
        "notification_listener_polling_interval_sec": _POLL_SECONDS,
    }


async def _destroy() -> None:
    """DBOS.destroy joins its threads, so it runs beside the loop, on a thread that is not DBOS's own."""
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(1, "engine-stop") as own:
        await loop.run_in_executor(own, lambda: DBOS.destroy(destroy_registry=True))
    loop.set_default_executor(ThreadPoolExecutor(thread_name_prefix="earmark"))


KEEP_FINISHED = timedelta(days=1)
"""Retention of a finished workflow in the engine; the note is the lasting record."""
