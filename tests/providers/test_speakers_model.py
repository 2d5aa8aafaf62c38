"""The voice model's file: what may come before sherpa-onnx, and how the full-size one is fetched."""

import asyncio
import hashlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from filelock import FileLock

from bot.domain.errors import BadSettings, ModelMissing
from bot.locales import error_text
from bot.providers.embedded.speakers.download import OFFICIAL, Source, Timeouts, pull
from bot.providers.embedded.speakers.model import BUNDLED, BUNDLED_SHA256, find_speaker_model, sha256_of
from tests.helpers.paths import ROOT

KEYS = {
    "framework": "3d-speaker",
    "language": "Chinese",
    "sample_rate": "16000",
    "output_dim": "192",
    "normalize_samples": "1",
}


def varint(value: int) -> bytes:
    low, rest = value & 0x7F, value >> 7
    return bytes([low | 0x80]) + varint(rest) if rest else bytes([low])


def field(number: int, content: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(content)) + content


def onnx(keys: dict[str, str], graph: bytes = b"weights" * 1000) -> bytes:
    """The shell of an ONNX model: its version, a graph, an opset, and metadata."""
    metadata = b"".join(field(14, field(1, key.encode()) + field(2, value.encode())) for key, value in keys.items())
    return b"\x08\x08" + field(2, b"tests") + field(7, graph) + field(8, b"\x10\x11") + metadata


def written(folder: Path, content: bytes) -> str:
    path = folder / "mine.onnx"
    path.write_bytes(content)
    return str(path)


def test_the_bundled_model_is_the_published_one() -> None:
    assert find_speaker_model("") == find_speaker_model("  ") == BUNDLED
    assert sha256_of(BUNDLED) == BUNDLED_SHA256
    assert BUNDLED_SHA256 in (BUNDLED.parent / "NOTICE").read_text(encoding="utf-8")


def test_a_damaged_bundled_model_is_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    damaged = tmp_path / "campplus.int8.onnx"
    monkeypatch.setattr("bot.providers.embedded.speakers.model.BUNDLED", damaged)
    for content in (None, BUNDLED.read_bytes()[:-1] + b"x"):
        if content is not None:
            damaged.write_bytes(content)
        with pytest.raises(ModelMissing) as caught:
            find_speaker_model("")
        assert error_text("en", caught.value) == (
            "The speech model for speakers is not available: its file is damaged or lacking; install Earmark again."
        )


def test_a_file_of_the_operators_with_all_keys_is_taken(tmp_path: Path) -> None:
    mine = written(tmp_path, BUNDLED.read_bytes())
    assert find_speaker_model(mine) == Path(mine)
    assert find_speaker_model(written(tmp_path, onnx(KEYS))) == Path(mine)


@pytest.mark.parametrize("key", KEYS)
def test_a_file_that_lacks_a_key_is_refused_by_the_key(tmp_path: Path, key: str) -> None:
    for keys in ({**KEYS, key: ""}, {name: value for name, value in KEYS.items() if name != key}):
        with pytest.raises(ModelMissing, match=f"it lacks the keys {key}"):
            find_speaker_model(written(tmp_path, onnx(keys)))


WHOLE = onnx(KEYS)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no ONNX model"),
        (b"just a letter, dear reader", "no ONNX model"),
        (b"\xff" * 5000, "no ONNX model"),
        (BUNDLED.read_bytes()[:4_000_000], "breaks off"),
        (WHOLE[:-1], "breaks off"),
        (WHOLE[:-30], "breaks off"),
        (onnx(KEYS, graph=b""), "no ONNX model"),
        (onnx({**KEYS, "framework": "nemo"}), "framework must be 3d-speaker or wespeaker"),
        (onnx({**KEYS, "sample_rate": "-1"}), "must be numbers: sample_rate"),
        (onnx({**KEYS, "output_dim": "many", "sample_rate": "9" * 50}), "must be numbers: sample_rate, output_dim"),
        (WHOLE + onnx(KEYS), "twice"),
        (onnx({**KEYS, "more": "x" * 100_000}), "larger than any"),
        (WHOLE + field(14, field(1, b"\xff\xfe") + field(2, b"")), "damaged"),
        (WHOLE + b"\x0b", "no ONNX model"),  # a group, which nobody writes any more
        (WHOLE + b"\x09abc", "breaks off"),
    ],
)
def test_what_sherpa_onnx_must_not_get_is_one_sentence(tmp_path: Path, content: bytes, why: str) -> None:
    with pytest.raises(ModelMissing, match=rf"mine\.onnx', what_to_do=.EARMARK_SPEAKER_MODEL must be .*{why}"):
        find_speaker_model(written(tmp_path, content))


