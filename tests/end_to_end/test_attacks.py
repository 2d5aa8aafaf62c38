"""Attacks, through the doors that everybody has: nothing is lost, nobody gets in, and the money is right."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from adapters.api import Limits
from bot.domain.billing import Plan
from bot.domain.money import Micros
from bot.domain.note import NoteState
from bot.media.download import Fetcher, LinkRefused
from bot.people.access import Access
from bot.people.preferences import Choice
from bot.settings import Settings
from bot.storage.tables import metadata
from tests.doubles.telegram.server import BotApi, Fault, Person, Private, Seen
from tests.helpers.api import Api, prepaid, samples_served, served
from tests.helpers.telegram import SAID, TelegramRig, forged, on_telegram, telegram_rig

PRICE = 161_400
CODE = re.compile(r"\b(?:[A-Z2-9]{4}-){2}[A-Z2-9]{4}\b")
NASTY = (
    "'; DROP TABLE account; --",
    '" OR 1=1 --',
    "<script>alert(1)</script><b>",
    "@everyone [x](http://evil.example) *_`~|",
    "../../../etc/passwd",
    "%s%n{0.__class__}{ $price }",
    "\u202egnp.exe\u0000\ud800",
    "A" * 3000,
)
CONFLICT = Fault(409, "Conflict: terminated by other getUpdates request")
PLAIN = {"expandable_blockquote", "bot_command", "italic", "bold"}
"""Marks that a message of ours may have; a link or a mention is not among them."""


@pytest.fixture
def telegram() -> Iterator[BotApi]:
    with BotApi() as telegram:
        telegram.limits.private_per_second = telegram.limits.group_per_minute = None
        yield telegram


@pytest.fixture
async def rig(telegram: BotApi, settings: Settings) -> AsyncIterator[TelegramRig]:
    everybody_pays = on_telegram(settings, telegram, plan=Plan.PREPAID, ask_above="")
    async with telegram_rig(telegram, everybody_pays) as rig:
        yield rig
        assert await rig.service.core.ledger.audit() == []
        assert await rig.service.core.ledger.statements.holds_open() == []


async def customer(rig: TelegramRig, name: str, dollars: str = "1") -> tuple[Person, Private]:
    person = rig.telegram.person(name, language="en")
    await rig.service.core.ledger.credit(f"telegram:{person.id}", Micros(int(dollars) * 1_000_000), name)
    return person, rig.telegram.private(person, started=True)


async def told(rig: TelegramRig, chat: Private, person: Person, text: str) -> str:
    """Return the bot's answer to a text."""
    before = len(chat.answers)
    chat.say(person, text=text)
    await rig.telegram.eventually(lambda: len(chat.answers) > before)
    return chat.answers[-1].text


async def left(rig: TelegramRig, person: Person) -> int:
    found = await rig.service.core.ledger.statements.balance(f"telegram:{person.id}")
    return found.balance - found.held


async def test_a_stolen_link_code_that_was_used_is_worth_nothing(rig: TelegramRig) -> None:
    ada, hers = await customer(rig, "Ada")
    bea, of_bea = await customer(rig, "Bea")
    eve, of_eve = await customer(rig, "Eve")
    found = CODE.search(await told(rig, hers, ada, "/link"))
    assert found is not None
    code = found[0]
    assert "Your $1.00 move there for good." in await told(rig, of_bea, bea, f"/link {code}")
    question = of_bea.answers[-1].id
    await asyncio.to_thread(rig.telegram.press, bea, of_bea, question, "Both are mine")
    assert "$2.00" in of_bea.answers[-1].text
    for _ in range(3):
        assert "This code is not valid" in await told(rig, of_eve, eve, f"/link {code}")
        assert "This code is not valid" in await forged(rig.telegram, eve, of_eve, of_eve.answers[-1].id, f"k::{code}")
    assert [await left(rig, one) for one in (ada, bea, eve)] == [2_000_000, 2_000_000, 1_000_000]


