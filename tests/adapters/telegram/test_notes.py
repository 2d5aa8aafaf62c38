"""Messages to the bot, and the notes made of them: private chats, business accounts, guests."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from bot.chat.note_messages import PostedMessages
from bot.locales import text
from bot.people.preferences import Choice, Mode
from bot.settings import Settings
from bot.support.clock import now
from tests.doubles.telegram.server import BotApi, Business, Person, Private, Said
from tests.helpers.paths import SAMPLES
from tests.helpers.telegram import BOT, SAID, TelegramRig, on_telegram, telegram_rig
from tests.helpers.websites import says, site

VOICE = SAMPLES / "voice-note.ogg"
HELP = "Send or forward me a voice message"


@asynccontextmanager
async def in_business(
    telegram: BotApi, settings: Settings, *rights: str
) -> AsyncIterator[tuple[TelegramRig, Business, Person, Private, Person]]:
    """Run a service that Bea has connected to her chats, if need be with these rights alone, and been told so.

    Gives the connection, Bea and her own chat with the bot, and her customer Carl.
    """
    bea, carl = telegram.person("Bea"), telegram.person("Carl")
    own = telegram.private(bea, started=True)
    async with telegram_rig(telegram, on_telegram(settings, telegram)) as rig:
        business = telegram.business(bea, rights=rights) if rights else telegram.business(bea)
        await telegram.eventually(lambda: own.answers)
        yield rig, business, bea, own, carl


SOUNDS: list[Said] = [
    {"voice": VOICE, "seconds": 16},
    {"audio": VOICE, "name": "song.mp3"},
    {"video_note": VOICE},
    {"video": VOICE},
    {"animation": VOICE},
    {"document": VOICE, "name": "talk", "mime": "audio/x-whatever"},
    {"document": VOICE, "name": "TALK.OGA", "mime": "application/octet-stream"},
    {"voice": VOICE, "forwarded": True},
    {"voice": VOICE, "seconds": 3_000_000, "file_size": 5},
    {"voice": VOICE, "file_size": None},
]


async def test_every_kind_of_sound_gets_its_text(telegram: BotApi, settings: Settings) -> None:
    people = [telegram.person(f"Ada {number}") for number in range(len(SOUNDS))]
    chats = [telegram.private(person) for person in people]
    async with telegram_rig(telegram, on_telegram(settings, telegram)) as rig:
        sent = [chat.say(person, **said) for chat, person, said in zip(chats, people, SOUNDS, strict=True)]
        answers = [answer for chat in chats for answer in await rig.answers(chat)]
    assert [answer.reply_to for answer in answers] == sent


async def test_each_item_of_an_album_gets_its_own_answer(telegram: BotApi, settings: Settings, voice: Path) -> None:
    ada = telegram.person("Ada")
    chat = telegram.private(ada)
    async with telegram_rig(telegram, on_telegram(settings, telegram)) as rig:
        sent = [chat.say(ada, audio=voice, name=f"{number}.ogg", album="seven") for number in range(3)]
        answers = await rig.answers(chat, 3)
    assert sorted(answer.reply_to or 0 for answer in answers) == sent


async def test_what_has_no_sound_gets_one_sentence(telegram: BotApi, settings: Settings) -> None:
    ada, bob = telegram.person("Ada"), telegram.person("Bob")
    chat, other = telegram.private(ada), telegram.private(bob)
    async with telegram_rig(telegram, on_telegram(settings, telegram)) as rig:
        for number in range(5):
            chat.say(ada, text=f"Hello? {number}")
        for _ in range(3):
            other.say(bob, photo=b"a photo", album="nine")
        other.say(bob, document=b"a paper", name="paper.pdf", mime="application/pdf")
        await telegram.eventually(lambda: chat.answers and other.answers)
        await rig.idle()
    assert [answer.text.startswith(HELP) for answer in chat.answers] == [True]
    assert "20 MB" in chat.answers[0].text
    assert [answer.text for answer in other.answers] == [
        "That has no audio. Send me a voice message, or an audio or video file."
    ]


async def test_a_german_user_reads_a_german_refusal_in_place_of_a_german_placeholder(
    telegram: BotApi, settings: Settings
) -> None:
    anna = telegram.person("Anna", language="de-AT")
    chat = telegram.private(anna)
    async with telegram_rig(telegram, on_telegram(settings, telegram)) as rig:
        chat.say(anna, voice=b"Das ist kein Ton." * 100)
        (answer,) = await rig.answers(chat, text=text("de", "error-Unreadable"))
    assert answer.edits[0].startswith("In der Warteschlange")
    assert answer.text == text("de", "error-Unreadable")


async def test_a_text_that_answers_the_bot_is_a_text_as_any(telegram: BotApi, settings: Settings, voice: Path) -> None:
    ada = telegram.person("Ada")
    chat = telegram.private(ada)
    async with telegram_rig(telegram, on_telegram(settings, telegram)) as rig:
        chat.say(ada, voice=voice)
        (answer,) = await rig.answers(chat)
        chat.say(ada, text="Thank you", reply_to=answer.id)
        await telegram.eventually(lambda: len(chat.answers) == 2)
    assert chat.answers[1].text.startswith(HELP)


async def test_cancel_finds_a_placeholder_that_was_posted_anew(
    telegram: BotApi, settings: Settings, voice: Path
) -> None:
    ada = telegram.person("Ada")
    chat = telegram.private(ada)
    async with telegram_rig(telegram, on_telegram(settings, telegram)) as rig:
        rig.provider.free.clear()
        chat.say(ada, voice=voice)
        await asyncio.wait_for(rig.provider.busy.wait(), 10)
        (note_id,) = await rig.service.core.notes.unfinished()
        anew = chat.say(ada, text="in the place of a message of the bot's")
        await telegram.eventually(lambda: len(chat.answers) == 2)
        await PostedMessages(rig.service.core.db, now).keep(note_id, "1", f"{chat.id}:{chat.answers[1].id}:")
        chat.say(ada, text="/cancel", reply_to=anew)
        chat.say(ada, text="/cancel", reply_to=chat.answers[1].id)
        await telegram.eventually(lambda: len(chat.answers) == 4)
        rig.provider.free.set()
        await rig.idle()
    assert [answer.text for answer in chat.answers[2:]] == ["There is nothing to cancel.", "Cancelling 1 recording."]


async def test_the_owner_of_a_business_account_chooses_what_happens_in_its_chats(
    telegram: BotApi, settings: Settings, voice: Path
) -> None:
    async with in_business(telegram, settings) as (rig, business, bea, own, carl):
        ready = own.answers[0].id
        await asyncio.to_thread(telegram.press, bea, own, ready, "none")
        business.say(carl, voice=voice)
        await rig.idle()
        assert rig.provider.calls() == []
        await asyncio.to_thread(telegram.press, bea, own, ready, "all")
        sent = business.say(carl, voice=voice)
        (answer,) = await rig.answers(business.chat(carl))
    assert answer.reply_to == sent


async def test_the_command_transcribes_what_it_answers_and_what_it_links_to(
    telegram: BotApi, settings: Settings, voice: Path
) -> None:
    ada = telegram.person("Ada")
    chat = telegram.private(ada)
    async with (
        telegram_rig(telegram, on_telegram(settings, telegram)) as rig,
        site(says(voice.read_bytes())) as web,
    ):
        how = chat.say(ada, text="/transcribe")
        await telegram.eventually(lambda: chat.answers)
        assert (chat.answers[0].reply_to, chat.answers[0].text[:6]) == (how, "Reply ")
        linked = chat.say(ada, text=f"/transcribe {web.url('/a%20talk.ogg')}")
        elsewhere = chat.say(ada, text=f"/transcribe@{BOT}", external_reply={"voice": voice})
        answers = await rig.answers(chat, 2)
    assert sorted(answer.reply_to or 0 for answer in answers if SAID in answer.text) == [linked, elsewhere]


async def test_asking_twice_pays_once_and_says_that_it_is_worked_on(
    telegram: BotApi, settings: Settings, voice: Path
) -> None:
    ada = telegram.person("Ada")
    chat = telegram.private(ada)
    async with telegram_rig(telegram, on_telegram(settings, telegram)) as rig:
        rig.provider.free.clear()
        sent = chat.say(ada, voice=voice)
        await telegram.eventually(lambda: chat.answers)
        chat.say(ada, text="/transcribe", reply_to=sent)
        await telegram.eventually(lambda: any("I am working on it" in answer.text for answer in chat.answers))
        rig.provider.free.set()
        await rig.answers(chat)
        chat.say(ada, text="/transcribe", reply_to=sent)
        answers = await rig.answers(chat, 2)
        assert len(rig.provider.calls()) == 1
    assert [answer.reply_to for answer in answers if SAID in answer.text] == [sent, sent]


async def test_a_note_that_cannot_be_taken_is_answered_with_the_reason(
    telegram: BotApi, settings: Settings, voice: Path
) -> None:
    ada = telegram.person("Ada")
    chat = telegram.private(ada)
    async with telegram_rig(telegram, on_telegram(settings, telegram, spare_megabytes=1e12)):
        sent = chat.say(ada, voice=voice)
        await telegram.eventually(lambda: chat.answers)
    assert [(answer.reply_to, answer.text[:17]) for answer in chat.answers] == [(sent, "The disk is full,")]


async def test_both_sides_of_a_business_chat_get_text_and_its_owner_pays(
    telegram: BotApi, settings: Settings, voice: Path
) -> None:
    async with in_business(telegram, settings) as (rig, business, bea, own, carl):
        assert own.answers[0].text.startswith("You connected me. Voice messages")
        chat = business.chat(carl)
        sent = [business.say(carl, voice=voice), chat.say(bea, voice=voice)]
        business.say(carl, text="Did you hear that?")
        business.say(carl, audio=voice, name="song.mp3")
        answers = await rig.answers(chat, 2)
        await rig.idle()
        assert await rig.charged() == {f"telegram:{bea.id}": 2}
        await rig.service.core.preferences.choose(f"telegram:business:{business.id}", Choice.MODE, Mode.ASK)
        sent.append(business.say(carl, audio=voice))
        business.say(carl, text="/transcribe", reply_to=sent[-1])
        chat.say(bea, text="/transcribe", reply_to=sent[-1])
        answers = await rig.answers(chat, 3)
        await rig.service.core.preferences.choose(f"telegram:business:{business.id}", Choice.MODE, Mode.OFF)
        chat.say(bea, text="/transcribe", reply_to=business.say(carl, voice=voice))
        await rig.idle()
    assert sorted(answer.reply_to or 0 for answer in answers) == sent
    assert len(chat.answers) == 3


async def test_customers_do_not_read_what_the_owner_of_a_business_is_told(
    telegram: BotApi, settings: Settings, voice: Path
) -> None:
    async with in_business(telegram, settings) as (rig, business, bea, own, carl):
        theirs = business.chat(carl)
        rig.provider.free.clear()
        song = business.say(carl, audio=voice, name="song.mp3")
        for _ in range(2):
            theirs.say(bea, text="/transcribe", reply_to=song)
        await telegram.eventually(lambda: any("I am working on it" in answer.text for answer in own.answers))
        rig.provider.free.set()
        (answer,) = await rig.answers(theirs)
        await rig.idle()
    assert len(theirs.answers) == 1
    assert answer.reply_to == song


async def test_a_refusal_answers_the_message_that_asked(telegram: BotApi, settings: Settings, voice: Path) -> None:
    ada, bob = telegram.person("Ada"), telegram.person("Bob")
    club = telegram.group("Club", members=[ada, bob], bot="administrator")
    async with telegram_rig(telegram, on_telegram(settings, telegram, spare_megabytes=1e12)):
        asked = club.say(bob, text="/transcribe", reply_to=club.say(ada, voice=voice))
        await telegram.eventually(lambda: club.answers)
    assert [(answer.reply_to, answer.text[:17]) for answer in club.answers] == [(asked, "The disk is full,")]


async def test_a_business_account_that_lets_nobody_answer_is_told_which_right_is_missing(
    telegram: BotApi, settings: Settings, voice: Path
) -> None:
    async with in_business(telegram, settings, "can_read_messages") as (rig, business, _, own, carl):
        business.say(carl, voice=voice)
        await rig.idle()
        assert rig.provider.calls() == []
    assert "I may not reply" in own.answers[0].text
    assert business.chat(carl).answers == []


async def test_a_guest_gets_the_text_of_what_the_mention_answers(
    telegram: BotApi, settings: Settings, voice: Path
) -> None:
    ada, bob = telegram.person("Ada"), telegram.person("Bob")
    club = telegram.group("Club", members=[ada, bob], bot="left")
    async with telegram_rig(telegram, on_telegram(settings, telegram)) as rig:
        told = club.say(bob, voice=voice)
        telegram.guest_mention(ada, club, f"@{BOT}", reply_to=told)
        await rig.answers(club)
        telegram.guest_mention(ada, club, f"@{BOT} what is this?")
        await telegram.eventually(lambda: len(club.answers) == 2)
        await rig.idle()
        assert await rig.charged() == {f"telegram:{ada.id}": 1}
    assert SAID in club.answers[0].text
    assert club.answers[1].text.startswith("Mention me in a reply to a message with audio")


async def test_what_a_note_holds_is_what_telegram_told(telegram: BotApi, settings: Settings, voice: Path) -> None:
    ada = telegram.person("Ada")
    chat = telegram.private(ada)
    async with telegram_rig(telegram, on_telegram(settings, telegram)) as rig:
        file = telegram.file(voice)
        chat.say(ada, voice=file, seconds=16)
        await rig.answers(chat)
        (standing,) = await rig.service.core.notes.recent(5, [f"telegram:{ada.id}"])
        order = await rig.service.core.notes.order(standing.note_id)
    assert order is not None
    media = order.note.media
    assert replace(media, mime="") == replace(
        media, locator=file.id, name="voice message.ogg", mime="", seconds=16, identity=f"telegram:{file.unique_id}"
    )
    assert media.bytes == voice.stat().st_size
