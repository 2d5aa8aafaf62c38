"""A running Earmark behind its HTTP API on a real socket, with what its clients need."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx

from adapters.api import Alias, ApiAdapter, Context, Limits, make_app, serve
from adapters.api.context import Shelf
from bot.chat.queries import Queries
from bot.domain.audio import Audio
from bot.domain.billing import Plan
from bot.domain.catalog import ModelInfo
from bot.domain.errors import NotFound, TooLarge
from bot.domain.money import Micros
from bot.domain.note import Options, Ticket
from bot.domain.ports import Report
from bot.domain.transcript import Segment, Transcript, Word
from bot.people.api_keys import ApiKeys
from bot.service.worker import Parts, Service, open_service
from bot.settings import Settings
from bot.storage.outages import is_outage
from bot.support.clock import now
from tests.doubles.provider import MODELS, PER_MINUTE, PaidProvider
from tests.helpers.databases import put_databases
from tests.helpers.paths import SAMPLES
from tests.helpers.settings import make_settings

PAID = (
    Alias("Whisper-Large-V3", "paid"),
    Alias("Wizper", "paid"),
    Alias("Elevenlabs-STT", "paid-talk", asynchronous=True),
    Alias("whisper-1", "paid"),
)
EMBEDDED = (
    Alias("Whisper-Large-V3", "whisper-base"),
    Alias("Wizper", "whisper-base"),
    Alias("Elevenlabs-STT", "whisper-base", asynchronous=True),
    Alias("whisper-1", "whisper-base"),
)
TALK = ModelInfo("paid-talk", "paid", per_minute=PER_MINUTE, speakers=True, events=True, asynchronous=True)


class Talk(PaidProvider):
    """Hears two people in everything that "paid-talk" is asked for, and answers with a ticket."""

    def forget(self) -> None:
        """Be as at the beginning, but for the book."""
        self.pause = self.error = None
        self.free.set()

    async def submit(self, audio: Audio, options: Options, report: Report, user: str = "") -> Transcript | Ticket:
        model = "paid-later" if options.model == "paid-talk" else options.model
        return await super().submit(audio, replace(options, model=model), report)

    async def collect(self, ticket: Ticket, options: Options, report: Report) -> Transcript:
        said = await super().collect(ticket, options, report)
        if options.model != "paid-talk":
            return said
        half = said.seconds / 2
        segments = (Segment("Hello.", 0.0, half, "Speaker 1"), Segment("Hi.", half, said.seconds, "Speaker 2"))
        words = tuple(Word(part.text, part.start, part.end, part.speaker) for part in segments)
        return replace(said, text="Hello. Hi.", segments=segments, words=words)


@dataclass
class Links:
    """Fetches links from this machine's own test server, and those of example.com from a folder, as told."""

    known: dict[str, Path] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def fetch(self, url: str, folder: Path, limit: int) -> Path:
        self.asked.append(url)
        target = folder / "fetched"
        if url in self.known:
            target.write_bytes(self.known[url].read_bytes())
            return target
        if httpx.URL(url).host != "127.0.0.1":
            raise NotFound(name=url.rsplit("/", 1)[-1])
        async with httpx.AsyncClient(timeout=5) as client, client.stream("GET", url) as response:
            if response.status_code != 200:
                raise NotFound(name=url.rsplit("/", 1)[-1])
            if int(response.headers["content-length"]) > limit:
                raise TooLarge(limit_mb=limit / 1_000_000)
            target.write_bytes(await response.aread())
        return target


