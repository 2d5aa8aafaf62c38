"""NanoGPT's routes: transcription, status of a run, balance."""

import asyncio
from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import JSONResponse

from adapters.api import schemas
from adapters.api.access import WITH_A_KEY, Caller
from adapters.api.context import Alias, per_minute
from adapters.api.openapi import json_body, recording_body, refusals, submitting
from adapters.api.submissions import Done, Pending, Submissions, options_of
from adapters.http.answers import shown
from adapters.http.bodies import read_json
from adapters.http.errors import BadRequest
from adapters.http.uploads import Rules, received
from bot.domain.errors import EarmarkError
from bot.domain.note import NoteState
from bot.locales import ENGLISH, error_text, wait_text
from bot.notes.views import Standing
from bot.people.api_keys import Key

_TEXT = {"type": "string"}
_NUMBER = {"type": "number"}
_FORM_FLAG = {"type": "string", "enum": ["true", "false"]}
_ASKED = {"model": _TEXT, "language": {**_TEXT, "description": 'A code such as "en", or "auto".'}}
_FORM = {**_ASKED, "diarize": _FORM_FLAG, "tagAudioEvents": _FORM_FLAG, "actualDuration": _TEXT}
_JSON = {**_ASKED, "diarize": {"type": "boolean"}, "tagAudioEvents": {"type": "boolean"}, "actualDuration": _NUMBER}
_RUN = {
    "type": "object",
    "properties": {
        "runId": {**_TEXT, "minLength": 1},
        "cost": {"type": ["number", "null"]},
        "paymentSource": {"type": ["string", "null"]},
        "isApiRequest": {"type": "boolean"},
        "fileName": {"type": ["string", "null"]},
        "fileSize": {"type": ["integer", "null"]},
        "chargedDuration": {"type": ["number", "null"]},
        "diarize": {"type": "boolean"},
    },
    "required": ["runId"],
}


def document_routes(submissions: Submissions) -> APIRouter:
    """Return all routes of NanoGPT's document, below /api."""
    router = APIRouter(prefix="/api", tags=["speech-to-text"])
    rules = Rules(file="audio", link="audioUrl", most=submissions.limits.upload_bytes)

    @router.post(
        "/transcribe",
        summary="Transcribe a recording",
        responses={
            200: {"model": schemas.Transcribed, "description": "The text."},
            202: {"model": schemas.Run, "description": "The text is being made: ask for its status."},
            **submitting(schemas.Problem),
        },
        openapi_extra=recording_body(rules, _FORM, _JSON),
    )
    async def transcribe(request: Request, key: Caller) -> JSONResponse:
        found = await _submitted(submissions, request, key, rules)
        if isinstance(found, Done):
            return shown(schemas.transcribed(found.order, found.transcript, found.charged))
        return shown(schemas.run_of(found.order, found.seconds), 202)

    @router.post(
        "/transcribe/status",
        summary="Ask how a run is",
        responses={
            200: {"model": schemas.Status, "description": "How far it is; of a completed one the text."},
            **refusals(schemas.Problem, 400, 401, 404, 408, 429, 500),
        },
        openapi_extra=json_body(_RUN),
    )
    async def status(request: Request, key: Caller) -> JSONResponse:
        run_id = (await read_json(request, submissions.limits)).get("runId")
        if not isinstance(run_id, str):
            raise BadRequest(reason="it needs the runId")
        return await _status(submissions, run_id, key)

    @router.post(
        "/check-balance",
        summary="What is left to spend",
        responses={
            200: {"model": schemas.Funds, "description": "The balance of the key's account."},
            **refusals(schemas.Problem, 401, 429, 500),
        },
    )
    async def check_balance(key: Caller) -> JSONResponse:
        return shown(schemas.funds_of(await submissions.context.statements.balance(key.account)))

    return router


def model_routes(submissions: Submissions, prefix: str, shape: type[BaseModel]) -> APIRouter:
    """Return the routes that list the models."""
    router = APIRouter(prefix=prefix, tags=["models"])
    created = int(submissions.context.clock().timestamp())

    @router.get(
        "/audio-models",
        summary="The models, with prices",
        dependencies=[WITH_A_KEY],
        responses={
            200: {"model": schemas.AudioModels, "description": "Every name that can be asked for."},
            **refusals(shape, 401, 429, 500),
        },
    )
    async def audio_models() -> JSONResponse:
        return shown(schemas.AudioModels(data=[_model(submissions, name, created) for name in submissions.names]))

    return router


async def _submitted(submissions: Submissions, request: Request, key: Key, rules: Rules) -> Done | Pending:
    """Submit the request's recording, and wait as long as this kind of request waits."""
    note_key = await submissions.note_key(key, request)
    with submissions.adapter.expecting(note_key.id) as expected:
        async with (
            submissions.place(note_key, key.account),
            received(request, submissions.landing(key.account), rules, submissions.limits) as form,
        ):
            note = await submissions.submit(note_key, key.account, form, options_of(form, rules.link))
        if note.details.get("later") == "yes":
            return await submissions.ticket_for(note.id, expected)
        return await submissions.end_of(note.id, expected, submissions.limits.wait_seconds)


async def _status(submissions: Submissions, run_id: str, key: Key) -> JSONResponse:
    standing = await submissions.own(run_id, key.account)
    try:
        found = await submissions.known_end(standing)
    except EarmarkError as error:
        return shown(schemas.Status(status="failed", error=error_text(ENGLISH, error)))
    if isinstance(found, Done):  # in a thread: writing the words of hours takes a while
        return await asyncio.to_thread(lambda: shown(schemas.completed(found.order, found.transcript, found.charged)))
    return shown(
        schemas.Status(
            status="pending" if standing.state is NoteState.ACCEPTED else "processing",
            progress=standing.progress,
            seconds_left=_seconds_left(standing, submissions.context.clock()),
            waiting=None if standing.wait is None else wait_text(ENGLISH, standing.wait),
        )
    )


def _seconds_left(standing: Standing, now: datetime) -> float | None:
    if standing.ready_at is None or standing.state.is_final:
        return None
    return max(0.0, round((standing.ready_at - now).total_seconds(), 1))


def _model(submissions: Submissions, alias: Alias, created: int) -> schemas.AudioModel:
    model = submissions.context.catalog.find(alias.model)
    price = schemas.in_dollars(per_minute(submissions.context, alias))
    return schemas.AudioModel(
        id=alias.name,
        created=created,
        name=alias.name,
        asynchronous=alias.asynchronous,
        diarize=model.speakers,
        tag_audio_events=model.events,
        pricing={"per_minute": price, "currency": "USD"},
    )
