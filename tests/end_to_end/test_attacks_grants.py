"""Attacks on what is given and what others pay: channels, groups, refunds, and the work of other users."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from adapters.telegram.refunds import refund_stars
from bot.domain.billing import Plan
from bot.domain.money import Micros
from bot.domain.note import NoteState, Stage
from bot.people.access import Access
from bot.people.preferences import Choice, Mode
from bot.settings import Settings
from tests.doubles.discord.server import Discord, Seen, Use
from tests.doubles.platform import FolderPlatform
from tests.doubles.provider import PaidProvider
from tests.doubles.telegram.server import BotApi, Group, Person
from tests.helpers.discord import DiscordRig, discord_rig, on_discord
from tests.helpers.services import PRICE, Application, opened
from tests.helpers.settings import changed
from tests.helpers.telegram import BOT, SAID, TelegramRig, on_telegram, telegram_rig

DOLLAR = Micros(1_000_000)
YES = "Yes, for $0.1614"


@pytest.fixture
def telegram() -> Iterator[BotApi]:
    with BotApi() as telegram:
        telegram.limits.private_per_second = telegram.limits.group_per_minute = None
        yield telegram


@pytest.fixture
def discord() -> Iterator[Discord]:
    with Discord() as discord:
        yield discord


async def left(rig: TelegramRig | DiscordRig, account: str) -> int:
    found = await rig.service.core.ledger.statements.balance(account)
    return found.balance - found.held


# Grants go to people.


async def test_a_channel_is_granted_nothing_and_a_block_is_not_walked_around(
    telegram: BotApi, settings: Settings, voice: Path
) -> None:
    granting = on_telegram(settings, telegram, plan=Plan.ALLOWANCE, allowance="1", free_minutes=1, ask_above="")
    ada = telegram.person("Ada")
    club = telegram.group("Club", members=[ada], bot="administrator")
    own, *channels = (telegram.channel(f"News {number}", admins=[ada]) for number in range(3))
    club.linked = own
    async with telegram_rig(telegram, granting) as rig:
        await rig.choose(club.id, Choice.MODE, Mode.AUTO)
        await rig.service.core.people.decide(f"telegram:{ada.id}", Access.BLOCKED)
        for channel in channels:
            told = club.say(ada, voice=voice, sender_chat=channel)
            club.say(ada, text="/transcribe", reply_to=told, sender_chat=channel)
        await rig.answers(club, 1, "I cannot tell who asks in a channel's name.")
        await rig.idle()
        assert rig.provider.calls() == []
        club.say(ada, audio=voice, caption=f"@{BOT}", sender_chat=own)
        await rig.answers(club, 1, "This costs more than is left to spend.")
        await rig.idle()
        assert rig.provider.calls() == []
        for channel in (own, *channels):
            found = await rig.service.core.ledger.statements.balance(f"telegram:{channel.id}")
            assert (found.plan, found.balance) == (Plan.PREPAID, 0)
        assert await rig.service.core.ledger.audit() == []


async def test_a_group_that_pays_pays_for_channels_from_what_it_was_given(
    telegram: BotApi, settings: Settings, voice: Path
) -> None:
    paying = on_telegram(
        settings, telegram, plan=Plan.ALLOWANCE, allowance="1", free_minutes=1, ask_above="", groups_pay="chat"
    )
    ada = telegram.person("Ada")
    club = telegram.group("Club", members=[ada], bot="administrator")
    news, blocked = (telegram.channel(name, admins=[ada]) for name in ("News", "Blocked"))
    async with telegram_rig(telegram, paying) as rig:
        await rig.choose(club.id, Choice.MODE, Mode.AUTO)
        await rig.service.core.ledger.credit(f"telegram:{club.id}", DOLLAR, "club")
        await rig.service.core.people.decide(f"telegram:{blocked.id}", Access.BLOCKED)
        club.say(ada, voice=voice, sender_chat=blocked)
        club.say(ada, voice=voice, sender_chat=news)
        await rig.answers(club)
        await rig.idle()
        assert len(rig.provider.calls()) == 1
        assert await left(rig, f"telegram:{club.id}") == DOLLAR - PRICE, "without free minutes"
        assert await left(rig, f"telegram:{news.id}") == 0


async def test_a_blocked_admin_runs_nothing_again_in_the_name_of_the_group(
    telegram: BotApi, settings: Settings, voice: Path
) -> None:
    eve = telegram.person("Eve")
    club = telegram.group("Club", admins=[eve], bot="administrator")
    async with telegram_rig(telegram, on_telegram(settings, telegram)) as rig:
        await rig.choose(club.id, Choice.MODE, Mode.AUTO)
        club.say(eve, voice=voice, sender_chat=club)
        (answer,) = await rig.answers(club)
        await rig.idle()
        await rig.service.core.people.decide(f"telegram:{eve.id}", Access.BLOCKED)
        for label in ("Spoken language", "Spanish"):
            await pressed(rig, eve, club, answer.id, label)
        said = await pressed(rig, eve, club, answer.id, YES)
        assert said == "You have no access to this service. Ask its operator."
        await rig.idle()
        assert len(rig.provider.calls()) == 1


# Where the group pays, its admins confirm.


async def pressed(rig: TelegramRig, person: Person, group: Group, message: int, label: str) -> str:
    return (await asyncio.to_thread(rig.telegram.press, person, group, message, label)).text


async def test_a_member_spends_nothing_of_a_telegram_group_above_its_limit(
    telegram: BotApi, settings: Settings, voice: Path
) -> None:
    paying = on_telegram(settings, telegram, plan=Plan.PREPAID, ask_above="0.05", groups_pay="chat")
    bob, ann = telegram.person("Bob"), telegram.person("Ann")
    club = telegram.group("Club", members=[bob], admins=[ann], bot="administrator")
    account = f"telegram:{club.id}"
    async with telegram_rig(telegram, paying) as rig:
        await rig.choose(club.id, Choice.MODE, Mode.AUTO)
        await rig.choose(bob.id, Choice.ASK_ABOVE, "never")
        await rig.service.core.ledger.credit(account, DOLLAR, "club")
        club.say(bob, voice=voice)
        await telegram.eventually(lambda: club.answers and "Transcribe for $0.1614" in club.answers[-1].labels)
        answer = club.answers[-1]
        refused = "The group pays for this: only its admins may confirm."
        assert await pressed(rig, bob, club, answer.id, "Transcribe for $0.1614") == refused
        await pressed(rig, ann, club, answer.id, "Transcribe for $0.1614")
        await rig.answers(club)
        await rig.idle()
        for label in ("Spoken language", "Spanish"):
            await pressed(rig, bob, club, answer.id, label)
        assert await pressed(rig, bob, club, answer.id, YES) == refused
        await rig.idle()
        assert await left(rig, account) == DOLLAR - PRICE
        await pressed(rig, ann, club, answer.id, YES)
        await rig.answers(club, 2)
        await rig.idle()
        assert await left(rig, account) == DOLLAR - 2 * PRICE
        await rig.choose(club.id, Choice.ASK_ABOVE, "0.05")
        assert await left(rig, f"telegram:{bob.id}") == 0


async def answered(rig: DiscordRig, use: Use) -> Seen:
    await rig.discord.eventually(lambda: use.response)
    assert use.response is not None
    return use.response


async def test_a_member_spends_nothing_of_a_discord_server_above_its_limit(
    discord: Discord, settings: Settings, voice: Path
) -> None:
    paying = on_discord(settings, discord, plan=Plan.PREPAID, ask_above="0.05", groups_pay="chat")
    bob, gus = discord.person("Bob"), discord.person("Gus")
    guild = discord.guild("Home", owner=gus)
    guild.join(bob)
    channel, account = guild.channel("general"), f"discord:server:{guild.id}"
    async with discord_rig(discord, paying) as rig:
        await rig.choose(f"discord:{bob.id}", Choice.ASK_ABOVE, "never")
        await rig.service.core.ledger.credit(account, DOLLAR, "home")
        use = bob.menu("Transcribe", channel.say(bob, voice=voice, seconds=16))
        await discord.eventually(lambda: use.response and "Transcribe for $0.1614" in use.response.buttons)
        assert use.response is not None
        refused = "The group pays for this: only its admins may confirm."
        assert refused in (await answered(rig, bob.press(use.response, "Transcribe for $0.1614"))).content
        gus.press(use.response, "Transcribe for $0.1614")
        await discord.eventually(lambda: use.response and SAID in use.response.text)
        await rig.idle()
        for person, charged in ((bob, PRICE), (gus, 2 * PRICE)):
            menu = await answered(rig, person.press(use.response, "Spoken language"))
            asked = await answered(rig, person.choose(menu, 0, "es"))
            run = person.press(asked, YES)
            words = refused if person is bob else SAID
            await discord.eventually(lambda run=run, words=words: run.response and words in run.response.text)  # type: ignore[misc]  # the loop's own
            await rig.idle()
            assert await left(rig, account) == DOLLAR - charged
        assert await left(rig, f"discord:{bob.id}") == 0


# Stars that were given back are gone.


async def paid_in(rig: TelegramRig, ada: Person) -> str:
    """Have Ada pay 100 Stars for a dollar; return the charge."""
    chat = rig.telegram.private(ada, started=True)
    chat.say(ada, text="/topup")
    await rig.telegram.eventually(lambda: bool(chat.answers))
    await asyncio.to_thread(rig.telegram.press, ada, chat, chat.answers[-1].id, "⭐ 100 → $1.00")
    charge = await asyncio.to_thread(rig.telegram.pay, ada, chat, chat.answers[-1].id)
    await rig.telegram.eventually(lambda: any("$1.00 was added" in one.text for one in chat.answers))
    return charge


@pytest.fixture
async def starry(telegram: BotApi, settings: Settings) -> AsyncIterator[TelegramRig]:
    stars = on_telegram(settings, telegram, plan=Plan.PREPAID, ask_above="", telegram_star="0.01")
    async with telegram_rig(telegram, stars) as rig:
        yield rig
        assert await rig.service.core.ledger.audit() == []


async def test_stars_that_telegram_gives_back_leave_the_balance_once(starry: TelegramRig) -> None:
    ada = starry.telegram.person("Ada")
    charge = await paid_in(starry, ada)
    starry.telegram.give_back(charge)
    chat = starry.telegram.chats["", ada.id]
    await starry.answers(chat, 1, "$1.00 left your balance. You have $0.00 to spend.")
    starry.telegram.give_back(charge)
    starry.telegram.repeat_updates(1)
    await starry.idle()
    assert await left(starry, f"telegram:{ada.id}") == 0
    assert await starry.service.core.ledger.statements.lost_to_refunds_today() == 0


async def test_our_own_refund_and_telegrams_word_of_it_are_one(starry: TelegramRig, settings: Settings) -> None:
    ada = starry.telegram.person("Ada")
    core, account = starry.service.core, f"telegram:{ada.id}"
    await core.ledger.credit(account, DOLLAR, "a gift")
    charge = await paid_in(starry, ada)
    of_telegram = on_telegram(settings, starry.telegram).platforms["telegram"]
    for _ in range(2):
        assert await refund_stars(of_telegram, core.ledger, charge) == DOLLAR
        await starry.idle()
        assert await left(starry, account) == DOLLAR


async def test_stars_that_were_spent_before_they_were_given_back_are_the_operators_loss(
    starry: TelegramRig, voice: Path
) -> None:
    ada = starry.telegram.person("Ada")
    charge = await paid_in(starry, ada)
    chat = starry.telegram.chats["", ada.id]
    chat.say(ada, voice=voice)
    await starry.answers(chat)
    await starry.idle()
    starry.telegram.give_back(charge)
    await starry.answers(chat, 1, "$0.8386 left your balance. You have $0.00 to spend.")
    assert await left(starry, f"telegram:{ada.id}") == 0
    assert await starry.service.core.ledger.statements.lost_to_refunds_today() == PRICE


# Nobody waits for another's queue, and nobody learns what others had transcribed.


@pytest.fixture
async def queues(settings: Settings, tmp_path: Path) -> AsyncIterator[Application]:
    world = FolderPlatform(tmp_path / "platform"), PaidProvider(tmp_path / "provider")
    one_each = changed(settings, plan=Plan.PREPAID, ask_above="", known_files="all", notes_per_user=1)
    async with opened(one_each, world) as rig:
        for user in ("folder:eve", "folder:bob"):
            await rig.service.core.ledger.credit(user, DOLLAR, user)
        yield rig
        await rig.money_is_right()


async def test_a_note_does_not_wait_for_the_same_recording_in_a_strangers_queue(
    queues: Application, voice: Path
) -> None:
    queues.provider.free.clear()
    long = queues.platform.note("1", voice, user="folder:eve", identity="file:long")
    queued = queues.platform.note("2", voice, user="folder:eve", identity="file:shared")
    hers = queues.platform.note("3", voice, user="folder:bob", identity="file:shared")
    await queues.take(long, queued)
    await queues.provider.busy.wait()
    await queues.take(hers)
    async with asyncio.timeout(20):
        while (await stage_of(queues, hers.id)) is not Stage.TRANSCRIBING:
            await asyncio.sleep(0.02)
    assert Stage.WAITING not in {one.stage for one in queues.platform.shown}
    queues.provider.free.set()
    for note in (long, queued, hers):
        assert (await queues.end_of(note)).state is NoteState.DONE
    assert len(queues.provider.calls()) == 2, "Eve's second note gets Bob's text"


async def stage_of(rig: Application, note_id: str) -> Stage | None:
    standing = await rig.service.core.notes.standing(note_id)
    return standing.stage if standing is not None else None


async def test_a_recording_is_known_in_its_chat_and_to_its_sender_alone(
    telegram: BotApi, settings: Settings, voice: Path
) -> None:
    prepaid = on_telegram(settings, telegram, plan=Plan.PREPAID, ask_above="")
    ada, bob = telegram.person("Ada"), telegram.person("Bob")
    club = telegram.group("Club", members=[ada, bob], bot="administrator")
    alone, his = telegram.private(ada, started=True), telegram.private(bob, started=True)
    async with telegram_rig(telegram, prepaid) as rig:
        await rig.choose(club.id, Choice.MODE, Mode.AUTO)
        for person in (ada, bob):
            await rig.service.core.ledger.credit(f"telegram:{person.id}", DOLLAR, person.name)
        once, twice = telegram.file(voice), telegram.file(voice)
        alone.say(ada, voice=once)
        await rig.answers(alone)
        his.say(bob, voice=once)
        (paid,) = await rig.answers(his)
        assert await left(rig, f"telegram:{bob.id}") == DOLLAR - PRICE
        assert "$0.1614" in paid.text
        club.say(ada, voice=twice)
        await rig.answers(club)
        await rig.idle()
        club.say(bob, voice=twice)
        *_, known = await rig.answers(club, 2)
        await rig.idle()
        assert await left(rig, f"telegram:{bob.id}") == DOLLAR - PRICE
        assert await left(rig, f"telegram:{ada.id}") == DOLLAR - 2 * PRICE
        assert known.text == f"{SAID}\n\nEnglish · 0:16 · paid", "no word of the first"


async def test_the_same_sound_uploaded_to_discord_again_is_known_by_its_bytes(
    discord: Discord, settings: Settings, voice: Path
) -> None:
    prepaid = on_discord(settings, discord, plan=Plan.PREPAID, ask_above="")
    ada, bob = discord.person("Ada"), discord.person("Bob")
    async with discord_rig(discord, prepaid) as rig:
        for person, number in ((ada, 1), (ada, 2), (bob, 1)):
            await rig.service.core.ledger.credit(f"discord:{person.id}", DOLLAR, f"{person.id}")
            dm = discord.dm(person)
            dm.say(person, voice=voice, seconds=16)
            await rig.answers(dm, number)
            await rig.idle()
        assert await left(rig, f"discord:{ada.id}") == DOLLAR - PRICE
        assert await left(rig, f"discord:{bob.id}") == DOLLAR - PRICE
        assert len(rig.provider.calls()) == 2