async def test_another_s_buttons_and_forged_ones_change_nothing(rig: TelegramRig, voice: Path) -> None:
    ada, hers = await customer(rig, "Ada")
    eve, of_eve = await customer(rig, "Eve")
    hers.say(ada, voice=voice)
    answer = (await rig.answers(hers))[-1]
    await told(rig, of_eve, eve, "/help")
    buttons = [button.data for row in hers.message(answer.id).buttons for button in row]
    stolen = [data for data in buttons if data] + ["f::", "c:0:", f"x:{'9' * 40}:"]
    for data in stolen:
        assert await forged(rig.telegram, eve, of_eve, of_eve.answers[-1].id, data)
    assert [one.document for one in of_eve.answers] == [None] * len(of_eve.answers)
    assert hers.message(answer.id).text == answer.text
    assert [await left(rig, one) for one in (ada, eve)] == [1_000_000 - PRICE, 1_000_000]


async def test_a_blocked_person_s_notes_cost_nothing_and_are_not_worked_on(rig: TelegramRig, voice: Path) -> None:
    eve, of_eve = await customer(rig, "Eve")
    await rig.service.core.people.decide(f"telegram:{eve.id}", Access.BLOCKED)
    of_eve.say(eve, voice=voice)
    await rig.telegram.eventually(lambda: of_eve.answers)
    assert of_eve.answers[-1].text == "You have no access to this service. Ask its operator."
    await rig.idle()
    assert rig.provider.calls() == []
    assert await left(rig, eve) == 1_000_000
    await told(rig, of_eve, eve, "/export")
    assert of_eve.answers[-1].document is not None, "what is stored about them stays theirs to see"


async def test_words_of_others_are_words_wherever_they_are_written(rig: TelegramRig, voice: Path) -> None:
    """SQL, markup, paths and templates as a file's name, a speaker's name, a setting, an argument of commands."""
    core = rig.service.core

    async def attack(number: int, nasty: str) -> list[Seen]:
        person, chat = await customer(rig, f"P{number} {nasty[:50]}")
        for command in ("model", "link", "credit"):
            await told(rig, chat, person, f"/{command} {nasty[:500]}")
        chat.say(person, voice=voice, name=nasty[:200])
        await rig.answers(chat)
        note_id = (await core.notes.recent(1, await core.people.identities(f"telegram:{person.id}")))[0].note_id
        await core.queries.rename(note_id, "Speaker 1", nasty)
        result = await core.queries.result(note_id)
        assert result is not None
        assert result.answer.names == {"Speaker 1": nasty}
        assert (await core.preferences.of(f"telegram:{person.id}")).values[Choice.MODEL] == "paid"
        return chat.answers

    # Telegram itself takes no half of a pair.
    seen = await asyncio.gather(*(attack(*one) for one in enumerate(NASTY) if "\ud800" not in one[1]))
    assert {entity["type"] for answers in seen for one in answers for entity in one.entities} <= PLAIN
    async with core.db.reading() as connection:
        tables = await connection.run_sync(lambda sync: set(sa.inspect(sync).get_table_names()))
    assert metadata.tables.keys() <= tables


async def test_a_second_poller_loses_nothing(rig: TelegramRig, telegram: BotApi, voice: Path) -> None:
    ada, hers = await customer(rig, "Ada")
    telegram.fail("getUpdates", CONFLICT, times=3)
    hers.say(ada, voice=voice)
    await rig.answers(hers)
    await rig.idle()
    assert len(rig.provider.calls()) == 1


# Through the HTTP API.


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    async with served(prepaid(tmp_path), tmp_path) as api:
        yield api
        await api.all_is_right()


