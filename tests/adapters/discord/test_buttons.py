"""Buttons and menus under a text on Discord: files, speakers and their names, languages, and a price's question."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.audio import Audio
from bot.domain.billing import Plan
from bot.domain.money import Micros
from bot.domain.note import Options, Ticket
from bot.domain.ports import Report
from bot.domain.transcript import Segment, Transcript, Word
from bot.people.preferences import Choice
from bot.settings import Settings
from tests.doubles.discord.server import Channel, Discord, Guild, Person, Seen, Use
from tests.doubles.provider import PaidProvider
from tests.helpers.discord import SAID, DiscordRig, discord_rig, on_discord

PRICE = 161_400


class Talk(PaidProvider):
    """Returns several speakers if diarization is asked for."""

    voices = 2

    async def submit(self, audio: Audio, options: Options, report: Report, user: str = "") -> Transcript | Ticket:
        said = await super().submit(audio, options, report, user)
        if not options.speakers or isinstance(said, Ticket):
            return said
        segments = tuple(
            Segment(f"This is voice {number}.", float(number), number + 1.0, f"Speaker {number}")
            for number in range(1, self.voices + 1)
        )
        words = tuple(Word(one.text, one.start, one.end, one.speaker) for one in segments)
        return replace(said, text=" ".join(one.text for one in segments), segments=segments, words=words)


@pytest.fixture
def provider(settings: Settings) -> Talk:
    return Talk(settings.storage.data_dir.parent / "provider")


@pytest.fixture
async def rig(discord: Discord, settings: Settings, provider: Talk) -> AsyncIterator[DiscordRig]:
    prepaid = on_discord(settings, discord, plan=Plan.PREPAID, ask_above="")
    async with discord_rig(discord, prepaid, provider) as rig:
        await discord.eventually(lambda: discord.commands)
        yield rig


@pytest.fixture
def bea(discord: Discord) -> Person:
    return discord.person("Bea")


@pytest.fixture
def guild(discord: Discord, ada: Person, bea: Person) -> Guild:
    guild = discord.guild("Home", owner=discord.person("Gus"))
    for person in (ada, bea):
        guild.join(person)
    return guild


@pytest.fixture
def channel(guild: Guild) -> Channel:
    return guild.channel("general")


async def text_of(rig: DiscordRig, person: Person, channel: Channel, voice: Path, text: str = SAID) -> Seen:
    """The answer to a message whose menu a user used."""
    await rig.service.core.ledger.credit(f"discord:{person.id}", Micros(1_000_000), f"of {person.id}")
    sent = channel.say(person, voice=voice, seconds=16)
    use = person.menu("Transcribe", sent)
    await rig.discord.eventually(lambda: use.response and text in use.response.text)
    await rig.idle()
    assert use.response is not None
    return use.response


async def answered(rig: DiscordRig, use: Use) -> Seen:
    await rig.discord.eventually(lambda: use.response)
    assert use.response is not None
    return use.response


@pytest.mark.parametrize(("form", "begins"), [("TXT", b"What was"), ("SRT", b"1\n00:00:00"), ("VTT", b"WEBVTT")])
async def test_a_text_comes_as_a_file_for_whoever_pressed(
    rig: DiscordRig, ada: Person, channel: Channel, voice: Path, form: str, begins: bytes
) -> None:
    answer = await text_of(rig, ada, channel, voice)
    reply = await answered(rig, ada.press(answer, form))
    [(name, data)] = reply.files
    assert name == f"voice-message.{form.lower()}"
    assert data.startswith(begins)
    assert reply.ephemeral


async def test_buttons_work_after_a_restart(
    discord: Discord, settings: Settings, ada: Person, channel: Channel, voice: Path
) -> None:
    where = on_discord(settings, discord, ask_above="")
    async with discord_rig(discord, where) as rig:
        await discord.eventually(lambda: discord.commands)
        answer = await text_of(rig, ada, channel, voice)
    async with discord_rig(discord, where) as rig:
        use = ada.press(answer, "DOCX")
        # On a busy machine it takes so long that it is promised first, and is then a message of its own.
        await discord.eventually(lambda: [seen for seen in (use.response, *use.followups) if seen and seen.files])
        [(name, data)] = next(seen.files for seen in (use.response, *use.followups) if seen and seen.files)
    assert name == "voice-message.docx"
    assert data.startswith(b"PK")


async def test_readers_take_files_unseen_by_others_and_press_the_rest_in_vain_and_moderators_do_not(
    rig: DiscordRig, discord: Discord, guild: Guild, ada: Person, bea: Person, channel: Channel, voice: Path
) -> None:
    answer = await text_of(rig, ada, channel, voice)
    for form in ("TXT", "SRT", "VTT", "DOCX"):
        taken = await answered(rig, bea.press(answer, form))
        assert taken.ephemeral
        assert [name for name, _ in taken.files] == [f"voice-message.{form.lower()}"]
    for button in ("Speakers on", "Spoken language"):
        refused = await answered(rig, bea.press(answer, button))
        assert refused.ephemeral
        assert "Only the user who asked" in refused.content
    mia = discord.person("Mia")
    guild.join(mia, "manage_messages")
    assert (await answered(rig, mia.press(answer, "Spoken language"))).ephemeral


async def test_a_press_that_we_did_not_make_does_nothing(
    rig: DiscordRig, ada: Person, channel: Channel, voice: Path
) -> None:
    answer = await text_of(rig, ada, channel, voice)
    real = answer.components[0]["components"][0]["custom_id"]
    press, _, signature = real.rpartition("|")
    for forged in (press, f"{press}|{signature[::-1]}", f"{press}x|{signature}", "d::|", ""):
        if forged:
            reply = await answered(rig, ada.forge(answer, forged))
            assert "out of date" in reply.content


async def test_cancel_is_for_the_asker_and_for_moderators(
    rig: DiscordRig, provider: Talk, ada: Person, bea: Person, channel: Channel, voice: Path
) -> None:
    await rig.service.core.ledger.credit(f"discord:{ada.id}", Micros(1_000_000), "first")
    provider.free.clear()
    use = ada.menu("Transcribe", channel.say(ada, voice=voice, seconds=16))
    discard = "Discard the text (already paid: $0.1614)"
    await rig.discord.eventually(lambda: use.response and use.response.buttons == [discard])
    assert use.response is not None
    assert "Only the user who asked" in (await answered(rig, bea.press(use.response, discard))).content
    assert "OK. The text is not posted" in (await answered(rig, ada.press(use.response, discard))).content
    provider.free.set()
    await rig.discord.eventually(lambda: use.response and "It was already paid: $0.1614." in use.response.text)
    assert use.response.buttons == []
    assert (await rig.service.core.ledger.statements.balance(f"discord:{ada.id}")).held == 0


async def test_another_language_shows_its_price_first_and_comes_as_a_message_of_its_own(
    rig: DiscordRig, provider: Talk, ada: Person, channel: Channel, voice: Path
) -> None:
    answer = await text_of(rig, ada, channel, voice)
    menu = await answered(rig, ada.press(answer, "Spoken language"))
    asked = await answered(rig, ada.choose(menu, 0, "es"))
    assert asked.buttons == ["Yes, for $0.1614"]
    assert len(provider.calls()) == 1
    run = ada.press(asked, "Yes, for $0.1614")
    await rig.discord.eventually(lambda: run.response and SAID in run.response.text)
    assert run.response is not None
    assert not run.response.ephemeral
    assert run.response.id != answer.id
    await rig.idle()
    assert len(provider.calls()) == 2
    again = await answered(rig, ada.press(asked, "Yes, for $0.1614"))
    assert "You asked for that before" in again.content
    assert {note.options.language for note in await rig.notes()} == {"auto", "es"}
    assert (await rig.service.core.ledger.statements.balance(f"discord:{ada.id}")).spent == 2 * PRICE


async def test_speakers_are_told_apart_for_their_price_and_labels_go_and_come_for_nothing(
    rig: DiscordRig, provider: Talk, ada: Person, channel: Channel, voice: Path
) -> None:
    answer = await text_of(rig, ada, channel, voice)
    asked = await answered(rig, ada.press(answer, "Speakers on"))
    [label] = asked.buttons
    run = ada.press(asked, label)
    await rig.discord.eventually(lambda: run.response and "Speaker 2" in run.response.text)
    await rig.idle()
    calls = len(provider.calls())
    assert run.response is not None
    off = ada.press(run.response, "Speakers off")
    await rig.discord.eventually(lambda: off.answered and run.response and "Speaker 2" not in run.response.text)
    assert run.response is not None
    ada.press(run.response, "Speakers on")
    await rig.discord.eventually(lambda: run.response and "Speaker 2" in run.response.text)
    assert len(provider.calls()) == calls


async def with_speakers(rig: DiscordRig, ada: Person, channel: Channel, voice: Path) -> Seen:
    await rig.choose(f"discord:{ada.id}", Choice.SPEAKERS, "on")
    return await text_of(rig, ada, channel, voice, "This is voice 2.")


async def test_speakers_get_names_in_one_form_and_every_file_has_them(
    rig: DiscordRig, ada: Person, channel: Channel, voice: Path
) -> None:
    answer = await with_speakers(rig, ada, channel, voice)
    asking = ada.press(answer, "Names")
    await rig.discord.eventually(lambda: asking.modal)
    named = asking.submit("Grace  Hopper", "<@1> **Alan**")
    await rig.discord.eventually(lambda: named.answered and "Grace Hopper" in channel.answers[-1].text)
    [shown] = [one for one in channel.answers if one.id == answer.id]
    assert "Speaker 1" not in shown.text
    [(_, data)] = (await answered(rig, ada.press(shown, "TXT"))).files
    assert data.decode().startswith("Grace Hopper: This is voice 1.\n\n<@1> **Alan**: This is voice 2.")
    assert rig.discord.pings == []


async def test_of_many_speakers_one_is_chosen_first(
    rig: DiscordRig, provider: Talk, ada: Person, channel: Channel, voice: Path
) -> None:
    provider.voices = 7
    answer = await with_speakers(rig, ada, channel, voice)
    menu = await answered(rig, ada.press(answer, "Names"))
    assert len(menu.choices) == 7
    asking = ada.choose(menu, 0, "6")
    await rig.discord.eventually(lambda: asking.modal)
    named = asking.submit("Zoe")
    await rig.discord.eventually(lambda: named.answered and "Zoe" in channel.answers[-1].text)


async def test_above_the_threshold_the_price_is_asked_and_only_the_payer_says_yes(
    rig: DiscordRig, provider: Talk, discord: Discord, guild: Guild, ada: Person, channel: Channel, voice: Path
) -> None:
    await rig.choose(f"discord:{ada.id}", Choice.ASK_ABOVE, "0.10")
    await rig.service.core.ledger.credit(f"discord:{ada.id}", Micros(1_000_000), "first")
    use = ada.menu("Transcribe", channel.say(ada, voice=voice, seconds=16))
    await discord.eventually(lambda: use.response and "Transcribe for $0.1614" in use.response.buttons)
    assert use.response is not None
    mia = discord.person("Mia")
    guild.join(mia, "manage_messages")
    refused = await answered(rig, mia.press(use.response, "Transcribe for $0.1614"))
    assert "Only the user who asked" in refused.content
    assert provider.calls() == []
    ada.press(use.response, "Transcribe for $0.1614")
    await discord.eventually(lambda: use.response and SAID in use.response.text)


async def test_what_was_private_stays_private_in_another_run(
    rig: DiscordRig, ada: Person, channel: Channel, voice: Path
) -> None:
    await rig.service.core.ledger.credit(f"discord:{ada.id}", Micros(1_000_000), "first")
    use = ada.menu("Transcribe privately", channel.say(ada, voice=voice, seconds=16))
    await rig.discord.eventually(lambda: use.response and SAID in use.response.text)
    await rig.idle()
    assert use.response is not None
    menu = await answered(rig, ada.press(use.response, "Spoken language"))
    asked = await answered(rig, ada.choose(menu, 0, "es"))
    run = ada.press(asked, asked.buttons[0])
    await rig.discord.eventually(lambda: run.response and SAID in run.response.text)
    assert run.response is not None
    assert run.response.ephemeral
    assert channel.answers == []


async def jobs_of(rig: DiscordRig, person: Person, channel: Channel) -> Seen:
    """A user's text once more, from the list of jobs."""
    jobs = await answered(rig, person.slash("jobs", channel))
    [(_, note_id)] = jobs.choices
    return await answered(rig, person.choose(jobs, 0, note_id))


