"""Routes of OpenAI's transcription API, for its official clients with base_url=".../v1"."""

import asyncio
import math
from typing import Any, Literal, cast, get_args

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from adapters.api.access import WITH_A_KEY, Caller
from adapters.api.errors import NotInTime, RunWaits
from adapters.api.openapi import recording_body, refusals, submitting
from adapters.api.schemas import text_of
from adapters.api.submissions import Done, Submissions, options_of
from adapters.http.answers import plain_text, shown
from adapters.http.errors import BadRequest
from adapters.http.uploads import Form, Rules, received
from bot import rendering
from bot.domain.languages import english_name
from bot.domain.transcript import Transcript

Format = Literal["json", "verbose_json", "text", "srt", "vtt"]
Granularity = Literal["segment", "word"]

_LEAST_PROBABILITY = 1e-9
_TEXT = {"type": "string"}
_JSON = {
    "model": _TEXT,
    "language": _TEXT,
    "response_format": {"type": "string", "enum": list(get_args(Format))},
    "timestamp_granularities[]": {"type": "array", "items": {"type": "string", "enum": list(get_args(Granularity))}},
}


class Fault(BaseModel):
    """The reason, in one sentence."""

    message: str
    type: str
    code: str | None
    param: str | None


class Problem(BaseModel):
    """An error in OpenAI's form."""

    error: Fault


class Text(BaseModel):
    """Response of response_format=json."""

    text: str


class TextSegment(BaseModel):
    """A segment; times in seconds. Fields that are not measured are 0: strict clients require them."""

    id: int
    start: float
    end: float
    text: str
    seek: int = 0
    tokens: list[int] = []
    temperature: float = 0.0
    avg_logprob: float = 0.0
    """Logarithm of the mean probability of its tokens; 0 if the model gives none."""
    compression_ratio: float = 0.0
    no_speech_prob: float = 0.0


class TextWord(BaseModel):
    """A word; times in seconds."""

    word: str
    start: float
    end: float
    probability: float | None = None
    """0 to 1; left out if the model gives none."""


class VerboseText(BaseModel):
    """Response of response_format=verbose_json."""

    task: Literal["transcribe"] = "transcribe"
    language: str
    """English name in lower case, as in OpenAI's API."""
    duration: float
    """Seconds."""
    text: str
    segments: list[TextSegment] | None = None
    words: list[TextWord] | None = None


class Model(BaseModel):
    """A model name."""

    id: str
    object: Literal["model"] = "model"
    created: int
    owned_by: str = "earmark"


class Models(BaseModel):
    """All model names."""

    object: Literal["list"] = "list"
    data: list[Model]


def openai_routes(submissions: Submissions, prefix: str) -> APIRouter:
    """Return OpenAI's routes below a prefix."""
    router = APIRouter(prefix=prefix, tags=["OpenAI-compatible"])
    rules = Rules(file="file", link="file_url", most=submissions.limits.openai_bytes)
    created = int(submissions.context.clock().timestamp())

    @router.post(
        "/audio/transcriptions",
        summary="Transcribe a recording",
        responses={
            200: {
                "model": Text | VerboseText,
                "description": "The text, in the form that was asked for.",
                "content": {"text/plain": plain_text("Plain text, or SRT."), "text/vtt": plain_text("WebVTT.")},
            },
            **submitting(Problem, 504),
        },
        openapi_extra=recording_body(rules, _JSON, _JSON),
    )
    async def transcribe(request: Request, key: Caller) -> Response:
        note_key = await submissions.note_key(key, request)
        with submissions.adapter.expecting(note_key.id) as expected:
            async with (
                submissions.place(note_key, key.account),
                received(request, submissions.landing(key.account), rules, submissions.limits) as form,
            ):
                form_of, granularities = _form_of(form)  # each repetition names its own
                await submissions.submit(note_key, key.account, form, options_of(form, rules.link))
            found = await submissions.end_of(note_key.id, expected, submissions.limits.openai_wait_seconds)
        if not isinstance(found, Done):
            raise (RunWaits if found.parked else NotInTime)(run=note_key.id)
        return await asyncio.to_thread(_rendered, found, form_of, granularities)  # parsing hours of words takes a while

    @router.get(
        "/models",
        summary="The models",
        dependencies=[WITH_A_KEY],
        responses={200: {"model": Models, "description": "All names."}, **refusals(Problem, 401, 429, 500)},
    )
    async def models() -> Response:
        return shown(Models(data=[Model(id=alias.name, created=created) for alias in submissions.names]))

    return router


def _form_of(form: Form) -> tuple[Format, list[str]]:
    """Return the requested response format and granularities. Raises BadRequest."""
    asked: Any = form.values.get("response_format") or "json"
    if asked not in get_args(Format):
        raise BadRequest(reason=f"response_format must be one of {', '.join(get_args(Format))}")
    if str(form.values.get("stream", "")).lower() in ("true", "1"):
        raise BadRequest(reason="stream cannot be asked for here")
    told = form.values.get("timestamp_granularities[]", form.values.get("timestamp_granularities"))
    granularities = told if isinstance(told, list) else [told] if told else ["segment"]
    if not all(one in get_args(Granularity) for one in granularities):
        raise BadRequest(reason=f"timestamp_granularities[] must be of {', '.join(get_args(Granularity))}")
    return cast(Format, asked), granularities


def _rendered(done: Done, form: Format, granularities: list[str]) -> Response:
    said = done.transcript
    match form:
        case "json":
            return shown(Text(text=text_of(done.order, said)))
        case "verbose_json":
            return shown(_verbose(text_of(done.order, said), said, granularities))
        case "text":
            return PlainTextResponse(text_of(done.order, said) + "\n")
        case "srt":
            return PlainTextResponse(rendering.srt(said))
        case "vtt":
            return PlainTextResponse(rendering.vtt(said), media_type="text/vtt")


def _verbose(text: str, said: Transcript, granularities: list[str]) -> VerboseText:
    segments = [
        TextSegment(id=number, start=part.start, end=part.end, text=part.text, avg_logprob=_logarithm(part.confidence))
        for number, part in enumerate(said.segments)
    ]
    words = [
        TextWord(word=word.text, start=word.start, end=word.end, probability=word.confidence)
        for word in said.words
        if word.kind == "word"
    ]
    parts: dict[str, Any] = {}
    if "segment" in granularities:
        parts["segments"] = segments
    if "word" in granularities:
        parts["words"] = words
    language = english_name(said.language).lower()
    return VerboseText(language=language, duration=said.seconds, text=text, **parts)


def _logarithm(probability: float | None) -> float:
    return 0.0 if probability is None else math.log(max(probability, _LEAST_PROBABILITY))
