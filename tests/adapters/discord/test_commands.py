"""Slash commands, settings and forms on Discord, through the real library and a strict Discord."""

import asyncio
import io
import json
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from adapters.discord.context import FEATURES
from adapters.discord.places import channel_owner
from bot.chat.command_table import OPERATOR_COMMANDS, commands_of
from bot.domain.billing import Plan
from bot.domain.money import Micros
from bot.people.preferences import Choice, Mode
from bot.settings import Settings
from tests.doubles.discord.server import Channel, Discord, Guild, Person, Seen
from tests.helpers.discord import SAID, DiscordRig, discord_rig, on_discord


@pytest.fixture
def olga(discord: Discord) -> Person:
    """She runs the service."""
    return discord.person("Olga")


@pytest.fixture
async def rig(discord: Discord, settings: Settings, olga: Person) -> AsyncIterator[DiscordRig]:
    prepaid = on_discord(settings, discord, plan=Plan.PREPAID, ask_above="", owners=f"discord:{olga.id}")
    async with discord_rig(discord, prepaid) as rig:
        await discord.eventually(lambda: discord.commands)
        yield rig


@pytest.fixture
def guild(discord: Discord, ada: Person) -> Guild:
    guild = discord.guild("Home", owner=discord.person("Gus"))
    guild.join(ada)
    return guild


async def used(rig: DiscordRig, person: Person, name: str, channel: Channel, **options: Any) -> Seen:
    """Return a command's answer."""
    use = person.slash(name, channel, **options)
    await rig.discord.eventually(lambda: use.response)
    assert use.response is not None
    return use.response


async def chosen(rig: DiscordRig, person: Person, seen: Seen, menu: int, value: str) -> Seen:
    """The message after something was chosen in one of its menus."""
    use = person.choose(seen, menu, value)
    await rig.discord.eventually(lambda: use.answered)
    response = use.response
    assert response is not None
    return response


async def test_discord_is_told_the_commands_of_the_table_once_and_in_every_language(
    rig: DiscordRig, discord: Discord, settings: Settings
) -> None:
    slash = {one["name"]: one for one in discord.commands if one.get("type", 1) == 1}
    assert set(slash) == {one.name for one in commands_of(FEATURES)} - {*OPERATOR_COMMANDS}
    assert slash["balance"]["description"] == "What is left to spend"
    assert slash["balance"]["description_localizations"]["de"] == "Was noch ausgegeben werden kann"
    assert slash["setup"]["contexts"] == [0]
    assert slash["transcribe"]["integration_types"] == [0, 1]
    menus = {one["name"] for one in discord.commands if one.get("type", 1) == 3}
    assert menus == {"Transcribe", "Transcribe privately"}
    assert discord.syncs == 1


async def test_commands_are_told_again_only_when_they_changed(discord: Discord, settings: Settings) -> None:
    for _ in range(2):
        async with discord_rig(discord, on_discord(settings, discord)) as rig:
            await discord.eventually(lambda: discord.commands)
            await rig.caught_up()
    assert discord.syncs == 1
    (settings.storage.data_dir / "discord-commands").write_text("of an earlier release")
    async with discord_rig(discord, on_discord(settings, discord)):
        await discord.eventually(lambda: discord.syncs == 2)


async def test_money_is_told_to_its_owner_alone(
    rig: DiscordRig, discord: Discord, guild: Guild, ada: Person, voice: Path
) -> None:
    await rig.service.core.ledger.credit(f"discord:{ada.id}", Micros(1_000_000), "first")
    channel, dm = guild.channel("general"), discord.dm(ada)
    dm.say(ada, voice=voice, seconds=16)
    await rig.answers(dm)
    await rig.idle()
    balance = await used(rig, ada, "balance", channel)
    assert balance.ephemeral
    assert "$0.8386 left." in balance.content.replace("\\", "")
    assert "done · $0.1614" in balance.content.replace("\\", "")
    usage = await used(rig, ada, "usage", channel)
    assert "1 recording, 0:16, $0.1614" in usage.content.replace("\\", "")
    assert channel.answers == []


