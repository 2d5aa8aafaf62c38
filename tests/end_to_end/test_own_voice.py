"""One's own voice on the smallest platform: the consent, the recording, and the name in the owner's later texts."""

import io
import json
import wave
import zipfile
from base64 import b64encode
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.media.pcm import RATE, SAMPLE_BYTES
from bot.service.serve import serve
from tests.doubles.nanogpt.server import serve as provider
from tests.doubles.smallest.adapter import SMALLEST
from tests.doubles.smallest.server import Chat, serving
from tests.helpers.paths import SAMPLES
from tests.helpers.smallest import User, content, labels, settings_of, user
from tests.helpers.speech import pcm

pytestmark = pytest.mark.asyncio(loop_scope="module")
VOICE = SAMPLES / "voice-note.ogg"
"""Its reader is the second to speak in the conversation."""
SECONDS = 7.4
"""Of the conversation: a turn each."""
KEPT = "Your voice is known. In conversations that you send with speakers told apart (/speakers on), you are Ada."


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chat(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Chat]:
    folder = tmp_path_factory.mktemp("voices")
    async with (
        serving() as chat,
        provider() as nanogpt,
        serve(settings_of(folder, chat, nanogpt, plan="open", model="whisper-base"), (SMALLEST,)),
    ):
        yield chat


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The beginning of the conversation."""
    path = tmp_path_factory.mktemp("talk") / "talk.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(SAMPLE_BYTES)
        file.setframerate(RATE)
        file.writeframes(pcm("conversation.ogg")[: round(SECONDS * RATE) * SAMPLE_BYTES])
    return path


def speak(who: User, sound: Path) -> None:
    """Record a voice message, which is no file."""
    who.send(name=sound.name, file=b64encode(sound.read_bytes()).decode(), recorded=True)


async def test_a_voice_is_enrolled_by_its_owner_and_named_in_the_owners_texts(chat: Chat, talk: Path) -> None:
    async with user(chat, "ada") as ada:
        assert "such as: /voice Ada" in (await ada.ask("/voice"))["text"]
        assert "at most 24 characters" in (await ada.ask(f"/voice {'A' * 25}"))["text"]
        asked = await ada.ask("/voice Ada")
        assert "To name you Ada" in asked["text"]
        ada.press("I agree")
        await ada.reads("Now record a voice message here")
        speak(ada, talk)
        await ada.reads("That was too little speech to learn your voice.")
        speak(ada, VOICE)
        await ada.reads(KEPT)
        assert not any("Queued" in text for text in ada.seen), "what is learned from becomes no note"
        with zipfile.ZipFile(io.BytesIO(content(await ada.ask("/export")))) as archive:
            [voice] = json.loads(archive.read("person.json"))["voices"]
        assert (voice["name"], len(voice["vector"])) == ("Ada", 192)
        await ada.ask("/speakers on")
        ada.record(talk)
        await ada.until(lambda: ada.last["text"].startswith("Speaker 1: You are"), seconds=50)
        assert "\nAda: He was not" in ada.last["text"]
        assert labels(await ada.ask("/voice")) == ["Delete my voice"]
        ada.press("Delete my voice")
        await ada.reads("Your voice is deleted.")
        assert "such as: /voice Ada" in (await ada.ask("/voice"))["text"]


async def test_a_file_is_no_voice_of_the_sender_and_is_transcribed_as_always(chat: Chat) -> None:
    async with user(chat, "cleo") as cleo:
        await cleo.ask("/voice Cleo")
        cleo.press("I agree")
        await cleo.reads("Now record a voice message here")
        cleo.record(VOICE)
        await cleo.reads("Files and forwarded messages are not taken for it.")
        await cleo.reads("He was not an ill-disposed young man")
        assert "such as: /voice Ada" in (await cleo.ask("/voice"))["text"]
