"""Fixtures for tests of linked chats."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.domain.billing import Plan
from tests.doubles.discord.server import Discord
from tests.doubles.provider import PaidProvider
from tests.doubles.telegram.server import BotApi
from tests.helpers.discord import on_discord
from tests.helpers.linked_chats import Chats, opened
from tests.helpers.settings import make_settings
from tests.helpers.telegram import on_telegram


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chats(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Chats]:
    folder = tmp_path_factory.mktemp("chats")
    settings = make_settings(folder / "data", stop_seconds=0)
    with BotApi() as phone, Discord() as desk:
        phone.limits.private_per_second = phone.limits.group_per_minute = None
        olga, max_ = phone.person("Olga"), desk.person("Max")
        phone.private(olga, started=True)
        owners = f"telegram:{olga.id} discord:{max_.id}"
        more = {"plan": Plan.PREPAID, "ask_above": "", "owners": owners, "groups_pay": "chat", "telegram_star": "0.01"}
        more |= {"known_files": "off"}  # each recording is the same one, and each is to be paid
        both = on_discord(on_telegram(settings, phone), desk, **more)
        provider = PaidProvider(folder / "provider")
        async with opened(both, phone, desk, provider) as service:
            yield Chats(phone, desk, service, olga, max_, provider)
            assert await service.core.ledger.audit() == []
            assert await service.core.ledger.statements.holds_open() == []
