"""Requests that NanoGPT takes, by its document. Each check returns the request, or raises Refused."""

import json
from collections.abc import Mapping
from typing import Any

PRICES = {"Whisper-Large-V3": 0.01, "Wizper": 0.01, "Elevenlabs-STT": 0.03, "openai-whisper-with-video": 0.06}
_DIRECT_BYTES = 3_000_000
_FORM_OVERHEAD = 2_000
_MIMES = {
    "mp3": {"audio/mpeg"},
    "wav": {"audio/wav"},
    "m4a": {"audio/mp4"},
    "ogg": {"audio/ogg"},
    "aac": {"audio/aac"},
}
_VIDEO_MIMES = {"mp4": {"video/mp4"}, "mkv": {"video/x-matroska", "audio/x-matroska"}, "avi": {"video/x-msvideo"}}


class Refused(Exception):
    def __init__(self, status: int, body: Mapping[str, Any]) -> None:
        super().__init__(status)
        self.status = status
        self.body = body


def _bad(why: str) -> Refused:
    return Refused(400, {"error": {"message": why, "type": "invalid_request_error", "code": "bad", "param": None}})


def checked_form(fields: Mapping[str, str], file_name: str, mime: str, size: int) -> Mapping[str, str]:
    if size > _DIRECT_BYTES + _FORM_OVERHEAD:
        raise Refused(413, {"error": "File too large", "status": 413})
    if unknown := fields.keys() - {"model", "language", "diarize", "tagAudioEvents", "actualDuration"}:
        raise _bad(f"unknown fields: {unknown}")
    _check_model(fields)
    mimes = _MIMES | (_VIDEO_MIMES if fields["model"] == "openai-whisper-with-video" else {})
    if not file_name.isascii() or mime not in mimes.get(file_name.rpartition(".")[2], set()):
        raise _bad(f"{file_name} as {mime} is not supported")
    for name in ("diarize", "tagAudioEvents"):
        if fields.get(name, "true") not in ("true", "false"):
            raise _bad(f"{name} must be true or false")
    return fields


def checked_json(headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    fields = _object(headers, body)
    if unknown := fields.keys() - {"audioUrl", "model", "language", "diarize", "tagAudioEvents", "actualDuration"}:
        raise _bad(f"unknown fields: {unknown}")
    _check_model(fields)
    if not str(fields.get("audioUrl", "")).startswith("https://"):
        raise _bad("audioUrl must be an https link")
    for name in ("diarize", "tagAudioEvents"):
        if not isinstance(fields.get(name, True), bool):
            raise _bad(f"{name} must be a boolean")
    return fields


def checked_status(headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    fields = _object(headers, body)
    known = {"runId", "cost", "paymentSource", "isApiRequest", "fileName", "fileSize", "chargedDuration", "diarize"}
    if unknown := fields.keys() - known:
        raise _bad(f"unknown fields: {unknown}")
    if not isinstance(fields.get("runId"), str) or fields.get("isApiRequest") is not True:
        raise _bad("runId and isApiRequest are required")
    if not isinstance(fields.get("cost"), int | float) or not isinstance(fields.get("paymentSource"), str):
        raise _bad("cost and paymentSource are required")
    if not isinstance(fields.get("diarize"), bool):
        raise _bad("diarize must be a boolean")
    return fields


def _check_model(fields: Mapping[str, Any]) -> None:
    if fields.get("model") not in PRICES:
        raise _bad(f"unknown model {fields.get('model')}")
    if not isinstance(fields.get("language", ""), str) or not isinstance(fields.get("actualDuration"), str):
        raise _bad("language and actualDuration must be strings")


def _object(headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    if headers.get("content-type") != "application/json":
        raise _bad("application/json is expected")
    fields = json.loads(body)
    if not isinstance(fields, dict):
        raise _bad("an object is expected")
    return fields
