"""Logs: structlog for our own lines and for those of every library, through one redaction, to standard error."""

import logging
import math
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from bot.domain.plain_text import escaped, plain_lines
from bot.support.tracebacks import rendered

_SECRETS = re.compile(
    r"bot\d+(?::|%3A)[\w-]+"  # a bot's token in an address, plain or percent-encoded
    r"|\b\d{6,}(?::|%3A)[\w-]{30,}"  # the same by itself
    r"|\b[\w-]{18,}\.[\w-]{5,}\.[\w-]{20,}"  # a bot's token in three parts
    r"|\baW50ZXJhY3Rpb246[\w-]+"  # what answers an interaction: "interaction:" and more, in base64
    r"|\bsk-[\w-]{16,}"  # an API key
    r"|\bem-[\w-]{40,}"  # a key of our own HTTP API
    r"|(?P<name>[?&](?:sig|key|token|hm|X-Amz-Signature)=|/media/)[^&/\s]+",  # a signed link
    re.IGNORECASE,
)
_HIDDEN = "[hidden]"
_OURS = ("bot", "adapters")
_OF_SEVERAL_LINES = ("exception", "stack")
_SELDOM_SECONDS = 60.0
_RETRIED = "caused_by"
"""So stamina names the exception after which it tries again; its message may hold anything (tracebacks.py)."""


def configure_logs(level: str, form: str) -> None:
    """Send all logs through one pipe. `level`: debug, info, warning, error; `form`: console or json."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    last = structlog.processors.JSONRenderer() if form == "json" else structlog.dev.ConsoleRenderer(colors=False)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.ExceptionRenderer(rendered),
                redact,
                one_line_each,
                last,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    # In quieter lines libraries log all that passes them, messages and rows and links: only their warnings are kept.
    root.setLevel(max(logging.WARNING, logging.getLevelName(level.upper())))
    for ours in _OURS:
        logging.getLogger(ours).setLevel(level.upper())
    for library in ("dbos", "uvicorn"):
        _through_root(logging.getLogger(library))
    for drop in (_not_about_our_stop, _Seldom()):
        logging.getLogger("dbos").addFilter(drop)


def redact(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Hide likely secrets in every value of a log line, and the message of an exception that was retried."""
    for key, value in event.items():
        if key == _RETRIED and isinstance(value, str):
            event[key] = value.partition("(")[0]
        elif isinstance(value, str):
            event[key] = _SECRETS.sub(lambda found: (found["name"] or "") + _HIDDEN, value)
    return event


def one_line_each(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Escape line breaks and control characters in every value, so that none can look like a line of its own.

    Only tracebacks have lines; their controls are dropped.
    """
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = plain_lines(value) if key in _OF_SEVERAL_LINES else escaped(value)
    return event


def _through_root(logger: logging.Logger) -> None:
    """Take a library's own handlers away, so that its lines go through ours."""
    logger.handlers = [logging.NullHandler()]
    logger.propagate = True


class _Seldom(logging.Filter):
    """Passes one warning of each place in a library's code in a minute: an outage would fill the log with them."""

    def __init__(self) -> None:
        super().__init__()
        self._passed_at: dict[tuple[str, int], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        place = (record.pathname, record.lineno)
        if record.levelno >= logging.ERROR:
            return True
        if record.created - self._passed_at.get(place, -math.inf) < _SELDOM_SECONDS:
            return False
        self._passed_at[place] = record.created
        return True


def _not_about_our_stop(record: logging.LogRecord) -> bool:
    """Drop DBOS's warning about each workflow that a stop parks; that is how we stop (bot/notes/durable.py)."""
    return "Asyncio task cancelled for workflow or step" not in record.getMessage()
