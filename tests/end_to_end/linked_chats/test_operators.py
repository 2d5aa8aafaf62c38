"""Operator commands in the chats of both platforms."""

import pytest

from bot.people.access import Access
from bot.people.preferences import Choice, Mode
from tests.helpers.discord import plain as without_markup
from tests.helpers.linked_chats import VOICE, Chats
from tests.helpers.services import PRICE
from tests.helpers.telegram import BOT, SAID

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("platform", ["telegram", "discord"])
async def test_operators_are_obeyed_in_their_own_chat(chats: Chats, platform: str) -> None:
    ada, chat = chats.ada()
    account = f"telegram:{ada.id}"
    await chats.give(account, 1_000_000)
    chat.say(ada, voice=VOICE)
    await chats.telegram.eventually(lambda: any(SAID in seen.text for seen in chat.answers), 20)
    await chats.idle()
    own = chats.telegram.private(chats.operator)
    dm = chats.discord.dm(chats.moderator)

    async def does(name: str, **filled: str) -> str:
        words = " ".join(["/" + name, *filled.values()])
        if platform == "discord":  # no list there shows them: they are written
            return await chats.typed(chats.moderator, dm, words)
        return await chats.asked(chats.operator, own, words)

    note_id = (await chats.core.notes.recent(1, await chats.core.people.identities(account)))[0].note_id
    assert note_id[:8] in await does("queue")
    assert await does("refund", what=note_id[:8]) == "$0.1614 refunded."
    assert (await does("refund", what=account, amount="0.25")).startswith("$0.25 paid out")
    assert await does("credit", account=account, amount="1") == f"$1.00 added: {account} has $1.75 to spend."
    assert (await does("refund", what=account, amount="99")).startswith("$99.00 cannot be refunded")
    assert f"{account} has $10.00 a month" in await does("allowance", account=account, monthly="10", daily="1")
    assert "has the default allowance again" in await does("allowance", account=account, monthly="default")
    assert (await does("block", account=account)).startswith(
        f"{account} and all users who share this account can no longer use"
    )
    assert (await chats.asked(ada, chat, "/topup")).startswith("You have no access to this service")
    assert (await does("unblock", account=account)).startswith(f"{account} is treated like everybody else")
    assert await does("allow", account=account) == f"{account} can use this service."
    assert await does("role", account=account, role="operator") == f"{account} is an operator."
    assert "/refund" in await chats.asked(ada, chat, "/help")
    assert "Only the owners named in the settings" in await chats.asked(ada, chat, f"/role {account} user")
    assert await does("role", account=account, role="user") == f"{account} is a user."
    assert (await does("spend")).split(": ")[1].startswith("$")
    assert await does("resume") == "Recordings were accepted already."


async def test_nobody_else_is_obeyed_and_nobody_in_a_group(chats: Chats) -> None:
    ada, chat = chats.ada()
    adas = chats.discord.person("Ada")
    for name in ("refund", "allowance", "allow", "block", "unblock", "role", "pause", "resume", "queue"):
        assert "Only operators can do that" in await chats.asked(ada, chat, f"/{name} telegram:1 operator")
    hint = await chats.typed(adas, chats.discord.dm(adas), "/pause")
    assert hint.endswith("See /help for more."), "Discord's users do not even read that there is such a command"
    group = chats.telegram.group("Club", members=[chats.operator])
    assert "Only operators can do that" in await chats.asked(chats.operator, group, f"/pause@{BOT}")
    assert await chats.core.admission.paused() is None


async def test_a_pause_takes_nothing_new_and_says_why(chats: Chats) -> None:
    ada, chat = chats.ada()
    adas = chats.discord.person("Ada")
    await chats.give(f"telegram:{ada.id}", 1_000_000)
    own, dm = chats.telegram.private(chats.operator), chats.discord.dm(adas)
    told = await chats.asked(chats.operator, own, "/pause Back at eight.")
    assert told == "Paused: no new recordings are accepted. None is in work."
    for _ in range(2):
        chat.say(ada, voice=VOICE)
        dm.say(adas, voice=VOICE, seconds=16)
    sentence = "This service takes no new recordings for now. Back at eight."
    await chats.telegram.eventually(lambda: chat.answers)
    await chats.discord.eventually(lambda: dm.answers)
    assert "Your settings" in await chats.asked(ada, chat, "/settings"), "all else is there"
    assert [seen.text for seen in chat.answers[:-1]] == [sentence], "and it is not said under each"
    use = adas.slash("transcribe", dm, file=VOICE)
    await chats.discord.eventually(lambda: use.response and "Back at eight" in use.response.text)
    assert [without_markup(seen.text) for seen in dm.answers if not seen.flags & 64] == [sentence]
    assert await chats.asked(chats.operator, own, "/resume") == "Recordings are accepted again."
    chat.say(ada, voice=VOICE)
    await chats.telegram.eventually(lambda: any(SAID in seen.text for seen in chat.answers), 20)
    await chats.idle()


