"""What many tests need."""

from pathlib import Path

import pytest

from bot.settings import Settings

SAMPLES = Path(__file__).parent / "samples"


@pytest.fixture
def voice() -> Path:
    """Sixteen seconds of somebody reading."""
    return SAMPLES / "voice-note.ogg"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A deployment in an empty folder, whatever the environment says."""
    return Settings(_env_file=None, data_dir=tmp_path / "data", stop_seconds=0)  # type: ignore[call-arg]  # pydantic's
