"""The service with its HTTP API and its platforms, opened in one exit stack."""

import asyncio
import math
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import structlog
from starlette.routing import BaseRoute

from adapters.api import Alias, ApiAdapter, Context, Limits, make_app, serve
from bot.chat.plugin import LinksToStart, OpenPlatform, PlatformHost, PlatformPlugin
from bot.domain.errors import BadSettings
from bot.domain.vocabulary import terms_of
from bot.media.download import Fetcher
from bot.media.publish import FolderStore
from bot.service.chat_core import chat_core_of
from bot.service.core import Core, make_data_folder, open_core
from bot.service.lead import lead_is_free, place_of_lead
from bot.service.model_offer import other_names
from bot.service.platforms import host_of
from bot.service.worker import Parts, Service, open_service
from bot.settings import Http, Settings
from bot.storage.outages import is_outage
from bot.support.settings_section import Address

log = structlog.get_logger()

LEAD_SECONDS = 5.0
"""Time that a start waits for the process before it, beyond the time that a stop may take."""
_STOP_THE_OTHER = "stop the other process, or set EARMARK_DATA_DIR to a folder of its own"


@dataclass(frozen=True, slots=True)
class Application:
    """A running Earmark with its platforms."""

    service: Service
    address: str | None
    """URL of the HTTP API; None: it is not served."""
    announcements: Sequence[str]
    """A line about each platform, for the operator."""


@asynccontextmanager
async def open_application(settings: Settings, platforms: Sequence[PlatformPlugin[Any]]) -> AsyncIterator[Application]:
    """Start the service and everything that the settings switch on. Raises BadSettings."""
    async with AsyncExitStack() as stack:
        make_data_folder(settings.storage)
        await _until_free(settings)
        core = await stack.enter_async_context(open_core(settings))
        networks = [str(one) for one in settings.media.link_networks]
        fetcher = await stack.enter_async_context(Fetcher(allow=networks, room=core.room))
        store = _links(settings, core)
        api = ApiAdapter(settings.storage.data_dir / "uploads", fetcher)
        opened = await _open_platforms(settings, platforms, host_of(settings, core, fetcher), stack)
        parts = Parts(
            adapters=[api, *(one.adapter for one in opened)],
            store=store,
            notifiers={one.adapter.platform: one.notifier for one in opened},
            connections={one.adapter.platform: one.report for one in opened},
        )
        service = await stack.enter_async_context(open_service(settings, parts, core))
        if not service.leads:
            raise BadSettings(reason=f"another Earmark works on {place_of_lead(settings.storage)}: {_STOP_THE_OTHER}")
        await api.sweep(core.notes)
        address = None
        if settings.http.bind is not None:
            routes = [route for one in opened for route in one.routes]
            address = await _open_api(settings, service, api, store, routes, stack)
        for one in opened:
            await stack.enter_async_context(one.listen(chat_core_of(service, settings, core.clock)))
        stack.callback(service.readiness.stop)  # the first thing that a stop does: platforms take a while to close
        announcements = [one.announcement for one in opened]
        code = await core.claim.begin() if opened else ""
        if code:
            announcements.append(_how_to_claim(code, opened))
        yield Application(service, address, announcements)


def _how_to_claim(code: str, opened: Sequence[OpenPlatform]) -> str:
    links = [one.start_link(code) for one in opened if isinstance(one, LinksToStart)]
    ways = [*filter(None, links), f"write /start {code} to the bot in a private chat"]
    return f"no user may use the bot yet. To be its owner, within an hour: {', or '.join(ways)}."


async def _open_platforms(
    settings: Settings, platforms: Sequence[PlatformPlugin[Any]], host: PlatformHost, stack: AsyncExitStack
) -> list[OpenPlatform]:
    """Open the platforms that the settings switch on."""
    opened = []
    for platform in platforms:
        section = settings.platforms.get(platform.name)
        if section is not None and platform.is_on(section):
            opened.append(await stack.enter_async_context(platform.open(section, host)))
    return opened


async def _until_free(settings: Settings) -> None:
    """Wait for the lead. If no process gives it up in time, opening the service reports that."""
    longest = settings.engine.stop_seconds + LEAD_SECONDS
    if await lead_is_free(settings.storage):
        return
    log.warning(
        "waiting_for_another_earmark", lock=place_of_lead(settings.storage), seconds=longest, what_to_do=_STOP_THE_OTHER
    )
    for _ in range(math.ceil(longest)):
        await asyncio.sleep(1)
        if await lead_is_free(settings.storage):
            return


def _links(settings: Settings, core: Core) -> FolderStore | None:
    """Return a folder behind links of our own, if there is a public address and no bucket."""
    if settings.bucket.name or not settings.http.public_url:
        return None
    if settings.http.bind is None:
        raise BadSettings(reason="EARMARK_PUBLIC_URL needs the HTTP API, which EARMARK_API_BIND switches off")
    return FolderStore(settings.storage.data_dir / "links", settings.http.public_url, core.secret, core.clock)


async def _open_api(
    settings: Settings,
    service: Service,
    api: ApiAdapter,
    store: FolderStore | None,
    routes: Sequence[BaseRoute],
    stack: AsyncExitStack,
) -> str:
    """Serve the HTTP API, and routes of platforms, until the stack closes. Return its URL."""
    core = service.core
    context = Context(
        intake=service.intake,
        notes=core.notes,
        statements=core.ledger.statements,
        queries=core.queries,
        keys=core.keys,
        catalog=core.catalog,
        aliases=[Alias(one.name, one.model, one.asynchronous) for one in other_names(settings, core.catalog)],
        clock=core.clock,
        store=store,
        ready=service.readiness.check,
        is_outage=is_outage,
        vocabulary=terms_of(settings.engine.vocabulary),
        markup=settings.money.markup,
    )
    app = make_app(api, context, _limits(settings.http))
    app.router.routes.extend(routes)
    assert settings.http.bind is not None, "the caller looked"
    host, port = settings.http.bind
    found = await stack.enter_async_context(serve(app, host, port))
    return _url(Address(host, found))


def _limits(http: Http) -> Limits:
    usual = Limits()
    return Limits(
        upload_bytes=http.largest_upload or usual.upload_bytes,
        openai_bytes=http.largest_upload or usual.openai_bytes,
        wait_seconds=http.wait_seconds,
        requests_per_second=http.requests_per_second,
        unfinished=http.notes_per_key,
    )


def _url(address: Address) -> str:
    host = f"[{address.host}]" if ":" in address.host else address.host
    return f"http://{host}:{address.port}"
