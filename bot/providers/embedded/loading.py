"""Loading of a speech model by the library of its kind."""

from pathlib import Path

from bot.providers.embedded.hardware import Hardware
from bot.providers.embedded.model_files import Kind, files_of
from bot.providers.embedded.recogniser import Recogniser
from bot.providers.embedded.sherpa import Sherpa
from bot.providers.embedded.whisper import Whisper


def load_model(folder: Path, name: str, hardware: Hardware) -> Recogniser:
    """Return the loaded model of a folder. Blocking. Raises ModelMissing, EngineFailed, BadSettings."""
    files = files_of(folder, name)
    if files.kind is Kind.FASTER_WHISPER:
        return Whisper(folder, name, hardware)
    return Sherpa(files, name, hardware)
