"""Commands and settings on Telegram, through the real library and a strict Bot API."""

import asyncio
import io
import json
import zipfile
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from bot.domain.billing import Plan
from bot.domain.money import Micros
from bot.locales import locales
from bot.settings import Settings
from tests.doubles.telegram.server import BotApi, Chat, NotPaid, Person, Private
from tests.doubles.telegram.wire import Fault
from tests.helpers.settings import changed
from tests.helpers.telegram import BOT, SAID, TelegramRig, forged, on_telegram, telegram_rig


@pytest.fixture
async def rig(telegram: BotApi, settings: Settings) -> AsyncIterator[TelegramRig]:
    olga = telegram.person("Olga", language="en")
    telegram.private(olga, started=True)
    owners = f"telegram:{olga.id}"
    prepaid = on_telegram(settings, telegram, plan=Plan.PREPAID, ask_above="", telegram_star="0.013", owners=owners)
    async with telegram_rig(telegram, prepaid) as rig:
        yield rig


def _has_answers(chat: Chat, number: int) -> bool:
    return len(chat.answers) >= number


async def told(rig: TelegramRig, chat: Private, person: Person, words: str) -> str:
    """Return the bot's answer."""
    before = len(chat.answers)
    chat.say(person, text=words)
    await rig.telegram.eventually(lambda: len(chat.answers) > before)
    return chat.answers[-1].text


async def test_a_start_says_who_i_am_and_what_to_do(rig: TelegramRig, chat: Private, ada: Person) -> None:
    assert "Send or forward me a voice message" in await told(rig, chat, ada, "/start")
    helped = await told(rig, chat, ada, "/help")
    assert "/transcribe: Transcribe a voice message or a link" in helped
    assert "/topup" in helped


async def test_the_balance_tells_what_is_left_and_the_latest_recordings(
    rig: TelegramRig, chat: Private, ada: Person, voice: Path
) -> None:
    await rig.service.core.ledger.credit(f"telegram:{ada.id}", Micros(1_000_000), "first")
    chat.say(ada, voice=voice)
    await rig.answers(chat)
    balance = await told(rig, chat, ada, "/balance")
    assert "$0.8386 left." in balance
    assert "Spent: $0.1614 this month" in balance
    assert "0:16 · done · $0.1614" in balance
    usage = await told(rig, chat, ada, "/usage")
    assert "1 recording, 0:16, $0.1614" in usage
    assert "0:16 · done · $0.1614" in await told(rig, chat, ada, "/jobs")


async def test_a_text_can_be_had_once_more_from_the_list_of_jobs_by_its_owner_alone(
    rig: TelegramRig, telegram: BotApi, chat: Private, ada: Person, voice: Path
) -> None:
    await rig.service.core.ledger.credit(f"telegram:{ada.id}", Micros(1_000_000), "first")
    assert await told(rig, chat, ada, "/jobs") == "Nothing yet."
    chat.say(ada, voice=voice)
    await rig.answers(chat)
    await told(rig, chat, ada, "/jobs")
    jobs = chat.answers[-1]
    [[one]] = jobs.buttons
    await asyncio.to_thread(telegram.press, ada, chat, jobs.id, one.label)
    (*_, again) = await rig.answers(chat, number=2)
    assert "TXT" in again.labels
    await asyncio.to_thread(telegram.press, ada, chat, again.id, "TXT")
    assert chat.answers[-1].document is not None
    mallory = telegram.person("Mallory", language="en")
    hers = telegram.private(mallory, started=True)
    await told(rig, hers, mallory, "/help")
    notice = await forged(telegram, mallory, hers, hers.answers[-1].id, one.data)
    assert notice == "There is no text of this recording."
    assert len(hers.answers) == 1