async def test_a_yes_to_a_price_is_worth_nothing_while_nothing_is_taken_or_who_says_it_is_out(chats: Chats) -> None:
    ada, chat = chats.ada()
    adas = chats.discord.person("Ada")
    dm, accounts = chats.discord.dm(adas), (f"telegram:{ada.id}", f"discord:{adas.id}")
    for account in accounts:
        await chats.give(account, 1_000_000)
        await chats.core.preferences.choose(account, Choice.ASK_ABOVE, "0.05")
    chat.say(ada, voice=VOICE)
    dm.say(adas, voice=VOICE, seconds=16)
    label = "Transcribe for $0.1614"
    await chats.telegram.eventually(lambda: any(label in seen.labels for seen in chat.answers), 20)
    await chats.discord.eventually(lambda: any(label in seen.buttons for seen in dm.answers), 20)
    question = next(seen for seen in dm.answers if label in seen.buttons)

    async def yes() -> list[str]:
        there = await chats.answered(adas.press(question, label))
        return [await chats.press(ada, chat, label), there.content]

    await chats.core.admission.pause("Back at eight.")
    assert await yes() == ["This service takes no new recordings for now. Back at eight."] * 2
    await chats.core.admission.resume()
    for account in accounts:
        await chats.core.people.decide(account, Access.BLOCKED)
    assert await yes() == ["You have no access to this service. Ask its operator."] * 2
    assert [await chats.available(account) for account in accounts] == [1_000_000] * 2
    for account in accounts:
        await chats.core.people.decide(account, None)
    assert await yes() == ["OK, transcribing."] * 2
    await chats.telegram.eventually(lambda: SAID in chat.answers[-1].text, 20)
    await chats.discord.eventually(lambda: any(SAID in seen.text for seen in dm.answers), 20)
    await chats.idle()


async def test_who_is_blocked_is_told_so_where_they_ask_and_passed_over_elsewhere(chats: Chats) -> None:
    eve, chat = chats.ada("Eve")
    eves, gus = chats.discord.person("Eve"), chats.discord.person("Gus")
    group = chats.telegram.group("Club", members=[eve], bot="administrator")
    guild = chats.discord.guild("Home", owner=gus)
    guild.join(eves)
    channel = guild.channel("talk")
    for account in (f"telegram:{eve.id}", f"discord:{eves.id}"):
        await chats.core.people.decide(account, Access.BLOCKED)
    for owner in (f"telegram:{group.id}", f"discord:channel:{channel.id}"):
        await chats.core.preferences.choose(owner, Choice.MODE, Mode.AUTO.value)
    sentence = "You have no access to this service. Ask its operator."
    recording = group.say(eve, voice=VOICE)
    assert (await chats.asked(eve, group, f"/transcribe@{BOT}")).startswith("Reply to a message with audio")
    assert len(group.answers) == 1
    group.say(eve, text=f"/transcribe@{BOT}", reply_to=recording)
    await chats.telegram.eventually(lambda: group.answers[-1].text == sentence)
    assert await chats.asked(eve, chat, "/link") == sentence
    assert (await chats.asked(eve, chat, "/export")) != sentence, "what is stored about one is one's own"
    chat.say(eve, voice=VOICE)
    await chats.telegram.eventually(lambda: chat.answers[-1].text == sentence)

    def says(words: str) -> bool:
        return any(words in without_markup(seen.text) for seen in channel.answers)

    channel.say(eves, voice=VOICE, seconds=16)
    channel.say(eves, "are you there?", mentions_bot=True)
    await chats.discord.eventually(lambda: says("Mention me in a reply"))
    assert not says(sentence)
    channel.say(eves, "and now?", voice=VOICE, mentions_bot=True)
    await chats.discord.eventually(lambda: says(sentence))


