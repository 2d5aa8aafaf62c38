"""A model on a graphics card that runs out of memory goes on on the CPU. No card is needed: the model is made up."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from bot.providers.embedded.cuda_libraries import load_cuda_libraries
from bot.providers.embedded.on_card import OnCard
from bot.providers.embedded.recogniser import RawSegment, Wanted
from bot.providers.embedded.speakers.windows import Samples

SOUND = np.zeros(16_000, np.float32)
FULL = RuntimeError("CUDA failed with error out of memory")


class Device:
    """A model with three pieces, one a second, that may fail before one of them, or at once (-1)."""

    def __init__(self, runs_on: str, fails_at: int | None = None, error: RuntimeError = FULL) -> None:
        self.runs_on = runs_on
        self._fails_at = fails_at
        self._error = error
        self.asked: list[Wanted] = []

    def recognise(self, sound: Samples, wanted: Wanted) -> tuple[str, Iterator[RawSegment]]:
        self.asked.append(wanted)
        if self._fails_at == -1:
            raise self._error
        return "en", self._pieces()

    def _pieces(self) -> Iterator[RawSegment]:
        for second in range(3):
            if second == self._fails_at:
                raise self._error
            yield RawSegment(f" {self.runs_on}{second}", second, second + 1.0, ())

    def language_of(self, sound: Samples) -> str:
        return self.runs_on


def test_a_card_with_enough_memory_does_it_all() -> None:
    card, processor = Device("card"), Device("cpu")
    language, pieces = OnCard(card, lambda: processor).recognise(SOUND, Wanted())
    assert (language, [one.text for one in pieces]) == ("en", [" card0", " card1", " card2"])
    assert processor.asked == []


@pytest.mark.parametrize(
    ("fails_at", "texts"),
    [(-1, " cpu0 cpu1 cpu2"), (0, " cpu0 cpu1 cpu2"), (1, " card0 cpu1 cpu2"), (2, " card0 card1 cpu2")],
)
def test_without_memory_the_cpu_goes_on_where_the_card_ended(
    fails_at: int, texts: str, capsys: pytest.CaptureFixture[str]
) -> None:
    loads: list[Device] = []

    def load() -> Device:
        loads.append(Device("cpu"))
        return loads[-1]

    model = OnCard(Device("card", fails_at), load)
    language, pieces = model.recognise(SOUND, Wanted())
    assert (language, "".join(one.text for one in pieces)) == ("en", texts)
    assert (model.runs_on, model.language_of(SOUND)) == ("cpu", "cpu")
    assert capsys.readouterr().out.count("graphics card is out of memory; the CPU goes on") == 1
    _, pieces = model.recognise(SOUND, Wanted())
    assert "".join(one.text for one in pieces) == " cpu0 cpu1 cpu2"
    assert len(loads) == 1
    if fails_at >= 0:
        assert loads[0].asked[0].language == "en"  # the one that the card found


@pytest.mark.parametrize("fails_at", [-1, 1])
def test_another_fault_of_the_card_is_no_lack_of_memory(fails_at: int) -> None:
    model = OnCard(Device("card", fails_at, RuntimeError("wrong shape")), lambda: Device("cpu"))
    with pytest.raises(RuntimeError, match="wrong shape"):
        list(model.recognise(SOUND, Wanted())[1])
    assert model.runs_on == "card"


def test_libraries_from_packages_are_loaded_if_they_are_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert load_cuda_libraries([str(tmp_path)]) == []
    folder = tmp_path / "nvidia" / "cublas" / "lib"
    folder.mkdir(parents=True)
    (folder / "libcublas.so.12").write_bytes(b"no library")
    assert load_cuda_libraries([str(tmp_path / "elsewhere"), str(tmp_path)]) == []
    assert "library of the graphics card cannot be loaded" in capsys.readouterr().out
