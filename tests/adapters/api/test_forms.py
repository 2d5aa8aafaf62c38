"""Forms as they come over a slow line: the same, wherever they are cut.

There is no service beside these tests: its threads draw random numbers, which Hypothesis takes for the strategies' own.
"""

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.requests import Request

from adapters.api import Limits
from adapters.http.uploads import Landing, Rules, received
from bot.domain.errors import DiskFull
from bot.support.files import Room
from tests.helpers.api_forms import BOUNDARY, END, file, part


@settings(max_examples=60, deadline=None)
@given(
    data=st.binary(max_size=3_000),
    model=st.text(max_size=20),
    cuts=st.lists(st.integers(0, 4_000), max_size=12),
    file_first=st.booleans(),
)
async def test_a_form_is_the_same_in_whatever_pieces_it_comes(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, model: str, cuts: list[int], file_first: bool
) -> None:
    if b"--" + BOUNDARY in data:
        return
    fields = part("model", model.encode("utf-8", "replace"))
    whole = (file(data) + fields if file_first else fields + file(data)) + END
    edges = [0, *sorted(min(cut, len(whole)) for cut in cuts), len(whole)]
    pieces = [whole[start:end] for start, end in pairwise(edges)]
    folder = tmp_path_factory.mktemp("form")
    values, kept = await _received(pieces, folder)
    assert values == {"model": model.encode("utf-8", "replace").decode()}
    assert kept == data
    assert list(folder.iterdir()) == []


async def _received(pieces: list[bytes], folder: Path) -> tuple[Any, bytes]:
    coming = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
    coming.append({"type": "http.request", "body": b"", "more_body": False})

    async def receive() -> dict[str, Any]:
        return coming.pop(0)

    kind = (b"content-type", b"multipart/form-data; boundary=" + BOUNDARY)
    request = Request({"type": "http", "method": "POST", "headers": [kind]}, receive)
    landing = Landing(folder, Room(folder.parent, 0), "api:ada")
    async with received(request, landing, Rules("audio", "audioUrl", 100_000), Limits()) as form:
        assert form.upload is not None
        assert form.upload.path.stat().st_size == form.upload.size
        return form.values, form.upload.path.read_bytes()


async def test_a_full_disk_is_told_as_such(tmp_path: Path) -> None:
    """/dev/full is a disk that is always full."""
    folder = tmp_path / "uploads"
    folder.mkdir()

    class Full(type(Path())):  # type: ignore[misc]  # the class differs by platform
        def open(self, *_: Any, **__: Any) -> Any:
            return Path("/dev/full").open("wb", buffering=0)

        def __truediv__(self, name: Any) -> "Full":
            return Full(str(self), name)

    pieces = [file(b"x" * 1_000) + END]
    with pytest.raises(DiskFull):
        await _received(pieces, Full(folder))
