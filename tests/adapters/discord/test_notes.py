"""Messages on Discord become notes, or get a reply of one sentence. The real discord.py, over the double."""

import pytest

from adapters.discord.places import account_of, channel_owner, server_owner
from bot.chat import incoming
from bot.locales import text
from bot.people.preferences import Choice
from tests.doubles.discord.server import Blob
from tests.helpers.discord import SAID, Home
from tests.helpers.paths import SAMPLES

pytestmark = pytest.mark.asyncio(loop_scope="module")
VOICE = SAMPLES / "voice-note.ogg"


async def test_a_voice_message_in_the_own_chat_becomes_its_text(home: Home) -> None:
    ada = home.person("Ada")
    dm = home.discord.dm(ada)
    said = dm.say(ada, voice=VOICE, seconds=16.1)
    [answer] = await home.rig.answers(dm)
    assert answer.reply_to == said.id
    note = (await home.rig.notes())[-1]
    assert (note.key.chat, note.key.message) == (str(dm.id), f"{said.id}/1")
    assert note.user == account_of(ada.id)
    assert note.media.identity == f"discord:{said.attachments[0].id}"
    assert note.media.seconds == 16.1
    assert note.media.mime == "audio/ogg"


async def test_each_recording_of_a_message_is_a_note_and_other_files_are_none(home: Home) -> None:
    ada = home.person("Ada")
    dm = home.discord.dm(ada)
    said = dm.say(ada, files=[VOICE, Blob("notes.txt", b"words"), VOICE])
    await home.rig.answers(dm, 2)
    found = [note.key.message for note in await home.rig.notes() if note.user == account_of(ada.id)]
    assert sorted(found) == [f"{said.id}/1", f"{said.id}/3"]
    assert len(dm.answers) == 2


async def test_a_forwarded_recording_is_taken(home: Home) -> None:
    ada = home.person("Ada")
    dm = home.discord.dm(ada)
    first = (await home.channel()).say(ada, voice=VOICE)
    dm.say(ada, forwards=first)
    await home.rig.answers(dm)


async def test_a_voice_is_learned_from_a_voice_message_of_ones_own_and_never_from_a_forwarded_one(home: Home) -> None:
    ada = home.person("Ada")
    dm = home.discord.dm(ada)
    await home.rig.service.core.voices.agree(account_of(ada.id), "Ada")
    first = (await home.channel()).say(ada, voice=VOICE)
    dm.say(ada, forwards=first)
    await home.says(dm, "error-BadVoice", reason="foreign")
    dm.say(ada, files=[VOICE])
    await home.rig.answers(dm, 2)
    dm.say(ada, voice=VOICE)
    await home.discord.eventually(lambda: any("Your voice is known." in seen.text for seen in dm.answers), 30)


async def test_texts_in_the_own_chat_are_told_once_what_to_send(home: Home) -> None:
    ada = home.person("Ada")
    dm = home.discord.dm(ada)
    dm.say(ada, "hello")
    dm.say(ada, "hello?")
    await home.says(dm, "direct-help-nitro", megabytes=10)
    dm.say(ada, files=[Blob("picture.png", b"\x89PNG", "image/png")])
    await home.says(dm, "not-sound")
    assert len(dm.answers) == 2


async def test_people_are_spoken_to_in_the_language_they_chose(home: Home) -> None:
    ada = home.person("Ada")
    await home.rig.choose(account_of(ada.id), Choice.LOCALE, "de")
    dm = home.discord.dm(ada)
    dm.say(ada, "hallo")
    await home.discord.eventually(lambda: dm.answers and "Sprachnachricht" in dm.answers[0].text)


async def test_a_german_user_reads_a_german_refusal_in_place_of_a_german_placeholder(home: Home) -> None:
    anna = home.person("Anna")
    await home.rig.choose(account_of(anna.id), Choice.LOCALE, "de")
    dm = home.discord.dm(anna)
    dm.say(anna, files=[Blob("talk.ogg", b"Das ist kein Ton." * 100, "audio/ogg")])
    (answer,) = await home.rig.answers(dm, text=text("de", "error-Unreadable"))
    assert answer.text == text("de", "error-Unreadable")
    (placeholder,) = home.discord.called("POST", rf"/channels/{dm.id}/messages$")
    assert placeholder.body["content"].startswith("In der Warteschlange")


