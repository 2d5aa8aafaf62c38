"""Groups, topics and channels: what is written down there, who pays, and what the bot says when it comes in."""

import asyncio
from pathlib import Path

from bot.people.preferences import Choice, Mode
from bot.settings import Settings
from tests.doubles.telegram.server import BAD_GATEWAY, BotApi
from tests.helpers.telegram import BOT, SAID, on_telegram, telegram_rig

PRIVACY = "privacy mode hides voice messages from me"


async def test_in_auto_voices_are_written_down_and_other_files_only_when_asked_for(
    telegram: BotApi, settings: Settings, voice: Path
) -> None:
    ada, bob = telegram.person("Ada"), telegram.person("Bob")
    club = telegram.group("Club", members=[ada, bob], bot="administrator")
    async with telegram_rig(telegram, on_telegram(settings, telegram)) as rig:
        await rig.choose(club.id, Choice.MODE, Mode.AUTO)
        spoken = [club.say(ada, voice=voice), club.say(bob, video_note=voice)]
        song = club.say(ada, audio=voice, name="song.mp3")
        club.say(ada, video=voice)
        club.say(ada, text="What a song!")
        await rig.answers(club, 2)
        await rig.idle()
        assert [answer.reply_to for answer in club.answers] == spoken
        assert await rig.charged() == {f"telegram:{ada.id}": 1, f"telegram:{bob.id}": 1}
        club.say(bob, text=f"@{BOT}", reply_to=song)
        await rig.answers(club, 3)
        assert await rig.charged() == {f"telegram:{ada.id}": 1, f"telegram:{bob.id}": 2}
    assert club.answers[2].reply_to == song


async def test_in_ask_whoever_asks_first_pays_and_others_are_led_to_the_answer(
    telegram: BotApi, settings: Settings, voice: Path
) -> None:
    ada, bob = telegram.person("Ada"), telegram.person("Bob")
    club = telegram.group("Club", members=[ada, bob], bot="administrator")
    async with telegram_rig(telegram, on_telegram(settings, telegram)) as rig:
        told = club.say(ada, voice=voice)
        club.say(ada, text=f"Is @{BOT} here?")
        club.say(ada, text="/transcribe@another_bot", reply_to=told)
        await rig.idle()
        assert club.answers == []
        club.say(bob, text="/transcribe", reply_to=told)
        await rig.answers(club)
        again = club.say(ada, text=f"/transcribe@{BOT}", reply_to=told)
        await rig.answers(club, 1, "is in this chat already")
        captioned = club.say(ada, audio=voice, caption=f"@{BOT} please")
        await rig.answers(club, 2)
        await rig.idle()
        assert await rig.charged() == {f"telegram:{ada.id}": 1, f"telegram:{bob.id}": 1}
    assert [answer.reply_to for answer in club.answers] == [told, again, captioned]


async def test_in_off_nothing_is_written_down_and_the_command_says_so(
    telegram: BotApi, settings: Settings, voice: Path
) -> None:
    ada = telegram.person("Ada")
    club = telegram.group("Club", members=[ada], bot="administrator")
    async with telegram_rig(telegram, on_telegram(settings, telegram)) as rig:
        await rig.choose(club.id, Choice.MODE, Mode.OFF)
        asked = club.say(ada, text="/transcribe", reply_to=club.say(ada, voice=voice))
        await telegram.eventually(lambda: club.answers)
        await rig.idle()
        assert rig.provider.calls() == []
    assert [(answer.reply_to, answer.text[:21]) for answer in club.answers] == [(asked, "I am switched off in ")]


async def test_an_anonymous_admin_and_a_channel_pay_from_the_chats_own_account(
    telegram: BotApi, settings: Settings, voice: Path
) -> None:
    ada = telegram.person("Ada")
    club = telegram.group("Club", admins=[ada], bot="administrator")
    news = telegram.channel("News", admins=[ada])
    async with telegram_rig(telegram, on_telegram(settings, telegram)) as rig:
        await rig.choose(news.id, Choice.MODE, Mode.AUTO)
        told = club.say(ada, voice=voice, sender_chat=club)
        club.say(ada, text="/transcribe", reply_to=told, sender_chat=club)
        posted = news.post(voice=voice)
        news.post(text="Nothing to hear here")
        await rig.answers(club)
        (under,) = await rig.answers(news)
        await rig.idle()
        assert await rig.charged() == {f"telegram:{club.id}": 1, f"telegram:{news.id}": 1}
    assert under.reply_to == posted


