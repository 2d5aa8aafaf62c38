"""Buttons under a note on Telegram: who may press them, what they bring, and what it costs."""

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from bot.domain.billing import Plan
from bot.domain.errors import ProviderRefused
from bot.domain.money import Micros
from bot.settings import Settings
from tests.doubles.provider import TwoVoices
from tests.doubles.telegram.server import BotApi, Person, Pressed, Private
from tests.helpers.telegram import BOT, SAID, TelegramRig, forged, on_telegram, telegram_rig

PRICE = 161_400


@pytest.fixture
async def rig(telegram: BotApi, settings: Settings, tmp_path: Path) -> AsyncIterator[TelegramRig]:
    prepaid = on_telegram(settings, telegram, plan=Plan.PREPAID, ask_above="")
    async with telegram_rig(telegram, prepaid, provider=TwoVoices(tmp_path / "provider")) as rig:
        yield rig


@pytest.fixture
async def ada(rig: TelegramRig) -> Person:
    ada = rig.telegram.person("Ada", language="en")
    await rig.service.core.ledger.credit(f"telegram:{ada.id}", Micros(1_000_000), "first")
    return ada


async def answered(rig: TelegramRig, chat: Private, person: Person, voice: Path) -> int:
    """A voice note's text; the number of its message."""
    chat.say(person, voice=voice, name="memo.ogg")
    return (await rig.answers(chat))[-1].id


async def with_speakers(rig: TelegramRig, chat: Private, person: Person, voice: Path) -> int:
    chat.say(person, text="/speakers on")
    chat.say(person, voice=voice)
    return (await rig.answers(chat, text="Speaker 2: Under the <b>table</b>."))[-1].id


async def spent(rig: TelegramRig, person: Person) -> int:
    return (await rig.service.core.ledger.statements.balance(f"telegram:{person.id}")).spent


@pytest.mark.parametrize(
    ("button", "begins"), [("TXT", SAID.encode()), ("SRT", b"1\n00:00:00,000 -->"), ("VTT", b"WEBVTT"), ("DOCX", b"PK")]
)
async def test_a_text_comes_as_a_file(
    rig: TelegramRig, chat: Private, ada: Person, voice: Path, button: str, begins: bytes
) -> None:
    message = await answered(rig, chat, ada, voice)
    await rig.press(ada, chat, message, button)
    document = chat.answers[-1].document
    assert document is not None
    assert document.name.endswith(f".{button.lower()}")
    assert document.content.startswith(begins)
    assert await spent(rig, ada) == PRICE


async def test_another_language_shows_its_price_and_costs_only_after_a_yes(
    rig: TelegramRig, chat: Private, ada: Person, voice: Path
) -> None:
    message = await answered(rig, chat, ada, voice)
    await rig.press(ada, chat, message, "Spoken language")
    await rig.press(ada, chat, message, "Spanish")
    assert chat.message(message).labels == ["Yes, for $0.1614", "Back"]
    assert len(rig.provider.calls()) == 1
    await rig.press(ada, chat, message, "Yes, for $0.1614")
    await rig.answers(chat, number=2)
    assert await spent(rig, ada) == 2 * PRICE
    assert "TXT" in chat.message(message).labels, "the buttons of the first are back"


async def test_a_second_yes_is_the_same_run(rig: TelegramRig, chat: Private, ada: Person, voice: Path) -> None:
    message, told = await answered(rig, chat, ada, voice), Pressed()
    for _ in range(2):
        await rig.press(ada, chat, message, "Spoken language")
        await rig.press(ada, chat, message, "Spanish")
        told = await rig.press(ada, chat, message, "Yes, for $0.1614")
        await rig.answers(chat, number=2)
    assert told.text == "You asked for that before. Look for its answer above."
    assert len(rig.provider.calls()) == 2


async def test_back_leads_to_the_buttons_that_were_there(
    rig: TelegramRig, chat: Private, ada: Person, voice: Path
) -> None:
    message = await answered(rig, chat, ada, voice)
    before = chat.message(message).labels
    await rig.press(ada, chat, message, "Spoken language")
    await rig.press(ada, chat, message, "Back")
    assert chat.message(message).labels == before


