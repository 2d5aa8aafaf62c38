"""`make bench`: its table comes row by row, and it can be asked for parts."""

from collections.abc import Iterator

import pytest

from tests.bench.__main__ import PARTS, main
from tests.bench.table import Row, show


def test_each_row_is_printed_before_the_next_is_measured(capsys: pytest.CaptureFixture[str]) -> None:
    def rows() -> Iterator[Row]:
        yield "speed", "3 ms", "<= 5 ms"
        assert capsys.readouterr().out.split() == ["speed", "3", "ms", "<=", "5", "ms"]
        yield "size", "1 MB", ""

    show(rows())
    assert capsys.readouterr().out.split() == ["size", "1", "MB"]


def test_an_unknown_part_is_one_sentence_that_names_the_others(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["media", "weather"])
    assert str(ended.value) == f"bench: there is no part 'weather'; there are: {', '.join(PARTS)}."
    assert capsys.readouterr().out == ""
