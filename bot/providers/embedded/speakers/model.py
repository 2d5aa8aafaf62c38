"""The file of the voice model, included or the operator's, verified before it is loaded.

sherpa-onnx ends the whole process on a model that lacks the keys it reads. So the included file must have its hash, and
another must be a complete ONNX file with all keys, each with a value that sherpa-onnx accepts.
"""

from pathlib import Path

from bot.domain.errors import ModelMissing
from bot.providers.embedded.onnx_file import NoModelError, metadata_of
from bot.providers.embedded.speakers.embedding import NAME, sha256_of

BUNDLED = Path(__file__).with_name("campplus.int8.onnx")
BUNDLED_SHA256 = "5df0761a61a81c7751a63c221bd295f366914da0b154c65351568be4b7a55a9e"

_FRAMEWORKS = ("3d-speaker", "wespeaker")
_TEXTS, _NUMBERS = ("framework", "language"), ("sample_rate", "output_dim", "normalize_samples")
_LARGEST_NUMBER = 1_000_000


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


def _check(path: Path) -> None:
    """Raise ModelMissing with a reason if sherpa-onnx must not load this file."""
    try:
        metadata = metadata_of(path)
    except OSError as error:
        raise _unfit(path, f"it cannot be read ({error.strerror or error})") from error
    except NoModelError as error:
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