async def test_speakers_are_told_apart_by_another_run_at_its_price(
    rig: TelegramRig, chat: Private, ada: Person, voice: Path
) -> None:
    message = await answered(rig, chat, ada, voice)
    await rig.press(ada, chat, message, "Speakers on")
    assert chat.message(message).labels == ["Yes, for $0.1614", "Back"]
    await rig.press(ada, chat, message, "Yes, for $0.1614")
    answers = await rig.answers(chat, text="Speaker 1: Where is it?")
    assert "Speaker 2: Under the <b>table</b>." in answers[-1].text
    assert answers[-1].parts("bold") == ["Speaker 1:", "Speaker 2:", "Speaker 1:"]


async def test_labels_are_taken_away_and_put_back_for_nothing(
    rig: TelegramRig, chat: Private, ada: Person, voice: Path
) -> None:
    message = await with_speakers(rig, chat, ada, voice)
    await rig.press(ada, chat, message, "Speakers off")
    assert "Speaker" not in chat.message(message).text.split("\n\n")[0]
    await rig.press(ada, chat, message, "Speakers on")
    assert "Speaker 2:" in chat.message(message).text
    assert len(rig.provider.calls()) == 1


async def test_a_speaker_gets_a_name_that_holds_for_every_file(
    rig: TelegramRig, chat: Private, ada: Person, voice: Path
) -> None:
    message = await with_speakers(rig, chat, ada, voice)
    await rig.press(ada, chat, message, "Names")
    await rig.press(ada, chat, message, "Speaker 2")
    question = chat.answers[-1]
    assert question.text == "What is the name of Speaker 2? Reply to this message with it."
    chat.say(ada, text="  Bea\n<b> ", reply_to=question.id)
    await rig.telegram.eventually(lambda: "Bea <b>: Under" in chat.message(message).text)
    await rig.telegram.eventually(lambda: chat.message(question.id).deleted)
    await rig.press(ada, chat, message, "TXT")
    document = chat.answers[-1].document
    assert document is not None
    assert "Bea <b>: Under the <b>table</b>." in document.content.decode()


async def test_a_name_for_a_text_that_was_deleted_meanwhile_does_not_post_it_again(
    rig: TelegramRig, chat: Private, ada: Person, voice: Path
) -> None:
    message = await with_speakers(rig, chat, ada, voice)
    await rig.press(ada, chat, message, "Names")
    await rig.press(ada, chat, message, "Speaker 2")
    question = chat.answers[-1]
    await rig.press(ada, chat, message, "Delete this text")
    chat.say(ada, text="Bea", reply_to=question.id)
    await rig.telegram.eventually(lambda: chat.message(question.id).deleted)
    await rig.idle()
    assert not any("Under the" in seen.text for seen in chat.answers)


async def test_only_who_asked_may_press_in_a_group(rig: TelegramRig, ada: Person, voice: Path) -> None:
    telegram = rig.telegram
    bea, admin = telegram.person("Bea"), telegram.person("Cleo")
    group = telegram.group("Club", members=[ada, bea], admins=[admin])
    sound = group.say(ada, voice=voice)
    rig.provider.free.clear()
    group.say(ada, text=f"/transcribe@{BOT}", reply_to=sound)
    await rig.provider.busy.wait()
    placeholder = group.answers[0].id
    assert (await rig.press(bea, group, placeholder, "Cancel")).text == "Only the user who asked may press this."
    assert (await rig.press(admin, group, placeholder, "Cancel")).alert is False
    rig.provider.free.set()
    await telegram.eventually(lambda: SAID in group.message(placeholder).text)
    for button in ("Speakers on", "Spoken language"):
        refused = await rig.press(bea, group, placeholder, button)
        assert refused.text == "Only the user who asked may press this."
    await rig.press(admin, group, placeholder, "TXT")
    assert group.answers[-1].document is not None


