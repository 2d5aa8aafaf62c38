"""The secret of this house: what it signs links and buttons with, and hides names behind."""

import os
import secrets
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from filelock import FileLock

from bot.errors import BadSettings

_SECRET_BYTES = 32


def secret_of(data_dir: Path) -> bytes:
    """The 32 bytes with which this house signs its links, made at the first call. Blocks for as long as a disk does.

    Processes that call it at the same time get the same. Raises BadSettings where the file is damaged or closed to us.
    """
    path = data_dir / "links.secret"
    try:
        with FileLock(data_dir / "links.lock", timeout=10, mode=0o600):
            if not path.exists():
                _write_secret(path)
            secret = path.read_bytes()
    except OSError as error:  # Timeout, which the lock raises, is one
        raise BadSettings(reason=f"{path.name} in the data folder cannot be used ({type(error).__name__})") from error
    if len(secret) != _SECRET_BYTES:
        raise BadSettings(reason=f"{path.name} in the data folder is damaged: remove it (links given out will fail)")
    return secret


def _write_secret(path: Path) -> None:
    unfinished = path.with_name(f"{path.name}.{uuid4().hex}.part")
    try:
        with _private(unfinished) as file:
            file.write(secrets.token_bytes(_SECRET_BYTES))
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _private(path: Path) -> BinaryIO:
    """A new file that only we can read."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