@dataclass(frozen=True)
class Api:
    """Everything that a test looks into."""

    url: str
    port: int
    service: Service
    adapter: ApiAdapter
    provider: Talk
    keys: ApiKeys
    queries: Queries
    links: Links
    context: Context

    @asynccontextmanager
    async def with_limits(self, limits: Limits) -> AsyncIterator["Api"]:
        """The same service behind a further app."""
        async with serve(make_app(self.adapter, self.context, limits), "127.0.0.1", 0) as port:
            yield replace(self, url=f"http://127.0.0.1:{port}", port=port)

    def client(self, key: str = "") -> httpx.AsyncClient:
        """A client with this key, or without one."""
        return httpx.AsyncClient(base_url=self.url, headers={"x-api-key": key} if key else {}, timeout=20)

    async def join(self, amount: int = 5_000_000) -> str:
        """Add a user with so many micro-dollars; return the secret of a key."""
        name = f"user{len(await self.keys.list())}"
        _, secret = await self.keys.create(name, f"api:{name}")
        if amount:
            await self.service.core.ledger.credit(f"api:{name}", Micros(amount), name)
        return secret

    async def all_is_right(self) -> None:
        """Every note has its end, no cent is astray, and no upload is left."""
        await self.settled()
        assert self.uploads() == []
        assert await self.service.core.ledger.audit() == []
        assert await self.service.core.ledger.statements.holds_open() == []

    async def settled(self) -> None:
        """Wait until every note has its end."""
        accounts = {key.account for key in await self.keys.list()}
        async with asyncio.timeout(20):
            while any([await self.service.core.notes.count_unfinished(account) for account in accounts]):
                await asyncio.sleep(0.02)

    def uploads(self) -> list[Path]:
        return list(self.adapter.uploads.iterdir())


def prepaid(folder: Path) -> Settings:
    """Every user pays, and the default model costs something."""
    return make_settings(folder / "data", plan=Plan.PREPAID, model="paid", stop_seconds=0)


def context_of(service: Service, keys: ApiKeys, aliases: tuple[Alias, ...], store: Shelf | None = None) -> Context:
    core = service.core
    return Context(
        intake=service.intake,
        notes=core.notes,
        statements=core.ledger.statements,
        queries=core.queries,
        keys=keys,
        catalog=core.catalog,
        aliases=aliases,
        clock=now,
        store=store,
        ready=service.readiness.check,
        is_outage=is_outage,
    )


@asynccontextmanager
async def served(
    settings: Settings,
    folder: Path,
    limits: Limits = Limits(requests_per_second=10_000),  # noqa: B008  # it is frozen
    aliases: tuple[Alias, ...] = PAID,
    store: Shelf | None = None,
) -> AsyncIterator[Api]:
    """Earmark behind its API."""
    await put_databases(settings)
    async with AsyncExitStack() as stack:
        links, provider = Links(), Talk(folder / "provider")
        adapter = ApiAdapter(folder / "uploads", links)
        service = await stack.enter_async_context(open_service(settings, Parts([adapter], [provider], [*MODELS, TALK])))
        keys = service.core.keys
        context = context_of(service, keys, aliases, store)
        await adapter.sweep(context.notes)
        port = await stack.enter_async_context(serve(make_app(adapter, context, limits), "127.0.0.1", 0))
        yield Api(
            url=f"http://127.0.0.1:{port}",
            port=port,
            service=service,
            adapter=adapter,
            provider=provider,
            keys=keys,
            queries=context.queries,
            links=links,
            context=context,
        )


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base class's name
        pass


@asynccontextmanager
async def samples_served(folder: Path = SAMPLES) -> AsyncIterator[str]:
    """The address of a plain web server that has the files of a folder."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        await asyncio.to_thread(server.shutdown)
        thread.join()
        server.server_close()


def audio(voice: Path) -> dict[str, Any]:
    return {"audio": ("memo.ogg", voice.read_bytes(), "audio/ogg")}


async def completed(client: httpx.AsyncClient, run_id: str) -> dict[str, Any]:
    async with asyncio.timeout(10):
        while True:
            status = (await client.post("/api/transcribe/status", json={"runId": run_id})).json()
            if status["status"] in ("completed", "failed"):
                return dict(status)
            await asyncio.sleep(0.02)