async def test_forty_notes_racing_for_one_balance_spend_what_is_there(api: Api, voice: Path) -> None:
    key = await api.join(7 * PRICE + PRICE // 2)
    async with api.client(key) as client, samples_served() as samples:

        async def ask() -> int:
            body = {"model": "Wizper", "audioUrl": f"{samples}/{voice.name}"}
            return (await client.post("/api/transcribe", json=body)).status_code

        answers = await asyncio.gather(*(ask() for _ in range(40)))
    assert answers.count(200) == 7
    assert answers.count(402) == 33
    account = (await api.keys.list())[0].account
    balance = await api.service.core.ledger.statements.balance(account)
    assert (balance.balance, balance.held, balance.notes) == (PRICE // 2, 0, 7)
    assert len(api.provider.calls()) == 7


async def test_another_s_run_and_a_forged_one_are_both_unknown(api: Api, voice: Path) -> None:
    hers, his = await api.join(), await api.join()
    async with api.client(hers) as client, api.client(his) as thief:
        sent = await client.post(
            "/api/transcribe", data={"model": "Elevenlabs-STT"}, files={"audio": (voice.name, voice.read_bytes())}
        )
        run = sent.json()["runId"]
        for guess in (run, run.upper(), "0" * 36, "../" + run, NASTY[0], "A" * 5000):
            answer = await thief.post("/api/transcribe/status", json={"runId": guess})
            assert answer.status_code in (400, 404)
            assert SAID not in answer.text


async def test_a_key_is_not_guessed_and_none_is_told_apart(api: Api) -> None:
    answers = set()
    for key in ("", "em-", "em-" + "A" * 43, "em-" + "A" * 100_000, "' OR 1=1 --"):
        async with httpx.AsyncClient(base_url=api.url, headers={"x-api-key": key}) as client:
            answer = await client.post("/api/transcribe", json={"model": "Wizper", "audioUrl": "https://x.example/a"})
        answers.add((answer.status_code, answer.text))
    assert {status for status, _ in answers} <= {401, 431}


async def test_a_note_that_was_told_a_thousand_times_is_one(rig: TelegramRig, voice: Path) -> None:
    ada, hers = await customer(rig, "Ada")
    update = hers.say(ada, voice=voice)
    await rig.answers(hers)
    for _ in range(20):
        rig.telegram.repeat_updates(1)
    await rig.idle()
    assert [one.state for one in await rig.service.core.notes.recent(50)] == [NoteState.DONE]
    assert await left(rig, ada) == 1_000_000 - PRICE
    assert update


# Orders to the operator's terminal, in a link that any user may send.

ORDERS = "%1b%5d52;c;cm0gLXJmIH4K%1b%5c%1b%5b2J%c2%9b2J%e2%80%ae"
"""Write the clipboard (OSC 52), clear the screen in two ways, turn the text around."""


async def test_a_link_s_name_holds_no_order_wherever_an_operator_reads_it(rig: TelegramRig) -> None:
    eve, of_eve = await customer(rig, "Eve")
    await told(rig, of_eve, eve, f"/transcribe https://10.0.0.1/{ORDERS}note.ogg")
    await rig.idle()
    (standing,) = await rig.service.core.notes.recent(1)
    assert standing.name.endswith("note.ogg")
    assert standing.name.isprintable()
    assert not any(order in answer.text for answer in of_eve.answers for order in "\x1b\x9b\u202e")


# Uploads under a known Idempotency-Key.


async def test_uploads_under_a_known_key_are_as_few_as_others_and_another_request_is_not_answered(
    api: Api, voice: Path
) -> None:
    limits = Limits(unfinished=10, upload_seconds=5, chunk_seconds=5, requests_per_second=10_000)
    once = {"Idempotency-Key": "known"}

    async def half_an_upload() -> AsyncIterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.ogg"\r\n\r\n' + b"x" * 100_000
        await asyncio.sleep(1)

    async with api.with_limits(limits) as small, small.client(await api.join()) as eve:
        sent = {"file": (voice.name, voice.read_bytes())}
        assert (await eve.post("/v1/audio/transcriptions", files=sent, headers=once)).status_code == 200
        form = {**once, "Content-Type": "multipart/form-data; boundary=b"}
        uploads = (eve.post("/v1/audio/transcriptions", content=half_an_upload(), headers=form) for _ in range(25))
        answers = [answer.status_code for answer in await asyncio.gather(*uploads)]
        assert answers.count(429) == 15
        other = await eve.post("/v1/audio/transcriptions", files={"file": ("b.ogg", b"other")}, headers=once)
        assert (other.status_code, other.json()["error"]["code"]) == (422, "IdempotencyKeyReused")
    assert len(api.provider.calls()) == 1


# Links to what only this machine, or its cloud, should reach.


@pytest.mark.parametrize("address", ["168.63.129.16", "::ffff:0:127.0.0.1", "161.26.0.7"])
async def test_a_link_leads_to_no_cloud_s_own_host_and_to_no_translated_address(address: str, tmp_path: Path) -> None:
    """Nobody is asked: a name that leads there is refused like the address itself."""
    host = f"[{address}]" if ":" in address else address

    def resolve(_: str, port: int, *_more: object) -> list[tuple[int, int, int, str, tuple[object, ...]]]:
        return [(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    async with Fetcher(resolve=resolve) as fetcher:
        for link in (f"http://{host}/metadata", "http://innocent.example/metadata"):
            with pytest.raises(LinkRefused):
                await fetcher.fetch(link, tmp_path, 1000)
