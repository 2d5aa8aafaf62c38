"""A new data folder is closed to strangers: they ask to be let in, and an owner decides, on any platform."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.people.access import Access
from bot.service.serve import serve
from bot.service.worker import Service
from tests.doubles.discord.server import Discord
from tests.doubles.nanogpt.server import serve as provider
from tests.doubles.smallest.adapter import SMALLEST
from tests.doubles.smallest.server import Chat, serving
from tests.doubles.telegram.server import BotApi
from tests.helpers.discord import on_discord, plain
from tests.helpers.settings import make_settings
from tests.helpers.smallest import labels, settings_of, user
from tests.helpers.telegram import on_telegram

CLOSED = "This bot serves only users that its owner let in."


@asynccontextmanager
async def smallest(folder: Path, **more: object) -> AsyncIterator[tuple[Chat, Service]]:
    """Yield the smallest chat, with a service whose settings say nothing of strangers."""
    async with serving() as chat, provider() as nanogpt:
        settings = settings_of(folder, chat, nanogpt, **{"strangers": None} | more)
        async with serve(settings, (SMALLEST,)) as application:
            yield chat, application.service


async def test_the_first_owner_claims_the_service_and_lets_a_stranger_of_the_other_platform_in(tmp_path: Path) -> None:
    with BotApi() as telegram, Discord() as discord:
        olga, zoe = telegram.person("Olga"), telegram.person("Zoe")
        home, other = (telegram.private(one, started=True) for one in (olga, zoe))
        eve = discord.person("Eve")
        discord.guild("Home", owner=eve)
        dm = discord.dm(eve)
        settings = on_discord(
            on_telegram(make_settings(tmp_path / "data", strangers=None), telegram), discord, model="", api_bind=""
        )
        async with serve(settings) as rig:
            await discord.eventually(lambda: discord.commands)
            [code] = re.findall(r"\?start=(\w+),", rig.announcements[-1])
            assert f"write /start {code} to the bot" in rig.announcements[-1]
            other.say(zoe, text="/start 123")
            await telegram.eventually(lambda: other.answers)
            assert f"earmark allow telegram:{zoe.id}" in other.answers[-1].text
            home.say(olga, text=f"/start {code}")
            await telegram.eventually(lambda: home.answers)
            assert home.answers[-1].text.startswith("You are the owner")
            other.say(zoe, text=f"/start {code}")
            await telegram.eventually(lambda: len(other.answers) > 1)
            assert other.answers[-1].text.startswith(CLOSED), "a code makes one owner"
            assert await rig.service.core.people.owners() == {f"telegram:{olga.id}"}

            dm.say(eve, "hello")
            await discord.eventually(lambda: dm.answers)
            assert plain(dm.answers[-1].text).startswith(CLOSED)
            eve.press(dm.answers[-1], "Ask to be let in")
            await telegram.eventually(lambda: len(home.answers) > 1)
            assert home.answers[-1].text == f"Eve (discord:{eve.id}) asks to be let in."
            await asyncio.to_thread(telegram.press, olga, home, home.answers[-1].id, "Let in")
            await telegram.eventually(lambda: "was let in" in home.answers[-1].text)
            await discord.eventually(lambda: "You are let in" in plain(dm.answers[-1].text))
            await rig.service.core.admission.check(f"discord:{eve.id}")


async def test_a_stranger_is_told_once_and_asks_once_and_the_first_of_two_owners_decides(tmp_path: Path) -> None:
    async with (
        smallest(tmp_path, owners="smallest:olga smallest:otto") as (chat, service),
        user(chat, "olga") as olga,
        user(chat, "otto") as otto,
        user(chat, "eve") as eve,
    ):
        answer = await eve.ask("hello")
        assert answer["text"].startswith(CLOSED)
        assert labels(answer) == ["Ask to be let in"]
        eve.send(text="hello?")
        assert (await eve.ask("/help"))["text"] != answer["text"], "the second greeting was passed over"
        eve.press("Ask to be let in")
        await eve.reads("I asked.")
        for owner in (olga, otto):
            assert labels(await owner.reads("smallest:eve asks to be let in.")) == ["Let in", "Decline"]
        olga.press("Decline")
        await olga.reads("smallest:eve was declined, by smallest:olga.")
        await eve.reads("Your request was declined.")
        otto.press("Let in")
        await otto.reads("smallest:eve was declined, by smallest:olga.")
        eve.send(next(iter(eve.messages)), press="i::")
        assert await eve.told() == "Your request was declined."
        with pytest.raises(Exception, match="NotAdmitted"):
            await service.core.admission.check("smallest:eve")


async def test_a_request_of_which_no_owner_could_be_told_can_be_made_again(tmp_path: Path) -> None:
    async with smallest(tmp_path, owners="smallest:olga") as (chat, _), user(chat, "eve") as eve:
        await eve.ask("hello")
        eve.press("Ask to be let in")
        assert await eve.told() == "Something went wrong. Please try again."
        async with user(chat, "olga") as olga:
            eve.press("Ask to be let in")
            await eve.reads("I asked.")
            await olga.reads("smallest:eve asks to be let in.")


async def test_only_an_operator_decides_and_who_was_blocked_cannot_ask(tmp_path: Path) -> None:
    async with (
        smallest(tmp_path) as (chat, service),
        user(chat, "olga"),
        user(chat, "eve") as eve,
        user(chat, "bob") as bob,
    ):
        await eve.ask("hello")
        first = next(iter(eve.messages))
        eve.press("Ask to be let in")
        await eve.reads("I asked.")
        eve.send(first, press="o::smallest:eve")
        assert await eve.told() == "Only operators can do that, in a private chat with me."
        await service.core.people.decide("smallest:bob", Access.BLOCKED)
        assert not labels(await bob.ask("/start"))


async def test_an_open_folder_stays_open_and_nothing_can_be_claimed(tmp_path: Path) -> None:
    async with smallest(tmp_path, owners="", strangers=True) as (chat, service), user(chat, "eve") as eve:
        assert (await eve.ask("/start"))["text"].startswith("Hello, I am Earmark.")
        assert await service.core.claim.begin() == ""
