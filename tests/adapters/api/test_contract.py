"""The API answers any request in a way that its documentation promises."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
import schemathesis
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from adapters.api import Limits
from tests.helpers.api import Api, prepaid, served

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    # it takes the service, which runs in another thread meanwhile, for the one that makes the examples
    pytest.mark.filterwarnings("ignore:Do not use the `random` module inside strategies"),
]

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    allow_header_conformance,
]
EXAMPLES = 12
"""Of each operation, of what is right and of what is wrong."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def api(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Api]:
    folder = tmp_path_factory.mktemp("api")
    limits = Limits(chunk_seconds=1.0, hold_seconds=1.0, requests_per_second=10_000)
    async with served(prepaid(folder), folder, limits) as api:
        yield api


@pytest.mark.parametrize(("mode", "operations"), [(GenerationMode.POSITIVE, 13), (GenerationMode.NEGATIVE, 4)])
async def test_every_answer_is_a_documented_one(api: Api, mode: GenerationMode, operations: int) -> None:
    asked = await asyncio.to_thread(_ask_everything, api.url, await api.join(), mode)
    assert len(asked) == operations
    await api.all_is_right()


async def test_without_a_key_every_answer_is_a_documented_one_too(api: Api) -> None:
    await asyncio.to_thread(_ask_everything, api.url, "em-wrong", GenerationMode.POSITIVE, 3)


def _ask_everything(url: str, key: str, mode: GenerationMode, examples: int = EXAMPLES) -> set[str]:
    """Ask each operation so many times; the operations that were asked."""
    schema = schemathesis.openapi.from_url(f"{url}/openapi.json")
    asked = set()
    for found in schema.get_all_operations():
        assert isinstance(found, Ok), "the documentation is malformed"
        operation = found.ok()
        if mode is GenerationMode.NEGATIVE and not operation.body:
            continue  # there is nothing to get wrong
        _ask(operation.as_strategy(generation_mode=mode), url, key, examples)
        asked.add(operation.label)
    return asked


def _ask(cases: st.SearchStrategy[schemathesis.Case[Any]], url: str, key: str, examples: int) -> None:
    @seed(1)
    @settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(cases)
    def ask(case: schemathesis.Case[Any]) -> None:
        case.call_and_validate(base_url=url, headers={"x-api-key": key}, checks=CHECKS, timeout=20)

    ask()
