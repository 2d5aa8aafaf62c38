"""The deployment's vocabulary in recordings of the API."""

import io
import wave

import httpx
import pytest

from bot.media.pcm import RATE, SAMPLE_BYTES
from bot.service.serve import serve
from bot.settings import Settings
from tests.helpers.settings import changed


def silence() -> bytes:
    sound = io.BytesIO()
    with wave.open(sound, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(SAMPLE_BYTES)
        file.setframerate(RATE)
        file.writeframes(bytes(RATE * SAMPLE_BYTES))
    return sound.getvalue()


@pytest.mark.parametrize(
    ("path", "model"), [("/api/transcribe", "Whisper-Large-V3"), ("/v1/audio/transcriptions", "whisper-1")]
)
async def test_the_deployments_terms_are_part_of_a_note_as_on_chat_platforms(
    settings: Settings, path: str, model: str
) -> None:
    usual = changed(settings, api_bind="127.0.0.1:0", vocabulary="Dashwood, IAX2", model="whisper-base")
    async with serve(usual, ()) as rig:
        core = rig.service.core
        _, secret = await core.keys.create("ann", "api:ann")
        assert rig.address is not None
        headers = {"x-api-key": secret, "authorization": f"Bearer {secret}"}
        async with httpx.AsyncClient(base_url=rig.address, headers=headers, timeout=20) as client:
            field = "audio" if path.startswith("/api") else "file"
            await client.post(path, files={field: ("a.wav", silence(), "audio/wav")}, data={"model": model})
        [standing] = await core.notes.recent(10)
        order = await core.notes.order(standing.note_id)
        assert order is not None
        assert order.note.options.vocabulary == ("Dashwood", "IAX2")