async def test_a_text_of_a_group_is_shown_once_more_without_buttons_whose_files_would_go_there(
    rig: TelegramRig, telegram: BotApi, chat: Private, ada: Person, voice: Path
) -> None:
    await rig.service.core.ledger.credit(f"telegram:{ada.id}", Micros(1_000_000), "first")
    group = telegram.group("Club", members=[ada])
    group.say(ada, text=f"/transcribe@{BOT}", reply_to=group.say(ada, voice=voice))
    await rig.answers(group)
    await told(rig, chat, ada, "/jobs")
    jobs = chat.answers[-1]
    await asyncio.to_thread(telegram.press, ada, chat, jobs.id, jobs.labels[0])
    (*_, again) = await rig.answers(chat)
    assert again.labels == []


async def test_a_text_that_came_as_a_file_is_shown_once_more_as_a_file(
    rig: TelegramRig, telegram: BotApi, chat: Private, ada: Person, voice: Path
) -> None:
    await rig.service.core.ledger.credit(f"telegram:{ada.id}", Micros(1_000_000), "first")
    await told(rig, chat, ada, "/format srt")
    chat.say(ada, voice=voice)
    await telegram.eventually(lambda: chat.answers[-1].document is not None)
    await told(rig, chat, ada, "/jobs")
    jobs = chat.answers[-1]
    await asyncio.to_thread(telegram.press, ada, chat, jobs.id, jobs.labels[0])
    document = chat.answers[-1].document
    assert document is not None
    assert document.content.startswith(b"1\n00:00:00,000 -->")


async def test_what_is_between_the_two_of_us_is_not_told_in_a_group(
    rig: TelegramRig, telegram: BotApi, ada: Person
) -> None:
    group = telegram.group("Club", members=[ada])
    for number, command in enumerate(("/balance", "/usage", "/export", "/forget", "/topup"), 1):
        group.say(ada, text=f"{command}@{BOT}")
        await telegram.eventually(partial(_has_answers, group, number))
        assert "That is private" in group.answers[-1].text


async def test_a_setting_is_chosen_by_a_button_and_holds_for_the_next_note(
    rig: TelegramRig, telegram: BotApi, chat: Private, ada: Person
) -> None:
    await told(rig, chat, ada, "/settings")
    menu = chat.answers[-1]
    await asyncio.to_thread(telegram.press, ada, chat, menu.id, "Language")
    assert "Language: automatic (default)" in chat.message(menu.id).text
    pressed = await asyncio.to_thread(telegram.press, ada, chat, menu.id, "Spanish")
    assert pressed.text == "Language: Spanish (your choice)"
    assert "Language: Spanish (your choice)" in chat.message(menu.id).text
    await asyncio.to_thread(telegram.press, ada, chat, menu.id, "Language")
    await asyncio.to_thread(telegram.press, ada, chat, menu.id, "Default")
    assert "Language: automatic (default)" in chat.message(menu.id).text


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("/language russian", "Language: Russian (your choice)"),
        ("/language Klingon", "There is no language 'Klingon'"),
        ("/model paid-later", "Model: paid-later (your choice)"),
        ("/model <b>", "There is no model '<b>'"),
        ("/speakers on", "Speakers: told apart (your choice)"),
        ("/language", "Language: automatic (default)"),
    ],
)
async def test_a_setting_is_chosen_by_its_command(
    rig: TelegramRig, chat: Private, ada: Person, words: str, answer: str
) -> None:
    assert answer in await told(rig, chat, ada, words)


async def test_only_those_who_run_a_group_change_its_settings(rig: TelegramRig, telegram: BotApi, ada: Person) -> None:
    bea = telegram.person("Bea")
    group = telegram.group("Club", members=[ada], admins=[bea])
    group.say(ada, text=f"/settings@{BOT}")
    await telegram.eventually(lambda: bool(group.answers))
    menu = group.answers[-1].id
    refused = await asyncio.to_thread(telegram.press, ada, group, menu, "Voice messages here")
    assert refused.text == "Only admins of this group may change that."
    await asyncio.to_thread(telegram.press, bea, group, menu, "Voice messages here")
    await asyncio.to_thread(telegram.press, bea, group, menu, "all")
    assert "Voice messages here: all (chosen for this chat)" in group.message(menu).text


