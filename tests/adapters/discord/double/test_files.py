"""The double of Discord: mentions, files, limits, interactions."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.doubles.discord.server import Blob, Channel, Discord, Person, Ping, Use
from tests.helpers.discord_double import (
    FILE,
    FORM,
    LANGUAGE,
    MENU,
    ROW,
    SLASH,
    SOUND,
    TRANSCRIBE,
    Api,
    Clock,
    mistake,
    refusal,
)

FIELD = {"type": 4, "custom_id": "name", "label": "Name", "style": 1, "max_length": 10}


MODAL = {"title": "Rename", "custom_id": "rename", "components": [{"type": 1, "components": [FIELD]}]}


def test_people_are_pinged_only_where_mentions_are_let_through(discord: Discord, api: Api, channel: Channel) -> None:
    bea = discord.person("Bea")
    said = channel.say(bea, "hello")
    words = {"content": f"<@{bea.id}> <@&7> @everyone", "message_reference": {"message_id": str(said.id)}}
    api.post(channel, **words, allowed_mentions={"parse": [], "replied_user": False})
    assert discord.pings == []
    api.post(channel, **words, allowed_mentions={"users": [str(bea.id)]})
    api.post(channel, **words)
    kinds = [(ping.kind, ping.target) for ping in discord.pings]
    user = ("user", str(bea.id))
    assert kinds == [user, user, ("role", "7"), ("everyone", "everyone"), ("reply", str(bea.id))]
    assert isinstance(discord.pings[0], Ping)


def test_files_are_kept_and_their_links_expire(
    discord: Discord, api: Api, clock: Clock, channel: Channel, ada: Person
) -> None:
    discord.limits.upload = 10
    assert refusal(api.upload(channel, b"x" * 11)) == (413, 40005)
    said = channel.say(ada, voice=SOUND, seconds=16.1)
    path = f"/channels/{channel.id}/messages/{said.id}"
    message = api("GET", path).json()
    [file] = message["attachments"]
    assert (message["flags"], file["duration_secs"], file["filename"]) == (1 << 13, 16.1, "voice-message.ogg")
    assert api.http.get(file["url"]).content == b"OggS" * 10
    assert api.http.get(file["url"].replace("hm=", "hm=0")).status_code == 404
    clock.now += 86_401
    gone = api.http.get(file["url"])
    assert (gone.status_code, gone.text) == (404, "This content is no longer available.")
    [fresh] = api("GET", path).json()["attachments"]
    assert api.http.get(fresh["url"]).status_code == 200
    channel.delete(said)
    assert api.http.get(fresh["url"]).status_code == 404


def test_the_store_of_files_can_fail(discord: Discord, api: Api, channel: Channel, ada: Person) -> None:
    said = channel.say(ada, files=[Blob("long.mp3", b"x" * 200_000, claims=3)])
    [file] = api("GET", f"/channels/{channel.id}/messages/{said.id}").json()["attachments"]
    assert (file["size"], file["content_type"]) == (3, "audio/mpeg")
    discord.cdn.failures = 1
    assert api.http.get(file["url"]).status_code == 500
    discord.cdn.cut_after = 100_000
    with pytest.raises(httpx.RemoteProtocolError):
        api.http.get(file["url"])
    discord.cdn.cut_after = None
    assert len(api.http.get(file["url"]).content) == 200_000
    assert len(discord.cdn.fetched) == 3


def test_too_many_messages_wait(discord: Discord, api: Api, clock: Clock, channel: Channel) -> None:
    discord.limits.messages_per_5s = 2
    assert api.post(channel, content="1").headers["x-ratelimit-remaining"] == "1"
    assert api.post(channel, content="2").headers["x-ratelimit-remaining"] == "0"
    clock.now += 2
    refused = api.post(channel, content="3")
    assert refused.status_code == 429
    assert refused.json() == {"message": "You are being rate limited.", "retry_after": 3.0, "global": False}
    assert (refused.headers["retry-after"], refused.headers["x-ratelimit-scope"]) == ("3", "user")
    assert "via" in refused.headers
    clock.now += 3
    assert api.post(channel, content="3").status_code == 200
    discord.limits.requests_per_second = 1
    assert api("GET", f"/channels/{channel.id}").status_code == 200
    assert api.post(channel, content="4").headers["x-ratelimit-global"] == "true"
    assert [call.status for call in discord.called("POST", "/messages$")] == [200, 200, 429, 200, 429]
    assert discord.invalid_requests == 2


def test_calls_fail_as_they_are_told_to(discord: Discord, api: Api, channel: Channel) -> None:
    discord.fail("POST", "/messages$", 503)
    discord.fail("POST", "/messages$", drop=True)
    discord.fail("POST", "/messages$", drop=True, after=True)
    discord.fail("POST", "/messages$", retry_after=0.5, is_global=True)
    moments: list[str] = []
    discord.moment = moments.append
    assert api.post(channel, content="1").status_code == 503
    for words in ("2", "3"):
        with pytest.raises(httpx.RemoteProtocolError):
            api.post(channel, content=words)
    assert api.post(channel, content="4").json()["retry_after"] == 0.5
    assert [seen.text for seen in channel.answers] == ["3"]
    assert [call.status for call in discord.calls] == [503, 0, 0, 429]
    assert moments[:2] == [f"{when} POST /channels/{channel.id}/messages" for when in ("before", "after")]


def test_without_the_intent_only_what_concerns_the_bot_is_shown(
    discord: Discord, api: Api, channel: Channel, ada: Person, commands: None
) -> None:
    discord.intents_allowed.clear()
    note = channel.say(ada, "secret", files=[SOUND])
    answer = int(api.post(channel, content="own").json()["id"])
    use = ada.menu("Transcribe", note)
    api.answer(use, 4, {"content": "answer"})
    own, of_command = channel.answers
    assert (own.id, of_command.text) == (answer, "answer")
    channel.say(ada, "to you", mentions_bot=True)
    channel.say(ada, "for you", answers=own)
    channel.say(ada, "not for you", answers=of_command)
    channel.say(ada, forwards=note)
    shown = api("GET", f"/channels/{channel.id}/messages").json()[::-1]
    words = [message["content"] for message in shown]
    assert words == ["", "own", "answer", f"<@{discord.bot_id}> to you", "for you", "", ""]
    assert shown[0]["attachments"] == shown[-1]["message_snapshots"][0]["message"]["attachments"] == []
    assert use.data["resolved"]["messages"][str(note.id)]["attachments"][0]["filename"] == "note.ogg"
    dm = discord.dm(ada)
    dm.say(ada, files=[SOUND])
    assert api("GET", f"/channels/{dm.id}/messages").json()[0]["attachments"]


def test_the_flags_of_the_application_tell_its_intents(discord: Discord, api: Api) -> None:
    for path in ("/applications/@me", "/oauth2/applications/@me"):
        discord.intents_allowed = {"message_content"}
        assert api("GET", path).json()["flags"] == 1 << 19
        discord.intents_allowed = set()
        assert api("GET", path).json()["flags"] == 0


def test_messages_are_listed_in_windows(discord: Discord, api: Api, channel: Channel, ada: Person) -> None:
    ids = [str(channel.say(ada, str(number)).id) for number in range(5)]
    discord.clock_ahead = -600
    old = str(channel.say(ada, "old").id)

    def listed(**query: object) -> list[str]:
        return [one["id"] for one in api("GET", f"/channels/{channel.id}/messages", params=query).json()]

    assert listed() == [*reversed(ids), old]
    assert listed(after=ids[1], limit=2) == [ids[3], ids[2]]
    assert listed(before=ids[2]) == [ids[1], ids[0], old]
    assert listed(around=ids[2], limit=3) == [ids[3], ids[2], ids[1]]
    assert mistake(api("GET", f"/channels/{channel.id}/messages", params={"limit": 101})) == "limit"


@pytest.mark.parametrize(
    ("where", "command"),
    [
        ("0.name", SLASH | {"name": "Transcribe"}),
        ("0.name", SLASH | {"name": "x" * 33}),
        ("0.description", SLASH | {"description": ""}),
        ("0", TRANSCRIBE | {"description": "x"}),
        ("0.options", SLASH | {"options": [LANGUAGE, FILE]}),
        ("0.options", SLASH | {"options": [FILE, FILE]}),
        ("0.options", SLASH | {"options": [LANGUAGE | {"name": f"o{number}"} for number in range(26)]}),
        ("0.options.0", SLASH | {"options": [FORM | {"autocomplete": True}]}),
        ("0.options.0.choices", SLASH | {"options": [FORM | {"choices": [{"name": "x", "value": "x"}] * 26}]}),
        ("0.name_localizations", SLASH | {"name_localizations": {"xx": "x"}}),
        ("0.name", SLASH | {"name_localizations": {"de": "Mit Leerzeichen"}}),
    ],
)
def test_a_command_beyond_the_limits_is_an_invalid_form(discord: Discord, api: Api, where: str, command: Any) -> None:
    assert mistake(api("PUT", f"/applications/{discord.application_id}/commands", [command])) == where
    assert discord.commands == []
    discord.unexpected.clear()


def test_commands_that_stay_keep_their_ids(discord: Discord, api: Api, commands: None) -> None:
    [first, _] = discord.commands
    path = f"/applications/{discord.application_id}/commands"
    answer = api("PUT", path, [SLASH | {"name": "other"}, TRANSCRIBE]).json()
    assert [one["name"] for one in answer] == ["other", "Transcribe"]
    assert answer[1]["id"] == first["id"]
    assert api("GET", path).json() == answer
    assert mistake(api("PUT", path, [TRANSCRIBE, TRANSCRIBE])) == "0.name"
    assert mistake(api("PUT", path, [TRANSCRIBE | {"name": str(number)} for number in range(6)])) == "_"
    assert discord.syncs == 4


def test_an_interaction_is_answered_once_and_in_time(
    api: Api, clock: Clock, ada: Person, channel: Channel, commands: None
) -> None:
    use = ada.menu("Transcribe", channel.say(ada, files=[SOUND]))
    assert refusal(api.after(use, content="x")) == (404, 10015)
    clock.now += 1.5
    told = api.answer(use, 5).json()
    assert told["interaction"]["response_message_loading"]
    assert (use.deferred, use.seconds_to_answer, use.response) == (True, 1.5, None)
    assert refusal(api.answer(use, 5)) == (400, 40060)
    late = ada.menu("Transcribe", channel.say(ada, files=[SOUND]))
    clock.now += 3.5
    assert refusal(api.answer(late, 5)) == (404, 10062)
    assert not late.answered
    assert mistake(api.answer(ada.menu("Transcribe", channel.say(ada)), 7, {"content": "x"})) == "type"


def test_a_ticket_lasts_a_quarter_of_an_hour(
    api: Api, clock: Clock, ada: Person, channel: Channel, commands: None
) -> None:
    use, other = (ada.menu("Transcribe", channel.say(ada, files=[SOUND])) for _ in range(2))
    api.answer(use, 5)
    api.answer(other, 5)
    clock.now += 899
    assert api.after(use, "PATCH", "/messages/@original", content="done").status_code == 200
    done = use.response
    assert done is not None
    assert (done.text, done.edits) == ("done", 0)
    clock.now += 2
    assert refusal(api.after(use, "PATCH", "/messages/@original", content="late")) == (401, 50027)
    assert refusal(api.after(use, content="late")) == (401, 50027)
    assert api("PATCH", f"/channels/{channel.id}/messages/{done.id}", {"content": "anew"}).status_code == 200
    clock.now -= 100
    other.expire()
    assert refusal(api.after(other, content="late")) == (401, 50027)


def test_the_first_follow_up_of_a_deferral_is_the_original(
    discord: Discord, api: Api, ada: Person, channel: Channel, commands: None
) -> None:
    use = ada.menu("Transcribe", channel.say(ada))
    api.answer(use, 5, {"flags": 64})
    assert api.after(use, content="first").json()["id"] == api.after(use, "GET", "/messages/@original").json()["id"]
    api.after(use, content="second", flags=64)
    api.after(use, content="third")
    assert [notice.text for notice in use.notices] == ["first", "second"]
    assert [seen.text for seen in channel.answers] == ["third"]
    hidden = f"/channels/{channel.id}/messages/{use.notices[0].id}"
    assert refusal(api("GET", hidden)) == refusal(api("PATCH", hidden, {"content": "x"})) == (404, 10008)
    assert api.after(use, "DELETE", "/messages/@original").status_code == 204
    assert refusal(api.after(use, "PATCH", "/messages/@original", content="x")) == (404, 10008)
    assert use.response is None
    assert discord.sessions == []


def test_where_the_bot_is_not_there_are_five_follow_ups(
    discord: Discord, api: Api, ada: Person, commands: None
) -> None:
    group = discord.group(ada, discord.person("Bea"))
    use = ada.menu("Transcribe", group.say(ada, files=[SOUND]))
    assert use.owners == {"1": str(ada.id)}
    api.answer(use, 4, {"content": "0"})
    assert [api.after(use, content=str(number)).status_code for number in range(5)] == [200] * 5
    assert refusal(api.after(use, content="6")) == (400, 40094)
    assert api.after(use, "PATCH", "/messages/@original", content="edited").status_code == 200
    assert len(group.answers) == 6


def test_a_server_can_hide_what_foreign_commands_say(discord: Discord, api: Api, ada: Person, commands: None) -> None:
    away = discord.foreign_guild("Away", ada)
    use = ada.menu("Transcribe", away.channel("x").say(ada))
    api.answer(use, 4, {"content": "for all"})
    away.deny("use_external_apps")
    hidden = ada.menu("Transcribe", away.channel("y").say(ada))
    api.answer(hidden, 4, {"content": "for one"})
    assert (len(use.notices), len(hidden.notices)) == (0, 1)


def test_nothing_is_answered_in_a_locked_thread(api: Api, ada: Person, channel: Channel, commands: None) -> None:
    thread = channel.thread("talk")
    use = ada.menu("Transcribe", thread.say(ada))
    api.answer(use, 5)
    thread.archive(locked=True)
    assert refusal(api.after(use, "PATCH", "/messages/@original", content="x")) == (400, 50083)


def test_people_press_what_is_there(api: Api, discord: Discord, ada: Person, channel: Channel) -> None:
    bea = discord.person("Bea")
    assert channel.guild is not None
    channel.guild.join(bea, "manage_messages")
    rows = [ROW, {"type": 1, "components": [MENU]}]
    api.post(channel, content="x", components=rows)
    [seen] = channel.answers
    assert (seen.buttons, seen.choices) == (["Cancel"], [("Spanish", "es")])
    use = bea.press(seen, "Cancel")
    assert use.data["custom_id"] == "cancel:1"
    assert api.answer(use, 7, {"content": "cancelled", "components": []}).json()["resource"]["message"]["content"]
    assert channel.answers[0].text == "cancelled"
    assert api.after(use, content="cancelled, indeed", flags=64).json()["flags"] & 64
    with pytest.raises(AssertionError, match="there is no"):
        ada.press(seen, "Cancel")
    with pytest.raises(AssertionError, match="there is no"):
        ada.choose(seen, "Language", "es")
    assert ada.forge(seen, "cancel:2").data["custom_id"] == "cancel:2"
    api("PATCH", f"/channels/{channel.id}/messages/{seen.id}", {"components": rows})
    assert ada.choose(seen, "Language", "Spanish").data["values"] == ["es"]
    api.answer(ada.forge(seen, "x"), 4, {"content": "secret", "flags": 64, "components": [ROW]})
    [hidden] = [use.response for use in discord.uses.values() if use.response and use.response.ephemeral]
    ada.press(hidden, "Cancel")
    with pytest.raises(AssertionError, match="does not see"):
        bea.press(hidden, "Cancel")


def test_a_modal_is_filled_in(api: Api, discord: Discord, ada: Person, channel: Channel, commands: None) -> None:
    def opened(modal: object) -> httpx.Response:
        return api.answer(ada.slash("transcribe", channel, file=SOUND), 9, modal)

    assert mistake(opened(MODAL | {"title": "x" * 46})) == "data.title"
    assert mistake(opened(MODAL | {"components": []})) == "data.components"
    discord.unexpected.clear()
    use = ada.slash("transcribe", channel, file=SOUND)
    api.answer(use, 9, MODAL)
    assert use.modal is not None
    with pytest.raises(AssertionError, match="does not fit"):
        use.submit("far too long a name")
    with pytest.raises(AssertionError, match="must be filled in"):
        use.submit()
    for submitted in (use.submit("Bob"), use.submit(Name="Bob"), use.submit(name="Bob")):
        assert submitted.data["components"][0]["component"]["value"] == "Bob"
    assert mistake(api.answer(submitted, 9, MODAL)) == "type"


def test_people_use_only_what_is_registered(discord: Discord, api: Api, ada: Person, channel: Channel) -> None:
    note = channel.say(ada)
    in_guilds = {"integration_types": [0], "contexts": [0]}
    managers = SLASH | {"name": "setup", "default_member_permissions": 1 << 5}
    api("PUT", f"/applications/{discord.application_id}/commands", [TRANSCRIBE | in_guilds, SLASH, managers])
    bea = discord.person("Bea")
    assert channel.guild is not None
    channel.guild.join(bea)
    ada.slash("setup", channel, file=SOUND)
    impossible: list[tuple[Callable[[], Use], str]] = [
        (lambda: ada.menu("Other", note), "no command"),
        (lambda: ada.menu("Transcribe", note, install="user"), "cannot be installed"),
        (lambda: ada.menu("Transcribe", discord.dm(ada).say(ada)), "not for the context"),
        (lambda: ada.slash("transcribe", channel), "needs"),
        (lambda: ada.slash("transcribe", channel, file=SOUND, url="x"), "has no"),
        (lambda: ada.slash("transcribe", channel, file=SOUND, form="docx"), "no choice"),
        (lambda: bea.slash("setup", channel, file=SOUND), "permissions"),
        (lambda: discord.person("Cy").slash("transcribe", channel, file=SOUND), "is not in"),
    ]
    for use_it, why in impossible:
        with pytest.raises(AssertionError, match=why):
            use_it()
    use = ada.slash("transcribe", channel, file=SOUND, form="Text", language="es")
    assert [option["value"] for option in use.data["options"]][1:] == ["txt", "es"]
    [file] = use.data["resolved"]["attachments"].values()
    assert "/ephemeral-attachments/" in file["url"]
    assert api.http.get(file["url"]).content == SOUND.source
