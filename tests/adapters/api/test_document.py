"""The document's own examples, unchanged but for the address and the key; tests/data/document has them word by word."""

import asyncio
import time
from collections.abc import AsyncIterator
from functools import partial
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import pytest_asyncio

from tests.helpers.api import Api, samples_served
from tests.helpers.paths import DATA, SAMPLES

pytestmark = pytest.mark.asyncio(loop_scope="module")

SAID = "What was said in 16.14 seconds."
DOCUMENT = DATA / "document"


@pytest_asyncio.fixture(loop_scope="module")
async def api(shared: Api) -> AsyncIterator[Api]:
    voice = SAMPLES / "voice-note.ogg"
    names = ("large-audio-file", "meeting-recording", "conversation", "english", "spanish", "unknown")
    shared.links.known = {f"https://example.com/{name}.mp3": voice for name in names}
    yield shared
    await shared.all_is_right()


@pytest.fixture
def beside_a_meeting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The examples read meeting.mp3 where they are run."""
    (tmp_path / "meeting.mp3").write_bytes((SAMPLES / "voice-note.ogg").read_bytes())
    monkeypatch.chdir(tmp_path)


async def run(
    name: str, api: Api, key: str, more: str = "", leave_out: str = "\0", pace: float = 100
) -> tuple[dict[str, Any], str]:
    """Return the values of an example's names at its end, and its output. Its five seconds pass `pace` times as fast.

    `more` is run after it; what follows `leave_out` in it is not.
    """
    source = (DOCUMENT / f"{name}.txt").read_text(encoding="utf-8").split(leave_out)[0]
    source = source.replace("https://nano-gpt.com/api", f"{api.url}/api").replace("YOUR_API_KEY", key)
    quick = SimpleNamespace(sleep=lambda seconds: time.sleep(seconds / pace))
    source = source.replace("import time\n", "")
    printed = StringIO()
    # Its own print: what the service logs meanwhile is not what the example prints.
    names: dict[str, Any] = {"time": quick, "print": partial(print, file=printed)}
    await asyncio.to_thread(exec, compile(source + more, name, "exec"), names)
    return names, printed.getvalue()


@pytest.mark.usefixtures("beside_a_meeting")
async def test_the_complete_class_runs_unchanged(api: Api) -> None:
    _, printed = await run("transcriber", api, await api.join())
    assert printed == f"Transcription: {SAID}\nFormatted conversation:\nSpeaker 1: Hello.\n\nSpeaker 2: Hi.\n"


@pytest.mark.usefixtures("beside_a_meeting")
async def test_every_other_example_runs_unchanged(api: Api) -> None:
    names, printed = await run("functions", api, await api.join())
    assert f"Transcription: {SAID}\nCost: 0.1614\nDuration: 0.269" in printed
    assert "Full Transcription: Speaker 1: Hello.\n\nSpeaker 2: Hi.\n" in printed
    assert "Speaker 1 (0.0-8.0" in printed
    assert "'Hello.' at 0.0-8.0" in printed
    assert [result["file"] for result in names["results"]] == ["english.mp3", "spanish.mp3", "unknown.mp3"]
    assert "Error" not in printed


@pytest.mark.usefixtures("beside_a_meeting")
async def test_its_class_tells_what_went_wrong(api: Api) -> None:
    more = """
def told(**asked):
    try:
        return transcriber.transcribe(**asked)
    except Exception as error:
        return str(error)
Path("noise.mp3").write_bytes(b"no sound")
errors = [told(audio_url="https://example.com/gone.mp3"), told(audio_path="noise.mp3"), told(audio_path="meeting.mp3",
    model="no-such"), told(audio_path="meeting.mp3", language="klingon")]
transcriber.api_key = "em-wrong"
errors.append(told(audio_path="meeting.mp3"))
transcriber.api_key = "POOR"
errors.append(told(audio_url="https://example.com/conversation.mp3", model="Elevenlabs-STT", diarize=True))
"""
    names, _ = await run("transcriber", api, await api.join(), more.replace("POOR", await api.join(0)))
    beginnings = [
        "API Error: There is no file gone.mp3.",
        "API Error: This file cannot be read",
        "API Error: There is no model 'no-such'; there are: Whisper-Large-V3, Wizper, Elevenlabs-STT",
        "API Error: There is no language 'klingon'",
        "API Error: An API key is needed",
        "API Error: This would cost $0.1614, and $0.00 is left to spend. Top up, or send less.",
    ]
    assert [error[: len(beginning)] for error, beginning in zip(names["errors"], beginnings, strict=True)] == beginnings


@pytest.mark.usefixtures("beside_a_meeting")
async def test_its_class_fetches_by_url_from_a_real_server(api: Api) -> None:
    async with samples_served() as place:
        more = f"\nresult = transcriber.transcribe(audio_url='{place}/voice-note.ogg', model='Wizper', language='es')\n"
        names, _ = await run("transcriber", api, await api.join(), more)
    assert names["result"]["transcription"] == SAID
    assert names["result"]["metadata"]["fileName"] == "voice-note.ogg"
