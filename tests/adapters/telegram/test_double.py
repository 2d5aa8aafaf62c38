"""The double of Telegram's Bot API is strict: the real library against every family of its rules."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeChat,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQueryResultArticle,
    InputMediaDocument,
    InputTextMessageContent,
    LabeledPrice,
    Message,
    MessageEntity,
    ReplyParameters,
    Update,
)
from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, NetworkError, RetryAfter, TelegramError

from tests.doubles.telegram.server import (
    ANSWER_LOST,
    BAD_GATEWAY,
    CUT,
    DOWNLOAD,
    GARBAGE,
    BotApi,
    Fault,
    NotPaid,
    Person,
    Private,
    wait_so_long,
)
from tests.doubles.telegram.spec import described
from tests.doubles.telegram.text import Marked, marked, units

CANCEL = InlineKeyboardMarkup([[InlineKeyboardButton("Cancel", callback_data="cancel:1")]])
FAMILY = "\N{MAN}\N{ZERO WIDTH JOINER}\N{WOMAN}\N{ZERO WIDTH JOINER}\N{GIRL}"
described_only = pytest.mark.skipif(not described(), reason="the description of the Bot API is not there")


class Clock:
    """It stands still unless it is moved."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def _timedeltas(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library warns of the numbers that it gives otherwise."""
    monkeypatch.setenv("PTB_TIMEDELTA", "1")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def telegram(clock: Clock) -> Iterator[BotApi]:
    with BotApi(clock) as telegram:
        yield telegram


@pytest.fixture
async def bot(telegram: BotApi) -> AsyncIterator[Bot]:
    async with library(telegram) as bot:
        yield bot


@pytest.fixture
def ada(telegram: BotApi) -> Person:
    return telegram.person("Ada")


@pytest.fixture
def chat(telegram: BotApi, ada: Person) -> Private:
    telegram.limits.private_per_second = None
    return telegram.private(ada, started=True)


def library(telegram: BotApi) -> Bot:
    return Bot(telegram.token, base_url=telegram.base_url, base_file_url=telegram.base_file_url)


async def refused(call: Awaitable[Any], why: str, kind: type[TelegramError] = BadRequest) -> None:
    with pytest.raises(kind, match=f"(?i){re.escape(why)}"):
        await call


async def told(bot: Bot, *updates: Update) -> tuple[Update, ...]:
    """The next updates, with those before them confirmed."""
    return await bot.get_updates(offset=updates[-1].update_id + 1 if updates else None, timeout=5)


def buttons(*labels: tuple[str, str]) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[InlineKeyboardButton(label, callback_data=data)] for label, data in labels])


async def test_what_people_say_arrives_until_it_is_confirmed(
    bot: Bot, telegram: BotApi, chat: Private, ada: Person
) -> None:
    chat.say(ada, text="/start@earmark_test_bot \N{OK HAND SIGN} see https://example.com @somebody")
    chat.say(ada, voice=b"OggS", seconds=3, file_size=None)
    first, second = await told(bot)
    assert first.message is not None
    assert second.message is not None
    kinds = [first.message.parse_entity(entity) for entity in first.message.entities]
    assert kinds == ["/start@earmark_test_bot", "https://example.com", "@somebody"]
    assert second.message.voice is not None
    assert second.message.voice.file_size is None
    assert await told(bot) == (first, second)
    assert await told(bot, first) == (second,)
    assert await bot.get_updates(offset=second.update_id + 1) == ()
    assert telegram.pending == 0
    telegram.repeat_updates(1)
    assert await bot.get_updates(offset=second.update_id + 1) == (second,)


async def test_only_the_kinds_asked_for_become_updates(bot: Bot, telegram: BotApi, chat: Private, ada: Person) -> None:
    await bot.get_updates(allowed_updates=["message"])
    telegram.block(ada)
    telegram.unblock(ada)
    chat.say(ada, text="I am back")
    assert [update.message is not None for update in await told(bot)] == [True]


