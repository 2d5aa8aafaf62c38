"""The menus of Discord's messages, wherever people use them. The real discord.py, over the double."""

import pytest

from adapters.discord import notes
from adapters.discord.places import account_of, channel_owner
from bot.chat import incoming
from bot.locales import text
from bot.people.preferences import Choice
from tests.helpers.discord import SAID, Home
from tests.helpers.paths import SAMPLES

pytestmark = pytest.mark.asyncio(loop_scope="module")
VOICE = SAMPLES / "voice-note.ogg"


async def test_the_menu_answers_in_the_channel_whatever_its_switch_says(home: Home) -> None:
    ada, bea, channel = home.person("Ada"), home.person("Bea"), await home.channel()
    await home.rig.choose(channel_owner(channel.id), Choice.MODE, "off")
    use = bea.menu("Transcribe", channel.say(ada, voice=VOICE, seconds=16.1))
    answer = await home.response(use)
    assert use.deferred
    assert use.seconds_to_answer < 3
    assert not answer.ephemeral
    assert [seen.id for seen in channel.answers] == [answer.id]
    note = (await home.rig.notes())[-1]
    assert note.user == account_of(bea.id)
    assert note.key.message == f"i{use.id}/1"


async def test_the_menu_leads_to_the_answer_that_is_there_unless_it_is_wanted_privately(home: Home) -> None:
    ada, bea, channel = home.person("Ada"), home.person("Bea"), await home.channel()
    said = channel.say(ada, voice=VOICE)
    answer = await home.response(ada.menu("Transcribe", said))
    await home.rig.idle()  # it is written down a moment after it is there
    there = await home.response(bea.menu("Transcribe", said), text("en", "transcribe-there"))
    assert there.ephemeral
    assert there.text.endswith(f"/{channel.id}/{answer.id}>)")
    assert [seen.id for seen in channel.answers] == [answer.id]
    assert (await home.response(bea.menu("Transcribe privately", said))).ephemeral


async def test_privately_nobody_else_sees_the_answer(home: Home) -> None:
    ada, channel = home.person("Ada"), await home.channel()
    use = ada.menu("Transcribe privately", channel.say(ada, voice=VOICE))
    assert (await home.response(use)).ephemeral
    assert channel.answers == []


async def test_a_channel_where_the_bot_may_nothing_is_no_hindrance(home: Home) -> None:
    ada, channel = home.person("Ada"), await home.channel()
    said = channel.say(ada, voice=VOICE)
    channel.deny("send_messages", "read_message_history", "view_channel")
    await home.response(ada.menu("Transcribe", said))


async def test_in_the_own_chat_in_groups_and_in_foreign_servers_the_menu_works_too(home: Home) -> None:
    ada, bea = home.person("Ada"), home.person("Bea")
    group, away = home.discord.group(ada, bea), home.discord.foreign_guild("Away", ada, bea).channel("x")
    uses = [ada.menu("Transcribe", place.say(bea, voice=VOICE)) for place in (group, away)]
    for use in uses:
        await home.response(use)
    privately = ada.menu("Transcribe privately", away.say(bea, voice=VOICE))
    assert (await home.response(privately)).ephemeral
    dm = home.discord.dm(ada)
    own = ada.menu("Transcribe privately", dm.say(ada, voice=VOICE))
    assert not (await home.response(own)).ephemeral  # there nobody else reads


async def test_a_forwarded_recording_is_found(home: Home) -> None:
    ada, channel = home.person("Ada"), await home.channel()
    first = (await home.channel()).say(ada, voice=VOICE)
    await home.response(ada.menu("Transcribe", channel.say(ada, forwards=first)))


async def test_where_there_is_nothing_to_hear_only_the_asker_is_told_at_once(home: Home) -> None:
    ada, channel = home.person("Ada", "de"), await home.channel()
    use = ada.menu("Transcribe", channel.say(ada, "words"))
    answer = await home.response(use, text("de", "menu-nothing"))
    assert answer.ephemeral
    assert not use.deferred


async def test_each_recording_of_a_message_has_an_answer_of_its_own(home: Home) -> None:
    ada, channel = home.person("Ada"), await home.channel()
    use = ada.menu("Transcribe", channel.say(ada, files=[VOICE, VOICE, VOICE]))
    await home.response(use)
    await home.discord.eventually(lambda: [SAID in seen.text for seen in use.followups] == [True, True])
    assert len({seen.id for seen in channel.answers}) == 3


