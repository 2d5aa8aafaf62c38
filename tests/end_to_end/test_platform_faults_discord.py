"""Faults of Discord in the life of a note, a command and a press: one answer or one sentence, and the right money.

Every outgoing call meets every fault of tests/doubles/faults.py, one at a time; see test_platform_faults.py.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from bot.domain.billing import Plan
from bot.domain.money import Micros
from tests.doubles.discord.server import Channel, Discord, Guild, Person, Seen, Use
from tests.doubles.faults import PASSING, Failure
from tests.doubles.provider import TwoVoices
from tests.helpers.discord import SAID, DiscordRig, discord_rig, on_discord, plain
from tests.helpers.faults import Hurry
from tests.helpers.settings import make_settings

pytestmark = pytest.mark.asyncio(loop_scope="module")

PRICE, CREDIT = Micros(161_400), Micros(1_000_000)
POST, EDIT = "POST /channels/[0-9]+/messages$", "PATCH /channels/[0-9]+/messages/"
CALLBACK = "POST /interactions/.+/callback"
ORIGINAL = "PATCH /webhooks/.+/@original"
DELETE = "DELETE /(channels|webhooks)/"
GIVEN_UP = "Something went wrong on our side, not on yours. Please send it again in a while."
SILENT = 1 << 12
REMOVED = "Deleted here. You can still read it with /jobs."
every = pytest.mark.parametrize("failure", tuple(Failure))


@dataclass
class Home:
    """A service on Discord that all tests share, each with a person and a channel of its own."""

    rig: DiscordRig
    guild: Guild
    hurry: Hurry

    @property
    def discord(self) -> Discord:
        return self.rig.discord

    async def person(self) -> tuple[Person, Channel]:
        ada = self.discord.person("Ada")
        self.guild.join(ada)
        await self.rig.service.core.ledger.credit(f"discord:{ada.id}", CREDIT, f"of {ada.id}")
        return ada, self.guild.channel("talk")

    async def text(self, voice: Path) -> tuple[Person, Channel, Seen]:
        """Return a person with the text of a voice message."""
        ada, channel = await self.person()
        channel.say(ada, voice=voice, seconds=16, mentions_bot=True)
        answers = await self.rig.answers(channel)
        await self.rig.idle()
        return ada, channel, answers[-1]

    async def told(self, use: Use, words: str = "") -> list[str]:
        """Return all that an interaction's user alone was told, once it is that."""
        await self.discord.eventually(lambda: any(words in plain(one.text) for one in use.notices), 20)
        return [plain(one.text) for one in use.notices]

    async def ends(self, person: Person, charged: int, unmet: int = 0) -> None:
        """Wait until all is done, then look at the money; so many faults were met by no call."""
        await self.rig.idle()
        assert self.discord.mend() == unmet
        ledger = self.rig.service.core.ledger
        balance = await ledger.statements.balance(f"discord:{person.id}")
        assert (balance.balance, balance.held, balance.spent) == (CREDIT - charged, 0, charged)
        assert await ledger.audit() == []


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def home(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Home]:
    folder, hurry = tmp_path_factory.mktemp("discord"), Hurry()
    with Discord() as discord:
        guild = discord.guild("Home", owner=discord.person("Gus"))
        usual = make_settings(folder / "data", stop_seconds=0)
        # Each recording is the same one, and each is to be paid.
        settings = on_discord(usual, discord, plan=Plan.PREPAID, ask_above="", known_files="off")
        async with discord_rig(discord, settings, TwoVoices(folder / "provider"), prepared=hurry.host) as rig:
            yield Home(rig, guild, hurry)


@every
@pytest.mark.parametrize("call", [POST, EDIT])
async def test_a_note_in_a_channel_ends_in_one_message(home: Home, voice: Path, call: str, failure: Failure) -> None:
    ada, channel = await home.person()
    home.discord.break_call(call, failure)
    channel.say(ada, voice=voice, seconds=16, mentions_bot=True)
    await home.rig.answers(channel)
    await home.ends(ada, PRICE)
    [text] = channel.answers
    assert SAID in text.text
    assert "Delete this text" in text.buttons


@every
async def test_a_file_that_cannot_be_fetched_ends_in_one_sentence(home: Home, voice: Path, failure: Failure) -> None:
    ada, channel = await home.person()
    home.discord.break_call("GET /cdn/", failure)
    channel.say(ada, voice=voice, seconds=16, mentions_bot=True)
    await home.discord.eventually(lambda: any("Cancel" not in seen.buttons for seen in channel.answers), 20)
    [answer] = channel.answers
    is_text = SAID in answer.text
    assert is_text or failure in (Failure.BAD_REQUEST, Failure.FORBIDDEN, Failure.NOT_FOUND), answer.text
    await home.ends(ada, PRICE if is_text else 0)


