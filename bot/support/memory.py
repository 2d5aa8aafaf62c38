"""Memory of the process: what was freed goes back to the system."""

import ctypes
import os
import sys
from pathlib import Path

ARENAS = 1
"""Arenas of glibc's allocator for all threads. See `keep_memory_low`."""
LARGE_BYTES = 256 * 1024
"""Size from which a block is given back to the system as soon as it is freed."""
_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8
"""From glibc's malloc.h."""
_OPERATORS_CHOICE = ("MALLOC_ARENA_MAX", "MALLOC_MMAP_THRESHOLD_", "GLIBC_TUNABLES")


def keep_memory_low() -> bool:
    """Have glibc give back what the process frees; return True if it does.

    By itself it makes up to eight arenas a core. What one of thirty threads frees stays in the arena of that thread,
    and is of no use to the others. And once a buffer of some megabytes was freed, it takes all such from its arenas,
    where smaller blocks soon lie between them. A service over thousands of notes only grew, by 110 MB in 1,500 notes.
    Call this before the first thread starts. An operator's own settings stay, and so does another C library's way.
    """
    if not sys.platform.startswith("linux") or any(name in os.environ for name in _OPERATORS_CHOICE):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except AttributeError:  # musl has none
        return False
    return bool(mallopt(_M_ARENA_MAX, ARENAS)) and bool(mallopt(_M_MMAP_THRESHOLD, LARGE_BYTES))


def available_memory() -> int | None:
    """Return the bytes that the process could still take without swapping; None where no system file tells."""
    try:
        free = _free_of_machine(Path("/proc/meminfo").read_text(encoding="ascii"))
    except (OSError, ValueError, StopIteration):
        return None
    in_group = _free_of_group(Path("/sys/fs/cgroup"))
    return free if in_group is None else min(free, in_group)


def _free_of_machine(meminfo: str) -> int:
    line = next(line for line in meminfo.splitlines() if line.startswith("MemAvailable:"))
    return int(line.split()[1]) * 1024


def _free_of_group(group: Path) -> int | None:
    """Return the rest of a container's memory; None if it has no limit of its own."""
    try:
        limit, used = ((group / name).read_text(encoding="ascii").strip() for name in ("memory.max", "memory.current"))
        return max(int(limit) - int(used), 0)
    except (OSError, ValueError):  # no container, or "max"
        return None