async def test_where_not_all_recordings_can_be_taken_the_asker_alone_is_told(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(incoming, "MOST_UNFINISHED", 1)
    ada, channel = home.person("Ada"), await home.channel()
    home.rig.provider.free.clear()
    use = ada.menu("Transcribe", channel.say(ada, files=[VOICE, VOICE, VOICE]))
    await home.discord.eventually(lambda: use.notices)
    home.rig.provider.free.set()
    answer = await home.response(use)
    assert "of your recordings are waiting" in use.notices[0].text
    assert [seen.id for seen in channel.answers] == [answer.id]


async def test_where_only_its_user_installed_it_as_many_are_taken_as_can_be_answered(home: Home) -> None:
    ada = home.person("Ada")
    group = home.discord.group(ada, home.person("Bea"))
    use = ada.menu("Transcribe", group.say(ada, files=[VOICE] * 8))
    await home.response(use)
    await home.discord.eventually(lambda: sum(SAID in seen.text for seen in use.followups) == 4, 20)
    assert [seen.text for seen in use.notices] == [text("en", "menu-left-out", taken=5)]
    assert len(use.followups) == 5


async def test_six_recordings_are_just_as_many_as_can_be_answered(home: Home) -> None:
    ada = home.person("Ada")
    group = home.discord.group(ada, home.person("Bea"))
    use = ada.menu("Transcribe", group.say(ada, files=[VOICE] * 6))
    await home.response(use)
    await home.discord.eventually(lambda: sum(SAID in seen.text for seen in use.followups) == 5, 20)
    assert use.notices == []


async def test_the_promise_does_not_wait_for_a_slow_disk(home: Home) -> None:
    ada, channel = home.person("Ada"), await home.channel()
    async with home.rig.service.core.db.writing():  # nobody else writes meanwhile
        use = ada.menu("Transcribe", channel.say(ada, voice=VOICE))
        await home.discord.eventually(lambda: use.deferred)
        assert use.seconds_to_answer < 3
    await home.response(use)


async def test_a_promise_that_discord_does_not_take_is_no_reason_to_lose_the_note(home: Home) -> None:
    ada, channel = home.person("Ada"), await home.channel()
    home.discord.fail("POST", r"/callback$", status=404, code=10062)
    ada.menu("Transcribe", channel.say(ada, voice=VOICE))
    await home.rig.answers(channel)


async def test_what_cannot_be_asked_for_is_told_to_the_asker_alone(home: Home) -> None:
    ada, channel = home.person("Ada"), await home.channel()
    use = ada.slash("transcribe", channel, file=VOICE, language="klingon")
    answer = await home.response(use, "There is no language")
    assert answer.ephemeral
    assert channel.answers == []


@pytest.mark.parametrize("files", [1, 2])
async def test_what_is_refused_after_a_promise_to_all_is_told_to_the_asker_alone(
    home: Home, monkeypatch: pytest.MonkeyPatch, files: int
) -> None:
    monkeypatch.setattr(notes, "DEFER_WITHIN", 0.0)
    monkeypatch.setattr(incoming, "MOST_UNFINISHED", 0)
    ada, channel = home.person("Ada"), await home.channel()
    use = ada.menu("Transcribe", channel.say(ada, files=[VOICE] * files))
    await home.discord.eventually(lambda: use.notices and use.response is None)
    assert "of your recordings are waiting" in use.notices[0].text
    assert use.deferred
    assert channel.answers == []
    private = ada.menu("Transcribe privately", channel.say(ada, voice=VOICE))
    assert (await home.response(private, "of your recordings are waiting")).ephemeral


async def test_a_fault_after_a_promise_to_all_is_told_to_the_asker_alone(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notes, "DEFER_WITHIN", 0.0)
    ada, channel = home.person("Ada"), await home.channel()
    said = channel.say(ada, voice=VOICE)
    async with home.rig.broken("preference"):
        use = ada.menu("Transcribe", said)
        await home.discord.eventually(lambda: use.notices and use.response is None)
    assert use.notices[0].text == text("en", "given-up")
    assert channel.answers == []


async def test_a_command_can_ask_for_another_model_and_for_speakers_once(home: Home) -> None:
    ada, channel = home.person("Ada"), await home.channel()
    await home.response(ada.slash("transcribe", channel, file=VOICE, language="es", speakers=True))
    options = (await home.rig.notes())[-1].options
    assert (options.model, options.language, options.speakers) == ("paid-speakers", "es", True)
    await home.response(ada.slash("transcribe", channel, file=VOICE, model="paid-later"))
    assert (await home.rig.notes())[-1].options.model == "paid-later"


async def test_the_menus_have_names_in_other_languages(home: Home) -> None:
    names = {one["name"]: one["name_localizations"] for one in home.discord.commands if one["type"] == 3}
    assert set(names) == {"Transcribe", "Transcribe privately"}
    assert names["Transcribe"]["de"] == "Transkribieren"
    assert names["Transcribe privately"]["es-419"] == text("es", "menu-transcribe-privately")
    assert all(len(name) <= 32 for translated in names.values() for name in translated.values())


async def test_a_service_that_fails_says_so_to_the_asker(home: Home) -> None:
    ada, channel = home.person("Ada"), await home.channel()
    said = channel.say(ada, voice=VOICE)
    async with home.rig.broken("preference"):
        use = ada.menu("Transcribe", said)
        assert (await home.response(use, text("en", "given-up"))).ephemeral
    await home.response(ada.menu("Transcribe", said))