async def test_who_asks_for_another_run_pays_it(rig: TelegramRig, ada: Person, voice: Path) -> None:
    telegram = rig.telegram
    admin = telegram.person("Cleo", language="en")
    await rig.service.core.ledger.credit(f"telegram:{admin.id}", Micros(1_000_000), "hers")
    group = telegram.group("Club", members=[ada], admins=[admin])
    sound = group.say(ada, voice=voice)
    group.say(ada, text=f"/transcribe@{BOT}", reply_to=sound)
    await telegram.eventually(lambda: any(SAID in one.text for one in group.answers))
    message = group.answers[0].id
    await rig.press(admin, group, message, "Spoken language")
    await rig.press(admin, group, message, "Spanish")
    await rig.press(admin, group, message, "Yes, for $0.1614")
    await telegram.eventually(lambda: sum(SAID in one.text for one in group.answers) == 2)
    assert (await spent(rig, ada), await spent(rig, admin)) == (PRICE, PRICE)


async def test_a_dear_note_asks_and_only_its_sender_may_say_yes(
    telegram: BotApi, settings: Settings, tmp_path: Path, voice: Path
) -> None:
    asking = on_telegram(settings, telegram, plan=Plan.PREPAID, ask_above="0.10")
    async with telegram_rig(telegram, asking, provider=TwoVoices(tmp_path / "provider")) as rig:
        ada, bea = telegram.person("Ada"), telegram.person("Bea")
        await rig.service.core.ledger.credit(f"telegram:{ada.id}", Micros(1_000_000), "first")
        group = telegram.group("Club", members=[ada], admins=[bea])
        sound = group.say(ada, voice=voice)
        group.say(ada, text=f"/transcribe@{BOT}", reply_to=sound)
        await telegram.eventually(lambda: any("Transcribe for $0.1614" in one.labels for one in group.answers))
        question = group.answers[0].id
        assert "$0.1614" in group.message(question).text
        refused = await rig.press(bea, group, question, "Transcribe for $0.1614")
        assert refused.text == "Only the user who asked may press this."
        assert rig.provider.calls() == []
        await rig.press(ada, group, question, "Transcribe for $0.1614")
        await telegram.eventually(lambda: SAID in group.message(question).text)
        assert await spent(rig, ada) == PRICE


@pytest.mark.parametrize(
    "data",
    [
        "zzz",
        "f:AAAA:txt",
        f"f:{'A' * 22}:txt",
        "t::100",
        "t::-5",
        "c::mode=auto",
        "c::language=%",
        "y::1",
        "m::9",
        "::",
    ],
)
async def test_a_forged_button_brings_nothing_but_a_notice(
    rig: TelegramRig, chat: Private, ada: Person, voice: Path, data: str
) -> None:
    message = await answered(rig, chat, ada, voice)
    before = len(chat.answers)
    assert await forged(rig.telegram, ada, chat, message, data)
    assert len(chat.answers) == before
    assert await spent(rig, ada) == PRICE


async def test_a_forged_button_about_another_s_note_brings_nothing(
    rig: TelegramRig, chat: Private, ada: Person, voice: Path
) -> None:
    mallory = rig.telegram.person("Mallory", language="en")
    hers = rig.telegram.private(mallory, started=True)
    message = await answered(rig, chat, ada, voice)
    (first, *_), *_ = chat.message(message).buttons
    hers.say(mallory, text="/help")
    await rig.telegram.eventually(lambda: bool(hers.answers))
    told = await forged(rig.telegram, mallory, hers, hers.answers[-1].id, first.data)
    assert told == "Only the user who asked may press this."
    assert all(one.document is None for one in hers.answers)


async def test_buttons_work_after_a_restart(telegram: BotApi, settings: Settings, tmp_path: Path, voice: Path) -> None:
    usual = on_telegram(settings, telegram, ask_above="")
    ada = telegram.person("Ada")
    chat = telegram.private(ada, started=True)
    async with telegram_rig(telegram, usual, provider=TwoVoices(tmp_path / "provider")) as rig:
        message = await answered(rig, chat, ada, voice)
    async with telegram_rig(telegram, usual, provider=TwoVoices(tmp_path / "provider")) as rig:
        await rig.press(ada, chat, message, "SRT")
        assert chat.answers[-1].document is not None


async def test_a_run_that_failed_can_be_asked_for_again(
    rig: TelegramRig, chat: Private, ada: Person, voice: Path
) -> None:
    message = await answered(rig, chat, ada, voice)
    rig.provider.error = ProviderRefused(reason="too quiet")
    for text in ("The speech service rejected this recording: too quiet", SAID):
        await rig.press(ada, chat, message, "Spoken language")
        await rig.press(ada, chat, message, "Spanish")
        await rig.press(ada, chat, message, "Yes, for $0.1614")
        await rig.telegram.eventually(partial(_is_last, chat, text))
        rig.provider.error = None
    assert await spent(rig, ada) == 2 * PRICE


