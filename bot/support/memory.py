"""Memory of the process, and how much of what was freed the C library keeps."""

import ctypes
import os
import sys

ARENAS = 2
"""Arenas of glibc's allocator for all threads. See `keep_few_arenas`."""
_M_ARENA_MAX = -8
"""From glibc's malloc.h."""
_OPERATORS_CHOICE = ("MALLOC_ARENA_MAX", "GLIBC_TUNABLES")


def keep_few_arenas() -> bool:
    """Have glibc serve all threads from a few arenas; return True if it does.

    By itself it makes up to eight a core. What one of thirty threads frees stays in the arena of that thread, and is of
    no use to the others: a service over thousands of notes only grew. Call it before the first thread starts. An
    operator's own setting stays, and so does another C library's way.
    """
    if not sys.platform.startswith("linux") or any(name in os.environ for name in _OPERATORS_CHOICE):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except AttributeError:  # musl has none
        return False
    return bool(mallopt(_M_ARENA_MAX, ARENAS))
