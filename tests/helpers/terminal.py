"""The command line as people run it: a process, its two outputs, its exit code."""

import asyncio
import json
import os
import socket
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.helpers.forked import Command

_NOTHING = Path(os.devnull)
_ANY_PORT = {"EARMARK_API_BIND": "127.0.0.1:0"}


@dataclass(frozen=True, slots=True)
class Said:
    """A command's output, and its exit code."""

    out: str
    err: str
    code: int

    @property
    def objects(self) -> list[dict[str, Any]]:
        """The JSON objects on standard output, one a line."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The JSON list on standard output."""
        found: list[dict[str, Any]] = json.loads(self.out)
        return found


@dataclass(frozen=True, slots=True)
class Terminal:
    """A person's terminal: a folder for Earmark's data, nothing else in the environment."""

    data: Path
    also: dict[str, str]

    def earmark(self, *words: str | Path, within: float = 250, stdin: Path = _NOTHING, **also: str) -> Said:
        process = self.start(*words, stdin=stdin, **also)
        try:
            out, err = process.communicate(timeout=within)
        finally:
            process.kill()
            process.wait()
        assert process.returncode is not None
        return Said(out, err, process.returncode)

    def wait_for(self, what: str, within: float = 100) -> str:
        """Until some note is that far ("transcribing", "done"); what `earmark jobs` says then.

        The database is looked into: a process for each look would keep the machine from what is waited for.
        """
        end = time.monotonic() + within
        while what not in self._standings():
            assert time.monotonic() < end, f"no note is {what}"
            time.sleep(0.05)  # another process works meanwhile
        return self.earmark("jobs").out if what == "done" else what

    def _standings(self) -> set[str]:
        file = self.data / "earmark.db"
        if not file.exists():
            return set()
        try:
            with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
                return {word for row in database.execute("SELECT stage, state FROM note") for word in row}
        except sqlite3.OperationalError:  # it is being made
            return set()

    def start(self, *words: str | Path, stdin: Path = _NOTHING, **also: str) -> Command:
        return Command([str(word) for word in words], self.environment(**also), stdin)

    def environment(self, **also: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("EARMARK_")}
        ours = {
            "EARMARK_DATA_DIR": str(self.data),
            "EARMARK_TIMEZONE": "UTC",
            "LC_ALL": "C.UTF-8",
            "EARMARK_STRANGERS": "true",
            "XDG_CONFIG_HOME": str(self.data.parent / "config"),
        }
        return {**kept, **ours, **_ANY_PORT, **self.also, **also}


@contextmanager
def running(terminal: Terminal, log: Path) -> Iterator[Command]:
    """A service that is stopped as an operator stops it; what it wrote is in the log."""
    process = terminal.start("run")
    try:
        yield process
    finally:
        process.terminate()
        out, err = process.communicate(timeout=60)
        log.write_text(out + err)
    assert process.returncode == 0


@asynccontextmanager
async def running_beside(terminal: Terminal, log: Path) -> AsyncIterator[None]:
    """The same, while this process serves something too."""
    process = terminal.start("run")
    talk = asyncio.create_task(asyncio.to_thread(process.communicate))
    try:
        yield
    finally:
        process.terminate()
        out, err = await talk
        log.write_text(out + err)


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
