"""The table that the benchmarks print."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from pathlib import Path

Row = tuple[str, str, str]
"""A row: the measured thing, its value, its target or nothing."""


def show(rows: Iterable[Row]) -> None:
    """Print each row when it comes, also into a file or a pipe."""
    for what, value, target in rows:
        print(f"{what:72} {value:>20}  {target}".rstrip(), flush=True)


def rows_in_a_folder(measured: Callable[[Path], AsyncIterator[Row]]) -> Iterator[Row]:
    """Yield the rows that are measured in an event loop with a folder of their own, each as soon as it is known."""
    with tempfile.TemporaryDirectory() as name, asyncio.Runner() as runner:
        rows = measured(Path(name))
        while (row := runner.run(_next(rows))) is not None:
            yield row


async def _next(rows: AsyncIterator[Row]) -> Row | None:
    return await anext(rows, None)
