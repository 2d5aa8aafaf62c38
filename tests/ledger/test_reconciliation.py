"""Our book beside the provider's: real notes through the client, and a bill that is then made different in each way."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import pytest
import pytest_asyncio
from pydantic import SecretStr

from bot.domain.billing import DayUse, Listing
from bot.domain.catalog import NANOGPT
from bot.domain.errors import BadSettings, ProviderDown
from bot.domain.money import Micros
from bot.domain.note import Note
from bot.ledger.reconciliation import Call, Comparison, Sort, as_plain, booked, compared
from bot.providers.nanogpt.client import NanoGPT, client
from bot.providers.nanogpt.usage import read_usage
from bot.providers.nanogpt.wire import run_of
from bot.service.admin import reconcile
from bot.service.worker import Parts, Service, open_service
from bot.settings import Settings
from bot.storage.database import Database
from bot.support.clock import now
from tests.doubles.nanogpt.server import KEY, TRANSCRIBE, USAGE, Fault, NanoGPTServer, Reply, serve
from tests.doubles.nanogpt.usage import Charge
from tests.doubles.platform import FolderPlatform
from tests.helpers.ledgers import ANN, OPEN, Opened, hold, quote
from tests.helpers.paths import SAMPLES
from tests.helpers.settings import make_settings
from tests.helpers.terminal import Terminal

VOICE = SAMPLES / "voice-note.ogg"
DAY = date(2026, 11, 15)
NEXT = date(2026, 11, 16)
NOON = datetime(2026, 11, 15, 12, tzinfo=UTC)
LONG_AFTER = datetime(2027, 1, 1, tzinfo=UTC)
module_loop = pytest.mark.asyncio(loop_scope="module")


@dataclass
class Story:
    """Four calls of three notes, all of them charged and booked: one was never answered."""

    server: NanoGPTServer
    settings: Settings
    calls: list[Call]
    bill: list[Charge]

    async def compare(self) -> Comparison:
        today = now().date()
        async with client(self.server.base_url, KEY) as http:
            listing = await NanoGPT(http, now, ()).usage(today - timedelta(days=1), today)
        return compared(self.calls, listing, today, today, LONG_AFTER)

    def call(self, *, model: str = "Whisper-Large-V3", stray: bool = False) -> Call:
        return next(call for call in self.calls if call.model == model and call.stray == stray)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def told(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Story]:
    folder = tmp_path_factory.mktemp("reconcile")
    platform = FolderPlatform(folder / "platform")
    async with serve() as server:
        cloud = {"nanogpt_api_key": SecretStr(KEY), "nanogpt_base_url": server.base_url, "api_bind": ""}
        settings = make_settings(folder / "data", **cloud)
        del server.completed["metadata"]["cost"]  # what the ticket said
        async with open_service(settings, Parts([platform])) as service:
            server.fail(TRANSCRIBE, Fault(cut=True))
            for number, model in enumerate(("Whisper-Large-V3", "Elevenlabs-STT", "Wizper")):
                await done(service, platform.note(str(number), VOICE, model=model))
            today = now().date()
            calls = await booked(service.core.db, NANOGPT, today - timedelta(days=1), today, run_of)
        yield Story(server, settings, calls, list(server.bill))


@pytest.fixture
def story(told: Story) -> Story:
    """With the bill as it was."""
    told.server.bill = list(told.bill)
    return told


async def done(service: Service, note: Note) -> None:
    await service.intake.accept(note)
    async with asyncio.timeout(20):
        while True:
            standing = await service.core.notes.standing(note.id)
            if standing is not None and standing.state.is_final:
                assert standing.error is None
                return
            await asyncio.sleep(0.02)


# Real notes.


@module_loop
async def test_what_was_booked_is_what_is_charged(story: Story) -> None:
    found = await story.compare()
    assert found.differences == ()
    assert found.booked == pytest.approx(found.charged, abs=len(story.calls))
    assert sorted((call.model, call.stray, call.run) for call in story.calls) == [
        ("Elevenlabs-STT", False, "run-1"),
        ("Whisper-Large-V3", False, ""),
        ("Whisper-Large-V3", True, ""),
        ("Wizper", False, ""),
    ]
    assert [(cell.model, len(cell.ours), cell.listed) for cell in found.cells] == [
        ("Elevenlabs-STT", 1, 1),
        ("Whisper-Large-V3", 2, 2),
        ("Wizper", 1, 1),
    ]


@module_loop
async def test_calls_that_only_the_provider_knows_are_told(story: Story) -> None:
    today = story.bill[0].day
    story.server.bill += [Charge(today, "Wizper", 0.01), Charge(today, "GPT-4.1 mini", 0.25)]
    found = await story.compare()
    assert [(one.sort, one.model, one.calls) for one in found.differences] == [
        (Sort.UNKNOWN, "GPT-4.1 mini", 1),
        (Sort.UNKNOWN, "Wizper", 1),
    ]
    assert found.difference == pytest.approx(260_000, abs=2)


@module_loop
async def test_a_call_at_another_cost_is_told_and_named_where_it_is_the_only_one(story: Story) -> None:
    story.server.bill = [replace(one, cost=one.cost + 0.002) for one in story.bill if one.model != "Elevenlabs-STT"]
    story.server.bill += [replace(one, refunded=0.004) for one in story.bill if one.model == "Elevenlabs-STT"]
    found = await story.compare()
    assert {one.sort for one in found.differences} == {Sort.OTHER_COST}
    talk, whisper, wizper = found.differences
    assert talk.named == (story.call(model="Elevenlabs-STT"),)
    assert (whisper.named, whisper.calls) == ((), 0)
    assert wizper.named == (story.call(model="Wizper"),)
    assert [one.amount for one in found.differences] == pytest.approx([-4_000, 4_000, 2_000], abs=2)


@module_loop
async def test_calls_that_the_provider_does_not_charge_are_named(story: Story) -> None:
    story.server.bill = [one for one in story.bill if one.model == "Whisper-Large-V3"][:1]
    found = await story.compare()
    assert [(one.sort, one.calls, one.named) for one in found.differences] == [
        (Sort.UNLISTED, 1, (story.call(model="Elevenlabs-STT"),)),
        (Sort.UNLISTED, 1, (story.call(stray=True),)),
        (Sort.UNLISTED, 1, (story.call(model="Wizper"),)),
    ]
    assert found.difference == -sum(one.named[0].cost for one in found.differences)
    (first, *_) = as_plain(found)["differences"]
    assert first["notes"] == [
        {"id": first["notes"][0]["id"], "run": "run-1", "booked_micros": -found.differences[0].amount}
    ]


@module_loop
async def test_the_command_says_what_differs_and_ends_with_1(story: Story) -> None:
    also = {"EARMARK_NANOGPT_API_KEY": KEY, "EARMARK_NANOGPT_BASE_URL": story.server.base_url}
    terminal = Terminal(story.settings.storage.data_dir, also)
    today = now().date()
    story.server.bill.append(Charge(today - timedelta(days=2), "Wizper", 0.5))
    since = f"{today - timedelta(days=3)}"
    other = await asyncio.to_thread(lambda: terminal.earmark("reconcile", "--from", since))
    assert other.code == 1, other.err
    assert "Wizper: 1 call charged that our book does not have: $0.50." in other.out
    assert "the differences make $0.50." in other.out
    same = as_plain(await reconcile(story.settings, today, today))
    assert (same["differences"], same["booked_micros"]) == ([], sum(call.cost for call in story.calls))


@module_loop
async def test_a_service_that_lists_nothing_is_one_sentence(story: Story) -> None:
    story.server.fail(USAGE, Reply(404, {"error": "Not found", "status": 404}), Reply(200, {"totals": {}}))
    async with client(story.server.base_url, KEY) as http:
        nanogpt = NanoGPT(http, now, ())
        with pytest.raises(BadSettings, match="does not list what it charged: Not found"):
            await nanogpt.usage(DAY, DAY)
        with pytest.raises(ProviderDown):
            await nanogpt.usage(DAY, DAY)
        with pytest.raises(BadSettings, match="366 days"):
            await nanogpt.usage(DAY - timedelta(days=400), DAY)


async def test_a_note_that_was_forgotten_is_one_call_at_its_hold(database: Database, opened: Opened) -> None:
    ledger = opened(OPEN)
    for note in ("n1", "released", "open"):
        await hold(ledger, note, 100)
    await ledger.hold("free", ANN, "local", quote(100))
    for note in ("n1", "free"):
        await ledger.settle(note, Micros(90))
    await ledger.book_loss("n1", 1, Micros(40), NANOGPT)
    await ledger.book_loss("released", 2, Micros(30), NANOGPT)
    await ledger.release("released")
    calls = await booked(database, NANOGPT, DAY, DAY, run_of)
    assert sorted((call.note_id, call.cost, call.stray) for call in calls) == [
        ("n1", 40, True),
        ("n1", 90, False),
        ("released", 30, True),
    ]
    assert {call.at for call in calls} == {NOON}
    assert await booked(database, NANOGPT, NEXT, NEXT, run_of) == []


# Bills and books that never were.


def call(at: datetime = NOON, model: str = "Wizper", cost: int = 100, is_sure: bool = True) -> Call:
    return Call("n1", model, at, Micros(cost), is_sure=is_sure)


def line(day: date = DAY, model: str = "Wizper", calls: int = 1, cost: int = 100, refunded: int = 0) -> DayUse:
    return DayUse(day, model, calls, Micros(cost), Micros(refunded))


def compare(calls: list[Call], *lines: DayUse, missing: date | None = None, at: datetime = LONG_AFTER) -> Comparison:
    days = frozenset() if missing is None else frozenset({missing})
    return compared(calls, Listing(lines, days), DAY, DAY, at)


BEFORE_MIDNIGHT = datetime(2026, 11, 15, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    "same",
    [
        pytest.param(compare([]), id="nothing"),
        pytest.param(compare([call(cost=34)] * 3, line(calls=3, cost=100)), id="each call is rounded up"),
        pytest.param(compare([call(model="Whisper-Large-V3")], line(model="Whisper Large v3")), id="another spelling"),
        pytest.param(compare([call(BEFORE_MIDNIGHT)], line(NEXT)), id="charged after midnight"),
        pytest.param(
            compare([call(), call(BEFORE_MIDNIGHT)], line(), line(NEXT)), id="charged after midnight, one of two"
        ),
        pytest.param(compare([call(is_sure=False)]), id="on its way, not charged yet"),
        pytest.param(compare([call(is_sure=False)], line()), id="on its way, charged already"),
        pytest.param(compare([call()], at=NOON + timedelta(minutes=5)), id="not listed yet"),
        pytest.param(compare([], line(NEXT, cost=900)), id="a day that was not asked for"),
        pytest.param(compare([call()], line(cost=300, refunded=200, calls=2)), id="charged and given back"),
    ],
)
def test_what_is_no_difference(same: Comparison) -> None:
    assert same.differences == ()
    assert same.difference == 0


def test_a_day_without_figures_is_not_compared_and_is_told() -> None:
    found = compare([call()], missing=DAY)
    assert (found.differences, found.not_compared, found.cells) == ((), (DAY,), ())


def test_only_a_call_that_can_be_no_other_is_named() -> None:
    of_two = compare([call(cost=100), call(cost=300)], line(cost=100))
    assert [(one.sort, one.named, one.amount) for one in of_two.differences] == [
        (Sort.UNLISTED, (call(cost=300),), -300)
    ]
    of_twins = compare([call(cost=300), call(cost=300)], line(cost=300))
    assert [(one.sort, one.calls, one.named) for one in of_twins.differences] == [(Sort.UNLISTED, 1, ())]


def test_numbers_and_texts_are_read_to_the_micro_dollar() -> None:
    body = json.dumps(
        {
            "source": {"missingRollupDays": ["2026-11-14"]},
            "byDayModel": [
                {"date": "2026-11-15", "model": "Wizper", "requests": 2, "costUsd": 0.04690731, "netCostUsd": "0.04"},
                {"date": "2026-11-15T00:00:00Z", "model": "Wizper", "costUsd": "1", "refundedUsd": 1.5, "more": {}},
            ],
        }
    )
    read = read_usage(body.encode())
    assert read.lines == (line(calls=2, cost=46_908, refunded=6_908), line(calls=0, cost=1_000_000, refunded=1_500_000))
    assert read.lines[1].net == -500_000
    assert read.missing == {date(2026, 11, 14)}


@pytest.mark.parametrize(
    "entry",
    [{}, {"date": "2026-11-15"}, {"date": "soon", "costUsd": 1}, {"date": "2026-11-15", "costUsd": -1}, "text", None],
)
def test_a_line_that_cannot_be_read_is_no_money_left_out(entry: object) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_usage(json.dumps({"byDayModel": [entry]}).encode())
