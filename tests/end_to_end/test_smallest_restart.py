"""Restarts of the service in the middle of a conversation on the smallest platform."""

from pathlib import Path

from bot.service.serve import serve
from tests.doubles.nanogpt.server import serve as provider
from tests.doubles.smallest.adapter import SMALLEST
from tests.doubles.smallest.server import serving
from tests.helpers.paths import SAMPLES
from tests.helpers.smallest import User, labels, settings_of, user

VOICE = SAMPLES / "voice-note.ogg"
PLAIN = "The quick brown fox jumps over the lazy dog."


def questions(client: User) -> list[str]:
    """Return the messages that ask for a price."""
    return [message for message, shown in client.messages.items() if "Shall I transcribe it?" in shown["text"]]


async def test_a_restart_in_the_middle_loses_nothing(tmp_path: Path) -> None:
    """A note that asks for its price goes on asking; what is said while no bot listens is answered by the next."""
    async with serving() as chat, provider() as nanogpt, user(chat, "olga") as olga:
        settings = settings_of(tmp_path, chat, nanogpt, ask_above="0.001")
        async with serve(settings, (SMALLEST,)):
            await olga.ask("/credit smallest:olga 1")
            olga.record(VOICE)
            asked = await olga.reads("Shall I transcribe it?")
            assert (await olga.ask("/cancel"))["text"] == "Cancelling 1 recording."
            await olga.reads("Cancelled. Nothing was charged.")
            olga.record(VOICE)
            asked = await olga.reads("Shall I transcribe it?")
            assert labels(asked) == ["Transcribe for $0.00269", "Cancel"]
        olga.record(VOICE)
        async with serve(settings, (SMALLEST,)):
            await olga.until(lambda: len(questions(olga)) == 2)
            first, second = questions(olga)
            assert first == asked["message"]
            olga.press_under(first, "Transcribe for")
            assert await olga.told() == "OK, transcribing."
            await olga.until(lambda: PLAIN in olga.messages[first]["text"])
            olga.press_under(second, "Cancel")
            assert await olga.told() == "Cancelling…"
            await olga.until(lambda: olga.messages[second]["text"] == "Cancelled. Nothing was charged.")
            await olga.ask("/model Elevenlabs-STT")
            olga.record(VOICE)
            await olga.until(lambda: questions(olga))
            [third] = questions(olga)
            nanogpt.job_seconds = lambda: 3.0
            olga.press_under(third, "Transcribe for")
            await olga.until(lambda: nanogpt.charged[1:])
        async with serve(settings, (SMALLEST,)):
            await olga.until(lambda: "Good morning." in olga.messages[third]["text"])
        assert nanogpt.charged == ["Whisper-Large-V3", "Elevenlabs-STT"]
        assert not chat.unacknowledged
