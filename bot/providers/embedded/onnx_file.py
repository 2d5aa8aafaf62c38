"""Metadata of an ONNX file, read without loading it: sherpa-onnx ends the process on a model that lacks its keys."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

# Protocol Buffers: a ModelProto is a row of fields, each with its number and the encoding of its length.
_VARINT, _EIGHT, _COUNTED, _FOUR = 0, 1, 2, 5
_GRAPH, _METADATA = 7, 14
_KEY, _VALUE = 1, 2
_LONGEST_ENTRY, _MOST_ENTRIES = 1 << 16, 1000


class NoModelError(Exception):
    """A file that is no complete ONNX model."""


def metadata_of(path: Path) -> Mapping[str, str]:
    """Return the metadata of an ONNX model; the weights are skipped. Blocking. Raises NoModelError, OSError."""
    with path.open("rb") as file:
        return _metadata(file, path.stat().st_size)


def _metadata(file: BinaryIO, size: int) -> Mapping[str, str]:
    """Return the metadata of an ONNX model; the weights are skipped."""
    found: dict[str, str] = {}
    graphs = 0
    for number, length in _fields(file, size):
        if number == _METADATA:
            if length > _LONGEST_ENTRY or len(found) >= _MOST_ENTRIES:
                raise NoModelError("its metadata is larger than any model's")
            key, value = _entry(file, file.tell() + length)
            if key in found:
                raise NoModelError(f"it has the key {key} twice")
            found[key] = value
        else:
            graphs += number == _GRAPH and length > 0
            file.seek(length, 1)
    if not graphs:
        raise NoModelError("it is no ONNX model")
    return found


def _entry(file: BinaryIO, end: int) -> tuple[str, str]:
    """Read one key and its value."""
    parts = {_KEY: "", _VALUE: ""}
    for number, length in _fields(file, end):
        try:
            parts[number] = file.read(length).decode()
        except UnicodeDecodeError as error:
            raise NoModelError("it is damaged") from error
    return parts[_KEY], parts[_VALUE]


def _fields(file: BinaryIO, end: int) -> Iterator[tuple[int, int]]:
    """Yield the number and length of each field with a length; the file stands at its content, and must be behind it
    after.
    """
    while file.tell() < end:
        number, kind = divmod(_varint(file, end), 8)
        if kind == _VARINT:
            _varint(file, end)
        elif kind in (_EIGHT, _FOUR):
            _pass(file, 8 if kind == _EIGHT else 4, end)
        elif kind == _COUNTED and number:
            length = _varint(file, end)
            if file.tell() + length > end:
                raise NoModelError("it breaks off, or is no ONNX model")
            yield number, length
        else:
            raise NoModelError("it is no ONNX model")


def _pass(file: BinaryIO, length: int, end: int) -> None:
    if file.seek(length, 1) > end:
        raise NoModelError("it breaks off, or is no ONNX model")


def _varint(file: BinaryIO, end: int) -> int:
    value = 0
    for shift in range(0, 64, 7):
        byte = file.read(1) if file.tell() < end else b""
        if not byte:
            raise NoModelError("it breaks off, or is no ONNX model")
        value |= (byte[0] & 0x7F) << shift
        if byte[0] < 0x80:
            return value
    raise NoModelError("it is no ONNX model")
