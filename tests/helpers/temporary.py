"""The place of the tests' temporary files."""

import os
import shutil
from pathlib import Path

import psutil

_SHARED_MEMORY = Path("/dev/shm")
_NEEDED = 4 << 30
"""Bytes; a whole run has about a quarter of them in use at once."""


def memory_for_files() -> Path | None:
    """Return a folder whose files are in memory; None if there is none with enough room for programs and data."""
    if not _SHARED_MEMORY.is_dir() or os.statvfs(_SHARED_MEMORY).f_flag & os.ST_NOEXEC:
        return None
    room = min(shutil.disk_usage(_SHARED_MEMORY).free, psutil.virtual_memory().available)
    return _SHARED_MEMORY if room > _NEEDED else None