async def test_a_poll_waits_for_what_is_said(bot: Bot, chat: Private, ada: Person) -> None:
    polling = asyncio.create_task(told(bot))
    await asyncio.sleep(0.05)
    chat.say(ada, text="now")
    (update,) = await asyncio.wait_for(polling, 2)
    assert update.effective_message is not None


async def test_a_second_instance_ends_the_poll_of_the_first(bot: Bot, telegram: BotApi) -> None:
    async with library(telegram) as other:
        polling = asyncio.create_task(told(bot))
        await asyncio.sleep(0.05)
        assert await other.get_updates(timeout=0) == ()
        await refused(polling, "terminated by other getUpdates request", Conflict)


async def test_a_poller_that_hangs_up_is_no_second_instance(
    bot: Bot, telegram: BotApi, chat: Private, ada: Person
) -> None:
    with pytest.raises(httpx.ReadTimeout):
        async with httpx.AsyncClient(timeout=0.1) as gone:
            await gone.get(f"{telegram.base_url}{telegram.token}/getupdates?timeout=30")
    await telegram.eventually(lambda: telegram.called("getUpdates"))
    chat.say(ada, text="still here")
    assert len(await told(bot)) == 1


async def test_a_wrong_token_opens_nothing(telegram: BotApi) -> None:
    async with httpx.AsyncClient() as client:
        wrong = await client.get(f"{telegram.base_url}1:{'a' * 35}/getMe")
        malformed = await client.get(f"{telegram.base_url}nonsense/getMe")
    assert (wrong.status_code, malformed.status_code) == (401, 404)


async def test_parameters_come_as_form_query_or_json(telegram: BotApi, chat: Private) -> None:
    said = {"chat_id": str(chat.id), "text": "17"}
    async with httpx.AsyncClient() as client:
        url = f"{telegram.base_url}{telegram.token}/sendMessage"
        await client.post(url, data=said)
        await client.post(url, json=said)
        await client.get(url, params=said)
    assert [message.text for message in chat.answers] == ["17"] * 3


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "message text is empty"),
        (" \n\u200b\u3000", "message text is empty"),
        ("\N{OK HAND SIGN}" * 2049, "message is too long"),
        ("<b>open", "can't find end tag"),
        ("<b>a</i>", "unmatched end tag"),
        ("a < b", "unclosed start tag"),
        ("<p>a</p>", "unsupported start tag"),
        ("a</b>", "unexpected end tag"),
        ("<span>a</span>", "must have class"),
        ("<blockquote>a<blockquote expandable>b</blockquote></blockquote>", "can't be nested"),
        ("<b>a <code>b</code></b>", "can't be nested"),
    ],
)
async def test_a_text_that_cannot_be_shown_is_refused(bot: Bot, chat: Private, text: str, why: str) -> None:
    await refused(bot.send_message(chat.id, text, parse_mode="HTML"), why)


async def test_text_stands_as_telegram_keeps_it(bot: Bot, chat: Private) -> None:
    html = (
        f"  \N{OK HAND SIGN}<blockquote expandable>&lt;b&gt; {FAMILY}\r\n&amp;_</blockquote> \u200fx\u202e<i>  </i>\t"
    )
    sent = await bot.send_message(chat.id, html, parse_mode="HTML")
    assert sent.text == chat.answers[0].text == f"\N{OK HAND SIGN}<b> {FAMILY}\n&_ \u200fx"
    assert chat.answers[0].parts("expandable_blockquote") == [f"<b> {FAMILY}\n&_"]


def test_the_limit_is_counted_after_the_markup_was_read() -> None:
    assert units(marked(f"<b>{'x' * 4096}</b> ", "HTML", None, 4096, "").text) == 4096
    assert marked("plain", "", None, 4096, "") == Marked("plain")


@pytest.mark.parametrize(
    ("offset", "length", "why"), [(1, 2, "ends after the end"), (1, 1, "middle"), (0, 1, "middle")]
)
async def test_entities_lie_between_characters(bot: Bot, chat: Private, offset: int, length: int, why: str) -> None:
    entities = [MessageEntity(MessageEntity.BOLD, offset, length)]
    await refused(bot.send_message(chat.id, "\N{OK HAND SIGN}", entities=entities), why)


