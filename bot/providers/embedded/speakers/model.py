"""The file of the voice model, included or the operator's, verified before it is loaded.

sherpa-onnx ends the whole process on a model that lacks the keys it reads. So the included file must have its hash, and
another must be a complete ONNX file with all keys, each with a value that sherpa-onnx accepts.
"""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from bot.domain.errors import ModelMissing
from bot.providers.embedded.speakers.embedding import NAME

BUNDLED = Path(__file__).with_name("campplus.int8.onnx")
BUNDLED_SHA256 = "5df0761a61a81c7751a63c221bd295f366914da0b154c65351568be4b7a55a9e"

_PIECE = 1 << 20
_FRAMEWORKS = ("3d-speaker", "wespeaker")
_TEXTS, _NUMBERS = ("framework", "language"), ("sample_rate", "output_dim", "normalize_samples")
_LARGEST_NUMBER = 1_000_000

# Protocol Buffers: a ModelProto is a row of fields, each with its number and the encoding of its length.
_VARINT, _EIGHT, _COUNTED, _FOUR = 0, 1, 2, 5
_GRAPH, _METADATA = 7, 14
_KEY, _VALUE = 1, 2
_LONGEST_ENTRY, _MOST_ENTRIES = 1 << 16, 1000


def find_speaker_model(setting: str) -> Path:
    """Return the verified file of the voice model: EARMARK_SPEAKER_MODEL's, or the included one for "". Blocking.

    Raises ModelMissing.
    """
    if setting.strip():
        path = Path(setting.strip()).expanduser()
        _check(path)
        return path
    try:
        whole = sha256_of(BUNDLED) == BUNDLED_SHA256
    except OSError:
        whole = False
    if not whole:
        raise ModelMissing(model=NAME, what_to_do="its file is damaged or lacking; install Earmark again.")
    return BUNDLED


def sha256_of(path: Path) -> str:
    """Return the SHA-256 hash of a file in hexadecimal digits. Blocking. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check(path: Path) -> None:
    """Raise ModelMissing with a reason if sherpa-onnx must not load this file."""
    try:
        with path.open("rb") as file:
            metadata = _metadata(file, path.stat().st_size)
    except OSError as error:
        raise _unfit(path, f"it cannot be read ({error.strerror or error})") from error
    except _NoModelError as error:
        raise _unfit(path, f"{error}") from error
    lacking = [key for key in (*_TEXTS, *_NUMBERS) if not metadata.get(key)]
    if lacking:
        raise _unfit(path, f"it lacks the keys {', '.join(lacking)}")
    if metadata["framework"] not in _FRAMEWORKS:
        raise _unfit(path, f"its framework must be {' or '.join(_FRAMEWORKS)}")
    wrong = [key for key in _NUMBERS if not _is_number(metadata[key])]
    if wrong:
        raise _unfit(path, f"of its keys these must be numbers: {', '.join(wrong)}")


def _unfit(path: Path, why: str) -> ModelMissing:
    return ModelMissing(
        model=path.name,
        what_to_do=f"EARMARK_SPEAKER_MODEL must be a voice model made for sherpa-onnx (a file); {why}.",
    )


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and int(text) <= _LARGEST_NUMBER


class _NoModelError(Exception):
    """A file that is no complete ONNX model."""


def _metadata(file: BinaryIO, size: int) -> Mapping[str, str]:
    """Return the metadata of an ONNX model; the weights are skipped."""
    found: dict[str, str] = {}
    graphs = 0
    for number, length in _fields(file, size):
        if number == _METADATA:
            if length > _LONGEST_ENTRY or len(found) >= _MOST_ENTRIES:
                raise _NoModelError("its metadata is larger than any model's")
            key, value = _entry(file, file.tell() + length)
            if key in found:
                raise _NoModelError(f"it has the key {key} twice")
            found[key] = value
        else:
            graphs += number == _GRAPH and length > 0
            file.seek(length, 1)
    if not graphs:
        raise _NoModelError("it is no ONNX model")
    return found


def _entry(file: BinaryIO, end: int) -> tuple[str, str]:
    """Read one key and its value."""
    parts = {_KEY: "", _VALUE: ""}
    for number, length in _fields(file, end):
        try:
            parts[number] = file.read(length).decode()
        except UnicodeDecodeError as error:
            raise _NoModelError("it is damaged") from error
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
                raise _NoModelError("it breaks off, or is no ONNX model")
            yield number, length
        else:
            raise _NoModelError("it is no ONNX model")


def _pass(file: BinaryIO, length: int, end: int) -> None:
    if file.seek(length, 1) > end:
        raise _NoModelError("it breaks off, or is no ONNX model")


def _varint(file: BinaryIO, end: int) -> int:
    value = 0
    for shift in range(0, 64, 7):
        byte = file.read(1) if file.tell() < end else b""
        if not byte:
            raise _NoModelError("it breaks off, or is no ONNX model")
        value |= (byte[0] & 0x7F) << shift
        if byte[0] < 0x80:
            return value
    raise _NoModelError("it is no ONNX model")
