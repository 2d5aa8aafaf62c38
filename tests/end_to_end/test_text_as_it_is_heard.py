"""The text of a recording is shown in its chat while the embedded engine hears the rest."""

import asyncio
from pathlib import Path

import pytest

from bot.media.ffmpeg import find_ffmpeg
from bot.service.serve import serve
from tests.doubles.nanogpt.server import serve as provider
from tests.doubles.smallest.adapter import SMALLEST
from tests.doubles.smallest.server import serving
from tests.helpers.paths import SAMPLES
from tests.helpers.smallest import User, settings_of, user

MARK = "So far (this may still change):"


@pytest.fixture
async def long(tmp_path: Path) -> Path:
    """The conversation of the samples, twice over."""
    path = tmp_path / "long.ogg"
    arguments = ("-stream_loop", "1", "-i", str(SAMPLES / "conversation.ogg"), "-c", "copy", str(path))
    ffmpeg = await asyncio.create_subprocess_exec(find_ffmpeg(None), "-v", "error", *arguments)
    assert await ffmpeg.wait() == 0
    return path


async def sent_to_the_embedded_engine(folder: Path, recording: Path, **more: object) -> User:
    """Return the user who sent the recording, when the final text stands in the chat."""
    async with (
        serving() as chat,
        provider() as nanogpt,
        user(chat, "olga") as olga,
        serve(settings_of(folder, chat, nanogpt, provider="local", plan="open", **more), (SMALLEST,)),
    ):
        olga.record(recording)
        await olga.until(lambda: olga.messages and "English · " in olga.last["text"], seconds=60)
        return olga


async def test_the_text_so_far_stands_in_the_placeholder_until_the_final_text_replaces_it(
    tmp_path: Path, long: Path
) -> None:
    olga = await sent_to_the_embedded_engine(tmp_path, long)
    begun = [text for text in olga.seen if MARK in text]
    assert begun, olga.seen
    assert all(text.startswith("Transcribing… ") and "You are currently" in text for text in begun)
    assert len(olga.messages) == 1
    assert MARK not in olga.last["text"]


async def test_it_is_not_shown_if_the_operator_wants_the_progress_alone(tmp_path: Path, long: Path) -> None:
    olga = await sent_to_the_embedded_engine(tmp_path, long, live_text="false")
    assert any(text.startswith("Transcribing… ") and "%" in text for text in olga.seen)
    assert not [text for text in olga.seen if MARK in text]
