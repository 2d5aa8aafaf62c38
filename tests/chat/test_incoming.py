"""Messages become notes, or get a sentence, whatever the platform."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bot.chat import incoming
from bot.chat.answer_links import AnswerLinks
from bot.chat.incoming import ASKED_BY, Hints, Incoming, Saying, Sender, Sound, Wanted, accept, take, wanted_in
from bot.chat.pages import Mark, Style
from bot.chat.queries import Result
from bot.domain.errors import BadOptions, NoAccess
from bot.domain.note import UNASKED, Note, Options
from bot.locales import error_text, text
from bot.notes.views import Order
from bot.people.access import Access
from bot.people.preferences import Choice, Chosen, Mode
from bot.settings import Settings
from tests.doubles.platform import PLATFORM
from tests.doubles.provider import PaidProvider
from tests.helpers.conversation import ADA, BEA, Conversation, conversation, sound_of

HINTS = Hints("how", "off", "help", "not-sound", 20)
SPOKEN = sound_of(Path("talk.ogg"), "1")
FILE = replace(SPOKEN, is_unasked=False)
OTHERS = replace(SPOKEN, is_others=True)


@pytest.fixture
async def chat(settings: Settings, tmp_path: Path) -> AsyncIterator[Conversation]:
    async with conversation(settings, PaidProvider(tmp_path / "provider"), tmp_path) as chat:
        yield chat


def message(mode: Mode = Mode.ASK, **more: object) -> Incoming:
    whole = Incoming(Sender(ADA, "en", Chosen({}, {})), "7", mode, hints=HINTS)
    return replace(whole, **more)  # type: ignore[arg-type]  # each test names real fields


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        (message(Mode.AUTO, sounds=(SPOKEN,)), Wanted((SPOKEN,), is_asked=False)),
        (message(Mode.AUTO, sounds=(FILE,)), ""),
        (message(Mode.ASK, sounds=(SPOKEN,)), ""),
        (message(Mode.OFF, sounds=(SPOKEN,)), ""),
        (message(Mode.ASK, sounds=(FILE,), is_asking=True), Wanted((FILE,), is_asked=True)),
        (message(Mode.AUTO, pointed_at=(OTHERS,)), ""),
        (message(Mode.ASK, pointed_at=(OTHERS,), is_asking=True), Wanted((OTHERS,), is_asked=True)),
        (message(Mode.ASK, sounds=(SPOKEN,), pointed_at=(OTHERS,), is_asking=True), Wanted((SPOKEN,), is_asked=True)),
        (message(Mode.OFF, pointed_at=(OTHERS,), is_asking=True), "off"),
        (message(Mode.ASK, is_asking=True), "how"),
        (message(Mode.AUTO, is_direct=True, sounds=(FILE,)), Wanted((FILE,), is_asked=True)),
        (message(Mode.AUTO, is_direct=True, has_text=True), "help"),
        (message(Mode.AUTO, is_direct=True, has_files=True), "not-sound"),
        (message(Mode.AUTO, is_direct=True), ""),
        (message(Mode.AUTO, has_text=True, has_files=True), ""),
        (message(Mode.ASK, is_asking=True, hints=Hints()), ""),
        (message(Mode.AUTO, is_direct=True, has_text=True, unknown_command="/balanse"), "unknown-command"),
        (message(Mode.OFF, unknown_command="/balanse"), "unknown-command"),
    ],
)
def test_what_a_message_wants(told: Incoming, wanted: Wanted | str) -> None:
    assert wanted_in(told) == wanted


async def said_to(chat: Conversation, *sounds: Sound, **more: object) -> tuple[Saying, ...]:
    """Return the reply to a message that asks for these."""
    whole = message(sounds=sounds, is_asking=True, sender=await chat.sender())
    return await take(chat.core, replace(whole, **more))  # type: ignore[arg-type]  # as above


async def notes_of(chat: Conversation, account: str = ADA) -> list[str]:
    """The messages that an account's notes are known by, the oldest first."""
    found = await chat.core.notes.recent(50, await chat.core.people.identities(account))
    orders = [await chat.core.notes.order(one.note_id) for one in reversed(found)]
    return [order.note.key.message for order in orders if order is not None]


