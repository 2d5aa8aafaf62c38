"""`earmark run` with a token: one command from BotFather's token to the first transcript, and the token is nowhere."""

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from bot.domain.billing import Plan
from bot.service.core import open_core
from tests.doubles.nanogpt.server import KEY, serve
from tests.doubles.telegram.server import CUT, DOWNLOAD, GARBAGE, BotApi, Fault, Person, Private, wait_so_long
from tests.helpers.paths import SAMPLES
from tests.helpers.settings import make_settings
from tests.helpers.speech import reference, word_error_rate
from tests.helpers.terminal import Terminal, running, running_beside

VOICE = SAMPLES / "voice-note.ogg"


@pytest.fixture
def telegram() -> Iterator[BotApi]:
    with BotApi() as telegram:
        yield telegram


def on(telegram: BotApi, tmp_path: Path, **also: str) -> Terminal:
    where = {
        "EARMARK_TELEGRAM_TOKEN": telegram.token,
        "EARMARK_TELEGRAM_BASE_URL": telegram.base_url,
        "EARMARK_TELEGRAM_BASE_FILE_URL": telegram.base_file_url,
    }
    return Terminal(tmp_path / "data", where | also)


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def test_one_command_leads_from_a_token_to_the_first_transcript(
    telegram: BotApi, chat: Private, ada: Person, tmp_path: Path
) -> None:
    chat.say(ada, voice=VOICE)
    with running(on(telegram, tmp_path), tmp_path / "log"):
        telegram.until(lambda: any("English · 0:16 · whisper-base" in one.text for one in chat.answers), seconds=200)
    said = chat.answers[0].text.split("\n\n")[0]
    assert word_error_rate(said, reference("voice-note.ogg")["text"]) <= 0.05
    assert f"@{telegram.bot['username']} answers on Telegram" in (tmp_path / "log").read_text()
    assert telegram.floods == []


@pytest.mark.slow
def test_a_note_that_came_while_nobody_ran_is_answered_by_the_next_start(
    telegram: BotApi, chat: Private, ada: Person, tmp_path: Path
) -> None:
    terminal = on(telegram, tmp_path)
    chat.say(ada, voice=VOICE)
    with running(terminal, tmp_path / "log"):
        telegram.until(lambda: bool(chat.answers), seconds=200)
    chat.say(ada, voice=SAMPLES / "spanish.ogg")
    with running(terminal, tmp_path / "log"):
        telegram.until(lambda: sum("whisper-base" in one.text for one in chat.answers) == 2, seconds=200)
        telegram.until(lambda: sum("English ·" in one.text for one in chat.answers) == 1, seconds=200)
        telegram.until(lambda: sum("Spanish ·" in one.text for one in chat.answers) == 1, seconds=200)
    assert len(chat.answers) == 2


async def test_the_token_is_in_no_log_no_request_no_answer_and_no_file(
    telegram: BotApi, chat: Private, ada: Person, tmp_path: Path
) -> None:
    """Also where downloads break off, answers are no JSON, and Telegram asks to wait."""
    async with serve() as provider:
        terminal = on(
            telegram,
            tmp_path,
            EARMARK_LOG_LEVEL="debug",
            EARMARK_NANOGPT_API_KEY=KEY,
            EARMARK_NANOGPT_BASE_URL=f"{provider.base_url}/api",
        )
        telegram.fail(DOWNLOAD, CUT, times=2)
        telegram.fail("getFile", GARBAGE)
        telegram.fail("sendMessage", GARBAGE)
        telegram.fail("getUpdates", GARBAGE, times=2)
        telegram.fail("editMessageText", wait_so_long(1))
        async with running_beside(terminal, tmp_path / "log"):
            chat.say(ada, voice=VOICE)
            await telegram.eventually(lambda: any("Whisper-Large-V3" in one.text for one in chat.answers), 90)
            lost = chat.say(ada, voice=SAMPLES / "spanish.ogg")
            telegram.file_gone(chat.message(lost).raw["voice"]["file_id"])
            await telegram.eventually(lambda: any("no longer has the file" in one.text for one in chat.answers), 60)
            chat.say(ada, text="/export")
            await telegram.eventually(lambda: any(one.document for one in chat.answers), 30)
        sent = [seen.body + seen.file + repr((seen.headers, seen.fields)).encode() for seen in provider.seen]
    assert sent
    secret = telegram.token.split(":")[1]
    forms = [secret.encode(), quote(telegram.token, safe="").encode(), telegram.token.encode()]
    answered = [repr(one.raw).encode() + (one.document.content if one.document else b"") for one in chat.answers]
    written = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert any(b"debug" in text for text in written), "the log is among them"
    for where in (*sent, *answered, *written):
        assert not any(form in where for form in forms)