async def test_an_export_is_a_file_of_one_s_own(rig: TelegramRig, chat: Private, ada: Person, voice: Path) -> None:
    await rig.service.core.ledger.credit(f"telegram:{ada.id}", Micros(1_000_000), "first")
    chat.say(ada, voice=voice)
    await rig.answers(chat)
    await told(rig, chat, ada, "/export")
    document = chat.answers[-1].document
    assert document is not None
    with zipfile.ZipFile(io.BytesIO(document.content)) as archive:
        assert len(json.loads(archive.read("notes.json"))) == 1
        assert any(SAID in archive.read(name).decode() for name in archive.namelist())


async def test_forgetting_asks_first(rig: TelegramRig, telegram: BotApi, chat: Private, ada: Person) -> None:
    await told(rig, chat, ada, "/language es")
    assert "Erase all?" in await told(rig, chat, ada, "/forget")
    await asyncio.to_thread(telegram.press, ada, chat, chat.answers[-1].id, "Erase all")
    assert chat.answers[-1].text == "There was nothing to erase."
    assert "(default)" in await told(rig, chat, ada, "/language")


async def test_a_voice_is_learned_from_a_voice_note_of_ones_own_and_never_from_a_forwarded_one(
    rig: TelegramRig, telegram: BotApi, chat: Private, ada: Person, voice: Path
) -> None:
    assert "To name you Ada" in await told(rig, chat, ada, "/voice Ada")
    await asyncio.to_thread(telegram.press, ada, chat, chat.answers[-1].id, "I agree")
    chat.say(ada, voice=voice, forwarded=True)
    chat.say(ada, audio=voice, name="a.ogg")
    refused = "Files and forwarded messages are not taken"
    await telegram.eventually(lambda: sum(refused in seen.text for seen in chat.answers) == 2)
    chat.say(ada, voice=voice)
    await telegram.eventually(lambda: "Your voice is known." in chat.answers[-1].text, 30)


async def test_cancel_gives_up_what_one_waits_for(rig: TelegramRig, chat: Private, ada: Person, voice: Path) -> None:
    await rig.service.core.ledger.credit(f"telegram:{ada.id}", Micros(1_000_000), "first")
    rig.provider.free.clear()
    chat.say(ada, voice=voice)
    await rig.provider.busy.wait()
    answer = await told(rig, chat, ada, "/cancel")
    assert answer.splitlines() == [
        "Cancelling 1 recording.",
        "Already paid, also without the text: $0.1614. /jobs shows it to you alone.",
    ]
    rig.provider.free.set()
    await rig.answers(chat, text="Cancelled. It was already paid: $0.1614. Only you can read the text: /jobs.")
    assert await told(rig, chat, ada, "/cancel") == "There is nothing to cancel."
    assert await rig.service.core.ledger.statements.holds_open() == []


async def test_commands_are_shown_by_kind_of_chat_and_by_language(rig: TelegramRig, telegram: BotApi) -> None:
    await telegram.eventually(lambda: len(telegram.commands) == 16)
    shown = {
        (json.loads(scope)["type"], language): dict(queries) for (scope, language), queries in telegram.commands.items()
    }
    assert shown["all_private_chats", ""]["balance"] == "What is left to spend"
    assert shown["all_private_chats", "de"]["balance"] == "Was noch ausgegeben werden kann"
    assert "settings" in shown["all_chat_administrators", ""]
    assert "settings" not in shown["all_group_chats", ""]
    assert "topup" in shown["all_private_chats", "ru"]
    assert "credit" in shown["chat", "es"]
    assert "credit" not in shown["all_private_chats", "es"]


