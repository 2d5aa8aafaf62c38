"""Answers in groups and channels of Telegram: their readers' files, the way there, and channels' direct messages."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.telegram.places import Place, place_of
from bot.domain.errors import ProviderFailed
from bot.domain.note import READERS, MediaRef, Note, Options
from bot.people.preferences import Choice, Mode
from bot.settings import Settings
from tests.doubles.telegram.server import BotApi, Person
from tests.helpers.telegram import BOT, SAID, TelegramRig, forged, on_telegram, telegram_rig

ALREADY = "The text of this recording is in this chat already."


@pytest.fixture
async def rig(telegram: BotApi, settings: Settings) -> AsyncIterator[TelegramRig]:
    async with telegram_rig(telegram, on_telegram(settings, telegram)) as rig:
        yield rig


async def test_a_reader_of_a_group_takes_a_file_to_their_own_chat_or_reads_how_to_start_it(
    rig: TelegramRig, ada: Person, voice: Path
) -> None:
    telegram = rig.telegram
    bea = telegram.person("Bea", language="en")
    group = telegram.group("Club", members=[ada, bea])
    group.say(ada, text=f"/transcribe@{BOT}", reply_to=group.say(ada, voice=voice))
    answer = (await rig.answers(group))[-1].id
    told = await rig.press(bea, group, answer, "TXT")
    assert told.text == f"Files go to our own chat. Start it first: t.me/{BOT}, then press again."
    own = telegram.private(bea, started=True)
    told = await rig.press(bea, group, answer, "TXT")
    assert told.text == "I sent you the file in our own chat."
    [sent] = own.answers
    assert sent.document is not None
    assert sent.document.content == f"{SAID}\n".encode()
    assert [one.id for one in group.answers] == [answer], "nobody else is disturbed"
    assert (await rig.service.core.ledger.statements.balance(f"telegram:{bea.id}")).spent == 0


async def test_a_file_of_another_group_is_not_handed_out_by_a_forged_button(
    rig: TelegramRig, ada: Person, voice: Path
) -> None:
    telegram = rig.telegram
    mallory = telegram.person("Mallory", language="en")
    group, elsewhere = telegram.group("Club", members=[ada]), telegram.group("Elsewhere", members=[mallory])
    group.say(ada, text=f"/transcribe@{BOT}", reply_to=group.say(ada, voice=voice))
    answer = (await rig.answers(group))[-1]
    (first, *_), *_ = answer.buttons
    elsewhere.say(mallory, text=f"/help@{BOT}")
    await telegram.eventually(lambda: bool(elsewhere.answers))
    told = await forged(telegram, mallory, elsewhere, elsewhere.answers[-1].id, first.data)
    assert told == "Only the user who asked may press this."


async def test_asked_again_in_a_supergroup_it_leads_to_the_answer_that_is_there(
    rig: TelegramRig, ada: Person, voice: Path
) -> None:
    telegram = rig.telegram
    bea = telegram.person("Bea", language="en")
    club = telegram.group("Club", members=[ada, bea], bot="administrator").migrate()
    said = club.say(ada, voice=voice)
    club.say(ada, text="/transcribe", reply_to=said)
    answer = (await rig.answers(club))[-1]
    await rig.idle()  # it is written down a moment after it is there
    for number, person in enumerate((bea, ada), 1):
        asked = club.say(person, text="/transcribe", reply_to=said)
        told = (await rig.answers(club, number, ALREADY))[-1]
        assert (told.text, told.reply_to) == (ALREADY, asked)
        assert [one["url"] for one in told.entities] == [f"https://t.me/c/{str(club.id)[4:]}/{answer.id}"]
    assert club.message(answer.id).labels == answer.labels
    club.remove(answer.id)
    club.say(bea, text="/transcribe", reply_to=said)
    await rig.answers(club)
    await rig.idle()
    assert await rig.charged() == {f"telegram:{ada.id}": 1}, "known by then"


async def test_an_answer_among_direct_messages_of_a_channel_names_their_topic(
    rig: TelegramRig, ada: Person, voice: Path
) -> None:
    inbox = rig.telegram.group("News", members=[ada], bot="administrator").migrate()
    said = inbox.say(ada, voice=voice, direct=77)
    inbox.say(ada, text="/transcribe", reply_to=said, direct=77)
    await rig.answers(inbox)
    inbox.say(ada, text=f"/help@{BOT}", direct=77)
    await rig.telegram.eventually(lambda: len(rig.telegram.called("sendMessage")) == 2)
    sent = rig.telegram.called("sendMessage")
    assert [int(call.params["direct_messages_topic_id"]) for call in sent] == [77, 77]


async def test_users_who_write_to_a_channel_directly_get_nothing_of_each_other(
    rig: TelegramRig, ada: Person, voice: Path
) -> None:
    telegram = rig.telegram
    mallory = telegram.person("Mallory", language="en")
    inbox = telegram.group("News", members=[ada, mallory], bot="administrator").migrate()
    said = inbox.say(ada, voice=voice, direct=77)
    inbox.say(ada, text="/transcribe", reply_to=said, direct=77)
    answer = (await rig.answers(inbox))[-1]
    (first, *_), *_ = answer.buttons
    assert await forged(telegram, mallory, inbox, answer.id, first.data) == "Only the user who asked may press this."
    inbox.say(mallory, text="/transcribe", reply_to=said, direct=78)  # the same file, as one that is forwarded
    await rig.answers(inbox, 2)
    await rig.idle()
    assert await rig.charged() == {f"telegram:{ada.id}": 1, f"telegram:{mallory.id}": 1}


async def test_a_note_of_the_last_release_is_in_no_direct_messages() -> None:
    place = Place(-100, 5, asker=7, private=False, direct=77)
    note = Note(place.key(1), "telegram:7", MediaRef("file"), Options("paid"), place.details())
    assert place_of(note) == place
    old = {key: value for key, value in note.details.items() if key not in ("direct", READERS)}
    assert place_of(replace(note, details=old)) == replace(place, direct=0)


async def test_an_unreadable_file_in_a_group_that_transcribes_all_is_told_its_sender_alone(
    rig: TelegramRig, ada: Person
) -> None:
    telegram = rig.telegram
    club = telegram.group("Club", members=[ada], bot="administrator")
    await rig.choose(club.id, Choice.MODE, Mode.AUTO)
    own = telegram.private(ada, started=True)
    club.say(ada, voice=b"no sound at all")
    await telegram.eventually(lambda: bool(own.answers) and "cannot be read" in own.answers[0].text)
    await rig.idle()
    assert club.answers == []
    bea = telegram.person("Bea", language="en")
    club.say(bea, voice=b"no sound at all, either")
    await rig.idle()
    assert club.answers == [], "she cannot be written to"


async def test_a_failure_that_passes_is_tried_again_by_a_button_and_charged_once(
    telegram: BotApi, settings: Settings, voice: Path
) -> None:
    ada = telegram.person("Ada", language="en")
    chat = telegram.private(ada, started=True)
    async with telegram_rig(telegram, on_telegram(settings, telegram)) as rig:
        rig.provider.error = ProviderFailed(reason="gave-up")
        chat.say(ada, voice=voice)
        await rig.answers(chat, text="Nothing was charged.")
        rig.provider.error = None
        refusal = chat.answers[0]
        told = await rig.press(ada, chat, refusal.id, "Try again")
        assert told.text == "Transcribing again."
        await rig.answers(chat)
        again = await forged(telegram, ada, chat, refusal.id, refusal.buttons[0][0].data)
        assert again.startswith("You asked for that")
        await rig.idle()
        [answer] = await rig.answers(chat)
        assert answer.id == refusal.id, "the text takes the place of the refusal"
