"""Logs (structlog for our own lines and for every library's, through one redaction, to standard error), and metrics."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog
from prometheus_client import Counter, Gauge

NOTES = Counter("earmark_notes", "Notes that had their end.", ["platform", "state"])
"""By the platform that they came from, and by how they ended: done, failed, cancelled."""
UNFINISHED = Gauge("earmark_notes_unfinished", "Notes without an end whose time has come, at the last look.")
PROVIDER_BALANCE = Gauge("earmark_provider_balance_dollars", "What the house has at its cloud provider.", ["provider"])

_SECRETS = re.compile(
    r"bot\d+(?::|%3A)[\w-]+"  # a Telegram token in an address, plain or percent-encoded
    r"|\b\d{6,}(?::|%3A)[\w-]{30,}"  # the same by itself
    r"|\b[\w-]{18,}\.[\w-]{5,}\.[\w-]{20,}"  # a Discord token
    r"|\baW50ZXJhY3Rpb246[\w-]+"  # what answers an interaction: "interaction:" and more, in base64
    r"|\bsk-[\w-]{16,}"  # an API key
    r"|\bem-[\w-]{40,}"  # a key of our own HTTP API
    r"|(?P<name>[?&](?:sig|key|token|hm|X-Amz-Signature)=|/media/)[^&/\s]+",  # a signed link
    re.IGNORECASE,
)
_HIDDEN = "[hidden]"


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
                structlog.processors.format_exc_info,
                redact,
                last,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    _through_root("dbos")
    _through_root("uvicorn")
    for chatty in ("httpx", "httpcore", "aiosqlite", "faster_whisper", "alembic"):
        # httpx logs whole URLs, tokens included; aiosqlite every statement, with all that somebody said.
        logging.getLogger(chatty).setLevel(logging.WARNING)


def redact(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Hide what looks like a secret in every value of a log line."""
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = _SECRETS.sub(lambda found: (found["name"] or "") + _HIDDEN, value)
    return event


def _through_root(name: str) -> None:
    """Take a library's own handlers away, so that its lines go through ours."""
    logger = logging.getLogger(name)
    logger.handlers = [logging.NullHandler()]
    logger.propagate = True
    logger.addFilter(_not_about_our_stop)


def _not_about_our_stop(record: logging.LogRecord) -> bool:
    """DBOS warns about each workflow that a stop parks; that is how we stop (engine.py)."""
    return "Asyncio task cancelled for workflow or step" not in record.getMessage()
