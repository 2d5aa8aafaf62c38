"""The Dockerfile and the compose file, read."""

import re
import shlex
from dataclasses import dataclass
from typing import Any

import yaml  # type: ignore[import-untyped]  # the lock has no types for it

from tests.helpers.paths import ROOT

DOCKER = ROOT / "docker"


@dataclass(frozen=True, slots=True)
class Instruction:
    """One of a Dockerfile: RUN, COPY, ... and what stands behind it, its lines joined."""

    verb: str
    rest: str

    @property
    def words(self) -> list[str]:
        return shlex.split(self.rest)


def stages() -> list[list[Instruction]]:
    """The instructions of the Dockerfile, by stage."""
    lines = [line for line in (DOCKER / "Dockerfile").read_text("utf-8").splitlines() if not line.startswith("#")]
    found: list[list[Instruction]] = []
    for line in re.sub(r"\\\n\s*", "", "\n".join(lines)).splitlines():
        verb, _, rest = line.partition(" ")
        if verb == "FROM":
            found.append([])
        if verb:
            found[-1].append(Instruction(verb, rest.strip()))
    return found


def image() -> list[Instruction]:
    """The instructions that make the image that runs: those of the stage that it stands on, and its own."""
    *_, runtime, _, last = stages()
    assert of(runtime, "FROM")[0].rest.endswith(" AS runtime")
    assert of(last, "FROM")[0].rest == "runtime"
    return [*runtime, *last]


def of(stage: list[Instruction], verb: str) -> list[Instruction]:
    return [one for one in stage if one.verb == verb]


def environment() -> dict[str, str]:
    (env,) = of(image(), "ENV")
    return dict(word.split("=", 1) for word in env.words)


def compose(text: str = "") -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(text or (DOCKER / "compose.yaml").read_text("utf-8"))
    return content