async def test_no_more_than_a_hundred_entities_are_honoured(bot: Bot, chat: Private) -> None:
    sent = await bot.send_message(chat.id, "<b>x</b> " * 120, parse_mode="HTML")
    assert len(sent.entities) == 100


@pytest.mark.parametrize(
    ("markup", "why"),
    [
        (buttons(("", "x")), "text must be non-empty"),
        (buttons(("x", "")), "BUTTON_DATA_INVALID"),
        (buttons(("x", "\N{OK HAND SIGN}" * 17)), "BUTTON_DATA_INVALID"),
        (InlineKeyboardMarkup([[InlineKeyboardButton("x", url="localhost/")]]), "Wrong HTTP URL"),
        (InlineKeyboardMarkup([[InlineKeyboardButton("x", pay=True)]]), "BUTTON_POS_INVALID"),
        (InlineKeyboardMarkup([[InlineKeyboardButton("x")]]), "Text buttons are unallowed"),
        (buttons(*[("x", "y")] * 101), "reply markup is too long"),
    ],
)
async def test_a_keyboard_that_cannot_be_shown_is_refused(
    bot: Bot, chat: Private, markup: InlineKeyboardMarkup, why: str
) -> None:
    await refused(bot.send_message(chat.id, "x", reply_markup=markup), why)


async def test_an_edit_is_of_ones_own_text_and_changes_it(bot: Bot, chat: Private, ada: Person) -> None:
    sent = await bot.send_message(chat.id, "one", reply_markup=CANCEL)
    await refused(sent.edit_text("one", reply_markup=CANCEL), "message is not modified")
    await sent.edit_text("<b>two</b>", parse_mode="HTML")
    await refused(sent.edit_reply_markup(None), "message is not modified")
    assert chat.answers[0].edits == ("one",)
    assert chat.answers[0].buttons == ()
    hers = chat.say(ada, text="mine")
    await refused(bot.edit_message_text("x", chat.id, hers), "message can't be edited")
    await refused(bot.edit_message_text("x", chat.id, 4711), "message to edit not found")
    await sent.delete()
    await refused(sent.edit_text("three"), "message to edit not found")
    await refused(sent.delete(), "message to delete not found")
    assert [message.deleted for message in chat.messages] == [True, False]


async def test_a_text_can_become_a_file_and_never_a_text_again(bot: Bot, chat: Private) -> None:
    sent = await bot.send_message(chat.id, "soon", reply_markup=CANCEL)
    await sent.edit_media(
        InputMediaDocument(b"the text", filename="text.txt", caption="<b>here</b>", parse_mode="HTML")
    )
    (seen,) = chat.answers
    assert (seen.text, seen.edits, seen.labels) == ("here", ("soon",), [])
    assert seen.document is not None
    assert (seen.document.name, seen.document.content) == ("text.txt", b"the text")
    await refused(sent.edit_text("no"), "there is no text in the message to edit")
    await refused(sent.edit_caption("x" * 1025), "caption is too long")
    await sent.edit_caption("there")
    assert chat.answers[0].text == "there"


async def test_files_are_sent_and_fetched_within_their_limits(
    bot: Bot, telegram: BotApi, chat: Private, ada: Person, voice: Path, tmp_path: Path
) -> None:
    telegram.limits.upload = 1000
    await refused(bot.send_document(chat.id, b"x" * 1001, filename="x.txt"), "Request Entity Too Large", NetworkError)
    await refused(bot.send_document(chat.id, "no-such-file"), "wrong file identifier")
    sent = await bot.send_document(chat.id, b"\r\n--\r\nx\x00\xff", filename="x.txt", caption="c")
    assert sent.document is not None
    assert bytes(await (await sent.document.get_file()).download_as_bytearray()) == b"\r\n--\r\nx\x00\xff"
    for claimed in (20_000_001, None):
        chat.say(ada, voice=voice, file_size=claimed)
    large, unknown = [update.message.voice for update in await told(bot) if update.message and update.message.voice]
    await refused(large.get_file(), "file is too big")
    assert (await unknown.get_file()).file_size == voice.stat().st_size
    telegram.local = tmp_path
    path = (await large.get_file()).file_path
    assert path is not None
    assert Path(path).read_bytes() == voice.read_bytes()
    telegram.file_gone(large.file_id)
    await refused(large.get_file(), "temporarily unavailable")


