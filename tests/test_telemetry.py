"""Logs: whatever is said in them, no secret is."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from bot.telemetry import configure_logs, redact

SECRETS = [
    "https://api.telegram.org/bot123456:AAE-secret_Token/getMe",
    "https://api.telegram.org/file/bot123456%3AAAE-secret_Token/voice.ogg",
    "The token `123456:AAE-secret_Token_that_is_as_long_as_they_are` was rejected",
    "Authorization: sk-abcdefghijklmnop0123",
    "https://cdn.example/file.ogg?ex=1&hm=deadbeefcafe",
    "https://earmark.example/media/x?sig=deadbeefcafe&a=1",
    "https://earmark.example/media/WyJkZWFkYmVlZmNhZmUi.deadbeefcafe/sound.ogg",
    "Bot MTA4MTAwNDk0NjgyNDYzMDI3Mg.GrSxGx.AAE-secret_Token_of_Discord_0123",
    "https://discord.com/api/v10/webhooks/108/aW50ZXJhY3Rpb246AAE-secret_Token/messages/@original",
    "x-api-key: em-abcdefghijklmnop0123abcdefghijklmnop0123abc",
]
PARTS = ["AAE-secret_Token", "abcdefghijklmnop0123", "deadbeefcafe"]


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What is written to standard error."""
    written = io.StringIO()
    monkeypatch.setattr("sys.stderr", written)
    root = logging.getLogger()
    before = root.handlers[:], root.level
    configure_logs("info", "json")
    yield written
    root.handlers[:], level = before
    root.setLevel(level)


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_is_hidden_in_our_lines_and_in_those_of_libraries(log: io.StringIO, secret: str) -> None:
    structlog.get_logger().info("called", url=secret)
    logging.getLogger("some.library").warning("GET %s", secret)
    try:
        raise RuntimeError(secret)  # noqa: TRY301  # it is the line that matters, not who raises
    except RuntimeError:
        structlog.get_logger().exception("failed")
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [line["level"] for line in lines] == ["info", "warning", "error"]
    assert not any(part in log.getvalue() for part in PARTS)


def test_what_stands_in_the_database_is_in_no_line(log: io.StringIO) -> None:
    configure_logs("debug", "json")
    logging.getLogger("aiosqlite").debug("executing %s", ("INSERT INTO transcript", "what somebody said"))
    assert log.getvalue() == ""


def test_what_is_no_secret_stays() -> None:
    assert redact(None, "", {"file": "robot12.ogg", "n": 3}) == {"file": "robot12.ogg", "n": 3}


def test_one_note_s_lines_bear_its_id(log: io.StringIO) -> None:
    with structlog.contextvars.bound_contextvars(note="n1"):
        structlog.get_logger().info("begun")
        logging.getLogger("dbos").warning("retrying")
    assert [json.loads(line)["note"] for line in log.getvalue().splitlines()] == ["n1", "n1"]
