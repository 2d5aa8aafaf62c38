"""The check of the embedded models: each is loaded in a process of its own and measured."""

import asyncio
import tempfile
from importlib.resources import files
from pathlib import Path

from bot.domain.catalog import local_name
from bot.domain.errors import EarmarkError
from bot.providers.embedded.trial import try_model
from bot.providers.embedded.weights import ModelFolders, is_installed, model_folder
from bot.service.pipeline import hardware_of, open_media
from bot.settings import Settings

_RECORDING = Path(str(files("bot"))) / "cli" / "demo" / "voice-note.ogg"


async def check_models(settings: Settings) -> str:
    """Return the device and the speed of each model; nothing is downloaded. Raises ModelMissing, BadSettings."""
    if settings.cloud.has_key and not is_installed():
        return "not used: the embedded engine is not installed"
    folders = ModelFolders(settings.storage.data_dir, settings.storage.cache_dir)
    with tempfile.TemporaryDirectory() as spare:
        sound = await _speech(settings, Path(spare) / "speech.pcm")
        return "; ".join([await _tried(model, folders, settings, sound) for model in settings.engine.local_models])


async def _tried(model: str, folders: ModelFolders, settings: Settings, sound: Path | None) -> str:
    folder = await model_folder(model, folders)
    tried = await asyncio.to_thread(try_model, folder, model, hardware_of(settings.engine), sound)
    speed = "" if tried.speed is None else f", {tried.speed:.0f} times as fast as speech"
    return f"{local_name(model)}: {tried.runs_on}{speed}; {folder}"


async def _speech(settings: Settings, file: Path) -> Path | None:
    """Write the included recording as plain samples; None if ffmpeg does not work, which is a finding of its own."""
    try:
        media = open_media(settings.media)
        async with media.windows(await media.inspect(_RECORDING)) as windows:
            sound = b"".join([window.sound.raw_data async for window in windows])
        await asyncio.to_thread(file.write_bytes, sound)
    except (EarmarkError, OSError):
        return None
    return file