async def test_a_download_can_break_off(bot: Bot, telegram: BotApi, chat: Private, ada: Person, voice: Path) -> None:
    chat.say(ada, voice=voice)
    (update,) = await told(bot)
    assert update.message is not None
    assert update.message.voice is not None
    file = await update.message.voice.get_file()
    telegram.fail(DOWNLOAD, Fault(cut_at=1000))
    with pytest.raises(NetworkError):
        await file.download_as_bytearray()
    assert len(await file.download_as_bytearray()) == voice.stat().st_size


async def test_a_pressed_button_waits_for_one_answer_in_time(
    bot: Bot, telegram: BotApi, clock: Clock, chat: Private, ada: Person
) -> None:
    sent = await bot.send_message(chat.id, "wait", reply_markup=CANCEL)
    pressing = asyncio.create_task(asyncio.to_thread(telegram.press, ada, chat, sent.message_id, "Cancel"))
    (update,) = await told(bot)
    query = update.callback_query
    assert query is not None
    assert query.data == "cancel:1"
    await refused(query.answer("x" * 201), "MESSAGE_TOO_LONG")
    clock.now += 14
    await query.answer("Done.", show_alert=True)
    pressed = await pressing
    assert (pressed.text, pressed.alert) == ("Done.", True)
    await refused(query.answer("again"), "query is too old")
    late = asyncio.create_task(asyncio.to_thread(telegram.press, ada, chat, sent.message_id, "Cancel", seconds=0.2))
    (update,) = await told(bot, update)
    clock.now += 16
    assert update.callback_query is not None
    await refused(update.callback_query.answer(), "query is too old")
    with pytest.raises(AssertionError, match="nobody answered"):
        await late


async def test_too_much_at_a_time_is_refused_until_its_time(
    bot: Bot, telegram: BotApi, clock: Clock, ada: Person
) -> None:
    private = telegram.private(ada, started=True)
    for number in range(5):
        await bot.send_message(private.id, str(number))
    with pytest.raises(RetryAfter):
        await bot.send_message(private.id, "6")
    clock.now += 1
    sent = await bot.send_message(private.id, "6")
    with pytest.raises(RetryAfter):
        await sent.edit_text("7")
    group = telegram.group("Club")
    for number in range(20):
        await bot.send_message(group.id, str(number))
    clock.now += 30
    with pytest.raises(RetryAfter) as flood:
        await bot.send_message(group.id, "21")
    assert flood.value.retry_after == timedelta(seconds=30)
    assert len(telegram.floods) == 3


async def test_thirty_a_second_is_all_there_is(bot: Bot, telegram: BotApi, clock: Clock) -> None:
    chats = [telegram.private(telegram.person(str(number)), started=True) for number in range(31)]
    for chat in chats[:30]:
        await bot.send_message(chat.id, "x")
    with pytest.raises(RetryAfter):
        await bot.send_message(chats[30].id, "x")
    telegram.limits.per_second = None
    await bot.send_message(chats[30].id, "x")


