"""The outgoing side of Telegram against the double of its Bot API: placeholders, progress, answers, refusals."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import strategies as st

from adapters.telegram.places import Handle, Place
from bot.chat import button_rows
from bot.chat.button_rows import Action, ButtonData
from bot.chat.pages import Page
from bot.domain.billing import Plan
from bot.domain.errors import EarmarkError, NotNow, PerhapsPosted, Undelivered
from bot.domain.money import Micros
from bot.domain.note import Note, Progress, Refusal, Stage
from bot.locales import error_text
from tests.doubles.telegram.server import (
    ANSWER_LOST,
    CUT,
    GARBAGE,
    BotApi,
    Business,
    Fault,
    Person,
    Private,
)
from tests.helpers.telegram_adapter import LONG, MEDIA, SENTENCE, SHORT, in_group, only
from tests.helpers.telegram_out import Out, answer, over
from tests.helpers.waits import BUSY, BUSY_WORDS

MARKS = st.characters() | st.sampled_from("\u200b\u202e\u0301\n_<&@")


@pytest.fixture
def bea(telegram: BotApi) -> Person:
    return telegram.person("Bea")


@pytest.fixture
def office(telegram: BotApi, bea: Person) -> Private:
    """Bea's own chat with the bot."""
    return telegram.private(bea, started=True)


@pytest.fixture
def shop(telegram: BotApi, bea: Person) -> Business:
    return telegram.business(bea)


@pytest.fixture
async def ordered(out: Out, shop: Business, ada: Person, bea: Person) -> Note:
    """A message of Ada, a customer, to Bea's business."""
    message = shop.say(ada, text="a voice")
    return await out.note(Place(ada.id, message, business=shop.id, asker=bea.id), MEDIA)


def sent(telegram: BotApi) -> int:
    return sum(call.method.startswith("send") and call.status == 200 for call in telegram.calls)


# The placeholder.


async def test_a_placeholder_answers_the_note_s_message_and_can_be_cancelled(
    out: Out, note: Note, place: Place, chat: Private
) -> None:
    handle = await out.adapter.acknowledge(note)
    seen = only(chat)
    assert (seen.text, seen.reply_to, seen.labels) == ("Queued · whisper-base", place.message, ["Cancel"])
    assert ButtonData.unpack(seen.buttons[0][0].data) == ButtonData(Action.CANCEL, note.id)
    assert Handle.parse(handle) == Handle(chat.id, seen.id)
    assert await out.posted.parts(note.id) == {"1": handle, "tried": ""}


async def test_a_placeholder_is_posted_once_also_after_a_restart(
    out: Out, telegram: BotApi, note: Note, chat: Private, tmp_path: Path
) -> None:
    first = await out.adapter.acknowledge(note)
    async with over(telegram, out.posted._db) as later:
        assert await later.adapter.acknowledge(note) == first
    assert len(chat.answers) == 1


@pytest.mark.parametrize("fault", [ANSWER_LOST, GARBAGE], ids=["lost", "garbage"])
async def test_a_placeholder_whose_answer_is_lost_is_found(
    out: Out, telegram: BotApi, note: Note, chat: Private, fault: Fault
) -> None:
    telegram.fail("sendMessage", fault)
    handle = await out.adapter.acknowledge(note)
    assert sent(telegram) <= 1
    assert Handle.parse(handle).message == only(chat).id


async def test_a_placeholder_that_is_not_found_at_once_is_found_when_the_text_is_there(
    out: Out, telegram: BotApi, note: Note, chat: Private
) -> None:
    telegram.fail("sendMessage", ANSWER_LOST)
    telegram.fail("editMessageReplyMarkup", CUT)
    with pytest.raises(PerhapsPosted):
        await out.adapter.acknowledge(note)
    await out.adapter.deliver(note, None, answer(SHORT))
    assert only(chat).text.startswith(SENTENCE.strip())