async def test_a_refused_list_is_told_once_with_its_field_and_the_others_are_shown(
    telegram: BotApi, settings: Settings
) -> None:
    telegram.fail("setMyCommands", Fault(400, "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID"))
    with capture_logs() as logs:
        async with telegram_rig(telegram, on_telegram(settings, telegram)) as rig:
            await telegram.eventually(lambda: len(telegram.commands) == 11)
            await telegram.eventually(lambda: any("refused" in line["event"] for line in logs))
            await telegram.eventually(lambda: rig.report.state.away_since is None)
            found = (await rig.service.readiness.check())["telegram"]
    [line] = [line for line in logs if line["event"] == "telegram_commands_refused"]
    assert line["detail"].casefold() == f"all_private_chats, {locales()[0]}: bot_command_description_invalid"
    assert not [line for line in logs if line["event"] == "telegram_not_reached"]
    assert "commands not synced" in found


async def test_an_answer_of_a_proxy_is_no_refusal_of_commands(telegram: BotApi, settings: Settings) -> None:
    telegram.fail("setMyCommands", Fault(400, body=b"<html>Bad Request</html>"))
    with capture_logs() as logs:
        async with telegram_rig(telegram, on_telegram(settings, telegram)) as rig:
            await telegram.eventually(lambda: len(telegram.commands) == 12)
            await telegram.eventually(lambda: rig.report.state.commands_synced)
    assert not [line for line in logs if line["event"] == "telegram_commands_refused"]


async def test_telegram_is_told_only_what_changed_and_a_description_of_the_operator_s_stays(
    telegram: BotApi, settings: Settings
) -> None:
    telegram.descriptions["short_description", "de"] = "Von Olga"
    for _ in range(2):
        async with telegram_rig(telegram, on_telegram(settings, telegram)):
            await telegram.eventually(lambda: len(telegram.descriptions) == 8)
            await telegram.eventually(lambda: telegram.called("getMyShortDescription"))
    told = ("setMyCommands", "setMyDescription", "setMyShortDescription")
    assert [len(telegram.called(method)) for method in told] == [12, 4, 3]
    assert telegram.descriptions["short_description", "de"] == "Von Olga"
    assert telegram.descriptions["description", ""].startswith("I turn voice messages into text.")


async def test_an_unknown_command_gets_a_hint_in_a_group_only_if_it_is_for_this_bot(
    rig: TelegramRig, telegram: BotApi, chat: Private, ada: Person
) -> None:
    for command in ("/balanse", "/privasy"):
        assert await told(rig, chat, ada, command) == f"I do not know {command}. /help shows all that I can do."
    group = telegram.group("Club", members=[ada], bot="administrator")
    group.say(ada, text="/balanse")
    group.say(ada, text="/balanse@another_bot")
    asked = group.say(ada, text=f"/balanse@{BOT}")
    await telegram.eventually(lambda: bool(group.answers))
    await rig.idle()
    assert [(one.reply_to, one.text[:23]) for one in group.answers] == [(asked, "I do not know /balanse.")]


async def test_who_runs_the_service_gives_credit_and_sees_what_was_spent_and_nobody_else_does(
    rig: TelegramRig, telegram: BotApi, chat: Private, ada: Person, voice: Path
) -> None:
    account = f"telegram:{ada.id}"
    olga = next(one for one in telegram.people.values() if one.name == "Olga")
    private = telegram.private(olga, started=True)
    for command in ("/spend", f"/credit {account} 5"):
        assert "Only operators can do that" in await told(rig, chat, ada, command)
    assert f"$5.00 added: {account} has $5.00" in await told(rig, private, olga, f"/credit {account} 5")
    for wrong in ("/credit", f"/credit {account} -1", f"/credit {account} nan", "/credit house:loss 5"):
        assert "Send the account" in await told(rig, private, olga, wrong)
    chat.say(ada, voice=voice)
    await rig.answers(chat)
    assert f"{account}: 1 recording, $0.1614" in await told(rig, private, olga, "/spend")
    assert "Send a month" in await told(rig, private, olga, "/spend last")
    assert "/credit" in await told(rig, private, olga, "/help")
    assert "/credit" not in await told(rig, chat, ada, "/help")


