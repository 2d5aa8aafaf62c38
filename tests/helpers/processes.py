"""Processes that the code under test has running."""

import psutil


def running() -> list[psutil.Process]:
    """The children of this process, and theirs. Multiprocessing's helpers, which other tests leave, do not count."""
    return [child for child in psutil.Process().children(recursive=True) if not _is_a_helper(child)]


def _is_a_helper(child: psutil.Process) -> bool:
    try:
        return any("multiprocessing" in word for word in child.cmdline())
    except psutil.NoSuchProcess:
        return True  # gone by now