async def test_where_all_is_taken_recordings_are_and_nothing_else(home: Home) -> None:
    ada, channel = home.person("Ada"), await home.channel("auto")
    said = channel.say(ada, voice=VOICE, seconds=16.1)
    channel.say(ada, "words")
    channel.say(ada, files=[Blob("page.html", b"<p>", "text/html")])
    channel.say(ada, "listen", files=[VOICE])
    answers = await home.rig.answers(channel, 2)
    assert said.id in {one.reply_to for one in answers}
    await home.is_silent(channel, ada)


async def test_other_bots_and_webhooks_are_not_heard(home: Home) -> None:
    robo, channel = home.discord.person("Robo", is_bot=True), await home.channel("auto")
    home.guild.join(robo)
    channel.say(robo, voice=VOICE)
    channel.say(home.person("Hook"), files=[VOICE], webhook=True)
    await home.is_silent(channel, home.person("Ada"))


async def test_where_nothing_was_chosen_a_recording_waits_until_a_user_asks(home: Home) -> None:
    ada, bea, channel = home.person("Ada"), home.person("Bea"), await home.channel()
    said = channel.say(ada, voice=VOICE)
    await home.is_silent(channel, ada)
    channel.say(bea, "please", answers=said, mentions_bot=True)
    answers = await home.rig.answers(channel)
    assert answers[-1].reply_to == said.id
    assert (await home.rig.notes())[-1].user == account_of(bea.id)


async def test_a_mention_together_with_sound_is_enough(home: Home) -> None:
    ada, channel = home.person("Ada"), await home.channel("ask")
    channel.say(ada, files=[VOICE], mentions_bot=True)
    await home.rig.answers(channel)


async def test_a_voice_message_in_answer_to_the_bot_is_taken_and_thanks_are_not_talked_about(home: Home) -> None:
    ada, channel = home.person("Ada"), await home.channel("ask")
    channel.say(ada, files=[VOICE], mentions_bot=True)
    [answer] = await home.rig.answers(channel)
    channel.say(ada, "thank you", answers=answer)
    channel.say(ada, voice=VOICE, answers=answer)
    await home.rig.answers(channel, 2)
    await home.is_silent(channel, ada)


async def test_a_mention_without_sound_is_told_how_it_works(home: Home) -> None:
    ada, channel = home.person("Ada"), await home.channel()
    words = channel.say(ada, "no sound here")
    channel.say(ada, "this?", answers=words, mentions_bot=True)
    await home.says(channel, "mention-how")


async def test_an_answer_to_a_deleted_message_is_told_how_it_works(home: Home) -> None:
    ada, channel = home.person("Ada"), await home.channel()
    said = channel.say(ada, voice=VOICE)
    channel.delete(said)
    channel.say(ada, "this?", answers=said, mentions_bot=True)
    await home.says(channel, "mention-how")


async def test_where_the_bot_is_switched_off_a_mention_is_told_so(home: Home) -> None:
    ada, channel = home.person("Ada"), await home.channel("off")
    said = channel.say(ada, voice=VOICE)
    channel.say(ada, "please", answers=said, mentions_bot=True)
    await home.says(channel, "mention-off")
    assert len(channel.answers) == 1


async def test_a_thread_follows_its_channel_until_it_has_a_choice_of_its_own(home: Home) -> None:
    ada, channel = home.person("Ada"), await home.channel("auto")
    follows, silent = channel.thread("follows"), channel.thread("silent")
    await home.rig.choose(channel_owner(silent.id), Choice.MODE, "ask")
    silent.say(ada, voice=VOICE)
    follows.say(ada, voice=VOICE)
    await home.rig.answers(follows)
    await home.is_silent(silent, ada)


async def test_in_a_thread_where_the_bot_may_not_write_the_author_gets_the_text_in_private(home: Home) -> None:
    ada, channel = home.person("Ada"), await home.channel("auto")
    thread, dm = channel.thread("closed"), home.discord.dm(ada)
    thread.deny("send_messages_in_threads")
    thread.say(ada, voice=VOICE)
    await home.rig.answers(dm)
    assert thread.answers == []


