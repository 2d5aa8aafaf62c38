"""One Earmark is the other's provider: same text, the same money in both books, whatever is killed in between."""

import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import pytest
from imageio_ffmpeg import get_ffmpeg_exe

from tests.helpers.forked import Command
from tests.helpers.paths import SAMPLES
from tests.helpers.speech import reference, word_error_rate
from tests.helpers.terminal import Terminal, free_port

VOICE = SAMPLES / "voice-note.ogg"
PRICES = "".join(
    f'[models.{name}]\nper_minute = "0.06"\n' for name in ("whisper-base", "Whisper-Large-V3", "Elevenlabs-STT")
)
"""The same on both sides, so that what is held above is what is charged below."""
A_NOTE = 16_140
"""Micro-dollars for the voice note at that price, by its real length, to a thousandth."""


@dataclass
class Running:
    """An `earmark run` that can be killed and started again at the same address."""

    terminal: Terminal
    port: int = field(default_factory=free_port)
    process: Command | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.process = self.terminal.start("run", EARMARK_API_BIND=f"127.0.0.1:{self.port}")
        for line in self.process.stderr:
            if line.startswith("earmark: running"):
                return
        raise AssertionError("it did not start")

    def kill(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.communicate()
            self.process = None


@contextmanager
def running(terminal: Terminal) -> Iterator[Running]:
    one = Running(terminal)
    one.start()
    try:
        yield one
    finally:
        one.kill()


@pytest.fixture(scope="module")
def prices(tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("prices") / "prices.toml"
    file.write_text(PRICES)
    return str(file)


@pytest.fixture(scope="module")
def lower(tmp_path_factory: pytest.TempPathFactory, prices: str) -> Iterator[Running]:
    """It serves the embedded engine, at a price; each test is another of its users."""
    settings = {"EARMARK_MODELS_FILE": prices, "EARMARK_LINK_NETWORKS": "127.0.0.0/8", "EARMARK_PLAN": "prepaid"}
    terminal = Terminal(tmp_path_factory.mktemp("lower") / "data", settings)
    with running(terminal) as one:
        yield one


@pytest.fixture
def name(lower: Running) -> str:
    """Make the upper service a user of the lower one, with a dollar."""
    name = f"upper-{uuid4().hex[:8]}"
    lower.terminal.earmark("credit", f"api:{name}", "1")
    return name


@pytest.fixture
def upper(tmp_path: Path, lower: Running, prices: str, name: str) -> Terminal:
    """It has the lower one for its provider."""
    key = lower.terminal.earmark("keys", "create", name).out.strip()
    settings = {
        "EARMARK_PROVIDER": "nanogpt",
        "EARMARK_NANOGPT_BASE_URL": f"{lower.address}/api",
        "EARMARK_NANOGPT_API_KEY": key,
        "EARMARK_MODELS_FILE": prices,
    }
    return Terminal(tmp_path / "upper", settings)


def charged(lower: Running, name: str) -> int:
    """Return the lower service's charges of a user, in micro-dollars; nothing is held any more."""
    (balance,) = lower.terminal.earmark("balance", "--user", f"api:{name}", "--json").objects
    assert balance["held_micros"] == 0
    assert balance["balance_micros"] == 1_000_000 - balance["spent_micros"]
    return int(balance["spent_micros"])


@pytest.mark.slow
def test_directly_and_with_a_ticket(upper: Terminal, lower: Running, name: str) -> None:
    for model in ("Whisper-Large-V3", "Elevenlabs-STT"):
        said = upper.earmark("transcribe", VOICE, "--model", model, "--format", "json")
        assert said.code == 0, said.err
        (found,) = said.objects
        assert word_error_rate(reference("voice-note.ogg")["text"], found["text"]) <= 0.05
        assert found["model"] == model
    rows = upper.earmark("spend", "--json").rows
    assert sorted(row["model"] for row in rows) == ["Elevenlabs-STT", "Whisper-Large-V3"]
    assert [row["charged_micros"] for row in rows] == pytest.approx([A_NOTE, A_NOTE], rel=0.02)
    assert charged(lower, name) == sum(row["cost_micros"] for row in rows)
    same = upper.earmark("reconcile", "--format", "json")
    assert same.code == 0, same.out
    (core,) = same.objects
    assert core["booked_micros"] == core["charged_micros"] == charged(lower, name)
    assert sorted(day["model"] for day in core["days"]) == ["Elevenlabs-STT", "Whisper-Large-V3"]


def test_a_large_recording_is_fetched_from_a_link_that_ends_with_it(
    upper: Terminal, lower: Running, name: str, tmp_path: Path
) -> None:
    large = tmp_path / "large.wav"
    command = [get_ffmpeg_exe(), "-v", "error", "-i", str(VOICE), "-ac", "2", "-ar", "96000", str(large)]
    subprocess.run(command, check=True)
    assert large.stat().st_size > 3_000_000
    port = free_port()
    upper = Terminal(upper.data, {**upper.also, "EARMARK_PUBLIC_URL": f"http://127.0.0.1:{port}"})
    one = Running(upper, port)
    one.start()
    try:
        said = upper.earmark("transcribe", large)
        assert said.code == 0, said.err
        assert word_error_rate(reference("voice-note.ogg")["text"], said.out) <= 0.05
    finally:
        one.kill()
    assert [path for path in (upper.data / "links").rglob("*") if path.is_file()] == []
    (paid,) = upper.earmark("spend", "--json").rows
    assert charged(lower, name) == paid["cost_micros"] == paid["charged_micros"] == pytest.approx(A_NOTE, rel=0.02)


@pytest.mark.slow
@pytest.mark.parametrize("model", ["Elevenlabs-STT", "Whisper-Large-V3"])
def test_both_killed_in_the_middle_end_in_one_text_and_one_payment(
    upper: Terminal, lower: Running, name: str, model: str, tmp_path: Path
) -> None:
    """With a ticket nothing is lost. Without one the interrupted call is the operator's loss, and is made once more."""
    longer = tmp_path / "longer.ogg"
    command = [get_ffmpeg_exe(), "-v", "error", "-stream_loop", "2", "-i", str(VOICE), "-c", "copy", str(longer)]
    subprocess.run(command, check=True)
    caller = upper.start("transcribe", longer, "--model", model)
    lower.terminal.wait_for("transcribing")
    caller.kill()
    caller.communicate()
    lower.kill()
    lower.start()
    with running(upper):
        jobs = upper.wait_for("done")
    assert re.search(r"longer\.ogg.*done", jobs)
    rows = upper.earmark("spend", "--json").rows
    assert [(row["notes"], row["lost_micros"] > 0) for row in rows] == [(1, model == "Whisper-Large-V3")]
    assert charged(lower, name) == sum(row["cost_micros"] for row in rows)
    assert "the ledger adds up" in upper.earmark("doctor").out
    assert "the ledger adds up" in lower.terminal.earmark("doctor").out