async def test_a_menu_beside_a_placeholder_that_is_looked_for_after_a_restart_keeps_its_buttons(
    out: Out, telegram: BotApi, note: Note, place: Place, chat: Private
) -> None:
    telegram.fail("sendMessage", CUT)
    with pytest.raises(NotNow):
        await out.adapter.acknowledge(note)
    await out.sender.tell(place, Page("Your settings"), button_rows.languages("en", note.id, ["es"]))
    async with over(telegram, out.posted._db) as later:
        handle = await later.adapter.acknowledge(note)
        assert await later.posted.find(handle) is not None
    menu, placeholder = chat.answers
    assert (menu.text, menu.labels) == ("Your settings", ["Spanish"])
    assert Handle.parse(handle).message == placeholder.id
    assert await out.posted.find(str(Handle(chat.id, menu.id))) is None, "it is no note's"


async def test_a_placeholder_is_looked_for_among_no_messages_of_others(out: Out, telegram: BotApi, ada: Person) -> None:
    channel = telegram.channel("News", admins=[ada])
    message = channel.post(text="a voice")
    note = await out.note(Place(channel.id, message, asker=channel.id, private=False), MEDIA)
    telegram.fail("sendMessage", ANSWER_LOST)
    with pytest.raises(PerhapsPosted):
        await out.adapter.acknowledge(note)
    assert telegram.called("editMessageReplyMarkup") == []


async def test_a_placeholder_that_is_looked_for_after_a_restart_leaves_other_notes_their_buttons(
    out: Out, telegram: BotApi, note: Note, place: Place, chat: Private, ada: Person
) -> None:
    later = await out.note(Place(chat.id, chat.say(ada, text="another voice"), asker=ada.id), MEDIA)
    other = Handle.parse(await out.adapter.acknowledge(later)).message
    telegram.fail("sendMessage", CUT)
    with suppress(EarmarkError):
        await out.adapter.acknowledge(note)
    async with over(telegram, out.posted._db) as restarted:
        await restarted.adapter.acknowledge(note)
    assert chat.message(other).labels == ["Cancel"]


async def test_a_message_to_a_user_who_deleted_hers_is_posted_all_the_same(
    out: Out, note: Note, place: Place, chat: Private
) -> None:
    chat.remove(place.message)
    await out.adapter.acknowledge(note)
    assert only(chat).reply_to is None


async def test_a_topic_is_kept(out: Out, telegram: BotApi, ada: Person) -> None:
    forum = telegram.group("Club", members=[ada], kind="forum")
    thread = forum.topic("Voices")
    note = await in_group(out, forum, ada, thread)
    await out.adapter.acknowledge(note)
    await out.adapter.deliver(note, None, answer(LONG))
    assert [seen.thread for seen in forum.answers] == [thread] * 3


async def test_a_business_chat_is_answered_on_its_owner_s_behalf(
    out: Out, shop: Business, ada: Person, ordered: Note
) -> None:
    paid = answer(SHORT, plan=Plan.PREPAID, charged=Micros(20_000), available=Micros(4_980_000))
    await out.adapter.deliver(ordered, await out.adapter.acknowledge(ordered), paid)
    assert only(shop.chat(ada)).text == f"{SENTENCE.strip()}\n\nEnglish · 0:16 · whisper-base"


async def test_a_guest_is_answered_with_one_message_that_becomes_the_text(
    out: Out, telegram: BotApi, ada: Person
) -> None:
    elsewhere = telegram.group("Elsewhere", members=[ada], bot="left")
    telegram.guest_mention(ada, elsewhere, "@earmark_test_bot")
    [query] = telegram.queries
    note = await out.note(Place(0, 0, guest=query, asker=ada.id, private=False), MEDIA)
    handle = await out.adapter.acknowledge(note)
    assert Handle.parse(handle).inline
    await out.adapter.report(note, handle, Progress(Stage.TRANSCRIBING))
    for _ in range(2):
        await out.adapter.deliver(note, handle, answer(LONG))
    seen = only(elsewhere)
    assert seen.text.startswith(SENTENCE)
    assert "to get all of it" in seen.text
    assert seen.labels == ["Speakers on", "Spoken language"]
    with pytest.raises(Undelivered):
        await out.sender.post(Place(0, 0, guest=query, asker=ada.id), Page("once more"))


# A business account's chats, where a customer reads.

ABOUT = "About a recording in one of your chats: "


ASKING = Progress(Stage.ASKING, price=Micros(350_000))


