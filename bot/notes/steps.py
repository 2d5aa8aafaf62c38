"""Results of a note's steps, and the one place where they are recorded and read back.

A step returns a frozen value: what it made, or that the note has to wait or to ask. Faults are exceptions: the engine
records an EarmarkError and raises it again (durable.py).
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, fields
from functools import partial
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter

from bot.domain.audio import Audio, Chunk
from bot.domain.billing import AskPrice, Plan
from bot.domain.errors import NotNow, Plain
from bot.domain.money import Micros
from bot.domain.waiting import Wait, WaitReason
from bot.notes.durable import Json, step

R = TypeVar("R")
Fault = Mapping[str, Plain]
"""An EarmarkError as plain JSON."""


@dataclass(frozen=True, slots=True)
class QuotedChunk:
    """A chunk that is ready to be submitted, and its price by the provider's list."""

    start: float
    audio: Audio
    """Its link is "" if there is one: it may be a secret, so it is asked for when it is needed."""
    cost: Micros

    @property
    def chunk(self) -> Chunk:
        return Chunk(self.start, self.audio)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A note that is ready to be submitted, its price held."""

    chunks: tuple[QuotedChunk, ...] = ()
    """None: its transcript is there already."""
    price: Micros | None = None
    fault: Fault | None = None
    """The reason why no more of it is submitted, if a provider has promised a part of its text."""


@dataclass(frozen=True, slots=True)
class Submitted:
    """A note for whose text, or parts of it, the provider gave tickets."""

    fault: Fault | None = None
    """The reason why it does not have the whole note."""


@dataclass(frozen=True, slots=True)
class Paid:
    """A note whose transcript is kept and whose price is settled."""

    charged: Micros
    plan: Plan
    available: Micros
    """The balance after it; in the open plan 0."""

    @property
    def shown(self) -> Micros:
        """The charge as a sentence names it; 0 in the open plan, which charges nothing."""
        return Micros(0) if self.plan is Plan.OPEN else self.charged


@dataclass(frozen=True, slots=True)
class PutOff:
    """A note that was to wait."""

    waits: bool
    """False: it has waited as long as a note may."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A note whose sender got the answer; it was closed, or waits for the sender."""


Result = Prepared | Submitted | Paid | AskPrice | Wait | PutOff | Ended


@dataclass(frozen=True, slots=True)
class _Record:
    """One result as it is stored: the field of its kind is set, and no other."""

    prepared: Prepared | None = None
    submitted: Submitted | None = None
    paid: Paid | None = None
    ask_price: AskPrice | None = None
    wait: Wait | None = None
    put_off: PutOff | None = None
    ended: Ended | None = None


_RECORD = TypeAdapter(_Record)
_KINDS: dict[type[Result], str] = {
    Prepared: "prepared",
    Submitted: "submitted",
    Paid: "paid",
    AskPrice: "ask_price",
    Wait: "wait",
    PutOff: "put_off",
    Ended: "ended",
}


async def run(name: str, do: Callable[[], Awaitable[R]]) -> R | Wait:
    """Run one step and return its result; after a crash the recorded one is returned instead.

    This is the border at which a provider's or a platform's NotNow becomes a Wait.
    """

    async def written() -> Json:
        try:
            result = await do()
        except NotNow as pause:
            return to_json(pause.wait)
        return to_json(cast(Result, result))

    # What is recorded under a step's name is what that step returned.
    return cast(R | Wait, from_json(await step(name, written, partial(upgraded, name))))


def to_json(result: Result) -> dict[str, Any]:
    """Return a result as plain JSON."""
    record = _Record(**cast(Any, {_KINDS[type(result)]: result}))
    return cast(dict[str, Any], _RECORD.dump_python(record, mode="json", exclude_none=True))


def from_json(stored: Json) -> Result:
    """Return the result that `to_json` wrote."""
    record = _RECORD.validate_python(stored)
    found: list[Result | None] = [getattr(record, one.name) for one in fields(record)]
    return next(result for result in found if result is not None)


def upgraded(name: str, outcome: Json) -> Json:
    """Return a step's recorded outcome in the form of today, also if release 0.1.0 recorded it.

    That release recorded results without their kind, and "not now" and "asks first" as errors.
    """
    match outcome:
        case {"error": {"code": "NotNow", "until": until}}:
            return {"value": {"wait": {"reason": WaitReason.OTHER.value, "until": until}}}
        case {"error": {"code": "HouseStops", "until": until}}:
            return {"value": {"wait": {"reason": WaitReason.DAY_BUDGET.value, "until": until}}}
        case {"error": {"code": "AsksFirst", "price": price}}:
            return {"value": {"ask_price": {"price": price}}}
        case {"value": {"pieces": chunks, **more}}:
            return {"value": {"prepared": {"chunks": chunks, **more}}}
        case {"value": {"charged": _} as paid}:
            return {"value": {"paid": paid}}
        case {"value": bool() as waits}:
            return {"value": {"put_off": {"waits": waits}}}
        case {"value": None}:
            return {"value": {"submitted": {}} if name == "transcribe" else {"ended": {}}}
    return outcome