def _is_last(chat: Private, text: str) -> bool:
    return text in chat.answers[-1].text


async def test_a_price_that_rose_since_it_was_said_is_asked_about_again(
    rig: TelegramRig, chat: Private, ada: Person, voice: Path
) -> None:
    message = await answered(rig, chat, ada, voice)
    await rig.press(ada, chat, message, "Spoken language")
    await rig.press(ada, chat, message, "Spanish")
    (yes, *_), *_ = chat.message(message).buttons
    cheaper = yes.data.replace("161400", "100")
    await forged(rig.telegram, ada, chat, message, cheaper)
    await rig.telegram.eventually(lambda: "Transcribe for $0.1614" in chat.answers[-1].labels)
    assert await spent(rig, ada) == PRICE


async def test_a_guest_s_other_run_is_answered_in_the_own_chat_or_costs_nothing(
    rig: TelegramRig, ada: Person, voice: Path
) -> None:
    telegram = rig.telegram
    bea = telegram.person("Bea", language="en")
    club = telegram.group("Elsewhere", members=[ada, bea], bot="left")
    sound = club.say(bea, voice=voice)
    telegram.guest_mention(ada, club, f"@{BOT}", reply_to=sound)
    await telegram.eventually(lambda: any(SAID in one.text for one in club.answers))
    message = club.answers[-1].id
    await rig.press(ada, club, message, "Spoken language")
    await rig.press(ada, club, message, "Spanish")
    told = await rig.press(ada, club, message, "Yes, for $0.1614")
    assert told.text == f"Write to me first, @{BOT}, so that I can send you the answer."
    assert await spent(rig, ada) == PRICE
    own = telegram.private(ada, started=True)
    await rig.press(ada, club, message, "Spoken language")
    await rig.press(ada, club, message, "Spanish")
    await rig.press(ada, club, message, "Yes, for $0.1614")
    await telegram.eventually(lambda: any(SAID in one.text for one in own.answers))
    assert await spent(rig, ada) == 2 * PRICE


async def test_a_forged_price_of_any_size_is_no_price(
    rig: TelegramRig, chat: Private, ada: Person, voice: Path
) -> None:
    message = await answered(rig, chat, ada, voice)
    (first, *_), *_ = chat.message(message).buttons
    note = first.data.split(":")[1]
    prices = (f"y:{note}:{'9' * 30}", f"a:{note}:es:{'9' * 20}", f"a:{note}:es:", f"a:{note}:%:1")
    for data in (*prices, f"m:{note}:99", f"r:{note}:all", f"d:{note}:", f"c:{note}:mode=auto"):
        assert await forged(rig.telegram, ada, chat, message, data), data
    assert await spent(rig, ada) == PRICE


async def test_customers_of_a_business_never_read_what_its_owner_is_asked(
    rig: TelegramRig, ada: Person, chat: Private, voice: Path
) -> None:
    telegram = rig.telegram
    customer = telegram.person("Carl", language="en")
    business = telegram.business(ada)
    business.say(customer, voice=voice)
    theirs = business.chat(customer)
    await telegram.eventually(lambda: any(SAID in one.text for one in theirs.answers))
    message = theirs.answers[-1].id
    refused = await rig.press(customer, theirs, message, "TXT")
    assert refused.text == "Only the user who asked may press this."
    await rig.press(ada, theirs, message, "Spoken language")
    await rig.press(ada, theirs, message, "Spanish")
    await telegram.eventually(lambda: "Transcribing it again would cost $0.1614. Continue?" in chat.answers[-1].text)
    assert not any("$" in one.text or "Yes, for" in " ".join(one.labels) for one in theirs.answers)
    await rig.press(ada, chat, chat.answers[-1].id, "Yes, for $0.1614")
    await telegram.eventually(lambda: sum(SAID in one.text for one in theirs.answers) == 2)
    assert await spent(rig, ada) == 2 * PRICE
