"""Telegram calls: who may, what is taken, and when Telegram hears that it was."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from structlog.testing import capture_logs
from telegram.ext import ExtBot

from adapters.telegram.client import make_bot
from adapters.telegram.receiving import KINDS
from adapters.telegram.webhook import HEADER, LARGEST, PATH, Webhook
from bot.chat.listening import StateReport
from bot.chat.update_handling import Arrival
from bot.settings import Settings
from bot.support.clock import now
from tests.doubles.telegram.server import BAD_GATEWAY, BotApi
from tests.helpers.services import Pauses
from tests.helpers.telegram import on_telegram, telegram_rig

SECRET = "a-secret_of_OURS"
UPDATE = {"update_id": 870_000_001, "message": {"chat": {"id": 5}, "text": "Hello"}}


@dataclass
class Hook:
    """A webhook without its house: what came is written down here."""

    client: httpx.AsyncClient
    kept: list[Arrival] = field(default_factory=list)
    is_away: bool = False

    async def keep(self, arrivals: Sequence[Arrival]) -> None:
        if self.is_away:
            raise ConnectionResetError
        self.kept += arrivals

    async def post(self, secret: str = SECRET, **body: object) -> httpx.Response:
        return await self.client.post(PATH, headers={HEADER: secret} if secret else {}, **body)  # type: ignore[arg-type]  # httpx's own arguments


@pytest.fixture
def telegram() -> Iterator[BotApi]:
    with BotApi() as telegram:
        yield telegram


@pytest.fixture
async def hook(telegram: BotApi) -> AsyncIterator[Hook]:
    webhook = Webhook("https://example.org", SECRET, StateReport(now), Pauses())
    transport = httpx.ASGITransport(Starlette(routes=[webhook.route]))
    async with (
        httpx.AsyncClient(transport=transport, base_url="http://here") as client,
        the_bot(telegram) as bot,
    ):
        hook = Hook(client)
        async with listening(webhook, bot, hook):
            await telegram.eventually(lambda: telegram.webhook)
            yield hook


@asynccontextmanager
async def the_bot(telegram: BotApi) -> AsyncIterator["ExtBot[None]"]:
    bot = make_bot(telegram.token, telegram.base_url, telegram.base_file_url, local=False)
    yield bot
    for request in bot._request:
        await request.shutdown()


@asynccontextmanager
async def listening(webhook: Webhook, bot: "ExtBot[None]", hook: Hook) -> AsyncIterator[None]:
    task = asyncio.create_task(webhook.listen(bot, hook.keep))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_telegram_is_told_where_to_call_and_with_which_secret(telegram: BotApi, hook: Hook) -> None:
    assert telegram.webhook is not None
    assert telegram.webhook["url"] == f"https://example.org{PATH}"
    assert telegram.webhook["secret_token"] == SECRET
    (call,) = telegram.called("setWebhook")
    assert call.params["allowed_updates"] == list(KINDS)
    assert call.params.get("drop_pending_updates") in (None, False)


async def test_an_update_is_written_down_before_it_is_confirmed(hook: Hook) -> None:
    hook.is_away = True
    with capture_logs() as logs:
        assert (await hook.post(json=UPDATE)).status_code == 503
    assert [log["event"] for log in logs] == ["update_not_kept"]
    hook.is_away = False
    assert (await hook.post(json=UPDATE)).status_code == 200
    assert hook.kept == [Arrival(UPDATE["update_id"], UPDATE)]  # type: ignore[arg-type]  # a number


@pytest.mark.parametrize("secret", ["", "a-secret_of_OURs", SECRET + "x", "ä"])
async def test_a_wrong_secret_is_refused_with_nothing_told(hook: Hook, secret: str) -> None:
    headers = {HEADER.encode(): secret.encode()} if secret else {}
    answer = await hook.client.post(PATH, headers=headers, json=UPDATE)
    assert (answer.status_code, answer.content, hook.kept) == (403, b"", [])


async def test_only_a_post_is_taken(hook: Hook) -> None:
    for method in ("GET", "PUT", "DELETE", "PATCH"):
        answer = await hook.client.request(method, PATH, headers={HEADER: SECRET})
        assert answer.status_code == 405


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no JSON",
        b"[]",
        b"[" * 100_000,
        b'{"update_id": "7"}',
        b'{"update_id": -1}',
        b'{"update_id": 99999999999999999999}',
        b'{"update_id": 1, "x": NaN}',
        b'{"message": {}}',
        b"\xff\xfe",
    ],
    ids=repr,
)
async def test_what_is_no_update_is_refused(hook: Hook, body: bytes) -> None:
    answer = await hook.post(content=body)
    assert (answer.status_code, hook.kept) == (400, [])


async def test_no_more_is_read_than_an_update_can_hold(hook: Hook) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 100 * LARGEST:
            sent += 65_536
            yield b"x" * 65_536

    assert (await hook.post(content=endless())).status_code == 413
    assert (await hook.post(content=b" " * (LARGEST + 1))).status_code == 413
    assert sent < 2 * LARGEST


async def test_nothing_is_taken_before_it_listens_nor_after(telegram: BotApi) -> None:
    webhook = Webhook("https://example.org/", SECRET, StateReport(now), Pauses())
    transport = httpx.ASGITransport(Starlette(routes=[webhook.route]))
    async with httpx.AsyncClient(transport=transport, base_url="http://here") as client, the_bot(telegram) as bot:
        hook = Hook(client)
        assert (await hook.post(json=UPDATE)).status_code == 503
        async with listening(webhook, bot, hook):
            await telegram.eventually(lambda: telegram.webhook)
            assert (await hook.post(json=UPDATE)).status_code == 200
        assert (await hook.post(json=UPDATE)).status_code == 503


async def test_a_webhook_that_cannot_be_set_is_set_later(telegram: BotApi) -> None:
    pauses, report = Pauses(), StateReport(now)
    telegram.fail("setWebhook", BAD_GATEWAY, times=2)
    webhook = Webhook("https://example.org", SECRET, report, pauses)
    async with httpx.AsyncClient() as client, the_bot(telegram) as bot, listening(webhook, bot, Hook(client)):
        await telegram.eventually(lambda: telegram.webhook)
        await telegram.eventually(lambda: report.state.away_since is None)
    assert pauses.asked == [1, 2]
    assert report.state.away_since is not None, "nobody listens any more"


async def test_a_whole_service_is_called_and_answers(telegram: BotApi, settings: Settings, voice: Path) -> None:
    ada = telegram.person("Ada")
    chat = telegram.private(ada)
    chat.say(ada, text="/help")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        webhook = Webhook(f"http://127.0.0.1:{listener.getsockname()[1]}", SECRET, StateReport(now))
        server = uvicorn.Server(uvicorn.Config(Starlette(routes=[webhook.route]), log_config=None, lifespan="off"))
        serving = asyncio.create_task(server.serve([listener]))
        async with telegram_rig(telegram, on_telegram(settings, telegram), webhook) as rig:
            chat.say(ada, voice=voice)
            await rig.answers(chat)
            await telegram.eventually(lambda: len(chat.answers) == 2)
        server.should_exit = True
        await serving