@every
@pytest.mark.parametrize("call", [CALLBACK, ORIGINAL])
async def test_a_menu_s_note_ends_in_one_message(home: Home, voice: Path, call: str, failure: Failure) -> None:
    ada, channel = await home.person()
    sent = channel.say(ada, voice=voice, seconds=16)
    home.discord.break_call(call, failure)
    use = ada.menu("Transcribe", sent)
    await home.discord.eventually(lambda: texts(channel, use), 20)
    await home.ends(ada, PRICE)
    assert len(texts(channel, use)) == 1
    orphans = [seen for seen in channel.answers if "Cancel" in seen.buttons]
    assert orphans == []


def texts(channel: Channel, use: Use) -> list[int]:
    """Return the messages that show the text, in the channel or to the user alone."""
    shown = [*channel.answers, *([use.response] if use.response else []), *use.followups]
    return sorted({seen.id for seen in shown if SAID in plain(seen.text)})


@every
async def test_a_command_is_answered_whatever_its_answer_meets(home: Home, failure: Failure) -> None:
    ada, channel = await home.person()
    home.discord.break_call(CALLBACK, failure)
    use = ada.slash("usage", channel)
    told = await home.told(use)
    await home.ends(ada, 0)
    assert told == (["Nothing yet."] if failure in PASSING else [REFUSED])


REFUSED = "Discord does not let me send this here. Try it in our own chat."


@every
async def test_a_file_button_gives_one_file_or_a_sentence(home: Home, voice: Path, failure: Failure) -> None:
    ada, _, text = await home.text(voice)
    home.discord.break_call(CALLBACK, failure)
    use = ada.press(text, "TXT")
    told = await home.told(use)
    await home.ends(ada, PRICE)
    files = [seen for seen in use.notices if seen.files]
    assert len(files) == (failure in PASSING)
    assert told == ([f"{SAID}\n"] if files else [REFUSED])


@every
async def test_a_menu_opens_or_a_sentence_tells_why_not(home: Home, voice: Path, failure: Failure) -> None:
    ada, _, text = await home.text(voice)
    home.discord.break_call(CALLBACK, failure)
    use = ada.press(text, "Spoken language")
    told = await home.told(use)
    await home.ends(ada, PRICE)
    assert told == (
        ["Which language is spoken in the recording? I do not translate."] if failure in PASSING else [REFUSED]
    )


@every
@pytest.mark.parametrize("call", [CALLBACK, DELETE])
async def test_a_text_is_deleted_or_a_sentence_tells_why_not(
    home: Home, voice: Path, call: str, failure: Failure
) -> None:
    ada, channel, text = await home.text(voice)
    home.discord.break_call(call, failure)
    use = ada.press(text, "Delete this text")
    told = await home.told(use)
    await home.ends(ada, PRICE)
    is_gone = not [seen for seen in channel.answers if SAID in seen.text]
    assert told == [REMOVED if is_gone else REFUSED]
    assert is_gone == (failure in PASSING)


@every
async def test_a_user_is_notified_at_most_once(home: Home, voice: Path, failure: Failure) -> None:
    ada, _ = await home.person()
    chat, provider = home.discord.dm(ada), home.rig.provider
    provider.busy.clear()
    provider.free.clear()
    home.discord.break_call(POST, failure, nth=2)
    chat.say(ada, voice=voice, seconds=16)
    await asyncio.wait_for(provider.busy.wait(), 20)
    home.hurry.late = -timedelta(seconds=30)
    provider.free.set()
    try:
        await home.rig.answers(chat)
        await home.ends(ada, PRICE)
    finally:
        home.hurry.late = Hurry().late
    text, *notices = chat.answers
    assert text.raw["flags"] & SILENT
    assert [seen.text for seen in notices] == (["Your text is ready."] if failure in PASSING else [])
    assert not any(seen.raw["flags"] & SILENT for seen in notices)


@every
async def test_a_second_follow_up_is_there_once(home: Home, voice: Path, failure: Failure) -> None:
    """A message with two recordings: the second text is a follow-up, which can have no nonce."""
    ada, channel = await home.person()
    sent = channel.say(ada, files=[voice, voice])
    home.discord.break_call("POST /webhooks/", failure)
    use = ada.menu("Transcribe", sent)
    await home.discord.eventually(lambda: len(texts(channel, use)) == 2, 20)
    await home.ends(ada, 2 * PRICE)
    assert len(texts(channel, use)) == 2
    assert [seen for seen in channel.answers if "Cancel" in seen.buttons] == []
