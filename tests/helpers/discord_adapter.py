"""Helpers for tests of Discord's adapter."""

from typing import Any

from bot.domain.note import Note, Progress, Refusal, Stage
from tests.adapters.discord.test_pages import read
from tests.doubles.discord.server import Channel, Seen
from tests.helpers.discord_out import Out, answer, said

TEXT = "What was said."


ANSWER = answer(said(text=TEXT))


EMBEDDED = answer(said(text="All of it. " * 250))


FILED = answer(said(text="All of it. " * 5000))


REFUSAL = Refusal("NoSound")


POSTS = r"/messages$"


RESULT = ["TXT", "SRT", "VTT", "DOCX", "Speakers on", "Spoken language", "Delete this text"]


TRANSCRIBING = Progress(Stage.TRANSCRIBING, 0.25)


def only(channel: Channel) -> Seen:
    [seen] = channel.answers
    return seen


def shown(seen: Seen) -> str:
    """All of a message but its footer and its file, as a person reads it."""
    parts = [seen.content, *(embed["description"] for embed in seen.embeds)]
    return read("\n".join(parts)).partition("\n\nEnglish")[0]


async def delivered(out: Out, note: Note, reply: Any = ANSWER) -> str:
    placeholder = await out.adapter.acknowledge(note)
    await out.adapter.deliver(note, placeholder, reply)
    return placeholder
