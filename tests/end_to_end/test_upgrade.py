"""A data folder of the last release, stopped in the middle of its work, goes on with the code of today."""

import asyncio
import re
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.domain.audio import Accepts
from bot.domain.billing import Plan
from bot.domain.errors import Cancelled, ProviderDown
from bot.domain.note import NoteKey, NoteState, Stage
from bot.locales import error_text
from bot.media.ffmpeg import find_ffmpeg
from bot.notes.views import Standing
from bot.settings import Settings
from tests.doubles.platform import PLATFORM, FolderPlatform
from tests.doubles.provider import PaidProvider
from tests.helpers.corpus import ffmpeg
from tests.helpers.paths import DATA
from tests.helpers.services import ADA, PRICE, SAID, Application, opened
from tests.helpers.settings import changed

RELEASE = DATA / "releases" / "0.1.0"
SECRET = b"a made-up secret for the upgrade"
CREDIT = 5_000_000
MINUTE_PRICE = 646_202
"""The sum of five chunks, each rounded up."""
PAID_ONCE = [
    "accepted",
    "agreed",
    "answered",
    "asks",
    "charged",
    "done",
    "held",
    "intended",
    "put-off",
    "ticket",
    "waits",
]
"""Notes that end in the text of one recording of 16.14 seconds."""
FREE = {"same": NoteState.DONE, "cancelled": NoteState.CANCELLED, "refused": NoteState.FAILED}
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(?:Z|\+00:00)")
_MILLISECONDS = re.compile(r"\b179\d{10}\b")


def id_of(message: str) -> str:
    return NoteKey(PLATFORM, "bot", "chat", message).id


def restore(folder: Path) -> None:
    """Lay out the release's data folder, with its platform and its provider, as if it had been stopped of late.

    Its notes are two hours old, so that the waits of some are over; for its engine no time has passed.
    """
    for name in ("data", "platform", "provider", "media"):
        (folder / name).mkdir(mode=0o700)
    books, engine = ((RELEASE / f"{name}.sql").read_text() for name in ("earmark", "engine"))
    ago = datetime.now(UTC) - datetime.fromtimestamp(max(map(int, _MILLISECONDS.findall(engine))) / 1000, UTC)
    age = int(ago.total_seconds() * 1000)

    def later(found: re.Match[str]) -> str:
        moved = datetime.fromisoformat(found[0]) + ago - timedelta(hours=2)
        return moved.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    for name, sql in (
        ("earmark", _TIME.sub(later, books)),
        ("engine", _MILLISECONDS.sub(lambda found: str(int(found[0]) + age), engine)),
    ):
        with closing(sqlite3.connect(folder / "data" / f"{name}.db")) as database:
            database.executescript(sql.replace("@FOLDER@", str(folder)))
    (folder / "data" / "links.secret").write_bytes(SECRET)
    for kept, log in (("platform", "messages.log"), ("provider", "charges.log")):
        (folder / kept / log).write_bytes((RELEASE / log).read_bytes())


@pytest.fixture
def folder(tmp_path: Path, voice: Path) -> Path:
    restore(tmp_path)
    (tmp_path / "media" / "voice.ogg").write_bytes(voice.read_bytes())
    minute = tmp_path / "media" / "minute.ogg"
    ffmpeg(find_ffmpeg(None), "-stream_loop", "3", "-i", voice, "-c", "copy", minute)
    return tmp_path


@pytest.fixture
async def upgraded(folder: Path, settings: Settings) -> AsyncIterator[Application]:
    """The service of today on what the release left behind."""
    provider = PaidProvider(folder / "provider")
    provider.takes = Accepts(bytes=70_000)
    today = {"data_dir": folder / "data", "plan": Plan.PREPAID, "notes_per_user": 20, "notes_at_once": 20}
    async with opened(changed(settings, **today), (FolderPlatform(folder / "platform"), provider)) as rig:
        yield rig


async def ends_of(rig: Application, *messages: str) -> dict[str, Standing]:
    """Wait until these notes have their end."""
    ids = {message: id_of(message) for message in messages}
    async with asyncio.timeout(60):
        while True:
            found = await rig.service.core.notes.standings(list(ids.values()))
            if len(found) == len(ids) and all(one.state.is_final for one in found.values()):
                return {message: found[note_id] for message, note_id in ids.items()}
            await asyncio.sleep(0.05)


async def test_every_note_in_flight_ends_right_after_the_upgrade_and_is_paid_once(upgraded: Application) -> None:
    asks = id_of("asks")
    waiting = (await upgraded.service.core.notes.standings([asks]))[asks]
    assert waiting.stage is Stage.ASKING, "nobody agreed to its price yet"
    assert await upgraded.service.intake.agree(asks, PRICE)
    ends = await ends_of(upgraded, *PAID_ONCE, *FREE, "chunks")

    assert {message: ends[message].state for message in PAID_ONCE} == dict.fromkeys(PAID_ONCE, NoteState.DONE)
    assert {message: ends[message].charged for message in PAID_ONCE} == dict.fromkeys(PAID_ONCE, PRICE)
    assert {message: ends[message].state for message in FREE} == FREE
    assert [ends[message].charged or 0 for message in FREE] == [0, 0, 0]
    assert (ends["chunks"].state, ends["chunks"].charged) == (NoteState.DONE, MINUTE_PRICE)

    balance = await upgraded.service.core.ledger.statements.balance(ADA)
    assert (balance.balance, balance.held) == (CREDIT - len(PAID_ONCE) * PRICE - MINUTE_PRICE, 0)
    await upgraded.money_is_right()

    messages = upgraded.platform.messages()
    one_text = {message: messages[message] for message in (*PAID_ONCE, "same")}
    assert one_text == {message: [SAID] for message in one_text}, "each answer stands there, and was posted once"
    assert messages["cancelled"] == [error_text("en", Cancelled())]
    assert messages["refused"] == [error_text("en", ProviderDown())]
    said = await upgraded.service.core.notes.transcript(id_of("chunks"))
    assert said is not None
    assert messages["chunks"] == [said.text]


async def test_no_provider_is_asked_again_for_what_it_gave_before_the_upgrade(upgraded: Application) -> None:
    before = Counter(call["note"] for call in upgraded.provider.calls())
    messages = ("answered", "charged", "chunks", "intended", "put-off", "ticket")
    await ends_of(upgraded, *messages)
    after = Counter(call["note"] for call in upgraded.provider.calls())
    again = {message: after[id_of(message)] - before[id_of(message)] for message in messages}
    said = await upgraded.service.core.notes.transcript(id_of("chunks"))
    assert said is not None
    left = said.text.count("What was said") - before[id_of("chunks")]
    assert again == {"answered": 0, "put-off": 0, "ticket": 0, "charged": 1, "intended": 1, "chunks": left}


async def test_calls_whose_answer_was_lost_in_the_stop_are_the_operators_loss(upgraded: Application) -> None:
    await ends_of(upgraded, "charged", "intended", "chunks")
    third_chunk = 158_371
    lost = sum(row.lost for row in await upgraded.service.core.ledger.statements.spend())
    assert lost == 2 * PRICE + third_chunk