async def test_a_text_for_a_user_who_left_the_server_is_kept_for_them(home: Home) -> None:
    ada, channel = home.person("Ada"), await home.channel("auto")
    dm = home.discord.dm(ada)
    channel.deny("send_messages")
    home.discord.fail("POST", rf"/channels/{dm.id}/messages$", status=403, code=50278, times=20)
    channel.say(ada, voice=VOICE)
    home.guild.leave(ada)
    await home.discord.eventually(lambda: home.discord.called("POST", rf"/channels/{dm.id}/messages$"))
    await home.rig.idle()
    [one] = await home.rig.service.core.notes.recent(10, [account_of(ada.id)])
    assert one.error is not None
    assert one.error.to_json() == {"code": "Undelivered", "reason": "no-server"}
    result = await home.rig.service.core.queries.result(one.note_id)
    assert result is not None
    assert channel.answers == dm.answers == []


async def test_the_server_s_choice_holds_in_all_its_channels_also_in_the_text_of_voice_channels(home: Home) -> None:
    ada = home.person("Ada")
    away = home.discord.guild("Away", owner=ada)
    await home.rig.choose(server_owner(away.id), Choice.MODE, "auto")
    lounge, channel = away.voice("Lounge"), away.channel("quiet")
    await home.rig.choose(channel_owner(channel.id), Choice.MODE, "off")
    channel.say(ada, voice=VOICE)
    lounge.say(ada, voice=VOICE)
    await home.rig.answers(lounge)
    assert all(SAID not in seen.text for seen in channel.answers)


async def test_the_same_message_twice_is_one_note(home: Home) -> None:
    ada, channel = home.person("Ada"), await home.channel("auto")
    said = channel.say(ada, voice=VOICE)
    with home.discord.lock:
        channel.tell_of(channel.post(said.id), "MESSAGE_CREATE")
    await home.rig.answers(channel)
    await home.is_silent(channel, ada)


async def test_whoever_asks_for_the_same_recording_gets_an_answer_once_the_first_is_there(home: Home) -> None:
    ada, bea, channel = home.person("Ada"), home.person("Bea"), await home.channel()
    said = channel.say(ada, voice=VOICE)
    home.rig.provider.free.clear()
    channel.say(ada, "please", answers=said, mentions_bot=True)
    await home.discord.eventually(lambda: channel.answers)
    again = channel.say(ada, "now!", answers=said, mentions_bot=True)
    await home.says(channel, "transcribe-running")
    assert channel.answers[-1].reply_to == again.id
    channel.say(bea, "me too", answers=said, mentions_bot=True)
    await home.discord.eventually(lambda: len(channel.answers) == 3)
    home.rig.provider.free.set()
    await home.rig.answers(channel, 2)


async def test_asked_again_it_leads_to_the_answer_that_is_there_until_that_is_deleted(home: Home) -> None:
    ada, bea, channel = home.person("Ada"), home.person("Bea"), await home.channel()
    said = channel.say(ada, voice=VOICE)
    channel.say(ada, "please", answers=said, mentions_bot=True)
    answer = (await home.rig.answers(channel))[-1]
    again = channel.say(bea, "me too", answers=said, mentions_bot=True)
    await home.discord.eventually(lambda: len(channel.answers) == 2)
    told = channel.answers[-1]
    url = f"https://discord.com/channels/{home.guild.id}/{channel.id}/{answer.id}"
    assert (told.content, told.reply_to) == (f"[{text('en', 'transcribe-there')}](<{url}>)", again.id)
    channel.delete(answer)
    channel.say(bea, "and now?", answers=said, mentions_bot=True)
    await home.discord.eventually(lambda: any(SAID in seen.text for seen in channel.answers))


async def test_an_answer_in_its_asker_s_own_chat_is_none_to_others_who_ask_for_the_recording(home: Home) -> None:
    ada, bea, channel = home.person("Ada"), home.person("Bea"), await home.channel()
    said = channel.say(ada, voice=VOICE)
    channel.deny("send_messages")
    for person in (ada, bea):
        channel.say(person, "please", answers=said, mentions_bot=True)
        await home.rig.answers(home.discord.dm(person))


