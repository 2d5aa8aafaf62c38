"""Faults as the operator reads them."""

import traceback
from pathlib import Path

import structlog

log = structlog.get_logger()

_FRAMES = 6


def report(event: str, error: BaseException, **about: float) -> None:
    """Log a fault with the lines of code that it came through, not its message: somebody's words may be in it."""
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    where = " > ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames)
    log.error(event, error=type(error).__name__, where=where, **about)
