"""A service on Discord in a process of its own that is killed (-9) at a moment of the test's choice.

Discord's double lives in the test's own process and so outlives it. The commands of people reach a bot only while it is
connected; a person without any answer tries again.
"""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import sqlalchemy as sa
from pydantic import SecretStr

from adapters.discord.opening import open_discord
from adapters.discord.places import channel_owner
from bot.domain.billing import Plan
from bot.media.download import Fetcher
from bot.people.preferences import Choice
from bot.service.chat_core import chat_core_of
from bot.service.core import open_core
from bot.service.platforms import host_of
from bot.service.worker import Parts, Service, open_service
from bot.settings import Settings
from tests.doubles.discord.server import Channel, Discord, Person, Said, Use
from tests.doubles.mortal import CREDIT, NEVER, Count, Moments, Storyteller, run_mortal
from tests.doubles.provider import MODELS
from tests.helpers.forked import PROCESSES
from tests.helpers.settings import make_settings

_SETTLE_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Address:
    """All that the process knows of the test's Discord."""

    token: str
    api_url: str
    gateway_url: str
    channel: int
    """The channel in which every recording is transcribed; 0: none."""


@dataclass(slots=True)
class DiscordWorld:
    """The folder that everything of one run stands in, and the Discord that outlives it."""

    folder: Path
    discord: Discord
    channel: Channel | None = None
    uses: list[Use] = field(default_factory=list)
    """A person's use of the menu of a message, until the bot promised an answer."""

    def settings(self) -> Settings:
        return _settings(self.folder, self._address())

    def live(self, wishes: dict[int, str], is_over: Callable[[], bool], kill_at: int = NEVER) -> int | None:
        """Run until it is over, as people see it, and no note is without an end; None if it was killed.

        `wishes` are the models by person. Else the count of moments that passed.
        """
        enough = PROCESSES.RawValue("i", 0)
        stop = threading.Event()

        def watch() -> None:
            while not stop.wait(0.05):
                enough.value = is_over()

        def told(moment: Callable[[str], None]) -> None:
            self.discord.moment = moment

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            return run_mortal(_live, (self.folder, self._address(), wishes, enough), told, kill_at, within=90)
        finally:
            stop.set()
            watcher.join()

    def retry(self, person: Person, said: Said) -> Use | None:
        """Have a person use a message's menu, again if the bot died before it said anything; return the last use."""
        if not self.uses or not (self.uses[-1].answered or self._is_waiting()):
            if not (self.discord.connected and self.discord.commands):
                return None
            self.uses.append(person.menu("Transcribe", said))
        return self.uses[-1]

    def _is_waiting(self) -> bool:
        """Return True if the session that was told of the last use is still there."""
        return self.discord.connected and self.discord.now - self.uses[-1].began < 3

    def _address(self) -> Address:
        double = self.discord
        return Address(double.token, double.api_url, double.gateway_url, self.channel.id if self.channel else 0)


def _settings(folder: Path, address: Address) -> Settings:
    return make_settings(
        folder / "data",
        plan=Plan.PREPAID,
        ask_above="",
        stop_seconds=5,
        discord_token=SecretStr(address.token),
        discord_api_url=address.api_url,
        discord_gateway_url=address.gateway_url,
    )


def _live(
    folder: Path,
    address: Address,
    wishes: dict[int, str],
    enough: Count,
    kill_at: int,
    counted: Count,
    of_calls: Count,
) -> None:
    moments = Moments(kill_at, counted, of_calls)
    sa.event.listen(sa.Engine, "before_cursor_execute", moments.pass_one)
    sa.event.listen(sa.Engine, "commit", moments.pass_one)
    asyncio.run(_serve(folder, address, wishes, enough, moments))


async def _serve(folder: Path, address: Address, wishes: dict[int, str], enough: Count, moments: Moments) -> None:
    settings = _settings(folder, address)
    provider = Storyteller(folder / "provider", moments.pass_one)
    async with (
        Fetcher(allow=["127.0.0.0/8"]) as fetcher,
        open_core(settings, MODELS) as core,
        open_discord(settings.platforms["discord"], host_of(settings, core, fetcher)) as opened,
    ):
        for person, model in wishes.items():
            await core.ledger.credit(f"discord:{person}", CREDIT, f"the first of {person}")
            await core.preferences.choose(f"discord:{person}", Choice.MODEL, model)
        if address.channel:
            await core.preferences.choose(channel_owner(address.channel), Choice.MODE, "auto")
        platform = replace(opened, settle_seconds=_SETTLE_SECONDS)
        parts = Parts([platform.adapter], [provider], MODELS)
        async with (
            open_service(settings, parts, core) as service,
            platform.listen(chat_core_of(service, settings, core.clock)),
        ):
            await _all_ended(service, enough)


async def _all_ended(service: Service, enough: Count) -> None:
    while not enough.value or await service.core.notes.unfinished():
        await asyncio.sleep(0.05)
