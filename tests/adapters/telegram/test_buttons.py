"""Buttons under a note on Telegram: who may press them, what they bring, and what it costs."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from bot.domain.errors import ProviderRefused
from bot.domain.money import Micros
from bot.domain.note import Audio, Options, Plan, Segment, Ticket, Transcript
from bot.domain.ports import Report
from bot.settings import Settings
from tests.doubles.provider import PaidProvider
from tests.doubles.telegram.server import BotApi, Chat, Person, Pressed, Private
from tests.helpers.telegram import BOT, SAID, TelegramHouse, forged, on_telegram, telegram_house

PRICE = 161_400
DIALOGUE = (
    Segment("Where is it?", 0.0, 4.0, "Speaker 1"),
    Segment("Under the <b>table</b>.", 4.0, 8.0, "Speaker 2"),
    Segment("Thank you.", 8.0, 16.0, "Speaker 1"),
)


class TwoVoices(PaidProvider):
    """Hears two people where it is asked to tell them apart."""

    async def submit(self, audio: Audio, options: Options, report: Report) -> Transcript | Ticket:
        said = await super().submit(audio, options, report)
        if not options.speakers or isinstance(said, Ticket):
            return said
        return replace(said, text=" ".join(part.text for part in DIALOGUE), segments=DIALOGUE)


@pytest.fixture
def telegram() -> Iterator[BotApi]:
    with BotApi() as telegram:
        telegram.limits.private_per_second = telegram.limits.group_per_minute = None
        yield telegram


@pytest.fixture
async def house(telegram: BotApi, settings: Settings, tmp_path: Path) -> AsyncIterator[TelegramHouse]:
    prepaid = on_telegram(settings, telegram, plan=Plan.PREPAID, ask_above="")
    async with telegram_house(telegram, prepaid, provider=TwoVoices(tmp_path / "provider")) as house:
        yield house


@pytest.fixture
async def ada(house: TelegramHouse) -> Person:
    ada = house.telegram.person("Ada", language="en")
    await house.service.books.ledger.credit(f"telegram:{ada.id}", Micros(1_000_000), "first")
    return ada


@pytest.fixture
def chat(telegram: BotApi, ada: Person) -> Private:
    return telegram.private(ada, started=True)


async def pressed(house: TelegramHouse, person: Person, chat: Chat, message: int, button: str) -> Pressed:
    return await asyncio.to_thread(house.telegram.press, person, chat, message, button)


async def answered(house: TelegramHouse, chat: Private, person: Person, voice: Path) -> int:
    """A voice note's text; the number of its message."""
    chat.say(person, voice=voice, name="memo.ogg")
    return (await house.answers(chat))[-1].id


async def with_speakers(house: TelegramHouse, chat: Private, person: Person, voice: Path) -> int:
    chat.say(person, text="/speakers on")
    chat.say(person, voice=voice)
    return (await house.answers(chat, text="Speaker 2: Under the <b>table</b>."))[-1].id


async def spent(house: TelegramHouse, person: Person) -> int:
    return (await house.service.books.ledger.balance(f"telegram:{person.id}")).spent


@pytest.mark.parametrize(
    ("button", "begins"), [("TXT", SAID.encode()), ("SRT", b"1\n00:00:00,000 -->"), ("VTT", b"WEBVTT"), ("DOCX", b"PK")]
)
async def test_a_text_comes_as_a_file(
    house: TelegramHouse, chat: Private, ada: Person, voice: Path, button: str, begins: bytes
) -> None:
    message = await answered(house, chat, ada, voice)
    await pressed(house, ada, chat, message, button)
    document = chat.answers[-1].document
    assert document is not None
    assert document.name.endswith(f".{button.lower()}")
    assert document.content.startswith(begins)
    assert await spent(house, ada) == PRICE


async def test_another_language_shows_its_price_and_costs_only_after_a_yes(
    house: TelegramHouse, chat: Private, ada: Person, voice: Path
) -> None:
    message = await answered(house, chat, ada, voice)
    await pressed(house, ada, chat, message, "Another language")
    await pressed(house, ada, chat, message, "Spanish")
    assert chat.message(message).labels == ["Yes, for $0.1614", "Back"]
    assert len(house.provider.calls()) == 1
    await pressed(house, ada, chat, message, "Yes, for $0.1614")
    await house.answers(chat, number=2)
    assert await spent(house, ada) == 2 * PRICE
    assert "TXT" in chat.message(message).labels, "the buttons of the first are back"


