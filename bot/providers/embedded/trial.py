"""A program of its own that loads a speech model once, so that a bad one ends this process and not the service.

Run as `python -m bot.providers.embedded.trial FOLDER NAME DEVICE COMPUTE_TYPE THREADS WORKERS [SOUND]`, with a sound of
16 kHz and 16 bits that is to be recognised. Its last line of output is the result. onnxruntime and sherpa-onnx end the
process on files that lack their keys, and the system may end it for its memory: it asks to be the first to go.
"""

import ctypes
import json
import subprocess
import sys
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from bot.domain.errors import BadSettings, EarmarkError, EngineFailed, ModelMissing
from bot.media.pcm import RATE, from_pcm, samples
from bot.providers.embedded.hardware import Hardware
from bot.providers.embedded.loading import load_model
from bot.providers.embedded.recogniser import Recogniser, Wanted
from bot.support.memory import available_memory

log = structlog.get_logger()

TIME_LIMIT = 300.0
"""Seconds for the whole trial; a model of 3 GB loads in one minute from a slow disk."""
_FROM_FILE_ERRORS = (ModelMissing, BadSettings, EngineFailed)
_SET_DEATH_SIGNAL, _SIGKILL = 1, 9  # prctl
_LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class Tried:
    """The result of a trial."""

    seconds: float
    """Time to load it."""
    runs_on: str
    """The device, and what computes there."""
    speed: float | None
    """Seconds of sound in a second; None: no sound was given."""


def try_model(
    folder: Path, name: str, hardware: Hardware, sound: Path | None = None, time_limit: float = TIME_LIMIT
) -> Tried:
    """Load a model in a process of its own, and recognise the sound if one is given. Blocking.

    Raises ModelMissing, BadSettings or EngineFailed, as loading does. A crash, or no end within the time limit, is a
    ModelMissing that says so.
    """
    words = [str(folder), name, hardware.device, hardware.compute_type, str(hardware.threads), str(hardware.workers)]
    words += [str(sound)] if sound else []
    try:
        done = subprocess.run(  # noqa: S603  # this program itself, with settings of the operator
            [sys.executable, "-m", __name__, *words],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=time_limit,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise _refused(name, f"a trial of it did not end within {time_limit:.0f} s") from error
    said = _result(done.stdout)
    if said is None:
        raise _refused(name, _crash(done))
    if error_name := said.get("error"):
        raise _error(error_name, said["fields"])
    log.info("model tried", model=name, **said)
    return Tried(**said)


def _result(output: str) -> dict[str, Any] | None:
    """Return the last line's JSON object; None if the process did not come to it."""
    with suppress(ValueError, IndexError):
        found = json.loads(output.splitlines()[-1])
        if isinstance(found, dict):
            return found
    return None


def _crash(done: "subprocess.CompletedProcess[str]") -> str:
    log.warning("model ended its trial", code=done.returncode, output=done.stderr[-2000:])
    if done.returncode == -_SIGKILL:
        return "the system ended a trial of it, perhaps for lack of memory"
    lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    last = f" ({lines[-1][-_LONGEST_REASON:]})" if lines else ""
    return f"a trial of it ended in a crash{last}"


def _refused(name: str, why: str) -> ModelMissing:
    return ModelMissing(
        model=name, what_to_do=f"{why}; set EARMARK_LOCAL_MODEL to another model, `earmark models` lists them."
    )


def _error(name: str, fields: dict[str, str]) -> EarmarkError:
    kinds = {kind.__name__: kind for kind in _FROM_FILE_ERRORS}
    return kinds[name](**fields)


# The rest runs in the process of its own.


def _limit_itself() -> None:
    """Die with the parent, before any other process when memory is short, and leave no core dump."""
    if not sys.platform.startswith("linux"):
        return
    import resource

    ctypes.CDLL(None).prctl(_SET_DEATH_SIGNAL, _SIGKILL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    if free := available_memory():
        resource.setrlimit(resource.RLIMIT_DATA, (free, free))


def _speed(model: Recogniser, file: Path) -> float:
    sound = samples(from_pcm(file.read_bytes()))
    began = time.monotonic()
    deque(model.recognise(sound, Wanted())[1], maxlen=0)
    return round(len(sound) / RATE / (time.monotonic() - began), 1)


def main(words: list[str]) -> None:
    """Load the model and print the result."""
    _limit_itself()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    folder, name, device, compute_type, threads, workers, *sound = words
    hardware = Hardware(device, compute_type, int(threads), int(workers))
    began = time.monotonic()
    try:
        model = load_model(Path(folder), name, hardware)
        seconds = round(time.monotonic() - began, 2)
        speed = _speed(model, Path(sound[0])) if sound else None
    except _FROM_FILE_ERRORS as error:
        said: dict[str, Any] = {"error": type(error).__name__, "fields": dict(error.fields)}
    else:
        said = {"seconds": seconds, "runs_on": model.runs_on, "speed": speed}
    sys.stdout.write(f"\n{json.dumps(said)}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
