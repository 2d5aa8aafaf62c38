"""Helpers for tests of Discord's gateway."""

from adapters.discord.places import channel_owner
from bot.people.preferences import Choice
from tests.doubles.discord.server import Channel, Person
from tests.helpers.discord import SAID, DiscordRig
from tests.helpers.paths import SAMPLES

VOICE = SAMPLES / "voice-note.ogg"


async def takes_all(rig: DiscordRig, *channels: Channel) -> None:
    for channel in channels:
        await rig.choose(channel_owner(channel.id), Choice.MODE, "auto")


async def answers_people(rig: DiscordRig, person: Person) -> None:
    """Check that a user is answered: the cheapest way is to ask for nothing that is transcribed."""
    dm = rig.discord.dm(person)
    dm.say(person, "hello")
    await rig.discord.eventually(lambda: dm.answers, 20)


def texts(channel: Channel) -> int:
    return sum(SAID in seen.text for seen in channel.answers)