async def test_a_text_can_be_had_once_more_from_the_list_of_jobs_by_its_owner_alone(
    rig: DiscordRig, discord: Discord, guild: Guild, ada: Person, olga: Person, voice: Path
) -> None:
    await rig.service.core.ledger.credit(f"discord:{ada.id}", Micros(1_000_000), "first")
    channel, dm = guild.channel("general"), discord.dm(ada)
    assert "Nothing yet" in (await used(rig, ada, "jobs", channel)).content
    dm.say(ada, voice=voice, seconds=16)
    await rig.answers(dm)
    await rig.idle()
    jobs = await used(rig, ada, "jobs", channel)
    [(label, note_id)] = jobs.choices
    assert "0:16" in label
    use = ada.choose(jobs, 0, note_id)
    await discord.eventually(lambda: use.response and SAID in use.response.text)
    assert use.response is not None
    assert use.response.ephemeral
    assert "TXT" in use.response.buttons


async def test_a_file_or_a_link_comes_with_the_command_and_its_options_hold(
    rig: DiscordRig, discord: Discord, guild: Guild, ada: Person, voice: Path
) -> None:
    await rig.service.core.ledger.credit(f"discord:{ada.id}", Micros(1_000_000), "first")
    channel = guild.channel("general")
    use = ada.slash("transcribe", channel, file=voice, language="Spanish", model="paid-later")
    await discord.eventually(lambda: use.response and SAID in use.response.text)
    [note] = await rig.notes()
    assert (note.options.language, note.options.model) == ("es", "paid-later")
    link = discord.link(channel.say(ada, files=[voice]).attachments[0])
    by_link = ada.slash("transcribe", channel, url=link)
    await discord.eventually(lambda: by_link.response and SAID in by_link.response.text)
    nothing = await used(rig, ada, "transcribe", channel)
    assert "Give me a file or a link" in nothing.content.replace("\\", "")
    wrong = await used(rig, ada, "transcribe", channel, file=voice, model="nothing-like-that")
    assert "nothing-like-that" in wrong.content.replace("\\", "")


async def test_languages_and_models_are_suggested_as_one_types(rig: DiscordRig, guild: Guild, ada: Person) -> None:
    channel = guild.channel("general")
    languages = await asyncio.to_thread(ada.autocomplete, "transcribe", channel, "language", "span")
    assert languages == [("Spanish", "es")]
    some = await asyncio.to_thread(ada.autocomplete, "language", channel, "value", "")
    assert len(some) == 25
    models = await asyncio.to_thread(ada.autocomplete, "transcribe", channel, "model", "later")
    assert models == [("paid-later", "paid-later")]


async def test_settings_of_one_s_own_are_chosen_in_menus(rig: DiscordRig, guild: Guild, ada: Person) -> None:
    shown = await used(rig, ada, "settings", guild.channel("general"))
    assert "Language: automatic (default)" in shown.content.replace("\\", "")
    assert len(shown.menus) == 4
    changed = await chosen(rig, ada, shown, 0, "es")
    assert "Language: Spanish (your choice)" in changed.content.replace("\\", "")
    use = ada.press(changed, "More")
    await rig.discord.eventually(lambda: use.response and len(use.response.menus) == 2)
    assert use.response is not None
    spoken = await chosen(rig, ada, use.response, 1, "de")
    assert "Sprache: Spanisch (deine Wahl)" in spoken.content.replace("\\", "")
    core = rig.service.core
    assert (await core.preferences.of(f"discord:{ada.id}")).locale == "de"
    reset = await chosen(rig, ada, (await used(rig, ada, "settings", guild.channel("general"))), 0, "reset")
    assert "Spanish" not in reset.content


async def test_a_setting_is_chosen_by_its_own_command(rig: DiscordRig, guild: Guild, ada: Person) -> None:
    channel = guild.channel("general")
    assert "Spanish (your choice)" in (await used(rig, ada, "language", channel, value="es")).content.replace("\\", "")
    assert "told apart (your choice)" in (await used(rig, ada, "speakers", channel, value=True)).content.replace(
        "\\", ""
    )
    assert "Klingon" in (await used(rig, ada, "language", channel, value="Klingon")).content
    assert len((await used(rig, ada, "model", channel)).menus) == 4


async def test_those_who_manage_a_channel_set_it_and_nobody_else(
    rig: DiscordRig, discord: Discord, guild: Guild
) -> None:
    channel = guild.channel("general")
    mia = discord.person("Mia")
    guild.join(mia, "manage_channels")
    shown = await used(rig, mia, "setup", channel)
    changed = await chosen(rig, mia, shown, 0, Mode.AUTO.value)
    assert "all (chosen for this chat)" in changed.content.replace("\\", "")
    preferences = rig.service.core.preferences
    assert (await preferences.of("", channel_owner(channel.id))).mode is Mode.AUTO
    refused = await used(rig, mia, "setup", channel, server=True)
    assert "Only managers of this channel" in refused.content
    guild.join(mia)  # she manages nothing any more, but her menu is still there
    late = await chosen(rig, mia, changed, 0, Mode.OFF.value)
    assert "Only managers of this channel" in late.content
    assert (await preferences.of("", channel_owner(channel.id))).mode is Mode.AUTO


