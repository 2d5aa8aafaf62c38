"""Tiny speech models in sherpa-onnx's forms: right files, keys and shapes; the text comes from a table, by the frame.

The files are written byte by byte as ONNX's protocol buffers have them, so that no further package is needed.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

FLOAT, INT32, INT64 = 1, 6, 7
"""Element types of ONNX."""
FRAMES = 4000
"""Frames of the table."""

Shape = Sequence[int | str]


def varint(value: int) -> bytes:
    low, rest = value & 0x7F, value >> 7
    return bytes([low | 0x80]) + varint(rest) if rest else bytes([low])


def number(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def counted(field: int, content: bytes | str) -> bytes:
    content = content.encode() if isinstance(content, str) else content
    return varint(field << 3 | 2) + varint(len(content)) + content


def tensor(name: str, values: NDArray[np.generic]) -> bytes:
    """A TensorProto."""
    kind = {"float32": FLOAT, "int32": INT32, "int64": INT64}[str(values.dtype)]
    dims = b"".join(number(1, size) for size in values.shape)
    return dims + number(2, kind) + counted(8, name) + counted(9, values.tobytes())


def value(name: str, kind: int, shape: Shape) -> bytes:
    """A ValueInfoProto; a dimension of any size is a name."""
    dims = b"".join(counted(1, number(1, one) if isinstance(one, int) else counted(2, one)) for one in shape)
    return counted(1, name) + counted(2, counted(1, number(1, kind) + counted(2, dims)))


def node(operation: str, inputs: Sequence[str], outputs: Sequence[str]) -> bytes:
    """A NodeProto without attributes."""
    names = b"".join(counted(1, one) for one in inputs) + b"".join(counted(2, one) for one in outputs)
    return names + counted(4, operation)


def model(
    inputs: Sequence[bytes],
    outputs: Sequence[bytes],
    nodes: Sequence[bytes],
    constants: Mapping[str, NDArray[np.generic]],
    keys: Mapping[str, str] | None = None,
) -> bytes:
    """A ModelProto."""
    graph = b"".join(counted(1, one) for one in nodes) + counted(2, "tiny")
    graph += b"".join(counted(5, tensor(name, one)) for name, one in constants.items())
    graph += b"".join(counted(11, one) for one in inputs) + b"".join(counted(12, one) for one in outputs)
    metadata = b"".join(counted(14, counted(1, key) + counted(2, text)) for key, text in (keys or {}).items())
    return number(1, 8) + counted(7, graph) + counted(8, number(2, 13)) + metadata


def _cut(table: str, sound: str, axis: int, factor: int = 1, more: int = 0) -> list[bytes]:
    """Nodes that cut the table to the frames of the sound, which are its axis `axis`, over `factor`, and some more."""
    return [
        node("Shape", [sound], ["shape"]),
        node("Gather", ["shape", "axis"], ["frames"]),
        node("Div", ["frames", "factor"], ["fewer"]),
        node("Add", ["fewer", "more"], ["end"]),
        node("Slice", [table, "zero", "end", "frame axis"], ["cut"]),
    ]


def _numbers(axis: int, factor: int = 1, more: int = 0, frame_axis: int = 1) -> dict[str, NDArray[np.generic]]:
    """The constants of `_cut`."""
    all_of_them = {"axis": axis, "factor": factor, "more": more, "zero": 0, "frame axis": frame_axis}
    return {name: np.array([one], np.int64) for name, one in all_of_them.items()}


def _table(spoken: Mapping[int, int], size: int, silence: int) -> NDArray[np.float32]:
    """Frames by tokens: at each frame one token is certain."""
    table = np.full((FRAMES, size), -10, np.float32)
    for frame in range(FRAMES):
        table[frame, spoken.get(frame, silence)] = 10
    return table


def _write_tokens(folder: Path, tokens: Sequence[str], name: str = "tokens.txt") -> None:
    (folder / name).write_text("".join(f"{one} {index}\n" for index, one in enumerate(tokens)), encoding="utf-8")


TDT_KEYS = {
    "vocab_size": "5",
    "subsampling_factor": "8",
    "normalize_type": "per_feature",
    "pred_rnn_layers": "1",
    "pred_hidden": "2",
    "feat_dim": "128",
    "url": "https://example.org/tiny-tdt",
}


def parakeet(folder: Path, keys: Mapping[str, str] = TDT_KEYS) -> Path:
    """A NeMo transducer with durations, as Parakeet-TDT is: "Hello world." at 0.8 to 2.4 s of each window."""
    folder.mkdir(parents=True, exist_ok=True)
    _write_tokens(folder, ["▁Hel", "lo", "▁world", ".", "<unk>", "<blk>"])
    size, durations = 6, 5
    table = np.full((FRAMES, size + durations), -10, np.float32)
    table[:, 5] = table[:, size + 1] = 10  # silence, one frame long
    for frame, token, frames in ((10, 0, 2), (12, 1, 3), (20, 2, 4), (28, 3, 1)):
        table[frame] = -10
        table[frame, token] = table[frame, size + frames] = 10
    encoder = model(
        [value("audio", FLOAT, [1, 128, "T"]), value("length", INT64, [1])],
        [value("cut", FLOAT, [1, size + durations, "S"]), value("lengths", INT64, [1])],
        [*_cut("table", "audio", 2, 8), node("Div", ["length", "factor"], ["lengths"])],
        {"table": np.ascontiguousarray(table.T[None]), **_numbers(2, 8, 0, 2)},
        keys,
    )
    decoder = model(
        [value("targets", INT32, [1, 1]), value("count", INT32, [1])]
        + [value(name, FLOAT, [1, 1, 2]) for name in ("h", "c")],
        [value("out", FLOAT, [1, 2, 1]), value("count out", INT32, [1])]
        + [value(name, FLOAT, [1, 1, 2]) for name in ("h out", "c out")],
        [
            node("Identity", [one], [other])
            for one, other in (("constant", "out"), ("count", "count out"), ("h", "h out"), ("c", "c out"))
        ],
        {"constant": np.zeros((1, 2, 1), np.float32)},
    )
    joiner = model(
        [value("encoded", FLOAT, [1, size + durations, 1]), value("predicted", FLOAT, [1, 2, 1])],
        [value("logits", FLOAT, [1, 1, 1, size + durations])],
        [node("Reshape", ["encoded", "shape"], ["logits"])],
        {"shape": np.array([1, 1, 1, size + durations], np.int64)},
    )
    for name, content in (("encoder", encoder), ("decoder", decoder), ("joiner", joiner)):
        (folder / f"{name}.int8.onnx").write_bytes(content)
    return folder


SENSE_VOICE_KEYS = {
    "vocab_size": "9", "lfr_window_size": "7", "lfr_window_shift": "6", "normalize_samples": "0",
    "with_itn": "14", "without_itn": "15", "lang_auto": "0", "lang_zh": "3", "lang_en": "4", "lang_ja": "11",
    "lang_ko": "12", "lang_yue": "7", "neg_mean": ",".join(["0"] * 560), "inv_stddev": ",".join(["1"] * 560),
}  # fmt: skip


def sense_voice(folder: Path) -> Path:
    """SenseVoice: "你好 okay" in Chinese, from 0.6 s of each window on."""
    folder.mkdir(parents=True, exist_ok=True)
    tokens = ["<unk>", "<|zh|>", "<|NEUTRAL|>", "<|Speech|>", "<|withitn|>", "你", "好", "▁ok", "ay"]
    _write_tokens(folder, tokens)
    spoken = {0: 1, 1: 2, 2: 3, 3: 4, 14: 5, 18: 6, 24: 7, 26: 8}
    (folder / "model.int8.onnx").write_bytes(
        model(
            [value("x", FLOAT, [1, "T", 560]), *(value(one, INT32, [1]) for one in ("length", "language", "norm"))],
            [value("cut", FLOAT, [1, "S", len(tokens)])],
            _cut("table", "x", 1, 1, 4),
            {"table": _table(spoken, len(tokens), 0)[None], **_numbers(1, 1, 4)},
            SENSE_VOICE_KEYS,
        )
    )
    return folder


def nemo_ctc(folder: Path) -> Path:
    """A NeMo CTC model: "yes" at 0.4 s of each window."""
    folder.mkdir(parents=True, exist_ok=True)
    _write_tokens(folder, ["▁yes", "<blk>"])
    keys = {"vocab_size": "1", "subsampling_factor": "8", "normalize_type": "per_feature", "model_type": "EncDecCTC"}
    (folder / "model.onnx").write_bytes(
        model(
            [value("audio", FLOAT, [1, 80, "T"]), value("length", INT64, [1])],
            [value("cut", FLOAT, [1, "S", 2])],
            _cut("table", "audio", 2, 8),
            {"table": _table({5: 0}, 2, 1)[None], **_numbers(2, 8)},
            keys,
        )
    )
    return folder


def moonshine(folder: Path) -> Path:
    """Moonshine, first form: "good morning" in each window, without times."""
    folder.mkdir(parents=True, exist_ok=True)
    _write_tokens(folder, ["<unk>", "<s>", "</s>", "▁good", "▁morn", "ing"])
    any_sound = [value("sound", FLOAT, [1, "N"])]
    features = np.zeros((1, 80, 4), np.float32)
    (folder / "preprocess.onnx").write_bytes(
        model(
            any_sound, [value("features", FLOAT, [1, 80, 4])], [node("Identity", ["f"], ["features"])], {"f": features}
        )
    )
    (folder / "encode.int8.onnx").write_bytes(
        model(
            [value("features", FLOAT, [1, 80, 4]), value("length", INT32, [1])],
            [value("encoded", FLOAT, [1, 80, 4])],
            [node("Identity", ["features"], ["encoded"])],
            {},
        )
    )
    table = np.full((200, 6), -10, np.float32)
    for position, token in enumerate([2, 3, 4, 5, 2]):  # by the number of tokens so far, the first of which is <s>
        table[position, token] = 10
    table[5:, 2] = 10
    before = [value("tokens", INT32, [1, 1]), value("encoded", FLOAT, [1, 80, 4]), value("length", INT32, [1])]
    logits, state = value("logits", FLOAT, [1, 1, 6]), value("state out", FLOAT, [1, 1])
    found = [node("Gather", ["table", "length"], ["row"]), node("Reshape", ["row", "shape"], ["logits"])]
    constants: dict[str, NDArray[np.generic]] = {"table": table, "shape": np.array([1, 1, 6], np.int64)}
    (folder / "uncached_decode.int8.onnx").write_bytes(
        model(
            before,
            [logits, state],
            [*found, node("Identity", ["none"], ["state out"])],
            {**constants, "none": np.zeros((1, 1), np.float32)},
        )
    )
    (folder / "cached_decode.int8.onnx").write_bytes(
        model(
            [*before, value("state", FLOAT, [1, 1])],
            [logits, state],
            [*found, node("Identity", ["state"], ["state out"])],
            constants,
        )
    )
    return folder