async def test_who_asks_as_the_groups_own_channel_pays_from_that_channels_account(
    telegram: BotApi, settings: Settings, voice: Path
) -> None:
    ada = telegram.person("Ada")
    club = telegram.group("Club", members=[ada], bot="administrator")
    news = telegram.channel("News", admins=[ada])
    club.linked = news
    async with telegram_rig(telegram, on_telegram(settings, telegram)) as rig:
        await rig.choose(club.id, Choice.MODE, Mode.AUTO)
        told = club.say(ada, voice=voice, sender_chat=news)
        await rig.idle()
        assert rig.provider.calls() == [], "nobody asked for it"
        club.say(ada, text="/transcribe", reply_to=told, sender_chat=news)
        await rig.answers(club)
        await rig.idle()
        club.say(ada, text="/transcribe", reply_to=told, sender_chat=news)
        await rig.answers(club, 1, "is in this chat already")
        standings = await rig.service.core.notes.recent(5)
    assert [standing.account for standing in standings] == [f"telegram:{news.id}"]
    assert len(telegram.called("getChat")) == 1


async def test_a_foreign_channel_is_not_heard_but_a_member_may_ask_for_what_it_said(
    telegram: BotApi, settings: Settings, voice: Path
) -> None:
    ada, bob = telegram.person("Ada"), telegram.person("Bob")
    club = telegram.group("Club", members=[ada, bob], bot="administrator")
    news = telegram.channel("News", admins=[ada])
    async with telegram_rig(telegram, on_telegram(settings, telegram)) as rig:
        await rig.choose(club.id, Choice.MODE, Mode.AUTO)
        told = club.say(ada, voice=voice, sender_chat=news)
        club.say(ada, text="/transcribe", reply_to=told, sender_chat=news)
        await rig.answers(club, 1, "I cannot tell who asks in a channel's name.")
        club.say(bob, text="/transcribe", reply_to=told)
        await rig.answers(club)
        assert await rig.charged() == {f"telegram:{bob.id}": 1}


async def test_an_admin_sets_what_a_channel_does(telegram: BotApi, settings: Settings, voice: Path) -> None:
    ada, eve = telegram.person("Ada"), telegram.person("Eve")
    news = telegram.channel("News", admins=[ada])
    async with telegram_rig(telegram, on_telegram(settings, telegram)) as rig:
        news.post(text="/help")
        await telegram.eventually(lambda: news.answers)
        news.post(text="/settings")
        await telegram.eventually(lambda: len(news.answers) == 2)
        menu = news.answers[1].id
        assert not (await asyncio.to_thread(telegram.press, ada, news, menu, "Voice messages here")).alert
        refused = await asyncio.to_thread(telegram.press, eve, news, menu, "all")
        await asyncio.to_thread(telegram.press, ada, news, menu, "all")
        posted = news.post(voice=voice)
        (*_, under) = await rig.answers(news)
    assert "/settings" in news.answers[0].text
    assert refused.text.startswith("Only admins of this")
    assert under.reply_to == posted


async def test_a_channels_post_is_asked_for_in_the_channel(telegram: BotApi, settings: Settings, voice: Path) -> None:
    ada = telegram.person("Ada")
    news = telegram.channel("News", admins=[ada])
    async with telegram_rig(telegram, on_telegram(settings, telegram)) as rig:
        posted = news.post(audio=voice, name="talk.ogg")
        news.post(text="/transcribe", reply_to=posted)
        (under,) = await rig.answers(news)
    assert under.reply_to == posted


