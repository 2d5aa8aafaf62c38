"""Backoff: retries after pauses that grow, and the operator reads why."""

from structlog.testing import capture_logs

from bot.support.retry import Backoff, Trouble
from tests.helpers.services import Pauses


def explained(error: Exception) -> Trouble | None:
    if isinstance(error, PermissionError):
        return Trouble("other_side_refuses", hint="look at the token", seconds=300.0)
    return Trouble("other_side_away") if isinstance(error, ConnectionError) else None


async def test_pauses_grow_to_the_longest_and_begin_anew_after_a_success() -> None:
    pauses = Pauses()
    faults: list[Exception] = [ConnectionResetError() for _ in range(4)]

    async def work() -> str:
        if faults:
            raise faults.pop()
        return "done"

    backoff = Backoff("work_failed", explained, pauses, longest=4.0)
    assert await backoff.retry(work) == "done"
    await backoff.wait_out(ConnectionResetError())
    assert pauses.asked == [1.0, 2.0, 4.0, 4.0, 1.0]


async def test_a_trouble_may_ask_for_its_own_pause_and_is_an_error_if_the_operator_can_help() -> None:
    pauses = Pauses()
    with capture_logs() as logs:
        await Backoff("work_failed", explained, pauses).wait_out(PermissionError("a secret word"))
    assert pauses.asked == [300.0]
    assert [(line["event"], line["log_level"], line["hint"]) for line in logs] == [
        ("other_side_refuses", "error", "look at the token")
    ]
    assert "a secret word" not in str(logs)


async def test_a_fault_of_the_program_is_told_each_time_with_its_lines_of_code_and_without_its_words() -> None:
    backoff = Backoff("work_failed", explained, Pauses())
    with capture_logs() as logs:
        for _ in range(2):
            await backoff.wait_out(ValueError("a secret word"))
    assert [(line["event"], line["error"]) for line in logs] == [("work_failed", "ValueError")] * 2
    assert "a secret word" not in str(logs)
