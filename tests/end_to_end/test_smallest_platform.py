"""The whole conversation on the smallest platform, which the service knows by one row of its table alone."""

import io
import re
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count

import pytest
import pytest_asyncio

from bot.service.serve import serve
from tests.doubles.nanogpt.server import NanoGPTServer
from tests.doubles.nanogpt.server import serve as provider
from tests.doubles.smallest.adapter import SMALLEST
from tests.doubles.smallest.server import Chat, serving
from tests.helpers.paths import ROOT, SAMPLES
from tests.helpers.smallest import User, content, labels, settings_of, user

pytestmark = pytest.mark.asyncio(loop_scope="module")
VOICE = SAMPLES / "voice-note.ogg"
PLAIN = "The quick brown fox jumps over the lazy dog."
TOLD_APART = "Speaker 1: Good morning. How are you?"
MOST_LINES = 300
_numbers = count(1)


@dataclass
class Rig:
    """A running Earmark in the smallest chat, and its owner."""

    chat: Chat
    nanogpt: NanoGPTServer
    owner: User

    @asynccontextmanager
    async def user(self, language: str = "en", dollars: str = "1") -> AsyncIterator[User]:
        """Connect a new user whose account has so much."""
        async with user(self.chat, f"user{next(_numbers)}", language) as client:
            if dollars != "0":
                assert "to spend" in (await self.owner.ask(f"/credit smallest:{client.name} {dollars}"))["text"]
            yield client


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def rig(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    folder = tmp_path_factory.mktemp("smallest")
    async with (
        serving() as chat,
        provider() as nanogpt,
        user(chat, "olga") as olga,
        serve(settings_of(folder, chat, nanogpt), (SMALLEST,)) as application,
    ):
        assert application.announcements == ["The smallest chat is answered."]
        yield Rig(chat, nanogpt, olga)
        assert await application.service.core.ledger.audit() == []
        assert await application.service.core.ledger.statements.holds_open() == []


async def test_a_voice_note_gets_a_placeholder_that_becomes_its_text_with_speakers(rig: Rig) -> None:
    async with rig.user() as ada:
        assert (await ada.ask("/speakers on"))["text"] == "Speakers: told apart (your choice)"
        ada.record(VOICE)
        answer = await ada.reads(TOLD_APART)
        assert len(ada.messages) == 2, "the placeholder is the text now"
        assert any(text.startswith("Queued") for text in ada.seen), ada.seen
        assert labels(answer)[:4] == ["TXT", "SRT", "VTT", "DOCX"]
        assert (await ada.ask("/balance"))["text"].startswith("$0.97 left.")


async def test_every_command_is_answered(rig: Rig) -> None:
    async with rig.user() as ada:
        assert (await ada.ask("/start"))["text"].startswith("Hello, I am Earmark.")
        commands = re.findall(r"^/(\w+):", (await ada.ask("/help"))["text"], re.MULTILINE)
        assert {"transcribe", "balance", "forget"} < {*commands}
        assert not {"topup", "setup", "credit"} & {*commands}, "that is of other platforms, and of operators"
        assert (await ada.ask("/usage"))["text"] == "Nothing yet."
        assert (await ada.ask("/cancel"))["text"] == "There is nothing to cancel."
        await ada.transcribed(VOICE)
        await ada.reads(PLAIN)
        assert "1 recording, 0:16, $0.00269" in (await ada.ask("/usage"))["text"]
        jobs = await ada.ask("/jobs")
        assert "The quick brown fox jumps over the lazy… · 0:16 · done · $0.00269" in jobs["text"]
        ada.press(labels(jobs)[0])
        await ada.until(lambda: len([one for one in ada.messages.values() if PLAIN in one["text"]]) == 2)
        export = await ada.ask("/export")
        assert export["text"] == "All your data, with 1 recording."
        assert zipfile.ZipFile(io.BytesIO(content(export))).namelist()
        assert "/transcribe https://" in (await ada.ask("/transcribe"))["text"]


async def test_settings_are_chosen_by_press_and_by_command(rig: Rig) -> None:
    async with rig.user() as ada:
        settings = await ada.ask("/settings")
        assert "Language: automatic (default)" in settings["text"]
        ada.press("Text as")
        await ada.until(lambda: "The form of the text" in ada.last["text"])
        ada.press("SRT file")
        await ada.until(lambda: "Text as: SRT file (your choice)" in ada.last["text"])
        assert await ada.told() == "Text as: SRT file (your choice)"
        assert ada.last["message"] == settings["message"], "all of it was in one message"
        assert (await ada.ask("/language es"))["text"] == "Language: Spanish (your choice)"
        ada.press_under(settings["message"], "My language")
        await ada.until(lambda: "The language of my messages" in ada.messages[settings["message"]]["text"])
        ada.press_under(settings["message"], "Deutsch")
        assert await ada.told() == "Meine Sprache: Deutsch (deine Wahl)"
        ada.record(VOICE)
        await ada.until(lambda: ada.last["file"])
        assert ada.last["file"]["name"] == "voice-note.srt"
        assert content(ada.last).startswith(b"1\n00:00:00,000 --> ")


async def test_buttons_under_a_text_bring_files_names_and_other_runs(rig: Rig) -> None:
    async with rig.user() as ada:
        await ada.ask("/speakers on")
        ada.record(VOICE)
        answer = (await ada.reads(TOLD_APART))["message"]
        ada.press("TXT")
        await ada.until(lambda: ada.last["file"])
        assert content(ada.last).decode().startswith(TOLD_APART)
        ada.press_under(answer, "Names")
        await ada.until(lambda: ada.forms)
        form = ada.forms.pop()
        assert form["fields"] == {"0": "Speaker 1", "1": "Speaker 2"}
        ada.send(answer, press=form["form"], fields={"0": "Ada", "1": "Bob"})
        await ada.reads("Ada: Good morning.")
        ada.press_under(answer, "Speakers off")
        await ada.until(lambda: ada.messages[answer]["text"].startswith("Good morning."))
        ada.press_under(answer, "Speakers on")
        await ada.reads("Ada: Good morning.")
        ada.press_under(answer, "Spoken language")
        await ada.reads("Which language is spoken in the recording?")
        ada.press("Spanish")
        assert "would cost $0.00807" in (await ada.reads("Continue?"))["text"]
        ada.press("Yes, for")
        assert await ada.told() == "Transcribing again."
        await ada.reads(TOLD_APART)
        assert rig.nanogpt.charged[-2:] == ["Elevenlabs-STT"] * 2
        ada.press("Yes, for")
        assert await ada.told() == "You asked for that before. Look for its answer above."


async def test_a_refusal_is_a_sentence_in_the_users_language(rig: Rig) -> None:
    async with rig.user("de-AT", dollars="0") as poor, rig.user("ru") as vera, rig.user("es", dollars="0") as eva:
        poor.record(VOICE)
        await poor.reads("Das würde 0,00269\xa0$ kosten, und es ist noch 0,00\xa0$ übrig.")
        assert (await poor.ask("Hallo"))["text"].startswith("Schick mir eine Sprach- oder Videonachricht")
        poor.send(name="picture.png", file="")
        await poor.reads("Das hat keinen Ton.")
        vera.send(name="broken.ogg", file="AAAA")
        await vera.reads("Этот файл не читается")
        assert (await rig.owner.ask(f"/block smallest:{eva.name}"))["text"].startswith(f"smallest:{eva.name} and all")
        eva.record(VOICE)
        await eva.until(lambda: eva.messages)
        assert "servicio" in eva.last["text"]


async def test_a_message_sent_twice_is_one_note(rig: Rig) -> None:
    async with rig.user() as ada:
        before = len(rig.nanogpt.charged)
        ada.record(VOICE, ada.record(VOICE))
        await ada.reads(PLAIN)
        assert (await ada.ask("/balance"))["text"].count(" · done · ") == 1
        assert len(ada.messages) == 2
        assert len(rig.nanogpt.charged) == before + 1


async def test_buttons_of_others_and_old_ones_are_refused_with_a_notice(rig: Rig) -> None:
    async with rig.user() as ada, rig.user() as eve:
        ada.record(VOICE)
        answer = await ada.reads(PLAIN)
        eve.send(press=answer["buttons"][0]["press"])
        assert await eve.told() == "Only the user who asked may press this."
        eve.send(press="nothing of the bot's")
        assert await eve.told() == "This button is out of date. Please ask again."
        left = (await ada.ask("/start"))["message"]
        ada.send(left, press=ada.pressable["Cancel"])
        assert await ada.told() == "Too late: it is finished already."
        assert left not in ada.messages, "a placeholder that was left over is deleted"


async def test_an_event_that_cannot_be_answered_is_apologised_for_and_keeps_no_other_away(rig: Rig) -> None:
    async with rig.user() as ada:
        ada.send(text=["no", "text"])
        await ada.reads("Something went wrong on our side")
        assert (await ada.ask("/usage"))["text"] == "Nothing yet."
        assert len(rig.chat.unacknowledged) <= 1, "the answer is there a moment before the acknowledgement"


async def test_two_accounts_become_one_and_part_again(rig: Rig) -> None:
    async with rig.user() as ada, rig.user(dollars="2") as other:
        told = re.search(r"/link (\S+)", (await ada.ask("/link"))["text"])
        assert told is not None
        question = await other.ask(f"/link {told[1]}")
        assert "Your $2.00 move there for good." in question["text"]
        other.press("Both are mine")
        await other.reads("One account now: smallest (2).")
        assert "$3.00 left." in (await ada.ask("/balance"))["text"]
        await ada.ask("/unlink")
        ada.press("Unlink")
        await ada.reads("Unlinked.")


async def test_operators_are_obeyed_and_nobody_else(rig: Rig) -> None:
    async with rig.user() as ada:
        assert (await ada.ask("/pause"))["text"].startswith("Only operators can do that")
        await ada.transcribed(VOICE)
        queue = (await rig.owner.ask("/queue"))["text"]
        line = next(one for one in queue.splitlines() if f"smallest:{ada.name}" in one)
        assert (await rig.owner.ask(f"/refund {line.split()[0]}"))["text"] == "$0.00269 refunded."
        spent = await rig.owner.ask("/spend csv")
        assert f"smallest:{ada.name}" in content(spent).decode()
        assert (await rig.owner.ask("/pause Back soon."))["text"].startswith("Paused")
        assert "Back soon." in (await ada.ask_by_voice(VOICE))["text"]
        assert (await rig.owner.ask("/resume"))["text"] == "Recordings are accepted again."


async def test_forget_erases_all_after_a_question(rig: Rig) -> None:
    async with rig.user() as ada:
        await ada.transcribed(VOICE)
        question = await ada.ask("/forget")
        ada.press("Erase all")
        await ada.until(lambda: ada.messages[question["message"]]["text"] == "Erased, with 1 recording.")
        assert (await ada.ask("/jobs"))["text"] == "Nothing yet."


async def test_the_platform_and_its_adapter_are_small() -> None:
    folder = ROOT / "tests" / "doubles" / "smallest"
    lines = {path.name: len(path.read_text("utf-8").splitlines()) for path in folder.glob("*.py")}
    assert sum(lines.values()) <= MOST_LINES, lines