async def test_what_holds_in_a_thread_is_what_holds_in_its_channel(
    rig: DiscordRig, discord: Discord, guild: Guild
) -> None:
    channel = guild.channel("general")
    mia = discord.person("Mia")
    guild.join(mia, "manage_channels")
    await rig.choose(channel_owner(channel.id), Choice.MODE, Mode.AUTO.value)
    shown = await used(rig, mia, "setup", channel.thread("talk"))
    assert "all (chosen for this chat)" in shown.content.replace("\\", "")


async def test_a_server_s_choice_holds_in_its_channels_until_one_has_its_own(
    rig: DiscordRig, discord: Discord, guild: Guild, ada: Person, voice: Path
) -> None:
    await rig.service.core.ledger.credit(f"discord:{ada.id}", Micros(1_000_000), "first")
    gus = discord.person("Guy")
    guild.join(gus, "manage_guild")
    loud, quiet = guild.channel("loud"), guild.channel("quiet")
    shown = await used(rig, gus, "setup", loud, server=True)
    await chosen(rig, gus, shown, 0, Mode.AUTO.value)
    await rig.choose(channel_owner(quiet.id), Choice.MODE, Mode.OFF.value)
    quiet.say(ada, voice=voice, seconds=16)
    loud.say(ada, voice=voice, seconds=16)
    await rig.answers(loud)
    await rig.idle()
    assert quiet.answers == []


async def test_an_export_is_a_file_of_one_s_own_and_forgetting_asks_first(
    rig: DiscordRig, discord: Discord, guild: Guild, ada: Person, voice: Path
) -> None:
    await rig.service.core.ledger.credit(f"discord:{ada.id}", Micros(1_000_000), "first")
    channel, dm = guild.channel("general"), discord.dm(ada)
    dm.say(ada, voice=voice, seconds=16)
    await rig.answers(dm)
    await rig.idle()
    exported = await used(rig, ada, "export", channel)
    assert exported.ephemeral
    [(name, data)] = exported.files
    assert name == "earmark-export.zip"
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert len(json.loads(archive.read("notes.json"))) == 1
    asked = await used(rig, ada, "forget", channel)
    assert len(await rig.notes()) == 1
    done = ada.press(asked, "Erase all")
    await discord.eventually(lambda: done.response and "Erased, with 1 recording" in done.response.text)
    assert done.response is not None
    assert done.response.buttons == [], "the answer stands in the question's place"
    assert await rig.notes() == []


async def test_operators_commands_are_in_no_list_and_answered_to_operators_alone_in_their_own_chat(
    rig: DiscordRig, discord: Discord, ada: Person, olga: Person
) -> None:
    account = f"discord:{ada.id}"
    assert {one["name"] for one in discord.commands}.isdisjoint(OPERATOR_COMMANDS)
    hers, own = discord.dm(ada), discord.dm(olga)
    hers.say(ada, f"/credit {account} 5")
    await discord.eventually(lambda: len(hers.answers) == 1)
    assert hers.answers[0].content.startswith("Send or forward me a voice message")
    assert (await rig.service.core.ledger.statements.balance(account)).balance == 0
    own.say(olga, f"/credit {account} 5")
    await discord.eventually(lambda: len(own.answers) == 1)
    assert f"$5.00 added: {account} has $5.00" in own.answers[0].content.replace("\\", "")
    own.say(olga, "/spend")
    await discord.eventually(lambda: len(own.answers) == 2)
    assert "$0.00 charged" in own.answers[1].content.replace("\\", "")
    assert "/credit" in (await used(rig, olga, "help", discord.dm(olga))).content
    assert "/credit" not in (await used(rig, ada, "help", discord.dm(ada))).content


async def test_an_answer_that_takes_long_is_promised_in_time(
    rig: DiscordRig, discord: Discord, guild: Guild, ada: Person
) -> None:
    async with rig.service.core.db.writing():  # nobody else can write meanwhile, so choosing waits
        use = ada.slash("language", guild.channel("general"), value="es")
        await discord.eventually(lambda: use.deferred)
        assert use.seconds_to_answer < 3
    await discord.eventually(lambda: use.response and "Spanish" in use.response.text)
