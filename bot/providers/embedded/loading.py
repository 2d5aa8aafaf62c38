"""Loading of a speech model by the library of its kind."""

from dataclasses import replace
from pathlib import Path

from bot.providers.embedded.hardware import Hardware
from bot.providers.embedded.model_files import Kind, files_of
from bot.providers.embedded.on_card import OnCard
from bot.providers.embedded.sherpa import Sherpa
from bot.providers.embedded.whisper import Whisper

_PROCESSOR = "cpu"


def load_model(folder: Path, name: str, hardware: Hardware) -> Whisper | OnCard | Sherpa:
    """Return the loaded model of a folder. Blocking. Raises ModelMissing, EngineFailed, BadSettings."""
    files = files_of(folder, name)
    if files.kind is not Kind.FASTER_WHISPER:
        return Sherpa(files, name, hardware)
    model = Whisper(folder, name, hardware)
    if model.device == _PROCESSOR:
        return model
    on_processor = replace(hardware, device=_PROCESSOR, compute_type="auto")
    return OnCard(model, lambda: Whisper(folder, name, on_processor))