async def test_answers_stay_in_their_topic(telegram: BotApi, settings: Settings, voice: Path) -> None:
    ada = telegram.person("Ada")
    club = telegram.group("Club", members=[ada], bot="administrator", kind="forum")
    thread = club.topic("Talks")
    plain = telegram.group("Plain", members=[ada], bot="administrator")
    async with telegram_rig(telegram, on_telegram(settings, telegram)) as rig:
        for group in (club, plain):
            await rig.choose(group.id, Choice.MODE, Mode.AUTO)
        club.say(ada, voice=voice, thread=thread)
        club.say(ada, voice=voice)
        plain.say(ada, voice=voice, reply_to=plain.say(ada, text="Listen"))
        answers = await rig.answers(club, 2)
        await rig.answers(plain)
    assert {answer.thread for answer in answers} == {thread, None}


async def test_a_bot_that_is_added_says_what_it_does_and_what_it_cannot_see(
    telegram: BotApi, settings: Settings
) -> None:
    ada = telegram.person("Ada")
    club, board = (telegram.group(name, admins=[ada], bot="left") for name in ("Club", "Board"))
    news = telegram.channel("News", admins=[ada], bot="left")
    own = telegram.private(ada, started=True)
    async with telegram_rig(telegram, on_telegram(settings, telegram)) as rig:
        await rig.choose(board.id, Choice.MODE, Mode.AUTO)
        club.add_bot(ada)
        board.add_bot(ada, "administrator")
        news.add_bot(ada, "administrator")
        await telegram.eventually(lambda: club.answers and board.answers and own.answers)
        club.add_bot(ada, "administrator")
        club.kick_bot(ada)
        await rig.idle()
        telegram.reads_all = True
        club.add_bot(ada)
        await telegram.eventually(lambda: len(club.answers) == 2)
    first, second = (answer.text for answer in club.answers)
    assert "with /transcribe, or mention me" in first
    assert "Admins of this group can change that with /settings" in first
    assert PRIVACY in first
    assert "/setprivacy" in first
    assert PRIVACY not in second
    assert "Each voice message and round video here gets its text" in board.answers[0].text
    assert PRIVACY not in board.answers[0].text
    assert own.answers[0].text.startswith("I am in the channel News now.")
    assert news.answers == []


async def test_a_group_that_gets_another_number_keeps_its_mode(
    telegram: BotApi, settings: Settings, voice: Path
) -> None:
    ada = telegram.person("Ada")
    club = telegram.group("Club", members=[ada], bot="administrator", kind="group")
    async with telegram_rig(telegram, on_telegram(settings, telegram)) as rig:
        await rig.choose(club.id, Choice.MODE, Mode.AUTO)
        moved = club.migrate()
        sent = moved.say(ada, voice=voice)
        (answer,) = await rig.answers(moved)
    assert (answer.reply_to, SAID in answer.text) == (sent, True)


async def test_only_who_asked_and_who_runs_the_group_may_press(
    telegram: BotApi, settings: Settings, voice: Path
) -> None:
    ada, bob, eve = (telegram.person(name) for name in ("Ada", "Bob", "Eve"))
    club = telegram.group("Club", members=[ada, bob], admins=[eve], bot="administrator")
    async with telegram_rig(telegram, on_telegram(settings, telegram)) as rig:
        await rig.choose(club.id, Choice.MODE, Mode.AUTO)
        club.say(ada, voice=voice)
        (answer,) = await rig.answers(club)
        for _ in range(3):
            assert (await asyncio.to_thread(telegram.press, bob, club, answer.id, "TXT")).text
        assert len(telegram.called("getChatMember")) == 1
        await rig.idle()
        assert len(club.answers) == 1
        for person in (ada, eve):
            await asyncio.to_thread(telegram.press, person, club, answer.id, "TXT")
        await telegram.eventually(lambda: len(club.answers) == 3)
    assert [answer.document is not None for answer in club.answers] == [False, True, True]


async def test_what_a_handler_could_not_do_is_done_a_moment_later(telegram: BotApi, settings: Settings) -> None:
    ada = telegram.person("Ada")
    club = telegram.group("Club", admins=[ada], bot="left")
    async with telegram_rig(telegram, on_telegram(settings, telegram)):
        telegram.fail("getMe", BAD_GATEWAY)
        club.add_bot(ada)
        await telegram.eventually(lambda: club.answers)