async def test_chats_that_cannot_be_written_to(bot: Bot, telegram: BotApi, chat: Private, ada: Person) -> None:
    bea = telegram.person("Bea", username="bea")
    await refused(bot.send_message(4711, "x"), "chat not found")
    await refused(bot.send_message(telegram.private(bea).id, "x"), "can't initiate conversation", Forbidden)
    telegram.block(ada)
    await refused(bot.send_message(chat.id, "x"), "bot was blocked by the user", Forbidden)
    telegram.unblock(ada)
    await bot.send_message(chat.id, "x")
    chat.delete()
    await refused(bot.send_message(chat.id, "x"), "user is deactivated", Forbidden)
    group = telegram.group("Club", members=[ada], kind="group")
    new = group.migrate()
    with pytest.raises(ChatMigrated) as migrated:
        await bot.send_message(group.id, "x")
    assert migrated.value.new_chat_id == new.id
    await bot.send_message(new.id, "x")
    new.kick_bot(ada)
    await refused(bot.send_message(new.id, "x"), "bot was kicked from the supergroup chat", Forbidden)
    gone = telegram.group("Gone", kind="group")
    gone.delete()
    await refused(bot.send_message(gone.id, "x"), "the group chat was deleted", Forbidden)
    channel = telegram.channel("News", bot="member")
    await refused(bot.send_message(channel.id, "x"), "need administrator rights")


async def test_topics_are_there_open_closed_or_gone(bot: Bot, telegram: BotApi, ada: Person) -> None:
    forum = telegram.group("Forum", members=[ada], kind="forum")
    topic = forum.topic("Notes")
    question = forum.say(ada, text="/help", thread=topic)
    answer = await bot.send_message(forum.id, "x", reply_parameters=ReplyParameters(question))
    assert answer.message_thread_id == topic
    await refused(bot.send_message(forum.id, "x", message_thread_id=4711), "message thread not found")
    forum.close_topic(topic)
    await refused(bot.send_message(forum.id, "x", message_thread_id=topic), "TOPIC_CLOSED")
    forum.delete_topic(topic)
    await refused(bot.send_message(forum.id, "x", message_thread_id=topic), "message thread not found")
    plain = telegram.group("Club", members=[ada])
    await refused(bot.send_message(plain.id, "x", message_thread_id=1), "message thread not found")


async def test_a_reply_is_to_a_message_that_is_there(bot: Bot, chat: Private, ada: Person) -> None:
    hers = chat.say(ada, text="mine")
    await bot.send_message(chat.id, "x", reply_parameters=ReplyParameters(hers, quote="in"))
    assert chat.answers[0].reply_to == hers
    await refused(
        bot.send_message(chat.id, "x", reply_parameters=ReplyParameters(hers, quote="no")), "QUOTE_TEXT_INVALID"
    )
    chat.remove(hers)
    await refused(bot.send_message(chat.id, "x", reply_parameters=ReplyParameters(hers)), "to be replied not found")
    await bot.send_message(chat.id, "x", reply_parameters=ReplyParameters(hers, allow_sending_without_reply=True))
    assert chat.answers[1].reply_to is None


async def test_privacy_hides_what_is_not_for_the_bot(bot: Bot, telegram: BotApi, ada: Person) -> None:
    group = telegram.group("Club", members=[ada])
    group.say(ada, voice=b"OggS")
    group.say(ada, text="/help@other_bot")
    heard = [group.say(ada, text="/help"), group.say(ada, voice=b"OggS", caption="@earmark_test_bot please")]
    mine = await bot.send_message(group.id, "yes?")
    heard.append(group.say(ada, voice=b"OggS", reply_to=mine.message_id))
    telegram.reads_all = True
    heard.append(group.say(ada, voice=b"OggS"))
    telegram.reads_all = False
    group.add_bot(ada, "administrator")
    heard.append(group.say(ada, voice=b"OggS", sender_chat=group))
    messages = [update.message for update in await told(bot) if update.message]
    assert [message.message_id for message in messages] == heard
    assert messages[-1].sender_chat is not None
    assert (await bot.get_chat_member(group.id, bot.id)).status == "administrator"
    assert (await bot.get_me()).can_read_all_group_messages is False


async def test_a_channel_is_its_admins(bot: Bot, telegram: BotApi, ada: Person) -> None:
    channel = telegram.channel("News", admins=[ada])
    number = channel.post(voice=b"OggS", seconds=2)
    (update,) = await told(bot)
    assert update.channel_post is not None
    assert update.channel_post.from_user is None
    await bot.send_message(channel.id, "x", reply_to_message_id=number)
    assert [member.user.id for member in await bot.get_chat_administrators(channel.id)] == [ada.id, bot.id]


