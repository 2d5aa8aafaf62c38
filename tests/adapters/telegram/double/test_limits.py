"""The double of Telegram: limits, and what it refuses."""

import asyncio
import re
import time
from datetime import timedelta
from typing import Any

import httpx
import pytest
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeChat,
    InlineQueryResultArticle,
    InputTextMessageContent,
    LabeledPrice,
    Message,
    ReplyParameters,
)
from telegram.error import ChatMigrated, Conflict, Forbidden, NetworkError, RetryAfter, TelegramError

from tests.doubles.telegram.server import (
    ANSWER_LOST,
    BAD_GATEWAY,
    CUT,
    GARBAGE,
    BotApi,
    Fault,
    NotPaid,
    Person,
    Private,
    wait_so_long,
)
from tests.doubles.telegram.spec import described
from tests.helpers.telegram_double import CANCEL, Clock, refused, told

described_only = pytest.mark.skipif(not described(), reason="the description of the Bot API is not there")


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
