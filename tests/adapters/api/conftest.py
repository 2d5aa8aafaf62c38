"""An API of one service for each file, and users of it."""

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from tests.helpers.api import Api, prepaid, served


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Api]:
    folder = tmp_path_factory.mktemp("api")
    async with served(prepaid(folder), folder) as api:
        yield api


@pytest_asyncio.fixture(loop_scope="module")
async def api(shared: Api) -> AsyncIterator[Api]:
    """Started once; whatever a test does, everything is right at its end."""
    shared.provider.forget()
    yield shared
    await shared.all_is_right()


@pytest_asyncio.fixture(loop_scope="module")
async def ann(api: Api) -> AsyncIterator[httpx.AsyncClient]:
    """A user with five dollars."""
    async with api.client(await api.join()) as client:
        yield client


@pytest_asyncio.fixture(loop_scope="module")
async def bob(api: Api) -> AsyncIterator[httpx.AsyncClient]:
    """A user without money."""
    async with api.client(await api.join(0)) as client:
        yield client