async def test_a_business_chat_is_answered_on_its_connection_alone(bot: Bot, telegram: BotApi, ada: Person) -> None:
    bea = telegram.person("Bea")
    business = telegram.business(bea)
    number = business.say(ada, voice=b"OggS", seconds=2)
    connected, written = await told(bot)
    assert connected.business_connection is not None
    assert written.business_message is not None
    assert written.business_message.business_connection_id == business.id
    await refused(bot.send_message(ada.id, "x", reply_to_message_id=number), "chat not found")
    await refused(bot.send_message(ada.id, "x", business_connection_id="?"), "business connection not found")
    sent = await bot.send_message(ada.id, "x", business_connection_id=business.id, reply_to_message_id=number)
    await bot.edit_message_text("y", ada.id, sent.message_id, business_connection_id=business.id)
    assert [message.text for message in business.chat(ada).answers] == ["y"]
    business.disconnect()
    await refused(bot.send_message(ada.id, "x", business_connection_id=business.id), "business connection not found")


async def test_a_guest_is_answered_once(bot: Bot, telegram: BotApi, ada: Person) -> None:
    club = telegram.group("Club", members=[ada], bot="left")
    note = club.say(ada, voice=b"OggS", seconds=2)
    telegram.guest_mention(ada, club, "@earmark_test_bot", reply_to=note)
    (update,) = await told(bot)
    guest = update.guest_message
    assert guest is not None
    assert guest.guest_query_id is not None
    assert guest.reply_to_message is not None
    assert guest.reply_to_message.voice is not None
    result = InlineQueryResultArticle("1", "Answer", InputTextMessageContent("soon"), reply_markup=CANCEL)
    sent = await bot.answer_guest_query(guest.guest_query_id, result)
    await bot.edit_message_text("done", inline_message_id=sent.inline_message_id)
    assert [message.text for message in club.answers] == ["done"]
    await refused(bot.answer_guest_query(guest.guest_query_id, result), "query is too old")


async def test_stars_are_paid_once_the_bot_agrees_and_given_back_once(
    bot: Bot, telegram: BotApi, chat: Private, ada: Person
) -> None:
    price = [LabeledPrice("Credit", 50)]

    async def invoice(payload: str = "credit", token: str = "", prices: list[LabeledPrice] = price) -> Message:
        return await bot.send_invoice(chat.id, "Credit", "For notes", payload, "XTR", prices, provider_token=token)

    await refused(invoice(payload="x" * 129), "INVOICE_PAYLOAD_INVALID")
    await refused(invoice(token="card"), "PAYMENT_PROVIDER_INVALID")
    await refused(invoice(prices=price * 2), "STARS_INVOICE_INVALID")
    sent = await invoice()
    paying = asyncio.create_task(asyncio.to_thread(telegram.pay, ada, chat, sent.message_id))
    (asked,) = await told(bot)
    assert asked.pre_checkout_query is not None
    await asked.pre_checkout_query.answer(ok=False, error_message="Closed today.")
    with pytest.raises(NotPaid, match="Closed today"):
        await paying
    paying = asyncio.create_task(asyncio.to_thread(telegram.pay, ada, chat, sent.message_id))
    (asked,) = await told(bot, asked)
    assert asked.pre_checkout_query is not None
    await asked.pre_checkout_query.answer(ok=True)
    charge = await paying
    (paid,) = await told(bot, asked)
    assert paid.message is not None
    assert paid.message.successful_payment is not None
    assert paid.message.successful_payment.telegram_payment_charge_id == charge
    await bot.refund_star_payment(ada.id, charge)
    await refused(bot.refund_star_payment(ada.id, charge), "CHARGE_ALREADY_REFUNDED")
    assert telegram.star_refunds == [charge]
    assert len((await bot.get_star_transactions()).transactions) == 2