async def test_a_stranger_s_hundred_notes_are_enough(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(incoming, "MOST_UNFINISHED", 1)
    ada = home.person("Ada")
    dm = home.discord.dm(ada)
    home.rig.provider.free.clear()
    said = dm.say(ada, voice=VOICE)
    await home.discord.eventually(lambda: dm.answers)
    dm.say(ada, voice=VOICE)
    await home.discord.eventually(lambda: len(dm.answers) == 2)
    assert any("of your recordings are waiting" in seen.text for seen in dm.answers)
    with home.discord.lock:  # what was taken is not too much because it comes again
        dm.tell_of(dm.post(said.id), "MESSAGE_CREATE")
    home.rig.provider.free.set()
    await home.rig.answers(dm)
    assert len(dm.answers) == 2


async def test_a_server_that_is_not_known_yet_is_not_taken_for_a_private_chat(home: Home) -> None:
    ada = home.person("Ada")
    home.discord.lose_events(1, "GUILD_CREATE")
    channel = home.discord.guild("Unknown", owner=ada).channel("talk")
    channel.say(ada, voice=VOICE)
    await home.is_silent(channel, ada)
    assert SAID not in channel.answers[0].text


@pytest.mark.parametrize(
    ("name", "mime", "seconds", "is_taken"),
    [
        ("talk.ogg", "audio/ogg", None, True),
        ("film.mp4", "video/mp4", 3.0, True),
        ("talk.m4a", "application/octet-stream", None, True),
        ("program.ts", "video/mp2t", None, False),
        ("film.ts", "video/mp2t", 3.0, True),
        ("talk.mp3", "text/plain", None, False),
        ("picture.png", "image/png", None, False),
    ],
)
async def test_what_counts_as_sound(home: Home, name: str, mime: str, seconds: float | None, is_taken: bool) -> None:
    ada = home.person("Ada")
    dm = home.discord.dm(ada)
    dm.say(ada, files=[Blob(name, VOICE, mime)], seconds=seconds)
    await (home.rig.answers(dm) if is_taken else home.says(dm, "not-sound"))


async def test_being_thrown_out_of_a_server_is_no_trouble_to_others(home: Home) -> None:
    ada = home.person("Ada")
    dm, guild = home.discord.dm(ada), home.discord.guild("Away", owner=ada)
    channel = guild.channel("all")
    await home.rig.choose(channel_owner(channel.id), Choice.MODE, "auto")
    home.rig.provider.free.clear()
    channel.say(ada, voice=VOICE)
    await home.discord.eventually(lambda: channel.answers)
    guild.kick_bot()
    home.rig.provider.free.set()
    dm.say(ada, voice=VOICE)
    await home.rig.answers(dm, 2)  # the text for the channel has come here, too


async def test_a_recording_that_is_deleted_at_once_is_cancelled(home: Home) -> None:
    ada = home.person("Ada")
    dm = home.discord.dm(ada)
    with home.discord.lock:
        dm.delete(dm.say(ada, voice=VOICE))
    await home.rig.answers(dm, text="Cancelled. Nothing was charged.")


async def test_where_a_message_cannot_be_seen_to_its_author_is_told(home: Home) -> None:
    ada = home.person("Ada")
    dm = home.discord.dm(ada)
    async with home.rig.broken("preference"):
        dm.say(ada, voice=VOICE)
        await home.says(dm, "given-up")
    dm.say(ada, voice=VOICE)
    await home.rig.answers(dm)


async def test_a_server_that_invites_the_bot_is_told_how_it_is_used(home: Home) -> None:
    await home.rig.caught_up()
    guild, mute = home.discord.foreign_guild("Away"), home.discord.foreign_guild("Mute")
    guild.channel("first")
    guild.system_channel = news = guild.channel("news")
    mute.channel("closed").deny("send_messages")
    before = len(home.discord.called("POST", "/messages$"))
    mute.add_bot()
    guild.add_bot()
    await home.says(news, "server-hello")
    assert len(home.discord.called("POST", "/messages$")) == before + 1


async def test_an_unreadable_file_in_a_channel_that_transcribes_all_is_told_its_sender_alone(home: Home) -> None:
    ada, bea = home.person("Ada"), home.person("Bea")
    channel, dm = await home.channel("auto"), home.discord.dm(ada)
    home.discord.dm(bea).closed = True
    for person in (ada, bea):
        channel.say(person, voice=Blob("note.ogg", b"no sound at all", "audio/ogg"))
    await home.discord.eventually(lambda: any("cannot be read" in seen.text for seen in dm.answers), 20)
    await home.rig.idle()
    assert channel.answers == [], "nobody asked, and Bea cannot be written to"
    assert len(dm.answers) == 1
