"""Commands of users, and the buttons under the answers."""

import io
import json
import zipfile
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio

from bot.chat.button_rows import Action, ButtonData
from bot.chat.caller import RepliedTo
from bot.chat.command_table import COMMANDS
from bot.chat.replies import Notice, Overwrite, ShowAgain
from bot.chat.user_commands import ANSWERS, typed
from bot.people.retention import Kept
from tests.helpers.chat import DESK, OLGA, Chat, button, caller, in_group, in_server, labels, open_chat

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chat(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Chat]:
    async with open_chat(tmp_path_factory.mktemp("chat")) as chat:
        yield chat


async def test_every_command_has_an_answer_but_those_that_a_platform_answers_itself() -> None:
    assert {one.name for one in COMMANDS} - set(ANSWERS) == {"transcribe", "topup", "paysupport"}
    assert set(ANSWERS) <= {one.name for one in COMMANDS}


async def test_a_start_introduces_the_bot_by_its_name(chat: Chat) -> None:
    assert (await chat.said(caller(), "start")).page.text.startswith("Hello, I am Earmark.")


async def test_help_lists_what_can_be_used_here_and_operators_read_of_theirs(chat: Chat) -> None:
    private = (await chat.said(caller(), "help")).page.text
    assert "/usage: " in private
    assert "/setup" not in private
    assert "/topup" not in private, "nobody can pay here"
    assert "/credit" not in private
    assert "/credit" in (await chat.said(caller("110"), "help")).page.text
    group = (await chat.said(in_group(caller("110")), "help")).page.text
    assert "/settings" in group
    assert "/usage" not in group
    assert "/credit" not in group
    server = (await chat.said(in_server(caller(can=DESK)), "help")).page.text
    assert "/usage" in server
    assert "/setup" in server
    assert "/start" not in server


async def test_the_balance_is_the_callers_and_told_in_private_alone(chat: Chat) -> None:
    ada = caller()
    await chat.give(ada)
    assert (await chat.said(ada, "balance")).page.text == "$1.00 left.\nSpent: $0.00 this month, $0.00 in total."
    await chat.transcribed(ada)
    told = (await chat.said(ada, "balance")).page.text
    assert told.startswith("$0.8386 left.")
    assert "0:16 · done · $0.1614" in told
    refused = await chat.said(in_group(ada), "balance")
    assert refused.page.text == "That is private. Ask me in our own chat: @earmark_bot."


async def test_a_group_that_pays_for_itself_reads_its_own_balance(chat: Chat) -> None:
    paying = replace(chat, core=replace(chat.core, groups_pay=True))
    member = in_group(caller())
    await chat.give(member, 5)
    await chat.give(replace(member, account=member.group), 2)
    for asks in (member, replace(member, private=True)):
        assert (await paying.said(asks, "balance")).page.text.startswith("This group's account:\n$2.00 left.")


@pytest.mark.parametrize("command", ["usage", "jobs", "export", "forget", "unlink", "link"])
async def test_what_is_the_callers_alone_is_not_told_to_a_group(chat: Chat, command: str) -> None:
    refused = await chat.said(in_group(caller(), admin=True), command)
    assert "That is private" in refused.page.text
    assert refused.buttons == ()
    assert refused.page.file is None


async def test_usage_tells_what_was_spent_by_month(chat: Chat) -> None:
    ada = caller()
    assert (await chat.said(ada, "usage")).page.text == "Nothing yet."
    await chat.give(ada)
    await chat.transcribed(ada)
    assert "1 recording, 0:16, $0.1614" in (await chat.said(ada, "usage")).page.text


async def test_a_text_is_shown_once_more_from_the_list_of_jobs_to_its_owner_alone(chat: Chat) -> None:
    ada = caller()
    empty = await chat.said(ada, "jobs")
    assert (empty.page.text, empty.buttons) == ("Nothing yet.", ())
    await chat.give(ada)
    note = await chat.transcribed(ada)
    jobs = await chat.said(ada, "jobs")
    [label] = labels(jobs.buttons)
    assert label in jobs.page.text
    data = button(jobs.buttons, label)
    assert len(data.pack()) <= 64
    shown = await chat.pressed(ada, data)
    assert isinstance(shown, ShowAgain)
    assert (shown.result.note.id, shown.result.answer.charged) == (note.id, 161_400)
    assert await chat.pressed(caller(), data) == Notice("There is no text of this recording.")
    assert isinstance(await chat.pressed(in_group(ada), data), Notice), "others would read it"


@pytest.mark.parametrize("forged", ["", "no-note", "../x"])
async def test_no_text_is_shown_for_what_is_no_note(chat: Chat, forged: str) -> None:
    shown = await chat.pressed(caller(), ButtonData(Action.SHOW, argument=forged))
    assert shown == Notice("There is no text of this recording.")