async def test_what_was_said_in_one_s_own_chat_is_not_told_elsewhere_by_another_run(
    rig: DiscordRig, discord: Discord, ada: Person, channel: Channel, voice: Path
) -> None:
    await rig.service.core.ledger.credit(f"discord:{ada.id}", Micros(1_000_000), "first")
    dm = discord.dm(ada)
    dm.say(ada, voice=voice, seconds=16)
    await rig.answers(dm)
    await rig.idle()
    menu = await answered(rig, ada.press(await jobs_of(rig, ada, channel), "Spoken language"))
    asked = await answered(rig, ada.choose(menu, 0, "es"))
    run = ada.press(asked, asked.buttons[0])
    await discord.eventually(lambda: run.response and SAID in run.response.text)
    assert run.response is not None
    assert run.response.ephemeral
    assert channel.answers == []


async def test_another_run_elsewhere_finds_the_recording_where_it_was_said(
    rig: DiscordRig, discord: Discord, ada: Person, channel: Channel, voice: Path
) -> None:
    discord.limits.link_seconds = 600
    answer = await text_of(rig, ada, channel, voice)
    assert answer.channel == channel.id
    discord.clock_ahead += 700
    dm = discord.dm(ada)
    discord.fail("GET", "/cdn/", status=404, times=1)  # the link that was told first is over
    menu = await answered(rig, ada.press(await jobs_of(rig, ada, dm), "Spoken language"))
    asked = await answered(rig, ada.choose(menu, 0, "es"))
    run = ada.press(asked, asked.buttons[0])
    await discord.eventually(lambda: run.response and SAID in run.response.text)
    assert discord.called("GET", rf"/channels/{channel.id}/messages/")
    assert {note.key.chat for note in await rig.notes()} == {str(channel.id), str(dm.id)}