DELETED = Fault(200, body=b'{"ok":true,"result":true}')


async def test_the_owner_of_a_business_is_asked_aside_and_once(
    out: Out, telegram: BotApi, shop: Business, ada: Person, ordered: Note, office: Private
) -> None:
    handle = await out.adapter.acknowledge(ordered)
    for _ in range(2):
        async with over(telegram, out.posted._db) as later:
            await later.adapter.report(ordered, handle, ASKING)
    asked = only(office)
    assert asked.text == f"{ABOUT}This would cost $0.35. Shall I transcribe it?"
    assert asked.labels == ["Transcribe for $0.35", "Cancel"]
    await out.adapter.report(ordered, handle, Progress(Stage.WAITING, wait=BUSY))
    assert only(office).text == f"{ABOUT}{BUSY_WORDS}"
    seen = only(shop.chat(ada))
    assert [*seen.edits, seen.text] == ["Queued · whisper-base"]


async def test_a_question_to_the_owner_is_gone_when_the_text_is_there(
    out: Out, shop: Business, ada: Person, ordered: Note, office: Private
) -> None:
    handle = await out.adapter.acknowledge(ordered)
    await out.adapter.report(ordered, handle, ASKING)
    for _ in range(2):
        await out.adapter.deliver(ordered, handle, answer(SHORT))
    assert office.answers == []
    assert only(shop.chat(ada)).text.startswith(SENTENCE.strip())
    assert sorted(await out.posted.parts(ordered.id)) == ["1", "tried"]


async def test_a_customer_never_reads_why_there_is_no_text(
    out: Out, telegram: BotApi, ordered: Note, office: Private
) -> None:
    handle = await out.adapter.acknowledge(ordered)
    await out.adapter.report(ordered, handle, ASKING)
    telegram.fail("deleteBusinessMessages", DELETED)
    short = Refusal("BudgetShort", {"price": 400_000, "available": 20_000})
    await out.adapter.deliver(ordered, handle, short)
    [call] = telegram.called("deleteBusinessMessages")
    # Without the specification at hand the double leaves a list as it was sent.
    assert str(call.params["message_ids"]) == f"[{Handle.parse(handle).message}]"
    assert (only(office).text, only(office).labels) == (f"{ABOUT}{error_text('en', short.error)}", [])


@pytest.mark.parametrize(
    "why", ["Bad Request: not enough rights", "Bad Request: no", "Not Found: method not found"], ids=str
)
async def test_a_placeholder_that_may_not_be_deleted_in_a_business_chat_is_emptied(
    out: Out, telegram: BotApi, shop: Business, ada: Person, ordered: Note, office: Private, why: str
) -> None:
    handle = await out.adapter.acknowledge(ordered)
    refused = Fault(404 if why.startswith("Not Found") else 400, why)
    telegram.fail("deleteBusinessMessages", refused, times=2)
    for _ in range(2):
        await out.adapter.deliver(ordered, handle, Refusal("NoSound"))
    seen = only(shop.chat(ada))
    assert (seen.text, seen.labels) == ("…", [])
    assert only(office).text == f"{ABOUT}This file has no sound track. Please send one with sound."


async def test_the_owner_hears_of_it_also_when_the_business_is_disconnected(
    out: Out, telegram: BotApi, shop: Business, ordered: Note, office: Private
) -> None:
    handle = await out.adapter.acknowledge(ordered)
    shop.disconnect()
    telegram.fail("deleteBusinessMessages", Fault(400, "Bad Request: business connection not found"))
    await out.adapter.deliver(ordered, handle, Refusal("NoSound"))
    assert only(office).text == f"{ABOUT}This file has no sound track. Please send one with sound."


async def test_an_owner_who_never_wrote_to_the_bot_is_told_nothing_and_the_customer_neither(
    out: Out, telegram: BotApi, shop: Business, ada: Person, ordered: Note
) -> None:
    handle = await out.adapter.acknowledge(ordered)
    telegram.fail("deleteBusinessMessages", Fault(400, "Bad Request: not enough rights"))
    with pytest.raises(Undelivered):
        await out.adapter.deliver(ordered, handle, Refusal("NoSound"))
    assert only(shop.chat(ada)).text == "…"
