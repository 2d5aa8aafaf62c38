"""Fixtures for tests of NanoGPT's client."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from bot.domain.audio import Audio
from bot.providers.nanogpt.client import NanoGPT
from tests.doubles.nanogpt.server import (
    NanoGPTServer,
    serve,
)
from tests.helpers.ledgers import Clock
from tests.helpers.nanogpt_client import SECONDS, Time, opened


@pytest.fixture
async def server() -> AsyncIterator[NanoGPTServer]:
    async with serve() as server:
        yield server


@pytest.fixture
def passing() -> Time:
    return Time()


@pytest.fixture
async def nanogpt(server: NanoGPTServer, clock: Clock, passing: Time) -> AsyncIterator[NanoGPT]:
    async with opened(server, clock, passing) as nanogpt:
        yield nanogpt


@pytest.fixture
def audio(tmp_path: Path) -> Audio:
    path = tmp_path / "Моё «письмо».oga"
    path.write_bytes(bytes(range(256)) * 300)
    return Audio(path, "ogg", "opus", SECONDS, 48_000, 1, path.stat().st_size)


@pytest.fixture
def logs() -> Iterator[list[Any]]:
    with structlog.testing.capture_logs() as lines:
        yield lines