async def test_cancel_is_about_the_callers_notes_of_this_chat_and_a_reply_about_one(chat: Chat) -> None:
    ada = caller()
    await chat.give(ada)
    chat.application.provider.free.clear()
    first, second = [await chat.recorded(ada, message=message) for message in ("m1", "m2")]
    elsewhere = await chat.recorded(ada, chat="elsewhere")
    theirs = await chat.recorded(caller())
    here = replace(ada, chat="chat")
    reply = replace(here, replied_to=RepliedTo("m2", "not posted"))
    assert (await chat.said(reply, "cancel")).page.text.splitlines()[0] == "Cancelling 1 recording."
    other = replace(here, replied_to=RepliedTo("m9", "not posted"))
    assert (await chat.said(other, "cancel")).page.text == "There is nothing to cancel."
    notes = chat.application.service.core.notes
    cancelled = {one.id: await notes.cancel_requested(one.id) for one in (first, second, elsewhere, theirs)}
    assert [one for one, is_cancelled in cancelled.items() if is_cancelled] == [second.id]
    assert "Cancelling" in (await chat.said(here, "cancel")).page.text
    assert not await notes.cancel_requested(elsewhere.id)
    await chat.said(ada, "cancel")
    assert await notes.cancel_requested(elsewhere.id)
    assert not await notes.cancel_requested(theirs.id)
    chat.application.provider.free.set()
    for note in (first, second, elsewhere, theirs):
        await chat.application.end_of(note)


async def test_a_reply_to_a_message_that_was_posted_for_a_note_is_about_that_note(chat: Chat) -> None:
    ada = caller()
    await chat.give(ada)
    chat.application.provider.free.clear()
    note = await chat.recorded(ada)
    await chat.core.posted.keep(note.id, "again", "folder:77")
    reply = replace(ada, replied_to=RepliedTo("77", "folder:77"))
    assert (await chat.said(reply, "cancel")).page.text.splitlines()[0] == "Cancelling 1 recording."
    chat.application.provider.free.set()
    await chat.application.end_of(note)


async def test_an_export_is_a_file_unless_it_is_larger_than_can_be_sent(chat: Chat) -> None:
    ada = caller()
    await chat.give(ada)
    await chat.transcribed(ada)
    told = await chat.said(ada, "export")
    assert told.page.file is not None
    assert told.page.file.name == "earmark-export.zip"
    with zipfile.ZipFile(io.BytesIO(told.page.file.data)) as archive:
        assert len(json.loads(archive.read("notes.json"))) == 1
    assert "with 1 recording" in told.page.text
    cramped = replace(ada, can=replace(ada.can, largest_file=10))
    refused = await chat.said(cramped, "export")
    assert refused.page.file is None
    assert "does not fit into a file of 0 MB" in refused.page.text


async def test_forgetting_asks_first_and_the_answer_takes_the_questions_place(chat: Chat) -> None:
    ada = caller()
    await chat.give(ada)
    await chat.transcribed(ada)
    asked = await chat.said(ada, "forget")
    assert asked.page.text.endswith("Erase all?")
    assert len(await chat.core.notes.recent(5, await chat.core.people.identities(ada.account))) == 1
    done = await chat.pressed(ada, button(asked.buttons, "Erase all"))
    assert isinstance(done, Overwrite)
    assert (done.page.text, done.buttons) == ("Erased, with 1 recording.", ())
    assert await chat.core.notes.recent(5, await chat.core.people.identities(ada.account)) == []


async def test_operators_are_obeyed_in_private_alone_and_once_for_one_request(chat: Chat) -> None:
    ada, olga = caller(), caller("110")
    command = f"credit {ada.account} 5"
    for refused in (ada, in_group(olga, admin=True)):
        assert "Only operators can do that" in (await chat.said(refused, command)).page.text
    assert olga.account == OLGA
    for _ in range(2):
        assert "$5.00 added" in (await chat.said(olga, command)).page.text
    assert (await chat.core.statements.balance(ada.account)).balance == 5_000_000
    table = (await chat.said(olga, "spend csv")).page.file
    assert table is not None
    assert table.name.endswith(".csv")


@pytest.mark.parametrize("action", [Action.BACK, Action.TOPUP, Action.FILE, Action.AGREE])
async def test_a_press_that_is_about_nothing_known_is_told_so(chat: Chat, action: Action) -> None:
    told = await chat.pressed(caller(), ButtonData(action, argument="1"))
    assert told == Notice("This button is out of date. Please ask again.")


@pytest.mark.parametrize("action", [Action.FORGET, Action.LINK, Action.UNLINK])
async def test_nothing_of_a_users_own_is_done_from_a_group(chat: Chat, action: Action) -> None:
    ada = caller()
    await chat.give(ada)
    await chat.transcribed(ada)
    assert isinstance(await chat.pressed(in_group(ada, admin=True), ButtonData(action)), Notice)
    assert len(await chat.core.notes.recent(5, await chat.core.people.identities(ada.account))) == 1


async def test_privacy_tells_what_is_kept_for_how_long_and_how_it_is_erased(chat: Chat) -> None:
    told = (await chat.said(caller(), "privacy")).page.text
    assert "Transcripts are kept until you erase them." in told
    assert "/forget erases it at once." in told
    kept = Kept(transcripts=timedelta(days=30), names=timedelta(days=1))
    limited = replace(chat, core=replace(chat.core, kept=kept))
    told = (await limited.said(in_group(caller()), "privacy")).page.text
    assert "Transcripts are deleted after 30 days." in told
    assert "loses your name after 1 day." in told
    assert "Recordings may be sent to " in told


async def test_an_operator_s_command_is_answered_as_text_to_operators_alone(chat: Chat) -> None:
    olga = caller("110")
    command = await typed(chat.core, olga.account, "/spend")
    assert command is not None
    assert "$0.00 lost" in (await command.answer(chat.core, olga)).page.text
    late = await command.answer_late(chat.core, olga)
    assert late.page.text == "I was away when you sent /spend. If it is not done, send it again."
    for asks, said in (
        (caller(), "/spend"),
        (caller("110"), "spend"),
        (caller("110"), "/balance"),
        (caller("110"), ""),
    ):
        assert await typed(chat.core, asks.account, said) is None
