"""The API over the embedded engine: the document's names, and real speech in several languages."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from openai import AsyncOpenAI

from tests.adapters.api.test_document import run
from tests.helpers.api import EMBEDDED, Api, prepaid, samples_served, served
from tests.helpers.paths import SAMPLES
from tests.helpers.settings import changed
from tests.helpers.speech import reference, word_error_rate

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def api(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Api]:
    folder = tmp_path_factory.mktemp("api")
    settings = changed(prepaid(folder), model="whisper-base")
    async with served(settings, folder, aliases=EMBEDDED) as api:
        yield api
        await api.all_is_right()


async def test_the_document_s_class_is_answered_with_what_was_said(
    api: Api, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("meeting")
    (folder / "meeting.mp3").write_bytes((SAMPLES / "voice-note.ogg").read_bytes())
    monkeypatch.chdir(folder)
    async with samples_served() as place:
        more = f"""
later = transcriber.transcribe(audio_url="{place}/spanish.ogg", model="Elevenlabs-STT", language="auto")
talk = transcriber.transcribe(
    audio_url="{place}/conversation.ogg", model="Elevenlabs-STT", language="auto", diarize=True
)
"""
        # The embedded engine writes down no laughter, so the example's own call for that is left out.
        names, _ = await run("transcriber", api, await api.join(0), more, leave_out="# Advanced", pace=10)
    assert word_error_rate(reference("voice-note.ogg")["text"], names["result"]["transcription"]) <= 0.05
    assert word_error_rate(reference("spanish.ogg")["text"], names["later"]["transcription"]) <= 0.08
    assert names["later"]["status"] == "completed"
    about = names["later"]["metadata"]
    assert (about["language"], about["model"], about["cost"]) == ("es", "Elevenlabs-STT", 0)
    speakers = [segment["speaker"] for segment in names["talk"]["diarization"]["segments"]]
    assert (speakers[0], set(speakers)) == ("Speaker 1", {"Speaker 1", "Speaker 2"})
    assert {word["speaker_id"] for word in names["talk"]["words"]} == {"speaker_0", "speaker_1"}
    assert names["talk"]["transcription"].startswith("Speaker 1: You are currently")


async def test_openai_s_client_gets_timed_words(api: Api) -> None:
    async with AsyncOpenAI(api_key=await api.join(0), base_url=f"{api.url}/v1", timeout=60) as client:
        answer = await asyncio.wait_for(
            client.audio.transcriptions.create(
                model="whisper-1",
                file=SAMPLES / "voice-note.ogg",
                response_format="verbose_json",
                timestamp_granularities=["word", "segment"],
            ),
            60,
        )
    assert answer.words is not None
    assert word_error_rate(reference("voice-note.ogg")["text"], " ".join(word.word for word in answer.words)) <= 0.05
    assert answer.segments is not None
    assert all(-1 < segment.avg_logprob < 0 for segment in answer.segments)
    sure = [(word.model_extra or {})["probability"] for word in answer.words]
    assert 0 < min(sure) < max(sure) <= 1
    starts = [word.start for word in answer.words]
    assert starts == sorted(starts)
