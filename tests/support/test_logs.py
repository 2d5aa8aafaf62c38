"""Logs: whatever is said in them, no secret is."""

import io
import json
import logging
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
import stamina
import structlog
from pydantic import TypeAdapter

from bot.domain.errors import NotFound
from bot.domain.transcript import Transcript
from bot.support.logs import configure_logs, redact

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
    """Return the lines written to standard error."""
    written = io.StringIO()
    monkeypatch.setattr("sys.stderr", written)
    root = logging.getLogger()
    before = root.handlers[:], root.level
    configure_logs("debug", "json")
    yield written
    root.handlers[:], level = before
    root.setLevel(level)
    for ours in ("bot", "adapters"):
        logging.getLogger(ours).setLevel(logging.NOTSET)


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_is_hidden_in_our_lines_and_in_those_of_libraries(log: io.StringIO, secret: str) -> None:
    structlog.get_logger("bot.somewhere").info("called", url=secret)
    logging.getLogger("some.library").warning("GET %s", secret)
    try:
        raise RuntimeError(secret)  # noqa: TRY301  # it is the line that matters, not who raises
    except RuntimeError:
        structlog.get_logger().exception("failed")
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [line["level"] for line in lines] == ["info", "warning", "error"]
    assert not any(part in log.getvalue() for part in PARTS)


@pytest.mark.parametrize("library", ["aiosqlite", "telegram.Bot", "sqlalchemy.engine.Engine", "httpx", "of.tomorrow"])
def test_libraries_tell_of_trouble_only_whatever_the_level(log: io.StringIO, library: str) -> None:
    logging.getLogger(library).debug("executing %s", ("INSERT INTO transcript", "what somebody said"))
    logging.getLogger(library).info("sent %s", "what somebody said")
    assert log.getvalue() == ""
    logging.getLogger("bot.notes.repository.workflow").debug("ours")
    logging.getLogger(library).warning("trouble")
    assert [json.loads(line)["level"] for line in log.getvalue().splitlines()] == ["debug", "warning"]


SAID, NAME = "what somebody said", "my diary.ogg"


def test_an_exception_is_told_with_all_that_led_to_it_and_nothing_that_people_sent(log: io.StringIO) -> None:
    def fails() -> None:
        try:
            TypeAdapter(Transcript).validate_python({"text": [SAID]})
        except ValueError:
            Path(f"/nowhere/{NAME}").read_bytes()

    try:
        fails()
    except OSError as error:
        group = ExceptionGroup(SAID, [error, NotFound(name=NAME), sqlite3.OperationalError("database is locked")])
        structlog.get_logger("bot.somewhere").error("failed", exc_info=group)
    told = json.loads(log.getvalue())["exception"]
    for part in ("ValidationError", "in fails", "FileNotFoundError: No such file", "NotFound", "database is locked"):
        assert part in told
    assert SAID not in told
    assert NAME not in told


async def test_what_is_tried_again_is_told_without_what_the_exception_says(log: io.StringIO) -> None:
    async for attempt in stamina.retry_context(on=ValueError, attempts=2, wait_initial=0.01, wait_jitter=0):
        with attempt:
            if attempt.num == 1:
                raise ValueError(SAID)
    assert "ValueError" in log.getvalue()
    assert SAID not in log.getvalue()


def test_what_is_no_secret_stays() -> None:
    assert redact(None, "", {"file": "robot12.ogg", "n": 3}) == {"file": "robot12.ogg", "n": 3}


@pytest.mark.parametrize("form", ["console", "json"])
def test_what_others_wrote_is_one_line_of_the_log_and_no_order_to_a_terminal(
    log: io.StringIO, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logs("debug", form)
    nasty = "x\x1b[2J\x9b2J\r\n2026-01-01 00:00:00 [info     ] all_is_well\u2028\u202e"
    structlog.get_logger("bot.somewhere").warning("refused", file=nasty, files=[nasty])
    structlog.get_logger("bot.somewhere").warning(nasty)
    logging.getLogger("uvicorn.error").warning("GET /%s", nasty)
    assert log.getvalue() == "", "that was the form before"
    written = capsys.readouterr().err
    lines = written.split("\n")
    assert len(lines) == 4
    assert lines[3] == ""
    assert not set("\x1b\x9b\r\u2028\u202e") & set(written)
    assert "u001b[2J" in lines[0]


def test_one_note_s_lines_bear_its_id(log: io.StringIO) -> None:
    with structlog.contextvars.bound_contextvars(note="n1"):
        structlog.get_logger("bot.somewhere").info("begun")
        logging.getLogger("dbos").warning("retrying")
    assert [json.loads(line)["note"] for line in log.getvalue().splitlines()] == ["n1", "n1"]


def test_a_warning_that_a_library_repeats_is_told_once_in_a_minute_and_its_errors_always(log: io.StringIO) -> None:
    library = logging.getLogger("dbos")
    for _ in range(3):
        library.warning("the database is away")
        library.error("a workflow failed")
    library.warning("another fault")
    told = [json.loads(line)["event"] for line in log.getvalue().splitlines()]
    assert told == ["the database is away", *["a workflow failed"] * 3, "another fault"]
