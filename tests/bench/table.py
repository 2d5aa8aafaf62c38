"""The table that the benchmarks print."""

from collections.abc import Iterable

Row = tuple[str, str, str]
"""A row: the measured thing, its value, its target or nothing."""


def show(rows: Iterable[Row]) -> None:
    """Print each row when it comes, also into a file or a pipe."""
    for what, value, target in rows:
        print(f"{what:72} {value:>20}  {target}".rstrip(), flush=True)