async def test_a_group_pays_for_what_is_said_in_it_and_its_admins_say_yes(chats: Chats) -> None:
    bea, ada = chats.telegram.person("Bea"), chats.telegram.person("Ada")
    group = chats.telegram.group("Club", members=[ada], admins=[bea], bot="administrator")
    account = f"telegram:{group.id}"
    await chats.give(account, 1_000_000)
    group.say(ada, text=f"/transcribe@{BOT}", reply_to=group.say(ada, voice=VOICE))
    await chats.telegram.eventually(lambda: any(SAID in seen.text for seen in group.answers), 20)
    assert "left" not in group.answers[-1].text
    await chats.press(ada, group, "Spoken language")
    await chats.press(ada, group, "Spanish")
    await chats.press(ada, group, "Yes, for $0.1614")
    await chats.telegram.eventually(lambda: sum(SAID in seen.text for seen in group.answers) == 2, 20)
    await chats.idle()
    assert await chats.available(account) == 1_000_000 - 2 * PRICE
    assert await chats.available(f"telegram:{ada.id}") == 0
    told = await chats.asked(ada, group, f"/balance@{BOT}")
    assert told.startswith("This group's account:\n$0.6772 left.")

    await chats.core.preferences.choose(account, Choice.ASK_ABOVE, "0.05")
    group.say(ada, text=f"/transcribe@{BOT}", reply_to=group.say(ada, voice=VOICE))
    await chats.telegram.eventually(lambda: "Shall I transcribe it?" in group.answers[-1].text, 20)
    assert await chats.press(ada, group, "Transcribe for $0.1614") == (
        "The group pays for this: only its admins may confirm."
    )
    await chats.press(bea, group, "Transcribe for $0.1614")
    await chats.telegram.eventually(lambda: sum(SAID in seen.text for seen in group.answers) == 3, 20)
    await chats.idle()
    moved = group.migrate()
    await chats.telegram.eventually(lambda: not chats.telegram.pending)
    assert "$0.5158 left." in await chats.asked(ada, moved, f"/balance@{BOT}"), "the account goes with the group"


async def test_a_server_pays_where_the_bot_is_in_it_and_nowhere_else(chats: Chats) -> None:
    ada = chats.discord.person("Ada")
    guild = chats.discord.guild("Home", owner=chats.discord.person("Gus"))
    guild.join(ada)
    channel, away = guild.channel("talk"), chats.discord.foreign_guild("Away", ada).channel("x")
    server = f"discord:server:{guild.id}"
    await chats.give(server, 1_000_000)
    await chats.give(f"discord:{ada.id}", 1_000_000)
    channel.say(ada, voice=VOICE, seconds=16, mentions_bot=True)
    await chats.discord.eventually(lambda: any(SAID in seen.text for seen in channel.answers), 20)
    uses = [
        ada.menu("Transcribe privately", channel.say(ada, voice=VOICE)),
        ada.menu("Transcribe", away.say(ada, voice=VOICE)),
    ]
    await chats.discord.eventually(lambda: all(use.response and SAID in use.response.text for use in uses), 20)
    await chats.idle()
    assert uses[0].response is not None
    assert "left" not in uses[0].response.text, "what the server has is not for each of its people"
    assert await chats.available(server) == 1_000_000 - 2 * PRICE
    assert await chats.available(f"discord:{ada.id}") == 1_000_000 - PRICE
    told = await chats.used(ada, "balance", channel)
    assert told.content.startswith("This group's account:\n$0.6772 left.")


async def test_the_text_comes_in_the_form_that_was_chosen(chats: Chats) -> None:
    ada, chat = chats.ada()
    adas = chats.discord.person("Ada")
    dm = chats.discord.dm(adas)
    for account in (f"telegram:{ada.id}", f"discord:{adas.id}"):
        await chats.give(account, 1_000_000)
    assert await chats.asked(ada, chat, "/format srt") == "Text as: SRT file (your choice)"
    assert (
        await chats.asked(ada, chat, "/format pdf")
        == "There is no format 'pdf'; there are: text, times, txt, srt, vtt, docx."
    )
    assert "Text as: SRT file (your choice)" in await chats.asked(ada, chat, "/settings")
    chat.say(ada, voice=VOICE, name="memo.ogg")
    await chats.telegram.eventually(lambda: chat.answers[-1].document is not None, 20)
    answer = chat.answers[-1]
    assert answer.document is not None
    assert answer.document.name.endswith(".srt")
    assert answer.document.content.startswith(b"1\n00:00:00,000 --> ")
    assert answer.text.startswith(SAID)
    assert "TXT" in answer.labels
    await chats.asked(ada, chat, "/format times")
    chat.say(ada, voice=VOICE)
    await chats.telegram.eventually(lambda: chat.answers[-1].text.startswith(f"[0:00] {SAID}"), 20)

    chosen = await chats.used(adas, "format", dm, value="docx")
    assert chosen.content == "Text as: DOCX file (your choice)"
    dm.say(adas, voice=VOICE, seconds=16)
    await chats.discord.eventually(lambda: any(seen.files for seen in dm.answers), 20)
    [seen] = [one for one in dm.answers if one.files]
    [(name, data)] = seen.files
    assert name.endswith(".docx")
    assert data.startswith(b"PK")
    assert SAID in without_markup(seen.content)
    await chats.idle()