def test_a_file_that_is_not_there_or_a_folder_is_said_so(tmp_path: Path) -> None:
    for setting in (tmp_path / "gone.onnx", tmp_path):
        with pytest.raises(ModelMissing, match="it cannot be read"):
            find_speaker_model(str(setting))


def test_a_file_with_all_keys_and_no_model_in_it_ends_nothing(tmp_path: Path) -> None:
    """In a process of its own, since nobody knows what a library does with such a file."""
    mine = written(tmp_path, WHOLE)
    script = (
        "import sys\nfrom bot.domain.errors import ModelMissing\n"
        "from bot.providers.embedded.transcriber import open_embedder\n"
        "try:\n    open_embedder(sys.argv[1])\nexcept ModelMissing as error:\n    print(error)\n"
    )
    command = [sys.executable, "-W", "ignore", "-c", script, mine]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    assert "its file cannot be used; the log says why" in done.stdout


def test_importing_the_engine_loads_no_voice_library() -> None:
    script = "import sys, bot.providers.embedded.transcriber as _; sys.exit('sherpa_onnx' in sys.modules)"
    command = [sys.executable, "-W", "ignore", "-c", script]
    subprocess.run(command, check=True, cwd=ROOT)


MODEL = os.urandom(700_000)


class Shelf:
    """A web server with one file, which may break off, forget what a range is, or give something else."""

    def __init__(self) -> None:
        self.content = MODEL
        self.breaks_after = len(MODEL)
        self.status = 0
        self.knows_ranges = True
        self.leads_to = ""
        self.asked: list[str] = []
        shelf = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                shelf.asked.append(self.headers.get("Range", ""))
                shelf.answer(self)

            def log_message(self, *args: object) -> None:
                """Nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/files/voices.onnx"

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        begin = int(request.headers.get("Range", "bytes=0-")[6:-1]) if self.knows_ranges else 0
        if self.status or (self.leads_to and request.path.startswith("/files/")):
            request.send_response(self.status or 302)
            request.send_header("Location", self.leads_to)
            request.end_headers()
            return
        request.send_response(206 if begin else 200)
        if begin:
            request.send_header("Content-Range", f"bytes {begin}-{len(self.content) - 1}/{len(self.content)}")
        request.send_header("Content-Length", str(len(self.content) - begin))
        request.end_headers()
        request.wfile.write(self.content[begin : self.breaks_after])

    @property
    def source(self) -> Source:
        return Source(self.url, len(MODEL), hashlib.sha256(MODEL).hexdigest())


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    shelf = Shelf()
    thread = threading.Thread(target=shelf.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield shelf
    shelf.server.shutdown()
    shelf.server.server_close()
    thread.join()


@pytest.fixture
async def fetched(shelf: Shelf, tmp_path: Path) -> Path:
    return await pull(tmp_path, source=shelf.source)


def models(data_dir: Path) -> list[str]:
    return sorted(path.name for path in (data_dir / "models").iterdir() if path.suffix != ".lock")


async def test_the_model_is_fetched_once_and_progress_is_told(shelf: Shelf, tmp_path: Path) -> None:
    told: list[float] = []

    async def report(fraction: float) -> None:
        told.append(fraction)

    path = await pull(tmp_path, report, shelf.source)
    assert path == tmp_path / "models" / "voices.onnx"
    assert path.read_bytes() == MODEL
    assert (told, told[-1]) == (sorted(told), 1.0)
    assert await pull(tmp_path, report, shelf.source) == path
    assert shelf.asked == [""]
    assert models(tmp_path) == ["voices.onnx"]


async def test_what_broke_off_goes_on_where_it_ended(shelf: Shelf, tmp_path: Path) -> None:
    shelf.breaks_after = 300_000
    with pytest.raises(ModelMissing, match="what came is kept, so ask again"):
        await pull(tmp_path, source=shelf.source)
    kept = tmp_path / "models" / "voices.onnx.part"
    have = kept.stat().st_size
    assert 0 < have <= 300_000
    assert kept.read_bytes() == MODEL[:have]
    shelf.breaks_after = len(MODEL)
    assert (await pull(tmp_path, source=shelf.source)).read_bytes() == MODEL
    assert shelf.asked == ["", f"bytes={have}-"]


async def test_a_server_that_knows_no_ranges_gives_all_again(shelf: Shelf, tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "voices.onnx.part").write_bytes(b"x" * 1000)
    shelf.knows_ranges = False
    assert (await pull(tmp_path, source=shelf.source)).read_bytes() == MODEL


@pytest.mark.parametrize("left", [b"x" * 1000, b"x" * len(MODEL), b"x" * 2 * len(MODEL)], ids=["less", "all", "more"])
async def test_an_old_beginning_that_does_not_fit_is_fetched_anew(shelf: Shelf, tmp_path: Path, left: bytes) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "voices.onnx.part").write_bytes(left)
    assert (await pull(tmp_path, source=shelf.source)).read_bytes() == MODEL


async def test_a_file_that_was_damaged_later_is_fetched_again(shelf: Shelf, fetched: Path, tmp_path: Path) -> None:
    fetched.write_bytes(b"x" * len(MODEL))
    assert (await pull(tmp_path, source=shelf.source)).read_bytes() == MODEL


@pytest.mark.parametrize("other", [os.urandom(len(MODEL)), MODEL + b"more"], ids=["as long", "longer"])
async def test_another_file_never_gets_to_the_place(shelf: Shelf, tmp_path: Path, other: bytes) -> None:
    shelf.content, shelf.breaks_after = other, len(other)
    with pytest.raises(ModelMissing, match="is not the published file"):
        await pull(tmp_path, source=shelf.source)
    assert "voices.onnx" not in models(tmp_path)


async def test_an_address_that_gives_nothing_is_said_so(shelf: Shelf, tmp_path: Path) -> None:
    shelf.status = 404
    with pytest.raises(ModelMissing, match="its address answers 404"):
        await pull(tmp_path, source=shelf.source)


async def test_a_redirect_is_followed(shelf: Shelf, tmp_path: Path) -> None:
    shelf.leads_to = shelf.url.replace("/files/", "/elsewhere/")
    assert (await pull(tmp_path, source=shelf.source)).read_bytes() == MODEL


async def test_a_redirect_that_goes_round_is_given_up(shelf: Shelf, tmp_path: Path) -> None:
    shelf.leads_to = shelf.url
    with pytest.raises(ModelMissing, match="cannot be reached"):
        await pull(tmp_path, source=shelf.source)


def test_the_official_address_is_encrypted() -> None:
    assert OFFICIAL.url.startswith("https://")


async def test_a_place_that_says_nothing_is_given_up(tmp_path: Path) -> None:
    gone = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        await writer.wait_closed()
        gone.set()

    async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
        source = Source(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/x", 1, "0")
        with pytest.raises(ModelMissing, match="cannot be reached"):
            await pull(tmp_path, source=source, timeouts=Timeouts(seconds=0.2))
        await asyncio.wait_for(gone.wait(), 10)


async def test_two_who_fetch_at_the_same_time_do_not_mix(shelf: Shelf, tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    with (
        FileLock(tmp_path / "models" / "voices.onnx.lock"),
        pytest.raises(ModelMissing, match="another process is fetching it"),
    ):
        await pull(tmp_path, source=shelf.source)


async def test_a_folder_that_cannot_be_written_is_said_so(shelf: Shelf, tmp_path: Path) -> None:
    (tmp_path / "models").write_text("a file where the folder should be")
    with pytest.raises(BadSettings, match="folder for models cannot be written"):
        await pull(tmp_path, source=shelf.source)
