"""The API over a real socket, with the real intake, workflow and ledger, and a provider that charges."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from adapters.api import Limits
from adapters.api.errors import required_balance, status_of
from bot.domain.billing import Plan
from bot.domain.errors import DayShort, NotNow, ProviderDown
from bot.domain.money import Micros
from bot.domain.waiting import WaitReason
from bot.people.access import Access
from tests.helpers.api import PAID, Api, audio, completed

SAID = "What was said in 16.14 seconds."
PRICE = 0.1614

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_an_upload_becomes_its_text_and_is_charged(ann: httpx.AsyncClient, voice: Path) -> None:
    answer = await ann.post("/api/transcribe", files=audio(voice), data={"model": "Wizper", "language": "en"})
    assert answer.status_code == 200
    assert answer.json() == {
        "transcription": SAID,
        "metadata": {
            "fileName": "memo.ogg",
            "fileSize": voice.stat().st_size,
            "chargedDuration": pytest.approx(0.269, abs=0.001),
            "actualDuration": pytest.approx(0.269, abs=0.001),
            "language": "en",
            "cost": PRICE,
            "currency": "USD",
            "model": "Wizper",
        },
    }
    balance = (await ann.post("/api/check-balance")).json()
    assert (balance["usd_balance"], balance["usd_spent"]) == ("4.838600", "0.161400")


async def test_speakers_are_a_run_to_ask_for(ann: httpx.AsyncClient, voice: Path) -> None:
    wish = {"model": "Elevenlabs-STT", "diarize": "true", "tagAudioEvents": "true", "actualDuration": "9999"}
    answer = await ann.post("/api/transcribe", files=audio(voice), data=wish)
    assert answer.status_code == 202
    run = answer.json()
    assert run == {
        "runId": run["runId"],
        "status": "pending",
        "model": "Elevenlabs-STT",
        "cost": PRICE,
        "paymentSource": "USD",
        "isApiRequest": True,
        "fileName": "memo.ogg",
        "fileSize": voice.stat().st_size,
        "chargedDuration": pytest.approx(0.269, abs=0.001),
        "diarize": True,
    }
    status = await completed(ann, run["runId"])
    assert status["transcription"] == "Speaker 1: Hello.\n\nSpeaker 2: Hi."
    assert [turn["speaker"] for turn in status["diarization"]["segments"]] == ["Speaker 1", "Speaker 2"]
    assert [(word["text"], word["speaker_id"], word["type"]) for word in status["words"]] == [
        ("Hello.", "speaker_0", "word"),
        ("Hi.", "speaker_1", "word"),
    ]
    assert status["metadata"]["cost"] == PRICE


async def test_a_run_says_how_far_it_is(api: Api, ann: httpx.AsyncClient, voice: Path) -> None:
    api.provider.free.clear()
    run = (await ann.post("/api/transcribe", files=audio(voice), data={"model": "Elevenlabs-STT"})).json()
    async with asyncio.timeout(5):
        while (status := (await ann.post("/api/transcribe/status", json=run)).json())["status"] == "pending":
            await asyncio.sleep(0.02)
    assert status["status"] == "processing"
    assert "transcription" not in status
    api.provider.free.set()
    assert (await completed(ann, run["runId"]))["status"] == "completed"


async def test_what_the_balance_does_not_cover_is_402_at_once(api: Api, bob: httpx.AsyncClient, voice: Path) -> None:
    before = len(api.provider.calls())
    for model in ("Wizper", "Elevenlabs-STT"):
        answer = await bob.post("/api/transcribe", files=audio(voice), data={"model": model})
        assert answer.status_code == 402
        assert answer.json() == {
            "error": "This would cost $0.1614, and $0.00 is left to spend. Top up, or send less.",
            "status": 402,
            "code": "BudgetShort",
            "requiredBalance": PRICE,
        }
    assert len(api.provider.calls()) == before


async def test_who_is_blocked_is_403_and_a_pause_says_when_to_come_again(api: Api, voice: Path) -> None:
    before, core = len(api.provider.calls()), api.service.core
    async with api.client(await api.join()) as eve:
        account = (await api.keys.list())[-1].account
        await core.people.decide(account, Access.BLOCKED)
        blocked = await eve.post("/api/transcribe", files=audio(voice), data={"model": "Wizper"})
        by_openai = await eve.post("/v1/audio/transcriptions", files={"file": voice.read_bytes()})
        await core.people.decide(account, None)
        await core.admission.pause("Back at eight.")
        paused = await eve.post("/api/transcribe", files=audio(voice), data={"model": "Wizper"})
        await core.admission.resume()
    assert (blocked.status_code, blocked.json()["code"]) == (403, "NoAccess")
    assert (by_openai.status_code, by_openai.json()["error"]["type"]) == (403, "permission_error")
    assert (paused.status_code, paused.headers["Retry-After"]) == (503, "60")
    assert paused.json()["error"].endswith("Back at eight.")
    assert len(api.provider.calls()) == before


async def test_what_today_does_not_cover_is_402_too() -> None:
    assert status_of(DayShort(price=Micros(160_000), left=Micros(20_000))) == 402
    assert required_balance(DayShort(price=Micros(160_000), left=Micros(20_000))) == 0.16


@pytest.mark.parametrize("header", [{}, {"x-api-key": "em-wrong"}, {"Authorization": "Bearer nonsense"}])
async def test_without_a_good_key_nothing_is_told(api: Api, voice: Path, header: dict[str, str]) -> None:
    async with api.client() as stranger:
        for path in ("/api/transcribe", "/api/transcribe/status", "/api/check-balance"):
            answer = await stranger.post(path, headers=header, files=audio(voice))
            assert (answer.status_code, answer.json()["status"]) == (401, 401)
            assert "API key" in answer.json()["error"]
        assert (await stranger.get("/api/v1/audio-models", headers=header)).status_code == 401


async def test_a_revoked_key_opens_nothing_from_then_on(api: Api, ann: httpx.AsyncClient) -> None:
    assert (await ann.post("/api/check-balance")).status_code == 200
    assert await api.keys.revoke((await api.keys.list())[-1].id)
    assert (await ann.post("/api/check-balance")).status_code == 401


async def test_the_key_may_come_as_a_bearer_s(api: Api) -> None:
    async with api.client() as client:
        answer = await client.post("/api/check-balance", headers={"Authorization": f"Bearer {await api.join()}"})
    assert answer.status_code == 200


async def test_another_s_run_is_no_run(ann: httpx.AsyncClient, bob: httpx.AsyncClient, voice: Path) -> None:
    run = (await ann.post("/api/transcribe", files=audio(voice), data={"model": "Elevenlabs-STT"})).json()
    theirs = await bob.post("/api/transcribe/status", json=run)
    none = await bob.post("/api/transcribe/status", json={"runId": "nonsense"})
    assert theirs.status_code == none.status_code == 404
    assert theirs.json() == none.json()
    assert (await ann.post("/api/transcribe/status", json=run)).status_code == 200


@pytest.mark.parametrize(
    ("wish", "why"),
    [
        ({"model": "no-such"}, "There is no model 'no-such'; there are: Whisper-Large-V3, Wizper, Elevenlabs-STT"),
        ({"model": "Wizper", "diarize": "true"}, "cannot do that (tell speakers apart)"),
        ({"language": "klingon"}, "There is no language 'klingon'"),
        ({"diarize": "perhaps"}, "diarize"),
        ({"audioUrl": "https://example.com/too.mp3"}, "either as a file or by its URL"),
    ],
)
async def test_what_cannot_be_asked_for_is_400_with_the_reason(
    ann: httpx.AsyncClient, voice: Path, wish: dict[str, str], why: str
) -> None:
    answer = await ann.post("/api/transcribe", files=audio(voice), data=wish)
    assert (answer.status_code, answer.json()["status"]) == (400, 400)
    assert why in answer.json()["error"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b"\xff\xfe",
        b'{"audioUrl": 7}',
        b'{"audioUrl": "file:///etc/passwd"}',
        b'{"audioUrl": "http://"}',
        b'{"audioUrl": "http://[::1"}',
        b'{"audioUrl": "https://example.com/a.mp3", "model": ["Wizper"]}',
        b'{"audioUrl": "https://example.com/a.mp3", "model": "\\ud800"}',
        b"[" * 60_000,
        b'{"audioUrl": "' + b"x" * 70_000 + b'"}',
    ],
)
async def test_json_that_makes_no_sense_is_400_with_the_reason(ann: httpx.AsyncClient, body: bytes) -> None:
    answer = await ann.post("/api/transcribe", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["status"]) == (400, 400)
    assert answer.json()["error"]


async def test_a_file_that_is_no_sound_is_400_and_costs_nothing(api: Api, ann: httpx.AsyncClient) -> None:
    before = len(api.provider.calls())
    answer = await ann.post("/api/transcribe", files={"audio": ("a.mp3", b"no sound" * 100, "audio/mpeg")})
    assert (answer.status_code, answer.json()["code"]) == (400, "Unreadable")
    assert len(api.provider.calls()) == before


async def test_a_link_that_leads_nowhere_is_400(api: Api, ann: httpx.AsyncClient) -> None:
    for model in ("Wizper", "Elevenlabs-STT"):
        answer = await ann.post("/api/transcribe", json={"audioUrl": "https://example.com/gone.mp3", "model": model})
        assert answer.status_code == 400
        assert "gone.mp3" in answer.json()["error"]


async def test_a_provider_that_is_away_is_503_and_costs_nothing(api: Api, ann: httpx.AsyncClient, voice: Path) -> None:
    api.provider.error = ProviderDown()
    answer = await ann.post("/api/transcribe", files=audio(voice))
    assert (answer.status_code, answer.json()["code"]) == (503, "ProviderDown")
    assert (answer.headers["Retry-After"], answer.headers["x-should-retry"]) == ("30", "true")
    assert (await ann.post("/api/check-balance")).json()["usd_balance"] == "5.000000"


async def test_who_waits_too_long_gets_a_run_instead(api: Api, voice: Path) -> None:
    limits = Limits(wait_seconds=0.1, requests_per_second=10_000)
    async with api.with_limits(limits) as small, small.client(await api.join()) as ann:
        api.provider.free.clear()
        answer = await ann.post("/api/transcribe", files=audio(voice), data={"model": "Wizper"})
        assert (answer.status_code, answer.json()["model"]) == (202, "Wizper")
        api.provider.free.set()
        assert (await completed(ann, answer.json()["runId"]))["transcription"] == SAID


async def test_a_client_that_goes_away_loses_nothing(api: Api, ann: httpx.AsyncClient, voice: Path) -> None:
    before = len(api.provider.calls())
    api.provider.free.clear()
    once = {"Idempotency-Key": "gone"}
    with pytest.raises(httpx.ReadTimeout):
        await ann.post("/api/transcribe", files=audio(voice), headers=once, timeout=0.5)
    api.provider.free.set()
    await api.settled()
    assert len(api.provider.calls()) == before + 1
    assert (await ann.post("/api/transcribe", files=audio(voice), headers=once)).json()["transcription"] == SAID
    assert len(api.provider.calls()) == before + 1


async def test_while_the_provider_takes_nothing_nobody_is_kept_waiting(
    api: Api, ann: httpx.AsyncClient, voice: Path
) -> None:
    api.provider.pause = NotNow(WaitReason.PROVIDER_DAY_LIMIT, datetime(2099, 1, 1, tzinfo=UTC))
    async with asyncio.timeout(5):
        answer = await ann.post("/api/transcribe", files=audio(voice))
    assert answer.status_code == 202
    assert await api.service.intake.cancel(answer.json()["runId"])
    status = await completed(ann, answer.json()["runId"])
    assert (status["status"], status["error"]) == ("failed", "Cancelled. Nothing was charged.")


async def test_an_account_has_only_so_many_notes_at_once(api: Api, voice: Path) -> None:
    limits = Limits(unfinished=2, requests_per_second=10_000)
    async with api.with_limits(limits) as small, small.client(await api.join()) as ann:
        api.provider.free.clear()
        wish = {"model": "Elevenlabs-STT"}
        for _ in range(2):
            assert (await ann.post("/api/transcribe", files=audio(voice), data=wish)).status_code == 202
        answer = await ann.post("/api/transcribe", files=audio(voice), data=wish)
        assert answer.status_code == 429
        assert int(answer.headers["retry-after"]) > 0
        api.provider.free.set()
        await api.settled()
        assert (await ann.post("/api/transcribe", files=audio(voice), data=wish)).status_code == 202


async def test_what_a_link_holds_of_secrets_is_forgotten_when_its_note_has_its_end(api: Api, voice: Path) -> None:
    link = "https://example.com/signed.ogg?sig=geheim"
    api.links.known[link] = voice
    async with api.client(await api.join()) as ann:
        answer = await ann.post("/api/transcribe", json={"audioUrl": link}, headers={"idempotency-key": "signed"})
        assert answer.status_code == 200
        await api.settled()
    recent = await api.service.core.notes.recent(1)
    order = await api.service.core.notes.order(recent[0].note_id)
    assert order is not None
    assert order.note.media.locator == "https://example.com/signed.ogg"


async def test_a_key_has_only_so_many_requests_a_second(api: Api) -> None:
    async with (
        api.with_limits(Limits(requests_per_second=5)) as small,
        small.client(await api.join()) as ann,
    ):
        answers = await asyncio.gather(*(ann.post("/api/check-balance") for _ in range(40)))
        async with small.client(await api.join()) as bob:
            assert (await bob.post("/api/check-balance")).status_code == 200
    refused = [answer for answer in answers if answer.status_code == 429]
    assert 5 <= len(answers) - len(refused) <= 20
    assert {answer.headers["retry-after"] for answer in refused} == {"1"}


async def test_models_are_listed_with_what_they_cost(api: Api, ann: httpx.AsyncClient) -> None:
    listed = (await ann.get("/api/v1/audio-models", params={"type": "stt", "detailed": "true"})).json()["data"]
    by_name = {model["id"]: model for model in listed}
    assert {alias.name for alias in PAID} | {"whisper-base", "paid-later"} <= set(by_name)
    assert by_name["Wizper"]["pricing"] == {"per_minute": 0.6, "currency": "USD"}
    assert (by_name["Elevenlabs-STT"]["diarize"], by_name["Elevenlabs-STT"]["asynchronous"]) == (True, True)


async def test_what_was_charged_is_listed_by_day_and_by_the_name_that_was_asked_for(
    ann: httpx.AsyncClient, bob: httpx.AsyncClient, voice: Path
) -> None:
    for model in ("Wizper", "Wizper", "Whisper-Large-V3"):
        await ann.post("/api/transcribe", files=audio(voice), data={"model": model})
    today = datetime.now(UTC).date().isoformat()
    usage = (await ann.get("/api/v1/usage", params={"from": today, "to": today})).json()
    assert (usage["totals"]["requests"], usage["totals"]["netCostUsd"]) == (3, pytest.approx(3 * PRICE))
    wizper = {"requests": 2, "costUsd": 2 * PRICE, "refundedUsd": 0.0, "netCostUsd": 2 * PRICE, "model": "Wizper"}
    assert wizper in usage["byModel"]
    assert {**wizper, "date": today} in usage["byDayModel"]
    assert [line["date"] for line in usage["byDay"]] == [today]
    assert "byDay" not in (await ann.get("/api/v1/usage", params={"group_by": "model"})).json()
    assert (await bob.get("/api/v1/usage")).json()["byDayModel"] == []


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"from": "2026-11-01"}, "go together"),
        ({"from": "yesterday", "to": "2026-11-02"}, "YYYY-MM-DD"),
        ({"from": "2026-11-02", "to": "2026-11-01"}, "366 days"),
        ({"from": "2024-01-01", "to": "2025-01-01"}, "366 days"),
        ({"from": "2999-01-01", "to": "2999-01-01"}, "future"),
        ({"group_by": "account"}, "group_by"),
    ],
)
async def test_a_range_that_is_none_is_refused(ann: httpx.AsyncClient, asked: dict[str, str], says: str) -> None:
    answer = await ann.get("/api/v1/usage", params=asked)
    assert answer.status_code == 400
    assert says in answer.json()["error"]["message"]


async def test_in_the_open_plan_everything_is_counted_and_nothing_has_to_be_there(
    api: Api, bob: httpx.AsyncClient, voice: Path
) -> None:
    await api.service.core.ledger.set_plan((await api.keys.list())[-1].account, Plan.OPEN)
    answer = await bob.post("/api/transcribe", files=audio(voice))
    assert answer.json()["metadata"]["cost"] == PRICE
    balance = (await bob.post("/api/check-balance")).json()
    assert (balance["plan"], balance["usd_spent"]) == ("open", "0.161400")