async def test_stars_become_a_balance_once(rig: TelegramRig, telegram: BotApi, chat: Private, ada: Person) -> None:
    assert "How much" in await told(rig, chat, ada, "/topup")
    await asyncio.to_thread(telegram.press, ada, chat, chat.answers[-1].id, "⭐ 100 → $1.30")
    invoice = chat.answers[-1].id
    await asyncio.to_thread(telegram.pay, ada, chat, invoice)
    await telegram.eventually(lambda: "Thank you. $1.30 was added. You have $1.30 to spend." in chat.answers[-1].text)
    telegram.repeat_updates(5)
    await rig.idle()
    balance = await rig.service.core.ledger.statements.balance(f"telegram:{ada.id}")
    assert balance.balance == 1_300_000
    assert await rig.service.core.ledger.audit() == []


async def test_an_invoice_of_another_is_not_checked_out(
    rig: TelegramRig, telegram: BotApi, chat: Private, ada: Person
) -> None:
    bea = telegram.person("Bea")
    await told(rig, chat, ada, "/topup")
    await asyncio.to_thread(telegram.press, ada, chat, chat.answers[-1].id, "⭐ 50 → $0.65")
    invoice = chat.answers[-1].id

    with pytest.raises(NotPaid, match="has expired"):
        await asyncio.to_thread(telegram.pay, bea, chat, invoice)
    assert telegram.charges == {} or not telegram.charges


async def test_a_rate_that_changed_since_the_invoice_is_not_paid(
    telegram: BotApi, settings: Settings, ada: Person, chat: Private
) -> None:
    prepaid = on_telegram(settings, telegram, plan=Plan.PREPAID, telegram_star="0.013")
    async with telegram_rig(telegram, prepaid) as rig:
        await told(rig, chat, ada, "/topup")
        await asyncio.to_thread(telegram.press, ada, chat, chat.answers[-1].id, "⭐ 100 → $1.30")
        invoice = chat.answers[-1].id
    async with telegram_rig(telegram, changed(prepaid, telegram_star="0.001")):
        with pytest.raises(NotPaid, match="has expired"):
            await asyncio.to_thread(telegram.pay, ada, chat, invoice)


async def test_who_asks_about_a_payment_hears_the_address_to_write_to(
    telegram: BotApi, settings: Settings, ada: Person, chat: Private
) -> None:
    async with telegram_rig(telegram, on_telegram(settings, telegram, support="pay@example.org")) as rig:
        assert "write to pay@example.org" in await told(rig, chat, ada, "/paysupport")


async def test_never_to_be_asked_can_be_chosen(rig: TelegramRig, telegram: BotApi, chat: Private, ada: Person) -> None:
    await told(rig, chat, ada, "/settings")
    menu = chat.answers[-1].id
    await asyncio.to_thread(telegram.press, ada, chat, menu, "Ask before spending")
    pressed = await asyncio.to_thread(telegram.press, ada, chat, menu, "never")
    assert pressed.text == "Ask before spending: never (your choice)"


async def test_who_has_a_hundred_recordings_waiting_is_asked_to_wait(
    rig: TelegramRig, chat: Private, ada: Person, voice: Path
) -> None:
    row = (
        "INSERT INTO note (id, platform, bot, chat, message, account, media, options, details, state, created_at) "
        "VALUES (:id, 'elsewhere', 'b', 'c', :id, :account, '{}', '{}', '{}', 'accepted', '2026-11-01T00:00:00+00:00')"
    )
    async with rig.service.core.db.writing() as connection:
        for number in range(100):
            await connection.execute(sa.text(row), {"id": str(number), "account": f"telegram:{ada.id}"})
    chat.say(ada, voice=voice)
    await rig.telegram.eventually(lambda: bool(chat.answers))
    assert chat.answers[-1].text.startswith("100 of your recordings are waiting")
    assert rig.provider.calls() == []
