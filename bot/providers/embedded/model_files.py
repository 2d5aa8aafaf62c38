"""The kinds of speech models, told apart by the files of their folder."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from bot.domain.errors import ModelMissing
from bot.providers.embedded.onnx_file import NoModelError, metadata_of

WEIGHTS = (".bin", ".onnx", ".ort", ".weights", ".data")
"""Endings of files with weights."""

_FASTER_WHISPER = ("config.json", "model.bin", "tokenizer.json")
_ROLES = ("uncached_decode", "cached_decode", "preprocess", "joiner", "encode", "decode", "model")
"""Parts of a file's name that tell its role; the first that fits counts."""
_QUANTISED = "int8"


class Kind(StrEnum):
    """A kind of speech model, by its usual name."""

    FASTER_WHISPER = "Whisper (CTranslate2)"
    NEMO_TRANSDUCER = "NeMo transducer"
    TRANSDUCER = "transducer"
    NEMO_CTC = "NeMo CTC"
    SENSE_VOICE = "SenseVoice"
    MOONSHINE = "Moonshine"
    MOONSHINE_V2 = "Moonshine, second form"
    CANARY = "Canary"
    SHERPA_WHISPER = "Whisper (ONNX)"

    @property
    def times_words(self) -> bool:
        """True if the model says when each word was spoken; otherwise it is estimated."""
        return self not in (Kind.MOONSHINE, Kind.MOONSHINE_V2, Kind.CANARY, Kind.SHERPA_WHISPER)

    @property
    def languages(self) -> frozenset[str] | None:
        """The languages of all models of this kind; None: they differ."""
        return _LANGUAGES.get(self)


_LANGUAGES = {
    Kind.SENSE_VOICE: frozenset({"zh", "yue", "en", "ja", "ko"}),
    Kind.CANARY: frozenset({"en", "de", "es", "fr"}),
}


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """A folder with a speech model."""

    kind: Kind
    folder: Path
    parts: Mapping[str, Path]
    """Files by role (encode, decode, joiner, model, tokens); empty for Whisper in CTranslate2's form."""


def weights_bytes(folder: Path) -> int:
    """Return the size of a model's weights. Blocking. Raises OSError."""
    return sum(file.stat().st_size for file in folder.iterdir() if file.suffix in WEIGHTS)


def files_of(folder: Path, model: str) -> ModelFiles:
    """Return a folder's model, with its kind. Blocking.

    `model`: the operator's name for it. Raises ModelMissing if files are lacking or no model is of their kind.
    """
    onnx = _onnx_files(folder)
    if not onnx:
        return _faster_whisper(folder, model)
    parts = by_role(onnx)
    tokens = sorted(folder.glob("*tokens.txt"))
    if not tokens:
        raise _unfit(model, "it lacks tokens.txt")
    try:
        kind = _kind(parts)
    except NoModelError as error:
        raise _unfit(model, str(error)) from error
    if kind is None:
        raise _unfit(model, f"no known model has just the files {', '.join(sorted(one.name for one in onnx))}")
    return ModelFiles(kind, folder, {**parts, "tokens": tokens[0]})


def _onnx_files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.glob("*") if file.suffix in (".onnx", ".ort"))


def _faster_whisper(folder: Path, model: str) -> ModelFiles:
    """Return the folder if it is complete (the library would download a missing tokenizer)."""
    lacking = [name for name in _FASTER_WHISPER if not (folder / name).is_file()]
    if lacking:
        raise ModelMissing(
            model=model,
            what_to_do="EARMARK_LOCAL_MODEL must be a folder with a model for faster-whisper or sherpa-onnx; "
            f"it lacks {', '.join(lacking)}.",
        )
    return ModelFiles(Kind.FASTER_WHISPER, folder, {})


def by_role(onnx: Iterable[Path]) -> dict[str, Path]:
    """Return one file for each role; of several the quantised one."""
    found: dict[str, Path] = {}
    for file in sorted(onnx, key=lambda one: _QUANTISED in one.name):
        role = next((role for role in _ROLES if role in file.stem), None)
        if role is not None:
            found[role] = file
    return found


def _kind(parts: Mapping[str, Path]) -> Kind | None:
    """Return the kind of model that has these files. Raises NoModelError if one is damaged."""
    roles = set(parts)
    if roles >= {"preprocess", "encode", "uncached_decode", "cached_decode"}:
        return Kind.MOONSHINE
    if roles >= {"encode", "decode", "joiner"}:
        return Kind.NEMO_TRANSDUCER if "pred_hidden" in _keys(parts["encode"]) else Kind.TRANSDUCER
    if roles >= {"encode", "decode"}:
        return _of_encoder(parts["encode"])
    if "model" in roles:
        return Kind.SENSE_VOICE if "lfr_window_size" in _keys(parts["model"]) else Kind.NEMO_CTC
    return None


def _of_encoder(encoder: Path) -> Kind:
    if encoder.suffix == ".ort":
        return Kind.MOONSHINE_V2
    keys = _keys(encoder)
    if "n_text_layer" in keys:
        return Kind.SHERPA_WHISPER
    return Kind.CANARY if "subsampling_factor" in keys else Kind.MOONSHINE_V2


def _keys(file: Path) -> Mapping[str, str]:
    try:
        return metadata_of(file)
    except NoModelError as error:
        raise NoModelError(f"{file.name}: {error}") from error


def _unfit(model: str, why: str) -> ModelMissing:
    return ModelMissing(
        model=model, what_to_do=f"its folder must hold a model for faster-whisper or sherpa-onnx; {why}."
    )
