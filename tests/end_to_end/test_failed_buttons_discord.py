"""Buttons whose step fails on Discord: each is carried out, or its presser reads why not; the money is right.

Files, menus and deletions meet every fault in test_platform_faults_discord.py.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.domain.errors import ProviderFailed
from bot.people.preferences import Choice
from tests.doubles.discord.server import Channel, Person, Seen, Use
from tests.doubles.faults import PASSING, Failure
from tests.end_to_end.test_failed_buttons import FAILURES
from tests.end_to_end.test_platform_faults_discord import CALLBACK, PRICE, REFUSED, Home, home
from tests.helpers.discord import SAID, plain

__all__ = ["home"]
pytestmark = pytest.mark.asyncio(loop_scope="module")
VOICES, FAILED = "Speaker 2", "It is not your fault."


@dataclass(frozen=True)
class Step:
    """A button, and the way to it."""

    begin: str
    """A command with a slash, or words of the note's end whose buttons are pressed."""
    labels: tuple[str, ...]
    """The buttons to press, or the entries of menus; the answer to the last one fails. "": the only entry."""
    sign: str
    """Words or a label that is shown once it was carried out."""
    charged: int = 0
    texts: int = 1
    """Messages of the bot that have the sign then."""


STEPS = {
    "speakers off": Step(VOICES, ("Speakers off",), "Speakers on", PRICE),
    "another language": Step(SAID, ("Spoken language", "Spanish"), "would cost $0.1614", PRICE),
    "yes": Step(SAID, ("Spoken language", "Spanish", "Yes, for $0.1614"), SAID, 2 * PRICE, texts=2),
    "try again": Step(FAILED, ("Try again",), "Delete this text", PRICE),
    "a setting": Step("/settings", ("told apart",), "Speakers: told apart (your choice)"),
    "forget": Step("/forget", ("Erase all",), "There was nothing to erase."),
    "link": Step("/link", ("Both are mine",), "One account now"),
    "unlink": Step("/unlink", ("Unlink",), "Unlinked."),
    "jobs": Step("/jobs", ("",), SAID, PRICE),
}


async def begun(home: Home, step: Step, voice: Path) -> tuple[Person, Channel, Callable[[], Seen]]:
    """Return a person, and a message that has the step's first button."""
    ada, channel = await home.person()
    core, provider, account = home.rig.service.core, home.rig.provider, f"discord:{ada.id}"
    if step.begin == VOICES:
        await home.rig.choose(account, Choice.MODEL, "paid-speakers")
        await home.rig.choose(account, Choice.SPEAKERS, "on")
    if not step.begin.startswith("/") or step.begin == "/jobs":
        provider.error = ProviderFailed(reason="gave-up") if step.begin == FAILED else None
        channel.say(ada, voice=voice, seconds=16, mentions_bot=True)
        await home.rig.answers(channel, 1, SAID if step.begin == "/jobs" else step.begin)
        await home.rig.idle()
        provider.error = None
    if not step.begin.startswith("/"):
        return ada, channel, lambda: channel.answers[0]
    options = {}
    if step.begin == "/link":
        options = {"code": await core.people.code(f"console:{ada.id}")}
    elif step.begin == "/unlink":
        await core.people.link(account, await core.people.code(f"console:{ada.id}"))
    use = ada.slash(step.begin.removeprefix("/"), channel, **options)
    await home.discord.eventually(lambda: use.response is not None and not use.response.flags & 128, 20)
    return ada, channel, lambda: _response(use)


def _response(use: Use) -> Seen:
    assert use.response is not None
    return use.response


def used(person: Person, seen: Seen, label: str) -> Use:
    """Press a button of that label, or choose that entry of a menu."""
    if label in seen.buttons:
        return person.press(seen, label)
    for number in range(5):
        try:
            return person.choose(seen, number, label or seen.choices[0][0])
        except AssertionError:
            continue
    raise AssertionError(f"there is no {label!r}")


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS.keys())
async def test_a_button_is_carried_out_or_its_presser_reads_why_not(
    home: Home, voice: Path, step: Step, failure: Failure
) -> None:
    ada, channel, first = await begun(home, step, voice)
    *way, last = step.labels
    pressed = first()
    for label in way:
        use = used(ada, pressed, label)
        await home.told(use)
        pressed = use.notices[-1]  # the next button stands below the answer
    home.discord.break_call(CALLBACK, failure)
    use = used(ada, pressed, last)

    def shown() -> list[Seen]:
        answers = [use.response] if use.response is not None else []
        return [first(), *channel.answers, *use.notices, *answers, *use.followups]

    def is_done() -> bool:
        if step.texts > 1:
            return sum(step.sign in plain(seen.text) for seen in channel.answers) == step.texts
        return any(step.sign in plain(seen.text) or step.sign in seen.buttons for seen in shown())

    def is_refused() -> bool:
        return any(plain(seen.text) == REFUSED for seen in use.notices)

    await home.discord.eventually(lambda: is_done() or is_refused(), 20)
    await home.rig.idle()
    assert is_done() or failure not in PASSING
    home.discord.mend()
    if step.begin != "/forget":  # what is left of the account bears no name
        account = await home.rig.service.core.ledger.statements.balance(f"discord:{ada.id}")
        assert account.held == 0
        assert account.spent in ({step.charged} if is_done() else {0, step.charged, step.charged - PRICE})
        assert await home.rig.service.core.ledger.audit() == []


@pytest.mark.parametrize("failure", FAILURES)
async def test_a_form_s_names_are_in_the_text_or_a_sentence_tells_why_not(
    home: Home, voice: Path, failure: Failure
) -> None:
    ada, channel, text = await begun(home, STEPS["speakers off"], voice)
    form = used(ada, text(), "Names")
    await home.discord.eventually(lambda: form.modal is not None, 20)
    home.discord.break_call(CALLBACK, failure)
    use = form.submit("Bob")

    def is_done() -> bool:
        return "Bob:" in plain(channel.answers[0].text)

    await home.discord.eventually(lambda: is_done() or any(plain(seen.text) == REFUSED for seen in use.notices), 20)
    assert is_done() or failure not in PASSING
    await home.ends(ada, PRICE)
