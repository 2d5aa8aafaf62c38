"""The lead: one process on a data folder does the work, the others queue notes for it."""

from contextlib import AsyncExitStack, ExitStack
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy import URL


def lead_is_free(data_dir: Path) -> bool:
    """Return True if no process works on the data folder."""
    with ExitStack() as stack:
        return take_lead(data_dir, stack)


def take_lead(data_dir: Path, stack: AsyncExitStack | ExitStack) -> bool:
    """Take the lead until the stack closes; return False if another process has it."""
    lock = FileLock(lead_file(data_dir), timeout=0, mode=0o600)
    try:
        lock.acquire()
    except Timeout:
        return False
    stack.callback(lock.release)
    return True


def lead_file(data_dir: Path) -> Path:
    """Return the file whose lock is the lead."""
    return data_dir / "lead.lock"


def engine_url(data_dir: Path) -> URL:
    """Return the address of the durable engine's database."""
    return URL.create("sqlite", database=str(engine_file(data_dir)))


def engine_file(data_dir: Path) -> Path:
    """Return the file of the durable engine's database."""
    return data_dir / "engine.db"
