"""Memory that any thread freed is of use to all: a service over thousands of notes does not only grow."""

import os
import subprocess
import sys

import pytest

from bot.support.memory import ARENAS

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only glibc makes an arena a thread")

_TWENTY_THREADS = """
import ctypes, threading
from bot.support.memory import keep_memory_low

print(keep_memory_low(), flush=True)
taken, together = [], threading.Barrier(21)

def take() -> None:
    taken.append(bytearray(50_000))
    together.wait()
    together.wait()

for _ in range(20):
    threading.Thread(target=take).start()
together.wait()
libc = ctypes.CDLL(None)
libc.fdopen.restype = ctypes.c_void_p
out = ctypes.c_void_p(libc.fdopen(1, b"w"))
libc.malloc_info(0, out)
libc.fflush(out)
together.wait()
"""


def arenas_of(**environment: str) -> tuple[str, int]:
    """Return what `keep_memory_low` returned, and the number of arenas of a process with twenty threads."""
    done = subprocess.run(
        [sys.executable, "-c", _TWENTY_THREADS],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.partition("\n")[0], done.stdout.count("<heap nr=")


def test_twenty_threads_share_a_few_arenas() -> None:
    assert arenas_of() == ("True", ARENAS)


def test_the_operators_own_number_of_arenas_stays() -> None:
    assert arenas_of(MALLOC_ARENA_MAX="5") == ("False", 5)