async def test_a_bot_asks_where_it_is_and_leaves(bot: Bot, telegram: BotApi, chat: Private, ada: Person) -> None:
    club = telegram.group("Club", members=[ada])
    business = telegram.business(ada)
    assert (await bot.get_chat(club.id)).title == "Club"
    assert (await bot.get_chat(chat.id)).first_name == "Ada"
    assert (await bot.get_chat_member(chat.id, ada.id)).status == "member"
    assert (await bot.get_business_connection(business.id)).is_enabled
    assert await bot.send_chat_action(club.id, "typing")
    assert [action["chat_id"] for action in telegram.actions] == [club.id]
    await refused(bot.send_chat_action(club.id, "sleeping"), "wrong parameter action")
    await refused(bot.get_chat_administrators(chat.id), "no administrators in the private chat")
    await refused(bot.get_chat_member(club.id, 4711), "user not found")
    await bot.leave_chat(club.id)
    await refused(bot.get_chat(club.id), "not a member of the supergroup chat", Forbidden)
    assert await bot.send_message_draft(chat.id, 1, "so far")
    await refused(bot.send_message_draft(chat.id, 0, "so far"), "drafts have an id")
    assert telegram.drafts == [(chat.id, 1, "so far")]


async def test_commands_are_kept_by_scope_and_language(bot: Bot, telegram: BotApi, chat: Private) -> None:
    await bot.set_my_commands([BotCommand("help", "What I can do")], language_code="en")
    assert telegram.commands[('{"type": "default"}', "en")] == [("help", "What I can do")]
    assert [command.command for command in await bot.get_my_commands(language_code="en")] == ["help"]
    await refused(bot.set_my_commands([("Help", "x")]), "BOT_COMMAND_INVALID")
    await refused(bot.set_my_commands([("help", "x" * 257)]), "BOT_COMMAND_DESCRIPTION_INVALID")
    await refused(bot.set_my_commands([("help", "x")] * 101), "BOT_COMMANDS_TOO_MUCH")
    await refused(bot.set_my_commands([("help", "x")], scope=BotCommandScopeChat(4711)), "chat not found")


async def test_every_fault_happens_as_often_as_it_was_told(bot: Bot, telegram: BotApi, chat: Private) -> None:
    telegram.fail("sendMessage", CUT)
    telegram.fail("sendMessage", ANSWER_LOST)
    telegram.fail("sendMessage", BAD_GATEWAY)
    telegram.fail("sendMessage", GARBAGE)
    telegram.fail("sendMessage", wait_so_long(3))
    for text in ("cut", "lost", "gateway", "garbage", "flood"):
        with pytest.raises((NetworkError, RetryAfter, TelegramError)):
            await bot.send_message(chat.id, text)
    telegram.fail("sendMessage", Fault(slow=0.1), when=lambda asked: asked["text"] == "slow")
    await bot.send_message(chat.id, "quick")
    began = time.monotonic()
    await bot.send_message(chat.id, "slow")
    assert time.monotonic() - began >= 0.1
    assert [message.text for message in chat.answers] == ["lost", "garbage", "quick", "slow"]
    assert [call.status for call in telegram.called("sendMessage")] == [0, 200, 502, 200, 429, 200, 200]
    assert telegram.floods == []


async def test_nothing_gets_through_while_the_network_is_away(bot: Bot, telegram: BotApi, chat: Private) -> None:
    polling = asyncio.create_task(told(bot))
    await asyncio.sleep(0.05)
    telegram.offline = True
    await refused(polling, "", NetworkError)
    await refused(bot.send_message(chat.id, "x"), "", NetworkError)
    telegram.offline = False
    await bot.send_message(chat.id, "y")
    assert [message.text for message in chat.answers] == ["y"]