async def test_a_hint_tells_the_largest_file_and_is_said_seldom(chat: Conversation) -> None:
    hints = Hints("transcribe-how", help="help-send", megabytes=20.4)
    told = message(Mode.AUTO, is_direct=True, has_text=True, hints=hints, sender=await chat.sender(locale="de"))
    assert await take(chat.core, told) == (Saying(text("de", "help-send", megabytes=20.4), seldom="help-send"),)


async def test_each_recording_of_a_message_is_a_note_and_the_same_message_the_same_notes(
    chat: Conversation, voice: Path
) -> None:
    sounds = [sound_of(voice, "7/1"), sound_of(voice, "7/2")]
    for _ in range(2):
        assert await said_to(chat, *sounds) == ()
    assert await notes_of(chat) == ["7/1", "7/2"]


async def test_a_note_is_made_with_what_holds_for_its_sender(chat: Conversation, voice: Path) -> None:
    await chat.core.preferences.choose(ADA, Choice.LANGUAGE, "es")
    sender = replace(await chat.sender(), group="folder:club")
    await take(chat.core, message(Mode.AUTO, sounds=(sound_of(voice, "1"),), sender=sender))
    order = await chat.core.notes.order(sound_of(voice, "1").key.id)
    assert order is not None
    assert (order.note.options.language, order.note.user, order.note.place) == ("es", ADA, "folder:club")


