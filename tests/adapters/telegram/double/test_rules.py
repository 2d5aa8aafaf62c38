"""The double of Telegram's Bot API is strict: the real library against every family of its rules."""

import asyncio
from pathlib import Path

import httpx
import pytest
from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaDocument,
    MessageEntity,
)
from telegram.error import Conflict, NetworkError

from tests.doubles.telegram.server import (
    DOWNLOAD,
    BotApi,
    Fault,
    Person,
    Private,
)
from tests.doubles.telegram.text import Marked, marked, units
from tests.helpers.telegram_double import CANCEL, Clock, library, refused, told

FAMILY = "\N{MAN}\N{ZERO WIDTH JOINER}\N{WOMAN}\N{ZERO WIDTH JOINER}\N{GIRL}"


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
