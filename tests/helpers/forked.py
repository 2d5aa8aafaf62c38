"""Processes that are forked from one that has imported Earmark already: on its own, each would take a second for it."""

import multiprocessing
import os
import runpy
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from io import TextIOWrapper
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from subprocess import TimeoutExpired
from typing import TextIO

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(
    [  # without onnxruntime, which starts a thread: one is not there after a fork
        *("tests.doubles.mortal", "tests.doubles.mortal_telegram", "tests.doubles.mortal_discord"),
        *("dbos", "aiosqlite", "alembic.command", "telegram.ext", "discord"),
        *(
            "bot.cli.main",
            "bot.cli.service",
            "bot.cli.accounts",
            "bot.cli.transcribe",
            "bot.service.serve",
            "bot.service.worker",
        ),
    ]
)
_ENTRY = "bot"
"""The package that `python -m` runs."""


class Command:
    """A running `earmark WORDS`, with the methods of subprocess.Popen that tests use."""

    def __init__(self, words: list[str], environment: dict[str, str], stdin: Path) -> None:
        out, to_out = PROCESSES.Pipe(duplex=False)
        err, to_err = PROCESSES.Pipe(duplex=False)
        folder = Path.cwd()
        self._process: ForkServerProcess = PROCESSES.Process(
            target=_run, args=(words, environment, folder, stdin, to_out, to_err)
        )
        self._process.start()
        to_out.close()
        to_err.close()
        self.stdout, self.stderr = _text_of(out), _text_of(err)

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """The exit code, negative for the signal that ended it; None as long as it runs."""
        return self._process.exitcode

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Return the rest of both outputs when the process has ended; raise TimeoutExpired after so many seconds.

        Nothing is left the second time.
        """
        if self.stdout.closed:
            return "", ""
        with ThreadPoolExecutor(2) as threads:
            rests = [threads.submit(stream.read) for stream in (self.stdout, self.stderr)]
            try:
                self.wait(timeout)
            except TimeoutExpired:
                self.kill()
                raise
            out, err = (rest.result() for rest in rests)
        self.stdout.close()
        self.stderr.close()
        return out, err

    def wait(self, timeout: float | None = None) -> None:
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise TimeoutExpired("earmark", timeout or 0)

    def send_signal(self, number: signal.Signals) -> None:
        if self._process.exitcode is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def _text_of(pipe: Connection) -> TextIO:
    return os.fdopen(os.dup(pipe.fileno()), encoding="utf-8")


def _run(
    words: list[str], environment: dict[str, str], folder: Path, stdin: Path, out: Connection, err: Connection
) -> None:
    """Be `python -m bot WORDS`: this process has its environment, its folder and its three streams from now on."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # tests in the background ignore it
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    given = os.open(stdin, os.O_RDONLY)
    for descriptor, number in ((given, 0), (out.fileno(), 1), (err.fileno(), 2)):
        os.dup2(descriptor, number)
    os.close(given)
    out.close()
    err.close()
    # As Python opens them for the locale C.UTF-8: a name that is no Unicode goes through unchanged.
    sys.stdin, sys.stdout = _stream(0, "r", "surrogateescape"), _stream(1, "w", "surrogateescape")
    sys.stderr = _stream(2, "w", "backslashreplace")
    sys.stderr.reconfigure(line_buffering=True)
    sys.argv = [_ENTRY, *words]
    runpy.run_module(_ENTRY, run_name="__main__", alter_sys=True)


def _stream(descriptor: int, mode: str, errors: str) -> TextIOWrapper:
    stream = os.fdopen(descriptor, mode, encoding="utf-8", errors=errors, closefd=False)
    assert isinstance(stream, TextIOWrapper)
    return stream
