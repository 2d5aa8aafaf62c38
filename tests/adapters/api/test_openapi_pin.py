"""The HTTP API that clients are built against: its OpenAPI document, as the stored file has it."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.api import Api, prepaid, served
from tests.helpers.paths import DATA

STORED = DATA / "openapi.json"


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    async with served(prepaid(tmp_path), tmp_path) as api:
        yield api


async def test_the_openapi_document_is_that_of_the_last_release(api: Api) -> None:
    async with api.client() as client:
        document = (await client.get("/openapi.json")).json()
    assert binding(document) == binding(json.loads(STORED.read_text("utf-8")))


def binding(part: Any) -> Any:
    """The part without texts for people, and without the release that it is of."""
    if isinstance(part, dict):
        texts = {key for key in ("description", "summary", "version") if isinstance(part.get(key), str)}
        return {key: binding(value) for key, value in part.items() if key not in texts}
    return [binding(one) for one in part] if isinstance(part, list) else part
