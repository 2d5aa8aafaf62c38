"""Buttons whose step fails on Telegram: each is carried out, or its presser reads why not; the money is right.

Files, menus, names and deletions meet every fault in test_platform_faults.py.
"""

from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.domain.errors import ProviderFailed
from tests.doubles.faults import PASSING, Failure
from tests.doubles.telegram.server import Person, Private
from tests.end_to_end.test_platform_faults import GIVEN_UP, PRICE, Telegram, telegram
from tests.helpers.telegram import SAID

__all__ = ["telegram"]
pytestmark = pytest.mark.asyncio(loop_scope="module")
FAILURES = (Failure.BAD_GATEWAY, Failure.CUT_AFTER, Failure.TOO_MANY, Failure.BAD_REQUEST, Failure.FORBIDDEN)
EDIT, BUTTONS, POST = "editMessageText", "editMessageReplyMarkup", "sendMessage"
VOICES = "Speaker 2"


@dataclass(frozen=True)
class Step:
    """A button, and the way to it."""

    begin: str
    """A command, or the words of a text whose buttons are pressed; "": a failed note."""
    labels: tuple[str, ...]
    """The buttons to press; the call that the last one makes fails. "": the first button."""
    call: str
    sign: str
    """Words or a label that the chat shows once it was carried out."""
    charged: int = 0


STEPS = {
    "speakers off": Step(VOICES, ("Speakers off",), EDIT, "Speakers on", PRICE),
    "another language": Step(SAID, ("Spoken language", "Spanish"), BUTTONS, "Yes, for $0.1614", PRICE),
    "back": Step(SAID, ("Spoken language", "Back"), BUTTONS, "TXT", PRICE),
    "try again": Step("", ("Try again",), EDIT, "Delete this text", PRICE),
    "settings": Step("/settings", ("Speakers",), EDIT, "Show in the text who is speaking."),
    "a setting": Step("/settings", ("Speakers", "told apart"), EDIT, "Speakers: told apart (your choice)"),
    "forget": Step("/forget", ("Erase all",), EDIT, "There was nothing to erase."),
    "link": Step("/link {code}", ("Both are mine",), EDIT, "One account now"),
    "unlink": Step("/unlink", ("Unlink",), EDIT, "Unlinked."),
    "jobs": Step("/jobs", ("",), POST, "Delete this text", PRICE),
}


async def begun(telegram: Telegram, step: Step, voice: Path) -> tuple[Person, Private, int]:
    """Return a person with a message that has the step's first button."""
    core, provider = telegram.rig.service.core, telegram.rig.provider
    if not step.begin.startswith("/") and step.begin:
        ada, chat, text = await telegram.text(voice, step.begin)
        return ada, chat, text.id
    ada, chat = await telegram.person()
    account, command = f"telegram:{ada.id}", step.begin
    if not command:
        provider.error = ProviderFailed(reason="gave-up")
        chat.say(ada, voice=voice)
        await telegram.rig.answers(chat, text="It is not your fault.")
        await telegram.rig.idle()
        provider.error = None
        return ada, chat, chat.answers[-1].id
    if command == "/jobs":
        chat.say(ada, voice=voice)
        await telegram.rig.answers(chat)
        await telegram.rig.idle()
    elif command == "/unlink":
        await core.people.link(account, await core.people.code(f"console:{ada.id}"))
    before = len(chat.answers)
    chat.say(ada, text=command.format(code=await core.people.code(f"console:other{ada.id}")))
    await telegram.api.eventually(lambda: len(chat.answers) > before)
    return ada, chat, chat.answers[-1].id


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS.keys())
async def test_a_button_is_carried_out_or_its_presser_reads_why_not(
    telegram: Telegram, voice: Path, step: Step, failure: Failure
) -> None:
    ada, chat, message = await begun(telegram, step, voice)
    *way, last = step.labels
    for label in way:
        await telegram.press(ada, chat, message, label)
    number, last = len(chat.answers), last or chat.message(message).labels[0]
    telegram.api.break_call(step.call, failure)
    notice = await telegram.press(ada, chat, message, last)

    def is_done() -> bool:
        shown = chat.answers if step.call == EDIT else [chat.message(message), *chat.answers[number:]]
        return any(step.sign in seen.text or step.sign in seen.labels for seen in shown)

    if step.call != POST and failure in PASSING:
        await telegram.api.eventually(is_done, 20)
    await telegram.rig.idle()
    assert is_done() or (notice and notice != "OK")
    assert len(chat.answers) <= number + (step.call == POST)
    telegram.api.mend()
    if step.begin not in ("/forget", "/unlink"):  # the account is another one then
        await telegram.ends(ada, step.charged)


@pytest.mark.parametrize("failure", FAILURES)
async def test_a_speaker_s_name_is_in_the_text_or_a_sentence_tells_why_not(
    telegram: Telegram, voice: Path, failure: Failure
) -> None:
    ada, chat, text = await telegram.text(voice, VOICES)
    for label in ("Names", VOICES):
        await telegram.press(ada, chat, text.id, label)
    question = chat.answers[-1]
    telegram.api.break_call(EDIT, failure)
    chat.say(ada, text="Bob", reply_to=question.id)

    def is_answered() -> bool:
        return any("Bob:" in seen.text or seen.text == GIVEN_UP for seen in chat.answers)

    await telegram.api.eventually(is_answered, 20)
    await telegram.ends(ada, PRICE)


@pytest.mark.parametrize("failure", FAILURES)
async def test_a_yes_to_another_run_is_carried_out_once_though_its_menu_stays(
    telegram: Telegram, voice: Path, failure: Failure
) -> None:
    ada, chat, text = await telegram.text(voice)
    for label in ("Spoken language", "Spanish"):
        await telegram.press(ada, chat, text.id, label)
    telegram.api.break_call(BUTTONS, failure)
    assert await telegram.press(ada, chat, text.id, "Yes, for $0.1614") == "Transcribing again."
    await telegram.rig.answers(chat, 2)
    await telegram.ends(ada, 2 * PRICE)