def test_a_token_that_telegram_does_not_know_is_one_sentence(telegram: BotApi, tmp_path: Path) -> None:
    wrong = "110201543:" + "B" * 35
    for token, sentence in ((wrong, "Telegram does not know EARMARK_TELEGRAM_TOKEN"), ("hello", "is no token")):
        said = on(telegram, tmp_path, EARMARK_TELEGRAM_TOKEN=token).earmark("run", within=60)
        assert said.code == 1
        assert sentence in said.err
        assert said.err.count("\n") <= 3
        assert token not in said.err or token == "hello"


def test_the_doctor_looks_at_the_bot_without_disturbing_it(telegram: BotApi, tmp_path: Path) -> None:
    said = on(telegram, tmp_path).earmark("doctor")
    assert f"@{telegram.bot['username']} answers" in said.out
    assert "setprivacy" in said.out
    assert telegram.called("getUpdates") == []
    refused = on(telegram, tmp_path, EARMARK_TELEGRAM_TOKEN="110201543:" + "B" * 35).earmark("doctor")
    assert "look at what BotFather told" in refused.out + refused.err


async def test_a_payment_is_given_back_once_and_taken_from_the_balance(
    telegram: BotApi, chat: Private, ada: Person, tmp_path: Path
) -> None:
    terminal = on(telegram, tmp_path, EARMARK_PLAN="prepaid", EARMARK_TELEGRAM_STAR="0.01")
    async with running_beside(terminal, tmp_path / "log"):
        chat.say(ada, text="/topup")
        await telegram.eventually(lambda: bool(chat.answers), 30)
        await asyncio.to_thread(telegram.press, ada, chat, chat.answers[-1].id, "⭐ 100 → $1.00")
        charge = await asyncio.to_thread(telegram.pay, ada, chat, chat.answers[-1].id)
        await telegram.eventually(lambda: any("$1.00 was added" in one.text for one in chat.answers), 30)
    telegram.fail("refundStarPayment", Fault(400, "Bad Request: NOT_NOW"))
    refused = await asyncio.to_thread(terminal.earmark, "telegram", "refund", charge)
    assert "so nothing was taken from the balance" in refused.err
    assert await balance_in(tmp_path / "data", ada) == 1_000_000
    for _ in range(2):
        said = await asyncio.to_thread(terminal.earmark, "telegram", "refund", charge)
        assert (said.err, said.out) == ("", "Refunded: $1.00 was taken from the balance.\n")
    assert telegram.star_refunds == [charge]
    unknown = await asyncio.to_thread(terminal.earmark, "telegram", "refund", "never")
    assert unknown.err == "earmark: There is no payment 'never' in the books.\n"
    assert await balance_in(tmp_path / "data", ada) == 0


async def balance_in(data: Path, person: Person) -> int:
    settings = make_settings(data, plan=Plan.PREPAID)
    async with open_core(settings) as core:
        assert await core.ledger.audit() == []
        return (await core.ledger.statements.balance(f"telegram:{person.id}")).balance


async def test_with_a_webhook_the_http_api_takes_what_telegram_sends_and_nothing_else(
    telegram: BotApi, chat: Private, ada: Person, tmp_path: Path
) -> None:
    terminal = on(
        telegram,
        tmp_path,
        EARMARK_TELEGRAM_WEBHOOK="true",
        EARMARK_PUBLIC_URL="https://earmark.invalid/here",
        EARMARK_API_BIND=f"127.0.0.1:{(port := free_port())}",
    )
    place = f"http://127.0.0.1:{port}/telegram"
    person = {"id": ada.id, "is_bot": False, "first_name": ada.name, "language_code": "en"}
    where = {"id": ada.id, "type": "private", "first_name": ada.name}
    entity = {"type": "bot_command", "offset": 0, "length": 6}
    message = {"message_id": 900, "date": 1, "from": person, "chat": where, "text": "/start", "entities": [entity]}
    update = {"update_id": 4711, "message": message}
    async with running_beside(terminal, tmp_path / "log"), httpx.AsyncClient() as http:
        await telegram.eventually(lambda: telegram.webhook is not None, 60)
        assert telegram.webhook is not None
        assert telegram.webhook["url"] == "https://earmark.invalid/here/telegram"
        secret = {"X-Telegram-Bot-Api-Secret-Token": telegram.webhook["secret_token"]}
        assert (await http.post(place, json=update)).status_code == 403
        wrong = {name: f"{value}x" for name, value in secret.items()}
        assert (await http.post(place, json=update, headers=wrong)).status_code == 403
        for _ in range(2):
            assert (await http.post(place, json=update, headers=secret)).status_code == 200
        await telegram.eventually(lambda: any("Send or forward me" in one.text for one in chat.answers), 30)
    assert len(chat.answers) == 1


def test_a_webhook_without_an_address_of_one_s_own_is_one_sentence(telegram: BotApi, tmp_path: Path) -> None:
    said = on(telegram, tmp_path, EARMARK_TELEGRAM_WEBHOOK="true").earmark("run", within=60)
    assert said.code == 1
    assert "EARMARK_TELEGRAM_WEBHOOK needs EARMARK_PUBLIC_URL with https" in said.err
