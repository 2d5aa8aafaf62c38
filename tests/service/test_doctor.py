"""The doctor: what it finds, and the command that mends it."""

import os
import re
import shlex
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest

from bot.service.doctor import Finding, checks_of, finding_of
from bot.settings import Settings
from tests.helpers import tiny_models


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder from which the service is started."""
    folder = tmp_path / "a folder"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


async def found(settings: Settings, what: str) -> Finding:
    return await finding_of(what, checks_of(())[what], settings)


@pytest.mark.skipif(os.name != "posix", reason="files have no such modes here")
async def test_secrets_that_others_can_read_are_found_and_the_command_that_is_named_mends_it(
    folder: Path, settings: Settings
) -> None:
    path = folder / ".env"
    path.write_text("EARMARK_TELEGRAM_TOKEN=secret\n")
    for mode in (0o644, 0o640, 0o604):
        path.chmod(mode)
        finding = await found(settings, ".env")
        assert not finding.ok
        assert "secret\n" not in finding.says
        subprocess.run(shlex.split(finding.says.partition(": ")[2]), check=True)
        assert path.stat().st_mode & 0o777 == 0o600
        assert await found(settings, ".env") == Finding(".env", True, str(path))


async def test_a_folder_without_an_env_file_is_in_order(folder: Path, settings: Settings) -> None:
    assert (await found(settings, ".env")).ok


async def test_an_ffmpeg_that_cannot_run_confined_is_found(folder: Path, settings: Settings) -> None:
    assert (await found(settings, "ffmpeg")).says.startswith("ffmpeg version")
    broken = folder / "ffmpeg"
    broken.write_text("#!/bin/sh\nexit 3\n")
    broken.chmod(0o700)
    media = settings.media.model_copy(update={"ffmpeg": str(broken)})
    finding = await found(replace(settings, media=media), "ffmpeg")
    assert not finding.ok
    assert "set EARMARK_FFMPEG to" in finding.says


async def test_each_model_is_shown_with_its_device_and_its_speed(folder: Path, settings: Settings) -> None:
    parakeet = tiny_models.parakeet(folder / "parakeet")
    engine = settings.engine.model_copy(update={"local_model": f"base, {parakeet}"})
    finding = await found(replace(settings, engine=engine), "model")
    assert finding.ok, finding.says
    assert re.fullmatch(
        rf"whisper-base: cpu, int8\S*, \d+ times as fast as speech; \S+; "
        rf"parakeet: cpu, NeMo transducer, \d+ times as fast as speech; {re.escape(str(parakeet))}",
        finding.says,
    )


async def test_a_model_that_is_not_there_is_not_fetched(folder: Path, settings: Settings) -> None:
    engine = settings.engine.model_copy(update={"local_model": "small"})
    began = time.monotonic()
    finding = await found(replace(settings, engine=engine), "model")
    assert (finding.ok, "`earmark models pull small` fetches it" in finding.says) == (False, True)
    assert time.monotonic() - began < 20
