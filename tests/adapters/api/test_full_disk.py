"""A disk with no room to spare: no upload is written, whichever note it is for."""

from pathlib import Path

from bot.domain.billing import Plan
from tests.helpers.api import prepaid, served
from tests.helpers.settings import make_settings


async def test_a_full_disk_takes_no_upload_not_even_of_a_known_note(tmp_path: Path, voice: Path) -> None:
    once = {"Idempotency-Key": "known"}
    files = {"audio": (voice.name, voice.read_bytes())}
    async with served(prepaid(tmp_path), tmp_path) as api:
        key = await api.join()
        async with api.client(key) as client:
            assert (await client.post("/api/transcribe", files=files, headers=once)).status_code == 200
    full = make_settings(tmp_path / "data", plan=Plan.PREPAID, model="paid", stop_seconds=0, spare_megabytes=1e9)
    async with served(full, tmp_path) as api, api.client(key) as client:
        for headers in (once, {}):
            answer = await client.post("/api/transcribe", files=files, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (503, "DiskFull")
        no_form = await client.post("/api/transcribe", content=b"", headers={"content-type": "multipart/form-data"})
        assert no_form.status_code == 503, "it was not even looked at"
        assert api.uploads() == []