async def test_a_recording_that_cannot_be_taken_is_answered_and_those_before_it_are_taken(
    chat: Conversation, voice: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(incoming, "MOST_UNFINISHED", 1)
    chat.app.provider.free.clear()
    sounds = [sound_of(voice, "7/1"), sound_of(voice, "7/2")]
    (refused,) = await said_to(chat, *sounds)
    assert refused.text.startswith("1 of your recordings are waiting")
    assert refused.seldom == ""
    assert await said_to(chat, sounds[0]) == (), "what was taken is not too much because it comes again"
    chat.app.provider.free.set()
    assert await notes_of(chat) == ["7/1"]


async def test_who_may_not_use_the_service_is_told_only_if_they_ask(chat: Conversation, voice: Path) -> None:
    await chat.core.people.decide(ADA, Access.BLOCKED)
    (told,) = await said_to(chat, sound_of(voice, "1"))
    assert (told.text, told.seldom) == (error_text("en", NoAccess()), "NoAccess")
    assert await said_to(chat, sound_of(voice, "1"), mode=Mode.AUTO, is_asking=False) == ()
    assert await notes_of(chat) == []


async def test_a_pause_is_told_also_to_those_who_did_not_ask_and_seldom(chat: Conversation, voice: Path) -> None:
    await chat.app.service.core.admission.pause("Back at noon.")
    for more in ({"is_asking": True}, {"mode": Mode.AUTO, "is_asking": False}):
        (told,) = await said_to(chat, sound_of(voice, "1"), **more)
        assert ("Back at noon." in told.text, told.seldom) == (True, "Paused")


async def asked_for(chat: Conversation, heard: Path | Sound, account: str, message_id: str) -> tuple[Saying, ...]:
    """Return the reply to a message that asks for the recording of message 1."""
    sound = sound_of(heard, "1", is_others=True) if isinstance(heard, Path) else heard
    told = message(pointed_at=(sound,), is_asking=True)
    return await take(chat.core, replace(told, sender=await chat.sender(account), message=message_id))


async def test_each_user_who_asks_for_a_recording_gets_an_answer_and_pays_once_while_it_runs(
    chat: Conversation, voice: Path
) -> None:
    chat.app.provider.free.clear()
    assert await asked_for(chat, voice, ADA, "2") == ()
    assert await asked_for(chat, voice, ADA, "2") == (), "the same request"
    running = (Saying(text("en", "transcribe-running")),)
    assert await asked_for(chat, voice, ADA, "3") == running
    assert await asked_for(chat, voice, BEA, "4") == ()
    assert await asked_for(chat, voice, BEA, "5") == running
    assert await asked_for(chat, voice, BEA, "4") == (), "the same request"
    assert (await notes_of(chat), await notes_of(chat, BEA)) == (["1"], ["1/bybea"])
    chat.app.provider.free.set()
    for account in (ADA, BEA):
        for note_id in await chat.core.notes.unfinished_of(account):
            order = await chat.core.notes.order(note_id)
            assert order is not None
            await chat.app.end_of(order.note)
    assert await asked_for(chat, voice, ADA, "6") == ()
    assert await asked_for(chat, voice, BEA, "7") == ()
    assert (await notes_of(chat), await notes_of(chat, BEA)) == (["1", "1/byada"], ["1/bybea", "1/ask7"])


async def test_a_request_that_the_last_release_took_is_not_taken_again(chat: Conversation, voice: Path) -> None:
    """It named the second note of a recording after the message that asked."""
    first = sound_of(voice, "1")
    await accept(chat.core, await chat.sender(ADA), first, Options("paid"))
    key = replace(first.key, message="1/ask4")
    await accept(chat.core, await chat.sender(BEA), Sound(first.media, key, {ASKED_BY: "4"}), Options("paid"))
    assert await asked_for(chat, voice, BEA, "4") == ()
    assert await notes_of(chat, BEA) == ["1/ask4"]


async def test_options_that_no_model_has_are_refused(chat: Conversation, voice: Path) -> None:
    with pytest.raises(BadOptions):
        await accept(chat.core, await chat.sender(), sound_of(voice, "1"), Options("no such model"))
    assert await notes_of(chat) == []


async def test_each_unknown_command_is_answered_however_soon_the_next_one_comes(chat: Conversation) -> None:
    told = message(is_direct=True, has_text=True, unknown_command="/balanse", sender=await chat.sender())
    assert await take(chat.core, told) == (Saying("I do not know /balanse. /help shows all that I can do."),)


async def test_who_asks_for_a_recording_with_an_answer_in_the_chat_is_led_there_unless_it_is_another_text(
    chat: Conversation, voice: Path
) -> None:
    links, heard = Links("https://folder.example/1"), sound_of(voice, "1", is_others=True)
    heard = replace(heard, media=replace(heard.media, identity="folder:heard"))
    linked = replace(chat, core=replace(chat.core, links=AnswerLinks({PLATFORM: links})))
    assert await asked_for(linked, heard, ADA, "2") == ()
    await chat.app.end_of((await order_of(chat, voice)).note)
    (told,) = await asked_for(linked, heard, BEA, "3")
    assert (told.text, told.link) == (text("en", "transcribe-there"), links.address)
    assert told.page.marks == (Mark(0, len(told.text), Style.LINK, told.link),)
    assert await notes_of(chat, BEA) == []
    await chat.core.preferences.choose(BEA, Choice.LANGUAGE, "es")
    assert await asked_for(linked, heard, BEA, "4") == (), "in another language"
    links.address = None
    assert await asked_for(linked, heard, ADA, "5") == (), "it is gone"
    assert (await notes_of(chat), await notes_of(chat, BEA)) == (["1", "1/byada"], ["1/bybea"])


async def test_a_note_tells_if_no_user_asked_for_it(chat: Conversation, voice: Path) -> None:
    await said_to(chat, sound_of(voice, "1"), mode=Mode.AUTO, is_asking=False)
    await said_to(chat, sound_of(voice, "2"), mode=Mode.AUTO)
    orders = [await chat.core.notes.order(sound_of(voice, number).key.id) for number in ("1", "2")]
    assert [order is not None and order.note.details.get(UNASKED) for order in orders] == ["yes", None]


@dataclass
class Links:
    """Implements LinksAnswers: all answers have one address."""

    address: str | None

    async def address_of(self, note: Note, placeholder: str | None) -> str | None:
        return self.address

    async def standing_address_of(self, result: Result) -> str | None:
        return self.address


async def order_of(chat: Conversation, voice: Path) -> Order:
    order = await chat.core.notes.order(sound_of(voice, "1").key.id)
    assert order is not None
    return order
