"""Named models that `earmark models pull` knows: where they lie, at which revision, and the hashes of their weights."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain.errors import ModelMissing


@dataclass(frozen=True, slots=True)
class NamedModel:
    """A model of the hub at one revision."""

    repository: str
    revision: str
    """A commit of the repository; "": the newest, whose file must still have its hash."""
    licence: str
    languages: str
    """For a reader."""
    about: str
    files: tuple[str, ...]
    weights: Mapping[str, tuple[int, str]]
    """Size in bytes and SHA-256 of each file with weights."""

    @property
    def bytes(self) -> int:
        """The size of the weights."""
        return sum(size for size, _ in self.weights.values())


_WHISPER = ("config.json", "tokenizer.json", "vocabulary.txt", "model.bin")
_LARGE_WHISPER = ("config.json", "preprocessor_config.json", "tokenizer.json", "vocabulary.json", "model.bin")
_PARAKEET = ("tokens.txt", "joiner.int8.onnx", "decoder.int8.onnx", "encoder.int8.onnx")
_VOICES = "3dspeaker_speech_campplus_sv_zh_en_16k-common_advanced.onnx"

SPEAKERS = "speakers"
"""Name of the full-size voice model."""


def _whisper(
    repository: str, revision: str, size: int, sha256: str, about: str, files: tuple[str, ...] = _WHISPER
) -> NamedModel:
    return NamedModel(repository, revision, "MIT", "99", about, files, {"model.bin": (size, sha256)})


NAMED: Mapping[str, NamedModel] = {
    "base": _whisper(
        "Systran/faster-whisper-base",
        "ebe41f70d5b6dfa9166e2c581c45c9c0cfc57b66",
        145_217_532,
        "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
        "Whisper base, included; only needed if its packages are gone",
    ),
    "small": _whisper(
        "Systran/faster-whisper-small",
        "536b0662742c02347bc0e980a01041f333bce120",
        483_546_902,
        "3e305921506d8872816023e4c273e75d2419fb89b24da97b4fe7bce14170d671",
        "Whisper small",
    ),
    "medium": _whisper(
        "Systran/faster-whisper-medium",
        "08e178d48790749d25932bbc082711ddcfdfbc4f",
        1_527_906_378,
        "9b45e1009dcc4ab601eff815b61d80e60ce3fd8c74c1a14f4a282258286b51ae",
        "Whisper medium",
    ),
    "large-v3": _whisper(
        "Systran/faster-whisper-large-v3",
        "edaa852ec7e145841d8ffdb056a99866b5f0a478",
        3_087_284_237,
        "69f74147e3334731bc3a76048724833325d2ec74642fb52620eda87352e3d4f1",
        "Whisper large, for a graphics card",
        _LARGE_WHISPER,
    ),
    "large-v3-turbo": _whisper(
        "mobiuslabsgmbh/faster-whisper-large-v3-turbo",
        "0a363e9161cbc7ed1431c9597a8ceaf0c4f78fcf",
        1_617_884_929,
        "e76620f83d5f5b69efd3d87e3dc180c1bd21df9fbebacfd4335e5e1efcc018da",
        "Whisper large with a small decoder",
        _LARGE_WHISPER,
    ),
    "parakeet-tdt-0.6b-v3": NamedModel(
        "csukuangfj/sherpa-onnx-nemo-parakeet-tdt-0.6b-v3-int8",
        "2bda32ec70b097a55adaa07d9a7173915b43cc78",
        "CC BY 4.0",
        "25 of Europe",
        "NVIDIA's Parakeet in int8, for the CPU",
        _PARAKEET,
        {
            "encoder.int8.onnx": (652_184_281, "acfc2b4456377e15d04f0243af540b7fe7c992f8d898d751cf134c3a55fd2247"),
            "decoder.int8.onnx": (11_845_275, "179e50c43d1a9de79c8a24149a2f9bac6eb5981823f2a2ed88d655b24248db4e"),
            "joiner.int8.onnx": (6_355_277, "3164c13fc2821009440d20fcb5fdc78bff28b4db2f8d0f0b329101719c0948b3"),
        },
    ),
    SPEAKERS: NamedModel(
        "csukuangfj/speaker-embedding-models",
        "",
        "Apache-2.0",
        "any",
        "tells voices apart, a little better than the included one",
        (_VOICES,),
        {_VOICES: (28_281_164, "aa3cfc16963a10586a9393f5035d6d6b57e98d358b347f80c2a30bf4f00ceba2")},
    ),
}


def repository_of(model: str) -> str:
    """Return the repository of a name: a named model's, one that faster-whisper knows, or the name itself.

    Blocking. Raises ModelMissing for a name that is none.
    """
    if model in NAMED:
        return NAMED[model].repository
    if model.count("/") == 1:
        return model
    # Imported here: it takes a second, which only users of such a name should wait.
    from faster_whisper.utils import _MODELS

    if model not in _MODELS:
        raise ModelMissing(
            model=model,
            what_to_do="EARMARK_LOCAL_MODEL is base, a folder, a repository of the model hub, or one of: "
            f"{', '.join(sorted({*NAMED, *_MODELS} - {SPEAKERS}))}.",
        )
    found: str = _MODELS[model]
    return found
