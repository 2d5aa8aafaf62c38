"""Results of steps: each is recorded as plain JSON and read back the same, also what release 0.1.0 recorded."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.domain.audio import Audio
from bot.domain.billing import AskPrice, Plan
from bot.domain.errors import NotNow, Undelivered
from bot.domain.money import Micros
from bot.domain.waiting import Wait, WaitReason
from bot.notes.durable import Lanes, open_engine
from bot.notes.steps import (
    Ended,
    Paid,
    Prepared,
    PutOff,
    QuotedChunk,
    Result,
    Submitted,
    from_json,
    run,
    to_json,
    upgraded,
)

UNTIL = datetime(2026, 11, 15, 12, 30, tzinfo=UTC)
AUDIO = Audio(Path("/spool/n/chunk-000.mp3"), "mp3", "mp3", 16.14, 16_000, 1, 65_000)
LINKED = Audio(Path("/spool/n/b\udcff.ogg"), "ogg", "opus", 0.1 + 0.2, 48_000, 2, 1, has_video=True, link="")
RESULTS: list[Result] = [
    Prepared((QuotedChunk(0.0, AUDIO, Micros(161_400)), QuotedChunk(16.14, LINKED, Micros(0))), Micros(161_400)),
    Prepared(),
    Submitted(),
    Paid(Micros(161_400), Plan.PREPAID, Micros(838_600)),
    Paid(Micros(0), Plan.OPEN, Micros(0)),
    AskPrice(Micros(161_400)),
    Wait(WaitReason.DAY_BUDGET, UNTIL),
    Wait(WaitReason.PLATFORM_DOWN, UNTIL, "Telegram"),
    PutOff(waits=True),
    PutOff(waits=False),
    Ended(),
]


@pytest.mark.parametrize("result", RESULTS, ids=lambda result: type(result).__name__)
def test_a_result_is_the_same_once_it_was_recorded(result: Result) -> None:
    assert from_json(json.loads(json.dumps(to_json(result)))) == result


@pytest.mark.parametrize("result", RESULTS, ids=lambda result: type(result).__name__)
def test_what_is_recorded_today_is_not_taken_for_a_record_of_an_earlier_release(result: Result) -> None:
    outcome = {"value": to_json(result)}
    assert upgraded("transcribe", outcome) == outcome


OLD_AUDIO = {
    "path": "/spool/n/fetched.ogg",
    "container": "ogg",
    "codec": "opus",
    "seconds": 16.14,
    "rate": 48_000,
    "channels": 1,
    "bytes": 1000,
    "has_video": False,
    "link": None,
}


@pytest.mark.parametrize(
    ("step", "recorded", "result"),
    [
        (
            "prepare",
            {"value": {"pieces": [{"start": 0.0, "audio": OLD_AUDIO, "cost": 161_400}], "price": 200_000}},
            Prepared(
                (
                    QuotedChunk(
                        0.0,
                        Audio(Path("/spool/n/fetched.ogg"), "ogg", "opus", 16.14, 48_000, 1, 1000),
                        Micros(161_400),
                    ),
                ),
                Micros(200_000),
            ),
        ),
        ("prepare", {"value": {"pieces": []}}, Prepared()),
        ("prepare", {"value": {"pieces": [], "known": True}}, Prepared()),
        ("prepare", {"error": {"code": "AsksFirst", "price": 161_400}}, AskPrice(Micros(161_400))),
        (
            "prepare",
            {"error": {"code": "HouseStops", "reason": "It rests.", "until": UNTIL.isoformat()}},
            Wait(WaitReason.DAY_BUDGET, UNTIL),
        ),
        (
            "transcribe",
            {"error": {"code": "NotNow", "reason": "Too busy.", "until": UNTIL.isoformat()}},
            Wait(WaitReason.OTHER, UNTIL),
        ),
        ("transcribe", {"value": None}, Submitted()),
        (
            "transcribe",
            {"value": {"charged": 5, "plan": "open", "available": 0, "known": True}},
            Paid(Micros(5), Plan.OPEN, Micros(0)),
        ),
        (
            "collect",
            {"value": {"charged": 5, "plan": "prepaid", "available": 9}},
            Paid(Micros(5), Plan.PREPAID, Micros(9)),
        ),
        ("pause", {"value": True}, PutOff(waits=True)),
        ("put off", {"value": False}, PutOff(waits=False)),
        ("answer", {"value": None}, Ended()),
    ],
)
def test_what_release_0_1_0_recorded_is_read(step: str, recorded: Any, result: Result) -> None:
    assert from_json(upgraded(step, recorded)["value"]) == result


def test_an_error_that_is_no_wait_stays_an_error() -> None:
    outcome = {"error": Undelivered(reason="the chat is gone").to_json()}
    assert upgraded("answer", outcome) == outcome


async def after_a_restart(tmp_path: Path, do: Callable[[], Awaitable[Result]]) -> list[Result]:
    """Return what a step gives before and after the engine was stopped behind it."""
    found: list[Result] = []
    came: asyncio.Queue[None] = asyncio.Queue()

    async def workflow(_note_id: str) -> None:
        found.append(await run("transcribe", do))
        came.put_nowait(None)
        await asyncio.Event().wait()

    url = f"sqlite:///{tmp_path / 'engine.db'}"
    async with open_engine(url, workflow, ["here"], Lanes(), grace=0) as engine:
        await engine.start("a", "here", "ada", UNTIL)
        await asyncio.wait_for(came.get(), 10)
    async with open_engine(url, workflow, ["here"], Lanes(), grace=0):
        await asyncio.wait_for(came.get(), 10)
    return found


async def test_a_step_that_was_done_gives_the_same_value_after_a_restart(tmp_path: Path) -> None:
    calls: list[None] = []

    async def paid() -> Paid:
        calls.append(None)
        return Paid(Micros(5), Plan.PREPAID, Micros(9))

    assert await after_a_restart(tmp_path, paid) == 2 * [Paid(Micros(5), Plan.PREPAID, Micros(9))]
    assert len(calls) == 1


async def test_a_provider_or_platform_that_says_not_now_makes_the_step_wait(tmp_path: Path) -> None:
    async def busy() -> Paid:
        raise NotNow(WaitReason.PROVIDER_BUSY, UNTIL)

    assert await after_a_restart(tmp_path, busy) == 2 * [Wait(WaitReason.PROVIDER_BUSY, UNTIL)]