async def test_a_second_yes_is_the_same_run(house: TelegramHouse, chat: Private, ada: Person, voice: Path) -> None:
    message, told = await answered(house, chat, ada, voice), Pressed()
    for _ in range(2):
        await pressed(house, ada, chat, message, "Another language")
        await pressed(house, ada, chat, message, "Spanish")
        told = await pressed(house, ada, chat, message, "Yes, for $0.1614")
        await house.answers(chat, number=2)
    assert told.text == "That was asked for before: look for its answer."
    assert len(house.provider.calls()) == 2


async def test_back_leads_to_the_buttons_that_were_there(
    house: TelegramHouse, chat: Private, ada: Person, voice: Path
) -> None:
    message = await answered(house, chat, ada, voice)
    before = chat.message(message).labels
    await pressed(house, ada, chat, message, "Another language")
    await pressed(house, ada, chat, message, "Back")
    assert chat.message(message).labels == before


async def test_speakers_are_told_apart_by_another_run_at_its_price(
    house: TelegramHouse, chat: Private, ada: Person, voice: Path
) -> None:
    message = await answered(house, chat, ada, voice)
    await pressed(house, ada, chat, message, "Speakers on")
    assert chat.message(message).labels == ["Yes, for $0.1614", "Back"]
    await pressed(house, ada, chat, message, "Yes, for $0.1614")
    answers = await house.answers(chat, text="Speaker 1: Where is it?")
    assert "Speaker 2: Under the <b>table</b>." in answers[-1].text
    assert answers[-1].parts("bold") == ["Speaker 1:", "Speaker 2:", "Speaker 1:"]


async def test_labels_are_taken_away_and_put_back_for_nothing(
    house: TelegramHouse, chat: Private, ada: Person, voice: Path
) -> None:
    message = await with_speakers(house, chat, ada, voice)
    await pressed(house, ada, chat, message, "Speakers off")
    assert "Speaker" not in chat.message(message).text.split("\n\n")[0]
    await pressed(house, ada, chat, message, "Speakers on")
    assert "Speaker 2:" in chat.message(message).text
    assert len(house.provider.calls()) == 1


async def test_a_speaker_gets_a_name_that_holds_for_every_file(
    house: TelegramHouse, chat: Private, ada: Person, voice: Path
) -> None:
    message = await with_speakers(house, chat, ada, voice)
    await pressed(house, ada, chat, message, "Names")
    await pressed(house, ada, chat, message, "Speaker 2")
    question = chat.answers[-1]
    assert question.text == "What is Speaker 2 called? Reply to this message with the name."
    chat.say(ada, text="  Bea\n<b> ", reply_to=question.id)
    await house.telegram.eventually(lambda: "Bea <b>: Under" in chat.message(message).text)
    await house.telegram.eventually(lambda: chat.message(question.id).deleted)
    await pressed(house, ada, chat, message, "TXT")
    document = chat.answers[-1].document
    assert document is not None
    assert "Bea <b>: Under the <b>table</b>." in document.content.decode()


async def test_only_who_asked_may_press_in_a_group(house: TelegramHouse, ada: Person, voice: Path) -> None:
    telegram = house.telegram
    bea, admin = telegram.person("Bea"), telegram.person("Cleo")
    group = telegram.group("Club", members=[ada, bea], admins=[admin])
    sound = group.say(ada, voice=voice)
    house.provider.free.clear()
    group.say(ada, text=f"/transcribe@{BOT}", reply_to=sound)
    await house.provider.busy.wait()
    placeholder = group.answers[0].id
    assert (await pressed(house, bea, group, placeholder, "Cancel")).text == "Only the person who asked may press this."
    assert (await pressed(house, admin, group, placeholder, "Cancel")).alert is False
    house.provider.free.set()
    await telegram.eventually(lambda: SAID in group.message(placeholder).text)
    refused = await pressed(house, bea, group, placeholder, "TXT")
    assert refused.text == "Only the person who asked may press this."
    await pressed(house, admin, group, placeholder, "TXT")
    assert group.answers[-1].document is not None