async def test_what_could_not_be_delivered_is_shown_by_jobs(
    rig: DiscordRig, provider: Talk, discord: Discord, ada: Person, channel: Channel, voice: Path
) -> None:
    await rig.service.core.ledger.credit(f"discord:{ada.id}", Micros(1_000_000), "first")
    provider.free.clear()
    use = ada.menu("Transcribe privately", channel.say(ada, voice=voice, seconds=16))
    await discord.eventually(lambda: use.response and "Transcribing" in use.response.text)
    discord.dm(ada).closed = True
    use.expire()
    provider.free.set()
    await rig.idle()
    shown = await jobs_of(rig, ada, channel)
    assert SAID in shown.text
    assert shown.ephemeral
    assert channel.answers == []


async def test_a_press_is_acknowledged_in_time_however_slow_the_service_is(
    rig: DiscordRig, provider: Talk, discord: Discord, ada: Person, channel: Channel, voice: Path
) -> None:
    await rig.service.core.ledger.credit(f"discord:{ada.id}", Micros(1_000_000), "first")
    provider.free.clear()
    use = ada.menu("Transcribe", channel.say(ada, voice=voice, seconds=16))
    await discord.eventually(lambda: use.response and "Transcribing" in use.response.text)
    assert use.response is not None
    async with rig.service.core.db.writing():  # nobody else can write meanwhile
        cancel = ada.press(use.response, "Discard the text (already paid: $0.1614)")
        await discord.eventually(lambda: cancel.answered)
        assert cancel.seconds_to_answer < 3
    await discord.eventually(lambda: cancel.followups and "OK. The text is not" in cancel.followups[0].text)
    assert cancel.followups[0].ephemeral
    provider.free.set()
    await discord.eventually(lambda: use.response and "ancelled" in use.response.text)


async def test_a_slow_run_does_not_write_over_the_message_that_was_pressed(
    rig: DiscordRig, discord: Discord, ada: Person, channel: Channel, voice: Path
) -> None:
    answer = await text_of(rig, ada, channel, voice)
    menu = await answered(rig, ada.press(answer, "Spoken language"))
    asked = await answered(rig, ada.choose(menu, 0, "es"))
    async with rig.service.core.db.writing():
        run = ada.press(asked, asked.buttons[0])
        await discord.eventually(lambda: run.answered)
    await discord.eventually(lambda: len([one for one in channel.answers if SAID in one.text]) == 2)
    assert len({one.id for one in channel.answers}) == 2
