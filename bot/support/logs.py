"""Logs (structlog for our own lines and for every library's, through one redaction, to standard error), and metrics."""

import logging
import math
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog
from prometheus_client import Counter, Gauge, Histogram

from bot.support.tracebacks import rendered

# Labels are words of ours: a platform, a state, a step. What people send, and who they are, is never one.
NOTES = Counter("earmark_notes", "Notes that had their end.", ["platform", "state", "error"])
"""By the platform that they came from, by how they ended (done, failed, cancelled), and by the error's code, or ""."""
UNFINISHED = Gauge("earmark_notes_unfinished", "Notes without an end whose time has come, at the last look.")
QUEUED = Gauge("earmark_queue_notes", "Notes that wait for their turn.", ["platform"])
QUEUE_AGE = Gauge("earmark_queue_oldest_seconds", "How long the first of them has waited.", ["platform"])
STEP_SECONDS = Histogram(
    "earmark_step_seconds",
    "How long a step of a note's life took, failures included.",
    ["step"],
    buckets=(0.05, 0.2, 1, 5, 20, 60, 300, 1200, 3600),
)
"""acknowledge, fetch, prepare, transcribe, collect, deliver."""
PROVIDER_SECONDS = Histogram(
    "earmark_provider_seconds",
    "How long a cloud provider took for an answer, or until the call broke off.",
    ["provider", "call"],
    buckets=(0.1, 0.3, 1, 3, 10, 30, 120, 600),
)
PROVIDER_BUSY = Counter("earmark_provider_too_many_requests", "Calls that a provider turned away (429).", ["provider"])
PROVIDER_BALANCE = Gauge("earmark_provider_balance_dollars", "What the house has at its cloud provider.", ["provider"])
HOLDS = Gauge("earmark_holds_open", "Holds that are neither settled nor released.")
HOLD_AGE = Gauge("earmark_hold_oldest_seconds", "How old the oldest of them is.")
HELD = Gauge("earmark_held_dollars", "What they hold together.")
FINDINGS = Gauge(
    "earmark_ledger_findings",
    "What the last audit of the ledger found wrong: 0, or somebody must look; NaN before the first.",
)
FINDINGS.set(math.nan)
AUDITED = Gauge("earmark_ledger_audit_timestamp_seconds", "When that audit ended; 0 before the first.")
LOOP_LAG = Histogram(
    "earmark_loop_lag_seconds",
    "How much later than it wanted a task of the event loop went on; looked at once a second.",
    buckets=(0.005, 0.02, 0.05, 0.1, 0.25, 1, 5),
)
MODEL_LOADED = Gauge("earmark_model_loaded", "Whether an embedded model is in memory.", ["model"])
DISK_FREE = Gauge("earmark_disk_free_bytes", "What is free on the disk with the data folder.")

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
_OURS = ("bot", "adapters")
_RETRIED = "caused_by"
"""So stamina names the exception after which it tries again; its message may hold anything (traces.py)."""


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
                last,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    # In quieter lines libraries tell all that passes them, messages and rows and links: they may tell of trouble only.
    root.setLevel(max(logging.WARNING, logging.getLevelName(level.upper())))
    for ours in _OURS:
        logging.getLogger(ours).setLevel(level.upper())
    _through_root("dbos")
    _through_root("uvicorn")
    # It tells answers that it cannot read, whole; adapters/telegram tells that there was one.
    logging.getLogger("telegram.request").setLevel(logging.CRITICAL)


def redact(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Hide what looks like a secret in every value of a log line, and what an exception says that was tried again."""
    for key, value in event.items():
        if key == _RETRIED and isinstance(value, str):
            event[key] = value.partition("(")[0]
        elif isinstance(value, str):
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