async def test_who_asks_for_another_run_pays_it(house: TelegramHouse, ada: Person, voice: Path) -> None:
    telegram = house.telegram
    admin = telegram.person("Cleo", language="en")
    await house.service.books.ledger.credit(f"telegram:{admin.id}", Micros(1_000_000), "hers")
    group = telegram.group("Club", members=[ada], admins=[admin])
    sound = group.say(ada, voice=voice)
    group.say(ada, text=f"/transcribe@{BOT}", reply_to=sound)
    await telegram.eventually(lambda: any(SAID in one.text for one in group.answers))
    message = group.answers[0].id
    await pressed(house, admin, group, message, "Another language")
    await pressed(house, admin, group, message, "Spanish")
    await pressed(house, admin, group, message, "Yes, for $0.1614")
    await telegram.eventually(lambda: sum(SAID in one.text for one in group.answers) == 2)
    assert (await spent(house, ada), await spent(house, admin)) == (PRICE, PRICE)


async def test_a_cancel_gives_the_money_back(house: TelegramHouse, chat: Private, ada: Person, voice: Path) -> None:
    house.provider.free.clear()
    chat.say(ada, voice=voice)
    await house.provider.busy.wait()
    placeholder = chat.answers[0].id
    assert (await pressed(house, ada, chat, placeholder, "Cancel")).text == "Cancelling…"
    await house.answers(chat, text="Cancelled. Nothing was charged.")
    assert chat.message(placeholder).labels == []
    balance = await house.service.books.ledger.balance(f"telegram:{ada.id}")
    assert (balance.balance, balance.held) == (1_000_000, 0)


async def test_a_dear_note_asks_and_only_its_sender_may_say_yes(
    telegram: BotApi, settings: Settings, tmp_path: Path, voice: Path
) -> None:
    asking = on_telegram(settings, telegram, plan=Plan.PREPAID, ask_above="0.10")
    async with telegram_house(telegram, asking, provider=TwoVoices(tmp_path / "provider")) as house:
        ada, bea = telegram.person("Ada"), telegram.person("Bea")
        await house.service.books.ledger.credit(f"telegram:{ada.id}", Micros(1_000_000), "first")
        group = telegram.group("Club", members=[ada], admins=[bea])
        sound = group.say(ada, voice=voice)
        group.say(ada, text=f"/transcribe@{BOT}", reply_to=sound)
        await telegram.eventually(lambda: any("Transcribe for $0.1614" in one.labels for one in group.answers))
        question = group.answers[0].id
        assert "$0.1614" in group.message(question).text
        refused = await pressed(house, bea, group, question, "Transcribe for $0.1614")
        assert refused.text == "Only the person who asked may press this."
        assert house.provider.calls() == []
        await pressed(house, ada, group, question, "Transcribe for $0.1614")
        await telegram.eventually(lambda: SAID in group.message(question).text)
        assert await spent(house, ada) == PRICE


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
    house: TelegramHouse, chat: Private, ada: Person, voice: Path, data: str
) -> None:
    message = await answered(house, chat, ada, voice)
    before = len(chat.answers)
    assert await forged(house.telegram, ada, chat, message, data)
    assert len(chat.answers) == before
    assert await spent(house, ada) == PRICE


async def test_a_forged_button_about_another_s_note_brings_nothing(
    house: TelegramHouse, chat: Private, ada: Person, voice: Path
) -> None:
    mallory = house.telegram.person("Mallory", language="en")
    hers = house.telegram.private(mallory, started=True)
    message = await answered(house, chat, ada, voice)
    (first, *_), *_ = chat.message(message).buttons
    hers.say(mallory, text="/help")
    await house.telegram.eventually(lambda: bool(hers.answers))
    told = await forged(house.telegram, mallory, hers, hers.answers[-1].id, first.data)
    assert told == "Only the person who asked may press this."
    assert all(one.document is None for one in hers.answers)


async def test_buttons_work_after_a_restart(telegram: BotApi, settings: Settings, tmp_path: Path, voice: Path) -> None:
    usual = on_telegram(settings, telegram, ask_above="")
    ada = telegram.person("Ada")
    chat = telegram.private(ada, started=True)
    async with telegram_house(telegram, usual, provider=TwoVoices(tmp_path / "provider")) as house:
        message = await answered(house, chat, ada, voice)
    async with telegram_house(telegram, usual, provider=TwoVoices(tmp_path / "provider")) as house:
        await pressed(house, ada, chat, message, "SRT")
        assert chat.answers[-1].document is not None


