"""Processes that the code under test has running."""

import signal
import subprocess

import psutil


def running() -> list[psutil.Process]:
    """The children of this process, and theirs, without those that other tests leave.

    They are the helpers of multiprocessing, and the tests' PostgreSQL.
    """
    return [child for child in psutil.Process().children(recursive=True) if not _is_a_helper(child)]


def _is_a_helper(child: psutil.Process) -> bool:
    try:
        return child.name() == "postgres" or any("multiprocessing" in word for word in child.cmdline())
    except psutil.NoSuchProcess:
        return True  # gone by now


def stop_as_an_operator(service: "subprocess.Popen[str]", within: float = 40) -> None:
    """Stop a service by SIGTERM; it must end well, and without a traceback."""
    service.send_signal(signal.SIGTERM)
    _, log = service.communicate(timeout=within)
    assert service.returncode == 0, log
    assert "Traceback" not in log