async def test_a_webhook_gets_every_update_in_order_until_it_takes_it(
    bot: Bot, telegram: BotApi, chat: Private, ada: Person
) -> None:
    got: list[tuple[str, bytes]] = []

    async def hooked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.partition("content-length: ")[2].partition("\r\n")[0])
        got.append((head, await reader.readexactly(length)))
        status = b"500 No" if len(got) == 1 else b"200 OK"
        writer.write(b"HTTP/1.1 " + status + b"\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    await refused(bot.set_webhook("http://example.com/"), "An HTTPS URL must be provided")
    async with await asyncio.start_server(hooked, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        await bot.set_webhook(f"http://127.0.0.1:{port}/hook", secret_token="made-up")
        await refused(bot.get_updates(), "webhook is active", Conflict)
        chat.say(ada, text="first")
        chat.say(ada, text="second")
        await telegram.eventually(lambda: not telegram.pending)
        await bot.delete_webhook()
    texts = [re.findall(rb'"text":"(\w+)"', body) for _, body in got]
    assert texts == [[b"first"], [b"first"], [b"second"]]
    assert all("x-telegram-bot-api-secret-token: made-up" in head for head, _ in got)


async def test_what_the_double_does_not_know_fails_the_test(bot: Bot, telegram: BotApi, chat: Private) -> None:
    await refused(bot.send_dice(chat.id), "", NetworkError)
    assert telegram.unexpected == ["this double has no sendDice"]
    with pytest.raises(AssertionError, match="sendDice"):
        telegram.check()
    telegram.unexpected.clear()


@described_only
@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"text": "x", "colour": "red"}, "sendMessage has no colour"),
        ({}, "sendMessage needs text"),
        ({"text": "x", "protect_content": "perhaps"}, "sendMessage.protect_content is no Boolean"),
        ({"text": "x", "link_preview_options": {"hidden": True}}, "link_preview_options has no hidden"),
        ({"text": "x", "reply_markup": {"inline_keyboard": [[{"label": "x"}]]}}, "inline_keyboard"),
        ({"text": "x", "entities": [{"type": "bold", "offset": 0}]}, "entities[0] needs length"),
    ],
)
async def test_calls_are_checked_against_the_description(
    telegram: BotApi, chat: Private, said: dict[str, Any], why: str
) -> None:
    async with httpx.AsyncClient() as client:
        url = f"{telegram.base_url}{telegram.token}/sendMessage"
        answer = await client.post(url, json={"chat_id": chat.id, **said})
        unknown = await client.get(f"{telegram.base_url}{telegram.token}/sendNonsense")
    assert answer.status_code == 400
    assert why in answer.json()["description"]
    assert unknown.status_code == 404
    assert telegram.unexpected
    telegram.unexpected.clear()


@described_only
async def test_the_double_itself_speaks_as_the_description_has_it(bot: Bot, telegram: BotApi, ada: Person) -> None:
    kinds = ["message", "edited_message", "channel_post", "business_message", "guest_message", "my_chat_member"]
    chat = telegram.private(ada)
    for kind in ("voice", "audio", "video", "video_note", "document", "animation", "photo"):
        chat.say(ada, **{kind: b"x"}, seconds=2, name="x.bin", mime="a/b", album="1", forwarded=True)  # type: ignore[arg-type]
    chat.edit(chat.say(ada, text="/start", external_reply={"voice": b"x"}), "/stop")
    telegram.block(ada)
    telegram.unblock(ada)
    group = telegram.group("Club", admins=[ada], kind="forum")
    group.add_bot(ada, "administrator")
    group.say(ada, text="x", thread=group.topic("Notes"), sender_chat=group)
    group.migrate()
    group.kick_bot()
    telegram.channel("News").post(voice=b"x")
    telegram.business(ada).say(ada, text="x")
    club = telegram.group("Other", members=[ada], bot="left")
    telegram.guest_mention(ada, club, "@earmark_test_bot", reply_to=club.say(ada, voice=b"x"))
    seen = list(telegram.updates.waiting)
    assert [misfit for update in seen for misfit in described().misfits("Update", update)] == []
    assert set(kinds) <= {kind for update in seen for kind in update}
    assert len(await bot.get_updates()) == len(seen)
    sent = await bot.send_document(chat.id, b"x", caption="<b>x</b>", parse_mode="HTML", reply_markup=CANCEL)
    assert described().misfits("Message", chat.message(sent.message_id).raw) == []