async def test_a_run_that_failed_can_be_asked_for_again(
    house: TelegramHouse, chat: Private, ada: Person, voice: Path
) -> None:
    message = await answered(house, chat, ada, voice)
    house.provider.error = ProviderRefused(reason="too quiet")
    for text in ("The speech service refused this recording: too quiet", SAID):
        await pressed(house, ada, chat, message, "Another language")
        await pressed(house, ada, chat, message, "Spanish")
        await pressed(house, ada, chat, message, "Yes, for $0.1614")
        await house.telegram.eventually(partial(_is_last, chat, text))
        house.provider.error = None
    assert await spent(house, ada) == 2 * PRICE


def _is_last(chat: Private, text: str) -> bool:
    return text in chat.answers[-1].text


async def test_a_price_that_rose_since_it_was_said_is_asked_about_again(
    house: TelegramHouse, chat: Private, ada: Person, voice: Path
) -> None:
    message = await answered(house, chat, ada, voice)
    await pressed(house, ada, chat, message, "Another language")
    await pressed(house, ada, chat, message, "Spanish")
    (yes, *_), *_ = chat.message(message).buttons
    cheaper = yes.data.replace("161400", "100")
    await forged(house.telegram, ada, chat, message, cheaper)
    await house.telegram.eventually(lambda: "Transcribe for $0.1614" in chat.answers[-1].labels)
    assert await spent(house, ada) == PRICE


async def test_a_guest_s_other_run_is_answered_in_the_own_chat_or_costs_nothing(
    house: TelegramHouse, ada: Person, voice: Path
) -> None:
    telegram = house.telegram
    bea = telegram.person("Bea", language="en")
    club = telegram.group("Elsewhere", members=[ada, bea], bot="left")
    sound = club.say(bea, voice=voice)
    telegram.guest_mention(ada, club, f"@{BOT}", reply_to=sound)
    await telegram.eventually(lambda: any(SAID in one.text for one in club.answers))
    message = club.answers[-1].id
    await pressed(house, ada, club, message, "Another language")
    await pressed(house, ada, club, message, "Spanish")
    told = await pressed(house, ada, club, message, "Yes, for $0.1614")
    assert told.text == f"Write to me first, @{BOT}: then the answer has a place to go to."
    assert await spent(house, ada) == PRICE
    own = telegram.private(ada, started=True)
    await pressed(house, ada, club, message, "Another language")
    await pressed(house, ada, club, message, "Spanish")
    await pressed(house, ada, club, message, "Yes, for $0.1614")
    await telegram.eventually(lambda: any(SAID in one.text for one in own.answers))
    assert await spent(house, ada) == 2 * PRICE


async def test_a_forged_price_of_any_size_is_no_price(
    house: TelegramHouse, chat: Private, ada: Person, voice: Path
) -> None:
    message = await answered(house, chat, ada, voice)
    (first, *_), *_ = chat.message(message).buttons
    note = first.data.split(":")[1]
    for data in (f"y:{note}:{'9' * 30}", f"a:{note}:es:{'9' * 20}", f"a:{note}:es:", f"a:{note}:%:1", f"m:{note}:99"):
        assert await forged(house.telegram, ada, chat, message, data), data
    assert await spent(house, ada) == PRICE


async def test_customers_of_a_business_never_read_what_its_owner_is_asked(
    house: TelegramHouse, ada: Person, chat: Private, voice: Path
) -> None:
    telegram = house.telegram
    customer = telegram.person("Carl", language="en")
    business = telegram.business(ada)
    business.say(customer, voice=voice)
    theirs = business.chat(customer)
    await telegram.eventually(lambda: any(SAID in one.text for one in theirs.answers))
    message = theirs.answers[-1].id
    refused = await pressed(house, customer, theirs, message, "TXT")
    assert refused.text == "Only the person who asked may press this."
    await pressed(house, ada, theirs, message, "Another language")
    await pressed(house, ada, theirs, message, "Spanish")
    await telegram.eventually(lambda: "Another run would cost $0.1614. Shall I?" in chat.answers[-1].text)
    assert not any("$" in one.text or "Yes, for" in " ".join(one.labels) for one in theirs.answers)
    await pressed(house, ada, chat, chat.answers[-1].id, "Yes, for $0.1614")
    await telegram.eventually(lambda: sum(SAID in one.text for one in theirs.answers) == 2)
    assert await spent(house, ada) == 2 * PRICE
