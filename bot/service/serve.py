"""What `earmark run` runs: the service, and the platforms that settings switch on."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog
from starlette.routing import BaseRoute

from adapters.api import Alias, ApiAdapter, Context, Limits, make_app, serve
from bot.domain.errors import BadSettings
from bot.domain.ports import Adapter
from bot.media.download import Fetcher
from bot.media.publish import FolderStore
from bot.service.core import make_data_folder, now, open_core
from bot.service.model_offer import other_names
from bot.service.worker import Parts, Service, lead_is_free, open_service
from bot.settings import Settings, address_of
from bot.storage.instance_secret import secret_of

log = structlog.get_logger()

LEAD_SECONDS = 5.0
"""How much longer than a stop may take a start waits for the process before it."""
_MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Application:
    """A running Earmark with its platforms."""

    service: Service
    address: str | None
    """Where the HTTP API listens."""
    telegram: str | None
    """The name of the bot that listens on Telegram; "" where Telegram was not reached yet."""
    discord: str | None
    """The same on Discord."""


@asynccontextmanager
async def open_application(settings: Settings) -> AsyncIterator[Application]:
    """Start the service and everything that settings switch on. Raises BadSettings."""
    async with AsyncExitStack() as stack:
        make_data_folder(settings)
        await _until_free(settings)
        store = _links(settings)
        networks = settings.link_networks.replace(",", " ").split()
        fetcher = await stack.enter_async_context(Fetcher(allow=networks))
        api = ApiAdapter(settings.data_dir / "uploads", fetcher)
        core = await stack.enter_async_context(open_core(settings))
        telegram, discord = None, None
        listens: list[Callable[[Service], AbstractAsyncContextManager[Any]]] = []
        # Their libraries take seconds to load, which those without a bot should not wait.
        if settings.telegram_token.get_secret_value():
            from adapters.telegram.platform import listening as listening_to_telegram
            from adapters.telegram.platform import open_telegram

            telegram = await stack.enter_async_context(open_telegram(settings, core, fetcher))
            listens.append(partial(listening_to_telegram, telegram))
        if settings.discord_token.get_secret_value():
            from adapters.discord.platform import listening as listening_to_discord
            from adapters.discord.platform import open_discord

            discord = await stack.enter_async_context(open_discord(settings, core, fetcher))
            listens.append(partial(listening_to_discord, discord))
        adapters: list[Adapter] = [api, *(platform.adapter for platform in (telegram, discord) if platform)]
        notifiers = {platform.adapter.platform: platform.notifier for platform in (telegram, discord) if platform}
        parts = Parts(adapters, store=store, notifiers=notifiers)
        service = await stack.enter_async_context(open_service(settings, parts, core))
        if not service.leads:
            raise BadSettings(reason=f"another Earmark works on {settings.data_dir} already")
        await api.sweep(service.core.queries)
        address = None
        if settings.api_bind:
            routes = telegram.routes if telegram else []
            address = await _open_api(settings, service, api, store, routes, stack)
        for listen in listens:
            await stack.enter_async_context(listen(service))
        stack.callback(service.readiness.stop)  # the first thing that a stop does: platforms take a while to close
        yield Application(service, address, telegram.name if telegram else None, discord.name if discord else None)


async def _until_free(settings: Settings) -> None:
    """Wait for the lead; where nobody gives it up in time, the service says so itself."""
    try:
        async with asyncio.timeout(settings.stop_seconds + LEAD_SECONDS):
            while not lead_is_free(settings):
                log.info("waiting_for_another_earmark", data_dir=str(settings.data_dir))
                await asyncio.sleep(1)
    except TimeoutError:
        pass


def _links(settings: Settings) -> FolderStore | None:
    """A folder behind links of our own, where the world can reach them and no bucket is there for it."""
    if settings.bucket or not settings.public_url:
        return None
    if not settings.api_bind:
        raise BadSettings(reason="EARMARK_PUBLIC_URL needs the HTTP API, which EARMARK_API_BIND switches off")
    return FolderStore(settings.data_dir / "links", settings.public_url, secret_of(settings.data_dir), now)


async def _open_api(
    settings: Settings,
    service: Service,
    api: ApiAdapter,
    store: FolderStore | None,
    routes: Sequence[BaseRoute],
    stack: AsyncExitStack,
) -> str:
    """Serve the HTTP API, and the routes of platforms that are called, until the stack closes; where it listens."""
    core = service.core
    usual = Limits()
    upload = None if settings.api_megabytes is None else int(settings.api_megabytes * _MEGABYTE)
    limits = Limits(
        upload_bytes=upload or usual.upload_bytes,
        openai_bytes=upload or usual.openai_bytes,
        wait_seconds=settings.api_wait_seconds,
        requests_per_second=settings.api_requests_per_second,
        unfinished=settings.api_notes_per_key,
    )
    context = Context(
        intake=service.intake,
        queries=core.queries,
        keys=core.keys,
        catalog=core.catalog,
        aliases=[Alias(one.name, one.model, one.asynchronous) for one in other_names(settings, core.catalog)],
        clock=now,
        store=store,
        ready=service.readiness.look,
        markup=settings.markup,
    )
    host, port = address_of(settings.api_bind)
    app = make_app(api, context, limits)
    app.router.routes.extend(routes)
    found = await stack.enter_async_context(serve(app, host, port))
    return f"http://{f'[{host}]' if ':' in host else host}:{found}"
